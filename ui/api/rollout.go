package api

import (
	"ranzen/store"
	"ranzen/store/school"
)

// rolloutDetail is how far one profile got, in all and school by school.
type rolloutDetail struct {
	Profile *ref   `json:"profile"`
	Form    string `json:"form"`
	rolloutCount
	Schools []schoolRollout `json:"schools"`
}

type rolloutCount struct {
	Total      int `json:"total"`
	Confirmed  int `json:"confirmed"`
	Impossible int `json:"impossible"`
}

// schoolRollout says beside the numbers how much the school wants at once.
type schoolRollout struct {
	School *ref `json:"school"`
	rolloutCount
	Calm calmView `json:"calm"`
}

func countOf(p store.SchoolProgress) rolloutCount {
	return rolloutCount{p.Total, p.Confirmed, p.Impossible}
}

func (a *API) rollouts(c *call) (answer, error) {
	authority, err := a.st.Authority(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	schools, err := a.st.Schools(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	calm := map[school.SchoolID]school.Calm{}
	for _, s := range schools {
		calm[s.ID] = s.Calm.Or(authority.Policy.Calm)
	}
	all, err := a.st.Rollouts(c.ctx, c.by, school.SchoolID(c.query.Get("school")))
	return listed(all, "", func(x store.Rollout) rolloutDetail {
		v := rolloutDetail{Profile: refTo(x.Profile, x.Name), Form: x.Form, rolloutCount: countOf(x.SchoolProgress), Schools: []schoolRollout{}}
		for _, s := range x.Schools {
			v.Schools = append(v.Schools, schoolRollout{refTo(s.School, s.SchoolName), countOf(s), viewCalm(calm[s.School])})
		}
		return v
	}), err
}

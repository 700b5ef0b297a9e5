package api

import (
	"fmt"
	"time"

	"ranzen/store/school"
)

// calmView is how much a school wants to happen at once, as the school itself decided it: 0 and null are what the
// authority decided.
type calmView struct {
	PushesPerMinute int    `json:"pushes_per_minute"`
	QuietHours      *quiet `json:"quiet_hours"`
}

func viewCalm(c school.Calm) calmView { return calmView{c.PerMinute, viewQuiet(c)} }

// quiet are the hours in which the server sends devices nothing of its own accord, by the clock on the wall. They may go
// past midnight.
type quiet struct {
	From  string `json:"from"`
	Until string `json:"until"`
}

func viewQuiet(c school.Calm) *quiet {
	if c.From == c.Until {
		return nil
	}
	at := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
	return &quiet{at(c.From), at(c.Until)}
}

// over puts the hours in place of those of a calm; none take them away. Both ends are needed.
func (q quiet) over(c school.Calm) (school.Calm, error) {
	c.From, c.Until = 0, 0
	if q == (quiet{}) {
		return c, nil
	}
	for _, x := range []struct {
		field, text string
		to          *int
	}{{"quiet_hours.from", q.From, &c.From}, {"quiet_hours.until", q.Until, &c.Until}} {
		t, err := time.Parse("15:04", x.text)
		if err != nil {
			return c, school.Refuse(x.field, "calm_time")
		}
		*x.to = t.Hour()*60 + t.Minute()
	}
	if c.From == c.Until {
		return c, school.Refuse("quiet_hours.until", "calm_time")
	}
	return c, nil
}

type calmBody struct {
	PushesPerMinute int   `json:"pushes_per_minute"`
	QuietHours      quiet `json:"quiet_hours"`
}

// setCalm writes a school's calm whole, as its page does.
func (a *API) setCalm(c *call, b calmBody) (answer, error) {
	if n := b.PushesPerMinute; n < 0 || n > school.MaxPushes {
		return answer{}, school.Refuse("pushes_per_minute", "calm_pace", school.MaxPushes)
	}
	calm, err := b.QuietHours.over(school.Calm{PerMinute: b.PushesPerMinute})
	if err != nil {
		return answer{}, err
	}
	id := school.SchoolID(c.id())
	set, err := a.st.SetCalm(c.ctx, c.by, id, calm)
	return changed(id, set), err
}

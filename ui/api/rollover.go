package api

import (
	"maps"
	"strconv"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

type yearView struct {
	Number int       `json:"number"`
	Name   string    `json:"name"`
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
	Is     string    `json:"is"`
}

func viewYear(y school.OpenYear) yearView {
	return yearView{store.YearNumber(y.SchoolYear), y.Name, y.Starts.UTC(), y.Ends.UTC(), string(y.Is)}
}

// openYears lists the school years that can be looked at for a school, newest first.
func (a *API) openYears(c *call) (answer, error) {
	all, err := a.st.OpenYears(c.ctx, c.by, school.SchoolID(c.id()))
	return listed(all, "", viewYear), err
}

type schoolInYear struct {
	School  *ref           `json:"school"`
	Year    yearView       `json:"year"`
	Leavers int            `json:"leavers"`
	Classes []classInYear  `json:"classes"`
	Without []personInYear `json:"without_class"`
}

type classInYear struct {
	ID     *string        `json:"id"`
	Name   string         `json:"name"`
	Grade  string         `json:"grade"`
	Today  string         `json:"today"`
	Count  int            `json:"count"`
	People []personInYear `json:"people"`
}

type personInYear struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Today   string   `json:"class_today"`
	Devices []string `json:"devices"`
	ByHand  bool     `json:"by_hand"`
}

func peopleInYear(list []school.YearPerson, named bool) []personInYear {
	out := []personInYear{}
	for _, p := range list {
		if named {
			out = append(out, personInYear{string(p.ID), p.Name, p.Now, append([]string{}, p.Devices...), p.Alone})
		}
	}
	return out
}

// schoolInYear is a school in the next or the last school year. Who may not see people sees their number.
func (a *API) schoolInYear(c *call) (answer, error) {
	n, err := strconv.Atoi(c.vars["year"])
	if err != nil {
		return answer{}, school.Missing("school_year")
	}
	x, err := a.st.SchoolInYear(c.ctx, c.by, school.SchoolID(c.id()), n)
	if err != nil {
		return answer{}, err
	}
	if x.Names {
		a.st.NamesRead(c.by)
	}
	v := schoolInYear{School: refTo(x.School.ID, x.School.Name), Year: viewYear(x.Year), Leavers: x.Leavers, Classes: []classInYear{}, Without: peopleInYear(x.Without, x.Names)}
	for _, k := range x.Classes {
		v.Classes = append(v.Classes, classInYear{idOrNull(k.ID), k.Name, k.Grade, k.Now, len(k.People), peopleInYear(k.People, x.Names)})
	}
	return answer{body: v}, nil
}

type rolloverView struct {
	Year    *string          `json:"year"`
	Runs    *time.Time       `json:"runs_at"`
	Schools []rolloverSchool `json:"schools"`
}

type rolloverSchool struct {
	School   *ref           `json:"school"`
	State    string         `json:"state"`
	Moved    bool           `json:"moved"`
	Counts   rolloverCounts `json:"counts"`
	Signed   *time.Time     `json:"signed_at"`
	SignedBy string         `json:"signed_by"`
	Done     *time.Time     `json:"done_at"`
	Result   *string        `json:"change_set"`
}

type rolloverCounts struct {
	People  int `json:"people"`
	Renamed int `json:"renamed"`
	Moves   int `json:"moves"`
	Leavers int `json:"leavers"`
	Held    int `json:"leavers_with_device"`
	Without int `json:"without_device"`
	Unclass int `json:"without_class"`
	Lost    int `json:"teachers_without_class"`
	Planned int `json:"plans_ending"`
	Goes    int `json:"to_other_schools"`
	Comes   int `json:"from_other_schools"`
}

func viewRollover(x store.RolloverSchool, n school.RolloverCounts) rolloverSchool {
	return rolloverSchool{School: refTo(x.School, x.SchoolName), State: x.State, Moved: x.Moved, Counts: rolloverCounts(n), Signed: moment(x.Signed), SignedBy: x.SignedBy, Done: moment(x.Done), Result: idOrNull(x.Result)}
}

// rollover is the roll-over of the authority with the schools the token sees; without a year when none is prepared.
func (a *API) rollover(c *call) (answer, error) {
	x, err := a.st.Rollover(c.ctx, c.by)
	v := rolloverView{Schools: []rolloverSchool{}}
	if err != nil || x.ID == "" {
		return answer{body: v}, err
	}
	v.Year, v.Runs = &x.Year.Name, moment(x.Runs)
	schools, err := a.st.RolloverSchools(c.ctx, c.by, x.ID)
	for _, s := range schools {
		v.Schools = append(v.Schools, viewRollover(s, s.Counts))
	}
	return answer{body: v}, err
}

type rolloverDate struct {
	Runs time.Time `json:"runs_at"`
}

func (a *API) setRollover(c *call, b rolloverDate) (answer, error) {
	id, err := a.st.SetRollover(c.ctx, c.by, b.Runs)
	return changed(id, ""), err
}

type rolloverPart struct {
	rolloverSchool
	Plan    string           `json:"plan"`
	Typed   int              `json:"typed"`
	Classes []rolloverClass  `json:"classes"`
	Moves   []rolloverPerson `json:"moves"`
	Leavers []rolloverPerson `json:"leavers"`
	Goes    []rolloverPerson `json:"to_other_schools"`
	Comes   []rolloverPerson `json:"from_other_schools"`
	Without []rolloverPerson `json:"without_device"`
	Unclass []rolloverPerson `json:"without_class"`
	Lost    []rolloverPerson `json:"teachers_without_class"`
}

type rolloverClass struct {
	ID     *string `json:"id"`
	Name   string  `json:"name"`
	Does   string  `json:"does"`
	To     string  `json:"to"`
	Grade  string  `json:"grade"`
	People int     `json:"people"`
}

type rolloverPerson struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	School  string   `json:"other_school"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Devices []string `json:"devices"`
	Planned []string `json:"planned"`
}

// rolling reads the school of an address.
func (a *API) rolling(c *call) (school.RolloverID, store.RolloverPart, error) {
	x, err := a.st.Rollover(c.ctx, c.by)
	if err == nil && x.ID == "" {
		err = school.Missing("rollover")
	}
	if err != nil {
		return "", store.RolloverPart{}, err
	}
	p, err := a.st.RolloverPart(c.ctx, c.by, x.ID, school.SchoolID(c.id()))
	return x.ID, p, err
}

// rolloverPart is what the roll-over would do at one school, by the facts of now.
func (a *API) rolloverPart(c *call) (answer, error) {
	_, p, err := a.rolling(c)
	if err != nil {
		return answer{}, err
	}
	a.st.NamesRead(c.by)
	people := func(list []school.RolloverPerson) []rolloverPerson {
		out := []rolloverPerson{}
		for _, x := range list {
			out = append(out, rolloverPerson{string(x.ID), x.Name, x.School, x.From, x.To, append([]string{}, x.Devices...), append([]string{}, x.Planned...)})
		}
		return out
	}
	v := rolloverPart{rolloverSchool: viewRollover(p.RolloverSchool, p.Now), Plan: p.Hash, Typed: p.Now.Typed(), Classes: []rolloverClass{}, Moves: people(p.Plan.Moves), Leavers: people(p.Plan.Leavers), Goes: people(p.Plan.Goes), Comes: people(p.Plan.Comes),
		Without: people(p.Plan.Without), Unclass: people(p.Plan.Unclass), Lost: people(p.Plan.Teachers)}
	v.Moved = v.Moved || p.Stale()
	for _, s := range p.Plan.Steps {
		v.Classes = append(v.Classes, rolloverClass{idOrNull(s.Class), s.Name, string(s.Does), s.To, s.ToAs, s.People})
	}
	return answer{body: v}, nil
}

type rolloverChoices struct {
	Classes []struct {
		Class string  `json:"class"`
		To    *string `json:"to"`
	} `json:"classes"`
	People []struct {
		Person string  `json:"person"`
		To     *string `json:"to"`
		School string  `json:"school"`
	} `json:"people"`
}

// chooseRollover decides for single classes and people; null lets the rules decide again.
func (a *API) chooseRollover(c *call, b rolloverChoices) (answer, error) {
	id, p, err := a.rolling(c)
	if err != nil {
		return answer{}, err
	}
	if len(b.Classes)+len(b.People) == 0 {
		return answer{}, school.Refuse("classes", "required")
	}
	var classes map[school.ClassID]string
	if len(b.Classes) > 0 {
		classes = map[school.ClassID]string{}
		maps.Copy(classes, p.Choices.Classes)
	}
	for _, x := range b.Classes {
		if x.To == nil {
			delete(classes, school.ClassID(x.Class))
		} else {
			classes[school.ClassID(x.Class)] = *x.To
		}
	}
	people := map[school.PersonID]string{}
	for _, x := range b.People {
		if x.School != "" {
			if len(b.Classes)+len(b.People) > 1 {
				return answer{}, school.Refuse("people", "rollover_alone")
			}
			to := ""
			if x.To != nil {
				to = *x.To
			}
			set, err := a.st.SendRollover(c.ctx, c.by, id, p.School, school.PersonID(x.Person), school.SchoolID(x.School), to)
			return changed(p.School, set), err
		}
		people[school.PersonID(x.Person)] = "-"
		if x.To != nil {
			people[school.PersonID(x.Person)] = *x.To
		}
	}
	set, err := a.st.ChooseRollover(c.ctx, c.by, id, p.School, classes, people)
	return changed(p.School, set), err
}

type rolloverSignature struct {
	Plan  string `json:"plan"`
	Typed int    `json:"typed"`
}

func (a *API) signRollover(c *call, b rolloverSignature) (answer, error) {
	id, p, err := a.rolling(c)
	if err == nil {
		err = a.st.SignRollover(c.ctx, c.by, id, p.School, b.Plan, b.Typed)
	}
	return changed(p.School, ""), err
}

func (a *API) withdrawRollover(c *call) (answer, error) {
	id, p, err := a.rolling(c)
	if err == nil {
		err = a.st.WithdrawRollover(c.ctx, c.by, id, p.School)
	}
	return changed(p.School, ""), err
}

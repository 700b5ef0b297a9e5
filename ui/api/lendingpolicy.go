package api

import (
	"cmp"

	"ranzen/store/school"
)

// lendingView is what an authority decides about lending, as it is in force.
type lendingView struct {
	Sign            string `json:"sign"`
	End             string `json:"end"`
	Days            int    `json:"days"`
	NotErased       string `json:"not_erased"`
	Rest            int    `json:"desk_rest_seconds"`
	Curve           []int  `json:"curve"`
	Nobody          bool   `json:"remind_nobody"`
	RemindPerson    []int  `json:"remind_person"`
	RemindSchool    int    `json:"remind_school"`
	RemindAuthority int    `json:"remind_authority"`
	Teachers        bool   `json:"all_staff"`
}

// What programs call what is decided by deciding nothing.
const (
	signByAge = "age"
	deskStops = "stop"
)

func viewLending(p school.LendingPolicy) lendingView {
	v := lendingView{Sign: cmp.Or(string(p.Sign), signByAge), End: cmp.Or(string(p.End), string(school.EndsAtExit)), Days: p.ShortDays(), NotErased: cmp.Or(string(p.NotErased), deskStops), Rest: int(p.DeskRest().Seconds()), Curve: p.Curve,
		Nobody: p.Remind.Never, RemindPerson: p.Remind.Days(), RemindSchool: p.Remind.SchoolAfter(), RemindAuthority: p.Remind.AuthorityAfter(), Teachers: p.Teachers}
	if len(v.Curve) == 0 {
		v.Curve = school.UsualCurve
	}
	return v
}

type lendingPatch struct {
	Sign            field[string] `json:"sign"`
	End             field[string] `json:"end"`
	Days            field[int]    `json:"days"`
	NotErased       field[string] `json:"not_erased"`
	Rest            field[int]    `json:"desk_rest_seconds"`
	Curve           field[[]int]  `json:"curve"`
	Nobody          field[bool]   `json:"remind_nobody"`
	RemindPerson    field[[]int]  `json:"remind_person"`
	RemindSchool    field[int]    `json:"remind_school"`
	RemindAuthority field[int]    `json:"remind_authority"`
	Teachers        field[bool]   `json:"all_staff"`
}

func (p lendingPatch) over(is school.LendingPolicy) school.LendingPolicy {
	if is.Sign = school.SignRule(p.Sign.or(string(is.Sign))); is.Sign == signByAge {
		is.Sign = school.SignByAge
	}
	if is.NotErased = school.Strict(p.NotErased.or(string(is.NotErased))); is.NotErased == deskStops {
		is.NotErased = school.Stops
	}
	is.Rest = p.Rest.or(is.Rest)
	is.End, is.Days, is.Curve, is.Teachers = school.EndRule(p.End.or(string(is.End))), p.Days.or(is.Days), p.Curve.or(is.Curve), p.Teachers.or(is.Teachers)
	r := &is.Remind
	r.Never, r.Person, r.School, r.Authority = p.Nobody.or(r.Never), p.RemindPerson.or(r.Person), p.RemindSchool.or(r.School), p.RemindAuthority.or(r.Authority)
	return is
}

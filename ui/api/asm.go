package api

import (
	"bytes"
	"io"
	"slices"
	"time"

	"ranzen/enroll"
	"ranzen/enroll/roster"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// asmView is what a set of files for Apple School Manager would hold, and what would be lost by it.
type asmView struct {
	Schools int           `json:"schools"`
	Pupils  int           `json:"pupils"`
	Staff   int           `json:"staff"`
	Classes int           `json:"classes"`
	Courses int           `json:"courses"`
	Ready   bool          `json:"ready"`
	Faults  []asmFault    `json:"faults"`
	Lost    []string      `json:"lost"`
	Last    *asmViewOfOld `json:"last"`
}

type asmViewOfOld struct {
	At      time.Time `json:"at"`
	People  int       `json:"people"`
	Classes int       `json:"classes"`
}

// asmFault is something Apple's rules have to say: it stops the set, or is left out of it.
type asmFault struct {
	Code   string `json:"code"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Value  string `json:"value"`
	More   int    `json:"more"`
	Stops  bool   `json:"stops"`
}

// asmOptions reads what an organisation has set at Apple.
func asmOptions(password string, email bool) (o roster.ASMOptions, err error) {
	if password != "" && !slices.Contains([]string{"4", "6", "8"}, password) {
		return o, school.Refuse("password_policy", "choice")
	}
	o.PasswordPolicy = password
	if email {
		o.Required = []string{"email_address"}
	}
	return o, nil
}

// asm shows a set without making it.
func (a *API) asm(c *call) (answer, error) {
	email, err := c.flag("email_required")
	if err != nil {
		return answer{}, err
	}
	o, err := asmOptions(c.query.Get("password_policy"), email)
	if err != nil {
		return answer{}, err
	}
	x, err := enroll.MakeASM(c.ctx, a.st, c.by, o, io.Discard)
	if err != nil {
		return answer{}, err
	}
	v := asmView{Schools: len(x.Roster.Schools), Ready: x.Next.People > 0 && !x.Stops(), Faults: []asmFault{}, Lost: []string{}}
	v.Pupils, v.Staff, v.Classes, v.Courses = x.Count()
	for _, w := range x.Words {
		v.Faults = append(v.Faults, asmFault{w.Code, w.Row, w.Column, w.Value, w.More, w.Stop})
	}
	web.SortBy(c.lang, x.Lost, func(s string) string { return s })
	v.Lost = append(v.Lost, x.Lost...)
	if !x.Last.At.IsZero() {
		v.Last = &asmViewOfOld{x.Last.At, x.Last.People, len(x.Last.Classes)}
	}
	return answer{body: v}, nil
}

type newASM struct {
	Password string `json:"password_policy"`
	Email    bool   `json:"email_required"`
	Typed    int    `json:"typed"`
}

// makeASM hands a set out. Where classes are lost at Apple their number is given, as on the page.
func (a *API) makeASM(c *call, b newASM) (answer, error) {
	o, err := asmOptions(b.Password, b.Email)
	if err != nil {
		return answer{}, err
	}
	var out bytes.Buffer
	x, err := enroll.MakeASM(c.ctx, a.st, c.by, o, &out)
	switch {
	case err != nil:
		return answer{}, err
	case x.Next.People == 0:
		return answer{}, school.Clash("asm_nobody")
	case x.Stops():
		return answer{}, school.Clash("asm_stops")
	case b.Typed != len(x.Lost):
		return answer{}, school.Refuse("typed", "roster_number", len(x.Lost))
	}
	if err := a.st.KeepASMSet(c.ctx, c.by, x.Next); err != nil {
		return answer{}, err
	}
	return answer{file: &file{Kind: typeZIP, Name: "asm-" + c.now.In(web.Berlin).Format(time.DateOnly) + ".zip", body: out.Bytes()}}, nil
}

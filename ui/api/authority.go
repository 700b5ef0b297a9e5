package api

import (
	"cmp"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
)

type authorityView struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Contact string     `json:"contact"`
	Modules []string   `json:"modules"`
	Policy  policyView `json:"policy"`
}

// policyView is what an authority decides once for all its devices, as it is in force: no zero stands for a default.
type policyView struct {
	MinimumOS        string      `json:"minimum_os"`
	AwaitMinutes     int         `json:"await_minutes"`
	RenewDays        int         `json:"renew_days"`
	DeclaredProfiles bool        `json:"declared_profiles"`
	NumberPattern    string      `json:"number_pattern"`
	PushesPerMinute  int         `json:"pushes_per_minute"`
	QuietHours       *quiet      `json:"quiet_hours"`
	SecondFactor     []string    `json:"second_factor"`
	StaffOnly        bool        `json:"staff_only"`
	Simple           string      `json:"simple"`
	Officer          string      `json:"data_protection_officer"`
	Controller       string      `json:"controller"`
	DeviceNames      string      `json:"device_names"`
	Lending          lendingView `json:"lending"`
}

// authority is that of the token; there is no other to ask for.
func (a *API) authority(c *call) (answer, error) {
	x, err := a.st.Authority(c.ctx, c.by)
	v := authorityView{ID: string(x.ID), Name: x.Name, Contact: x.Contact, Modules: []string{}, Policy: policyView{MinimumOS: x.Policy.MinimumOS,
		AwaitMinutes: int(x.Policy.Await() / time.Minute), RenewDays: int(x.Policy.RenewBefore() / (24 * time.Hour)),
		DeclaredProfiles: x.Policy.DeclaredProfiles, NumberPattern: x.Policy.NumberPattern,
		PushesPerMinute: x.Policy.Calm.PerMinute, QuietHours: viewQuiet(x.Policy.Calm),
		StaffOnly: x.Policy.StaffOnly, Simple: cmp.Or(string(x.Policy.Simple), simpleAuto),
		Officer: x.Policy.Privacy.Officer, Controller: cmp.Or(string(x.Policy.Privacy.Control), authorityControls), DeviceNames: sheet.NamesKey(x.Policy.DeviceNames), Lending: viewLending(x.Policy.Lending)}}
	v.Policy.SecondFactor = []string{}
	for _, role := range x.Policy.SecondFactor {
		v.Policy.SecondFactor = append(v.Policy.SecondFactor, string(role))
	}
	for _, m := range x.Modules {
		v.Modules = append(v.Modules, string(m))
	}
	return answer{body: v}, err
}

type authorityPatch struct {
	Name    field[string]   `json:"name"`
	Contact field[string]   `json:"contact"`
	Modules field[[]string] `json:"modules"`
	Policy  policyPatch     `json:"policy"`
	Typed   int             `json:"typed"`
}

type policyPatch struct {
	MinimumOS        field[string]        `json:"minimum_os"`
	AwaitMinutes     field[int]           `json:"await_minutes"`
	RenewDays        field[int]           `json:"renew_days"`
	DeclaredProfiles field[bool]          `json:"declared_profiles"`
	NumberPattern    field[string]        `json:"number_pattern"`
	PushesPerMinute  field[int]           `json:"pushes_per_minute"`
	QuietHours       field[quiet]         `json:"quiet_hours"`
	SecondFactor     field[[]school.Role] `json:"second_factor"`
	StaffOnly        field[bool]          `json:"staff_only"`
	Simple           field[string]        `json:"simple"`
	Officer          field[string]        `json:"data_protection_officer"`
	Controller       field[string]        `json:"controller"`
	DeviceNames      field[string]        `json:"device_names"`
	Lending          lendingPatch         `json:"lending"`
}

// simpleAuto is what programs call the simple menu that comes by itself.
const simpleAuto = "auto"

// authorityControls is what programs call the authority itself as controller.
const authorityControls = "authority"

func (p policyPatch) over(is school.Policy) (_ school.Policy, err error) {
	is.MinimumOS, is.NumberPattern = p.MinimumOS.or(is.MinimumOS), p.NumberPattern.or(is.NumberPattern)
	is.AwaitMinutes, is.RenewDays = p.AwaitMinutes.or(is.AwaitMinutes), p.RenewDays.or(is.RenewDays)
	is.DeclaredProfiles = p.DeclaredProfiles.or(is.DeclaredProfiles)
	is.SecondFactor = p.SecondFactor.or(is.SecondFactor)
	is.StaffOnly = p.StaffOnly.or(is.StaffOnly)
	if is.Simple = school.Simple(p.Simple.or(string(is.Simple))); is.Simple == simpleAuto {
		is.Simple = school.SimpleAuto
	}
	is.Privacy.Officer = strings.TrimSpace(p.Officer.or(is.Privacy.Officer))
	if is.Privacy.Control = school.Control(p.Controller.or(string(is.Privacy.Control))); is.Privacy.Control == authorityControls {
		is.Privacy.Control = school.AuthorityControls
	}
	if is.DeviceNames = school.DeviceNames(p.DeviceNames.or(string(is.DeviceNames))); is.DeviceNames == school.DeviceNames(sheet.NamesKey(school.NamedByNumber)) {
		is.DeviceNames = school.NamedByNumber
	}
	is.Lending = p.Lending.over(is.Lending)
	is.Calm.PerMinute = p.PushesPerMinute.or(is.Calm.PerMinute)
	if p.QuietHours.set {
		is.Calm, err = p.QuietHours.value.over(is.Calm)
	}
	return is, err
}

// changeAuthority changes settings. Declared profiles take another way to every device: for many devices their number is
// asked for, as with a plan.
func (a *API) changeAuthority(c *call, b authorityPatch) (answer, error) {
	x, err := a.st.Authority(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	policy, err := b.Policy.over(x.Policy)
	if err != nil {
		return answer{}, err
	}
	if policy.DeclaredProfiles != x.Policy.DeclaredProfiles {
		n, err := a.st.CountDevices(c.ctx, c.by, store.DeviceFilter{State: store.IsEnrolled})
		if err == nil && n > store.TypedFrom && b.Typed != n {
			err = school.Refuse("typed", "plan_number", n)
		}
		if err != nil {
			return answer{}, err
		}
	}
	was := x
	x.Name, x.Contact, x.Policy = b.Name.or(x.Name), b.Contact.or(x.Contact), policy
	if b.Modules.set {
		x.Modules = nil
		for _, m := range b.Modules.value {
			x.Modules = append(x.Modules, school.Module(m))
		}
	}
	set, err := a.st.ChangeAuthority(c.ctx, c.by, was, x)
	return changed(x.ID, set), err
}

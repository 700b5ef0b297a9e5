package ui

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// contractAct answers a button of a contract's page.
func (u *UI) contractAct(act func(context.Context, school.Actor, school.ContractID) (school.ChangeSetID, error), done string) page {
	return func(w http.ResponseWriter, r *http.Request, v view) error {
		id := school.ContractID(routeVar(r, "contract"))
		set, err := act(r.Context(), v.by, id)
		if err != nil {
			return err
		}
		return u.done(w, r, contractAddress(id), done, set)
	}
}

// planContract makes a contract for one person, so that its paper can be made and signed before anything is handed out.
func (u *UI) planContract(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.PersonByID(r.Context(), v.by, school.PersonID(r.PostFormValue("person")))
	if err != nil {
		return err
	}
	made, set, err := u.st.PlanContracts(r.Context(), v.by, x.School, []store.ContractWish{{Person: x.ID}})
	if err != nil {
		return err
	}
	if len(made) == 0 {
		return u.done(w, r, address(contractsPath, url.Values{"person": {string(x.ID)}}), "done.contract.has", "")
	}
	return u.done(w, r, contractAddress(made[0]), "done.contract.planned", set)
}

// contractForm is a form about one contract.
func (u *UI) contractForm(r *http.Request, v view, x store.ContractPage, act school.ContractAct) *formPage {
	title := web.T(v.lang, "contract.do."+string(act))
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "contracts.title"), Href: contractsPath}, web.Crumb{Name: x.Number, Href: contractAddress(x.ID)}, web.Crumb{Name: title}), Cancel: contractAddress(x.ID)}
	p.Lead, p.Submit = p.T("contract.about", x.Number, x.PersonName, x.AssetName), title
	return p
}

// signPage asks how a contract was signed.
func (u *UI) signPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	p := u.contractForm(r, v, x, school.SignContract)
	var how []web.Option
	for _, s := range []school.SignedHow{school.ByPaper, school.ByPad, school.ByTerms} {
		how = append(how, web.Option{Value: string(s), Text: p.T("contract.how." + string(s))})
	}
	value := r.PostFormValue("how")
	if value == "" {
		value = string(school.ByPaper)
	}
	p.Fields = []web.Field{{Kind: web.RadioField, Name: "how", Label: p.T("contract.how"), Options: choose(value, how...)}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	set, err := u.st.SignContract(r.Context(), v.by, x.ID, school.SignedHow(r.PostFormValue("how")))
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, contractAddress(x.ID), "done.contract.signed", set)
}

// extendPage asks until when.
func (u *UI) extendPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	p := u.contractForm(r, v, x, school.ExtendContract)
	p.Fields = []web.Field{{Kind: web.DateField, Name: "due", Label: p.T("contract.until"), Hint: p.T("contract.until.hint"), Value: r.PostFormValue("due"), Optional: true, Focus: true}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	due, err := dayOf(r.PostFormValue("due"), "due")
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.ExtendContract(r.Context(), v.by, x.ID, due)
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, contractAddress(x.ID), "done.contract.extended", set)
}

// returnPage asks what came back, part by part: at once, or as the look at what came back in a pile.
func (u *UI) returnPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	act := school.ReturnContract
	if x.May(school.CheckContract) {
		act = school.CheckContract
	}
	if !x.May(act) {
		return school.Clash("contract_state", x.Number)
	}
	if x.Place != "" {
		if r.Method != http.MethodPost {
			return web.ErrNotFound
		}
		return u.contractAct(u.st.TakeCaseBack, "done.returned")(w, r, v)
	}
	p := u.contractForm(r, v, x, act)
	g := store.GivenBack{Asset: x.Asset}
	for _, part := range x.Parts {
		if part.State != school.PartIssued && !(part.N > 1 && part.Lacks() && part.Decision == school.Undecided) {
			continue
		}
		name := "part" + strconv.Itoa(part.N)
		value := r.PostFormValue(name)
		if value == "" {
			value = string(school.PartReturned)
		}
		options := []web.Option{{Value: string(school.PartReturned), Text: p.T("part.back.returned")}, {Value: string(school.PartDamaged), Text: p.T("part.back.damaged")}}
		if part.N > 1 {
			options = append(options, web.Option{Value: string(school.PartMissing), Text: p.T("part.back.missing")})
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: name, Label: partName(&p.Frame, part), Options: choose(value, options...)})
		switch school.PartState(value) {
		case school.PartMissing:
			g.Missing = append(g.Missing, part.N)
		case school.PartDamaged:
			g.Damaged = append(g.Damaged, part.N)
		}
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	var set school.ChangeSetID
	if act == school.CheckContract {
		set, err = u.st.CheckIn(r.Context(), v.by, x.ID, g)
	} else {
		g.Contract = x.ID
		_, set, err = u.st.TakeIn(r.Context(), v.by, g)
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, contractAddress(x.ID), "done.returned", set)
}

// partPage asks what becomes of a part that is missing or damaged. What it is worth today is proposed.
func (u *UI) partPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	for _, part := range x.Parts {
		if string(part.ID) != routeVar(r, "part") {
			continue
		}
		p := u.contractForm(r, v, x, school.CloseContract)
		p.Title, p.Submit = p.T("part.decide.title", partName(&p.Frame, part)), p.T("part.decide")
		worth := v.authority.Policy.Lending.Residual(part.Price, x.Issued, v.now)
		d, typed := r.PostFormValue("decision"), r.PostFormValue("amount")
		if r.Method != http.MethodPost {
			d, typed = string(part.Decision), amount(part.Amount)
			if typed == "" {
				typed = amount(worth)
			}
		}
		var options []web.Option
		for _, k := range school.PartDecisions {
			options = append(options, web.Option{Value: string(k), Text: p.T("part.decision." + string(k))})
		}
		if d == "" {
			d = string(school.Charged)
		}
		p.Fields = []web.Field{{Kind: web.RadioField, Name: "decision", Label: p.T("part.decision"), Options: choose(d, options...)},
			{Kind: web.TextField, Name: "amount", Label: p.T("part.amount"), Hint: p.T("part.amount.hint", euros(p.Lang, part.Price), euros(p.Lang, worth)), Value: typed, MaxLength: 12, Optional: true}}
		if r.Method != http.MethodPost {
			return u.showForm(w, r, p)
		}
		n, err := school.Cents("amount", typed)
		var set school.ChangeSetID
		if err == nil {
			set, err = u.st.DecidePart(r.Context(), v.by, x.ID, part.ID, school.PartDecision(d), n)
		}
		if err != nil {
			return u.refuse(w, r, p, err)
		}
		return u.done(w, r, contractAddress(x.ID), "done.kept", set)
	}
	return web.ErrNotFound
}

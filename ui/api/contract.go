package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Contracts are lending's root: one person, one thing and its set. Their number stays through extension, swap and change of
// schools; a change of schools is a plan (kind move, with the person), for it takes what the person has along.

type contractView struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Kind      string     `json:"kind"`
	State     string     `json:"state"`
	School    *ref       `json:"school"`
	Person    *ref       `json:"person"`
	Class     *ref       `json:"class"`
	Asset     *ref       `json:"asset"`
	Model     string     `json:"model"`
	Device    *string    `json:"device"`
	End       string     `json:"end"`
	Due       *time.Time `json:"due"`
	Planned   *time.Time `json:"planned"`
	Prepared  *time.Time `json:"prepared"`
	Signed    *time.Time `json:"signed"`
	SignedHow *string    `json:"signed_how"`
	Issued    *time.Time `json:"issued"`
	Returned  *time.Time `json:"returned"`
	Closed    *time.Time `json:"closed"`
	OpenParts int        `json:"open_parts"`
	Charged   int        `json:"charged"`
}

func viewContract(x store.ContractLine) contractView {
	v := contractView{ID: string(x.ID), Number: x.Number, Kind: string(x.Kind), State: string(x.State), School: refTo(x.School, x.SchoolName), Person: refTo(x.Person, x.PersonName),
		Class: refTo(x.Class, x.ClassName), Asset: refTo(x.Asset, x.AssetName), Model: x.AssetModel, Device: idOrNull(x.Device), End: string(x.End), Due: moment(x.Due), Planned: moment(x.Planned),
		Prepared: moment(x.Prepared), Signed: moment(x.Signed), SignedHow: idOrNull(x.SignedHow), Issued: moment(x.Issued), Returned: moment(x.Returned), Closed: moment(x.Closed),
		OpenParts: x.OpenParts, Charged: x.Charged}
	if x.Place != "" { // a case is lent as a whole
		v.Asset = refTo(x.Place, x.AssetName)
	}
	return v
}

// contractPageView is a contract with all that belongs to it.
type contractPageView struct {
	contractView
	Acts     []string           `json:"acts"`
	Signers  []string           `json:"signers"`
	Kit      *ref               `json:"kit"`
	Replaces *ref               `json:"replaces"`
	Parts    []contractPartView `json:"parts"`
	Addenda  []addendumView     `json:"addenda"`
	Damages  []damageView       `json:"damages"`
	Lost     bool               `json:"lost"`
}

type contractPartView struct {
	ID       string  `json:"id"`
	N        int     `json:"n"`
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Price    int     `json:"price"`
	State    string  `json:"state"`
	Decision *string `json:"decision"`
	Amount   int     `json:"amount"`
}

type addendumView struct {
	N         int        `json:"n"`
	Kind      string     `json:"kind"`
	At        *time.Time `json:"at"`
	Reason    *string    `json:"reason"`
	OldAsset  *ref       `json:"old_asset"`
	NewAsset  *ref       `json:"new_asset"`
	OldDue    *time.Time `json:"old_due"`
	NewDue    *time.Time `json:"new_due"`
	OldSchool *ref       `json:"old_school"`
	NewSchool *ref       `json:"new_school"`
}

func viewContractPage(x store.ContractPage) contractPageView {
	v := contractPageView{contractView: viewContract(x.ContractLine), Acts: []string{}, Signers: []string{}, Kit: refTo(x.Kit, x.KitName), Replaces: refTo(x.Contract.Replaces, x.Replaces),
		Parts: []contractPartView{}, Addenda: []addendumView{}, Damages: []damageView{}, Lost: x.Loss != nil && x.Loss.Open()}
	for _, a := range x.Acts() {
		v.Acts = append(v.Acts, string(a))
	}
	for _, s := range x.Signers {
		v.Signers = append(v.Signers, string(s))
	}
	for _, p := range x.Parts {
		v.Parts = append(v.Parts, contractPartView{string(p.ID), p.N, string(p.Kind), p.Name, p.Price, string(p.State), idOrNull(p.Decision), p.Amount})
	}
	for _, m := range x.Changes {
		v.Addenda = append(v.Addenda, addendumView{m.N, string(m.Kind), moment(m.At), idOrNull(m.Reason), refTo(m.OldAsset, m.OldName), refTo(m.NewAsset, m.NewName), moment(m.OldDue), moment(m.NewDue),
			refTo(m.OldSchool, m.OldSchoolName), refTo(m.NewSchool, m.NewSchoolName)})
	}
	for _, d := range x.Damages {
		v.Damages = append(v.Damages, viewDamage(d))
	}
	return v
}

func (a *API) contracts(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.Contracts(c.ctx, c.by, store.ContractFilter{View: store.ContractView(q.Get("view")), School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")),
		Person: school.PersonID(q.Get("person")), Asset: school.AssetID(q.Get("asset")), Kind: school.ContractKind(q.Get("kind")), Text: q.Get("q"), After: q.Get("after"), Limit: limit})
	if err == nil {
		a.st.NamesRead(c.by)
	}
	return paged(rows, viewContract), err
}

func (a *API) contract(c *call) (answer, error) {
	x, err := a.st.ContractByID(c.ctx, c.by, school.ContractID(c.id()))
	if err != nil {
		return answer{}, err
	}
	a.st.NamesRead(c.by)
	return answer{body: viewContractPage(x)}, nil
}

type newContracts struct {
	School string        `json:"school"`
	Wishes []newContract `json:"contracts"`
}

// newContract is a contract that is wanted. What is empty follows from person, thing and policy.
type newContract struct {
	Person string `json:"person"`
	Asset  string `json:"asset"`
	Kind   string `json:"kind"`
	Kit    string `json:"kit"`
	End    string `json:"end"`
	Due    string `json:"due"`
}

// maxContracts is how many contracts one call makes.
const maxContracts = 2000

type contractsMade struct {
	Contracts []string `json:"contracts"`
	ChangeSet *string  `json:"change_set"`
}

// planContracts makes contracts before anything is handed out: one for each person who has none that waits or runs.
func (a *API) planContracts(c *call, b newContracts) (answer, error) {
	if len(b.Wishes) == 0 {
		return answer{}, school.Refuse("contracts", "required")
	}
	if len(b.Wishes) > maxContracts {
		return answer{}, school.Refuse("contracts", "too_many", maxContracts)
	}
	var wishes []store.ContractWish
	for _, w := range b.Wishes {
		due, err := dayOf("due", w.Due)
		if err != nil {
			return answer{}, err
		}
		wishes = append(wishes, store.ContractWish{Person: school.PersonID(w.Person), Asset: school.AssetID(w.Asset), Kind: school.ContractKind(w.Kind), Kit: school.KitID(w.Kit), End: school.EndRule(w.End), Due: due})
	}
	made, set, err := a.st.PlanContracts(c.ctx, c.by, school.SchoolID(b.School), wishes)
	v := contractsMade{Contracts: []string{}, ChangeSet: idOrNull(set)}
	for _, id := range made {
		v.Contracts = append(v.Contracts, string(id))
	}
	return answer{status: http.StatusCreated, body: v}, err
}

// dayOf reads a day of a body, as people here count it; empty is none.
func dayOf(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, web.Berlin)
	if err != nil {
		return t, school.Refuse(field, "day")
	}
	return t, nil
}

// did answers an act on a contract.
func (c *call) did(set school.ChangeSetID, err error) (answer, error) {
	return changed(school.ContractID(c.id()), set), err
}

type signBody struct {
	How string `json:"how"`
}

func (a *API) signContract(c *call, b signBody) (answer, error) {
	return c.did(a.st.SignContract(c.ctx, c.by, school.ContractID(c.id()), school.SignedHow(b.How)))
}

type handOverBody struct {
	Asset   string `json:"asset"`
	Without []int  `json:"without"`
}

// handOver hands out what a contract is about, or another thing instead of it. Parts that are not handed out are named by
// their number.
func (a *API) handOver(c *call, b handOverBody) (answer, error) {
	x, err := a.st.ContractByID(c.ctx, c.by, school.ContractID(c.id()))
	if err != nil {
		return answer{}, err
	}
	h := store.Handover{Person: x.Person, Asset: x.Asset, Contract: x.ID, Without: b.Without}
	if b.Asset != "" {
		h.Asset = school.AssetID(b.Asset)
	}
	if h.Asset == "" {
		return answer{}, school.Refuse("asset", "required")
	}
	_, set, err := a.st.HandOut(c.ctx, c.by, h)
	return c.did(set, err)
}

type givenBackBody struct {
	Missing   []int `json:"missing"`
	Damaged   []int `json:"damaged"`
	Unchecked bool  `json:"unchecked"`
}

// giveBack takes back what was handed out under a contract; a case as a whole. What is not named is there and whole.
func (a *API) giveBack(c *call, b givenBackBody) (answer, error) {
	x, err := a.st.ContractByID(c.ctx, c.by, school.ContractID(c.id()))
	switch {
	case err != nil:
		return answer{}, err
	case !x.May(school.ReturnContract):
		return answer{}, school.Clash("contract_state", x.Number)
	case x.Place != "":
		return c.did(a.st.TakeCaseBack(c.ctx, c.by, x.ID))
	}
	_, set, err := a.st.TakeIn(c.ctx, c.by, store.GivenBack{Asset: x.Asset, Contract: x.ID, Missing: b.Missing, Damaged: b.Damaged, Unchecked: b.Unchecked})
	return c.did(set, err)
}

type checkBody struct {
	Missing []int `json:"missing"`
	Damaged []int `json:"damaged"`
}

// checkBack is the look at what came back in a pile.
func (a *API) checkBack(c *call, b checkBody) (answer, error) {
	return c.did(a.st.CheckIn(c.ctx, c.by, school.ContractID(c.id()), store.GivenBack{Missing: b.Missing, Damaged: b.Damaged}))
}

type swapBody struct {
	Asset  string `json:"asset"`
	Reason string `json:"reason"`
}

func (a *API) swapContract(c *call, b swapBody) (answer, error) {
	return c.did(a.st.SwapAsset(c.ctx, c.by, school.ContractID(c.id()), school.AssetID(b.Asset), school.SwapReason(b.Reason)))
}

type extendBody struct {
	Due string `json:"due"`
}

// extendContract gives a contract another day; without one it runs until it is asked for.
func (a *API) extendContract(c *call, b extendBody) (answer, error) {
	due, err := dayOf("due", b.Due)
	if err != nil {
		return answer{}, err
	}
	return c.did(a.st.ExtendContract(c.ctx, c.by, school.ContractID(c.id()), due))
}

func (a *API) refuseContract(c *call) (answer, error) {
	return c.did(a.st.RefuseContract(c.ctx, c.by, school.ContractID(c.id())))
}

func (a *API) resumeContract(c *call) (answer, error) {
	return c.did(a.st.ResumeContract(c.ctx, c.by, school.ContractID(c.id())))
}

func (a *API) cancelContract(c *call) (answer, error) {
	return c.did(a.st.CancelContract(c.ctx, c.by, school.ContractID(c.id())))
}

func (a *API) closeContract(c *call) (answer, error) {
	return c.did(a.st.CloseContract(c.ctx, c.by, school.ContractID(c.id())))
}

type decideBody struct {
	Decision string `json:"decision"`
	Amount   int    `json:"amount"`
}

// decidePart says what becomes of a part that is missing or damaged. The part is named by its id.
func (a *API) decidePart(c *call, b decideBody) (answer, error) {
	return c.did(a.st.DecidePart(c.ctx, c.by, school.ContractID(c.id()), school.PartID(c.vars["part"]), school.PartDecision(b.Decision), b.Amount))
}

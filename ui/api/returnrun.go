package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// leaseView is a delivery that is leased.
type leaseView struct {
	Batch  string     `json:"batch"`
	Name   string     `json:"name"`
	Number string     `json:"number"`
	Lessor string     `json:"lessor"`
	From   *time.Time `json:"from"`
	Until  *time.Time `json:"until"`
	Rate   int        `json:"rate"`
	Here   int        `json:"here"`
	Out    int        `json:"out"`
	Gone   int        `json:"gone"`
}

// leases lists what is leased, the next end first.
func (a *API) leases(c *call) (answer, error) {
	rows, err := a.st.Leases(c.ctx, c.by)
	return listed(rows, "", func(b store.BatchRow) leaseView {
		return leaseView{string(b.ID), b.Name, b.Lease.Number, b.Lease.Lessor, moment(b.Lease.From), moment(b.Lease.Until), b.Lease.Rate, b.Assets, b.Out, b.Gone}
	}), err
}

// returnRunView is a lease on its way back to its lessor.
type returnRunView struct {
	ID      string     `json:"id"`
	Batch   ref        `json:"batch"`
	Number  string     `json:"number"`
	Lessor  string     `json:"lessor"`
	Until   *time.Time `json:"until"`
	Started *time.Time `json:"started"`
	Closed  *time.Time `json:"closed"`
	Things  int        `json:"things"`
	Handed  int        `json:"handed"`
}

func viewReturn(x store.ReturnRow) returnRunView {
	return returnRunView{string(x.ID), ref{string(x.Batch), x.BatchName}, x.Number, x.Lessor, moment(x.Until), moment(x.Started), moment(x.Closed), x.Things, x.Handed}
}

// returnThingView is a thing of a run with what comes next for it. It names nobody.
type returnThingView struct {
	Asset     string     `json:"asset"`
	Number    string     `json:"number"`
	Serial    string     `json:"serial"`
	Kind      string     `json:"kind"`
	Model     string     `json:"model"`
	School    string     `json:"school"`
	Device    *string    `json:"device"`
	Step      string     `json:"step"`
	Contract  *ref       `json:"contract"`
	OpenParts int        `json:"open_parts"`
	Erased    *time.Time `json:"erased"`
	Proof     string     `json:"proof"`
	Listed    bool       `json:"listed_by_apple"`
	Released  *time.Time `json:"released"`
	Handed    *time.Time `json:"handed"`
}

type returnPageView struct {
	returnRunView
	Items []returnThingView `json:"items"`
}

func (a *API) returns(c *call) (answer, error) {
	rows, err := a.st.Returns(c.ctx, c.by)
	return listed(rows, "", viewReturn), err
}

func (a *API) returnRun(c *call) (answer, error) {
	x, err := a.st.ReturnByID(c.ctx, c.by, school.ReturnRunID(c.id()))
	v := returnPageView{returnRunView: viewReturn(x.ReturnRow), Items: []returnThingView{}}
	for _, l := range x.Lines {
		t := returnThingView{Asset: string(l.Asset), Number: l.Number, Serial: l.Serial, Kind: string(l.Kind), Model: l.Model, School: l.SchoolName, Device: idOrNull(l.Device), Step: string(l.Step()),
			OpenParts: l.OpenParts, Listed: l.Listed, Released: moment(l.Released), Handed: moment(l.HandedOver)}
		if l.Out || l.OpenParts > 0 {
			t.Contract = refTo(l.Contract, l.ContractNo)
		}
		if l.Proved() {
			t.Erased, t.Proof = moment(l.Erased), l.Proof
		}
		v.Items = append(v.Items, t)
	}
	return answer{body: v}, err
}

type newReturn struct {
	Batch string `json:"batch"`
}

func (a *API) startReturn(c *call, b newReturn) (answer, error) {
	id, set, err := a.st.StartReturn(c.ctx, c.by, school.BatchID(b.Batch))
	return created("/returns/", id, set), err
}

// returnDone says how many things an act on a run reached.
type returnDone struct {
	Things    int     `json:"things"`
	ChangeSet *string `json:"change_set"`
}

type releasedBody struct {
	Assets []string `json:"assets"`
}

// releaseReturned says that things were released in Apple School Manager; without any it is all whose turn it is. Apple's next
// list says whether it is so.
func (a *API) releaseReturned(c *call, b releasedBody) (answer, error) {
	var assets []school.AssetID
	for _, id := range b.Assets {
		assets = append(assets, school.AssetID(id))
	}
	n, set, err := a.st.ReleaseReturned(c.ctx, c.by, school.ReturnRunID(c.id()), assets...)
	return answer{body: returnDone{n, idOrNull(set)}}, err
}

func (a *API) handOverReturned(c *call) (answer, error) {
	n, set, err := a.st.HandOverReturned(c.ctx, c.by, school.ReturnRunID(c.id()))
	return answer{body: returnDone{n, idOrNull(set)}}, err
}

func (a *API) closeReturn(c *call) (answer, error) {
	set, err := a.st.CloseReturn(c.ctx, c.by, school.ReturnRunID(c.id()))
	return changed(c.id(), set), err
}

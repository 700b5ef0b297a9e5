package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

type damageView struct {
	ID         string     `json:"id"`
	School     *ref       `json:"school"`
	Asset      ref        `json:"asset"`
	Model      string     `json:"model"`
	Contract   *ref       `json:"contract"`
	What       string     `json:"what"`
	Note       string     `json:"note"`
	State      string     `json:"state"`
	Cause      string     `json:"cause"`
	Liability  *string    `json:"liability"`
	Settlement *string    `json:"settlement"`
	Cost       int        `json:"cost"`
	Claim      int        `json:"claim"`
	Insurance  string     `json:"insurance"`
	Reported   *time.Time `json:"reported"`
	Returned   *time.Time `json:"returned"`
	Expires    *time.Time `json:"claims_expire"`
	Closed     *time.Time `json:"closed"`
}

func viewDamage(x store.DamageRow) damageView {
	return damageView{ID: string(x.ID), School: refTo(x.School, x.SchoolName), Asset: ref{string(x.Asset), x.AssetName}, Model: x.AssetModel, Contract: refTo(x.Contract, x.ContractNo), What: string(x.What), Note: x.Note,
		State: string(x.State), Cause: string(x.Cause), Liability: idOrNull(x.Liability), Settlement: idOrNull(x.Settlement), Cost: x.Cost, Claim: x.Claim, Insurance: x.Insurance,
		Reported: moment(x.Reported), Returned: moment(x.Returned), Expires: moment(x.Limit), Closed: moment(x.Closed)}
}

func (a *API) damages(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	all, err := c.flag("all")
	if err != nil {
		return answer{}, err
	}
	expiring, err := c.flag("expiring")
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.Damages(c.ctx, c.by, store.DamageFilter{School: school.SchoolID(q.Get("school")), Asset: school.AssetID(q.Get("asset")), State: school.DamageState(q.Get("state")), All: all, Limits: expiring,
		After: q.Get("after"), Limit: limit})
	return paged(rows, viewDamage), err
}

func (a *API) damage(c *call) (answer, error) {
	x, err := a.st.DamageByID(c.ctx, c.by, school.DamageID(c.id()))
	return answer{body: viewDamage(x)}, err
}

type newDamage struct {
	Asset string `json:"asset"`
	What  string `json:"what"`
	Note  string `json:"note"`
}

func (a *API) reportDamage(c *call, b newDamage) (answer, error) {
	id, set, err := a.st.ReportDamage(c.ctx, c.by, school.AssetID(b.Asset), school.DamageKind(b.What), b.Note)
	return created("/damages/", id, set), err
}

type assessBody struct {
	Cause     string `json:"cause"`
	Liability string `json:"liability"`
}

func (a *API) assessDamage(c *call, b assessBody) (answer, error) {
	set, err := a.st.AssessDamage(c.ctx, c.by, school.DamageID(c.id()), school.DamageCause(b.Cause), school.Liability(b.Liability))
	return changed(c.id(), set), err
}

type mendBody struct {
	Note string `json:"note"`
}

func (a *API) repairDamage(c *call, b mendBody) (answer, error) {
	set, err := a.st.RepairDamage(c.ctx, c.by, school.DamageID(c.id()), b.Note)
	return changed(c.id(), set), err
}

// settleBody says how a damage ends for the one who had the thing; amounts are in cents.
type settleBody struct {
	Cost       int    `json:"cost"`
	Claim      int    `json:"claim"`
	Settlement string `json:"settlement"`
	Insurance  string `json:"insurance"`
}

func (a *API) settleDamage(c *call, b settleBody) (answer, error) {
	set, err := a.st.SettleDamage(c.ctx, c.by, school.DamageID(c.id()), b.Cost, b.Claim, school.Settlement(b.Settlement), b.Insurance)
	return changed(c.id(), set), err
}

func (a *API) closeDamage(c *call) (answer, error) {
	set, err := a.st.CloseDamage(c.ctx, c.by, school.DamageID(c.id()))
	return changed(c.id(), set), err
}

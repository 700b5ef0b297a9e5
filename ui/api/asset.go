package api

import (
	"ranzen/store"
	"ranzen/store/school"
)

// assetView is a thing with an inventory number, whoever manages it. Who has it is named to those alone who see people there.
type assetView struct {
	ID        string  `json:"id"`
	Number    string  `json:"number"`
	Serial    string  `json:"serial"`
	Kind      string  `json:"kind"`
	Model     string  `json:"model"`
	ManagedBy string  `json:"managed_by"`
	State     string  `json:"state"`
	School    *ref    `json:"school"`
	Place     *ref    `json:"place"`
	Batch     *ref    `json:"batch"`
	Device    *string `json:"device"`
	Contract  *ref    `json:"contract"`
	Holder    *ref    `json:"holder"`
	Price     int     `json:"price"`
	Note      string  `json:"note"`
	Lost      bool    `json:"lost"`
	InRepair  bool    `json:"in_repair"`
}

func viewAsset(x store.AssetRow) assetView {
	return assetView{ID: string(x.ID), Number: x.Number, Serial: x.Serial, Kind: string(x.Kind), Model: x.ModelName(), ManagedBy: string(x.ManagedBy), State: string(x.State), School: refTo(x.School, x.SchoolName),
		Place: refTo(x.Place, x.PlaceName), Batch: refTo(x.Batch, x.BatchName), Device: idOrNull(x.Device), Contract: refTo(x.Contract, x.ContractNo), Holder: refTo(x.Person, x.PersonName), Price: x.Price, Note: x.Note,
		Lost: x.Lost, InRepair: x.InRepair}
}

func (a *API) assets(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	out, err := c.flag("out")
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.Assets(c.ctx, c.by, store.AssetFilter{School: school.SchoolID(q.Get("school")), Kind: school.AssetKind(q.Get("kind")), Manager: school.ManagedBy(q.Get("managed_by")), Batch: school.BatchID(q.Get("batch")),
		State: school.AssetState(q.Get("state")), Out: out, Text: q.Get("q"), After: q.Get("after"), Limit: limit})
	if err == nil {
		for _, x := range rows.Rows {
			if x.Person != "" {
				a.st.NamesRead(c.by)
				break
			}
		}
	}
	return paged(rows, viewAsset), err
}

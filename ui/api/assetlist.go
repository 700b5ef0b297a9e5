package api

import (
	"net/http"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
)

// newAssetList is a list of things as text, and what holds for new things where it says nothing.
type newAssetList struct {
	Text      string `json:"text"`
	Kind      string `json:"kind"`
	ManagedBy string `json:"managed_by"`
	School    string `json:"school"`
	Batch     string `json:"batch"`
	Plan      string `json:"plan"`
}

type assetListView struct {
	Creates   int             `json:"creates"`
	Changes   int             `json:"changes"`
	Keeps     int             `json:"keeps"`
	Wrong     int             `json:"wrong"`
	Plan      string          `json:"plan"`
	Rows      []assetLineView `json:"rows"`
	ChangeSet *string         `json:"change_set"`
}

type assetLineView struct {
	Row     int               `json:"row"`
	Number  string            `json:"number"`
	Serial  string            `json:"serial"`
	Does    string            `json:"does"`
	Asset   *string           `json:"asset"`
	Changes []assetChangeView `json:"changes"`
	Errors  []fieldError      `json:"errors"`
}

type assetChangeView struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// importAssets takes a list of things over, or with dry_run says line by line what it would do. Columns are read as the last list
// with the same heads was, else as they are called.
func (a *API) importAssets(c *call) (answer, error) {
	dry, err := c.flag("dry_run")
	if err != nil {
		return answer{}, err
	}
	b := newAssetList{Text: string(c.body), Kind: c.query.Get("kind"), ManagedBy: c.query.Get("managed_by"), School: c.query.Get("school"), Batch: c.query.Get("batch"), Plan: c.query.Get("plan")}
	if c.kind == typeJSON {
		b = newAssetList{}
		if err := c.read(&b); err != nil {
			return answer{}, err
		}
	}
	sheet, x, _, problems, err := enroll.OpenAssets(c.ctx, a.st, c.by, []byte(b.Text))
	if err != nil {
		return answer{}, err
	}
	if b.Kind != "" {
		x.Mapping.Kind = school.AssetKind(b.Kind)
	}
	if b.ManagedBy != "" {
		x.Mapping.ManagedBy = school.ManagedBy(b.ManagedBy)
	}
	if b.School != "" {
		x.Mapping.School = school.SchoolID(b.School)
	}
	if b.Batch != "" {
		x.Mapping.Batch = school.BatchID(b.Batch)
	}
	rows, wrong := enroll.AssetsOf(sheet, x.Mapping)
	x.Rows, problems = rows, append(problems, wrong...)
	var plan store.AssetListPlan
	if len(rows) > 0 && (dry || len(problems) > 0) { // taking it over plans it anyway
		if plan, err = a.st.PlanAssets(c.ctx, c.by, x); err != nil {
			return answer{}, err
		}
	}
	if dry {
		return answer{body: viewAssetList(c, plan, problems, "")}, nil
	}
	if len(problems) > 0 {
		return answer{}, withRows{school.Refuse("rows", "announce_wrong", len(problems)+plan.Wrong, len(sheet.Lines)), append(problems, plan.Problems()...)}
	}
	plan, set, err := a.st.ImportAssets(c.ctx, c.by, x, b.Plan)
	if err != nil {
		if wrong := plan.Problems(); len(wrong) > 0 {
			err = withRows{err, wrong}
		}
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewAssetList(c, plan, nil, set)}, nil
}

func viewAssetList(c *call, p store.AssetListPlan, unread []*school.Error, set school.ChangeSetID) assetListView {
	v := assetListView{Creates: p.Creates, Changes: p.Changes, Keeps: p.Keeps, Wrong: p.Wrong, Plan: p.Hash, Rows: []assetLineView{}, ChangeSet: idOrNull(set)}
	line := map[int]int{}
	for _, e := range unread {
		i, has := line[e.Row]
		if !has {
			i = len(v.Rows)
			line[e.Row] = i
			v.Wrong++
			v.Rows = append(v.Rows, assetLineView{Row: e.Row, Does: string(store.AnnounceWrong), Changes: []assetChangeView{}})
		}
		v.Rows[i].Errors = append(v.Rows[i].Errors, fieldErrors(c.lang, []*school.Error{e})...)
	}
	for _, r := range p.Rows {
		x := assetLineView{Row: r.Row, Number: r.Number, Serial: r.Serial, Does: string(r.Does), Asset: idOrNull(r.Asset), Changes: []assetChangeView{},
			Errors: append([]fieldError{}, fieldErrors(c.lang, r.Problems)...)}
		for _, f := range r.Changes {
			x.Changes = append(x.Changes, assetChangeView{string(f.Field), f.From, f.To})
		}
		v.Rows = append(v.Rows, x)
	}
	return v
}

package ui

import (
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// inputDay is a day for a field.
func inputDay(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(web.Berlin).Format(time.DateOnly)
}

// batchesPage lists deliveries with their lease and by whose money they were bought.
func (u *UI) batchesPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Batches(r.Context(), v.by)
	if err != nil {
		return err
	}
	t := func(key string) string { return web.T(v.lang, key) }
	p := &tablePage{Frame: u.frame(r, t("batches.title"), web.Crumb{Name: t("batches.title")}), Files: filesOf(r)}
	p.Columns = []web.Column{{Name: t("batch.name")}, {Name: t("batch.supplier")}, {Name: t("batch.ordered")}, {Name: t("batch.price"), Numeric: true}, {Name: t("batch.programme")}, {Name: t("batch.funding_until")}, {Name: t("batch.lease")}, {Name: t("batch.lease_until")},
		{Name: t("batch.here"), Numeric: true}, {Name: t("batch.out"), Numeric: true}, {Name: t("batch.gone"), Numeric: true}}
	for _, b := range all {
		row := []cell{{Text: b.Name}, {Text: b.Supplier}, {Text: dateOrNone(p.Lang, b.Ordered)}, {Text: eurosOrNone(p.Lang, b.Price), Numeric: true}, {Text: b.Funding.Programme}, {Text: dateOrNone(p.Lang, b.Funding.Until)},
			{Text: strings.Trim(b.Lease.Number+", "+b.Lease.Lessor, ", ")}, {Text: dateOrNone(p.Lang, b.Lease.Until)}, {Text: p.Lang.Number(int64(b.Assets)), Numeric: true}, {Text: p.Lang.Number(int64(b.Out)), Numeric: true}, {Text: p.Lang.Number(int64(b.Gone)), Numeric: true}}
		if m := b.Lease.Mark(v.now.In(web.Berlin)); m > 0 && b.Assets > 0 {
			row[7].Status = &web.Status{Kind: web.Warning, Text: p.T("batch.lease.near", dateOrNone(p.Lang, b.Lease.Until), m)}
		}
		if v.at(school.EditDevices, "") {
			row[0].Href = batchesPath + "/" + string(b.ID)
		}
		row[8].Href = address(assetsPath, map[string][]string{"batch": {string(b.ID)}})
		p.Rows = append(p.Rows, row)
	}
	if wantsFile(r) {
		return sendList(w, r, t("batches.file"), heads(p.Columns), func(yield func([]string, error) bool) {
			for _, row := range p.Rows {
				if !yield(plainCells(row), nil) {
					return
				}
			}
		})
	}
	p.Lead, p.Tabs = p.T("batches.lead"), u.lendingTabs(&p.Frame, v, batchesPath)
	if v.at(school.EditDevices, "") {
		p.Actions = []web.Action{{Text: t("batch.new"), Href: batchesPath + "/new"}}
	}
	p.Empty = web.Empty{Title: t("batches.none"), Text: t("batches.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) batchForm(r *http.Request, v view, b school.Batch) *formPage {
	title := web.T(v.lang, "batch.new")
	if b.ID != "" {
		title = b.Name
	}
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "batches.title"), Href: batchesPath}, web.Crumb{Name: title}), Cancel: batchesPath}
	for _, f := range []struct {
		kind       web.FieldKind
		name, was  string
		most, rows int
	}{{web.TextField, "name", b.Name, 200, 0}, {web.TextField, "supplier", b.Supplier, 200, 0}, {web.DateField, "ordered", inputDay(b.Ordered), 0, 0}, {web.TextField, "price", amount(b.Price), 12, 0},
		{web.TextField, "programme", b.Funding.Programme, 200, 0}, {web.TextField, "funding_label", b.Funding.Label, 120, 0}, {web.DateField, "funding_until", inputDay(b.Funding.Until), 0, 0},
		{web.TextField, "lease_number", b.Lease.Number, 100, 0}, {web.TextField, "lessor", b.Lease.Lessor, 200, 0}, {web.DateField, "lease_from", inputDay(b.Lease.From), 0, 0}, {web.DateField, "lease_until", inputDay(b.Lease.Until), 0, 0},
		{web.TextField, "lease_rate", amount(b.Lease.Rate), 12, 0}, {web.AreaField, "lease_terms", b.Lease.Terms, 2000, 3}} {
		field := web.Field{Kind: f.kind, Name: f.name, Label: p.T("batch." + f.name), Value: f.was, MaxLength: f.most, Rows: f.rows, Optional: f.name != "name"}
		if r.Method == http.MethodPost {
			field.Value = r.PostFormValue(f.name)
		}
		p.Fields = append(p.Fields, field)
	}
	if b.ID != "" {
		p.Confirm = &web.Confirm{ID: "remove", Title: p.T("batch.remove.title"), Text: p.T("batch.remove.text"), Button: p.T("batch.remove"), Action: batchesPath + "/" + string(b.ID) + "/remove", Cancel: batchesPath}
	}
	return p
}

// typedBatch is what the form says.
func typedBatch(r *http.Request, b school.Batch) (school.Batch, error) {
	f := r.PostFormValue
	b.Name, b.Supplier, b.Funding.Programme, b.Funding.Label = f("name"), f("supplier"), f("programme"), f("funding_label")
	b.Lease.Number, b.Lease.Lessor, b.Lease.Terms = f("lease_number"), f("lessor"), f("lease_terms")
	var err error
	for _, x := range []struct {
		name string
		day  *time.Time
	}{{"ordered", &b.Ordered}, {"funding_until", &b.Funding.Until}, {"lease_from", &b.Lease.From}, {"lease_until", &b.Lease.Until}} {
		if err == nil {
			*x.day, err = dayOf(f(x.name), x.name)
		}
	}
	if err == nil {
		b.Price, err = school.Cents("price", f("price"))
	}
	if err == nil {
		b.Lease.Rate, err = school.Cents("lease_rate", f("lease_rate"))
	}
	return b, err
}

func (u *UI) newBatchPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.saveBatch(w, r, v, store.BatchRow{})
}

func (u *UI) editBatchPage(w http.ResponseWriter, r *http.Request, v view) error {
	b, err := u.st.BatchByID(r.Context(), v.by, school.BatchID(routeVar(r, "batch")))
	if err != nil {
		return err
	}
	return u.saveBatch(w, r, v, b)
}

func (u *UI) saveBatch(w http.ResponseWriter, r *http.Request, v view, b store.BatchRow) error {
	if !v.at(school.EditDevices, "") {
		return web.ErrNotFound
	}
	p := u.batchForm(r, v, b.Batch)
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	x, err := typedBatch(r, b.Batch)
	var set school.ChangeSetID
	if err == nil && x.ID == "" {
		_, err = u.st.CreateBatch(r.Context(), v.by, x)
	} else if err == nil {
		set, err = u.st.ChangeBatch(r.Context(), v.by, x)
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, batchesPath, "done.kept", set)
}

func (u *UI) removeBatch(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveBatch(r.Context(), v.by, school.BatchID(routeVar(r, "batch")))
	if err != nil {
		return err
	}
	return u.done(w, r, batchesPath, "done.batch.removed", set)
}

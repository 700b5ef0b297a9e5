package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const tabLicences = "licences"

// appLicences is the ledger of an app: every movement of its licences, the newest first.
func (u *UI) appLicences(w http.ResponseWriter, r *http.Request, v view) error {
	base, x, err := u.openProfile(r, v, tabLicences)
	if err != nil {
		return err
	}
	if base.App == nil {
		return school.Missing("app")
	}
	l := v.lang
	var head []string
	for _, key := range []string{"ledger.at", "ledger.what", "ledger.amount", "content.name"} {
		head = append(head, web.T(l, key))
	}
	if wantsFile(r) {
		rows := everyRow(func(after string) (store.Page[store.LicenceEntry], error) {
			return u.st.LicenceEntries(r.Context(), v.by, x.ID, after, store.MaxPage)
		})
		return sendList(w, r, web.T(l, "ledger.file"), head, func(yield func([]string, error) bool) {
			for e, err := range rows {
				if !yield([]string{l.DateTime(e.At), ledgerText(l, e), l.Number(int64(e.Amount)), e.Location}, err) || err != nil {
					return
				}
			}
		})
	}
	list, err := u.st.LicenceEntries(r.Context(), v.by, x.ID, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: base.Frame, Lead: base.Lead, Tabs: base.Tabs, Alert: base.App.Alert, Actions: base.Actions, Pager: keyPager(r, len(list.Rows), list.Next), Files: filesOf(r)}
	p.Empty = web.Empty{Title: p.T("ledger.none"), Text: p.T("ledger.none.text")}
	for i, name := range head {
		p.Columns = append(p.Columns, web.Column{Name: name, Numeric: i == 2})
	}
	for _, e := range list.Rows {
		p.Rows = append(p.Rows, []cell{{When: momentOf(&p.Frame, e.At)}, {Text: ledgerText(l, e)}, {Text: l.Number(int64(e.Amount)), Numeric: true}, {Text: e.Location}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// ledgerText says in words what a movement was.
func ledgerText(l web.Lang, e store.LicenceEntry) string {
	return wordOr(l, "ledger."+e.Cause+"."+e.To, web.T(l, "ledger."+e.Cause))
}

func init() {
	web.Add(web.Words{
		"profile.tab.licences": {"Lizenzen", "Licences"},
		"ledger.at":            {"Wann", "When"},
		"ledger.what":          {"Was", "What"},
		"ledger.amount":        {"Lizenzen", "Licences"},
		"ledger.file":          {"lizenzbuch", "licence-ledger"},
		"ledger.none":          {"Noch keine Bewegung", "No movement yet"},
		"ledger.none.text":     {"Hier steht jeder Kauf, jede Vergabe und jede Rückgabe, sobald der Standort gezählt ist.", "Every purchase, every licence given and every one returned stands here once the location was counted."},
		"ledger.bought":        {"Gekauft", "Bought"},
		"ledger.asked":         {"Für iPads vorgemerkt", "Set aside for iPads"},
		"ledger.refused":       {"Von Apple abgelehnt, wieder frei", "Refused by Apple, free again"},
		"ledger.returned":      {"Von iPads zurück, wieder frei", "Back from iPads, free again"},
		"ledger.counted":       {"Gezählt: anderswo vergeben", "Counted: given elsewhere"},
		"ledger.counted.free":  {"Gezählt: anderswo zurückgegeben", "Counted: given back elsewhere"},
		"ledger.counted.apple": {"Gezählt: der Standort besitzt weniger", "Counted: the location owns fewer"},
	})
}

package ui

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const demandPath = "/demand"

// demandPage measures every school by the authority's rule: what is needed, there and missing.
func (u *UI) demandPage(w http.ResponseWriter, r *http.Request, v view) error {
	rule, err := u.st.Allocations(r.Context(), v.by)
	if err != nil {
		return err
	}
	all, err := u.st.Demands(r.Context(), v.by)
	if err != nil {
		return err
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	if wantsFile(r) {
		return sendList(w, r, t("demand.file"), []string{t("devices.school"), t("demand.type"), t("demand.pupils"), t("demand.teachers"), t("demand.needed"), t("demand.reserve"),
			t("demand.present"), t("demand.stock"), t("demand.missing"), t("demand.too_many"), t("demand.outside")}, func(yield func([]string, error) bool) {
			for _, d := range all {
				cells := []string{d.School.Name, d.School.Type}
				for _, n := range []int{d.Pupils, d.Staff, d.Needed, d.Reserve, d.Present, d.InStock, max(0, d.Missing()), max(0, -d.Missing()), d.Outside} {
					cells = append(cells, strconv.Itoa(n))
				}
				if !yield(cells, nil) {
					return
				}
			}
		})
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.demand"), p.T("demand.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	if v.can(school.Settings) {
		p.Actions = []web.Action{{Text: p.T("demand.rule"), Href: demandPath + "/rule", Primary: len(rule) == 0}}
	}
	if len(rule) == 0 {
		p.Empty = web.Empty{Title: p.T("demand.none"), Text: p.T("demand.none.text"), Actions: p.Actions}
		p.Actions = nil
		return u.site.Render(w, r, http.StatusOK, "table", p)
	}
	p.Columns = []web.Column{{Name: p.T("devices.school")}, {Name: p.T("demand.needed"), Numeric: true}, {Name: p.T("demand.reserve"), Numeric: true},
		{Name: p.T("demand.present"), Numeric: true}, {Name: p.T("demand.missing"), Numeric: true}, {Name: p.T("demand.why")}}
	number := func(n int) cell { return cell{Text: p.Lang.Number(int64(n)), Numeric: true} }
	var sum store.Demand
	for _, d := range all {
		missing := number(d.Missing())
		if d.Missing() < 0 {
			missing = cell{Text: p.T("demand.over", -d.Missing()), Numeric: true}
		}
		present := number(d.Present)
		if d.InStock > 0 {
			present.Detail = p.T("demand.in_stock", d.InStock)
		}
		p.Rows = append(p.Rows, []cell{{Text: d.School.Name, Detail: d.School.Type, Href: schoolAddress(d.School.ID)}, number(d.Needed), number(d.Reserve), present, missing, {Text: u.demandWhy(v.lang, d)}})
		sum.Needed, sum.Reserve, sum.Present = sum.Needed+d.Needed, sum.Reserve+d.Reserve, sum.Present+d.Present
		if m := d.Missing(); m > 0 {
			sum.Outside += m
		}
	}
	if len(all) > 1 {
		p.Rows = append(p.Rows, []cell{{Text: p.T("demand.sum")}, number(sum.Needed), number(sum.Reserve), number(sum.Present), number(sum.Outside), {Text: p.T("demand.sum.text")}})
	}
	p.Empty = web.Empty{Title: p.T("demand.schools")}
	p.Files = filesOf(r)
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// demandWhy says which lines of the rule made the number.
func (u *UI) demandWhy(l web.Lang, d store.Demand) string {
	var out []string
	for _, x := range d.Lines {
		out = append(out, fmt.Sprintf("%s: %s → %s", allocationWho(l, x.Allocation, false), l.Number(int64(x.Heads)), l.Number(int64(x.Needed))))
	}
	if d.Outside > 0 {
		out = append(out, web.T(l, "demand.without", d.Outside))
	}
	return strings.Join(out, " · ")
}

// allocationWho is whom a line speaks of.
func allocationWho(l web.Lang, a school.Allocation, whole bool) string {
	var words []string
	if a.Type != "" && (whole || !a.Teachers && a.From == 0) {
		words = append(words, a.Type)
	}
	switch {
	case a.Teachers:
		words = append(words, web.T(l, "demand.rule.teachers"))
	case a.From == 0 && len(words) == 0:
		words = append(words, web.T(l, "demand.rule.all"))
	case a.From != 0 && a.From == a.Until:
		words = append(words, strconv.Itoa(a.From))
	case a.From != 0:
		words = append(words, fmt.Sprintf("%d–%d", a.From, a.Until))
	}
	return strings.Join(words, " ")
}

func allocationText(l web.Lang, rule []school.Allocation) string {
	var out strings.Builder
	for _, a := range rule {
		fmt.Fprintf(&out, "%s: ", allocationWho(l, a, true))
		if a.Per == 0 {
			out.WriteString(web.T(l, "demand.rule.none"))
		} else {
			fmt.Fprintf(&out, "1:%d", a.Per)
		}
		if a.Reserve > 0 {
			fmt.Fprintf(&out, " + %d %%", a.Reserve)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// A line reads: [school type] [grades | teachers | all]: 1:n [+ r %], in both languages whatever the page's.
var (
	allocationLine   = regexp.MustCompile(`^(.*?)\s*:\s*(?:(\d{1,3})\s*:\s*(\d{1,3})|(\pL+))\s*(?:\+\s*(\d{1,3})\s*%?)?$`)
	allocationGrades = regexp.MustCompile(`^(.*?)\s*(?:(?:\d{1,2})\s*[-–]\s*)?(\d{1,2})$`)
	allocationFrom   = regexp.MustCompile(`(\d{1,2})\s*[-–]\s*\d{1,2}$`)
)

func allocationIn(text string) (rule []school.Allocation, err error) {
	saysOne := func(word, key string) bool {
		for _, l := range web.Langs {
			if school.Fold(word) == school.Fold(web.T(l, key)) {
				return true
			}
		}
		return false
	}
	n := 0
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		n++
		m := allocationLine.FindStringSubmatch(line)
		if m == nil || m[2] != "" && m[2] != "1" || m[4] != "" && !saysOne(m[4], "demand.rule.none") {
			return nil, school.Refuse("rule", "allocation_form", n)
		}
		var a school.Allocation
		a.Per, _ = strconv.Atoi(m[3])
		if m[3] != "" && a.Per == 0 {
			return nil, school.Refuse("rule", "allocation_form", n)
		}
		a.Reserve, _ = strconv.Atoi(m[5])
		who := m[1]
		if g := allocationGrades.FindStringSubmatch(who); g != nil {
			a.Until, _ = strconv.Atoi(g[2])
			a.From = a.Until
			if f := allocationFrom.FindStringSubmatch(who); f != nil {
				a.From, _ = strconv.Atoi(f[1])
			}
			if a.From == 0 {
				return nil, school.Refuse("rule", "allocation_grades", n, school.MaxGrade)
			}
			who = g[1]
		} else if first, last := cutLast(who); saysOne(last, "demand.rule.teachers") {
			a.Teachers, who = true, first
		} else if saysOne(last, "demand.rule.all") {
			who = first
		}
		a.Type = who
		rule = append(rule, a)
	}
	return rule, nil
}

// cutLast parts the last word from those before it.
func cutLast(s string) (first, last string) {
	at := strings.LastIndexByte(s, ' ')
	if at < 0 {
		return "", s
	}
	return s[:at], s[at+1:]
}

func (u *UI) allocationForm(r *http.Request, v view, text string) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: demandPath}
	p.Title, p.Lead = p.T("demand.rule"), p.T("demand.rule.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.demand"), Href: demandPath})
	p.Fields = []web.Field{{Kind: web.AreaField, Rows: 10, Name: "rule", Label: p.T("demand.rule.lines"), Hint: p.T("demand.rule.hint"), Value: text, Optional: true}}
	return p
}

func (u *UI) allocationPage(w http.ResponseWriter, r *http.Request, v view) error {
	rule, err := u.st.Allocations(r.Context(), v.by)
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.allocationForm(r, v, allocationText(v.lang, rule)))
}

func (u *UI) setAllocation(w http.ResponseWriter, r *http.Request, v view) error {
	text := r.PostFormValue("rule")
	rule, err := allocationIn(text)
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.SetAllocations(r.Context(), v.by, rule)
	}
	if err != nil {
		return u.refuse(w, r, u.allocationForm(r, v, text), err)
	}
	return u.done(w, r, demandPath, "done.kept", set)
}

func init() {
	web.Add(web.Words{
		"demand.lead": {"Gerechnet wird mit den Schülerinnen und Schülern nach der Stufe ihrer heutigen Klasse, mit den Lehrkräften und mit den iPads, die der Schule gehören.",
			"Counted are the pupils by the grade of their class today, the teachers, and the iPads that belong to the school."},
		"demand.file":      {"bedarf", "demand"},
		"demand.type":      {"Schulform", "School type"},
		"demand.pupils":    {"Schülerinnen und Schüler", "Pupils"},
		"demand.teachers":  {"Lehrkräfte", "Teachers"},
		"demand.needed":    {"Gebraucht", "Needed"},
		"demand.reserve":   {"Reserve", "Reserve"},
		"demand.present":   {"Vorhanden", "There"},
		"demand.stock":     {"Davon im Lager", "In stock"},
		"demand.in_stock":  {"davon {1} im Lager", "{1} in stock"},
		"demand.missing":   {"Fehlen", "Missing"},
		"demand.too_many":  {"Zu viel", "Too many"},
		"demand.over":      {"{1} zu viel", "{1} too many"},
		"demand.outside":   {"Ohne Regel", "Without a rule"},
		"demand.without":   {"ohne Regel: {1}", "without a rule: {1}"},
		"demand.why":       {"Woraus", "Made of"},
		"demand.sum":       {"Zusammen", "Together"},
		"demand.sum.text":  {"Fehlende iPads aller Schulen; was anderswo zu viel ist, ist nicht abgezogen.", "Missing at all schools; what is too many elsewhere is not taken off."},
		"demand.none":      {"Noch keine Regel", "No rule yet"},
		"demand.none.text": {"Sagen Sie, wer ein iPad bekommt: nach Schulform und Stufe. Dann steht hier für jede Schule, was sie braucht, hat und was fehlt.", "Say who gets an iPad, by school type and grade. Then this page says for each school what it needs, has and lacks."},
		"demand.schools":   {"Noch keine Schulen", "No schools yet"},
		"demand.rule":      {"Regel ändern", "Change the rule"},
		"demand.rule.lead": {"Eine Zeile für jede Gruppe, von oben nach unten: Für jedes Kind gilt die erste Zeile, die passt. Die Regel misst nur; an keinem iPad ändert sich etwas.",
			"One line for each group, from top to bottom: for each child the first line that fits counts. The rule only measures; no iPad is changed."},
		"demand.rule.lines": {"Regel", "Rule"},
		"demand.rule.hint": {"„Gymnasium 8–13: 1:1“ heißt jedem eins, „Grundschule: 1:2“ eins für zwei, „Berufskolleg: keine“ keins, „Lehrkräfte: 1:1 + 5 %“ mit Reserve, „alle: 1:2“ für den Rest.",
			"“Gymnasium 8–13: 1:1” is one each, “Grundschule: 1:2” one for two, “Berufskolleg: none” none, “Teachers: 1:1 + 5 %” with a reserve, “all: 1:2” for the rest."},
		"demand.rule.teachers": {"Lehrkräfte", "Teachers"},
		"demand.rule.all":      {"alle", "all"},
		"demand.rule.none":     {"keine", "none"},
	})
}

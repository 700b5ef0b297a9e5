package sheet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Answer is the answer to Art. 15 GDPR as JSON: what is stored, under the names it has there, and what belongs to it.
type Answer struct {
	Title      string                      `json:"title"`
	Person     string                      `json:"person"`
	Authority  string                      `json:"authority"`
	Contact    string                      `json:"contact"`
	Officer    string                      `json:"data_protection_officer"`
	Made       time.Time                   `json:"made"`
	Sources    []string                    `json:"sources"`
	Recipients []string                    `json:"recipients"`
	Retention  map[string]int              `json:"retention_days"`
	Stored     map[string][]map[string]any `json:"stored"`
}

// AnswerOf is the answer for programs.
func AnswerOf(v Reader, d store.PersonData) Answer {
	p := d.Authority.Policy.Privacy
	a := Answer{Title: v.t("data.title"), Person: d.Person.Name(), Authority: d.Authority.Name, Contact: d.Authority.Contact, Officer: p.Officer, Made: d.Made,
		Sources: sources(v.Lang), Recipients: recipients(v), Retention: map[string]int{}, Stored: map[string][]map[string]any{}}
	for _, t := range school.Terms {
		a.Retention[t.Name] = t.In(p.Retention)
	}
	for _, part := range d.Parts {
		for _, row := range part.Rows {
			m := make(map[string]any, len(row))
			for i, c := range part.Columns {
				m[c] = row[i]
			}
			a.Stored[part.Table] = append(a.Stored[part.Table], m)
		}
	}
	return a
}

// sources says where data of people comes from.
func sources(l web.Lang) []string {
	return []string{web.T(l, "data.source.hand"), web.T(l, "data.source.roster"), web.T(l, "data.source.device")}
}

// recipients says who gets data of people.
func recipients(v Reader) []string {
	out := []string{web.T(v.Lang, "data.to.school"), web.T(v.Lang, "data.to.authority"), web.T(v.Lang, "data.to.operator")}
	if v.Authority.Has(school.Management) {
		out = append(out, web.T(v.Lang, "data.to.apple"))
	}
	return out
}

// AnswerSheet is the answer to be read. What is the machine's own (ids, marks) is in the JSON file alone.
func AnswerSheet(v Reader, d store.PersonData) Sheet {
	t := v.t
	s := Sheet{Title: t("data.of", d.Person.Name()), Lead: t("data.lead", d.Authority.Name), Foot: t("data.foot", d.Authority.Name, v.Lang.DateTime(d.Made))}
	p := d.Authority.Policy.Privacy
	s.Add(Part{Heading: t("paper.who"), Facts: responsible(v.Lang, d.Authority)})
	for _, part := range d.Parts {
		x := Part{Heading: tableName(v.Lang, part.Table), Texts: []string{t("data.why", wordOr(v.Lang, "data.purpose."+part.Table, t("data.purpose.person")))}}
		var show []int
		for i, c := range part.Columns {
			if _, said := web.Args("data.column." + c); said {
				show = append(show, i)
			}
		}
		for n, row := range part.Rows {
			if n == 0 && len(part.Rows) == 1 {
				for _, i := range show {
					if text := valueText(v.Lang, part.Table, part.Columns[i], row[i]); text != "" {
						x.Facts = append(x.Facts, web.Fact{Name: t("data.column." + part.Columns[i]), Text: text})
					}
				}
				continue
			}
			var cells []string
			for _, i := range show {
				cells = append(cells, valueText(v.Lang, part.Table, part.Columns[i], row[i]))
			}
			x.Rows = append(x.Rows, cells)
		}
		if len(x.Rows) > 0 {
			for _, i := range show {
				x.Head = append(x.Head, t("data.column."+part.Columns[i]))
			}
			x.Drop()
		}
		s.Add(x)
	}
	s.Add(Part{Heading: t("data.sources"), Points: sources(v.Lang)})
	s.Add(Part{Heading: t("data.recipients"), Points: recipients(v)})
	s.Add(Part{Heading: t("retention.title"), Head: []string{t("retention.what"), t("retention.days")}, Shares: []float64{3, 1}, Rows: RetentionRows(v.Lang, p.Retention)})
	s.Add(Part{Heading: t("data.rights"), Texts: []string{t("data.rights.text"), t("data.rights.complain")}})
	return s
}

// Drop leaves out columns that are empty in every row.
func (p *Part) Drop() {
	for i := len(p.Head) - 1; i >= 0; i-- {
		empty := true
		for _, r := range p.Rows {
			empty = empty && r[i] == ""
		}
		if empty {
			p.Head = append(p.Head[:i:i], p.Head[i+1:]...)
			if i < len(p.Numeric) {
				p.Numeric = append(p.Numeric[:i:i], p.Numeric[i+1:]...)
			}
			for n, r := range p.Rows {
				p.Rows[n] = append(r[:i:i], r[i+1:]...)
			}
		}
	}
}

// tableName is a table as people call what is in it.
func tableName(l web.Lang, table string) string { return wordOr(l, "data.table."+table, table) }

// coded are columns whose values are words of the machine; pages have words of their own for them.
var coded = []string{"kind", "state", "decision", "cause", "liability", "settlement", "what", "answer"}

// valueText writes a stored value as people read it.
func valueText(l web.Lang, table, column string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case time.Time:
		return l.DateTime(x)
	case bool:
		return web.T(l, map[bool]string{true: "data.yes", false: "data.no"}[x])
	case int64:
		if slices.Contains([]string{"archived", "teaches", "supervised", "stolen"}, column) { // SQLite keeps truth as a number
			return web.T(l, map[bool]string{true: "data.yes", false: "data.no"}[x != 0])
		}
		if slices.Contains([]string{"price", "amount", "cost", "claim"}, column) {
			if x == 0 {
				return ""
			}
			return l.Euros(int(x))
		}
		return l.Number(x)
	case float64:
		text := fmt.Sprintf("%.1f", x)
		if l.Plain() == web.German {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	case string:
		if slices.Contains(coded, column) {
			if word := wordOr(l, strings.TrimPrefix(table, "contract_")+"."+column+"."+x, ""); word != "" {
				return word
			}
		}
		switch {
		case table == "document" && column == "kind":
			return wordOr(l, "document."+x, x)
		case table == "addendum" && column == "kind":
			return wordOr(l, "addendum.kind."+x, x)
		case table == "contract_part" && column == "kind":
			return wordOr(l, "asset.kind."+x, "")
		case column == "kind":
			return wordOr(l, "people.kind."+x, x)
		case column == "event":
			return wordOr(l, "event."+x+".short", wordOr(l, "event."+x, x))
		case column == "actor_kind":
			return wordOr(l, "data.actor."+x, x)
		case strings.HasPrefix(x, "{}"):
			return ""
		}
		return x
	}
	return fmt.Sprint(value)
}

func init() {
	web.Add(web.Words{
		"data.title":           {"Auskunft nach Art. 15 DSGVO", "Answer to Art. 15 GDPR"},
		"data.of":              {"Auskunft nach Art. 15 DSGVO: {1}", "Answer to Art. 15 GDPR: {1}"},
		"data.lead":            {"Alles, was {1} in Ranzen zu dieser Person gespeichert hat. Die JSON-Datei enthält dasselbe mit allen internen Kennungen.", "All that {1} has stored about this person in Ranzen. The JSON file holds the same with all internal ids."},
		"data.file":            {"auskunft", "answer"},
		"data.foot":            {"{1} · Auskunft vom {2}", "{1} · answer of {2}"},
		"data.why":             {"Zweck: {1}", "Purpose: {1}"},
		"data.yes":             {"ja", "yes"},
		"data.no":              {"nein", "no"},
		"data.sources":         {"Woher die Daten stammen", "Where the data comes from"},
		"data.source.hand":     {"von der Schule oder dem Schulträger eingetragen", "entered by the school or the school authority"},
		"data.source.roster":   {"aus Listen der Schule (Schulverwaltungsprogramm, IServ, Apple School Manager) übernommen", "taken from lists of the school (school administration, IServ, Apple School Manager)"},
		"data.source.device":   {"vom iPad gemeldet: nur technische Angaben über das Gerät", "reported by the iPad: technical facts of the device only"},
		"data.recipients":      {"Wer die Daten bekommt", "Who gets the data"},
		"data.to.school":       {"die Schulverwaltung der eigenen Schule", "the administration of the own school"},
		"data.to.authority":    {"die Verwaltung des Schulträgers", "the administration of the school authority"},
		"data.to.operator":     {"der Betrieb des Servers, soweit er Sicherungen aufbewahrt; er sieht keine Namen auf den Seiten", "whoever runs the server, as far as they keep backups; they see no names on the pages"},
		"data.to.apple":        {"Apple erhält die Seriennummer und die Push-Kennung des iPads, aber keine Namen", "Apple receives the serial number and the push token of the iPad, but no names"},
		"data.rights":          {"Ihre Rechte", "Your rights"},
		"data.rights.text":     {"Sie können verlangen, dass falsche Angaben berichtigt, Angaben gelöscht oder nicht weiter verwendet werden (Art. 16 bis 18 DSGVO), und der Verarbeitung widersprechen (Art. 21 DSGVO). Entscheidungen trifft kein Automat.", "You can ask that wrong data is corrected, erased or no longer used (Art. 16 to 18 GDPR), and object to its use (Art. 21 GDPR). No decision is made by a machine."},
		"data.rights.complain": {"Sie können sich bei der Datenschutzaufsicht Ihres Landes beschweren (Art. 77 DSGVO).", "You can complain to the data protection authority of your Land (Art. 77 GDPR)."},
		"data.actor.person":    {"Person", "Person"},
		"data.actor.token":     {"Programm", "Program"},
		"data.actor.system":    {"Ranzen selbst", "Ranzen itself"},
	})
}

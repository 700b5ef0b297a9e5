package sheet

import (
	"ranzen/store/school"
	"ranzen/ui/web"
)

// RetentionRows are the clocks as they are in force, for papers.
func RetentionRows(l web.Lang, r school.Retention) (out [][]string) {
	for _, t := range school.Terms {
		out = append(out, []string{web.T(l, "retention."+t.Name), web.T(l, "retention.in", t.In(r))})
	}
	return out
}

func init() {
	web.Add(web.Words{
		"retention.title":  {"Aufbewahrung", "Retention"},
		"retention.what":   {"Was", "What"},
		"retention.days":   {"Frist", "Term"},
		"retention.in":     {"{1} {1:Tag|Tage}", "{1} {1:day|days}"},
		"retention.loans":  {"Wer ein iPad hatte, nach der Rückgabe (danach ohne Namen)", "Who had an iPad, after it was given back (then without a name)"},
		"retention.left":   {"Personen, die aus den Listen genommen sind und kein iPad mehr haben", "People who were taken out of the lists and have no iPad any more"},
		"retention.orders": {"Aufträge an iPads, nachdem sie erledigt sind", "Orders to iPads, after they are done"},
		"retention.audit":  {"Einträge im Protokoll", "Entries of the audit log"},
	})
}

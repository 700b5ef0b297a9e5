package ui

import (
	"ranzen/store"
	"ranzen/ui/web"
)

// LoanLetter writes that something lent is due, or should be back: what, under which contract, since when, and what helps. It
// names nobody. base is the address people reach the server at.
func LoanLetter(base string) store.LoanLetter {
	return func(language string, x store.DueLoan) (subject, body string) {
		l, _ := web.ParseLang(language)
		thing := x.Thing
		if x.Model != "" {
			thing = x.Model + ", " + x.Thing
		}
		when := "before"
		switch {
		case x.Mark == 0:
			when = "today"
		case x.Mark > 0:
			when = "late"
		}
		subject = web.T(l, "letter.loan.subject."+when, x.Number)
		body = web.T(l, "letter.loan."+when, thing, x.Number, l.Date(x.Due), x.School) + "\n\n"
		if x.Desk {
			return subject, body + web.T(l, "letter.loan.desk") + "\n\n" + base + contractAddress(x.Contract) + "\n"
		}
		return subject, body + web.T(l, "letter.loan.person") + "\n"
	}
}

func init() {
	web.Add(web.Words{
		"letter.loan.subject.before": {"Rückgabe zum Vertrag {1} steht an", "Return under contract {1} is coming up"},
		"letter.loan.subject.today":  {"Rückgabe zum Vertrag {1} heute", "Return under contract {1} today"},
		"letter.loan.subject.late":   {"Rückgabe zum Vertrag {1} überfällig", "Return under contract {1} overdue"},
		"letter.loan.before":         {"{1} (Vertrag {2}) ist am {3} zurückzugeben. Schule: {4}.", "{1} (contract {2}) is to be returned on {3}. School: {4}."},
		"letter.loan.today":          {"{1} (Vertrag {2}) ist heute, am {3}, zurückzugeben. Schule: {4}.", "{1} (contract {2}) is to be returned today, {3}. School: {4}."},
		"letter.loan.late":           {"{1} (Vertrag {2}) war am {3} zurückzugeben. Schule: {4}.", "{1} (contract {2}) was to be returned on {3}. School: {4}."},
		"letter.loan.person":         {"Bitte geben Sie es mit allem Zubehör an der Schule zurück. Brauchen Sie es länger, fragen Sie die Schule nach einer Verlängerung. Ist es schon zurück, ist nichts zu tun.", "Please return it at the school with everything that belongs to it. If you need it longer, ask the school for an extension. If it is back already, there is nothing to do."},
		"letter.loan.desk":           {"Fragen Sie nach, verlängern Sie den Vertrag oder melden Sie einen Verlust. Von selbst geschieht nichts mit dem Gerät.", "Ask for it, extend the contract or report a loss. Nothing happens to the device by itself."},
	})
}

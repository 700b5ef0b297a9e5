package ui

import (
	"net/http"

	"ranzen/ui/web"
)

// accessibilityPage is the page "accessibility", the statement that BITV 2.0 asks of public bodies. It claims what is
// tested and says what is not; the school authority answers for it, and is named where somebody is signed in.
type accessibilityPage struct{ web.Frame }

func (u *UI) accessibilityPage(w http.ResponseWriter, r *http.Request) error {
	p := &accessibilityPage{Frame: u.frame(r, "")}
	p.Title = p.T("access.title")
	return u.site.Render(w, r, http.StatusOK, "accessibility", p)
}

func init() {
	web.Add(web.Words{
		"access.title":       {"Erklärung zur Barrierefreiheit", "Accessibility statement"},
		"access.lead":        {"Ranzen soll von allen benutzt werden können, die an Schulen damit arbeiten.", "Ranzen is meant to be usable by everybody who works with it at schools."},
		"access.law":         {"Maßstab sind die BITV 2.0, die Norm EN 301 549 und die WCAG 2.2 in der Stufe AA.", "The measure is BITV 2.0, the standard EN 301 549 and WCAG 2.2 at level AA."},
		"access.state":       {"Stand der Vereinbarkeit", "State of compliance"},
		"access.state.text":  {"Diese Anwendung ist mit den Anforderungen teilweise vereinbar. Das ist eine Selbstbewertung; eine Prüfung durch Menschen, die auf Hilfsmittel angewiesen sind, steht noch aus.", "This application complies with the requirements in part. This is a self-assessment; a test by people who depend on assistive technology is still to come."},
		"access.checked":     {"Was geprüft ist", "What has been checked"},
		"access.checked.1":   {"Jede Seite wird vor jeder Veröffentlichung in heller und dunkler Darstellung mit axe-core geprüft; es darf nichts gefunden werden.", "Before every release, every page is checked with axe-core in light and dark; nothing may be found."},
		"access.checked.2":   {"Alles lässt sich mit der Tastatur bedienen, der Fokus ist sichtbar, und jede Seite funktioniert ohne JavaScript.", "Everything can be done with the keyboard, the focus is visible, and every page works without JavaScript."},
		"access.checked.3":   {"Bei 320 Pixeln Breite und bei 200 % Vergrößerung geht nichts verloren. Keine Angabe hängt an der Farbe allein.", "Nothing is lost at a width of 320 pixels or at 200% zoom. Nothing is told by colour alone."},
		"access.checked.4":   {"Die Seiten achten auf die Wünsche des Geräts: dunkle Darstellung, mehr Kontrast, weniger Bewegung.", "The pages heed the wishes of the device: dark appearance, more contrast, less motion."},
		"access.open":        {"Was noch nicht barrierefrei ist", "What is not accessible yet"},
		"access.open.1":      {"Sehr breite Tabellen lassen sich auf schmalen Bildschirmen nur seitlich verschieben.", "Very wide tables can only be scrolled sideways on narrow screens."},
		"access.open.2":      {"Erläuterungen in Leichter Sprache und in Deutscher Gebärdensprache gibt es noch nicht.", "There are no explanations in easy language or German Sign Language yet."},
		"access.report":      {"Barriere melden", "Report a barrier"},
		"access.report.text": {"Wenn Sie an etwas nicht herankommen, melden Sie es. Sie bekommen die Auskunft auch auf einem anderen Weg.", "If you cannot reach something, report it. You get the information in another way, too."},
		"access.report.who":  {"Zuständig: {1}", "Responsible: {1}"},
		"access.report.none": {"Zuständig ist die Stelle, die Ihnen Ranzen bereitstellt: meist die Schul-IT Ihres Schulträgers.", "Responsible is whoever provides Ranzen to you: mostly the school IT of your school authority."},
		"access.law.title":   {"Durchsetzung", "Enforcement"},
		"access.law.text":    {"Bekommen Sie innerhalb von sechs Wochen keine befriedigende Antwort, können Sie sich an die Durchsetzungs- oder Schlichtungsstelle Ihres Landes wenden. Das Verfahren kostet nichts.", "If you get no satisfactory answer within six weeks, you can turn to the enforcement or arbitration body of your Land. The procedure is free of charge."},
	})
}

package ui

import "ranzen/ui/web"

func init() {
	web.Add(web.Words{
		"loanpaper.short":           {"Papiere", "Papers"},
		"loanpaper.contracts":       {"Verträge", "Contracts"},
		"loanpaper.class":           {"Verträge der {1}", "Contracts of {1}"},
		"loanpaper.class.lead":      {"Für alle Verträge der Klasse, unter denen noch nichts ausgegeben ist, entsteht ein Papier. Was gleich bliebe, bleibt; nur Geändertes wird neu.", "A paper is made for every contract of the class under which nothing was handed out yet. What would stay the same stays; only what changed is made anew."},
		"loanpaper.number":          {"Vertrag", "Contract"},
		"loanpaper.paper":           {"Papier", "Paper"},
		"loanpaper.none.yet":        {"noch kein Papier", "no paper yet"},
		"loanpaper.made":            {"erstellt am {1}", "made on {1}"},
		"loanpaper.signed":          {"unterschrieben am {1}", "signed on {1}"},
		"loanpaper.make":            {"{1} {1:Vertrag|Verträge} erstellen", "Make {1} {1:contract|contracts}"},
		"loanpaper.print":           {"{1} {1:Vertrag|Verträge} drucken (PDF)", "Print {1} {1:contract|contracts} (PDF)"},
		"loanpaper.class.none":      {"Keine Verträge in dieser Klasse", "No contracts in this class"},
		"loanpaper.class.none.text": {"Sobald für jemanden aus der Klasse ein Gerät vorgesehen oder ausgegeben ist, steht der Vertrag hier.", "As soon as a device is planned for or handed out to somebody of the class, the contract stands here."},
		"loanpaper.of":              {"Papiere zum Vertrag {1}", "Papers of contract {1}"},
		"loanpaper.of.lead":         {"{1} · {2}", "{1} · {2}"},
		"loanpaper.make.one":        {"{1} erstellen", "Make: {1}"},
		"loanpaper.made.when":       {"Erstellt", "Made"},
		"loanpaper.unsigned":        {"Unterschrift ausstehend", "Signature missing"},
		"loanpaper.signed.how":      {"unterschrieben am {1}, {2}", "signed on {1}, {2}"},
		"loanpaper.how.paper":       {"auf Papier", "on paper"},
		"loanpaper.how.pad":         {"auf dem Bildschirm", "on screen"},
		"loanpaper.how.link":        {"über einen Link", "by a link"},
		"loanpaper.how.terms":       {"Bedingungen angenommen", "terms accepted"},
		"loanpaper.replaced":        {"durch ein neueres ersetzt", "replaced by a newer one"},
		"loanpaper.sign.paper":      {"Liegt unterschrieben vor", "Came back signed"},
		"loanpaper.none":            {"Noch kein Papier zu diesem Vertrag", "No paper of this contract yet"},
		"loanpaper.none.text":       {"Ein Papier hält fest, was heute gilt. Unterschriebenes bleibt, wie es war.", "A paper keeps what holds today. What was signed stays as it was."},
		"loanpaper.damage.none":     {"keine", "none"},
		"loanpaper.signer.staff":    {"Empfängerin oder Empfänger", "Receiver"},
		"loanpaper.end.exit":        {"mit dem Verlassen der Schule", "on leaving the school"},
		"loanpaper.end.recall":      {"auf Rückruf durch die Schule", "on recall by the school"},
		"loanpaper.open.none":       {"nichts", "nothing"},

		"done.papers":        {"{1} {1:Papier|Papiere} erstellt, {2} unverändert.", "{1} {1:paper|papers} made, {2} unchanged."},
		"done.papers.signed": {"Die Unterschrift ist vermerkt. Dieses Papier ändert sich nicht mehr.", "The signature has been noted. This paper does not change any more."},

		"event.document.made":       {"{1} {1:Papier|Papiere} zu Verträgen erstellt", "{1} {1:paper|papers} of contracts made"},
		"event.document.made.short": {"Papiere zu Verträgen erstellt", "Papers of contracts made"},
		"event.document.signed":     {"Papier unterschrieben", "Paper signed"},

		"error.documents_many": {"Höchstens {1} Papiere auf einmal, und mindestens eines.", "At most {1} papers at once, and at least one."},
		"error.document_late":  {"Für den Vertrag {1} lässt sich dieses Papier jetzt nicht mehr erstellen.", "This paper can no longer be made for contract {1}."},
		"error.document_moved": {"Das Papier ist inzwischen ersetzt oder unterschrieben. Laden Sie die Seite neu.", "The paper has been replaced or signed meanwhile. Load the page anew."},
	})
}

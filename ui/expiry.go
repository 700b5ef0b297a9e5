package ui

import (
	"context"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// What the installation says of itself: what runs out besides push certificate and Apple tokens, and how its backups
// stand; on the start page, and in letters to whoever looks after it.

// mendPath is where each kind of what runs out is renewed.
var mendPath = map[string]string{store.PushEnds: applePath + "/push", store.TokenEnds: applePath, store.CAEnds: applePath, store.ContentEnds: contentPath,
	store.APITokenEnds: "/tokens", store.LeaseEnds: returnsPath, store.TLSEnds: "/help/admin"}

// ExpiryLetter writes what is about to run out: what it is, when, what then, who is needed, and the steps. base is the
// address people reach the server at.
func ExpiryLetter(base string) store.Letter {
	return func(language string, n int, x store.Expiring) (subject, body string) {
		l, _ := web.ParseLang(language)
		left := web.T(l, "letter.left", n)
		if x.Kind == store.LeaseEnds {
			left = web.T(l, "letter.left.months", n)
		}
		subject = web.T(l, "letter."+x.Kind+".subject", left)
		var b strings.Builder
		args := []any{l.Date(x.Ends), x.Name}
		takes, _ := web.Args("letter." + x.Kind) // what there is one of per authority is not named
		b.WriteString(web.T(l, "letter."+x.Kind, args[:takes]...))
		if x.Account != "" {
			b.WriteString("\n\n" + web.T(l, "letter.needs."+x.Kind, x.Account))
		}
		b.WriteString("\n\n" + web.T(l, "letter."+x.Kind+".steps") + "\n\n" + base + mendPath[x.Kind] + "\n")
		return subject, b.String()
	}
}

// BackupLetter writes that a backup failed.
func BackupLetter(base string) func(language string) (subject, body string) {
	return func(language string) (string, string) {
		l, _ := web.ParseLang(language)
		return web.T(l, "letter.backup.subject"), web.T(l, "letter.backup") + "\n\n" + web.T(l, "letter.backup.steps") + "\n\n" + base + "/help/admin\n"
	}
}

// installation lists what somebody who may change settings must do about the installation itself.
func (u *UI) installation(ctx context.Context, v view) (out []web.Todo, err error) {
	soon, err := u.st.Expiring(ctx, v.by)
	if err != nil {
		return nil, err
	}
	for _, x := range soon {
		left := x.Ends.Sub(v.now)
		if x.Kind != store.TLSEnds && x.Kind != store.ContentEnds && (x.Kind != store.APITokenEnds || left <= 0) {
			continue // push and Apple tokens have their lines; a token that ended stops nobody who noticed
		}
		line := web.Todo{Urgency: endsUrgency(left), Action: &web.Action{Text: web.T(v.lang, "todo."+x.Kind+".do"), Href: mendPath[x.Kind]}}
		if left <= 0 {
			line.Title = web.T(v.lang, "todo."+x.Kind+".ended", x.Name, v.lang.Date(x.Ends))
		} else {
			line.Title = web.T(v.lang, "todo."+x.Kind+".ends", x.Name, int(left/(24*time.Hour)), v.lang.Date(x.Ends))
		}
		if x.Account != "" {
			line.Needs = web.T(v.lang, "todo.by", x.Account)
		}
		out = append(out, line)
	}
	if !v.can(school.Settings) {
		return out, nil
	}
	out = append(out, u.noSpace(v)...)
	b, known, err := u.st.Backups(ctx)
	if err != nil || !known || !b.Bad(v.now) {
		return out, err
	}
	line := web.Todo{Urgency: web.Today, Text: web.T(v.lang, "todo.backup.text"), Action: &web.Action{Text: web.T(v.lang, "todo.backup.do"), Href: "/help/admin"}}
	switch {
	case !b.Planned:
		line.Title = web.T(v.lang, "todo.backup.none")
	case b.At.IsZero():
		line.Title = web.T(v.lang, "todo.backup.never")
	case !b.Failed.IsZero():
		line.Title = web.T(v.lang, "todo.backup.failed", v.lang.Moment(b.Failed, v.now), v.lang.Moment(b.At, v.now))
	default:
		line.Title = web.T(v.lang, "todo.backup.old", v.lang.Moment(b.At, v.now))
	}
	return append(out, line), nil
}

// backupText says when the last good backup was, to whoever may change settings; empty when there is none to speak of.
func (u *UI) backupText(ctx context.Context, v view) (string, error) {
	if !v.can(school.Settings) {
		return "", nil
	}
	b, _, err := u.st.Backups(ctx)
	switch {
	case err != nil || b.At.IsZero():
		return "", err
	case b.Verified.Before(b.At):
		return web.T(v.lang, "start.backup.unverified", v.lang.Moment(b.At, v.now)), nil
	}
	return web.T(v.lang, "start.backup", v.lang.Moment(b.At, v.now)), nil
}

func init() {
	web.Add(web.Words{
		"start.backup":            {"Letzte Sicherung: {1}, probeweise wiederhergestellt.", "Last backup: {1}, restored as a test."},
		"start.backup.unverified": {"Letzte Sicherung: {1}, noch nicht probeweise wiederhergestellt.", "Last backup: {1}, not yet restored as a test."},

		"todo.by":              {"Angelegt von {1}", "Made by {1}"},
		"todo.api_token.ends":  {"Das API-Token „{1}“ läuft in {2} {2:Tag|Tagen} ab ({3}). Das Programm dahinter kommt danach nicht mehr herein.", "The API token “{1}” ends in {2} {2:day|days} ({3}). After that its program cannot get in."},
		"todo.api_token.do":    {"API-Token ansehen", "See the API tokens"},
		"todo.tls.ends":        {"Das TLS-Zertifikat von {1} läuft in {2} {2:Tag|Tagen} ab ({3}). Danach erreicht kein iPad und kein Browser den Server.", "The TLS certificate of {1} ends in {2} {2:day|days} ({3}). After that no iPad and no browser reaches the server."},
		"todo.tls.ended":       {"Das TLS-Zertifikat von {1} ist am {2} abgelaufen. Kein iPad erreicht den Server.", "The TLS certificate of {1} ended on {2}. No iPad reaches the server."},
		"todo.tls.do":          {"Was der Betrieb tut", "What the operator does"},
		"todo.backup.none":     {"Ohne Sicherung: Geht die Datenbank verloren, müssen alle iPads neu eingerichtet werden.", "No backup: if the database is lost, every iPad must be set up again."},
		"todo.backup.never":    {"Es gibt noch keine Sicherung.", "There is no backup yet."},
		"todo.backup.failed":   {"Die Sicherung ist fehlgeschlagen ({1}). Die letzte gute ist von {2}.", "The backup failed ({1}). The last good one is of {2}."},
		"todo.backup.old":      {"Die letzte Sicherung ist von {1}.", "The last backup is of {1}."},
		"todo.backup.text":     {"Auf dem Server nennt „ranzen doctor“ den Grund und was hilft.", "On the server, “ranzen doctor” names the reason and what helps."},
		"todo.backup.do":       {"So wird gesichert", "How backups are made"},
		"event.world.restored": {"Aus einer Sicherung wiederhergestellt", "Restored from a backup"},

		"event.identity.adopted":   {"Geräteausweis aus der Zeit nach der Sicherung angenommen", "Identity of the time after the backup accepted"},
		"order.cancelled.restored": {"weil der Server aus einer Sicherung wiederhergestellt wurde", "because the server was restored from a backup"},

		"letter.left":              {"noch {1} {1:Tag|Tage}", "{1} {1:day|days} left"},
		"letter.left.months":       {"noch {1} {1:Monat|Monate}", "{1} {1:month|months} left"},
		"letter.needs.lease":       {"Leasinggeber: {1}", "Lessor: {1}"},
		"letter.lease.subject":     {"Leasing endet: {1}", "Lease ends: {1}"},
		"letter.lease":             {"Das Leasing „{2}“ endet am {1}. Was dazu gehört, muss bis dahin vollständig, gelöscht und aus Apple School Manager freigegeben zurück sein.", "The lease “{2}” ends on {1}. By then all that belongs to it has to be back: complete, erased and released from Apple School Manager."},
		"letter.lease.steps":       {"1. In Ranzen unter „Leasing und Rücklauf“ den Rücklauf beginnen: Er zeigt zu jedem Gerät, was noch fehlt.\n2. Ersatz bestellen und ausgeben, dann die alten Geräte zurücknehmen.\n3. Wird verlängert oder gekauft, bei der Lieferung das neue Ende eintragen oder das Leasing entfernen.", "1. In Ranzen, begin the return under “Leases and returns”: it shows what each device still lacks.\n2. Order the replacement and hand it out, then take the old devices back.\n3. If the lease is extended or the devices are bought, enter the new end with the delivery or take the lease away."},
		"letter.needs.push":        {"Nötig: der Apple Account {1}. Mit einem anderen müssten alle iPads neu eingerichtet werden.", "Needed: the Apple Account {1}. With another one every iPad would have to be set up again."},
		"letter.needs.token":       {"Nötig: der Apple Account {1}, oder ein anderer, der in Apple School Manager Server verwalten darf.", "Needed: the Apple Account {1}, or another one that may manage servers in Apple School Manager."},
		"letter.needs.api_token":   {"Angelegt von: {1}", "Made by: {1}"},
		"letter.push.subject":      {"Push-Zertifikat erneuern: {1}", "Renew the push certificate: {1}"},
		"letter.push":              {"Das Push-Zertifikat läuft am {1} ab. Danach ist kein iPad mehr erreichbar.", "The push certificate ends on {1}. After that no iPad can be reached."},
		"letter.push.steps":        {"1. In Ranzen unter Apple-Anbindung beim Push-Zertifikat „Erneuern“ wählen und die Anforderung herunterladen.\n2. Bei identity.apple.com/pushcert mit genau diesem Apple Account anmelden.\n3. Beim vorhandenen Zertifikat „Renew“ wählen, nie „Create“, und die Anforderung hochladen.\n4. Das Zertifikat herunterladen und in Ranzen hochladen.", "1. In Ranzen, choose “Renew” beside the push certificate under Apple connection and download the request.\n2. Sign in at identity.apple.com/pushcert with exactly this Apple Account.\n3. Choose “Renew” beside the existing certificate, never “Create”, and upload the request.\n4. Download the certificate and upload it in Ranzen."},
		"letter.token.subject":     {"Apple-Token erneuern: {1}", "Renew the Apple token: {1}"},
		"letter.token":             {"Das Apple-Token „{2}“ läuft am {1} ab. Danach kommen keine neuen iPads von Apple.", "The Apple token “{2}” ends on {1}. After that no new iPads arrive from Apple."},
		"letter.token.steps":       {"1. In Apple School Manager anmelden und in den Einstellungen denselben Server öffnen.\n2. Dort ein neues Token herunterladen.\n3. In Ranzen unter Apple-Anbindung das Token öffnen und die Datei hochladen.", "1. Sign in to Apple School Manager and open the same server in the settings.\n2. Download a new token there.\n3. In Ranzen, open the token under Apple connection and upload the file."},
		"letter.ca.subject":        {"Zertifizierungsstelle für Geräteausweise läuft ab: {1}", "Certificate authority for device identities ends: {1}"},
		"letter.ca":                {"Die eigene Zertifizierungsstelle für Geräteausweise läuft am {1} ab. Danach gilt kein Geräteausweis mehr.", "The own certificate authority for device identities ends on {1}. After that no device identity is valid."},
		"letter.ca.steps":          {"1. Ranzen auf die neueste Version bringen.\n2. Vor dem Ende Hilfe holen: Jedes iPad braucht einen neuen Ausweis, solange der alte noch gilt.", "1. Bring Ranzen to the newest release.\n2. Ask for help before the end: every iPad needs a new identity while the old one is still valid."},
		"letter.api_token.subject": {"API-Token läuft ab: {1}", "API token ends: {1}"},
		"letter.api_token":         {"Das API-Token „{2}“ läuft am {1} ab. Das Programm dahinter kommt danach nicht mehr herein.", "The API token “{2}” ends on {1}. After that its program cannot get in."},
		"letter.api_token.steps":   {"1. In Ranzen unter API-Token ein neues mit denselben Rechten anlegen.\n2. Es im Programm eintragen und prüfen, ob das Programm damit arbeitet.\n3. Das alte widerrufen. Braucht es niemand mehr, nur widerrufen.", "1. In Ranzen, make a new one with the same rights under API tokens.\n2. Enter it in the program and check that the program works with it.\n3. Revoke the old one. If nobody needs it any more, only revoke it."},
		"letter.tls.subject":       {"TLS-Zertifikat erneuern: {1}", "Renew the TLS certificate: {1}"},
		"letter.tls":               {"Das TLS-Zertifikat von {2} läuft am {1} ab. Danach erreicht kein iPad und kein Browser den Server.", "The TLS certificate of {2} ends on {1}. After that no iPad and no browser reaches the server."},
		"letter.tls.steps":         {"1. Ein neues Zertifikat für genau diesen Namen holen, von einer Stelle, der die iPads vertrauen.\n2. Kette und Schlüssel an die Stelle der alten Dateien legen; Ranzen liest sie von selbst neu. Endet TLS vor Ranzen, dort.\n3. „ranzen doctor“ ausführen.", "1. Get a new certificate for exactly this name, from an authority the iPads trust.\n2. Put chain and key in place of the old files; Ranzen reads them again by itself. If TLS ends in front of Ranzen, do it there.\n3. Run “ranzen doctor”."},
		"letter.backup.subject":    {"Die Sicherung ist fehlgeschlagen", "The backup failed"},
		"letter.backup":            {"Ranzen konnte die Datenbank nicht sichern, oder die Sicherung ließ sich nicht probeweise wiederherstellen. Ältere gute Sicherungen sind noch da.", "Ranzen could not back up the database, or the backup could not be restored as a test. Older good backups are still there."},
		"letter.backup.steps":      {"1. Auf dem Server „ranzen doctor“ ausführen: Er nennt den Grund und was hilft. Meist fehlt Platz.\n2. Danach „ranzen backup“ ausführen.", "1. Run “ranzen doctor” on the server: it names the reason and what helps. Mostly there is no space left.\n2. Then run “ranzen backup”."},
		"alarm.api_token_expires":  {"Ein API-Token läuft bald ab.", "An API token ends soon."},
		"alarm.ca_expires.text":    {"Danach gilt kein Geräteausweis mehr. Holen Sie vorher Hilfe.", "After that no device identity is valid. Ask for help before."},
	})
}

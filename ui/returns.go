package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// Leases, and their way back to the lessor. Nothing here releases anything at Apple by itself: people do, and Apple's next list says
// whether it is so.
const returnsPath = "/returns"

func returnAddress(id school.ReturnRunID) string { return returnsPath + "/" + string(id) }

// returnsPage lists the leases, the next end first, each with its return where there is one.
func (u *UI) returnsPage(w http.ResponseWriter, r *http.Request, v view) error {
	runs, err := u.st.Returns(r.Context(), v.by)
	if err != nil {
		return err
	}
	leases, err := u.st.Leases(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := u.figure(r, v, "leases")
	p.Columns = []web.Column{{Name: p.T("batch.name")}, {Name: p.T("batch.lease")}, {Name: p.T("batch.lease_until")}, number(&p.Frame, "batch.here"), number(&p.Frame, "batch.out"), number(&p.Frame, "figures.rate"), {Name: p.T("return.run")}}
	edit := v.can(school.EditDevices)
	if edit {
		p.Columns = append(p.Columns, web.Column{Name: p.T("table.do"), Hidden: true})
	}
	var rows [][]cell
	for _, b := range leases {
		row := []cell{{Text: b.Name}, {Text: strings.Trim(b.Lease.Lessor+", "+b.Lease.Number, ", ")}, {Text: dateOrNone(p.Lang, b.Lease.Until)}, count(&p.Frame, b.Assets), count(&p.Frame, b.Out), money(&p.Frame, b.Assets*b.Lease.Rate), {}}
		if edit {
			row[0].Href = batchesPath + "/" + string(b.ID)
			row = append(row, cell{})
		}
		switch m := b.Lease.Mark(v.now.In(web.Berlin)); {
		case b.Assets == 0:
		case m > 0:
			row[2].Status = &web.Status{Kind: web.Warning, Text: p.T("batch.lease.near", dateOrNone(p.Lang, b.Lease.Until), m)}
		case !b.Lease.Until.IsZero() && !v.now.Before(b.Lease.Until):
			row[2].Status = &web.Status{Kind: web.Danger, Text: p.T("return.late", dateOrNone(p.Lang, b.Lease.Until))}
		}
		open := false
		for _, x := range runs {
			if x.Batch != b.ID || open {
				continue
			}
			open = x.Closed.IsZero()
			row[6] = cell{Text: p.T("return.closed", p.Lang.Date(x.Closed)), Href: returnAddress(x.ID)}
			if open {
				row[6].Text = p.T("return.handed", x.Handed, x.Things)
				break
			}
		}
		if edit && !open && b.Assets > 0 {
			row[7].Actions = []web.Action{{Text: p.T("return.start"), About: b.Name, Href: returnsPath, Post: true, Hidden: []web.Hidden{{Name: "batch", Value: string(b.ID)}}}}
		}
		rows = append(rows, row)
	}
	return u.showFigure(w, r, v, p, p.T("return.file.leases"), rows, nil)
}

// startReturn begins the return of a lease.
func (u *UI) startReturn(w http.ResponseWriter, r *http.Request, v view) error {
	id, set, err := u.st.StartReturn(r.Context(), v.by, school.BatchID(r.PostFormValue("batch")))
	if err != nil {
		return err
	}
	return u.done(w, r, returnAddress(id), "done.return.started", set)
}

func (u *UI) returnOf(r *http.Request, v view) (store.ReturnPage, error) {
	return u.st.ReturnByID(r.Context(), v.by, school.ReturnRunID(routeVar(r, "return")))
}

// returnSteps are the colours of the steps.
var returnSteps = map[school.ReturnStep]web.StatusKind{school.ReturnLost: web.Danger, school.ReturnOut: web.Warning, school.ReturnRepair: web.Warning, school.ReturnParts: web.Warning, school.ReturnErase: web.Warning,
	school.ReturnRelease: web.Waiting, school.ReturnAsked: web.Busy, school.ReturnListed: web.Danger, school.ReturnReady: web.OK, school.ReturnHanded: web.OK, school.ReturnGone: web.Off}

// returnShown is how many things of a run one page shows.
const returnShown = 200

// returnRunPage shows what of a lease is still to be done: by step, each thing with what comes next.
func (u *UI) returnRunPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.returnOf(r, v)
	if err != nil {
		return err
	}
	step := school.ReturnStep(r.URL.Query().Get("step"))
	title := web.T(v.lang, "return.title", x.BatchName)
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "figures.leases"), Href: returnsPath}, web.Crumb{Name: title}), Files: printedFilesOf(r)}
	p.Lead = p.T("return.lead", orElse(strings.Trim(x.Lessor+", "+x.Number, ", "), x.BatchName), orElse(dateOrNone(p.Lang, x.Until), "–"), len(x.At(school.ReturnHanded)), len(x.Lines))
	p.Columns = []web.Column{{Name: p.T("asset.name")}, {Name: p.T("device.serial")}, {Name: p.T("repairs.model")}, {Name: p.T("devices.school")}, {Name: p.T("return.next")}, {Name: p.T("return.wiped")}, {Name: p.T("return.parts")}, {Name: p.T("return.apple")}}
	lines := x.Lines
	p.Tabs = []web.Tab{{Name: p.T("return.all"), Href: returnAddress(x.ID), Current: step == "", Counted: true, Count: len(x.Lines)}}
	for _, s := range school.ReturnSteps {
		at := x.At(s)
		if len(at) > 0 || s == step {
			p.Tabs = append(p.Tabs, web.Tab{Name: p.T("return.step." + string(s)), Href: address(returnAddress(x.ID), url.Values{"step": {string(s)}}), Current: s == step, Counted: true, Count: len(at)})
		}
		if s == step {
			lines = at
		}
	}
	var rows [][]cell
	for _, l := range lines {
		rows = append(rows, u.returnCells(&p.Frame, v, x, l))
	}
	p.Actions = []web.Action{{Text: document.Title(school.LeaseReturn, p.Lang), Href: returnAddress(x.ID) + "/list.pdf"}}
	edit := v.can(school.EditDevices) && x.Closed.IsZero()
	if edit {
		post := func(key string, n int, path string, primary bool) {
			if n > 0 {
				p.Actions = append(p.Actions, web.Action{Text: p.T(key, n), Href: returnAddress(x.ID) + "/" + path, Post: true, Primary: primary})
			}
		}
		n := len(x.At(school.ReturnRelease))
		p.Actions = append(p.Actions, web.Action{Text: p.T("return.list", n), Href: returnAddress(x.ID) + "/release.csv"})
		post("return.release", n, "released", false)
		post("return.hand", len(x.At(school.ReturnReady)), "handed", true)
		p.Actions = append(p.Actions, web.Action{Text: p.T("return.close"), Href: returnAddress(x.ID) + "/close", Post: true})
	}
	switch {
	case !x.Closed.IsZero():
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("return.closed", p.Lang.Date(x.Closed))}
	case len(x.At(school.ReturnListed)) > 0:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("return.listed", len(x.At(school.ReturnListed))), Text: p.T("return.listed.text")}
	case len(x.At(school.ReturnRelease)) > 0:
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("return.by.hand"), Text: p.T("return.by.hand.text")}
	}
	p.Empty = web.Empty{Title: p.T("return.none"), Text: p.T("return.none.text")}
	if sent, err := u.sendRows(w, r, v, p, p.T("return.file"), rowsOf(rows)); sent {
		return err
	}
	p.Rows = rows
	p.page(r, returnShown)
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// returnCells is the line of a thing of a run.
func (u *UI) returnCells(f *web.Frame, v view, x store.ReturnPage, l store.ReturnLine) []cell {
	step := l.Step()
	status := web.Status{Kind: returnSteps[step], Text: f.T("return.step." + string(step))}
	row := []cell{{Text: orElse(l.Name(), f.T("asset.kind."+string(l.Kind))), Href: assetAddress(l.Asset)}, {Text: l.Serial}, {Text: l.Model}, {Text: l.SchoolName}, {Status: &status}, {}, {Text: f.T("return.parts.none")}, {}}
	switch {
	case l.Proved():
		row[5].Text, row[5].Detail = f.T("return.wiped.at", f.Lang.DateTime(l.Erased)), f.T("return.proof", l.Proof)
	case !l.Managed:
		row[5].Text = f.T("return.wiped.elsewhere")
	case !l.Enrolled:
		row[5].Text = f.T("return.wiped.never")
	default:
		row[5].Text = f.T("return.wiped.no")
	}
	if l.Out || l.OpenParts > 0 {
		row[6].Text = f.T("return.contract", l.ContractNo)
		if l.OpenParts > 0 {
			row[6].Text = f.T("return.parts.open", l.OpenParts, l.ContractNo)
		}
		if v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) {
			row[6].Href = contractAddress(l.Contract)
		}
	}
	switch {
	case step == school.ReturnListed:
		row[7].Text = f.T("return.apple.still", f.Lang.Date(l.Released))
	case step == school.ReturnAsked:
		row[7].Text = f.T("return.apple.asked", f.Lang.Date(l.Released))
	case l.Listed:
		row[7].Text = f.T("return.apple.lists")
	case !l.Released.IsZero():
		row[7].Text = f.T("return.apple.gone", f.Lang.Date(l.Released))
	case l.Managed:
		row[7].Text = f.T("return.apple.not")
	}
	if step == school.ReturnErase && v.authority.Has(school.Management) && l.Device != "" {
		row[4].Actions = []web.Action{{Text: f.T("return.device"), About: l.Name(), Href: deviceAddress(l.Device)}}
	}
	return row
}

// returnList is what Apple School Manager takes: the serial numbers that are to be released, and none that somebody has.
func (u *UI) returnList(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.returnOf(r, v)
	if err != nil {
		return err
	}
	return sendCSV(w, web.T(v.lang, "return.file.release"), []string{web.T(v.lang, "device.serial")}, func(yield func([]string, error) bool) {
		for _, l := range x.At(school.ReturnRelease) {
			if !yield([]string{l.Serial}, nil) {
				return
			}
		}
	})
}

// returnPaper is what goes with the things to the lessor (Leasing-Rückgabeliste): all of them with their proof of erasure, what is
// missing and what Apple still lists, to be signed by both.
func (u *UI) returnPaper(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.returnOf(r, v)
	if err != nil {
		return err
	}
	const l = web.German
	f := web.Frame{Lang: l}
	list := document.Table{Head: []string{f.T("asset.name"), f.T("device.serial"), f.T("repairs.model"), f.T("return.wiped"), f.T("return.parts"), f.T("return.apple")}, Shares: []float64{1.7, 2.1, 1.5, 2, 1.5, 1.4},
		None: f.T("return.none.text")}
	for _, line := range x.Lines {
		c := u.returnCells(&f, v, x, line)
		list.Rows = append(list.Rows, []string{c[0].Text, c[1].Text, c[2].Text, strings.TrimSpace(c[5].Text + "\n" + c[5].Detail), c[6].Text, c[7].Text})
	}
	p, err := u.paperMaker(v).loose(r.Context(), school.LeaseReturn, "", map[string]string{"lease.number": orElse(x.Number, x.BatchName), "lease.lessor": orElse(x.Lessor, "–"), "lease.until": orElse(dateOrNone(l, x.Until), "–"),
		"devices.count": l.Number(int64(len(list.Rows)))})
	if err != nil {
		return err
	}
	p.Facts.Tables["table.devices"] = list
	p.Facts.Signers = []document.Signer{{Label: f.T("document.signer.lender"), Name: v.authority.Name}, {Label: f.T("document.signer.lessor"), Name: x.Lessor}}
	return sendPapers(w, document.Title(school.LeaseReturn, l)+" "+x.BatchName, p)
}

// returnAct does something with a run and says how many things it reached.
func (u *UI) returnAct(key string, do func(ctx context.Context, by school.Actor, id school.ReturnRunID) (int, school.ChangeSetID, error)) page {
	return func(w http.ResponseWriter, r *http.Request, v view) error {
		id := school.ReturnRunID(routeVar(r, "return"))
		n, set, err := do(r.Context(), v.by, id)
		if err != nil {
			return err
		}
		return u.done(w, r, returnAddress(id), key, set, int64(n))
	}
}

func (u *UI) releaseReturned(ctx context.Context, by school.Actor, id school.ReturnRunID) (int, school.ChangeSetID, error) {
	return u.st.ReleaseReturned(ctx, by, id)
}

func (u *UI) closeReturn(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.ReturnRunID(routeVar(r, "return"))
	set, err := u.st.CloseReturn(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, returnAddress(id), "done.return.closed", set)
}

// leaseLines says which leases end in six, three or one months, or are over while something of them is still here.
func (u *UI) leaseLines(ctx context.Context, v view) (out []web.Todo, err error) {
	if !v.can(school.EditDevices) {
		return nil, nil
	}
	ending, err := u.st.LeasesEnding(ctx, v.by)
	if err != nil || len(ending) == 0 {
		return nil, err
	}
	runs, err := u.st.Returns(ctx, v.by)
	if err != nil {
		return nil, err
	}
	for _, b := range ending {
		line := web.Todo{Urgency: web.Today, Title: web.T(v.lang, "todo.lease.over", b.Name, v.lang.Date(b.Lease.Until), b.Assets), Text: web.T(v.lang, "todo.lease.text"),
			Action: &web.Action{Text: web.T(v.lang, "todo.lease.do"), Href: returnsPath}}
		if m := b.Lease.Mark(v.now.In(web.Berlin)); m > 0 {
			line.Title = web.T(v.lang, "todo.lease", b.Name, v.lang.Date(b.Lease.Until), b.Assets)
			line.Urgency = map[int]web.Urgency{6: web.Sometime, 3: web.ThisWeek, 1: web.Today}[m]
		}
		for _, x := range runs {
			if x.Batch == b.ID && x.Closed.IsZero() {
				line.Action = &web.Action{Text: web.T(v.lang, "todo.lease.run"), Href: returnAddress(x.ID)}
			}
		}
		out = append(out, line)
	}
	return out, nil
}

func init() {
	web.Add(web.Words{
		"figures.leases.none":    {"Tragen Sie bei einer Lieferung Leasingvertrag und Ende ein.", "Enter the lease and its end with a delivery."},
		"return.run":             {"Rücklauf", "Return"},
		"return.start":           {"Rücklauf beginnen", "Begin the return"},
		"return.late":            {"{1}, vorbei", "{1}, over"},
		"return.handed":          {"{1} von {2} übergeben", "{1} of {2} handed over"},
		"return.closed":          {"beendet am {1}", "ended on {1}"},
		"return.file.leases":     {"leasing", "leases"},
		"return.title":           {"Rücklauf {1}", "Return of {1}"},
		"return.lead":            {"{1}, bis {2}. {3} von {4} übergeben.", "{1}, until {2}. {3} of {4} handed over."},
		"return.next":            {"Was als Nächstes zu tun ist", "What comes next"},
		"return.wiped":           {"Löschnachweis", "Proof of erasure"},
		"return.wiped.at":        {"gelöscht {1}", "erased {1}"},
		"return.proof":           {"Befehl {1}", "command {1}"},
		"return.wiped.elsewhere": {"nicht hier verwaltet", "not managed here"},
		"return.wiped.never":     {"war nie eingerichtet", "was never set up"},
		"return.wiped.no":        {"seit der letzten Rückgabe nicht gelöscht", "not erased since the last return"},
		"return.parts":           {"Teile und Vertrag", "Parts and contract"},
		"return.parts.none":      {"nichts offen", "nothing open"},
		"return.parts.open":      {"{1} {1:Teil offen|Teile offen}, Vertrag {2}", "{1} {1:part open|parts open}, contract {2}"},
		"return.contract":        {"Vertrag {1}", "contract {1}"},
		"return.apple":           {"Apple School Manager", "Apple School Manager"},
		"return.apple.lists":     {"steht dort", "is listed there"},
		"return.apple.not":       {"steht nicht dort", "is not listed there"},
		"return.apple.asked":     {"freigegeben {1}, Apples Liste wird noch gelesen", "released {1}, Apple’s list is still to be read"},
		"return.apple.still":     {"freigegeben {1}, steht aber noch dort", "released {1}, but is still listed"},
		"return.apple.gone":      {"freigegeben {1}, steht nicht mehr dort", "released {1}, is no longer listed"},
		"return.all":             {"alle", "all"},
		"return.device":          {"Zum iPad", "To the iPad"},
		"return.step.lost":       {"verloren: finden oder abschreiben", "lost: find or write off"},
		"return.step.out":        {"ausgeliehen: zurücknehmen", "on loan: take back"},
		"return.step.repair":     {"in Reparatur: abholen", "in repair: fetch"},
		"return.step.parts":      {"über Teile entscheiden", "decide about parts"},
		"return.step.erase":      {"iPad löschen", "erase the iPad"},
		"return.step.release":    {"in Apple School Manager freigeben", "release in Apple School Manager"},
		"return.step.asked":      {"freigegeben, wird geprüft", "released, being checked"},
		"return.step.listed":     {"freigegeben, aber noch bei Apple", "released, but still with Apple"},
		"return.step.ready":      {"bereit zur Übergabe", "ready to be handed over"},
		"return.step.handed":     {"übergeben", "handed over"},
		"return.step.gone":       {"nicht mehr im Bestand", "no longer in stock"},
		"return.list":            {"Liste für Apple School Manager ({1})", "List for Apple School Manager ({1})"},
		"return.release":         {"{1} als freigegeben eintragen", "Enter {1} as released"},
		"return.hand":            {"{1} übergeben", "Hand over {1}"},
		"return.close":           {"Rücklauf beenden", "End the return"},
		"return.listed":          {"{1} {1:Gerät steht|Geräte stehen} nach der Freigabe noch bei Apple.", "{1} {1:device is|devices are} still listed by Apple after the release."},
		"return.listed.text":     {"Sehen Sie in Apple School Manager nach, ob sie dort wirklich freigegeben sind. Der Leasinggeber kann sie sonst nicht nutzen.", "Look in Apple School Manager whether they were really released. Otherwise the lessor cannot use them."},
		"return.by.hand":         {"Freigeben kann nur ein Mensch in Apple School Manager.", "Only a person can release, in Apple School Manager."},
		"return.by.hand.text":    {"Laden Sie die Liste der Seriennummern herunter, geben Sie die Geräte dort frei, und tragen Sie es hier ein. Danach prüft der nächste Abgleich mit Apple, ob sie dort verschwunden sind. Was noch unter Vertrag steht, ist nicht in der Liste.", "Download the list of serial numbers, release the devices there and enter it here. The next sync with Apple then checks whether they are gone. What is still under contract is not in the list."},
		"return.none":            {"Hier steht nichts", "Nothing here"},
		"return.none.text":       {"Zu diesem Schritt gehört gerade kein Gerät.", "No device stands at this step just now."},
		"return.file":            {"ruecklauf", "return"},
		"return.file.release":    {"asm-freigabe", "asm-release"},
		"done.return.started":    {"Der Rücklauf ist begonnen.", "The return has begun."},
		"done.return.released":   {"{1} {1:Gerät ist|Geräte sind} als freigegeben eingetragen. Der nächste Abgleich mit Apple prüft es.", "{1} {1:device is|devices are} entered as released. The next sync with Apple checks it."},
		"done.return.handed":     {"{1} {1:Gerät ist|Geräte sind} übergeben und nicht mehr im Bestand.", "{1} {1:device is|devices are} handed over and no longer in stock."},
		"done.return.closed":     {"Der Rücklauf ist beendet.", "The return is over."},
		"todo.lease":             {"Das Leasing „{1}“ endet am {2}: {3} {3:Gerät geht|Geräte gehen} zurück.", "The lease “{1}” ends on {2}: {3} {3:device goes|devices go} back."},
		"todo.lease.over":        {"Das Leasing „{1}“ endete am {2}, und {3} {3:Gerät ist|Geräte sind} noch da.", "The lease “{1}” ended on {2}, and {3} {3:device is|devices are} still here."},
		"todo.lease.text":        {"Der Rücklauf zeigt, was ausgeliehen, zu löschen oder bei Apple freizugeben ist.", "The return shows what is on loan, to erase or to release at Apple."},
		"todo.lease.do":          {"Leasing ansehen", "See the leases"},
		"todo.lease.run":         {"Rücklauf ansehen", "See the return"},
	})
}

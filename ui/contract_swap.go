package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// swapPage gives the person of a contract another thing for the one they bring. The contract and its number stay.
func (u *UI) swapPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	if !x.May(school.SwapContract) || x.Asset == "" {
		return school.Clash("contract_state", x.Number)
	}
	p := u.contractForm(r, v, x, school.SwapContract)
	p.Lead += ". " + p.T("contract.swap.lead")
	why := r.PostFormValue("reason")
	if why == "" {
		why = string(school.SwapDamage)
	}
	var reasons []web.Option
	for _, s := range school.SwapReasons {
		reasons = append(reasons, web.Option{Value: string(s), Text: p.T("swap.reason." + string(s))})
	}
	p.Fields = []web.Field{{Kind: web.RadioField, Name: "reason", Label: p.T("contract.swap.reason"), Options: choose(why, reasons...)},
		{Kind: web.CodeField, Name: "thing", Label: p.T("contract.swap.to"), Hint: p.T("contract.swap.hint"), Value: r.PostFormValue("thing"), MaxLength: 60, Focus: true, Autocomplete: "off"}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	to, err := u.st.AssetNamed(r.Context(), v.by, x.School, r.PostFormValue("thing"))
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.SwapAsset(r.Context(), v.by, x.ID, to.ID, school.SwapReason(why))
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, contractAddress(x.ID), "done.contract.swapped", set)
}

// giveAssetPage makes a thing of the pool that of one person: out of its case, erased, with the settings of the person and a
// contract with its paper.
func (u *UI) giveAssetPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.assetOf(r, v)
	if err != nil {
		return err
	}
	if !v.gives(x) {
		return web.ErrNotFound
	}
	name := assetName(x)
	title := web.T(v.lang, "asset.give")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "assets.title"), Href: assetsPath}, web.Crumb{Name: name, Href: assetAddress(x.ID)}, web.Crumb{Name: title}), Cancel: assetAddress(x.ID), Submit: web.T(v.lang, "asset.give.do")}
	erases := x.Device != "" && v.authority.Has(school.Management)
	if erases {
		p.Submit = p.T("asset.give.erase")
	}
	p.Lead = p.T("asset.give.lead", name)
	p.Fields = []web.Field{{Kind: web.TextField, Name: "person", Label: p.T("asset.give.person"), Hint: p.T("device.issue.hint"), Value: r.PostFormValue("person"), Focus: true, Autocomplete: "off", MaxLength: 200}}
	if erases {
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("asset.give.erases", name), Text: p.T("asset.give.erases.text")}
		p.Fields = append(p.Fields, web.Field{Kind: web.CodeField, Name: "word", Label: p.T("asset.give.word", name), Value: r.PostFormValue("word"), Autocomplete: "off", MaxLength: 60})
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	if erases && strings.TrimSpace(r.PostFormValue("word")) != name {
		return u.refuse(w, r, p, school.Refuse("word", "give_word", name))
	}
	person, err := u.personNamed(r.Context(), v, x.School, r.PostFormValue("person"))
	var id school.ContractID
	var set school.ChangeSetID
	if err == nil {
		id, set, err = u.st.GiveFromPool(r.Context(), v.by, x.ID, person, p.T("asset.give.reason"))
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	if err := u.paperFor(r, v, id); err != nil { // it is given; the page that follows has a button that makes the paper
		u.Log.Warn("paper not made", "contract", id, "error", err)
	}
	return u.done(w, r, contractPapersAddress(id), "done.asset.given", set)
}

// paperFor makes the paper that is signed under a contract.
func (u *UI) paperFor(r *http.Request, v view, id school.ContractID) error {
	k, err := u.st.ContractByID(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	kind, has := k.Kind.Paper()
	if !has {
		return nil
	}
	paper, err := u.paperMaker(v).paper(r.Context(), k, paperWish{Kind: kind})
	if err != nil {
		return err
	}
	_, _, err = u.st.MakeDocuments(r.Context(), v.by, k.School, []store.NewDocument{paper})
	return err
}

// gives reports whether somebody may make a thing of the pool that of a person.
func (v view) gives(x store.AssetRow) bool {
	return x.School != "" && x.Contract == "" && !x.Lost && !x.InRepair && !x.State.Gone() && v.at(school.EditDevices, x.School) && v.at(school.Lend, x.School) && v.at(school.ViewPeople, x.School) &&
		(x.Device == "" || v.at(school.Wipe, x.School))
}

func init() {
	web.Add(web.Words{
		"contract.swap.lead":    {"Der Vertrag und seine Nummer bleiben; ein Nachtrag hält den Tausch fest, und das alte Gerät wartet auf die Prüfung.", "The contract and its number stay; an addendum notes the swap, and the old device waits to be checked."},
		"contract.swap.reason":  {"Warum wird getauscht?", "Why is it swapped?"},
		"contract.swap.to":      {"Neues Gerät", "New device"},
		"contract.swap.hint":    {"Inventarnummer oder Seriennummer, getippt oder gescannt.", "Asset number or serial, typed or scanned."},
		"done.contract.swapped": {"Getauscht. Der Vertrag läuft mit dem neuen Gerät weiter.", "Swapped. The contract goes on with the new device."},
		"error.thing_many":      {"„{1}“ ist hier Nummer oder Seriennummer von zwei Geräten. Nehmen Sie die andere Angabe.", "“{1}” is the number or serial of two devices here. Use the other of the two."},
		"error.thing_none":      {"Zu „{1}“ gibt es an dieser Schule nichts. Gemeint ist die Inventarnummer oder die Seriennummer.", "There is nothing at this school for “{1}”. The asset number or the serial is meant."},

		"asset.give":             {"An eine Person geben", "Give to a person"},
		"asset.give.do":          {"Vorsehen und Vertrag erstellen", "Plan it and make the contract"},
		"asset.give.erase":       {"Löschen, vorsehen, Vertrag erstellen", "Erase, plan it, make the contract"},
		"asset.give.lead":        {"{1} verlässt seinen Koffer oder Raum und ist danach für diese Person vorgesehen: mit ihren Einstellungen, einem Vertrag und seinem Papier.", "{1} leaves its case or room and is meant for this person then: with their settings, a contract and its paper."},
		"asset.give.person":      {"Für wen?", "For whom?"},
		"asset.give.erases":      {"Alle Daten auf {1} werden gelöscht.", "All data on {1} is erased."},
		"asset.give.erases.text": {"Das lässt sich nicht rückgängig machen. Nach dem Absenden bleibt eine Minute, um es unter „Aufträge“ abzubrechen. Das iPad richtet sich neu ein; ausgegeben wird es am Ausgabetisch.", "That cannot be undone. For a minute after sending it can still be called off under “Orders”. The iPad sets itself up anew; it is handed out at the desk."},
		"asset.give.word":        {"Zur Bestätigung {1} eintippen", "Type {1} to confirm"},
		"asset.give.reason":      {"aus dem Pool an eine Person", "from the pool to a person"},
		"error.give_word":        {"Bitte tippen Sie genau {1}.", "Please type exactly {1}."},
		"done.asset.given":       {"Vorgesehen; der Vertrag ist erstellt und wartet auf die Unterschrift.", "Planned; the contract is made and waits to be signed."},
		"event.asset.given":      {"Aus dem Pool an eine Person gegeben", "Given from the pool to a person"},
		"contract.adult":         {"Volljährig", "Of age"},
		"contract.adult.since":   {"seit {1}: unterschreibt selbst", "since {1}: signs alone"},
		"contract.adult.from":    {"ab {1}: unterschreibt dann selbst", "from {1} on: signs alone then"},
		"contracts.of":           {"Verträge: {1}", "Contracts: {1}"},
		"contracts.of.none":      {"Noch kein Vertrag", "No contract yet"},
		"contracts.of.none.text": {"Legen Sie einen an, um das Papier vor der Ausgabe zu drucken und unterschreiben zu lassen; sonst entsteht er mit der Ausgabe.", "Make one to print the paper and have it signed before handing out; else it comes with handing out."},
		"contract.plan":          {"Vertrag anlegen", "Make a contract"},
		"done.contract.planned":  {"Der Vertrag ist angelegt. Das Papier dazu steht unter „Papiere“.", "The contract is made. Its paper stands under “Papers”."},
		"done.contract.has":      {"Diese Person hat schon einen Vertrag.", "This person has a contract already."},
		"contract.ahead":         {"Im neuen Schuljahr", "In the new school year"},
		"contract.limit":         {"Ansprüche verjähren", "Claims expire"},
		"contract.loss":          {"Verlust", "Loss"},
		"contract.do.damage":     {"Schaden aufnehmen", "Take down a damage"},
		"contract.do.loss":       {"Verlust melden", "Report a loss"},
	})
}

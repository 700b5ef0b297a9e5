package ui

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// lentThings are one of each noun of lending, all of Gymnasium Nord or of the authority.
type lentThings struct{ contract, asset, kit, batch, damage, loss, returned string }

func (w *world) lent() (x lentThings) {
	w.t.Helper()
	ctx := context.Background()
	kit, err := w.st.CreateKit(ctx, w.by, school.Kit{Name: "Notebook-Set", Kind: school.Notebook, Parts: []school.Part{{Kind: school.Charger, Name: "Netzteil", Price: 4900}, {Kind: school.OtherKit, Name: "Tasche", Price: 1900}}})
	x.kit = string(ok(w.t, kit, err))
	batch, err := w.st.CreateBatch(ctx, w.by, school.Batch{Name: "Notebooks 2026", Supplier: "Handel", Price: 64900, Funding: school.Funding{Programme: "Landesprogramm"}})
	x.batch = string(ok(w.t, batch, err))
	asset, err := w.st.CreateAsset(ctx, w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Number: "NB-26-000001", Serial: "PF4A0001", Model: "Notebook 14", School: w.Nord, Batch: batch})
	x.asset = string(ok(w.t, asset, err))
	h, _, err := w.st.HandOut(ctx, w.by, store.Handover{Person: w.Pupils[0], Asset: asset, Kit: kit})
	x.contract = string(ok(w.t, h, err).Contract)
	damage, _, err := w.st.ReportDamage(ctx, w.by, asset, "display", "heruntergefallen")
	x.damage = string(ok(w.t, damage, err))
	other, err := w.st.CreateAsset(ctx, w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, School: w.Nord})
	ok(w.t, other, err)
	loss, _, err := w.st.ReportLoss(ctx, w.by, other, true, "")
	x.loss = string(ok(w.t, loss, err))
	leased, err := w.st.CreateBatch(ctx, w.by, school.Batch{Name: "Leasing 2024", Lease: school.Lease{Number: "LV-7", Lessor: "Leasing AG", Until: noon.AddDate(1, 0, 0), Rate: 1250}})
	run, _, err2 := w.st.StartReturn(ctx, w.by, ok(w.t, leased, err))
	x.returned = string(ok(w.t, run, err2))
	return x
}

// A notebook goes through everything on its pages: nothing on them speaks of management.
func TestMUC16_ANotebookHasItsPages(t *testing.T) {
	w := newWorld(t)
	x := w.lent()
	c := w.as(w.Admin)
	contract, damage, loss := contractsPath+"/"+x.contract, damagesPath+"/"+x.damage, lossesPath+"/"+x.loss
	c.get(contractsPath).says(t, http.StatusOK, "L-", "NB-26-000001", "ausgegeben")
	c.get(contractsPath+"?q=NB-26").says(t, http.StatusOK, "NB-26-000001")
	c.get(contractsPath+"?view=overdue").says(t, http.StatusOK, "Keinen Vertrag gefunden")
	c.get(contract).says(t, http.StatusOK, "Leihvertrag", "Netzteil", "49,00 €", "ausstehend: Sorgeberechtigte", "Display")
	page := c.get(assetsPath + "/" + x.asset)
	page.says(t, http.StatusOK, "Notebook 14", "PF4A0001", "opsi", "Notebooks 2026")
	if strings.Contains(page.Body, "/devices/") {
		t.Error("the page of a notebook leads into management")
	}
	c.get(assetsPath+"?managed_by=opsi").says(t, http.StatusOK, "NB-26-000001")
	c.post(contract+"/sign", url.Values{"how": {"paper"}})
	c.get(contract).says(t, http.StatusOK, "auf Papier am")
	c.post(contract+"/extend", url.Values{"due": {"2020-01-01"}}).says(t, http.StatusUnprocessableEntity)
	c.post(contract+"/extend", url.Values{"due": {"2027-07-31"}})
	c.get(contract).says(t, http.StatusOK, "31.07.2027", "Nachträge", "Verlängerung")
	c.post(contract+"/return", url.Values{"part1": {"returned"}, "part2": {"missing"}, "part3": {"damaged"}})
	c.get(contract).says(t, http.StatusOK, "2 Teile offen", "fehlt", "Entscheiden")
	parts, err := w.st.ContractByID(t.Context(), w.by, school.ContractID(x.contract))
	ok(t, parts, err)
	at := contract + "/parts/" + string(parts.Parts[1].ID)
	c.get(at).says(t, http.StatusOK, "Was wird mit „Netzteil“?", "49,00")
	c.post(at, url.Values{"decision": {"charged"}, "amount": {"viel"}}).says(t, http.StatusUnprocessableEntity, "Betrag")
	c.post(at, url.Values{"decision": {"charged"}, "amount": {"39,20"}})
	c.post(contract+"/parts/"+string(parts.Parts[2].ID), url.Values{"decision": {"waived"}, "amount": {""}})
	c.post(contract+"/close", url.Values{})
	c.get(contract).says(t, http.StatusOK, "abgeschlossen", "39,20 €")
	c.get(contract, "Accept-Language", "en").says(t, http.StatusOK)
	c.get(contractsPath+"?view=closed&format=csv").says(t, http.StatusOK, "NB-26-000001")

	c.get(damage).says(t, http.StatusOK, "heruntergefallen", "§ 606 BGB", "Begutachten")
	c.post(damage+"/assess", url.Values{"cause": {"wear"}, "liability": {"fault"}}).says(t, http.StatusUnprocessableEntity, "Verschleiß und Defekt")
	c.post(damage+"/assess", url.Values{"cause": {"accident"}, "liability": {"fault"}})
	c.post(damage+"/settle", url.Values{"cost": {"189,00"}, "settlement": {"invoice"}, "claim": {"200"}}).says(t, http.StatusUnprocessableEntity, "Mehr als die Kosten")
	c.post(damage+"/settle", url.Values{"cost": {"189,00"}, "settlement": {"invoice"}, "claim": {"99"}})
	c.get(damagesPath+"?format=csv").says(t, http.StatusOK, "189,00")
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	if err := w.st.AddPicture(t.Context(), w.by, school.DamageID(x.damage), shot.Bytes()); err != nil {
		t.Fatal(err)
	}
	row, err := w.st.DamageByID(t.Context(), w.by, school.DamageID(x.damage))
	ok(t, row, err)
	if a := c.get(damage); !strings.Contains(a.Body, `alt="Bild 1 des Schadens"`) {
		t.Error("the picture is not on the page")
	}
	if a := c.get(damage + "/pictures/" + row.Pictures[0]); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "\xff\xd8") {
		t.Errorf("%d %.20q", a.Status, a.Body)
	}
	c.post(damage+"/close", url.Values{})
	c.get(damage).says(t, http.StatusOK, "abgeschlossen", "99,00 €")

	c.get(lossesPath).says(t, http.StatusOK, "gestohlen", "4 Aufgaben")
	c.get(loss).says(t, http.StatusOK, "Anzeige mit Aktenzeichen", "offen")
	c.post(loss+"/tick", url.Values{"step": {"told"}})
	c.post(loss+"/edit", url.Values{"stolen": {"1"}, "police_ref": {"ST/1/26"}})
	c.get(loss).says(t, http.StatusOK, "ST/1/26", "erledigt am")
	c.post(loss+"/found", url.Values{})
	c.get(loss).says(t, http.StatusOK, "gefunden")
}

// Kits, deliveries and assets are entered by hand; what cannot be says where and why.
func TestKitsDeliveriesAndAssetsAreEntered(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get(kitsPath).says(t, http.StatusOK, "Noch keine Sets")
	c.get(kitsPath+"/new").says(t, http.StatusOK, "Eine Zeile je Teil")
	c.post(kitsPath+"/new", url.Values{"name": {"iPad-Set"}, "kind": {"ipad"}, "parts": {"Hülle; Schutzhülle; 39;00;1"}}).says(t, http.StatusUnprocessableEntity, "mehr Angaben")
	c.post(kitsPath+"/new", url.Values{"name": {"iPad-Set"}, "kind": {"ipad"}, "parts": {"Hülle; Schutzhülle blau; 39,00\nStift; Stift; 89\nTasche"}, "standard": {"1"}})
	c.get(kitsPath).says(t, http.StatusOK, "iPad-Set", "Schutzhülle blau, Stift, Tasche", "128,00 €", "Standard")
	kits, err := w.st.Kits(t.Context(), w.by)
	ok(t, kits, err)
	at := kitsPath + "/" + string(kits[0].ID)
	c.get(at).says(t, http.StatusOK, "Hülle; Schutzhülle blau; 39,00", "Sonstiges; Tasche")
	c.post(at+"/archive", url.Values{})
	c.get(kitsPath).says(t, http.StatusOK, "Noch keine Sets")
	c.get(batchesPath).says(t, http.StatusOK, "Noch keine Lieferungen")
	c.post(batchesPath+"/new", url.Values{"name": {"Leasing 2024"}, "lease_number": {"LV-7"}, "lease_from": {"2024-08-01"}, "lease_until": {"2024-07-31"}}).says(t, http.StatusUnprocessableEntity, "nach dem Beginn")
	c.post(batchesPath+"/new", url.Values{"name": {"Leasing 2024"}, "lease_number": {"LV-7"}, "lessor": {"Leasing AG"}, "lease_until": {"2027-01-31"}, "lease_rate": {"12,50"}, "price": {"399"}})
	c.get(batchesPath).says(t, http.StatusOK, "Leasing 2024", "LV-7, Leasing AG", "399,00 €")
	batches, err := w.st.Batches(t.Context(), w.by)
	ok(t, batches, err)
	c.post(assetsPath+"/new", url.Values{"kind": {"notebook"}, "managed_by": {"none"}, "number": {"NB 9"}, "school": {string(w.Nord)}, "batch": {string(batches[0].ID)}})
	c.get(batchesPath).says(t, http.StatusOK, "in weniger als 3 Monaten")
	c.get(batchesPath+"?format=csv").says(t, http.StatusOK, "LV-7")
	c.get(assetsPath+"/new").says(t, http.StatusOK, "Gegenstand anlegen")
	c.post(assetsPath+"/new", url.Values{"kind": {"pc"}, "managed_by": {"intune"}, "number": {"PC 1"}, "school": {string(w.Nord)}, "price": {"1.049,90"}})
	c.post(assetsPath+"/new", url.Values{"kind": {"pc"}, "managed_by": {"intune"}, "number": {"PC 1"}}).says(t, http.StatusUnprocessableEntity, "trägt schon ein anderes Gerät")
	c.get(assetsPath+"?kind=pc").says(t, http.StatusOK, "PC 1", "Intune", "bereit")
	page, err := w.st.Assets(t.Context(), w.by, store.AssetFilter{Kind: school.PC})
	ok(t, page, err)
	pc := assetsPath + "/" + string(page.Rows[0].ID)
	c.get(pc).says(t, http.StatusOK, "1.049,90 €", "War noch nie ausgegeben.")
	c.post(pc+"/edit", url.Values{"kind": {"pc"}, "managed_by": {"none"}, "number": {"PC 1"}, "school": {string(w.Nord)}, "state": {"retired"}, "note": {"Netzteil defekt"}})
	c.get(pc).says(t, http.StatusOK, "ausgesondert", "Netzteil defekt")
	c.post(pc+"/remove", url.Values{})
	c.get(pc).says(t, http.StatusNotFound)
	w.as(w.Auditor).get(assetsPath).says(t, http.StatusOK, "Bestand")
	w.as(w.Auditor).get(contractsPath).says(t, http.StatusNotFound)
}

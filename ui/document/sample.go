package document

import (
	"fmt"
	"strings"
	"time"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// Sample are facts for a preview: somebody with the longest names a register may hold, who does not exist, and a kit with
// everything. n makes one sample differ from the next.
func Sample(kind school.DocumentKind, l web.Lang, authority, at string, made time.Time, n int) Facts {
	t := func(key string) string { return web.T(l, key) }
	day := func(months int) string { return l.Date(made.AddDate(0, months, 0)) }
	f := Facts{Kind: kind, Made: made, Issuer: authority + " · " + at, Values: map[string]string{}, Tables: map[string]Table{}}
	number := fmt.Sprintf("L-%02d-%06d", made.Year()%100, n)
	switch kind {
	case school.ClassReceipt, school.LeaseReturn, school.PrivacyNotice, school.ErasureProof: // of no one contract
	default:
		f.Number = number
	}
	all := map[string]string{
		"authority.name": authority, "authority.contact": t("document.sample.contact"), "authority.officer": t("document.sample.officer"), "school.name": at, "date": l.Date(made),
		"person.name": "Maximiliane-Alexandrine Şehrazat Freifrau von und zu Müllendörffer-Wiśniewska-Größebrecht", "person.class": "10bc Bilingual",
		"device.model": "iPad Pro (12,9 Zoll, 6. Generation)", "device.number": fmt.Sprintf("MS-%02d-%06d", made.Year()%100, n), "device.serial": "F9FXK2ABCD",
		"contract.number": number, "contract.from": l.Date(made), "contract.until": day(12), "contract.value": "1.466,56 €", "signers.names": "Konstantin-Aurelius Müllendörffer-Wiśniewska",
		"return.open": t("document.part.charger"), "damage.when": l.Date(made), "damage.what": t("document.sample.damage"), "damage.cause": t("document.sample.cause"), "damage.until": day(6),
		"reminder.step": "2", "reminder.due": day(-1), "reminder.missing": t("document.part.charger"), "old.model": "iPad (9. Generation)", "old.number": "MS-24-000012", "old.serial": "F9FXK2EFGH",
		"swap.reason": t("document.sample.damage"), "class.name": web.ClassName(l, "10bc"), "holder.name": "Konstantin-Aurelius Müllendörffer-Wiśniewska", "devices.count": "2",
		"lease.number": "L-2026-0815", "lease.lessor": "Musterleasing", "lease.until": day(1), "erase.ordered": l.DateTime(made), "erase.confirmed": l.DateTime(made.Add(3 * time.Minute)), "erase.command": "01890a5d-ac96-774b-bcce-b302099a8057",
	}
	for _, place := range kind.Places() {
		f.Values[place] = all[place]
	}
	for _, table := range kind.Tables() {
		switch table {
		case "table.kit":
			x := Table{Head: []string{t("document.kit.part"), t("document.kit.number"), t("document.kit.state"), t("document.kit.price")}, Shares: []float64{3, 2, 2, 1.3}}
			for i, part := range [][2]string{{"document.part.ipad", "1.234,56 €"}, {"document.part.case", "49,00 €"}, {"document.part.charger", "25,00 €"}, {"document.part.cable", "19,00 €"}, {"document.part.pencil", "139,00 €"}} {
				x.Rows = append(x.Rows, []string{t(part[0]), all["device.number"] + strings.Repeat("-"+fmt.Sprint(i), min(i, 1)), t("document.sample.good"), part[1]})
			}
			f.Tables[table] = x
		case "table.damage":
			f.Tables[table] = Table{Head: []string{t("document.damage.where"), t("document.damage.what")}, Shares: []float64{1, 3}, Rows: [][]string{{t("document.part.case"), t("document.sample.damage")}}}
		case "table.devices":
			f.Tables[table] = Table{Head: []string{t("document.devices.number"), t("document.devices.serial"), t("document.devices.model"), t("document.devices.note")}, Shares: []float64{2, 2, 3, 2},
				Rows: [][]string{{all["device.number"], all["device.serial"], all["device.model"], t("document.sample.good")}, {all["old.number"], all["old.serial"], all["old.model"], t("document.sample.damage")}}}
		case "table.retention":
			f.Tables[table] = Table{Head: []string{t("document.retention.what"), t("document.retention.until")}, Shares: []float64{3, 2}, Rows: [][]string{{t("document.retention.loan"), t("document.retention.loan.until")}}}
		case "signatures":
			f.Signers = sampleSigners(kind, t, all, authority)
		}
	}
	return f
}

// sampleSigners are who signs a paper of a kind.
func sampleSigners(kind school.DocumentKind, t func(string) string, all map[string]string, authority string) []Signer {
	lender := Signer{Label: t("document.signer.lender"), Name: authority}
	pupil := Signer{Label: t("document.signer.pupil"), Name: all["person.name"]}
	switch kind {
	case school.StaffTerms:
		return []Signer{{Label: t("document.signer.staff"), Name: all["person.name"]}, lender}
	case school.ClassReceipt:
		return []Signer{{Label: t("document.signer.staff"), Name: all["holder.name"]}, lender}
	case school.HandoverPaper, school.ReturnPaper:
		return []Signer{pupil, lender}
	case school.DamagePaper:
		return []Signer{{Label: t("document.signer.reporter")}, lender}
	case school.LeaseReturn:
		return []Signer{lender, {Label: t("document.signer.lessor"), Name: all["lease.lessor"]}}
	}
	return []Signer{{Label: t("document.signer.guardian"), Name: all["holder.name"]}, pupil, lender}
}

func init() {
	web.Add(web.Words{
		"document.part.ipad":            {"iPad", "iPad"},
		"document.part.case":            {"Hülle", "Case"},
		"document.part.charger":         {"Netzteil", "Power adapter"},
		"document.part.cable":           {"Ladekabel", "Cable"},
		"document.part.pencil":          {"Apple Pencil", "Apple Pencil"},
		"document.kit.part":             {"Teil", "Part"},
		"document.kit.number":           {"Nummer", "Number"},
		"document.kit.state":            {"Zustand", "Condition"},
		"document.kit.price":            {"Wert", "Value"},
		"document.damage.where":         {"Teil", "Part"},
		"document.damage.what":          {"Schaden", "Damage"},
		"document.devices.number":       {"Inventarnummer", "Asset number"},
		"document.devices.serial":       {"Seriennummer", "Serial number"},
		"document.devices.model":        {"Modell", "Model"},
		"document.devices.note":         {"Vermerk", "Note"},
		"document.retention.what":       {"Daten", "Data"},
		"document.retention.until":      {"gespeichert bis", "stored until"},
		"document.retention.loan":       {"Vertrag und Unterschriften", "Contract and signatures"},
		"document.retention.loan.until": {"sechs Monate nach der Rückgabe", "six months after the return"},
		"document.signer.guardian":      {"Sorgeberechtigte Person", "Guardian"},
		"document.signer.pupil":         {"Schülerin oder Schüler", "Pupil"},
		"document.signer.staff":         {"Empfängerin oder Empfänger", "Receiver"},
		"document.signer.reporter":      {"Wer den Schaden gemeldet hat", "Whoever reported the damage"},
		"document.signer.lessor":        {"Für den Leasinggeber", "For the lessor"},
		"document.signer.lender":        {"Für den Schulträger", "For the school authority"},
		"document.sample.contact":       {"Schul-IT, Tel. 0251 000000", "School IT, tel. 0251 000000"},
		"document.sample.officer":       {"datenschutz@schultraeger.example", "privacy@authority.example"},
		"document.sample.good":          {"ohne Mängel", "without defects"},
		"document.sample.damage":        {"Kratzer an der linken oberen Ecke", "scratch at the upper left corner"},
		"document.sample.cause":         {"vom Tisch gefallen", "fell off the table"},
	})
}

package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// contractFacts are what a paper of a contract is about. Papers are German: the text that is signed is.
func (u *UI) contractFacts(r *http.Request, v view, x store.ContractPage, kind school.DocumentKind) (document.Facts, error) {
	const l = web.German
	t := func(key string, args ...any) string { return web.T(l, key, args...) }
	f := document.Facts{Kind: kind, Number: x.Number, Made: v.now, Issuer: strings.Trim(v.authority.Name+" · "+x.SchoolName, " ·"), Values: map[string]string{}, Tables: map[string]document.Table{}}
	var asset store.AssetRow
	if x.Asset != "" {
		var err error
		if asset, err = u.st.AssetByID(r.Context(), v.by, x.Asset); err != nil {
			return f, err
		}
	}
	value := 0
	for _, part := range x.Parts {
		value += part.Price
	}
	class, at := x.ClassName, x.SchoolName // of the new school year, where it is decided
	if x.Ahead.School != "" {
		class, at = "", x.Ahead.SchoolName
	}
	if x.Ahead.ClassName != "" {
		class = x.Ahead.ClassName
	}
	all := map[string]string{
		"authority.name": v.authority.Name, "authority.contact": v.authority.Contact, "authority.officer": v.authority.Policy.Privacy.Officer, "school.name": at, "date": l.Date(v.now),
		"person.name": x.PersonName, "person.class": class, "device.model": asset.Model, "device.number": asset.Number, "device.serial": asset.Serial,
		"contract.number": x.Number, "contract.until": contractUntil(l, x), "return.open": openParts(l, x.Parts),
	}
	if !x.Issued.IsZero() {
		all["contract.from"] = l.Date(x.Issued)
	}
	if value > 0 {
		all["contract.value"] = euros(l, value)
	}
	for _, place := range kind.Places() {
		if all[place] != "" {
			f.Values[place] = all[place]
		}
	}
	for _, table := range kind.Tables() {
		switch table {
		case "table.kit":
			kit := document.Table{Head: []string{t("document.kit.part"), t("document.kit.number"), t("document.kit.state"), t("document.kit.price")}, Shares: []float64{3, 2, 2, 1.3}}
			for _, part := range x.Parts {
				number := ""
				if part.Asset != "" && part.Asset == x.Asset {
					number = x.AssetName
				}
				price := ""
				if part.Price > 0 {
					price = euros(l, part.Price)
				}
				kit.Rows = append(kit.Rows, []string{partText(l, part), number, t("part.state." + string(part.State)), price})
			}
			f.Tables[table] = kit
		case "table.damage":
			damage := document.Table{Head: []string{t("document.damage.where"), t("document.damage.what")}, Shares: []float64{1, 3}, None: t("loanpaper.damage.none")}
			for _, g := range x.Damages {
				damage.Rows = append(damage.Rows, []string{t("damage.what." + string(g.What)), g.Note})
			}
			f.Tables[table] = damage
		case "signatures":
			f.Signers = signersOf(l, v.authority.Name, x, kind)
		}
	}
	return f, nil
}

// signersOf says who signs: whom the policy names for a contract, and who hands out or takes back.
func signersOf(l web.Lang, authority string, x store.ContractPage, kind school.DocumentKind) (out []document.Signer) {
	label := func(s school.Signer) document.Signer {
		if s == school.Guardian {
			return document.Signer{Label: web.T(l, "document.signer.guardian")}
		}
		return document.Signer{Label: web.T(l, map[bool]string{true: "document.signer.pupil", false: "loanpaper.signer.staff"}[x.PersonKind == school.Pupil]), Name: x.PersonName}
	}
	if kind == school.HandoverPaper || kind == school.ReturnPaper {
		out = append(out, label(school.Oneself))
	} else {
		for _, s := range x.Signers {
			out = append(out, label(s))
		}
	}
	return append(out, document.Signer{Label: web.T(l, "document.signer.lender"), Name: authority})
}

// contractUntil says when a contract ends, as a day or in words.
func contractUntil(l web.Lang, x store.ContractPage) string {
	if x.End == school.EndsOnDay {
		return l.Date(x.Due)
	}
	return web.T(l, "loanpaper.end."+string(x.End))
}

// partText is a part as people call it.
func partText(l web.Lang, p school.ContractPart) string {
	if p.Name != "" {
		return p.Name
	}
	return web.T(l, "asset.kind."+string(p.Kind))
}

// openParts names what is missing or damaged and not decided.
func openParts(l web.Lang, parts []school.ContractPart) string {
	var open []string
	for _, p := range parts {
		if p.Lacks() && !p.Settled() {
			open = append(open, partText(l, p))
		}
	}
	if len(open) == 0 {
		return web.T(l, "loanpaper.open.none")
	}
	return strings.Join(open, ", ")
}

package ui

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// paperMaker gathers what papers of contracts say: for somebody on a page, or for a job.
type paperMaker struct {
	st        *store.Store
	by        school.Actor
	authority school.Authority
	now       time.Time
}

func (u *UI) paperMaker(v view) paperMaker { return paperMaker{u.st, v.by, v.authority, v.now} }

// MakePapers makes papers for the job that prints many.
func MakePapers(st *store.Store) store.PaperMaker {
	return func(ctx context.Context, by school.Actor, x store.ContractPage, kind school.DocumentKind) (store.NewDocument, error) {
		a, err := st.Authority(ctx, by)
		if err != nil {
			return store.NewDocument{}, err
		}
		return paperMaker{st, by, a, st.Now()}.paper(ctx, x, paperWish{Kind: kind})
	}
}

// paper gathers what a paper of a contract says.
func (m paperMaker) paper(ctx context.Context, x store.ContractPage, w paperWish) (store.NewDocument, error) {
	facts, err := m.facts(ctx, x, w)
	if err != nil {
		return store.NewDocument{}, err
	}
	whole, err := json.Marshal(facts)
	if err != nil {
		return store.NewDocument{}, err
	}
	moment := facts.Values["date"]
	facts.Made, facts.Values["date"] = x.Planned, "" // the day it is printed makes no other contract
	same, err := json.Marshal(facts)
	facts.Values["date"] = moment
	return store.NewDocument{Contract: x.ID, Kind: w.Kind, Subject: w.Subject, Body: document.Wording(w.Kind, web.German), Facts: whole, Same: same, Named: x.Ahead.School}, err
}

// facts are what a paper of a contract is about. Papers are German: the text that is signed is.
func (m paperMaker) facts(ctx context.Context, x store.ContractPage, w paperWish) (document.Facts, error) {
	const l = web.German
	kind := w.Kind
	t := func(key string, args ...any) string { return web.T(l, key, args...) }
	f := document.Facts{Kind: kind, Number: x.Number, Made: m.now, Issuer: strings.Trim(m.authority.Name+" · "+x.SchoolName, " ·"), Values: map[string]string{}, Tables: map[string]document.Table{}}
	var asset store.AssetRow
	if x.Asset != "" {
		var err error
		if asset, err = m.st.AssetByID(ctx, m.by, x.Asset); err != nil {
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
	if class == "" && x.PersonKind != school.Pupil { // nobody fills one in by hand
		class = "–"
	}
	all := map[string]string{
		"authority.name": m.authority.Name, "authority.contact": m.authority.Contact, "authority.officer": m.authority.Policy.Privacy.Officer, "school.name": at, "date": l.Date(m.now),
		"person.name": x.PersonName, "person.class": class, "device.model": orElse(asset.Model, x.AssetModel), "device.number": asset.Number, "device.serial": asset.Serial,
		"contract.number": x.Number, "contract.until": contractUntil(l, x), "return.open": openParts(l, x.Parts),
	}
	if !x.Issued.IsZero() {
		all["contract.from"] = l.Date(x.Issued)
	}
	if value > 0 {
		all["contract.value"] = euros(l, value)
	}
	if err := m.fill(ctx, l, x, w, all); err != nil {
		return f, err
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
				state := part.State
				if kind == school.HandoverPaper && state != school.PartKept { // what it was then, whatever became of it
					state = school.PartIssued
				}
				kit.Rows = append(kit.Rows, []string{partText(l, part), number, t("part.state." + string(state)), price})
			}
			f.Tables[table] = kit
		case "table.damage":
			damage := document.Table{Head: []string{t("document.damage.where"), t("document.damage.what")}, Shares: []float64{1, 3}, None: t("loanpaper.damage.none")}
			if kind == school.HandoverPaper || kind == school.ReturnPaper { // it stands for the state of all
				damage.None = t("loanpaper.damage.whole")
			}
			if kind == school.ReturnPaper {
				for _, g := range x.Damages {
					damage.Rows = append(damage.Rows, []string{t("damage.what." + string(g.What)), orElse(g.Note, t("loanpaper.damage.noted", l.Date(g.Reported)))})
				}
			} else {
				var err error
				if damage.Rows, err = m.marks(ctx, l, x); err != nil {
					return f, err
				}
			}
			f.Tables[table] = damage
		case "table.devices":
			list, err := m.inCase(ctx, l, x)
			if err != nil {
				return f, err
			}
			f.Tables[table] = list
			if _, counts := f.Values["devices.count"]; !counts {
				f.Values["devices.count"] = l.Number(int64(len(list.Rows)))
			}
		case "signatures":
			f.Signers = signersOf(l, m.authority.Name, x, kind)
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
		return document.Signer{Label: web.T(l, map[bool]string{true: "document.signer.pupil", false: "document.signer.staff"}[x.PersonKind == school.Pupil]), Name: x.PersonName}
	}
	if isReceipt(kind) {
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

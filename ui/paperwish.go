package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// paperWish is a paper a contract may have now: of a kind, and of those of which it may have several, about what.
type paperWish struct {
	Kind    school.DocumentKind
	Subject string // id of the addendum, or of the damage
	About   string // what tells it from others of its kind, for people
}

// name is what a paper is called among those of its contract.
func (w paperWish) name(l web.Lang) string {
	return strings.TrimSuffix(document.Title(w.Kind, l)+": "+w.About, ": ")
}

// papersFor are the papers a contract may have now: the one that is signed first, and those of what happened since.
func papersFor(l web.Lang, x store.ContractPage, now time.Time) (out []paperWish) {
	if kind, has := x.Kind.Paper(); has && x.May(school.PrepareContract) {
		out = append(out, paperWish{Kind: kind})
	}
	if !x.Issued.IsZero() {
		out = append(out, paperWish{Kind: map[bool]school.DocumentKind{true: school.ClassReceipt, false: school.HandoverPaper}[x.Place != ""]})
	}
	for _, c := range x.Changes {
		if c.Kind == school.SwapAddendum {
			out = append(out, swapWish(l, c))
		}
	}
	for _, d := range x.Damages {
		out = append(out, damageWish(l, d))
	}
	if x.DueAt(now.In(web.Berlin)) == school.Overdue || x.State == school.ContractOpen {
		out = append(out, paperWish{Kind: school.DunningLetter})
	}
	if !x.Returned.IsZero() && x.Place == "" {
		out = append(out, paperWish{Kind: school.ReturnPaper})
	}
	return out
}

func swapWish(l web.Lang, c store.AddendumRow) paperWish {
	return paperWish{school.AddendumPaper, c.ID, web.T(l, "loanpaper.swapped", c.OldName, c.NewName)}
}

func damageWish(l web.Lang, d store.DamageRow) paperWish {
	return paperWish{school.DamagePaper, string(d.ID), web.T(l, "loanpaper.damaged", web.T(l, "damage.what."+string(d.What)), l.Date(d.Reported))}
}

// aboutPaper tells a paper that was made from others of its kind.
func aboutPaper(l web.Lang, x store.ContractPage, d store.DocumentRow) paperWish {
	w := paperWish{Kind: d.Kind, Subject: d.Subject}
	for _, c := range x.Changes {
		if c.ID == d.Subject {
			w.About = swapWish(l, c).About
		}
	}
	for _, g := range x.Damages {
		if string(g.ID) == d.Subject {
			w.About = damageWish(l, g).About
		}
	}
	return w
}

// thing is an asset as papers name it. One that went to a school the clerk does not see is named as the contract names it.
func (m paperMaker) thing(ctx context.Context, id school.AssetID, name string) (model, number, serial string, err error) {
	if id == "" {
		return "", name, "", nil
	}
	a, err := m.st.AssetByID(ctx, m.by, id)
	if school.KindOf(err) == school.NotFound {
		return "", name, "", nil
	}
	return a.ModelName(), a.Number, a.Serial, err
}

// fill adds to what every paper of a contract says what this one is about.
func (m paperMaker) fill(ctx context.Context, l web.Lang, x store.ContractPage, w paperWish, all map[string]string) (err error) {
	t := func(key string, args ...any) string { return web.T(l, key, args...) }
	switch w.Kind {
	case school.HandoverPaper:
		all["date"] = l.Date(x.Issued)
	case school.ReturnPaper:
		all["date"] = l.Date(x.Returned)
	case school.AddendumPaper:
		for _, c := range x.Changes {
			if c.ID != w.Subject {
				continue
			}
			all["date"], all["swap.reason"] = l.Date(c.At), t("swap.reason."+string(c.Reason))
			if all["old.model"], all["old.number"], all["old.serial"], err = m.thing(ctx, c.OldAsset, c.OldName); err != nil {
				return err
			}
			all["device.model"], all["device.number"], all["device.serial"], err = m.thing(ctx, c.NewAsset, c.NewName)
		}
	case school.DamagePaper:
		for _, d := range x.Damages {
			if string(d.ID) == w.Subject {
				err = m.damaged(ctx, l, d, all)
			}
		}
	case school.DunningLetter:
		step := 1
		switch _, told, _ := m.authority.Policy.Lending.Remind.Mark(x.Contract, m.now.In(web.Berlin)); told {
		case school.RemindSchool:
			step = 2
		case school.RemindAuthority:
			step = 3
		}
		all["reminder.step"], all["reminder.missing"] = l.Number(int64(step)), openParts(l, x.Parts)
		due := x.Due
		if due.IsZero() || !x.Returned.IsZero() && x.Returned.Before(due) { // what lacks was due when the rest came back
			due = x.Returned
		}
		if all["reminder.due"] = l.Date(due); x.State == school.ContractIssued {
			all["reminder.missing"] = strings.TrimSuffix(x.AssetName+", "+x.AssetModel, ", ")
		}
	case school.ClassReceipt:
		all["date"], all["class.name"], all["holder.name"] = l.Date(x.Issued), x.AssetName, x.PersonName
	}
	return err
}

// damaged says what happened to a thing.
func (m paperMaker) damaged(ctx context.Context, l web.Lang, d store.DamageRow, all map[string]string) (err error) {
	all["damage.when"], all["damage.cause"] = l.Date(d.Reported), web.T(l, "damage.cause."+string(d.Cause))
	all["damage.what"] = strings.TrimSuffix(strings.TrimSuffix(web.T(l, "damage.what."+string(d.What))+" "+d.Part, " ")+": "+d.Note, ": ")
	if all["damage.until"] = web.T(l, "loanpaper.damage.until"); !d.Limit.IsZero() {
		all["damage.until"] = l.Date(d.Limit)
	}
	all["device.model"], all["device.number"], all["device.serial"], err = m.thing(ctx, d.Asset, d.AssetName)
	return err
}

// marks are what was damaged before somebody got a thing and was never repaired. What others told of it stays out: it may name them.
func (m paperMaker) marks(ctx context.Context, l web.Lang, x store.ContractPage) (rows [][]string, err error) {
	if x.Asset == "" {
		return nil, nil
	}
	before := x.Issued
	if before.IsZero() {
		before = m.now
	}
	f := store.DamageFilter{Asset: x.Asset, All: true, Limit: store.MaxPage}
	for {
		page, err := m.st.Damages(ctx, m.by, f)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Rows {
			mended := d.State == school.DamageRepair || d.Cost > 0
			if !mended && !d.Reported.After(before) {
				rows = append(rows, []string{web.T(l, "damage.what."+string(d.What)), web.T(l, "loanpaper.marked", l.Date(d.Reported))})
			}
		}
		if f.After = page.Next; f.After == "" {
			slices.Reverse(rows) // the oldest first
			return rows, nil
		}
	}
}

// inCase lists what lies in a case that is lent as a whole.
func (m paperMaker) inCase(ctx context.Context, l web.Lang, x store.ContractPage) (out document.Table, err error) {
	t := func(key string) string { return web.T(l, key) }
	out = document.Table{Head: []string{t("document.devices.number"), t("document.devices.serial"), t("document.devices.model"), t("document.devices.note")}, Shares: []float64{2, 2, 3, 2}, None: t("loanpaper.case.empty")}
	units, err := m.st.InCase(ctx, m.by, x.Place)
	for _, c := range units {
		note := ""
		if c.Out {
			note = t("loanpaper.case.out")
		}
		out.Rows = append(out.Rows, []string{c.Number, c.Serial, c.Model, note})
	}
	return out, err
}

// loose is a paper that belongs to no contract: it is written when somebody takes it, and not kept.
func (m paperMaker) loose(ctx context.Context, kind school.DocumentKind, at string, values map[string]string) (document.Paper, error) {
	const l = web.German
	p := document.Paper{Lang: l, Facts: document.Facts{Kind: kind, Made: m.now, Issuer: strings.Trim(m.authority.Name+" · "+at, " ·"), Values: map[string]string{}, Tables: map[string]document.Table{}}}
	all := map[string]string{"authority.name": m.authority.Name, "authority.contact": m.authority.Contact, "authority.officer": m.authority.Policy.Privacy.Officer, "school.name": at, "date": l.Date(m.now)}
	for _, place := range kind.Places() {
		if p.Facts.Values[place] = values[place]; p.Facts.Values[place] == "" {
			p.Facts.Values[place] = all[place]
		}
	}
	body, err := m.st.WordingNow(ctx, m.by, kind)
	if err == nil && body == "" {
		body = document.Wording(kind, l)
	}
	if err == nil {
		p.Wording, err = kind.Read(body)
	}
	return p, err
}

// notice is what is told about data of people with a contract (Art. 13 GDPR).
func (m paperMaker) notice(ctx context.Context, at string) ([]byte, error) {
	const l = web.German
	p, err := m.loose(ctx, school.PrivacyNotice, at, nil)
	if err != nil {
		return nil, err
	}
	p.Facts.Tables["table.retention"] = document.Table{Head: []string{web.T(l, "document.retention.what"), web.T(l, "retention.days")}, Shares: []float64{3, 1}, Rows: sheet.RetentionRows(l, m.authority.Policy.Privacy.Retention)}
	return document.PDF(p)
}

func sendNotice(w http.ResponseWriter, b []byte, err error) error {
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", strings.ToLower(fileName(document.Title(school.PrivacyNotice, web.German)))+".pdf", b)
}

// noticePDF is the notice for whoever hands out.
func (u *UI) noticePDF(w http.ResponseWriter, r *http.Request, v view) error {
	name := ""
	if id := school.SchoolID(r.URL.Query().Get("school")); id != "" {
		s, err := u.st.School(r.Context(), v.by, id)
		if err != nil {
			return err
		}
		name = s.Name
	}
	b, err := u.paperMaker(v).notice(r.Context(), name)
	return sendNotice(w, b, err)
}

// noticeByLink is the notice for whoever signs by a link.
func (u *UI) noticeByLink(w http.ResponseWriter, r *http.Request) error {
	d, x, err := u.linkedPaper(r)
	if err != nil {
		return err
	}
	by := school.System("signature by link", d.Authority)
	a, err := u.st.Authority(r.Context(), by)
	if err != nil {
		return err
	}
	b, err := paperMaker{u.st, by, a, u.st.Now()}.notice(r.Context(), x.Facts.Values["school.name"])
	return sendNotice(w, b, err)
}

// damagePDF is the record of a damage of a thing nobody had.
func (u *UI) damagePDF(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.damageOf(r, v)
	if err != nil {
		return err
	}
	m, values := u.paperMaker(v), map[string]string{}
	if err := m.damaged(r.Context(), web.German, d, values); err != nil {
		return err
	}
	p, err := m.loose(r.Context(), school.DamagePaper, d.SchoolName, values)
	if err != nil {
		return err
	}
	p.Facts.Signers = []document.Signer{{Label: web.T(web.German, "document.signer.reporter")}, {Label: web.T(web.German, "document.signer.lender"), Name: v.authority.Name}}
	return sendPapers(w, document.Title(school.DamagePaper, web.German), p)
}

// receiptPDF is what a class got, for its teacher to sign (Sammelquittung).
func (u *UI) receiptPDF(w http.ResponseWriter, r *http.Request, v view) error {
	const l = web.German
	t, err := u.classTurn(r, v)
	if err != nil {
		return err
	}
	if err := u.st.NamesExported(r.Context(), v.by, "contracts", t.desk.School); err != nil {
		return err
	}
	class, err := u.st.DeskClassName(r.Context(), v.by, t.desk)
	if err != nil {
		return err
	}
	at, err := t.schoolName()
	if err != nil {
		return err
	}
	list := document.Table{Head: []string{web.T(l, "lend.person"), web.T(l, "desk.receipt.device"), web.T(l, "desk.receipt.contract"), web.T(l, "desk.receipt.when")}, Shares: []float64{3, 2, 2, 1.5}, None: web.T(l, "desk.receipt.nothing")}
	for _, x := range t.class {
		if x.State.Out() {
			list.Rows = append(list.Rows, []string{x.Name, x.Device, x.Number, l.Date(x.Issued)})
		}
	}
	p, err := u.paperMaker(v).loose(r.Context(), school.ClassReceipt, at, map[string]string{"class.name": web.ClassName(l, class), "devices.count": l.Number(int64(len(list.Rows)))})
	if err != nil {
		return err
	}
	p.Facts.Tables["table.devices"] = list
	p.Facts.Signers = []document.Signer{{Label: web.T(l, "loanpaper.signer.teacher")}, {Label: web.T(l, "document.signer.lender"), Name: v.authority.Name}}
	return sendPapers(w, document.Title(school.ClassReceipt, l)+" "+class, p)
}

// erasurePDF proves that a device was erased (Löschnachweis): when it was ordered, and that the device said it would.
func (u *UI) erasurePDF(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	o, erased, err := u.st.LastErased(r.Context(), v.by, d.ID)
	switch {
	case err != nil:
		return err
	case !erased:
		return web.ErrNotFound
	}
	const l = web.German
	p, err := u.paperMaker(v).loose(r.Context(), school.ErasureProof, d.SchoolName, map[string]string{"device.model": d.Model, "device.number": d.Number, "device.serial": d.Serial,
		"erase.ordered": l.DateTime(o.Created), "erase.confirmed": l.DateTime(o.Finished), "erase.command": o.UUID})
	if err != nil {
		return err
	}
	return sendPapers(w, document.Title(school.ErasureProof, l)+" "+d.Serial, p)
}

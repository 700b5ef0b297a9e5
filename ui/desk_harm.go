package ui

import (
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// A damage at the desk: of what lies there, of what is swapped, or of what was just booked. A digit says what is damaged, the
// field takes how it came to be, a camera its pictures; Enter books it, and what waited to be taken back with it.

// deskHarm is a damage that is being told of.
type deskHarm struct {
	Title  string
	Key    string // takes a picture
	Photos bool   // the page asks for pictures
	Hint   string // of the pictures
	Send   string // address of a form with pictures
}

// harmable is what a damage can be told of now, and under which contract it has just come back; empty: nothing.
func (t *deskTurn) harmable() (code string, contract school.ContractID) {
	table := t.desk.Table
	switch {
	case table.Case != "" || len(table.Choice) > 0:
		return "", ""
	case table.Old != "": // whatever lies there instead
		return table.Old, ""
	case table.Code != "":
		return table.Code, ""
	}
	switch b := table.Undoable(t.v.now); {
	case b == nil:
		return "", ""
	case b.Act == school.DeskIssued:
		return b.Code, ""
	case b.Act == school.DeskReturned || b.Act == school.DeskPiled:
		return b.Code, b.Contract
	}
	return "", ""
}

// tell begins with a damage.
func (t *deskTurn) tell() error {
	code, contract := t.harmable()
	if code == "" {
		t.say(school.Yellow, "attention", "desk.said.harm.nothing")
		return nil
	}
	t.desk.Table.Harm = &school.DeskHarm{Code: code, Contract: contract}
	t.askHarm("next")
	return nil
}

// askHarm says what is to be told next.
func (t *deskTurn) askHarm(sound string) {
	h := t.desk.Table.Harm
	switch {
	case h.What == "":
		t.say(school.Yellow, sound, "desk.said.harm.what", h.Code)
	case h.Asks():
		t.say(school.Yellow, sound, "desk.said.harm.part", h.Code)
	default:
		t.say(school.Yellow, sound, "desk.said.harm.note")
	}
}

// harmParts is what was handed out with a damaged thing.
func (t *deskTurn) harmParts() (out []school.ContractPart, err error) {
	h := t.desk.Table.Harm
	if h.Contract != "" {
		out, err = t.u.st.DeskSet(t.ctx, t.v.by, t.desk.School, "", h.Contract)
	} else {
		a, wrong := t.mean(h.Code, true)
		if err = wrong; err == nil && a.Thing != nil {
			out = a.Thing.Parts
		}
	}
	return slices.DeleteFunc(out, func(p school.ContractPart) bool { return p.N == 1 || p.N > 10 }), err
}

// tellMore takes an input while a damage is told of.
func (t *deskTurn) tellMore(do, typed string) error {
	h := t.desk.Table.Harm
	switch {
	case do == "drop":
		t.desk.Table.Harm = nil
		t.say(school.Green, "next", "desk.said.harm.dropped")
		return t.layAgain()
	case do == "damage":
		t.askHarm("next")
		return nil
	case do != "":
		t.say(school.Yellow, "attention", "desk.said.harm.first")
		return nil
	case h.What == "" || h.Asks():
		if len(typed) != 1 || typed[0] < '0' || typed[0] > '9' {
			t.askHarm("attention")
			return nil
		}
		return t.harmDigit(int(typed[0] - '0'))
	}
	if typed != "" { // the next thing, before this was ended
		a, err := t.mean(typed, true)
		if err != nil {
			return err
		}
		if a.Thing != nil || a.Person != nil || a.Case != "" {
			t.say(school.Yellow, "attention", "desk.said.harm.first")
			return nil
		}
	}
	return t.bookHarm(typed)
}

// harmDigit says what is damaged; the tenth kind has the key 0.
func (t *deskTurn) harmDigit(n int) error {
	h := *t.desk.Table.Harm
	parts, err := t.harmParts()
	switch {
	case err != nil:
		return err
	case h.What == "":
		h.What = school.DamageKinds[(n+9)%10]
		if len(parts) == 0 {
			h.Part = 1
		}
	case !slices.ContainsFunc(parts, func(p school.ContractPart) bool { return p.N == n+1 }):
		t.say(school.Red, "stop", "desk.said.nokey", n)
		return nil
	default:
		h.Part = n + 1
	}
	t.desk.Table.Harm = &h
	t.askHarm("next")
	return nil
}

// bookHarm books a damage. What lay there to be taken back is taken back with it.
func (t *deskTurn) bookHarm(note string) error {
	table := &t.desk.Table
	h := *table.Harm
	a, err := t.mean(h.Code, true)
	if err != nil {
		return err
	}
	if a.Thing == nil {
		table.Harm = nil
		t.remark(a)
		return nil
	}
	id := t.name() + "-harm"
	if _, err := t.u.st.Book(t.ctx, t.v.by, store.Booking{ID: id, Harm: &store.Harm{Asset: a.Thing.ID, What: h.What, Part: h.Part, Note: note, Contract: h.Contract, Pictures: t.photos}}); err != nil {
		if err = t.refused(err); err == nil {
			t.answer.Lines = append(t.answer.Lines, web.T(t.v.lang, "desk.said.harm.note"))
		}
		return err
	}
	table.Harm = nil
	table.Booked = append([]school.DeskBooked{{ID: id, Act: school.DeskDamaged, Person: a.Thing.Holder, Code: h.Code, At: t.v.now}}, table.Booked...)
	if table.Code == h.Code && t.back() && !t.swapping() && a.Light != school.Red {
		part := max(h.Part, 1)
		on := func(n int) bool { return n == part }
		table.Missing, table.Damaged = slices.DeleteFunc(slices.Clone(table.Missing), on), append(slices.DeleteFunc(slices.Clone(table.Damaged), on), part)
		t.told = t.harmTold(h)
		return t.book(a)
	}
	if table.Old != "" && table.Reason == "" {
		table.Reason = school.SwapDamage
	}
	t.say(school.Green, "ok", "desk.said.harm.done", h.Code)
	t.answer.Word = web.T(t.v.lang, "desk.light.ok")
	t.answer.Lines = append(t.answer.Lines, t.harmTold(h))
	if table.Old != "" && table.Code == "" {
		t.answer.Lines = append(t.answer.Lines, web.T(t.v.lang, "desk.said.swap.next"))
	}
	said := t.answer
	err = t.layAgain()
	t.answer = said
	return err
}

// harmTold is what of a damage was taken down.
func (t *deskTurn) harmTold(h school.DeskHarm) string {
	return web.T(t.v.lang, "desk.said.harm.told", web.T(t.v.lang, "damage.what."+string(h.What)), len(t.photos))
}

// layAgain says anew what lies on the table means.
func (t *deskTurn) layAgain() (err error) {
	code := t.desk.Table.Code
	if code == "" {
		return nil
	}
	if t.swapping() {
		t.scan, err = t.meanNew(code)
	} else {
		t.scan, err = t.mean(code, t.back())
	}
	return err
}

// harmBlock shows what is told so far, and asks for the rest.
func (t *deskTurn) harmBlock(f *web.Frame) (b *deskHarm, choices []deskKey, err error) {
	h := t.desk.Table.Harm
	if h == nil {
		return nil, nil, nil
	}
	b = &deskHarm{Title: f.T("desk.harm.title", h.Code)}
	switch {
	case h.What == "":
		for i, k := range school.DamageKinds {
			choices = append(choices, deskKey{Key: strconv.Itoa((i + 1) % 10), Text: f.T("damage.what." + string(k))})
		}
		return b, choices, nil
	case h.Asks():
		parts, err := t.harmParts()
		for _, p := range parts {
			choices = append(choices, deskKey{Key: strconv.Itoa(p.N - 1), Text: p.Name})
		}
		return b, choices, err
	}
	b.Title += " · " + f.T("damage.what."+string(h.What))
	b.Key, b.Photos, b.Hint, b.Send = "F9", true, f.T("desk.harm.photos.hint", store.MostPictures), deskAddress(t.desk.ID)+"/damage"
	return b, nil, nil
}

// deskPhotos is how much a damage with pictures may send.
const deskPhotos = 4 * pictureLimit

// deskDamage takes a damage with its pictures. Nothing of them is written to a disk on the way.
func (u *UI) deskDamage(w http.ResponseWriter, r *http.Request, v view) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return u.deskInput(w, r, v)
	}
	if err := r.ParseMultipartForm(deskPhotos); err != nil {
		return err
	}
	return u.deskInput(w, r, v)
}

// photosOf reads the pictures of a form; a field nothing was chosen in is none.
func photosOf(form *multipart.Form) (out [][]byte, err error) {
	if form == nil {
		return nil, nil
	}
	for _, x := range form.File["photo"] {
		if x.Size == 0 {
			continue
		}
		f, err := x.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

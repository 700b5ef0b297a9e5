package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// deskTurn is one input at a desk, from what lies on the table to what it came to. Green books at once where a class or a
// pile goes by and waits for Enter elsewhere; yellow waits for Enter; red books nothing.
type deskTurn struct {
	u      *UI
	ctx    context.Context
	v      view
	desk   school.DeskSession
	class  []school.DeskPupil
	beside []school.DeskSession
	scan   *store.DeskAnswer // what the thing on the table means
	booked *store.DeskAnswer // what was just booked
	answer *deskAnswer
	sound  string
	photos [][]byte // that came with the input
	told   string   // of a damage that was taken down with what was booked
}

func (u *UI) deskTurn(ctx context.Context, v view, desk school.DeskSession) (*deskTurn, error) {
	t := &deskTurn{u: u, ctx: ctx, v: v, desk: desk}
	return t, t.load()
}

// classTurn is the desk of an address that hands out to a class.
func (u *UI) classTurn(r *http.Request, v view) (*deskTurn, error) {
	desk, err := u.st.DeskByID(r.Context(), v.by, school.DeskID(routeVar(r, "desk")))
	if err == nil && desk.Mode != school.DeskClass {
		err = web.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return u.deskTurn(r.Context(), v, desk)
}

// load reads what others may have changed: the class, and the desks beside this one.
func (t *deskTurn) load() (err error) {
	if t.beside, err = t.u.st.DesksBeside(t.ctx, t.desk); err != nil || t.desk.Mode != school.DeskClass {
		return err
	}
	t.class, err = t.u.st.DeskClassOf(t.ctx, t.v.by, t.desk)
	return err
}

func (t *deskTurn) elsewhere() (out []school.PersonID) {
	for _, d := range t.beside {
		if d.Table.Person != "" {
			out = append(out, d.Table.Person)
		}
	}
	return out
}

// at is who of the class is at the desk; -1: nobody, or there is no class.
func (t *deskTurn) at() int {
	if len(t.class) == 0 {
		return -1
	}
	return t.desk.At(t.class, t.elsewhere())
}

func (t *deskTurn) person() school.PersonID {
	if i := t.at(); i >= 0 {
		return t.class[i].ID
	}
	return t.desk.Table.Person
}

func (t *deskTurn) back() bool {
	return t.desk.Table.Back || t.desk.Mode == school.DeskBack || t.desk.Mode == school.DeskPile
}

// say answers with a sentence of the desk.
func (t *deskTurn) say(light school.Light, sound, key string, args ...any) {
	t.answer, t.sound = &deskAnswer{Light: light, Text: web.T(t.v.lang, key, args...)}, sound
}

// remark answers with what stands against it.
func (t *deskTurn) remark(a *store.DeskAnswer) {
	t.answer = &deskAnswer{Light: a.Light}
	t.sound = map[school.Light]string{school.Green: "next", school.Yellow: "attention", school.Red: "stop"}[a.Light]
	for _, r := range a.Remarks {
		if r.Light == a.Light || a.Light == school.Yellow {
			t.answer.add(t.v.deskRemark(r))
		}
	}
}

// refused answers with what the store refused; another error is passed on.
func (t *deskTurn) refused(err error) error {
	e, ok := errors.AsType[*school.Error](err)
	if !ok || e.Kind != school.Conflict && e.Kind != school.Invalid {
		return err
	}
	t.answer, t.sound = &deskAnswer{Light: school.Red, Text: web.RuleText(t.v.lang, e)}, "stop"
	return nil
}

// take takes one input: the name of a key, or what was typed.
func (t *deskTurn) take(do, typed string) error {
	typed = strings.TrimSpace(typed)
	switch {
	case t.desk.Table.Harm != nil:
		return t.tellMore(do, typed)
	case do == "damage":
		return t.tell()
	case do == "swap":
		return t.beginSwap()
	case do == "skip":
		return t.skip()
	case do == "back":
		return t.turnBack()
	case do == "sign":
		return t.sign()
	case do == "undo":
		return t.undo()
	case do == "drop":
		t.desk.Table = t.desk.Table.Clear()
		t.say(school.Green, "next", "desk.said.dropped")
		return nil
	case typed == "":
		return t.pass()
	case len(typed) == 1 && typed[0] >= '0' && typed[0] <= '9':
		return t.digit(int(typed[0] - '0'))
	}
	if isName(typed) {
		if found, err := t.find(typed); err != nil || found {
			return err
		}
	}
	return t.read(typed)
}

// isName reports whether a text can be the beginning of a name: letters, no digit.
func isName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			return false
		case unicode.IsLetter(r):
			letters++
		}
	}
	return letters >= 2
}

func nameWords(s string) []string {
	return strings.FieldsFunc(school.Fold(s), func(r rune) bool { return r == ' ' || r == ',' || r == '-' })
}

// find calls somebody by the beginning of the name: in a class one of the class, elsewhere one of the school.
func (t *deskTurn) find(typed string) (bool, error) {
	var found []store.DeskPerson
	if t.desk.Mode == school.DeskClass {
		words := nameWords(typed)
		for _, p := range t.class {
			parts := nameWords(p.Name)
			begins := func(w string) bool {
				return slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, w) })
			}
			if !slices.ContainsFunc(words, func(w string) bool { return !begins(w) }) {
				found = append(found, store.DeskPerson{ID: p.ID, Name: p.Name})
			}
		}
	} else {
		people, err := t.u.st.FindAtDesk(t.ctx, t.v.by, typed)
		if err != nil {
			return false, err
		}
		found = slices.DeleteFunc(people, func(p store.DeskPerson) bool { return p.School != t.desk.School })
	}
	switch {
	case len(found) == 0:
		return false, nil
	case len(found) == 1:
		return true, t.call(found[0].ID)
	}
	t.desk.Table.Choice = nil
	for _, p := range found[:min(len(found), 9)] {
		t.desk.Table.Choice = append(t.desk.Table.Choice, p.ID)
	}
	t.say(school.Yellow, "attention", "desk.said.several", typed)
	return true, nil
}

// call puts somebody before the desk. What lies on the table stays there.
func (t *deskTurn) call(id school.PersonID) error {
	t.desk.Table.Choice = nil
	if t.desk.Mode == school.DeskClass {
		i := slices.IndexFunc(t.class, func(p school.DeskPupil) bool { return p.ID == id })
		if i < 0 {
			t.say(school.Red, "stop", "desk.said.notinclass")
			return nil
		}
		for _, d := range t.beside {
			if d.Table.Person == id {
				t.say(school.Red, "stop", "desk.said.elsewhere", t.class[i].Name, d.Number)
				return nil
			}
		}
		t.desk.Table.Skipped = slices.DeleteFunc(slices.Clone(t.desk.Table.Skipped), func(p school.PersonID) bool { return p == id })
	}
	t.desk.Table.Person = id
	if t.desk.Table.Code != "" && !t.back() {
		return t.read(t.desk.Table.Code)
	}
	t.say(school.Green, "next", "desk.said.called")
	return nil
}

// mean asks what a code means here and now.
func (t *deskTurn) mean(code string, back bool) (*store.DeskAnswer, error) {
	act, person := store.DeskIssue, t.person()
	if back {
		act, person = store.DeskReturn, ""
	}
	a, err := t.u.st.ScanAtDesk(t.ctx, t.v.by, store.DeskScan{Text: code, Act: act, School: t.desk.School, Person: person})
	return &a, err
}

// read takes a code: of a thing, a case, a person's card or a paper.
func (t *deskTurn) read(code string) error {
	if t.swapping() {
		return t.swap(code)
	}
	a, err := t.mean(code, t.back())
	switch {
	case err != nil:
		return err
	case a.Thing != nil && t.desk.Table.Case != "":
		return t.count(a)
	case a.Thing != nil && t.stuttered(a):
		return nil
	case a.Thing != nil:
		return t.lay(a)
	case a.Case != "":
		return t.lendCase(a)
	case a.Person != nil && a.Light != school.Red:
		return t.call(a.Person.ID)
	}
	t.remark(a)
	return nil
}

// stuttered says of a thing that was just booked here that it was. A scanner that reads twice changes nothing.
func (t *deskTurn) stuttered(a *store.DeskAnswer) bool {
	booked := t.desk.Table.Undoable(t.v.now)
	if booked == nil || booked.Code != a.Thing.Name || (booked.Act == school.DeskIssued) == t.back() || (a.Thing.Contract != "") == t.back() {
		return false
	}
	t.say(school.Green, "next", "desk.said.twice", booked.Code)
	return true
}

// lay puts a thing on the table, and books it where nothing stands against it and nobody has to look.
func (t *deskTurn) lay(a *store.DeskAnswer) error {
	table := &t.desk.Table
	if table.Code != a.Thing.Name {
		table.Missing, table.Damaged, table.Code = nil, nil, a.Thing.Name
	}
	t.scan = a
	if t.back() {
		table.Back = t.desk.Mode != school.DeskBack && t.desk.Mode != school.DeskPile
		switch {
		case a.Light == school.Red:
			table.Code = ""
			t.remark(a)
			return nil
		case t.desk.Mode == school.DeskPile:
			return t.book(a)
		}
		t.remark(a)
		return nil
	}
	if i := t.at(); i >= 0 && t.class[i].Done() {
		p := t.class[i]
		table.Code = ""
		t.say(school.Red, "stop", "desk.said.has", p.Name, p.Device)
		return nil
	}
	if t.person() == "" {
		if a.Light != school.Red && a.Person != nil { // it is meant for somebody
			table.Person = a.Person.ID
		} else if a.Light != school.Red {
			t.say(school.Yellow, "next", "desk.said.who", a.Thing.Name)
			return nil
		}
	}
	if a.Light == school.Green && t.desk.Mode == school.DeskClass {
		return t.book(a)
	}
	t.remark(a)
	return nil
}

// pass is Enter alone: what waits is booked, unless something stands against it by now.
func (t *deskTurn) pass() error {
	table := t.desk.Table
	if table.Code == "" {
		t.say(school.Green, "next", "desk.said.nothing")
		return nil
	}
	if t.swapping() {
		return t.bookSwap()
	}
	a, err := t.mean(table.Code, t.back())
	if err != nil {
		return err
	}
	t.scan = a
	if a.Light == school.Red || a.Thing == nil {
		t.remark(a)
		return nil
	}
	if !t.back() && t.person() == "" {
		t.say(school.Yellow, "attention", "desk.said.who", a.Thing.Name)
		return nil
	}
	return t.book(a)
}

// name is under which an input books: the same input twice is the same booking.
func (t *deskTurn) name() string { return fmt.Sprintf("%s-%d", t.desk.ID, t.desk.Turn) }

// book books what lies on the table.
func (t *deskTurn) book(a *store.DeskAnswer) error {
	b, done := store.Booking{ID: t.name()}, school.DeskBooked{ID: t.name(), Code: a.Thing.Name, At: t.v.now, Lacks: t.desk.Table.Missing}
	if t.back() {
		b.Return = &store.GivenBack{Asset: a.Thing.ID, Missing: t.desk.Table.Missing, Damaged: t.desk.Table.Damaged, Unchecked: t.desk.Mode == school.DeskPile}
		done.Act, done.Person = school.DeskReturned, a.Thing.Holder
		if b.Return.Unchecked {
			done.Act = school.DeskPiled
		}
	} else {
		b.Issue = &store.Handover{Person: t.person(), Asset: a.Thing.ID, Contract: under(a), Without: t.desk.Table.Missing}
		done.Act, done.Person = school.DeskIssued, t.person()
	}
	return t.keep(a, b, done)
}

// under is the contract a thing is handed out under: the one that waits for it, else the first that waits for its person, even
// where another thing was meant. Empty: a new one.
func under(a *store.DeskAnswer) school.ContractID {
	if a.Contract == "" && len(a.Waiting) > 0 {
		return a.Waiting[0].ID
	}
	return a.Contract
}

// keep carries out a booking and notes it. Somebody who was faster is told of, and nothing is booked.
func (t *deskTurn) keep(a *store.DeskAnswer, b store.Booking, done school.DeskBooked) error {
	x, err := t.u.st.Book(t.ctx, t.v.by, b)
	if err != nil {
		if err = t.refused(err); err == nil {
			err = t.load()
		}
		return err
	}
	done.Contract = x.Contract
	t.desk.Table = t.desk.Table.Book(done)
	t.scan, t.booked, t.sound = nil, a, "ok"
	if slices.ContainsFunc(a.Remarks, func(r school.Remark) bool { return r.Light == school.Yellow }) && done.Act == school.DeskPiled {
		t.sound = "attention"
	}
	return t.load()
}

// skip passes over who is at the desk; at the end of a class those come again who were passed over.
func (t *deskTurn) skip() error {
	i := t.at()
	if i < 0 {
		t.desk.Table.Skipped = nil
		t.say(school.Green, "next", "desk.said.again")
		return nil
	}
	t.desk.Table = t.desk.Table.Skip(t.class[i].ID)
	t.say(school.Green, "next", "desk.said.skipped", t.class[i].Name)
	return nil
}

// turnBack takes back, for once, what lies on the table or is scanned next; pressed again it hands out again.
func (t *deskTurn) turnBack() error {
	table := &t.desk.Table
	code := table.Code
	table.Back, table.Code, table.Missing, table.Damaged = !table.Back, "", nil, nil
	if table.Back && code != "" {
		a, err := t.mean(code, true)
		if err != nil {
			return err
		}
		if a.Thing != nil {
			return t.lay(a)
		}
	}
	if table.Back {
		t.say(school.Green, "next", "desk.said.back")
	} else {
		t.say(school.Green, "next", "desk.said.forth")
	}
	return nil
}

// waiting is the contract that waits for who is at the desk; empty: none.
func (t *deskTurn) waiting() school.ContractID {
	if t.scan != nil && t.scan.Contract != "" && (t.scan.Thing == nil || t.scan.Thing.Contract == "") {
		return t.scan.Contract
	}
	if i := t.at(); i >= 0 && !t.class[i].Done() {
		return t.class[i].Contract
	}
	return ""
}

// sign notes that the paper lies signed on the desk, and goes on with what waited for it.
func (t *deskTurn) sign() error {
	code := t.desk.Table.Code
	if code != "" && !t.back() {
		a, err := t.mean(code, false)
		if err != nil {
			return err
		}
		t.scan = a
	}
	id := t.waiting()
	if id == "" {
		t.say(school.Yellow, "attention", "desk.said.nopaper")
		return nil
	}
	if _, err := t.u.st.SignContract(t.ctx, t.v.by, id, school.ByPaper); err != nil {
		return t.refused(err)
	}
	if err := t.load(); err != nil {
		return err
	}
	if code != "" && !t.back() {
		a, err := t.mean(code, false)
		if err != nil || a.Thing == nil {
			return err
		}
		return t.lay(a)
	}
	t.say(school.Green, "next", "desk.said.signed")
	return nil
}

// undo takes back the latest booking of this desk.
func (t *deskTurn) undo() error {
	b := t.desk.Table.Undoable(t.v.now)
	if b == nil {
		t.say(school.Yellow, "attention", "desk.said.noundo")
		return nil
	}
	if _, err := t.u.st.Unbook(t.ctx, t.v.by, b.ID); err != nil {
		return t.refused(err)
	}
	code := b.Code
	t.desk.Table = t.desk.Table.Unbook()
	t.say(school.Green, "next", "desk.said.undone", code)
	return t.load()
}

// digit is a key of the set, or of a choice.
func (t *deskTurn) digit(n int) error {
	table := &t.desk.Table
	switch {
	case len(table.Choice) > 0:
		if n < 1 || n > len(table.Choice) {
			t.say(school.Red, "stop", "desk.said.nokey", n)
			return nil
		}
		return t.call(table.Choice[n-1])
	case table.Old != "" && table.Reason == "":
		if n < 1 || n > len(school.SwapReasons) {
			t.say(school.Red, "stop", "desk.said.nokey", n)
			return nil
		}
		table.Reason = school.SwapReasons[n-1]
		t.say(school.Green, "next", "desk.said.swap.next")
		return nil
	case table.Code != "":
		a, err := t.mean(table.Code, t.back())
		if err != nil {
			return err
		}
		t.scan = a
		parts, err := t.parts(a)
		if err != nil {
			return err
		}
		if n+1 > len(parts) || n == 0 && !t.back() {
			t.say(school.Red, "stop", "desk.said.nokey", n)
			return nil
		}
		on := *table
		on.Back = t.back()
		marked := on.Mark(n + 1)
		table.Missing, table.Damaged = marked.Missing, marked.Damaged
		t.remark(a)
		t.sound = "next"
		return nil
	}
	return t.lacks(n)
}

// lacks says of what was just handed out that a part of it was not there, or was after all.
func (t *deskTurn) lacks(n int) error {
	b := t.desk.Table.Undoable(t.v.now)
	if b == nil || b.Act != school.DeskIssued || n < 1 || t.desk.Mode != school.DeskClass {
		t.say(school.Red, "stop", "desk.said.nokey", n)
		return nil
	}
	parts, err := t.u.st.DeskSet(t.ctx, t.v.by, t.desk.School, "", b.Contract)
	if err != nil {
		return err
	}
	if n+1 > len(parts) {
		t.say(school.Red, "stop", "desk.said.nokey", n)
		return nil
	}
	was := *b
	lacks := school.OnTable{Missing: was.Lacks}.Mark(n + 1).Missing
	at := slices.IndexFunc(parts, func(p school.ContractPart) bool { return p.Asset != "" })
	if at < 0 {
		t.say(school.Red, "stop", "desk.said.nokey", n)
		return nil
	}
	if _, err := t.u.st.Unbook(t.ctx, t.v.by, was.ID); err != nil {
		return t.refused(err)
	}
	rest := t.desk.Table.Booked[1:]
	person := t.desk.Table.Person
	x, err := t.u.st.Book(t.ctx, t.v.by, store.Booking{ID: t.name(), Issue: &store.Handover{Person: was.Person, Asset: parts[at].Asset, Without: lacks}})
	if err != nil {
		t.desk.Table.Booked = rest
		return t.refused(err)
	}
	was.ID, was.Contract, was.Lacks = t.name(), x.Contract, lacks
	t.desk.Table.Booked = append([]school.DeskBooked{was}, rest...)
	t.desk.Table.Person = person
	t.sound = "next"
	return t.load()
}

// parts is the set that goes with what lies on the table.
func (t *deskTurn) parts(a *store.DeskAnswer) ([]school.ContractPart, error) {
	if a.Thing == nil || len(a.Thing.Parts) > 0 {
		if a.Thing == nil {
			return nil, nil
		}
		return a.Thing.Parts, nil
	}
	return t.u.st.DeskSet(t.ctx, t.v.by, t.desk.School, a.Thing.Kind, under(a))
}

// save keeps the table. In a class it says who is at the desk, so that no other desk calls the same.
func (t *deskTurn) save() error {
	for range 10 {
		if t.desk.Mode == school.DeskClass {
			t.desk.Table.Person = t.person()
		}
		err := t.u.st.SaveDesk(t.ctx, t.v.by, t.desk)
		e, ok := errors.AsType[*school.Error](err)
		if !ok || e.Code != "desk_elsewhere" {
			if err == nil {
				t.desk.Turn++
			}
			return err
		}
		t.desk.Table.Person = ""
		if err := t.load(); err != nil {
			return err
		}
	}
	return school.Clash("desk_turn")
}

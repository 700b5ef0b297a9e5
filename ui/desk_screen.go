package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// deskPage is the page "desk": one field, and what the server says to what is scanned into it. The block "desk" is all that
// an input changes; its part "others" is what other desks change.
type deskPage struct {
	web.Frame
	Number    int
	Room      string
	Ask       string
	Address   string // of the desk
	Action    string // where its form goes
	Multipart bool
	Idle      int64 // milliseconds until the screen is empty
	Actions   []web.Action
	Shell     bool // of a desk that opens without a network
	Empty     web.Empty
	Worker    string // addresses of what is needed to go on without a network
	Pack      string
	Actor     string // whose scans this page sends
	Kept      int64  // for how many milliseconds the server knows what they were signed with
	Block     *deskBlock
}

type deskBlock struct {
	Turn    int64
	Sound   string
	Said    string
	Now     *deskNow
	Answer  *deskAnswer
	Choices []deskKey
	Set     *deskSet
	Harm    *deskHarm
	Rest    string // instead of all else: nobody was here
	Next    *deskNow
	Keys    []deskKey
	Others  *deskOthers
	Table   string // what lies on the desk, for its script
}

// deskNow is who is at the desk, or comes next.
type deskNow struct {
	Word string
	N    int
	Name string
	Text string
}

// deskAnswer is what an input came to: green, yellow or red, a word, a sentence and what is to be known.
type deskAnswer struct {
	Light school.Light
	Word  string
	Text  string
	Lines []string
}

// Icon says the light once more, for those who do not see colours.
func (a *deskAnswer) Icon() string {
	return map[school.Light]string{school.Green: "success", school.Yellow: "warning", school.Red: "danger"}[a.Light]
}

func (a *deskAnswer) add(text string) {
	if a.Text == "" {
		a.Text = text
	} else {
		a.Lines = append(a.Lines, text)
	}
}

// deskKey is a key and what it does.
type deskKey struct{ Key, Do, Text, More string }

type deskSet struct {
	Text, Hint string
	Parts      []deskPart
}

type deskPart struct {
	Key, Name, State string
	Kind             string // ok, missing, damaged
}

type deskOthers struct {
	Count  string
	Total  *web.Progress
	Recent []deskLine
	Open   []deskNow
}

type deskLine struct {
	N            int
	Name, Device string
	At           time.Time
	Where        string
	Mine         bool
}

func deskAddress(id school.DeskID) string { return deskPath + "/" + url.PathEscape(string(id)) }

// deskPage shows a desk as it is.
func (u *UI) deskPage(w http.ResponseWriter, r *http.Request, v view) error {
	desk, err := u.st.DeskByID(r.Context(), v.by, school.DeskID(routeVar(r, "desk")))
	if err != nil {
		return err
	}
	t, err := u.deskTurn(r.Context(), v, desk)
	if err != nil {
		return err
	}
	if desk.Mode == school.DeskClass && desk.Table.Person == "" && t.at() >= 0 && r.URL.Query().Get("part") == "" {
		if err := t.save(); err != nil && school.KindOf(err) != school.Conflict { // from here on no other desk calls the same
			return err
		}
	}
	switch {
	case t.desk.Table.Harm != nil:
		t.askHarm("")
	case t.desk.Table.Code != "":
		if err := t.layAgain(); err != nil {
			return err
		}
		t.remark(t.scan)
		t.sound = ""
	}
	return u.showDesk(w, r, t)
}

// deskInput takes one input. One that belongs to a table of before changes nothing: the table is shown as it is now.
func (u *UI) deskInput(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	photos, err := photosOf(r.MultipartForm)
	if err != nil {
		return err
	}
	desk, err := u.st.DeskByID(r.Context(), v.by, school.DeskID(routeVar(r, "desk")))
	if err != nil {
		return err
	}
	if turn, err := strconv.ParseInt(r.PostForm.Get("turn"), 10, 64); err != nil || turn != desk.Turn {
		return u.deskPage(w, r, v)
	}
	typed := r.PostForm.Get("scan")
	if key := r.PostForm.Get("key"); key != "" {
		typed = key
	}
	if r.PostForm.Get("rest") != "" && r.PostForm.Get("do") == "" && typed == "" { // Enter alone brings back what nobody sees now
		return u.deskPage(w, r, v)
	}
	t, err := u.deskTurn(r.Context(), v, desk)
	if err != nil {
		return err
	}
	t.photos = photos
	if err := t.take(r.PostForm.Get("do"), typed); err != nil {
		return err
	}
	if err := t.save(); err != nil {
		if school.KindOf(err) == school.Conflict { // another browser at the same desk was faster
			return u.deskPage(w, r, v)
		}
		return err
	}
	return u.showDesk(w, r, t)
}

func (u *UI) closeDesk(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.CloseDesk(r.Context(), v.by, school.DeskID(routeVar(r, "desk"))); err != nil {
		return err
	}
	return u.done(w, r, deskPath, "done.desk.closed", "")
}

// showDesk draws a desk.
func (u *UI) showDesk(w http.ResponseWriter, r *http.Request, t *deskTurn) error {
	title, class, err := t.title()
	if err != nil {
		return err
	}
	p := &deskPage{Frame: u.frame(r, title), Number: t.desk.Number, Address: deskAddress(t.desk.ID), Idle: t.v.authority.Policy.Lending.DeskRest().Milliseconds()}
	p.Action = p.Address
	p.Ask, p.Manifest, p.Worker = p.T("desk.ask."+string(t.desk.Mode)), manifestPath, workerPath+"?in="+p.Lang.String()
	p.Actor, p.Kept = t.v.by.ID(), school.OfflineKept.Milliseconds()
	if awayMode(t.desk.Mode) {
		p.Pack = p.Address + "/pack"
	}
	if class {
		p.Actions = append(p.Actions, web.Action{Text: p.T("desk.receipt"), Href: p.Address + "/receipt"})
	}
	if r.URL.Query().Get("part") == "" {
		asked, err := u.questionsLink(r, t.v)
		if err != nil {
			return err
		}
		if asked != nil {
			p.Actions = append(p.Actions, *asked)
		}
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("desk.close"), Href: p.Address + "/close", Post: true})
	if r.Method == http.MethodGet && r.URL.Query().Get("rest") != "" {
		p.Block = &deskBlock{Turn: t.desk.Turn, Rest: p.T("desk.rest.enter")}
		return u.site.Render(w, r, http.StatusOK, "desk", p)
	}
	p.Refresh = &web.Refresh{Seconds: int(p.Idle / 1000), Href: p.Address + "?rest=1"}
	if p.Block, err = t.block(&p.Frame); err != nil {
		return err
	}
	if p.Block.Harm != nil && p.Block.Harm.Photos {
		p.Action, p.Multipart = p.Block.Harm.Send, true
	}
	return u.site.Render(w, r, http.StatusOK, "desk", p)
}

// schoolName is where the desk stands.
func (t *deskTurn) schoolName() (string, error) {
	schools, err := t.u.st.DeskSchools(t.ctx, t.v.by)
	for _, s := range schools {
		if s.ID == t.desk.School {
			return s.Name, err
		}
	}
	return "", err
}

// title names what the desk is for, and where.
func (t *deskTurn) title() (title string, class bool, err error) {
	at, err := t.schoolName()
	if err != nil {
		return "", false, err
	}
	if t.desk.Mode != school.DeskClass {
		return web.T(t.v.lang, "desk.title."+string(t.desk.Mode), at), false, nil
	}
	name, err := t.u.st.DeskClassName(t.ctx, t.v.by, t.desk)
	return web.T(t.v.lang, "desk.title.class", web.ClassName(t.v.lang, name), at), true, err
}

// block is what lies on the desk, in words.
func (t *deskTurn) block(f *web.Frame) (*deskBlock, error) {
	b := &deskBlock{Turn: t.desk.Turn, Sound: t.sound, Answer: t.answer, Table: t.awayTable()}
	names, err := t.names()
	if err != nil {
		return nil, err
	}
	at := t.at()
	if b.Harm, b.Choices, err = t.harmBlock(f); err != nil {
		return nil, err
	}
	switch {
	case at >= 0:
		b.Now = pupilNow(f, t.class[at])
	case t.desk.Table.Person != "":
		b.Now = &deskNow{Name: names[t.desk.Table.Person].Name, Text: personText(f, names[t.desk.Table.Person])}
	case t.desk.Mode == school.DeskClass:
		b.Now = &deskNow{Name: f.T("desk.all"), Text: f.T("desk.all.text", len(t.desk.Table.Skipped))}
	}
	switch {
	case t.swapping() && t.desk.Table.Old != "":
		old, err := t.mean(t.desk.Table.Old, true)
		if err != nil {
			return nil, err
		}
		if b.Now = nil; old.Person != nil {
			b.Now = &deskNow{Word: f.T("desk.now.swap"), Name: old.Person.Name, Text: personText(f, *old.Person)}
		}
	case t.back() && t.scan != nil && t.scan.Person != nil:
		b.Now = &deskNow{Word: f.T("desk.now.back"), Name: t.scan.Person.Name, Text: personText(f, *t.scan.Person)}
	case t.back(): // whoever brings it is not known before the scan
		b.Now = nil
	case b.Now != nil:
		b.Now.Word = f.T("desk.now")
	}
	if at >= 0 {
		if i := t.desk.After(t.class, t.elsewhere(), at); i >= 0 && i != at {
			b.Next = &deskNow{N: t.class[i].N, Name: t.class[i].Name}
		}
	}
	if b.Answer == nil && len(t.desk.Table.Booked) > 0 && t.desk.Table.Code == "" {
		b.Answer = t.bookedText(f, names)
	}
	if b.Answer != nil && b.Answer.Word == "" {
		b.Answer.Word = f.T("desk.light." + string(b.Answer.Light))
	}
	if t.scan != nil && t.scan.Thing != nil && t.desk.Table.Code != "" && t.answer != nil && t.desk.Table.Harm == nil {
		t.waitingText(f, b.Answer)
	}
	for i, id := range t.desk.Table.Choice {
		b.Choices = append(b.Choices, deskKey{Key: strconv.Itoa(i + 1), Text: names[id].Name, More: names[id].Class})
	}
	if t.desk.Table.Old != "" && t.desk.Table.Reason == "" && b.Harm == nil {
		for i, why := range school.SwapReasons {
			b.Choices = append(b.Choices, deskKey{Key: strconv.Itoa(i + 1), Text: f.T("desk.swap." + string(why))})
		}
	}
	if b.Set, err = t.set(f); err != nil {
		return nil, err
	}
	b.Keys = t.keys(f, at)
	if b.Others, err = t.others(f, names); err != nil {
		return nil, err
	}
	if b.Answer != nil && t.sound != "" {
		b.Said = strings.Join(append([]string{b.Answer.Word, b.Answer.Text}, b.Answer.Lines...), " ")
		if b.Now != nil {
			b.Said += " " + b.Now.Word + ": " + b.Now.Name
		}
	}
	return b, nil
}

// names reads whom the desk has to name. A class is named by its list.
func (t *deskTurn) names() (map[school.PersonID]store.DeskPerson, error) {
	out := map[school.PersonID]store.DeskPerson{}
	for _, p := range t.class {
		out[p.ID] = store.DeskPerson{ID: p.ID, Name: p.Name}
	}
	var ask []school.PersonID
	add := func(id school.PersonID) {
		if _, known := out[id]; !known && id != "" && !slices.Contains(ask, id) {
			ask = append(ask, id)
		}
	}
	add(t.desk.Table.Person)
	for _, id := range t.desk.Table.Choice {
		add(id)
	}
	for _, b := range t.desk.Table.Booked {
		add(b.Person)
	}
	people, err := t.u.st.DeskPeople(t.ctx, t.v.by, ask)
	for _, p := range people {
		out[p.ID] = p
	}
	return out, err
}

func pupilNow(f *web.Frame, p school.DeskPupil) *deskNow {
	var text []string
	switch {
	case p.State == school.ContractRefused:
		text = append(text, f.T("desk.pupil.refused"))
	case p.State.Out():
		text = append(text, f.T("desk.pupil.has", p.Device))
	case !p.Signed.IsZero():
		text = append(text, f.T("desk.pupil.signed", f.Lang.Date(p.Signed)))
	case p.State == school.ContractPrepared:
		text = append(text, f.T("desk.pupil.unsigned"))
	}
	if p.Device != "" && !p.State.Out() {
		text = append(text, f.T("desk.pupil.planned", p.Device))
	}
	return &deskNow{N: p.N, Name: p.Name, Text: strings.Join(text, " · ")}
}

func personText(f *web.Frame, p store.DeskPerson) string {
	var text []string
	if p.Class != "" {
		text = append(text, web.ClassName(f.Lang, p.Class))
	}
	if len(p.Holds) > 0 {
		text = append(text, f.T("lend.has", strings.Join(p.Holds, ", ")))
	}
	return strings.Join(text, " · ")
}

// bookedText says what was booked last.
func (t *deskTurn) bookedText(f *web.Frame, names map[school.PersonID]store.DeskPerson) *deskAnswer {
	b := t.desk.Table.Booked[0]
	a := &deskAnswer{Light: school.Green, Word: f.T("desk.light.ok")}
	name := names[b.Person].Name
	if name == "" {
		a.Text = f.T("desk.booked."+string(b.Act), b.Code)
	} else {
		a.Text = f.T("desk.booked."+string(b.Act)+".to", b.Code, name)
	}
	if t.told != "" {
		a.Lines = append(a.Lines, t.told)
	}
	if t.booked == nil {
		return a
	}
	if line := t.facts(f, t.booked); line != "" {
		a.Lines = append(a.Lines, line)
	}
	for _, r := range t.booked.Remarks {
		if r.Light == school.Yellow {
			a.Lines = append(a.Lines, t.v.deskRemark(r))
		}
	}
	return a
}

// waitingText says of what lies on the table what it is, and what Enter does.
func (t *deskTurn) waitingText(f *web.Frame, a *deskAnswer) {
	thing := t.scan.Thing
	what := thing.Name
	if t.back() && !t.swapping() && t.scan.Person != nil {
		what = f.T("desk.wait.from", thing.Name, t.scan.Person.Name)
	}
	if a.Text == "" {
		a.Text = what
	} else if what != thing.Name {
		a.Lines = append([]string{what}, a.Lines...)
	}
	red := a.Light == school.Red || t.scan.Light == school.Red
	if line := t.facts(f, t.scan); line != "" && !red {
		a.Lines = append(a.Lines, line)
	}
	switch {
	case t.swapping() && !red:
		a.Lines = append(a.Lines, f.T("desk.wait.swap", thing.Name, t.desk.Table.Old))
	case t.swapping():
	case red:
		if thing.Contract != "" && !t.back() {
			a.Lines = append(a.Lines, f.T("desk.wait.red"))
		}
	case t.back():
		a.Lines = append(a.Lines, f.T("desk.wait.back"))
	case t.person() != "":
		a.Lines = append(a.Lines, f.T("desk.wait.issue", thing.Name))
	}
}

// facts are what is known of a device, with its age.
func (t *deskTurn) facts(f *web.Frame, a *store.DeskAnswer) string {
	d := a.Thing
	if d == nil || !d.Managed() {
		return ""
	}
	var text []string
	if d.Enrolled {
		text = append(text, f.T("desk.fact.enrolled"))
	}
	if d.School == t.desk.School {
		text = append(text, f.T("desk.fact.school"))
	}
	if d.Erased() && !d.LastReturn.IsZero() {
		text = append(text, f.T("desk.fact.erased", f.Lang.Date(d.EnrolledAt)))
	}
	if !d.LastSeen.IsZero() {
		text = append(text, f.T("desk.fact.seen", f.Lang.Ago(d.LastSeen, t.v.now)))
	}
	if d.Battery >= 0 && !d.BatteryAt.IsZero() {
		text = append(text, f.T("desk.fact.battery", d.Battery, f.Lang.Ago(d.BatteryAt, t.v.now)))
	}
	return strings.Join(text, " · ")
}

// set is what belongs to the thing on the table, or to what was just handed out.
func (t *deskTurn) set(f *web.Frame) (*deskSet, error) {
	table := t.desk.Table
	var parts []school.ContractPart
	var err error
	missing, damaged, back := table.Missing, table.Damaged, t.back()
	switch {
	case table.Harm != nil || t.swapping(): // digits mean something else
	case table.Code != "" && t.scan != nil && t.scan.Thing != nil && t.scan.Light != school.Red:
		parts, err = t.parts(t.scan)
	case table.Code == "" && !back && len(table.Choice) == 0 && t.desk.Mode == school.DeskClass && table.Undoable(t.v.now) != nil && table.Booked[0].Act == school.DeskIssued:
		missing, damaged = table.Booked[0].Lacks, nil
		parts, err = t.u.st.DeskSet(t.ctx, t.v.by, t.desk.School, "", table.Booked[0].Contract)
	}
	if err != nil || len(parts) == 0 || len(parts) == 1 && !back {
		return nil, err
	}
	s := &deskSet{}
	var names []string
	for _, p := range parts {
		name := p.Name
		if p.N == 1 {
			if !back {
				continue
			}
			name = f.T("desk.set.itself")
		}
		x := deskPart{Key: strconv.Itoa(p.N - 1), Name: name, Kind: "ok"}
		switch {
		case slices.Contains(missing, p.N):
			x.Kind, x.State = "missing", f.T("desk.part.missing")
		case slices.Contains(damaged, p.N):
			x.Kind, x.State = "damaged", f.T("desk.part.damaged")
		default:
			names = append(names, name)
		}
		s.Parts = append(s.Parts, x)
	}
	if len(names) == len(s.Parts) {
		s.Text = f.T("desk.set.whole")
	} else {
		s.Text = f.T("desk.set.lacks", len(s.Parts)-len(names))
	}
	s.Hint = f.T("desk.set.hint")
	if back {
		s.Hint = f.T("desk.set.hint.back")
	}
	return s, nil
}

// keys are the keys that do something now.
func (t *deskTurn) keys(f *web.Frame, at int) (out []deskKey) {
	table := t.desk.Table
	add := func(key, do, word string, args ...any) {
		out = append(out, deskKey{Key: key, Do: do, Text: f.T(word, args...)})
	}
	if table.Harm != nil {
		add("Esc", "drop", "desk.key.harm.drop")
		return out
	}
	switch {
	case at >= 0:
		add("F2", "skip", "desk.key.skip")
	case len(table.Skipped) > 0:
		add("F2", "skip", "desk.key.again", len(table.Skipped))
	}
	switch {
	case t.desk.Mode == school.DeskBack || t.desk.Mode == school.DeskPile:
	case table.Back:
		add("F4", "back", "desk.key.forth")
	default:
		add("F4", "back", "desk.key.back")
	}
	if !t.back() && t.unsigned(at) {
		add("F6", "sign", "desk.key.sign")
	}
	if !t.swapping() && t.scan != nil && t.scan.Thing != nil && table.Code != "" && t.scan.Thing.Contract != "" {
		add("F7", "swap", "desk.key.swap")
	}
	if b := table.Undoable(t.v.now); b != nil {
		add("F8", "undo", "desk.key.undo", int((school.DeskUndo-t.v.now.Sub(b.At)+time.Minute-1)/time.Minute))
	}
	if code, _ := t.harmable(); code != "" {
		add("F9", "damage", "desk.key.damage")
	}
	if table.Code != "" || table.Old != "" || len(table.Choice) > 0 || table.Case != "" || t.desk.Mode != school.DeskClass && table.Person != "" {
		add("Esc", "drop", "desk.key.drop")
	}
	return out
}

// unsigned reports whether a paper of who is at the desk wants a signature.
func (t *deskTurn) unsigned(at int) bool {
	if t.scan != nil && slices.ContainsFunc(t.scan.Remarks, func(r school.Remark) bool { return r.Code == "unsigned" }) {
		return true
	}
	return at >= 0 && t.class[at].Contract != "" && t.class[at].Signed.IsZero() && t.class[at].State == school.ContractPrepared
}

// others is how far all desks together are.
func (t *deskTurn) others(f *web.Frame, names map[school.PersonID]store.DeskPerson) (*deskOthers, error) {
	o := &deskOthers{}
	at := map[school.PersonID]int{}
	done := 0
	for _, p := range t.class {
		at[p.ID] = p.N
		if p.State.Out() {
			done++
		}
	}
	add := func(d school.DeskSession, mine bool) {
		for _, b := range d.Table.Booked {
			name, known := names[b.Person]
			if !mine && (at[b.Person] == 0 || !known) {
				continue
			}
			o.Recent = append(o.Recent, deskLine{N: at[b.Person], Name: name.Name, Device: b.Code, At: b.At, Mine: mine,
				Where: f.T("desk.recent."+string(b.Act)) + " · " + f.T("desk.place", d.Number)})
		}
	}
	add(t.desk, true)
	for _, d := range t.beside {
		add(d, false)
	}
	slices.SortStableFunc(o.Recent, func(a, b deskLine) int { return b.At.Compare(a.At) })
	o.Recent = o.Recent[:min(len(o.Recent), 6)]
	switch t.desk.Mode {
	case school.DeskClass:
		o.Count = f.T("desk.count.class", done, len(t.class), len(t.desk.Table.Skipped))
		o.Total = &web.Progress{Label: f.T("desk.count.label"), Done: done, Total: len(t.class)}
		for _, p := range t.class {
			if slices.Contains(t.desk.Table.Skipped, p.ID) {
				o.Open = append(o.Open, deskNow{N: p.N, Name: p.Name})
			}
		}
	case school.DeskCase:
		if t.desk.Table.Case == "" {
			break
		}
		all, err := t.u.st.InCase(t.ctx, t.v.by, t.desk.Table.Case)
		if err != nil {
			return nil, err
		}
		o.Count = f.T("desk.count.case", len(t.desk.Table.Counted), len(all))
		o.Total = &web.Progress{Label: f.T("desk.count.label"), Done: len(t.desk.Table.Counted), Total: len(all)}
		for i, x := range all {
			if !slices.Contains(t.desk.Table.Counted, x.Asset) {
				o.Open = append(o.Open, deskNow{N: i + 1, Name: x.Name})
			}
		}
		return o, nil
	}
	if o.Count == "" {
		o.Count = f.T("desk.count", len(t.desk.Table.Booked))
	}
	return o, nil
}

// deskRemark is one thing the desk has to say, as a sentence with its remedy.
func (v view) deskRemark(r school.Remark) string {
	args := make([]any, len(r.Args))
	for i, a := range r.Args {
		if at, ok := a.(time.Time); ok {
			if a = v.lang.Ago(at, v.now); at.After(v.now) {
				a = v.lang.Date(at)
			}
		}
		args[i] = a
	}
	return web.T(v.lang, "desk.says."+r.Code, args...)
}

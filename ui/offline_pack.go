package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/static"
	"ranzen/ui/web"
)

// A desk goes on without a network. Its browser takes along what it needs (deskPack), keeps it encrypted, signs what is scanned
// and sends it when the network is back (deskMerge); static/desk-kept.js and desk-away.js say how. The page itself is kept by a
// worker that serves the pages of desks alone: a shell in which nothing of anybody stands. The words the desk says meanwhile come
// along with the pack, so that there is one catalogue.

const (
	awayPath     = deskPath + "/away"
	workerPath   = deskPath + "/worker.js"
	manifestPath = deskPath + "/manifest.webmanifest"
)

// awayMode reports whether a desk can go on without a network.
func awayMode(m school.DeskMode) bool { return m != school.DeskSwap && m != school.DeskCase }

// awayPack is what the browser of a desk takes along.
type awayPack struct {
	ID     string            `json:"id"`
	Key    []byte            `json:"key"`  // base64
	Lock   []byte            `json:"lock"` // base64
	Idle   int64             `json:"idle"`
	Made   int64             `json:"made"`
	Ends   int64             `json:"ends"`
	Desk   string            `json:"desk"`
	Mode   string            `json:"mode"`
	Actor  string            `json:"actor"` // whose scans these are
	Title  string            `json:"title"`
	Lang   string            `json:"lang"`
	People []awayPerson      `json:"people"`
	Things []awayThing       `json:"things"`
	Sets   [][]awayPart      `json:"sets"` // what is handed out together; many things have the same
	Words  map[string]string `json:"words"`
}

type awayPerson struct {
	ID       string `json:"id"`
	N        int    `json:"n"`
	Name     string `json:"name"`
	Class    string `json:"class,omitempty"`
	Card     string `json:"card,omitempty"`
	Contract string `json:"contract,omitempty"`
	Number   string `json:"number,omitempty"`
	Done     bool   `json:"done,omitempty"` // has something, or wants none
	Unsigned bool   `json:"unsigned,omitempty"`
	Device   string `json:"device,omitempty"`

	Paper *awayPaper `json:"paper,omitempty"` // that can be signed on the screen
}

// awayPaper is a paper that waits for signatures.
type awayPaper struct {
	ID      string       `json:"id"`
	Hash    string       `json:"hash"`
	Mark    string       `json:"mark"`
	Text    string       `json:"text"`
	Signers []awaySigner `json:"signers"`
}

type awaySigner struct {
	Label string `json:"label"`
	Name  string `json:"name,omitempty"`
}

type awayPart struct {
	N    int    `json:"n"`
	Name string `json:"name,omitempty"`
}

type awayThing struct {
	ID      string `json:"id"`
	Number  string `json:"number,omitempty"`
	Serial  string `json:"serial,omitempty"`
	Out     bool   `json:"out,omitempty"`
	Holder  string `json:"holder,omitempty"`
	HeldBy  string `json:"heldBy,omitempty"`
	Planned string `json:"planned,omitempty"`

	Contract string `json:"contract,omitempty"` // under which it is out
	Set      *int   `json:"set,omitempty"`      // what was handed out with it
}

// deskPack hands the browser of a desk what it needs to go on without a network.
func (u *UI) deskPack(w http.ResponseWriter, r *http.Request, v view) error {
	desk, err := u.st.DeskByID(r.Context(), v.by, school.DeskID(routeVar(r, "desk")))
	if err != nil {
		return err
	}
	p, err := u.st.PackDesk(r.Context(), v.by, desk.ID, v.session.Ends)
	if err != nil {
		return err
	}
	t := &deskTurn{u: u, ctx: r.Context(), v: v, desk: desk}
	title, _, err := t.title()
	if err != nil {
		return err
	}
	out := awayPack{ID: string(p.ID), Key: p.Key, Lock: p.Lock, Idle: v.authority.Policy.Lending.DeskRest().Milliseconds(), Sets: [][]awayPart{}, Made: p.Made.UnixMilli(), Ends: p.Ends.UnixMilli(), Desk: string(desk.ID), Mode: string(desk.Mode), Actor: v.by.ID(), Title: title, Lang: v.lang.String(),
		People: []awayPerson{}, Things: []awayThing{}, Words: awayWords(v.lang)}
	for _, x := range p.People {
		class := ""
		if x.Class != "" {
			class = web.ClassName(v.lang, x.Class)
		}
		signs, err := awayPaperOf(x.Paper)
		if err != nil {
			return err
		}
		out.People = append(out.People, awayPerson{Paper: signs, ID: string(x.ID), N: x.N, Name: x.Name, Class: class, Card: x.Card, Contract: string(x.Contract), Number: x.DeskPupil.Number, Done: x.Done(),
			Unsigned: x.State == school.ContractPrepared && x.Signed.IsZero(), Device: x.Device})
	}
	known := map[string]int{}
	for _, x := range p.Things {
		out.Things = append(out.Things, awayThing{string(x.ID), x.Number, x.Serial, x.Out, string(x.Holder), x.HeldBy, string(x.Planned), string(x.Contract), out.setOf(x.Parts, known)})
	}
	return sendJSON(w, out)
}

// setOf is where a set stands in the pack; nil: nothing was handed out together.
func (p *awayPack) setOf(parts []school.ContractPart, known map[string]int) *int {
	if len(parts) == 0 {
		return nil
	}
	var set []awayPart
	for _, x := range parts {
		set = append(set, awayPart{x.N, x.Name})
	}
	name := fmt.Sprint(set)
	at, has := known[name]
	if !has {
		at = len(p.Sets)
		known[name], p.Sets = at, append(p.Sets, set)
	}
	return &at
}

// awayPaperOf is a paper as a desk without a network shows it: its text, and who signs.
func awayPaperOf(d *store.DocumentFile) (*awayPaper, error) {
	if d == nil {
		return nil, nil
	}
	x, err := readPaper(*d)
	if err != nil {
		return nil, err
	}
	out := &awayPaper{ID: string(d.ID), Hash: d.Hash, Mark: document.Mark(d.Hash), Text: document.Text(x)}
	for _, s := range signing(x.Facts) {
		out.Signers = append(out.Signers, awaySigner{s.Label, s.Name})
	}
	if len(out.Signers) == 0 {
		return nil, nil
	}
	return out, nil
}

// awayTable is what lies on a desk, for its browser: ids and numbers of things, no names.
type awayTable struct {
	Person  school.PersonID   `json:"person"`
	Skipped []school.PersonID `json:"skipped"`
	Booked  []awayBooked      `json:"booked"`
}

type awayBooked struct {
	ID     string          `json:"id"`
	Act    school.DeskAct  `json:"act"`
	Code   string          `json:"code"`
	Person school.PersonID `json:"person"`
	At     int64           `json:"at"`
}

func (t *deskTurn) awayTable() string {
	if !awayMode(t.desk.Mode) {
		return ""
	}
	out := awayTable{Person: t.person(), Skipped: t.desk.Table.Skipped, Booked: []awayBooked{}}
	if out.Skipped == nil {
		out.Skipped = []school.PersonID{}
	}
	for _, b := range t.desk.Table.Booked {
		switch b.Act {
		case school.DeskDamaged: // nobody has anything else by it
			continue
		case school.DeskSwapped:
			b.Act = school.DeskIssued
		}
		out.Booked = append(out.Booked, awayBooked{b.ID, b.Act, b.Code, b.Person, b.At.UnixMilli()})
	}
	text, err := json.Marshal(out)
	if err != nil {
		return ""
	}
	return string(text)
}

// awayShell is the page of a desk without a desk: what opens where there is no network. A browser keeps it longer than anybody is
// signed in, so nothing of an authority is on it, and no portal frames it.
func (u *UI) awayShell(w http.ResponseWriter, r *http.Request) error {
	l := awayLang(r)
	f := u.site.Frame(r, web.T(l, "desk.start"))
	f.Lang, f.User, f.Authority, f.Contact, f.Nav, f.Flash, f.Path, f.Manifest = l, "", "", "", nil, nil, deskPath, manifestPath
	f.Colour, f.Logo = "", ""
	w.Header().Set("Content-Security-Policy", web.ContentPolicy)
	p := &deskPage{Frame: f, Shell: true, Ask: f.T("desk.ask.free"), Block: &deskBlock{}}
	p.Empty = web.Empty{Title: p.T("away.empty"), Text: p.T("away.empty.text")}
	return u.site.Render(w, r, http.StatusOK, "desk", p)
}

// awayLang is the language of the desk that keeps the shell; its address says it, because what is kept has one.
func awayLang(r *http.Request) web.Lang {
	if l, ok := web.ParseLang(r.URL.Query().Get("in")); ok {
		return l
	}
	return web.LangOf(r)
}

// awayFiles are the files the shell needs.
func awayFiles() (out []string) {
	for _, name := range []string{"kern.min.css", "ranzen.css", "ranzen.js", "htmx.min.js", "icon.svg", "desk.js", "desk-kept.js", "desk-code.js", "desk-away.js", "desk-refused.js", "sign.js",
		"fira-sans/FiraSans-Regular.woff2", "fira-sans/FiraSans-SemiBold.woff2", "fira-sans/FiraSans-Bold.woff2"} {
		out = append(out, static.URL(name))
	}
	return out
}

// awayWorker is the worker of the desks. It changes with every file it keeps, and so every release brings a new one.
func (u *UI) awayWorker(w http.ResponseWriter, r *http.Request) error {
	files, err := json.Marshal(awayFiles())
	if err != nil {
		return err
	}
	body, err := static.Read("desk-worker.js")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", deskPath)
	_, err = w.Write([]byte("const VERSION = '" + static.Version() + "', SHELL = '" + awayPath + "?in=" + awayLang(r).String() + "', FILES = " + string(files) + ";\n" + string(body)))
	return err
}

// awayManifest lets a browser keep the desk as an app.
func (u *UI) awayManifest(w http.ResponseWriter, r *http.Request) error {
	l := web.LangOf(r)
	b, err := json.Marshal(map[string]any{"name": "Ranzen · " + web.T(l, "nav.desk"), "short_name": web.T(l, "nav.desk"), "lang": l.String(), "start_url": deskPath, "scope": deskPath, "display": "standalone",
		"icons": []map[string]string{{"src": static.URL("icon.svg"), "sizes": "any", "type": "image/svg+xml"}}})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, err = w.Write(b)
	return err
}

// awaySays are the sentences a desk says while it has no network; what is in braces its script fills in.
var awaySays = strings.Fields(`lost lost.one lost.none lost.many lost.issues kept issued returned noted wait waitback from who nothing online red.out red.queue red.has red.code
	yellow.unknown yellow.planned yellow.unsigned waitset returned.looked set.whole set.lacks set.itself set.hint part.missing part.damaged signed nopaper key.sign
	sign.ask sign.what sign.version sign.read sign.name sign.pad sign.clear sign.do sign.paper sign.dropped twice undone noundo unkept skipped again dropped several nokey called turnback turnforth now next all recent count count.one
	light.ok light.green light.yellow light.red key.skip key.again key.back key.forth key.undo key.drop planned has`)

func awayWords(l web.Lang) map[string]string {
	out := make(map[string]string, len(awaySays))
	for _, key := range awaySays {
		n, _ := web.Args("away." + key)
		args := []any{"{1}", "{2}"}
		out[key] = web.T(l, "away."+key, args[:n]...)
	}
	return out
}

package ui

import (
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// foundPage is the page "found": what somebody reads who found a device and scanned its label. It names whose it is and
// who to call, and nothing about the device, its school or whoever has it.
type foundPage struct {
	web.Frame
	Owner   string
	Contact string
	Call    template.URL // what a telephone dials
}

// found answers to everybody who scans a label. Who works here and may see the device lands on it.
func (u *UI) found(w http.ResponseWriter, r *http.Request) error {
	id := routeVar(r, "found")
	if v, ok := viewOf(r); ok && v.authority.ID != "" {
		switch device, err := u.st.FoundThing(r.Context(), v.by, id); {
		case err == nil && v.authority.Has(school.Management):
			return web.Redirect(w, r, deviceAddress(device))
		case err != nil && school.KindOf(err) != school.NotFound:
			return err
		}
	}
	p := &foundPage{Frame: u.site.Frame(r, "")}
	p.Title = p.T("found.title")
	x, err := u.st.FoundBy(r.Context(), id)
	switch {
	case school.KindOf(err) == school.NotFound && !u.misses.may(u.st.Now()):
		return &web.Problem{Status: http.StatusTooManyRequests, Key: "found.wait"}
	case school.KindOf(err) == school.NotFound:
		return u.site.Render(w, r, http.StatusNotFound, "found", p)
	case err != nil:
		return err
	}
	p.Owner, p.Contact, p.Call = x.Owner, x.Contact, template.URL(dial(x.Contact))
	return u.site.Render(w, r, http.StatusOK, "found", p)
}

// dial is the number in what an authority says of itself ("Schul-IT, Tel. 0251 492-0"), as a telephone dials it; nothing where
// there is none or more than one.
func dial(contact string) string {
	var numbers []string
	now := ""
	end := func() {
		if len(strings.TrimPrefix(now, "+")) >= 5 {
			numbers = append(numbers, now)
		}
		now = ""
	}
	for _, r := range contact {
		switch {
		case unicode.IsDigit(r) && r < 0x80, r == '+' && now == "":
			now += string(r)
		case strings.ContainsRune(" -/()\u00a0\u2013", r):
		default:
			end()
		}
	}
	end()
	if len(numbers) != 1 {
		return ""
	}
	return "tel:" + numbers[0]
}

// misses counts unknown ids: somebody who tries many is soon told to wait. Whoever holds a label that is known never waits.
type misses struct {
	mu    sync.Mutex
	since time.Time
	n     int
}

const missesPerMinute = 120

func (m *misses) may(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.since) >= time.Minute || now.Before(m.since) {
		m.since, m.n = now, 0
	}
	m.n++
	return m.n <= missesPerMinute
}

func init() {
	web.Add(web.Words{
		"found.title":        {"Gefunden?", "Found it?"},
		"found.owner":        {"Dieses Gerät gehört: {1}.", "This device belongs to: {1}."},
		"found.call":         {"Bitte melden Sie sich:", "Please get in touch:"},
		"found.nocontact":    {"Bitte geben Sie es in einer Schule oder im Rathaus ab.", "Please hand it in at a school or at the town hall."},
		"found.thanks":       {"Vielen Dank, dass Sie sich kümmern. Das Gerät ist gesichert; ohne den Eigentümer lässt es sich nicht verwenden.", "Thank you for taking care. The device is secured; nobody can use it without its owner."},
		"found.unknown":      {"Dieses Etikett ist hier nicht bekannt.", "This label is not known here."},
		"found.wait":         {"Gerade wurden sehr viele unbekannte Etiketten abgefragt. Versuchen Sie es in einer Minute noch einmal.", "Very many unknown labels were asked for just now. Try again in a minute."},
		"found.unknown.text": {"Bitte geben Sie das Gerät in der nächsten Schule oder im Rathaus ab.", "Please hand the device in at the nearest school or at the town hall."},
	})
}

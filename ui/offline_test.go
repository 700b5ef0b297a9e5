package ui

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// awayDesk is a desk that scanned without a network, played by hand.
type awayDesk struct {
	*client
	w    *deskWorld
	pack store.DeskPack
	n    int
}

func (w *deskWorld) away(login string, mode school.DeskMode) *awayDesk {
	w.t.Helper()
	by := w.actorOf(login)
	d := school.DeskSession{School: w.Nord, Mode: mode}
	if mode == school.DeskClass {
		d.Class = w.Class
	}
	id, err := w.st.OpenDesk(w.t.Context(), by, d)
	p, err2 := w.st.PackDesk(w.t.Context(), by, ok(w.t, id, err), time.Time{})
	return &awayDesk{client: w.as(login), w: w, pack: ok(w.t, p, err2)}
}

// scan signs a scan of the i-th iPad; issue is to the i-th of the class.
func (d *awayDesk) scan(act school.OfflineAct, thing, person int) map[string]string {
	d.n++
	x := school.OfflineScan{ID: fmt.Sprintf("%s-%03d", d.pack.ID, d.n), Pack: d.pack.ID, Act: act, Code: d.w.Numbers[thing], Asset: d.w.Assets[thing], At: d.pack.Made.UnixMilli()}
	if act == school.OfflineIssue {
		x.Person = d.w.Eighth[person]
	}
	b, err := json.Marshal(x)
	ok(d.w.t, 0, err)
	mac := hmac.New(sha256.New, d.pack.Key)
	mac.Write(b)
	return map[string]string{"text": string(b), "mac": base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// send sends scans as the browser of a desk does.
func (d *awayDesk) send(scans ...map[string]string) (out awayMerged) {
	d.w.t.Helper()
	body, err := json.Marshal(map[string]any{"scans": scans})
	ok(d.w.t, 0, err)
	r, err := http.NewRequest(http.MethodPost, d.w.server.URL+mergePath, strings.NewReader(string(body)))
	ok(d.w.t, 0, err)
	r.AddCookie(&http.Cookie{Name: "ranzen", Value: d.Secret})
	answer, err := d.w.server.Client().Do(ok(d.w.t, r, err))
	ok(d.w.t, answer, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if ok(d.w.t, b, err); answer.StatusCode != http.StatusOK {
		d.w.t.Fatalf("%d: %.300s", answer.StatusCode, b)
	}
	ok(d.w.t, 0, json.Unmarshal(b, &out))
	return out
}

// TestLEND03_ConflictsAreQuestions: two desks handed out one iPad; the list shows both versions, a button decides for each, and the
// decision says who made it. Start page and desk lead to it while something is open.
func TestLEND03_ConflictsAreQuestions(t *testing.T) {
	w := newDeskWorld(t, 4)
	one, two := w.away(w.deskClerk("eins"), school.DeskClass), w.away(w.deskClerk("zwei"), school.DeskClass)
	admin := w.as(w.Admin)
	admin.get(questionsPath).says(t, http.StatusOK, "Keine Frage offen")
	admin.get("/").hides(t, "Offline-Betrieb")
	if got := one.send(one.scan(school.OfflineIssue, 0, 0), one.scan(school.OfflineIssue, 1, 1), one.scan(school.OfflineReturn, 2, 0)); got.Open != 1 || got.Results[0].State != "booked" || got.Results[2].Text == "" {
		t.Fatalf("%+v", got)
	}
	got := two.send(two.scan(school.OfflineIssue, 0, 2), two.scan(school.OfflineIssue, 1, 3))
	if got.Open != 3 || got.Results[0].State != "asked" || !strings.Contains(got.Results[0].Text, "zuerst bekommen") {
		t.Fatalf("%+v", got)
	}
	forged := two.scan(school.OfflineIssue, 3, 3)
	forged["mac"] = "nichts"
	if got := two.send(forged); got.Results[0].State != "refused" || !strings.Contains(got.Results[0].Text, "verändert") {
		t.Errorf("%+v", got)
	}
	admin.get("/").says(t, http.StatusOK, "3 Fragen aus dem Offline-Betrieb", "Ansehen und entscheiden")
	two.get("/desk").says(t, http.StatusOK, "3 Fragen aus dem Offline-Betrieb")
	desk := w.clerkAt("zwei@nord.example", school.DeskClass, w.Class)
	desk.last.says(t, http.StatusOK, "3 Fragen aus dem Offline-Betrieb")
	page := two.get(questionsPath)
	page.says(t, http.StatusOK, "Achtel-03", "Achtel-01", "ausgegeben an", "Platz 2, zwei", w.Numbers[0], "Was stimmt?", "Jemand anderes hat es zuerst bekommen", "Es war an niemanden ausgegeben", "Gesehen")
	all, err := w.st.OfflineQuestions(t.Context(), w.by, true)
	ok(t, all, err)
	answer := func(thing int, how school.OfflineAnswer) answer {
		t.Helper()
		for _, q := range all {
			if q.AssetName == w.Numbers[thing] {
				return two.post(questionsPath+"/"+q.ID, url.Values{"answer": {string(how)}})
			}
		}
		t.Fatal("no such question")
		return answer{}
	}
	for thing, how := range []school.OfflineAnswer{school.AnswerBook, school.AnswerLeave, school.AnswerLeave} {
		if a := answer(thing, how); a.Location != questionsPath {
			t.Errorf("%d %s", a.Status, a.Location)
		}
	}
	two.get(questionsPath).says(t, http.StatusOK, "Keine Frage offen", "Entschieden", "Der Scan gilt", "Es blieb, wie es gebucht war", "zwei · ")
	answer(0, school.AnswerLeave).says(t, http.StatusConflict, "inzwischen entschieden")
	two.get("/desk").hides(t, "Offline-Betrieb")
	for thing, person := range []int{2, 1} {
		page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Asset: w.Assets[thing], View: store.OutContracts})
		if rows := ok(t, page, err).Rows; len(rows) != 1 || rows[0].Person != w.Eighth[person] {
			t.Errorf("%d: %+v", thing, rows)
		}
	}
	// Somebody of another school sees nothing of it.
	west := w.as(w.account("west@west.example", "West", school.Grant{Role: school.Desk, School: w.West}))
	west.get(questionsPath).hides(t, w.Numbers[0], "Achtel")
	west.post(questionsPath+"/"+all[0].ID, url.Values{"answer": {"book"}}).says(t, http.StatusNotFound)
}

// TestEveryReasonHasItsSentence: a reason without one would be a question nobody understands.
func TestEveryReasonHasItsSentence(t *testing.T) {
	for _, l := range web.Langs {
		for _, r := range school.OfflineReasons {
			if web.T(l, "offline.why."+string(r)) == "" {
				t.Errorf("%s has no sentence", r)
			}
		}
		for _, r := range school.OfflineRefusals {
			if web.T(l, "offline.refused."+string(r)) == "" {
				t.Errorf("%s has no sentence", r)
			}
		}
	}
}

// TestTheQuestionsFitEverywhere: with something open and something decided, in both themes, 1024 pixels, 200 % and a telephone.
func TestTheQuestionsFitEverywhere(t *testing.T) {
	w := newDeskWorld(t, 4)
	one, two := w.away(w.deskClerk("eins"), school.DeskClass), w.away(w.deskClerk("zwei"), school.DeskClass)
	one.send(one.scan(school.OfflineIssue, 0, 0), one.scan(school.OfflineIssue, 1, 1), one.scan(school.OfflineReturn, 2, 0))
	two.send(two.scan(school.OfflineIssue, 0, 2), two.scan(school.OfflineIssue, 1, 3))
	all, err := w.st.OfflineQuestions(t.Context(), w.by, true)
	_, err2 := w.st.AnswerOffline(t.Context(), w.by, ok(t, all, err)[0].ID, school.AnswerLeave)
	ok(t, 0, err2)
	c := w.as(w.Admin)
	for _, x := range []struct {
		width, height int
		dark          bool
	}{{1280, 900, false}, {1024, 768, true}, {512, 384, false}, {390, 844, true}} {
		tab := c.open(t, questionsPath, webtest.Options{Width: x.width, Height: x.height, Dark: x.dark})
		tab.Axe()
		tab.Fits()
		picture(tab, fmt.Sprintf("offline-questions-%d", x.width))
	}
}

package schulconnex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ranzen/enroll/roster/schulconnex"
	"ranzen/store/school"
)

// server plays a Schulconnex server as its interface describes it, with the weather a test asks for.
type server struct {
	*httptest.Server
	people  []map[string]any
	now     time.Time
	lasts   int    // seconds a token lives; 0: for ever
	secret  string // where the secret must be: "basic" or "body"
	paging  string // "", "total", "link", "full", "stuck", "endless", "short", "elsewhere"
	etag    string
	weather []int // statuses of the next answers for people; 0: as usual
	after   string
	asked   []string
	tokens  int
	live    map[string]time.Time
	killed  bool // the next token that is shown is refused although it should last
}

func play(t *testing.T, people ...map[string]any) *server {
	s := &server{people: people, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), secret: "basic", live: map[string]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("GET /v1/personen-info", s.list)
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) client() *schulconnex.Client {
	return &schulconnex.Client{HTTP: s.Client(), Base: s.URL + "/v1", TokenURL: s.URL + "/token", ClientID: "ranzen", Secret: "s:e&c", Now: func() time.Time { return s.now },
		Wait: func(_ context.Context, d time.Duration) error { s.now = s.now.Add(d); return nil }}
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if s.secret == "body" {
		id, secret, basic = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), true
	} else {
		id, secret = strings.ReplaceAll(id, "%3A", ":"), strings.NewReplacer("%3A", ":", "%26", "&").Replace(secret)
	}
	if !basic || id != "ranzen" || secret != "s:e&c" {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	answer := map[string]any{"token_type": "Bearer"}
	if r.PostFormValue("grant_type") != "client_credentials" {
		http.Error(w, `{"error":"unsupported_grant_type"}`, http.StatusBadRequest)
		return
	}
	s.tokens++
	token := "token" + strconv.Itoa(s.tokens)
	answer["access_token"] = token
	s.live[token] = s.now.Add(1000 * time.Hour)
	if s.lasts > 0 {
		answer["expires_in"] = s.lasts
		s.live[token] = s.now.Add(time.Duration(s.lasts) * time.Second)
	}
	json.NewEncoder(w).Encode(answer)
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.URL.RawQuery)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if end, ok := s.live[token]; !ok || !s.now.Before(end) || s.killed {
		s.killed = false
		delete(s.live, token)
		http.Error(w, `{"code":"01"}`, http.StatusUnauthorized)
		return
	}
	if len(s.weather) > 0 {
		status := s.weather[0]
		s.weather = s.weather[1:]
		if status != 0 {
			if s.after != "" {
				w.Header().Set("Retry-After", s.after)
			}
			w.WriteHeader(status)
			return
		}
	}
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
		if r.Header.Get("If-None-Match") == s.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	all := s.people
	if org := r.FormValue("organisation.id"); org != "" {
		all = nil
		for _, p := range s.people {
			if text, _ := json.Marshal(p); strings.Contains(string(text), `"id":"`+org+`"`) {
				all = append(all, p)
			}
		}
	}
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	offset, _ := strconv.Atoi(r.FormValue("offset"))
	if limit == 0 {
		limit = 2
	}
	page := all[min(offset, len(all)):min(offset+limit, len(all))]
	switch s.paging {
	case "":
		page = all
	case "total":
		w.Header().Set("X-Paging-Total", strconv.Itoa(len(all)))
	case "link":
		if offset+limit < len(all) {
			w.Header().Set("Link", fmt.Sprintf(`</v1/personen-info?offset=%d>; rel="next", </v1/personen-info>; rel="first"`, offset+limit))
		}
	case "elsewhere":
		w.Header().Set("Link", `<https://collector.example/v1/personen-info>; rel="next"`)
	case "stuck":
		w.Header().Set("X-Paging-Total", strconv.Itoa(len(all)))
		page = all[:min(limit, len(all))]
	case "short":
		w.Header().Set("X-Paging-Total", strconv.Itoa(len(all)+1))
	case "endless":
		page = nil
		for i := range 2 {
			page = append(page, pupil(fmt.Sprintf("x%d-%d", offset, i), "A", "B"))
		}
		w.Header().Set("Link", fmt.Sprintf(`</v1/personen-info?offset=%d>; rel=next`, offset+2))
	}
	if page == nil {
		page = []map[string]any{}
	}
	json.NewEncoder(w).Encode(page)
}

type m = map[string]any

func pupil(pid, given, family string, groups ...any) m {
	return m{"pid": pid, "person": m{"name": m{"vorname": given, "familienname": family}},
		"personenkontexte": []any{m{"id": "k" + pid, "organisation": m{"id": "o1", "kennung": "NI_12345", "name": "Gymnasium am See", "typ": "SCHULE"}, "rolle": "LERN", "personenstatus": "aktiv", "gruppen": groups}}}
}

func class(id, name, role string) m {
	return m{"gruppe": m{"id": id, "bezeichnung": name, "typ": "klasse", "jahrgangsstufen": []string{"07"}}, "gruppenzugehoerigkeit": m{"rollen": []string{role}}}
}

func read(t *testing.T, c *schulconnex.Client) school.Roster {
	t.Helper()
	a, err := c.Read(context.Background(), "land", "")
	if err != nil {
		t.Fatal(err)
	}
	return a.Roster
}

func names(r school.Roster) (out []string) {
	for _, s := range r.Schools {
		for _, p := range s.People {
			out = append(out, p.Given)
		}
	}
	slices.Sort(out)
	return out
}

func TestPeopleClassesAndTeachersOfAServer(t *testing.T) {
	s := play(t,
		pupil("p1", "Lena", "Özdemir", class("g7a", "Klasse 7a", "Lern"), m{"gruppe": m{"id": "gk", "bezeichnung": "Schach", "typ": "KURS"}, "gruppenzugehoerigkeit": m{"rollen": "lern"}}),
		m{"pid": "p2", "person": m{"name": m{"vorname": "Ada Maria", "rufname": "Ada", "familienname": "Stern"}}, "personenkontexte": []any{
			m{"organisation": m{"id": "o1", "kennung": "NI_12345", "typ": "Schule"}, "rolle": "lehr", "gruppen": []any{class("g7a", "Klasse 7a", "KLLEIT")}, "erreichbarkeiten": []any{m{"typ": "E-MAIL", "kennung": "ada@schule.example"}}},
			m{"organisation": m{"id": "o1", "kennung": "NI_12345"}, "rolle": "OrgAdmin"},
			m{"organisation": m{"id": "o2", "kennung": "NI_77", "name": "Grundschule"}, "rolle": "Lehr"},
			m{"organisation": m{"id": "o9", "typ": "ANBIETER"}, "rolle": "Lehr"},
		}},
		m{"pid": "p3", "person": m{"name": m{"vorname": "Uwe", "familienname": "Özdemir"}}, "personenkontexte": []any{m{"organisation": m{"id": "o1", "kennung": "NI_12345"}, "rolle": "SorgBer"}}},
	)
	r := read(t, s.client())
	if len(r.Schools) != 2 || r.Source != "land" {
		t.Fatalf("%+v", r)
	}
	north := r.Schools[0]
	if north.Number != "NI_12345" || north.Name != "Gymnasium am See" || len(north.People) != 2 || north.Partial {
		t.Fatalf("%+v", north)
	}
	if c := north.Classes[0]; c.ID != "g7a" || c.Name != "7a" || c.Grade != "7" || c.Course {
		t.Errorf("a class: %+v", c)
	}
	if p := north.People[0]; p.ID != "p1" || strings.Join(p.Classes, ",") != "7a,Schach" || p.Kind != school.Pupil {
		t.Errorf("a pupil: %+v", p)
	}
	if p := north.People[1]; p.Given != "Ada" || p.Kind != school.Teacher || strings.Join(p.Teaches, ",") != "7a" || p.Email != "ada@schule.example" {
		t.Errorf("a teacher: %+v", p)
	}
	if p := r.Schools[1].People; len(p) != 1 || p[0].ID != "p2" {
		t.Errorf("the teacher's second school: %+v", p)
	}
	if q := s.asked[0]; !strings.Contains(q, "vollstaendig=personen%2Cpersonenkontexte%2Corganisationen%2Cgruppen") {
		t.Errorf("asked %q", q)
	}
}

func TestWhatIsNotReleasedNeverLooksLikeLeaving(t *testing.T) {
	s := play(t,
		pupil("p1", "Lena", "Özdemir"),
		m{"pid": "p2", "personenkontexte": []any{m{"organisation": m{"kennung": "NI_12345"}, "rolle": "Lern"}}},
		m{"pid": "p3", "person": m{"name": m{"vorname": "Tom"}}, "personenkontexte": []any{m{"organisation": m{"kennung": "NI_12345"}}}},
		m{"pid": "p4", "person": m{"name": m{"vorname": "Kim"}}, "personenkontexte": []any{m{"rolle": "Lern"}}},
		m{"pid": "p5", "person": nil, "personenkontexte": "nichts"},
		m{"pid": "p6", "person": m{"name": m{"vorname": "Eva", "familienname": 7}}, "personenkontexte": m{"organisation": m{"kennung": "NI_12345"}, "rolle": nil, "gruppen": []any{m{"gruppe": m{"id": "x"}, "gruppenzugehoerigkeit": m{"rollen": []string{"Lern"}}}}}},
		m{},
	)
	r := read(t, s.client())
	got := names(r)
	if !slices.Equal(got, []string{"Eva", "Kim", "Lena"}) {
		t.Errorf("people: %v", got)
	}
	for _, at := range r.Schools {
		if at.Number == "NI_12345" && !at.Partial {
			t.Error("a school with people who are not released claims to be complete")
		}
	}
	var codes []string
	for _, w := range r.Words {
		codes = append(codes, w.Code)
	}
	for _, want := range []string{"not_released_name", "not_released_role", "not_released_group", "no_pid"} {
		if !slices.Contains(codes, want) {
			t.Errorf("%s is not said: %v", want, codes)
		}
	}
}

func TestWhoIsBeingDeletedLeavesOnThatDay(t *testing.T) {
	going, gone := pupil("p1", "Lena", "A"), pupil("p2", "Tom", "B")
	going["personenkontexte"].([]any)[0].(m)["loeschung"] = m{"zeitpunkt": "2027-01-31T00:00Z"}
	gone["personenkontexte"].([]any)[0].(m)["loeschung"] = m{"zeitpunkt": "2026-11-01T00:00Z"}
	over := pupil("p3", "Eva", "C", m{"gruppe": m{"bezeichnung": "6a", "typ": "Klasse", "laufzeit": m{"von": "2025-08-01", "bis": "2026-07-31"}}, "gruppenzugehoerigkeit": m{"rollen": []string{"Lern"}}})
	r := read(t, play(t, going, gone, over).client())
	if got := names(r); !slices.Equal(got, []string{"Eva", "Lena"}) {
		t.Fatal(got)
	}
	if u := r.Schools[0].People[0].Until; u.Format(time.DateOnly) != "2027-01-31" {
		t.Errorf("leaves on %v", u)
	}
	if c := r.Schools[0].Classes; len(c) != 0 {
		t.Errorf("a class of last year: %+v", c)
	}
}

func five() (out []map[string]any) {
	for _, n := range []string{"Ada", "Ben", "Cem", "Dana", "Eli"} {
		out = append(out, pupil("p"+n, n, "Meer"))
	}
	return out
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	for _, tc := range []struct {
		paging string
		size   int
		asks   int
	}{{"", 0, 1}, {"total", 0, 3}, {"total", 2, 3}, {"link", 0, 3}, {"full", 2, 3}, {"full", 5, 2}, {"", 3, 1}} {
		s := play(t, five()...)
		s.paging = tc.paging
		c := s.client()
		c.PageSize = tc.size
		if got := names(read(t, c)); len(got) != 5 || len(s.asked) != tc.asks {
			t.Errorf("%s of %d: %v in %d answers", tc.paging, tc.size, got, len(s.asked))
		}
	}
}

func TestAListThatIsNotWholeIsNoList(t *testing.T) {
	for paging, want := range map[string]error{"stuck": schulconnex.ErrIncomplete, "short": schulconnex.ErrIncomplete, "elsewhere": schulconnex.ErrElsewhere, "endless": schulconnex.ErrTooMuch} {
		s := play(t, five()...)
		s.paging = paging
		c := s.client()
		c.PageSize = 2
		if _, err := c.Read(context.Background(), "land", ""); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", paging, err, want)
		}
	}
}

func TestATokenThatRunsOutIsRenewed(t *testing.T) {
	s := play(t, five()...)
	s.paging, s.lasts = "total", 40
	c := s.client()
	c.PageSize = 1
	s.weather = []int{0, 503, 0, 503, 0}
	s.after = "25"
	if got := names(read(t, c)); len(got) != 5 || s.tokens < 2 {
		t.Errorf("%v with %d tokens", got, s.tokens)
	}
	t.Run("although it should have lasted", func(t *testing.T) {
		s := play(t, five()...)
		s.killed = true
		if got := names(read(t, s.client())); len(got) != 5 || s.tokens != 2 {
			t.Errorf("%v with %d tokens", got, s.tokens)
		}
	})
	t.Run("with the secret where the server wants it", func(t *testing.T) {
		s := play(t, five()...)
		s.secret = "body"
		if got := names(read(t, s.client())); len(got) != 5 {
			t.Error(got)
		}
	})
}

// A look at a server asks for one page and says how many people there are.
func TestALookAtAServer(t *testing.T) {
	s := play(t, five()...)
	s.paging = "total"
	if n, err := s.client().Look(context.Background()); err != nil || n != 5 || len(s.asked) != 1 {
		t.Errorf("%d people in %d answers, %v", n, len(s.asked), err)
	}
	c := s.client()
	c.Secret = "another"
	if _, err := c.Look(context.Background()); !errors.Is(err, schulconnex.ErrRefused) {
		t.Errorf("with another secret: %v", err)
	}
	c = s.client()
	c.Base = "http://localhost"
	if _, err := c.Look(context.Background()); !errors.Is(err, schulconnex.ErrAddress) {
		t.Errorf("without https: %v", err)
	}
}

func TestBadWeather(t *testing.T) {
	for _, tc := range []struct {
		weather []int
		after   string
		want    error
	}{
		{[]int{429, 503, 502}, "", nil},
		{[]int{429}, "Sun, 22 Nov 2026 12:00:30 GMT", nil},
		{[]int{429}, "86400", schulconnex.ErrBusy},
		{[]int{503, 503, 503, 503, 503, 503, 503}, "", schulconnex.ErrBusy},
		{[]int{403}, "", schulconnex.ErrForbidden},
		{[]int{401, 401}, "", schulconnex.ErrRefused},
		{[]int{500}, "", schulconnex.ErrAnswer},
		{[]int{304}, "", schulconnex.ErrAnswer},
	} {
		s := play(t, five()...)
		s.weather, s.after = tc.weather, tc.after
		if _, err := s.client().Read(context.Background(), "land", ""); !errors.Is(err, tc.want) {
			t.Errorf("%v: %v, want %v", tc.weather, err, tc.want)
		}
	}
	s := play(t)
	c := s.client()
	c.Secret = "wrong"
	if _, err := c.Read(context.Background(), "land", ""); !errors.Is(err, schulconnex.ErrRefused) {
		t.Errorf("a wrong secret: %v", err)
	}
	c = s.client()
	c.Base = "http://" + strings.TrimPrefix(s.URL, "https://")
	if _, err := c.Read(context.Background(), "land", ""); !errors.Is(err, schulconnex.ErrAddress) {
		t.Errorf("without TLS: %v", err)
	}
}

func TestNothingNewIsSaidAsSuch(t *testing.T) {
	s := play(t, five()...)
	s.etag = `"v1"`
	c := s.client()
	first, err := c.Read(context.Background(), "land", "")
	if err != nil || first.ETag != `"v1"` || first.Unchanged {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := c.Read(context.Background(), "land", first.ETag); err != nil || !again.Unchanged {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestOrganisationsAreAskedOneByOne(t *testing.T) {
	one, two := pupil("p1", "Ada", "A"), pupil("p2", "Ben", "B")
	two["personenkontexte"].([]any)[0].(m)["organisation"] = m{"id": "o2", "kennung": "NI_2"}
	both := pupil("p3", "Cem", "C")
	both["personenkontexte"] = append(both["personenkontexte"].([]any), m{"organisation": m{"id": "o2", "kennung": "NI_2"}, "rolle": "Lern"})
	s := play(t, one, two, both)
	c := s.client()
	c.Organisations = []string{"o1", "o2"}
	r := read(t, c)
	if len(r.Schools) != 2 || len(r.Schools[0].People) != 2 || len(r.Schools[1].People) != 2 || len(s.asked) != 2 {
		t.Errorf("%+v, asked %v", r.Schools, s.asked)
	}
}

func TestErrorsKeepSecretsAndNames(t *testing.T) {
	s := play(t, five()...)
	c := s.client()
	s.Close()
	_, err := c.Read(context.Background(), "land", "")
	if err == nil || strings.Contains(err.Error(), "personen-info") || strings.Contains(err.Error(), "s:e&c") || strings.Contains(err.Error(), "https://") {
		t.Errorf("%v", err)
	}
}

// FuzzAnswer plays a server that answers anything at all.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`[]`, `{}`, `null`, `[{"pid":"a"}]`, `[{"pid":1,"person":{"name":{"vorname":[]}},"personenkontexte":[{"rolle":"Lern","gruppen":[{"gruppe":{"bezeichnung":"5a"}}]}]}]`, `[[[[`, `[{"pid":`} {
		f.Add(seed)
	}
	mux := http.NewServeMux()
	body := ""
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"access_token":"t"}`) })
	mux.HandleFunc("GET /v1/personen-info", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	f.Fuzz(func(t *testing.T, text string) {
		body = text
		c := &schulconnex.Client{HTTP: &http.Client{Transport: handler{mux}}, Base: "https://land.example/v1", TokenURL: "https://land.example/token", Now: func() time.Time { return time.Unix(1e9, 0) }}
		a, err := c.Read(context.Background(), "land", "")
		if err == nil && a.Roster.Source != "land" {
			t.Error("neither a roster nor an error")
		}
	})
}

// handler answers without a network.
type handler struct{ http.Handler }

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A class nobody knows is asked for once; the answer holds for the next files.
func TestAnUnknownClassIsAskedForOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2")))
		file := d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2"), pupil("Uwe", "Neu", "5a-bil", "3"), pupil("Kim", "Gast", "Gastklasse", "4"), pupil("Ida", "Stern", "5f", "5"))
		run := d.plan(d.north, file)
		p := d.part(run, 0)
		if p.Open != 3 {
			t.Fatalf("%+v", p)
		}
		a5 := p.Questions[0].Options[0].ID
		answer := map[string]string{"5a-bil": a5, "Gastklasse": school.ChooseNone, "5f": school.ChooseNew}
		var answers []store.RosterAnswer
		for _, q := range p.Questions {
			answers = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: answer[q.Name]})
		}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, answers); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ApplyRoster(ctx, d.by, run.ID, 0, d.part(run, 0).Typed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"Fuchs, Lena": "5a", "Weiß, Tom": "5a", "Neu, Uwe": "5a", "Gast, Kim": "", "Stern, Ida": "5f"}, d.classes(d.north)); diff != "" {
			t.Error(diff)
		}
		if p := d.part(d.plan(d.north, file), 0); p.Changes+p.Open != 0 {
			t.Errorf("again: %+v", p)
		}
	})
}

// What is put off stays in the queue after the rest was taken over, and nobody it may be about is touched.
func TestWhatIsPutOffStaysInTheQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2")))
		run := d.plan(d.north, d.read(pupil("Lena", "Fuchs", "5a", "9"), pupil("Tom", "Weiß", "5a", "2")))
		q := d.part(run, 0).Questions[0]
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, []store.RosterAnswer{{Kind: q.Kind, Subject: q.Subject, Choice: school.ChooseLater}}); err != nil {
			t.Fatal(err)
		}
		if p := d.part(run, 0); p.Open != 0 || p.Changes != 0 {
			t.Errorf("%+v", p)
		}
		if _, err := s.ApplyRoster(ctx, d.by, run.ID, 0, 0); err != nil {
			t.Fatal(err)
		}
		queue, err := s.OpenRosterQuestions(ctx, d.by)
		if err != nil || len(queue) != 1 || queue[0].Parts[0].Open != 1 || len(queue[0].Parts[0].Questions) != 1 {
			t.Fatalf("%+v %v", queue, err)
		}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, []store.RosterAnswer{{Kind: q.Kind, Subject: q.Subject, Choice: q.Options[0].ID}}); err != nil {
			t.Fatal(err)
		}
		if queue, err = s.OpenRosterQuestions(ctx, d.by); err != nil || len(queue) != 0 {
			t.Errorf("answered it still waits: %+v %v", queue, err)
		}
		p, _ := d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "9"), pupil("Tom", "Weiß", "5a", "2")))
		if p.Counts[school.RosterLinked] != 1 || p.Changes != 1 {
			t.Errorf("%+v", p)
		}
	})
}

// A file names schools: those of somebody else are not taken over, and one nobody knows is asked for.
func TestARosterOfSeveralSchools(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := school.Roster{Schools: []school.RosterSchool{{Number: "Gymnasium Nord", People: []school.RosterPerson{{ID: "1", Kind: school.Pupil, Given: "Lena", Family: "Fuchs"}}},
			{Number: "170001", People: []school.RosterPerson{{ID: "2", Kind: school.Pupil, Given: "Tom", Family: "Weiß"}}}}}
		run := d.plan("", file)
		p := d.part(run, 1)
		if p.School != "" || p.Open != 1 || p.Questions[0].Kind != school.AskSchools {
			t.Fatalf("%+v", p)
		}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 1, []store.RosterAnswer{{Kind: school.AskSchools, Subject: p.Questions[0].Subject, Choice: string(d.south)}}); err != nil {
			t.Fatal(err)
		}
		if p = d.part(run, 1); p.School != d.south || p.Counts[school.RosterNew] != 1 {
			t.Errorf("%+v", p)
		}
		if err := s.ConfirmRoster(ctx, d.by, run.ID, nil); err != nil {
			t.Fatal(err)
		}
		if waits, err := s.RostersConfirmed(ctx); err != nil || !waits {
			t.Errorf("nobody sees that it waits: %v", err)
		}
		if err := s.ApplyConfirmed(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := s.RosterRun(ctx, d.by, run.ID)
		if err != nil || after.Parts[0].State != "applied" || after.Parts[1].State != "applied" || after.Parts[1].Result == "" {
			t.Errorf("%+v %v", after, err)
		}
		if p := d.part(d.plan("", file), 1); p.Changes+p.Open != 0 || p.School != d.south {
			t.Errorf("asked again: %+v", p)
		}

		north := d.clerk(school.SchoolAdmin, d.north)
		id, err := s.BringRoster(ctx, north, store.NewRoster{Source: d.source, Data: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.PlanRoster(ctx, north, id, file)
		wants(t, "a school of others in it", err, school.Invalid, "roster_foreign")
		_, err = s.BringRoster(ctx, north, store.NewRoster{Source: d.source, School: d.south, Data: []byte("x")})
		wants(t, "for another school", err, school.NotFound, "")
		_, err = s.RosterRun(ctx, d.clerk(school.SchoolAdmin, d.south), run.ID)
		wants(t, "another school looks", err, school.NotFound, "")
		_, err = s.RosterRun(ctx, newAuthority(t, s, "Drittens"), run.ID)
		wants(t, "a stranger looks", err, school.NotFound, "")
		_, err = s.BringRoster(ctx, d.clerk(school.Auditor, ""), store.NewRoster{Source: d.source, School: d.north, Data: []byte("x")})
		wants(t, "an auditor", err, school.NotFound, "")
	})
}

// Files and names are forgotten after 14 days, and nothing can be taken over from what was forgotten.
func TestFilesOfRostersAreForgotten(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := d.read(pupil("Lena", "Fuchs", "5a", "1"))
		taken := d.plan(d.north, file)
		if _, err := s.ApplyRoster(ctx, d.by, taken.ID, 0, 0); err != nil {
			t.Fatal(err)
		}
		waits := d.plan(d.north, file)
		if n, err := s.ForgetRosters(ctx); err != nil || n != 0 {
			t.Errorf("%d forgotten at once, %v", n, err)
		}
		h.turn(store.RosterKept + time.Minute)
		if n, err := s.ForgetRosters(ctx); err != nil || n != 2 {
			t.Errorf("%d forgotten, %v", n, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM roster_run WHERE upload_sealed IS NOT NULL OR body_sealed IS NOT NULL`); err != nil || n != 0 {
			t.Errorf("%d files are still there, %v", n, err)
		}
		if p := d.part(taken, 0); p.Items != nil || p.Counts[school.RosterNew] != 1 || p.State != "applied" {
			t.Errorf("%+v", p)
		}
		run, err := s.RosterRun(ctx, d.by, waits.ID)
		if err != nil || run.State != "dropped" || run.Kept || len(run.Parts) != 0 {
			t.Errorf("%+v %v", run, err)
		}
		_, err = s.RosterFile(ctx, d.by, taken.ID)
		wants(t, "the file", err, school.Conflict, "roster_forgotten")
	})
}

// Formulas are text, and names of DIN 91379 are what they are, wherever they go.
func TestFX17_FX20_NamesStayWhatTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		names := []string{"Łukaszewicz", "Őry", "Șerban", "Yılmaz Ğ", "Đặng", "GROẞ", "Müller-Lüdenscheidt", "O’Brien", "Z\u030cižek", "M\u0325ārtiņš"}
		r := school.Roster{Schools: []school.RosterSchool{{}}}
		for i, n := range append(names, `=HYPERLINK("x")`, "@x", "+49") {
			r.Schools[0].People = append(r.Schools[0].People, school.RosterPerson{ID: fmt.Sprint(i), Kind: school.Pupil, Given: "Kim", Family: n})
		}
		d.take(d.north, r)
		got := d.classes(d.north)
		for _, p := range r.Schools[0].People {
			if _, there := got[p.Family+", Kim"]; !there {
				t.Errorf("%q is not there: %v", p.Family, got)
			}
		}
		for text, want := range map[string]string{"Dang": "Đặng", "oery": "", "Ory": "Őry", "serban": "Șerban", "gross": "GROẞ"} {
			page, err := s.Persons(ctx, d.by, store.PersonFilter{Text: text})
			if err != nil || want != "" && (len(page.Rows) != 1 || page.Rows[0].Family != want) {
				t.Errorf("%s finds %+v, %v", text, page.Rows, err)
			}
		}
		if p := d.part(d.plan(d.north, r), 0); p.Changes+p.Open != 0 {
			t.Errorf("again: %+v", p)
		}
	})
}

// wholeTown is a file of n people at n/500 schools, as one text.
func wholeTown(n int) string {
	var b strings.Builder
	b.WriteString("Vorname;Nachname;Klasse;Import-ID;Typ;E-Mail;Schulnummer\n")
	for i := range n {
		kind := "Schüler"
		class := fmt.Sprintf("%d%c", 5+i%6, 'a'+i/6%4)
		if i%12 == 0 {
			kind, class = "Lehrer", ""
		}
		fmt.Fprintf(&b, "Vorname%d;Familienname-%d;%s;%d;%s;vorname%d.familienname%d@schule-%d.musterstadt.example;%d\n", i%700, i/3, class, i, kind, i, i, i/500, 100000+i/500)
	}
	return b.String()
}

func largeTown(t testing.TB, engine string, n int) (*importer, string) {
	s := storetest.Open(t, storetest.URL(t, engine), store.Options{})
	d := newImporter(t, s)
	for i := range (n + 499) / 500 {
		if _, err := s.CreateSchool(context.Background(), d.by, school.School{Name: fmt.Sprintf("Schule %d", i), Number: fmt.Sprint(100000 + i)}); err != nil {
			t.Fatal(err)
		}
	}
	return d, wholeTown(n)
}

// A town's whole file is read and thought through within 300 MB.
func TestFX18_ALargeFileNeedsLittleMemory(t *testing.T) {
	d, text := largeTown(t, "sqlite", 45_000)
	if len(text) < 4<<20 {
		t.Fatalf("the file has %d bytes", len(text))
	}
	var run school.RosterRun
	if most := storetest.Peak(func() { run = d.plan("", d.readText(text)) }); most > 300<<20 {
		t.Errorf("%d MB", most>>20)
	}
	people := 0
	for _, p := range run.Parts {
		people += p.Counts[school.RosterNew]
		if p.Open > 0 || p.School == "" {
			t.Fatalf("%+v", p)
		}
	}
	if people != 45_000 {
		t.Errorf("%d people", people)
	}
}

// BenchmarkFX18_Plan reads and thinks a town's whole file through: 45,000 people at 90 schools, new ones and such as are
// there already.
func BenchmarkFX18_Plan(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			d, text := largeTown(b, engine, 45_000)
			plan := func(b *testing.B) {
				var peak uint64
				for b.Loop() {
					peak = max(peak, storetest.Peak(func() { d.plan("", d.readText(text)) }))
				}
				b.ReportMetric(float64(peak>>20), "peak-MB")
			}
			b.Run("new", plan)
			d.take("", d.readText(text))
			b.Run("known", plan)
		})
	}
}

// BenchmarkFX18_Apply takes one school of 500 over that was empty.
func BenchmarkFX18_Apply(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				d, text := largeTown(b, engine, 500)
				run := d.plan("", d.readText(text))
				b.StartTimer()
				if _, err := d.s.ApplyRoster(context.Background(), d.by, run.ID, 0, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Whoever looks after one school alone brings nobody along who still has something of another.
func TestAListTakesNoDeviceFromAnotherSchool(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2"), pupil("Ida", "Reh", "5a", "3"))
		d.take(d.north, file)
		devices := d.devices("Realschule Süd", "F9FX", 1)
		who := map[string]school.PersonID{}
		page, err := s.Persons(ctx, d.by, store.PersonFilter{School: d.north})
		for _, x := range must(t, page, err).Rows {
			who[x.Given] = x.ID
		}
		for _, name := range []string{"Lena", "Tom"} { // went to the other school and left it, one of them with its iPad
			if err := s.Exec(ctx, `UPDATE person SET school_id = $1 WHERE id = $2`, string(d.south), string(who[name])); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Issue(ctx, d.by, who["Lena"], devices[0]); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, `UPDATE person SET archived = TRUE WHERE school_id = $1`, string(d.south)); err != nil {
			t.Fatal(err)
		}
		at := func(name string) school.SchoolID {
			t.Helper()
			x, err := s.PersonByID(ctx, d.by, who[name])
			return must(t, x, err).School
		}
		whole := d.by
		d.by = d.clerk(school.SchoolAdmin, d.north)
		p, _ := d.take(d.north, file)
		d.by = whole
		if got := lines(p, school.RosterBack); len(got) != 1 || len(p.Words) != 1 || p.Words[0].Code != "held_elsewhere" || at("Lena") != d.south || at("Tom") != d.north {
			t.Errorf("%+v", p)
		}
		device := func() school.SchoolID {
			x, err := s.DeviceByID(ctx, d.by, devices[0])
			return must(t, x, err).School
		}
		if device() != d.south {
			t.Error("the iPad of the other school went along")
		}
		p, _ = d.take(d.north, file)
		if got := lines(p, school.RosterBack); len(got) != 1 || at("Lena") != d.north || device() != d.north {
			t.Errorf("who looks after both: %+v", p)
		}
	})
}

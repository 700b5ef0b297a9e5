package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// importer is a town with a source of rosters.
type importer struct {
	*town
	source school.RosterSourceID
}

func newImporter(t testing.TB, s *store.Store) *importer {
	t.Helper()
	d := newTown(t, s)
	id, err := s.CreateRosterSource(context.Background(), d.by, school.RosterSource{Name: "IServ", Format: "csv"})
	return &importer{d, must(t, id, err)}
}

const rosterHeads = "Vorname;Nachname;Klasse;Import-ID;Typ;E-Mail\n"

// read reads lines of a table with rosterHeads above.
func (d *importer) read(lines ...string) school.Roster {
	d.t.Helper()
	return d.readText(rosterHeads + strings.Join(lines, "\n") + "\n")
}

func (d *importer) readText(text string) school.Roster {
	d.t.Helper()
	res, err := roster.Read(roster.Input{Name: "liste.csv", Data: strings.NewReader(text), Size: int64(len(text)), Format: "csv", Now: d.s.Now()})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.Roster
}

// plan brings a roster for a school (empty: it names its schools) and thinks it through.
func (d *importer) plan(at school.SchoolID, r school.Roster) school.RosterRun {
	d.t.Helper()
	ctx := context.Background()
	id, err := d.s.BringRoster(ctx, d.by, store.NewRoster{Source: d.source, School: at, File: "liste.csv", Data: []byte("liste")})
	if err != nil {
		d.t.Fatal(err)
	}
	run, err := d.s.PlanRoster(ctx, d.by, id, r)
	return must(d.t, run, err)
}

// part is one school of a run with all its lines.
func (d *importer) part(run school.RosterRun, n int) school.RosterPart {
	d.t.Helper()
	p, err := d.s.RosterPart(context.Background(), d.by, run.ID, n)
	return must(d.t, p, err)
}

// take plans a roster and takes it over, typing what is asked for.
func (d *importer) take(at school.SchoolID, r school.Roster) (school.RosterPart, school.ChangeSetID) {
	d.t.Helper()
	run := d.plan(at, r)
	var p school.RosterPart
	var set school.ChangeSetID
	for n := range run.Parts {
		p = d.part(run, n)
		var err error
		if set, err = d.s.ApplyRoster(context.Background(), d.by, run.ID, n, p.Typed); err != nil {
			d.t.Fatalf("part %d: %v %+v", n, err, p)
		}
	}
	return p, set
}

// lines are the items of a part of a kind, as "name: from > to".
func lines(p school.RosterPart, does school.RosterDoes) (out []string) {
	for _, i := range p.Items {
		if i.Does == does {
			out = append(out, strings.TrimRight(strings.TrimSpace(fmt.Sprintf("%s: %s > %s", i.Name, i.From, i.To)), ": >"))
		}
	}
	return out
}

// classes is who is in which class of a school now.
func (d *importer) classes(at school.SchoolID) map[string]string {
	d.t.Helper()
	out := map[string]string{}
	for after := ""; ; {
		page, err := d.s.Persons(context.Background(), d.by, store.PersonFilter{School: at, After: after, Limit: store.MaxPage})
		if err != nil {
			d.t.Fatal(err)
		}
		for _, p := range page.Rows {
			out[p.Name()] += p.ClassName
		}
		if after = page.Next; after == "" {
			return out
		}
	}
}

func pupil(given, family, class, id string) string {
	return fmt.Sprintf("%s;%s;%s;%s;Schüler;", given, family, class, id)
}

// grade makes n pupils in each class.
func year(n, since int, classes ...string) (out []string) {
	for _, c := range classes {
		for i := range n {
			out = append(out, pupil(fmt.Sprintf("Kind %c", 'A'+i), fmt.Sprintf("Jahr%d%s", since, c[len(c)-1:]), c, fmt.Sprintf("%d-%s-%d", since, c[len(c)-1:], i)))
		}
	}
	return out
}

func TestMUC07_AFileIsTakenOverOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := []string{pupil("Lena", "Özdemir", "Klasse 5a", "1"), pupil("Tom", "Weiß", "5a", "2"), pupil("Ada", "Łukasz", "", "3"), "Uta;Stern;5a;L1;Lehrer;uta.stern@schule.example"}
		first := d.read(file...)
		run := d.plan(d.north, first)
		p := d.part(run, 0)
		if got := lines(p, school.RosterNew); len(got) != 4 || p.Open != 0 || len(p.Guards) != 0 || p.Counts[school.RosterClassNew] != 1 {
			t.Fatalf("planned %+v", p)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM person`); err != nil || n != 0 {
			t.Errorf("a plan wrote %d people, %v", n, err)
		}
		set, err := s.ApplyRoster(ctx, d.by, run.ID, 0, 0)
		if err != nil || set == "" {
			t.Fatal(set, err)
		}
		if diff := cmp.Diff(map[string]string{"Özdemir, Lena": "5a", "Weiß, Tom": "5a", "Łukasz, Ada": "", "Stern, Uta": ""}, d.classes(d.north)); diff != "" {
			t.Error(diff)
		}
		_, err = s.ApplyRoster(ctx, d.by, run.ID, 0, 0)
		wants(t, "taken over twice", err, school.Conflict, "roster_done")

		same := d.plan(d.north, d.read(file...))
		if p := d.part(same, 0); p.Changes != 0 || p.Open != 0 || len(p.Guards) != 0 {
			t.Errorf("the same file again: %+v", p)
		}
		if set, err := s.ApplyRoster(ctx, d.by, same.ID, 0, 0); err != nil || set != "" {
			t.Errorf("it wrote %q, %v", set, err)
		}
	})
}

// A plan is bound to what it was made from: on other facts it is shown again and nothing is written.
func TestAPlanOfARosterIsBoundToTheFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		run := d.plan(d.north, d.read(pupil("Lena", "Özdemir", "5a", "1"), pupil("Tom", "Weiß", "5a", "2")))
		b5 := d.class(d.north, "5b")
		lena := d.pupil(d.north, b5, "Lena", "Özdemir")
		_, err := s.ApplyRoster(ctx, d.by, run.ID, 0, 0)
		wants(t, "somebody of that name came", err, school.Conflict, "roster_moved")
		p := d.part(run, 0)
		if !p.Moved || len(p.Questions) != 1 || p.Questions[0].Options[0].ID != string(lena) || p.Questions[0].Options[0].Detail != "5b" {
			t.Fatalf("it is not shown anew: %+v", p)
		}
		_, err = s.ApplyRoster(ctx, d.by, run.ID, 0, 0)
		wants(t, "a question is open", err, school.Conflict, "roster_questions")
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, []store.RosterAnswer{{Kind: school.AskPerson, Subject: p.Questions[0].Subject, Choice: "nobody"}}); school.KindOf(err) != school.Invalid {
			t.Errorf("an answer that is none: %v", err)
		}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, []store.RosterAnswer{{Kind: school.AskPerson, Subject: p.Questions[0].Subject, Choice: string(lena)}}); err != nil {
			t.Fatal(err)
		}
		p = d.part(run, 0)
		if got := lines(p, school.RosterMoves); p.Open != 0 || !slices.Equal(got, []string{"Özdemir, Lena: 5b > 5a"}) || !slices.Equal(lines(p, school.RosterLinked), []string{"Özdemir, Lena"}) {
			t.Errorf("answered: %+v", p)
		}
		if _, err := s.ApplyRoster(ctx, d.by, run.ID, 0, p.Typed); err != nil {
			t.Fatal(err)
		}
		if p := d.part(d.plan(d.north, d.read(pupil("Lena", "Özdemir", "5a", "1"), pupil("Tom", "Weiß", "5a", "2"))), 0); p.Changes+p.Open != 0 {
			t.Errorf("and again: %+v", p)
		}
	})
}

func TestFX08_NamesOfAClassAreOneClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newImporter(t, s)
		d.class(d.north, "5a")
		p, _ := d.take(d.north, d.read(pupil("A", "Eins", "Klasse 5a", "1"), pupil("B", "Zwei", "5a", "2"), pupil("C", "Drei", "05A", "3"), pupil("D", "Vier", "5 a", "4")))
		if p.Counts[school.RosterClassNew]+p.Counts[school.RosterClassAs] != 1 { // it gets its grade
			t.Errorf("%+v", p.Items)
		}
		if got := d.classes(d.north); len(got) != 4 || got["Drei, C"] != "5a" {
			t.Errorf("%v", got)
		}
	})
}

func TestFX09_FormsOfLettersAreOnePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newImporter(t, s)
		d.pupil(d.north, d.class(d.north, "5a"), "J\u00fcrgen", "Weber")
		p, _ := d.take(d.north, d.read(pupil("Ju\u0308rgen", "Weber", "5a", "1")))
		if p.Counts[school.RosterLinked] != 1 || p.Counts[school.RosterNew]+p.Counts[school.RosterRenamed] != 0 {
			t.Errorf("%+v", p.Items)
		}
	})
}

func TestFX10_IdsThatAreMissingOrChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Ben", "Müller", "5a", "1"), pupil("Ben", "Müller", "5b", "2"), pupil("Eva", "Fuchs", "5b", "3"), pupil("Ida", "Ohne", "5b", "")))

		twice := d.readText(rosterHeads + pupil("Ben", "Müller", "5a", "1") + "\n" + pupil("Eva", "Fuchs", "5b", "1") + "\n")
		id, err := s.BringRoster(ctx, d.by, store.NewRoster{Source: d.source, School: d.north, Data: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.PlanRoster(ctx, d.by, id, twice)
		wants(t, "one id for two people", err, school.Invalid, "roster_stop")

		// Another id and the same name: asked. Without an id and a name of its own: known again. Another name under an id: asked.
		p := d.part(d.plan(d.north, d.read(pupil("Ben", "Müller", "5a", "9"), pupil("Ben", "Müller", "5b", "2"), pupil("Kim", "Anders", "5b", "3"), pupil("Ida", "Ohne", "5b", ""))), 0)
		var asked []string
		for _, q := range p.Questions {
			asked = append(asked, q.Kind+" "+q.Name+" "+q.Detail)
		}
		slices.Sort(asked)
		if diff := cmp.Diff([]string{"id Müller, Ben 5a", "name Anders, Kim Fuchs, Eva"}, asked); diff != "" || p.Changes != 0 {
			t.Errorf("%s %+v", diff, p.Items)
		}
	})
}

// Two of one name in one class are never told apart by rule, and an answer is asked for once.
func TestFX10_Twins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		a5 := d.class(d.north, "5a")
		one, two := d.pupil(d.north, a5, "Ben", "Müller"), d.pupil(d.north, a5, "Ben", "Müller")
		device := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		_, _, err := s.Issue(ctx, d.by, two, device)
		must(t, 0, err)
		file := d.read(pupil("Ben", "Müller", "5a", "1"), pupil("Ben", "Müller", "5a", "2"))
		run := d.plan(d.north, file)
		p := d.part(run, 0)
		if p.Open != 2 || p.Changes > 1 {
			t.Fatalf("%+v", p)
		}
		queue, err := s.OpenRosterQuestions(ctx, d.by)
		if err != nil || len(queue) != 1 || len(queue[0].Parts) != 1 || len(queue[0].Parts[0].Questions) != 2 {
			t.Fatalf("the queue: %+v %v", queue, err)
		}
		for _, o := range p.Questions[0].Options { // they are told apart by the iPad that one of them has
			if want := map[string]string{string(one): "5a", string(two): "5a · F9FX000000"}[o.ID]; o.Detail != want {
				t.Errorf("%s is shown as %q, want %q", o.Name, o.Detail, want)
			}
		}
		answers := []store.RosterAnswer{{Kind: school.AskPerson, Subject: p.Questions[0].Subject, Choice: string(two)}, {Kind: school.AskPerson, Subject: p.Questions[1].Subject, Choice: string(one)}}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, answers); err != nil {
			t.Fatal(err)
		}
		if p = d.part(run, 0); p.Open != 0 || p.Counts[school.RosterLinked] != 2 || p.Counts[school.RosterNew] != 0 {
			t.Fatalf("%+v", p)
		}
		if _, err := s.ApplyRoster(ctx, d.by, run.ID, 0, p.Typed); err != nil {
			t.Fatal(err)
		}
		if p := d.part(d.plan(d.north, file), 0); p.Changes+p.Open != 0 {
			t.Errorf("asked again: %+v", p)
		}
	})
}

func TestFX11_OnePersonAtSeveralSchools(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		west := d.school("Berufskolleg West")
		person := func(id, name, class string, kind school.PersonKind) school.RosterPerson {
			p := school.RosterPerson{ID: id, Kind: kind, Given: "Kim", Family: name}
			if class != "" {
				p.Classes = []string{class}
			}
			return p
		}
		file := school.Roster{Schools: []school.RosterSchool{
			{Number: "Gymnasium Nord", Classes: []school.RosterClass{{Name: "5a", Grade: "5"}}, People: []school.RosterPerson{person("1", "Pupil", "5a", school.Pupil), person("L", "Lehrer", "", school.Teacher)}},
			{Number: "Realschule Süd", Classes: []school.RosterClass{{Name: "K1"}}, People: []school.RosterPerson{person("1", "Pupil", "K1", school.Pupil), person("L", "Lehrer", "", school.Teacher)}},
			{Number: "Berufskolleg West", People: []school.RosterPerson{person("L", "Lehrer", "", school.Teacher)}},
		}}
		run := d.plan("", file)
		_, err := s.ApplyRoster(ctx, d.by, run.ID, 1, 0)
		wants(t, "the second school before the first", err, school.Conflict, "roster_first")
		for n := range run.Parts {
			if _, err := s.ApplyRoster(ctx, d.by, run.ID, n, 0); err != nil {
				t.Fatal(n, err)
			}
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM person`); err != nil || n != 2 {
			t.Errorf("%d people, %v", n, err)
		}
		for at, want := range map[school.SchoolID]int{d.north: 2, d.south: 2, west: 1} {
			page, err := s.Persons(ctx, d.clerk(school.SchoolAdmin, at), store.PersonFilter{})
			if err != nil || len(page.Rows) != want {
				t.Errorf("%d people seen of %d, %v", len(page.Rows), want, err)
			}
		}
		for n := range run.Parts {
			if p := d.part(d.plan("", file), n); p.Changes+p.Open != 0 {
				t.Errorf("again, part %d: %+v", n, p)
			}
		}
		// The teacher leaves the second school; the pupil the first one for good.
		file.Schools[1].People = file.Schools[1].People[:1]
		file.Schools[0].People = file.Schools[0].People[1:]
		file.Schools[0].People = append(file.Schools[0].People, person("2", "Neu", "5a", school.Pupil))
		again := d.plan("", file)
		if p := d.part(again, 0); !slices.Equal(lines(p, school.RosterElsewhere), []string{"Pupil, Kim: 5a > Realschule Süd"}) {
			t.Errorf("%+v", p.Items)
		}
		if p := d.part(again, 1); p.Counts[school.RosterArrives] != 1 || p.Counts[school.RosterEnds] != 1 {
			t.Errorf("%+v", p.Items)
		}
		for n := range again.Parts {
			if _, err := s.ApplyRoster(ctx, d.by, again.ID, n, d.part(again, n).Typed); err != nil {
				t.Fatal(n, err)
			}
		}
		if page, err := s.Persons(ctx, d.clerk(school.SchoolAdmin, d.south), store.PersonFilter{}); err != nil || len(page.Rows) != 1 || page.Rows[0].School != d.south || page.Rows[0].ClassName != "K1" {
			t.Errorf("%+v %v", page.Rows, err)
		}
		for n := range again.Parts {
			if p := d.part(d.plan("", file), n); p.Changes+p.Open != 0 {
				t.Errorf("at rest, part %d: %+v", n, p)
			}
		}
	})
}

func TestFX12_WithoutClassAndMixedClasses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newImporter(t, s)
		p, _ := d.take(d.north, d.read(pupil("A", "Ohne", "", "1"), pupil("B", "Bunt", "Eulen", "2"), pupil("C", "Klein", "1a", "3"), pupil("D", "Klein", "1a", "4")))
		if !slices.Equal(lines(p, school.RosterUnclassed), []string{"Ohne, A"}) || !slices.Equal(lines(p, school.RosterMixed), []string{"Eulen"}) || p.Counts[school.RosterSmall] != 2 {
			t.Errorf("%+v", p.Items)
		}
		// In August a program gives no classes for weeks: what is there stays.
		p, _ = d.take(d.north, d.read(pupil("A", "Ohne", "", "1"), pupil("B", "Bunt", "", "2"), pupil("C", "Klein", "", "3"), pupil("D", "Klein", "1a", "4")))
		if p.Changes != 0 || p.Counts[school.RosterKept] != 2 {
			t.Errorf("%+v", p.Items)
		}
		if got := d.classes(d.north); got["Bunt, B"] != "Eulen" || got["Klein, C"] != "1a" {
			t.Errorf("%v", got)
		}
	})
}

// A year passes: grade 10 has left, every class is called one more, there is a new grade 5.
func TestFX13_TheTurnOfAYear(t *testing.T) {
	for _, ids := range []bool{true, false} {
		t.Run(map[bool]string{true: "by ids", false: "by names alone"}[ids], func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				ctx := context.Background()
				d := newImporter(t, s)
				file := func(first int) school.Roster { // grades 5 to 10; who is in 5 began in that year
					var all []string
					for g := 5; g <= 10; g++ {
						all = append(all, year(8, first-(g-5), fmt.Sprintf("%da", g), fmt.Sprintf("%db", g))...)
					}
					r := d.read(all...)
					for i := range r.Schools[0].People {
						if !ids {
							r.Schools[0].People[i].ID = ""
						}
					}
					return r
				}
				d.take(d.north, file(2025))
				classes := map[string]school.ClassID{}
				page, err := s.Classes(ctx, d.by, store.ClassFilter{School: d.north})
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page.Rows {
					classes[c.Name] = c.ID
				}
				devices := d.devices("Gymnasium Nord", "F9FX", 2)
				d.enrol(devices...)
				holder := func(name string) school.PersonID {
					page, err := s.Persons(ctx, d.by, store.PersonFilter{Text: name, School: d.north})
					if err != nil || len(page.Rows) == 0 {
						t.Fatal(name, err)
					}
					return page.Rows[0].ID
				}
				for i, name := range []string{"Jahr2020a", "Jahr2023b"} { // grades 10 and 7
					if _, _, err := s.Issue(ctx, d.by, holder(name), devices[i]); err != nil {
						t.Fatal(err)
					}
				}
				p, _ := d.take(d.north, file(2026))
				if p.Counts[school.RosterLeaves] != 16 || p.Counts[school.RosterClassAs] != 10 || p.Counts[school.RosterClassNew] != 2 || p.Counts[school.RosterClassEnds] != 2 ||
					p.Counts[school.RosterNew] != 16 || p.Counts[school.RosterMoves] != 0 || len(p.Questions) != 0 {
					t.Fatalf("%v %+v", p.Counts, p.Questions)
				}
				if p.Guards[0].Kind != school.GuardLeavers || p.Guards[0].Count != 16 || p.Guards[0].Of != 96 || p.Typed != 16 {
					t.Errorf("%+v typed %d", p.Guards, p.Typed)
				}
				for was, is := range map[string]string{"5a": "6a", "9b": "10b"} {
					c, err := s.ClassByID(ctx, d.by, classes[was])
					if err != nil || c.Name != is || c.People != 8 || c.Grade != strings.TrimRight(is, "ab") {
						t.Errorf("%s became %+v, %v", was, c, err)
					}
				}
				if n, err := s.Number(ctx, `SELECT count(*) FROM device_order`); err != nil || n != 0 {
					t.Errorf("%d orders to devices, %v", n, err)
				}
				left, err := s.Persons(ctx, d.by, store.PersonFilter{Holding: true})
				if err != nil || len(left.Rows) != 1 || left.Rows[0].Devices != 1 || !left.Rows[0].Archived {
					t.Errorf("who left and holds one: %+v %v", left.Rows, err)
				}
				if p := d.part(d.plan(d.north, file(2026)), 0); p.Changes+p.Open != 0 {
					t.Errorf("again: %v %+v", p.Counts, p.Questions)
				}
			})
		})
	}
}

func TestFX14_AFileThatWasCutOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		all := year(24, 2026, "5a", "5b", "5c", "5d", "5e")
		d.take(d.north, d.read(all...))
		run := d.plan(d.north, d.read(all[:100]...))
		p := d.part(run, 0)
		kinds := map[string]school.RosterGuard{}
		for _, g := range p.Guards {
			kinds[g.Kind+g.Class] = g
		}
		want := map[string]school.RosterGuard{"cut": {Kind: "cut", Count: 100, Of: 120}, "leavers": {Kind: "leavers", Count: 20, Of: 120}}
		if !maps.Equal(want, kinds) || p.Typed != 20 {
			t.Errorf("%+v typed %d", kinds, p.Typed)
		}
		for _, typed := range []int{0, 19, 100} {
			_, err := s.ApplyRoster(ctx, d.by, run.ID, 0, typed)
			wants(t, fmt.Sprint("typed ", typed), err, school.Invalid, "roster_number")
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM person WHERE archived`); err != nil || n != 0 {
			t.Errorf("%d left, %v", n, err)
		}
		// A class that is missing whole is asked for even where few leave.
		few := d.part(d.plan(d.north, d.read(append(year(24, 2026, "5a", "5b", "5c", "5d"), all[118:]...)...)), 0)
		if !slices.ContainsFunc(few.Guards, func(g school.RosterGuard) bool { return g.Kind == school.GuardLeavers && g.Count == 22 }) {
			t.Errorf("%+v", few.Guards)
		}
		gone := d.part(d.plan(d.north, d.read(all[:96]...)), 0)
		if !slices.ContainsFunc(gone.Guards, func(g school.RosterGuard) bool {
			return g.Kind == school.GuardEmptied && g.Class == "5e" && g.Count == 24
		}) {
			t.Errorf("%+v", gone.Guards)
		}
	})
}

// Who was entered by a person stays, whatever a file leaves out. Who left is archived and comes back.
func TestWhomAPersonEnteredAFileDoesNotTouch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		hand := d.pupil(d.north, d.class(d.north, "9c"), "Von", "Hand")
		d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2")))
		p, _ := d.take(d.north, d.read(pupil("Tom", "Weiß", "5a", "2")))
		if p.Counts[school.RosterLeaves] != 1 || !slices.Equal(lines(p, school.RosterByHand), []string{"Hand, Von"}) {
			t.Errorf("%+v", p.Items)
		}
		if x, err := s.PersonByID(ctx, d.by, hand); err != nil || x.Archived || x.ClassName != "9c" {
			t.Errorf("%+v %v", x, err)
		}
		p, _ = d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2")))
		if p.Counts[school.RosterBack] != 1 || p.Counts[school.RosterNew] != 0 || d.classes(d.north)["Fuchs, Lena"] != "5a" {
			t.Errorf("%+v", p.Items)
		}
	})
}

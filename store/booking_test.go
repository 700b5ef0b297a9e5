package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func remarked(a store.DeskAnswer) (out []string) {
	for _, r := range a.Remarks {
		out = append(out, r.Code)
	}
	return out
}

// A scan is a thing, a person, a case or a contract; the wrong bar code is named as such.
func TestWhatAScanMeansAtADesk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		desk := l.clerk(school.Desk, l.north)
		if _, err := s.SetNumber(ctx, l.by, l.ipads[0], "MS-26-000417"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], l.lena); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ChangePerson(ctx, l.by, school.Person{ID: l.tom, School: l.north, Kind: school.Pupil, Given: "Tom", Family: "Beispiel", Login: "tom.beispiel"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreatePlace(ctx, l.by, school.Place{School: l.north, Kind: school.Case, Name: "Koffer 1"}); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.lena}})
		if err != nil {
			t.Fatal(err)
		}
		number := l.contract(made[0]).Number
		south := l.devices("Realschule Süd", "SUED", 1)
		scan := func(text string, act store.DeskAct, person school.PersonID) store.DeskAnswer {
			t.Helper()
			a, err := s.ScanAtDesk(ctx, desk, store.DeskScan{Text: text, Act: act, School: l.north, Person: person})
			return must(t, a, err)
		}
		for _, x := range []struct {
			text   string
			act    store.DeskAct
			person school.PersonID
			light  school.Light
			codes  []string
		}{
			{"MS-26-000417", store.DeskIssue, l.lena, school.Yellow, []string{"unsigned"}},
			{"msß26ß000417", store.DeskIssue, "", school.Yellow, []string{"unsigned"}},
			{"SF9FX000000", store.DeskIssue, l.tom, school.Yellow, []string{"planned_for_other"}},
			{"F9FX000001", store.DeskIssue, l.tom, school.Green, nil},
			{"F9FX000001", store.DeskIssue, l.lena, school.Yellow, []string{"unsigned", "other_prepared"}},
			{"PF4A0001", store.DeskIssue, l.tom, school.Green, nil},
			{"SUED000000", store.DeskIssue, l.tom, school.Red, []string{"scan_foreign"}},
			{"4006381333931", store.DeskIssue, l.tom, school.Red, []string{"scan_ean"}},
			{"MK2K3FD/A", store.DeskReturn, "", school.Red, []string{"scan_part"}},
			{"nichts", store.DeskIssue, "", school.Red, []string{"scan_unknown"}},
			{" ", store.DeskIssue, "", school.Red, []string{"scan_nothing"}},
			{"tom.beispiel", store.DeskIssue, "", school.Green, nil},
			{"Koffer 1", store.DeskIssue, "", school.Green, nil},
			{"Koffer 1", store.DeskReturn, "", school.Red, []string{"case_not_out"}},
			{number, store.DeskIssue, "", school.Green, nil},
			{"L-26-999999", store.DeskIssue, "", school.Red, []string{"contract_unknown"}},
			{"F9FX000001", store.DeskReturn, "", school.Red, []string{"not_issued"}},
		} {
			a := scan(x.text, x.act, x.person)
			if a.Light != x.light || !slices.Equal(remarked(a), x.codes) {
				t.Errorf("%s %s: %s %v, want %s %v", x.act, x.text, a.Light, remarked(a), x.light, x.codes)
			}
		}
		if a := scan("MS-26-000417", store.DeskIssue, ""); a.Person == nil || a.Person.ID != l.lena || a.Contract != made[0] || a.Person.Class != "8a" || a.Thing.Battery != -1 {
			t.Errorf("whoever it is meant for: %+v", a)
		}
		if a := scan("tom.beispiel", store.DeskIssue, ""); a.Person == nil || a.Person.ID != l.tom || a.Thing != nil {
			t.Errorf("a card: %+v", a)
		}
		l.out(l.lena, l.asset(l.ipads[0]))
		if a := scan("MS-26-000417", store.DeskIssue, l.tom); a.Light != school.Red || !slices.Equal(remarked(a), []string{"issued_to"}) || a.Remarks[0].Args[1] != "Lena M." {
			t.Errorf("%+v", a.Remarks)
		}
		if a := scan(number, store.DeskReturn, ""); a.Light != school.Green || a.Thing == nil || len(a.Thing.Parts) != 4 || a.Person.ID != l.lena {
			t.Errorf("the bar code of its paper: %+v", a)
		}
		if _, err := s.ScanAtDesk(ctx, l.clerk(school.Desk, l.south), store.DeskScan{Text: "x", Act: store.DeskIssue, School: l.north}); school.KindOf(err) != school.NotFound {
			t.Errorf("a desk of another school: %v", err)
		}
		if a, err := s.ScanAtDesk(ctx, l.by, store.DeskScan{Text: "SUED000000", Act: store.DeskIssue, School: l.north, Person: l.tom}); err != nil || !slices.Equal(remarked(a), []string{"other_school"}) {
			t.Errorf("%v %v %v", south, a.Remarks, err)
		}
	})
}

// LEND-02: what is scanned twice, or at two desks at once, makes one contract.
func TestLEND02_ADoubleScanIsOneContract(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		asset := l.asset(l.ipads[0])
		desks := []school.Actor{named(l.clerk(school.Desk, l.north), "platz1"), named(l.clerk(school.Desk, l.north), "platz2")}
		var wg sync.WaitGroup
		type answer struct {
			store.Booked
			err error
		}
		answers := make([]answer, 12)
		for i := range answers { // each of two desks sends the same booking six times, for two persons
			wg.Go(func() {
				person := []school.PersonID{l.lena, l.tom}[i%2]
				b, err := s.Book(ctx, desks[i%2], store.Booking{ID: "buchung-" + string(rune('a'+i%2)) + "-0001", Issue: &store.Handover{Person: person, Asset: asset}})
				answers[i] = answer{b, err}
			})
		}
		wg.Wait()
		won := -1
		for i, a := range answers {
			if a.err == nil {
				if won >= 0 && i%2 != won%2 {
					t.Fatal("both desks handed it out")
				}
				if won >= 0 && a.Contract != answers[won].Contract {
					t.Fatal("one booking, two contracts")
				}
				won = i
			} else if codeOf(a.err) != "device_issued_to" {
				t.Errorf("%v", a.err)
			}
		}
		if won < 0 {
			t.Fatal("nobody got it")
		}
		for i, a := range answers {
			if (a.err == nil) != (i%2 == won%2) {
				t.Errorf("booking %d of the desk that won: %v", i, a.err)
			}
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM contract WHERE authority_id = $1`, string(l.by.Tenant)); err != nil || n != 1 {
			t.Errorf("%d contracts, %v", n, err)
		}
		again, err := s.Book(ctx, desks[won%2], store.Booking{ID: answers[won].ID, Issue: &store.Handover{Person: l.lena, Asset: l.asset(l.ipads[1])}})
		if err != nil || !again.Again || again.Contract != answers[won].Contract {
			t.Errorf("the same name for something else: %+v %v", again, err)
		}
	})
}

func TestADeskTakesBackWhatItBooked(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		desk, other := named(l.clerk(school.Desk, l.north), "platz1"), named(l.clerk(school.Desk, l.north), "platz2")
		book := func(id string, b store.Booking) store.Booked {
			t.Helper()
			b.ID = id
			x, err := s.Book(ctx, desk, b)
			return must(t, x, err)
		}
		x := book("buchung-0001", store.Booking{Issue: &store.Handover{Person: l.lena, Asset: l.asset(l.ipads[0])}})
		if _, err := s.Unbook(ctx, other, x.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("another desk took it back: %v", err)
		}
		for range 2 { // twice is once
			if u, err := s.Unbook(ctx, desk, x.ID); err != nil || !u.Undone {
				t.Fatalf("%+v %v", u, err)
			}
		}
		if l.holder(l.ipads[0]) != "" {
			t.Error("still handed out")
		}
		x = book("buchung-0002", store.Booking{Issue: &store.Handover{Person: l.lena, Asset: l.asset(l.ipads[0])}})
		y := book("buchung-0003", store.Booking{Swap: &store.DeskSwap{Contract: x.Contract, To: l.asset(l.ipads[1]), Reason: school.SwapOther}})
		if _, err := s.Unbook(ctx, desk, x.ID); codeOf(err) != "undo_conflict" {
			t.Errorf("taken back what went on since: %v", err)
		}
		*now = now.Add(store.BookingFor + time.Second)
		if _, err := s.Unbook(ctx, desk, y.ID); codeOf(err) != "booking_late" {
			t.Errorf("%v", err)
		}
		z := book("buchung-0004", store.Booking{Return: &store.GivenBack{Asset: l.asset(l.ipads[1])}})
		if _, err := s.Unbook(ctx, desk, z.ID); err != nil || l.holder(l.ipads[1]) != "Lena" {
			t.Errorf("%v", err)
		}
		for _, bad := range []store.Booking{{ID: "kurz", Return: &store.GivenBack{}}, {ID: "lang genug"}, {ID: "lang genug", Return: &store.GivenBack{}, CaseBack: "x"}} {
			if _, err := s.Book(ctx, desk, bad); school.KindOf(err) != school.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

// Several desks go through one class; each sees what the others did.
func TestSeveralDesksOnOneClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		desk := l.clerk(school.Desk, l.north)
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[1], l.tom); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.tom}})
		if err != nil {
			t.Fatal(err)
		}
		l.out(l.lena, l.asset(l.ipads[0]))
		lines, err := s.IssueLines(ctx, desk, l.north, l.class)
		if err != nil || len(lines) != 2 || lines[0].Name != "Beispiel, Tom" || lines[0].State != school.ContractPlanned || lines[0].Contract != made[0] || lines[0].Device != "F9FX000001" ||
			!lines[0].Unsigned || lines[1].State != school.ContractIssued || lines[1].Device != "F9FX000000" {
			t.Errorf("%+v %v", lines, err)
		}
	})
}

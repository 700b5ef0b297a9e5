package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var offerFacts = []string{"person", "membership", "device", "holding", "contract", "person_key", "crossing"}

// offerTown is a town with an administrator for each school, and a pupil of the north who holds an iPad.
type offerTown struct {
	*town
	nord, sued school.Actor
	lena       school.PersonID
	device     school.DeviceID
	class      school.ClassID // of the south
}

func newOffers(t *testing.T, s *store.Store) *offerTown {
	t.Helper()
	d := newTown(t, s)
	x := &offerTown{town: d, nord: d.clerk(school.SchoolAdmin, d.north), sued: d.clerk(school.SchoolAdmin, d.south), class: d.class(d.south, "7b")}
	x.lena = d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Muster")
	ids := d.devices("Gymnasium Nord", "F9FX", 2)
	x.device = ids[0]
	_, _, err := s.Issue(context.Background(), d.by, x.lena, x.device)
	must(t, 0, err)
	_, err = s.PlanPerson(context.Background(), d.by, ids[1], x.lena)
	must(t, 0, err)
	return x
}

// TestMUC05_ASchoolOffersAPupilToAnother: neither school's administrator acts at the other; the one offers, the other takes.
func TestMUC05_ASchoolOffersAPupilToAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newOffers(t, s)
		code := func(want string, err error) {
			t.Helper()
			if codeOf(err) != want {
				t.Errorf("%v, not %q", err, want)
			}
		}
		offer := func(by school.Actor, to school.SchoolID) error {
			_, err := s.OfferCrossing(ctx, by, x.lena, to, nil)
			return err
		}
		if elsewhere, err := s.Elsewhere(ctx, x.nord); err != nil || len(elsewhere) != 1 || elsewhere[0].Name != "Realschule Süd" {
			t.Errorf("%+v %v", elsewhere, err)
		}
		code("not_found", offer(x.sued, x.south)) // nobody takes whom nobody offers
		code("transfer_there", offer(x.nord, x.north))
		code("required", offer(x.nord, ""))
		foreign := newAuthority(t, s, "Anderswo")
		code("not_found", offer(x.nord, newSchool(t, s, foreign, "Gymnasium Fern")))
		must(t, 0, offer(x.nord, x.south))
		code("crossing_open", offer(x.nord, x.south))

		list, err := s.Crossings(ctx, x.sued)
		if len(must(t, list, err)) != 1 || list[0].Name != "Muster, Lena" || list[0].Class != "7a" || list[0].Device != "F9FX000000" || list[0].FromName != "Gymnasium Nord" {
			t.Fatalf("%+v", list)
		}
		id := list[0].ID
		if n, err := s.CrossingsToAnswer(ctx, x.sued); err != nil || n != 1 {
			t.Errorf("%d to answer, %v", n, err)
		}
		if n, err := s.CrossingsToAnswer(ctx, x.by); err != nil || n != 0 {
			t.Errorf("the authority is asked at once: %d, %v", n, err)
		}
		must(t, 0, s.Exec(ctx, `UPDATE crossing SET created_at = created_at - $1`, (store.CrossingsWait+time.Hour).Microseconds()))
		if n, err := s.CrossingsToAnswer(ctx, x.by); err != nil || n != 1 {
			t.Errorf("and not after a week: %d, %v", n, err)
		}
		if n, err := s.CrossingsToAnswer(ctx, x.nord); err != nil || n != 0 {
			t.Errorf("who offers answers %d, %v", n, err)
		}
		if _, err := s.PersonByID(ctx, x.sued, x.lena); school.KindOf(err) != school.NotFound {
			t.Errorf("an offer opens the page of the person: %v", err)
		}
		for name, by := range map[string]school.Actor{"a stranger": foreign, "a third school": x.clerk(school.SchoolAdmin, x.school("Gesamtschule West"))} {
			if _, err := s.CrossingByID(ctx, by, id); school.KindOf(err) != school.NotFound {
				t.Errorf("%s reads it: %v", name, err)
			}
			if _, err := s.TakeCrossing(ctx, by, id, "", nil); school.KindOf(err) != school.NotFound {
				t.Errorf("%s takes her: %v", name, err)
			}
			if _, err := s.WithdrawCrossing(ctx, by, id); school.KindOf(err) != school.NotFound {
				t.Errorf("%s withdraws it: %v", name, err)
			}
		}
		if _, err := s.TakeCrossing(ctx, x.nord, id, "", nil); err == nil {
			t.Error("who offers takes")
		}
		if _, err := s.WithdrawCrossing(ctx, x.sued, id); school.KindOf(err) != school.NotFound {
			t.Errorf("the other school withdraws: %v", err)
		}
		_, err = s.TakeCrossing(ctx, x.sued, id, x.town.class(x.north, "9a"), nil)
		code("class_elsewhere", err)

		before, err := s.Dump(ctx, offerFacts...)
		must(t, 0, err)
		set, err := s.TakeCrossing(ctx, x.sued, id, x.class, nil)
		must(t, set, err)
		p, err := s.PersonByID(ctx, x.sued, x.lena)
		if err != nil || p.School != x.south || p.Class != x.class || p.Device != x.device {
			t.Errorf("%+v %v", p, err)
		}
		if got, _, err := s.DeviceFacts(ctx, x.by, x.device); err != nil || got.Device.School != x.south || got.Place.Class != x.class {
			t.Errorf("%+v %v", got.Place, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM device_order`); err != nil || n != 0 {
			t.Errorf("%d orders, %v: nothing is wiped", n, err)
		}
		_, err = s.TakeCrossing(ctx, x.sued, id, "", nil)
		code("crossing_closed", err)
		if list, err := s.Crossings(ctx, x.nord); err != nil || len(list) != 1 || list[0].Answer != school.CrossingTaken || list[0].Device != "" {
			t.Errorf("%+v %v", list, err)
		}
		_, err = s.Undo(ctx, x.sued, set)
		must(t, 0, err)
		after, err := s.Dump(ctx, offerFacts...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}

		// Who is gone by the list of its school meanwhile is taken all the same.
		must(t, 0, s.Exec(ctx, `UPDATE person SET archived = TRUE WHERE id = $1`, string(x.lena)))
		_, err = s.TakeCrossing(ctx, x.sued, id, "", nil)
		must(t, 0, err)
		if p, err := s.PersonByID(ctx, x.sued, x.lena); err != nil || p.Archived || p.School != x.south || p.Device != x.device {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// TestMUC05_AnOfferIsDeclinedOrWithdrawn, and one that is stale stands in nobody's way.
func TestMUC05_AnOfferIsDeclinedOrWithdrawn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newOffers(t, s)
		offered := func(by school.Actor, to school.SchoolID) school.CrossingID {
			t.Helper()
			_, err := s.OfferCrossing(ctx, by, x.lena, to, nil)
			must(t, 0, err)
			list, err := s.Crossings(ctx, by)
			return must(t, list, err)[0].ID
		}
		id := offered(x.nord, x.south)
		_, err := s.DeclineCrossing(ctx, x.sued, id, nil)
		must(t, 0, err)
		if _, err := s.WithdrawCrossing(ctx, x.nord, id); codeOf(err) != "crossing_closed" {
			t.Errorf("withdrawn after the answer: %v", err)
		}
		id = offered(x.nord, x.south)
		_, err = s.WithdrawCrossing(ctx, x.nord, id)
		must(t, 0, err)
		if _, err := s.TakeCrossing(ctx, x.sued, id, "", nil); codeOf(err) != "crossing_closed" {
			t.Errorf("taken after it was withdrawn: %v", err)
		}
		// She changes schools another way; what was offered by the old one is over, and the new one may offer her.
		offered(x.nord, x.south)
		who, err := s.PersonByID(ctx, x.by, x.lena)
		must(t, 0, err)
		who.School = x.south
		_, err = s.ChangePerson(ctx, x.by, who.Person)
		must(t, 0, err)
		if n, err := s.CrossingsToAnswer(ctx, x.sued); err != nil || n != 0 {
			t.Errorf("%d to answer, %v", n, err)
		}
		offered(x.sued, x.north)
		// Erased, she stands in no offer.
		_, err = s.TakeBack(ctx, x.by, x.device)
		must(t, 0, err)
		must(t, 0, s.ErasePerson(ctx, x.by, x.lena))
		if n, err := s.Number(ctx, `SELECT count(*) FROM crossing`); err != nil || n != 0 {
			t.Errorf("%d offers speak of somebody erased, %v", n, err)
		}
	})
}

// TestMUC05_TwoListsOfTwoSchoolsMakeAPair: who left here and is new there by name is shown to who looks after both, and joined.
func TestMUC05_TwoListsOfTwoSchoolsMakeAPair(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newOffers(t, s)
		twin := x.pupil(x.south, x.class, "Lena", "Muster")
		must(t, 0, s.Exec(ctx, `UPDATE person SET archived = TRUE WHERE id = $1`, string(x.lena))) // by the list of the north
		source, err := s.CreateRosterSource(ctx, x.by, school.RosterSource{Name: "IServ"})
		must(t, source, err)
		must(t, 0, s.Exec(ctx, `INSERT INTO person_key (id, authority_id, source_id, space, key, person_id) VALUES ('k1', $1, $2, '', '17', $3)`, string(x.by.Tenant), string(source), string(twin)))
		if n, err := s.CountNamesakes(ctx, x.by); err != nil || n != 0 {
			t.Errorf("before the night: %d, %v", n, err)
		}
		_, err = s.Retain(ctx, x.by.Tenant)
		must(t, 0, err)
		for _, by := range []school.Actor{x.nord, x.sued} {
			if n, err := s.CountNamesakes(ctx, by); err != nil || n != 0 {
				t.Errorf("one school alone sees %d, %v", n, err)
			}
			if _, err := s.JoinNamesakes(ctx, by, x.lena, twin); school.KindOf(err) != school.NotFound {
				t.Errorf("one school alone joins them: %v", err)
			}
		}
		pairs, err := s.Namesakes(ctx, x.by)
		if len(must(t, pairs, err)) != 1 || pairs[0].Left != x.lena || pairs[0].New != twin || pairs[0].Class != "7b" || pairs[0].Device != "F9FX000000" || pairs[0].FromName != "Gymnasium Nord" || pairs[0].ToName != "Realschule Süd" {
			t.Fatalf("%+v", pairs)
		}
		set, err := s.DifferNamesakes(ctx, x.by, x.lena, twin)
		must(t, set, err)
		if n, err := s.CountNamesakes(ctx, x.by); err != nil || n != 0 {
			t.Errorf("asked again: %d, %v", n, err)
		}
		_, err = s.Undo(ctx, x.by, set)
		must(t, 0, err)
		before, err := s.Dump(ctx, offerFacts...)
		must(t, 0, err)
		set, err = s.JoinNamesakes(ctx, x.by, x.lena, twin)
		must(t, set, err)
		p, err := s.PersonByID(ctx, x.sued, x.lena)
		if err != nil || p.Archived || p.School != x.south || p.Class != x.class || p.Device != x.device {
			t.Errorf("%+v %v", p, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM person_key WHERE person_id = $1 AND key = '17'`, string(x.lena)); err != nil || n != 1 {
			t.Errorf("the list of the south knows her by %d ids, %v", n, err)
		}
		if other, err := s.PersonByID(ctx, x.by, twin); err != nil || !other.Archived || other.Class != "" {
			t.Errorf("%+v %v", other, err)
		}
		if _, err := s.JoinNamesakes(ctx, x.by, x.lena, twin); codeOf(err) != "namesakes_moved" {
			t.Errorf("joined twice: %v", err)
		}
		_, err = s.Undo(ctx, x.by, set)
		must(t, 0, err)
		after, err := s.Dump(ctx, offerFacts...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}
		// Who holds something under both entries is not joined unseen.
		_, _, err = s.Issue(ctx, x.by, twin, x.devices("Realschule Süd", "F9FY", 1)[0])
		must(t, 0, err)
		if _, err := s.JoinNamesakes(ctx, x.by, x.lena, twin); codeOf(err) != "person_holds" {
			t.Errorf("%v", err)
		}
	})
}

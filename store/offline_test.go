package store_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// away is a desk that has no network.
type away struct {
	l    *lender
	by   school.Actor
	pack store.DeskPack
	n    int
}

// leave opens a desk and takes along what it needs.
func (l *lender) leave(account string, mode school.DeskMode) *away {
	l.t.Helper()
	ctx := context.Background()
	by := l.somebody(account, l.north)
	d := school.DeskSession{School: l.north, Mode: mode}
	if mode == school.DeskClass {
		d.Class = l.class
	}
	id, err := l.s.OpenDesk(ctx, by, d)
	p, err2 := l.s.PackDesk(ctx, by, must(l.t, id, err), time.Time{})
	return &away{l: l, by: by, pack: must(l.t, p, err2)}
}

func sign(key []byte, x school.OfflineScan) store.SignedScan {
	b, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(b)
	return store.SignedScan{Text: string(b), Mac: mac.Sum(nil)}
}

// scan is what a desk scans so long after it left.
func (a *away) scan(after time.Duration, act school.OfflineAct, asset school.AssetID, person school.PersonID) school.OfflineScan {
	a.n++
	if act == school.OfflineReturn {
		person = ""
	}
	return school.OfflineScan{ID: fmt.Sprintf("%s-%04d", a.pack.ID, a.n), Pack: a.pack.ID, Act: act, Code: "x" + string(asset), Asset: asset, Person: person, At: a.pack.Made.Add(after).UnixMilli()}
}

func (a *away) merge(scans ...school.OfflineScan) []store.Merged {
	a.l.t.Helper()
	var signed []store.SignedScan
	for _, x := range scans {
		signed = append(signed, sign(a.pack.Key, x))
	}
	out, err := a.l.s.MergeOffline(context.Background(), a.by, signed, noFile)
	return must(a.l.t, out, err)
}

func merged(all []store.Merged) string {
	var out []string
	for _, m := range all {
		out = append(out, strings.TrimSpace(string(m.State)+" "+string(m.Reason)))
	}
	return strings.Join(out, ", ")
}

// LEND-03: of two desks that handed out one device without a network the first has done so, whichever arrives first. The other is
// a question with both versions; a person decides, and the decision can be undone.
func TestLEND03_TheFirstHandOverWins(t *testing.T) {
	for _, first := range []int{0, 1} {
		clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
			ctx := context.Background()
			l := newLender(t, s)
			asset := l.asset(l.ipads[0])
			desks := []*away{l.leave("eins", school.DeskClass), l.leave("zwei", school.DeskClass)}
			scans := []school.OfflineScan{desks[0].scan(time.Minute, school.OfflineIssue, asset, l.lena), desks[1].scan(2*time.Minute, school.OfflineIssue, asset, l.tom)}
			*now = now.Add(time.Hour)
			desks[first].merge(scans[first])
			desks[1-first].merge(scans[1-first])
			if l.holder(l.ipads[0]) != "Lena" {
				t.Fatalf("%q has it", l.holder(l.ipads[0]))
			}
			if got := merged(desks[0].merge(scans[0])) + ", " + merged(desks[1].merge(scans[1])); got != "booked, asked issued" {
				t.Errorf("again: %s", got)
			}
			k := func() store.ContractLine {
				t.Helper()
				page, err := s.Contracts(ctx, l.by, store.ContractFilter{Asset: asset, View: store.OutContracts})
				if rows := must(t, page, err).Rows; len(rows) != 1 {
					t.Fatalf("%d contracts", len(rows))
				}
				return page.Rows[0]
			}
			if got := k().Issued; !got.Equal(desks[0].pack.Made.Add(time.Minute)) {
				t.Errorf("handed out at %v", got)
			}
			open := func() []store.OfflineQuestion {
				t.Helper()
				all, err := s.OfflineQuestions(ctx, l.by, true)
				must(t, all, err)
				if n, err := s.OfflineOpen(ctx, l.by); err != nil || n != len(all) {
					t.Errorf("%d counted, %d listed, %v", n, len(all), err)
				}
				return all
			}
			all := open()
			if len(all) != 1 || all[0].PersonName != "Beispiel, Tom" || all[0].NowName != "Muster, Lena" || all[0].Reason != school.OfflineIssued || all[0].Place != 2 || all[0].By != "zwei" ||
				!all[0].NowSince.Equal(desks[0].pack.Made.Add(time.Minute)) {
				t.Fatalf("%+v", all)
			}
			q := all[0].ID
			if _, err := s.AnswerOffline(ctx, l.somebody("süd", l.south), q, school.AnswerBook); school.KindOf(err) != school.NotFound {
				t.Errorf("next door: %v", err)
			}
			set, err := s.AnswerOffline(ctx, l.by, q, school.AnswerBook)
			if must(t, set, err); l.holder(l.ipads[0]) != "Tom" || len(open()) != 0 {
				t.Errorf("%q has it", l.holder(l.ipads[0]))
			}
			if _, err := s.AnswerOffline(ctx, l.by, q, school.AnswerLeave); codeOf(err) != "offline_answered" {
				t.Errorf("decided twice: %v", err)
			}
			done, err := s.OfflineQuestions(ctx, l.by, false)
			if must(t, done, err); len(done) != 1 || done[0].Answer != school.AnswerBook || done[0].DecidedBy != l.by.Name || done[0].Decided.IsZero() {
				t.Errorf("%+v", done)
			}
			if _, err := s.Undo(ctx, l.by, set); err != nil || l.holder(l.ipads[0]) != "Lena" || len(open()) != 1 {
				t.Errorf("undone: %v, %q has it", err, l.holder(l.ipads[0]))
			}
			if _, err := s.AnswerOffline(ctx, l.by, q, school.AnswerLeave); err != nil || l.holder(l.ipads[0]) != "Lena" || len(open()) != 0 {
				t.Errorf("left as it is: %v", err)
			}
			if entries, broken, err := s.VerifyAudit(ctx, l.by); err != nil || broken != 0 || entries == 0 {
				t.Errorf("the log: %d %v", broken, err)
			}
		})
	}
}

// What was booked online after an earlier scan is weighed like it; what cannot be weighed any more stays, and is asked about.
func TestLEND03_OnlineAndOfflineAreOneTime(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		one, two := l.asset(l.ipads[0]), l.asset(l.ipads[1])
		desk := l.leave("eins", school.DeskClass)
		scans := []school.OfflineScan{desk.scan(time.Minute, school.OfflineIssue, one, l.lena), desk.scan(2*time.Minute, school.OfflineIssue, two, l.lena)}
		*now = now.Add(time.Hour)
		if _, err := s.Book(ctx, l.somebody("zwei", l.north), store.Booking{ID: "online-0001", Issue: &store.Handover{Person: l.tom, Asset: one}}); err != nil {
			t.Fatal(err)
		}
		l.out(l.tom, two) // by a page: there is nothing to weigh
		if got := merged(desk.merge(scans...)); got != "booked, asked issued" {
			t.Error(got)
		}
		if l.holder(l.ipads[0]) != "Lena" || l.holder(l.ipads[1]) != "Tom" {
			t.Errorf("%q and %q", l.holder(l.ipads[0]), l.holder(l.ipads[1]))
		}
		all, err := s.OfflineQuestions(ctx, l.by, true)
		if must(t, all, err); len(all) != 2 || all[0].Online == all[1].Online {
			t.Errorf("%+v", all)
		}
	})
}

// A scan that is explained by another one that arrives later is no question any more; what was scanned twice is once.
func TestLEND03_QuestionsAnswerThemselves(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		l := newLender(t, s)
		asset := l.asset(l.ipads[0])
		l.out(l.tom, asset)
		out, back := l.leave("eins", school.DeskClass), l.leave("zwei", school.DeskBack)
		issue := out.scan(10*time.Minute, school.OfflineIssue, asset, l.lena)
		first, again := back.scan(5*time.Minute, school.OfflineReturn, asset, ""), back.scan(6*time.Minute, school.OfflineReturn, asset, "")
		*now = now.Add(time.Hour)
		if got := merged(out.merge(issue)); got != "asked issued" {
			t.Error(got)
		}
		if got := merged(back.merge(first, again)); got != "booked, same" {
			t.Error(got)
		}
		if got := merged(out.merge(issue)); got != "booked" || l.holder(l.ipads[0]) != "Lena" {
			t.Errorf("%s, %q has it", got, l.holder(l.ipads[0]))
		}
		if n, err := s.OfflineOpen(context.Background(), l.by); n != 0 || err != nil {
			t.Errorf("%d questions, %v", n, err)
		}
	})
}

// What is not from this desk, or not what it signed, is refused; what is too late or by a clock that was changed is a question.
// Nothing of it is booked, and nothing is lost.
func TestLEND03_WhatWasTamperedWithIsRefused(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		desk, other := l.leave("eins", school.DeskClass), l.leave("zwei", school.DeskClass)
		asset := l.asset(l.ipads[0])
		good := desk.scan(time.Minute, school.OfflineIssue, asset, l.lena)
		*now = now.Add(time.Hour)
		send := func(by school.Actor, signed store.SignedScan) string {
			t.Helper()
			out, err := s.MergeOffline(ctx, by, []store.SignedScan{signed}, noFile)
			return merged(must(t, out, err))
		}
		signed := sign(desk.pack.Key, good)
		changed := good
		changed.Person = l.tom
		forged := sign(other.pack.Key, good)
		for what, x := range map[string]struct {
			by     school.Actor
			signed store.SignedScan
			want   string
		}{
			"another person": {desk.by, store.SignedScan{Text: sign(desk.pack.Key, changed).Text, Mac: signed.Mac}, "refused altered"},
			"another key":    {desk.by, forged, "refused altered"},
			"no signature":   {desk.by, store.SignedScan{Text: signed.Text}, "refused altered"},
			"no scan":        {desk.by, store.SignedScan{Text: "[]", Mac: signed.Mac}, "refused altered"},
			"somebody else":  {other.by, signed, "refused foreign"},
			"next door":      {named(l.somebody("eins", l.south), "eins"), signed, "refused foreign"},
		} {
			if got := send(x.by, x.signed); got != x.want {
				t.Errorf("%s: %s", what, got)
			}
		}
		if l.holder(l.ipads[0]) != "" {
			t.Fatal("it was handed out")
		}
		for range 2 { // what comes again is answered again
			if got := send(desk.by, signed); got != "booked" {
				t.Error(got)
			}
		}
		if got := send(desk.by, sign(desk.pack.Key, changed)); got != "refused altered" || l.holder(l.ipads[0]) != "Lena" {
			t.Errorf("the same name for something else: %s", got)
		}
		unknown := desk.scan(3*time.Minute, school.OfflineIssue, "nichts", l.tom)
		early, late := desk.scan(-time.Hour, school.OfflineIssue, l.asset(l.ipads[1]), l.tom), desk.scan(9*time.Hour, school.OfflineIssue, l.asset(l.ipads[1]), l.tom)
		near := desk.scan(-time.Minute, school.OfflineIssue, l.asset(l.ipads[2]), l.tom)
		if got := merged(desk.merge(unknown, early, late, near)); got != "asked unknown, asked clock, asked clock, booked" {
			t.Error(got)
		}
		day := desk.scan(30*time.Minute, school.OfflineIssue, l.asset(l.ipads[3]), l.tom)
		*now = now.Add(school.OfflineFor)
		if got := merged(desk.merge(day)); got != "asked late" || l.holder(l.ipads[3]) != "" {
			t.Error(got)
		}
		if _, err := s.AnswerOffline(ctx, l.by, day.ID, school.AnswerBook); err != nil || l.holder(l.ipads[3]) != "Tom" {
			t.Errorf("booked by a person: %v", err)
		}
		if _, err := s.AnswerOffline(ctx, l.by, unknown.ID, school.AnswerBook); codeOf(err) != "offline_unknown" {
			t.Errorf("%v", err)
		}
		if out, err := s.MergeOffline(ctx, desk.by, make([]store.SignedScan, school.MostOffline+1), noFile); codeOf(err) != "too_many" {
			t.Errorf("%v %v", out, err)
		}
		// What nobody needs any more goes; a question stays until it is answered.
		*now = now.Add(school.OfflineKept + 24*time.Hour)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := s.OfflineQuestions(ctx, l.by, true)
		if must(t, all, err); len(all) != 3 {
			t.Errorf("%+v", all)
		}
		for table, want := range map[string]int64{"desk_pack": 0, "desk_entry": 3} {
			if n, err := s.Number(ctx, `SELECT count(*) FROM `+table+` WHERE authority_id = $1`, string(l.by.Tenant)); n != want || err != nil {
				t.Errorf("%d rows of %s, %v", n, table, err)
			}
		}
	})
}

// Each rule that stands against a scan has a reason of its own, and a question to a person who was erased is one to nobody.
func TestLEND03_EveryRuleIsAQuestion(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		desk, sees := l.leave("eins", school.DeskClass), l.leave("zwei", school.DeskClass)
		lost, repair, moved, free := l.asset(l.ipads[0]), l.asset(l.ipads[1]), l.asset(l.ipads[2]), l.asset(l.ipads[3])
		scans := []school.OfflineScan{desk.scan(time.Minute, school.OfflineIssue, lost, l.lena), desk.scan(time.Minute, school.OfflineIssue, repair, l.lena), desk.scan(time.Minute, school.OfflineIssue, moved, l.lena),
			desk.scan(time.Minute, school.OfflineReturn, free, ""), desk.scan(time.Minute, school.OfflineIssue, free, l.tom)}
		if _, _, err := s.ReportLoss(ctx, l.by, lost, false, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SendToRepair(ctx, l.by, l.ipads[1], "Display"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveDevices(ctx, l.by, l.ipads[2:3], store.Destination{School: &l.south}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ArchivePerson(ctx, l.by, l.tom); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(time.Hour)
		if got := merged(desk.merge(scans...)); got != "asked lost, asked repair, asked unknown, asked not_issued, asked person" {
			t.Error(got)
		}
		sees.by.Grants = append(sees.by.Grants, school.Grant{Role: school.Auditor, Authority: l.by.Tenant})
		if got := merged(sees.merge(sees.scan(time.Minute, school.OfflineIssue, moved, l.lena), sees.scan(time.Minute, school.OfflineIssue, free, l.lena))); got != "asked other_school, booked" {
			t.Error(got)
		}
		if err := s.ErasePerson(ctx, l.by, l.tom); err != nil {
			t.Fatal(err)
		}
		if found := holds(t, s, "Beispiel"); len(found) > 0 {
			t.Errorf("still there: %v", found)
		}
		if _, err := s.AnswerOffline(ctx, l.by, scans[4].ID, school.AnswerBook); codeOf(err) != "offline_person" {
			t.Errorf("%v", err)
		}
		if got := merged(desk.merge(desk.scan(time.Minute, school.OfflineIssue, free, l.tom))); got != "asked person" {
			t.Error(got)
		}
	})
}

// A desk takes along what it needs and no more, and the log says that it did.
func TestADeskTakesAlongWhatItNeeds(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		other := l.town.class(l.north, "9z")
		ole := l.pupil(l.north, other, "Ole", "Zuletzt")
		l.out(l.lena, l.asset(l.ipads[0]))
		l.out(ole, l.asset(l.ipads[1]))
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[2], ole); err != nil {
			t.Fatal(err)
		}
		tell := func(p store.DeskPack) string {
			var out []string
			for _, x := range p.People {
				out = append(out, x.Name)
			}
			for _, x := range p.Things {
				text := x.Name()
				if x.Out {
					text += "!"
				}
				if x.Holder != "" || x.HeldBy != "" {
					text += "=" + x.HeldBy
				}
				if x.Planned != "" {
					text += "?"
				}
				out = append(out, text)
			}
			return strings.Join(out, " ")
		}
		for _, x := range []struct {
			mode school.DeskMode
			want string
		}{
			{school.DeskClass, "Beispiel, Tom Muster, Lena F9FX000000!= F9FX000001! F9FX000002 F9FX000003 PF4A0001 PF4A0002"},
			{school.DeskFree, "Zuletzt, Ole F9FX000000! F9FX000001!= F9FX000002? F9FX000003 PF4A0001 PF4A0002"},
			{school.DeskBack, "F9FX000000!=Lena M. F9FX000001!=Ole Z."},
			{school.DeskPile, "F9FX000000!=Lena M. F9FX000001!=Ole Z."},
		} {
			if got := tell(l.leave("eins", x.mode).pack); got != x.want {
				t.Errorf("%s takes along %s", x.mode, got)
			}
		}
		by := l.somebody("eins", l.north)
		id, err := s.OpenDesk(ctx, by, school.DeskSession{School: l.north, Mode: school.DeskSwap})
		if _, err := s.PackDesk(ctx, by, must(t, id, err), time.Time{}); codeOf(err) != "desk_online" {
			t.Errorf("a desk that swaps: %v", err)
		}
		log, err := s.Audit(ctx, l.by, store.AuditFilter{Event: "offline.packed"})
		if must(t, log, err); len(log) != 4 || log[0].ActorID != "eins" || log[0].Detail["things"] != 2.0 {
			t.Errorf("%+v", log)
		}

		// Who helps out for some days takes along the classes of the day alone.
		clerk := school.Actor{Kind: school.PersonActor, Account: "aushilfe", Name: "Aushilfe", Tenant: l.by.Tenant, Grants: []school.Grant{{Role: school.Clerk, Authority: l.by.Tenant, School: l.north}}}
		packed := func(mode school.DeskMode, until time.Time) store.DeskPack {
			t.Helper()
			d := school.DeskSession{School: l.north, Mode: mode}
			if mode == school.DeskClass {
				d.Class = l.class
			}
			id, err := s.OpenDesk(ctx, clerk, d)
			p, err2 := s.PackDesk(ctx, clerk, must(t, id, err), until)
			return must(t, p, err2)
		}
		if got := packed(school.DeskClass, time.Time{}); len(got.People) != 2 {
			t.Errorf("no issue is planned: %s", tell(got))
		}
		if _, _, err := s.SetIssueDay(ctx, l.by, school.IssueDay{School: l.north, Name: "Ausgabe", Day: now.In(store.Berlin).Format(time.DateOnly), Classes: []school.ClassID{other}}); err != nil {
			t.Fatal(err)
		}
		if got := packed(school.DeskClass, time.Time{}); len(got.People) != 0 {
			t.Errorf("another class: %s", tell(got))
		}
		if got := packed(school.DeskFree, time.Time{}); len(got.People) != 1 || got.People[0].ID != ole {
			t.Errorf("the class of the day: %s", tell(got))
		}
		if got := tell(packed(school.DeskBack, time.Time{})); got != "F9FX000000! F9FX000001!=Ole Z." {
			t.Error(got)
		}
		if p := packed(school.DeskBack, now.Add(time.Hour)); !p.Ends.Equal(now.Add(time.Hour)) || len(p.Key) != 32 {
			t.Errorf("until %v", p.Ends)
		}
	})
}

// In whatever order scans of any desks arrive, however often: the world is the one a child would write down who sorts them by time.
func TestLEND03_TheOrderOfArrivalDoesNotMatter(t *testing.T) {
	clocked(t, func(tt *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(tt, s)
		people := []school.PersonID{l.lena, l.tom, l.pupil(l.north, l.class, "Ida", "Anfang")}
		round := 0
		desks := []*away{l.leave("eins", school.DeskFree), l.leave("zwei", school.DeskFree), l.leave("drei", school.DeskBack)}
		rapid.Check(tt, func(t *rapid.T) {
			round++
			const copies, things = 2, 2
			var assets [copies][things]school.AssetID
			var has [things]int // person, or -1
			for thing := range things {
				has[thing] = rapid.IntRange(-1, 2).Draw(t, "has")
				for c := range copies {
					id, err := s.CreateAsset(ctx, l.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, School: l.north, Serial: fmt.Sprintf("W%dC%dT%d", round, c, thing)})
					if assets[c][thing] = id; err != nil {
						t.Fatal(err)
					}
					if has[thing] >= 0 {
						l.out(people[has[thing]], id)
					}
				}
			}
			begun := now.Sub(desks[0].pack.Made)
			type event struct {
				desk, thing, person, minute int
				act                         school.OfflineAct
			}
			var events []event
			for range rapid.IntRange(2, 7).Draw(t, "events") {
				events = append(events, event{rapid.IntRange(0, 2).Draw(t, "desk"), rapid.IntRange(0, things-1).Draw(t, "thing"), rapid.IntRange(0, 2).Draw(t, "person"), rapid.IntRange(1, 9).Draw(t, "minute"),
					rapid.SampledFrom([]school.OfflineAct{school.OfflineIssue, school.OfflineReturn}).Draw(t, "act")})
			}
			var scans [copies][]school.OfflineScan
			for i, e := range events {
				for c := range copies {
					x := desks[e.desk].scan(begun+time.Duration(e.minute)*time.Minute, e.act, assets[c][e.thing], people[e.person])
					x.ID = fmt.Sprintf("%06d-%d-%03d", round, c, i) // of two in one moment the first by name
					scans[c] = append(scans[c], x)
				}
			}
			*now = now.Add(10 * time.Minute) // a hundred rounds are within the day of a pack

			// The model: by time, thing by thing.
			order := make([]int, len(events))
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int { return events[a].minute - events[b].minute })
			want := make([]string, len(events))
			holder, back := has, [things]bool{}
			for _, i := range order {
				e := events[i]
				switch {
				case e.act == school.OfflineIssue && holder[e.thing] < 0:
					holder[e.thing], want[i] = e.person, "booked"
				case e.act == school.OfflineIssue && holder[e.thing] == e.person:
					want[i] = "same"
				case e.act == school.OfflineIssue:
					want[i] = "asked issued"
				case holder[e.thing] >= 0:
					holder[e.thing], back[e.thing], want[i] = -1, true, "booked"
				case back[e.thing]:
					want[i] = "same"
				default:
					want[i] = "asked not_issued"
				}
			}
			for c := range copies {
				arrives := rapid.Permutation(order).Draw(t, "arrives")
				arrives = append(arrives, arrives[rapid.IntRange(0, len(arrives)-1).Draw(t, "again")])
				for _, i := range arrives {
					desks[events[i].desk].merge(scans[c][i])
				}
				for i, e := range events {
					if got := merged(desks[e.desk].merge(scans[c][i])); got != want[i] {
						t.Fatalf("%d of %+v arrived as %v: %s, the model says %s", i, events, arrives, got, want[i])
					}
				}
				for thing := range things {
					a, err := s.AssetByID(ctx, l.by, assets[c][thing])
					if err != nil {
						t.Fatal(err)
					}
					if out := holder[thing] >= 0; out != (a.Contract != "") || out && a.Person != people[holder[thing]] {
						t.Fatalf("%+v arrived as %v: thing %d is with %q, the model says %d", events, arrives, thing, a.PersonName, holder[thing])
					}
				}
			}
		})
		for query, what := range map[string]string{
			`SELECT count(*) FROM desk_entry WHERE authority_id = $1 AND state = 'waiting'`:                                                                                   "a scan still waits",
			`SELECT count(*) FROM contract WHERE authority_id = $1 AND returned_at < issued_at`:                                                                               "given back before it was handed out",
			`SELECT count(*) FROM contract k WHERE k.authority_id = $1 AND k.issued_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contract_part p WHERE p.contract_id = k.id)`: "a contract without parts",
		} {
			if n, err := s.Number(ctx, query, string(l.by.Tenant)); err != nil || n != 0 {
				tt.Error(what, n, err)
			}
		}
	})
}

func TestNoOfflineDeskReadsAWholeTable(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Count: true})
	l := newLender(t, s)
	desk := l.leave("eins", school.DeskClass)
	one, two := desk.scan(0, school.OfflineIssue, l.asset(l.ipads[0]), l.lena), desk.scan(0, school.OfflineIssue, l.asset(l.ipads[0]), l.tom)
	for _, x := range []struct {
		name string
		do   func() error
	}{
		{"a pack for a class", func() error { l.leave("eins", school.DeskClass); return nil }},
		{"a pack for whoever comes", func() error { l.leave("eins", school.DeskFree); return nil }},
		{"a pack to take back", func() error { l.leave("eins", school.DeskBack); return nil }},
		{"scans arrive", func() error { desk.merge(one, two); return nil }},
		{"questions", func() error { _, err := s.OfflineQuestions(ctx, l.by, true); return err }},
		{"answered ones", func() error { _, err := s.OfflineQuestions(ctx, l.by, false); return err }},
		{"how many", func() error { _, err := s.OfflineOpen(ctx, desk.by); return err }},
		{"an answer", func() error { _, err := s.AnswerOffline(ctx, l.by, two.ID, school.AnswerBook); return err }},
	} {
		searched(t, s, x.name, x.do)
	}
}

// noFile is for scans of which none is a signature.
func noFile(store.DocumentFile, school.OfflineSignature, time.Time) ([]byte, error) {
	return nil, errors.New("nobody signed")
}

package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// ordering is a town whose devices can be given orders, with people who exist.
type ordering struct {
	*town
	ids          []school.DeviceID
	admin, other school.Actor // of the authority
	north, south school.Actor
	auditor      school.Actor
	h            *hands
}

func newOrdering(t *testing.T, s *store.Store, h *hands, n int) *ordering {
	t.Helper()
	o := &ordering{town: newTown(t, s), h: h}
	o.ids = append(o.devices("Gymnasium Nord", "F9FXN", n), o.devices("Realschule Süd", "F9FXS", 2)...)
	o.enrol(o.ids...)
	if err := s.Exec(context.Background(), `UPDATE device_state SET supervised = TRUE, os_version = '26.4'`); err != nil {
		t.Fatal(err)
	}
	o.admin, o.other = o.person("eins", school.AuthorityAdmin, ""), o.person("zwei", school.AuthorityAdmin, "")
	o.north, o.south, o.auditor = o.person("nord", school.SchoolAdmin, o.town.north), o.person("sued", school.SchoolAdmin, o.town.south), o.person("prüfung", school.Auditor, "")
	return o
}

// person is somebody with an account and one role.
func (o *ordering) person(login string, role school.Role, at school.SchoolID) school.Actor {
	o.t.Helper()
	g := school.Grant{Role: role, Authority: o.by.Tenant, School: at}
	id, _, err := o.s.CreateAccount(context.Background(), o.by, store.Account{Login: login, Name: login}, []school.Grant{g})
	must(o.t, id, err)
	return school.Actor{Kind: school.PersonActor, Account: id, Name: login, Tenant: o.by.Tenant, Grants: []school.Grant{g}}
}

func (o *ordering) plan(by school.Actor, k school.OrderKind, ids ...school.DeviceID) (school.Plan, error) {
	return o.s.Plan(context.Background(), by, school.Change{Kind: school.ChangeOrder, Devices: ids, Order: &school.OrderWish{Kind: k, Args: school.OrderArgs{Reason: "Probe", Message: "Bitte abgeben"}}}, mdm.Preview)
}

func (o *ordering) give(by school.Actor, k school.OrderKind, ids ...school.DeviceID) (school.WarrantID, error) {
	p, err := o.plan(by, k, ids...)
	if err == nil {
		_, err = o.s.ApplyTyped(context.Background(), by, p.ID, store.Asks(p), mdm.Preview)
	}
	return school.WarrantID(p.ID), err
}

// offered are the orders that a device would be handed out now, and why others are not any more.
func (o *ordering) offered(id school.DeviceID) (kinds []string, void []string) {
	o.t.Helper()
	_, have, err := o.s.ScopeFacts(context.Background(), o.by, school.Scope{Level: school.AtDevice, ID: string(id)})
	must(o.t, have, err)
	for _, x := range have[0].Orders {
		if !o.s.Now().Before(x.From) {
			kinds = append(kinds, string(x.Kind))
		}
	}
	for _, why := range have[0].Void {
		void = append(void, why)
	}
	return kinds, void
}

// The table of permissions, order by order: a school orders at home, the authority everywhere, an auditor nothing, and to a
// stranger there is no such device.
func TestEveryOrderAsksForItsPermission(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		o := newOrdering(t, s, h, 1)
		ctx := context.Background()
		stranger := newAuthority(t, s, "Anderswo")
		stranger.Kind, stranger.Account, stranger.Grants = school.PersonActor, "fremd", []school.Grant{{Role: school.AuthorityAdmin, Authority: stranger.Tenant}}
		for _, k := range school.OrderKinds {
			rule, _ := k.Rule()
			for _, x := range []struct {
				who  string
				by   school.Actor
				want school.Kind
			}{{"auditor", o.auditor, school.Denied}, {"another school", o.south, school.NotFound}, {"another authority", stranger, school.NotFound}} {
				var err error
				if rule.Planned {
					_, err = o.plan(x.by, k, o.ids[0])
				} else {
					_, err = s.GiveOrder(ctx, x.by, k, o.ids[:1])
				}
				if school.KindOf(err) != x.want {
					t.Errorf("%s by %s: %v", k, x.who, err)
				}
			}
			for who, by := range map[string]school.Actor{"authority": o.admin, "school": o.north} {
				if !by.Can(rule.Verb, school.Where{Authority: o.by.Tenant, School: o.town.north}) {
					t.Errorf("%s may not order %s at its school", who, k)
				}
			}
			if rule.Planned {
				if _, err := s.GiveOrder(ctx, o.admin, k, o.ids[:1]); codeOf(err) != "order_planned" {
					t.Errorf("%s without a plan: %v", k, err)
				}
			}
		}
	})
}

func TestAnEraseWaitsAMinuteAndCanBeCalledOff(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		o := newOrdering(t, s, h, 2)
		p, err := o.plan(o.north, school.Erase, o.ids[0])
		must(t, p, err)
		if word := store.Asks(p); word == "" || p.Preview.Total != 1 || p.Preview.Groups[0].Kind != school.Loses {
			t.Fatalf("word %q, %+v", word, p.Preview)
		}
		if _, err := s.ApplyTyped(ctx, o.north, p.ID, "irgendwas", mdm.Preview); codeOf(err) != "order_word" {
			t.Errorf("a wrong word: %v", err)
		}
		if _, err := s.ApplyTyped(ctx, o.north, p.ID, strings.ToLower(store.Asks(p)), mdm.Preview); err != nil {
			t.Fatal(err)
		}
		h.turn(school.CoolDown - time.Second)
		if kinds, _ := o.offered(o.ids[0]); len(kinds) != 0 {
			t.Errorf("handed out before the minute is over: %v", kinds)
		}
		if late, err := s.WithdrawOrder(ctx, o.north, school.WarrantID(p.ID)); err != nil || late != 0 {
			t.Errorf("called off: %d late, %v", late, err)
		}
		h.turn(time.Hour)
		if kinds, _ := o.offered(o.ids[0]); len(kinds) != 0 {
			t.Errorf("called off, and yet: %v", kinds)
		}
		if _, err := s.WithdrawOrder(ctx, o.north, school.WarrantID(p.ID)); codeOf(err) != "order_over" {
			t.Errorf("twice: %v", err)
		}
		_, err = o.give(o.north, school.Erase, o.ids[1])
		must(t, "", err)
		h.turn(school.CoolDown)
		if kinds, _ := o.offered(o.ids[1]); !slices.Equal(kinds, []string{"erase"}) {
			t.Errorf("after the minute: %v", kinds)
		}
		h.turn(7*24*time.Hour + time.Minute)
		must(t, 0, s.ExpireOrders(ctx))
		if kinds, _ := o.offered(o.ids[1]); len(kinds) != 0 {
			t.Errorf("an erase of last week: %v", kinds)
		}
		// What proves that it was erased is an order to erase that was carried out, however many others came after it.
		if _, found, err := s.LastErased(ctx, o.north, o.ids[1]); found || err != nil {
			t.Errorf("nothing was erased: %v", err)
		}
		_, err = o.give(o.north, school.Refresh, o.ids[1])
		must(t, "", err)
		if err := s.Exec(ctx, `UPDATE device_order SET state = 'done', finished_at = CASE kind WHEN 'erase' THEN 5 ELSE 9 END WHERE device_id = $1`, string(o.ids[1])); err != nil {
			t.Fatal(err)
		}
		if last, found, err := s.LastErased(ctx, o.north, o.ids[1]); !found || err != nil || last.Kind != school.Erase {
			t.Errorf("%+v %v", last, err)
		}
		// Of a lost device it stands until it is found.
		if err := s.Exec(ctx, `UPDATE device_state SET lost_at = 1 WHERE device_id = $1`, string(o.ids[0])); err != nil {
			t.Fatal(err)
		}
		_, err = o.give(o.north, school.Erase, o.ids[0])
		must(t, "", err)
		h.turn(400 * 24 * time.Hour)
		must(t, 0, s.ExpireOrders(ctx))
		if kinds, _ := o.offered(o.ids[0]); !slices.Equal(kinds, []string{"erase"}) {
			t.Errorf("a lost device is no longer erased: %v", kinds)
		}
	})
}

func TestWhatLosesMuchNeedsASecondPersonAndHasLimits(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		o := newOrdering(t, s, h, school.LosesAtOnce+1)
		many := o.ids[:school.SecondDefault+1]
		w, err := o.give(o.admin, school.Erase, many...)
		must(t, w, err)
		h.turn(time.Hour)
		if kinds, _ := o.offered(many[0]); len(kinds) != 0 {
			t.Fatalf("handed out before anybody agreed: %v", kinds)
		}
		if rows, err := s.Warrants(ctx, o.admin, true, 10); err != nil || len(rows) != 1 || rows[0].Devices != len(many) || rows[0].Args.Reason != "Probe" {
			t.Errorf("waiting: %+v %v", rows, err)
		}
		program := o.other
		program.Kind = school.TokenActor
		for who, x := range map[string]struct {
			by   school.Actor
			code string
		}{"who ordered": {o.admin, "second_same"}, "a program": {program, "second_program"}, "an auditor": {o.auditor, "denied"}} {
			if err := s.ApproveOrder(ctx, x.by, w); codeOf(err) != x.code {
				t.Errorf("approved by %s: %v", who, err)
			}
		}
		must(t, 0, s.ApproveOrder(ctx, o.other, w))
		if err := s.ApproveOrder(ctx, o.other, w); codeOf(err) != "order_over" {
			t.Errorf("approved twice: %v", err)
		}
		h.turn(school.CoolDown)
		if kinds, _ := o.offered(many[0]); !slices.Equal(kinds, []string{"erase"}) {
			t.Errorf("agreed: %v", kinds)
		}
		// One after the other is as many as all at once.
		alone := o.ids[20:]
		for i := range school.SecondDefault {
			if p, err := o.plan(o.north, school.Erase, alone[i]); err != nil || p.Change.Order.Second {
				t.Fatalf("erase %d alone: %v", i, err)
			} else if _, err := s.ApplyTyped(ctx, o.north, p.ID, store.Asks(p), mdm.Preview); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := o.plan(o.north, school.Erase, alone[school.SecondDefault]); err != nil || !p.Change.Order.Second {
			t.Errorf("the eleventh within the hour: %v", err)
		}
		h.turn(time.Hour + time.Minute)
		if p, err := o.plan(o.north, school.Erase, alone[school.SecondDefault]); err != nil || p.Change.Order.Second {
			t.Errorf("an hour later: %v", err)
		}
		if p, err := o.plan(program, school.Erase, alone[50]); err != nil || !p.Change.Order.Second {
			t.Errorf("a program alone: %v", err)
		}
		h.turn(25 * time.Hour)
		if _, err := o.plan(o.admin, school.Remove, o.ids[:school.LosesAtOnce+1]...); codeOf(err) != "order_at_once" {
			t.Errorf("more than one order may: %v", err)
		}
		if err := s.Exec(ctx, `UPDATE warrant SET devices = $1, created_at = $2, ended_at = NULL WHERE id = $3`, school.LosesPerDay-5, h.now().UnixMicro(), string(w)); err != nil {
			t.Fatal(err)
		}
		if _, err := o.plan(o.admin, school.Remove, o.ids[40:46]...); codeOf(err) != "order_per_day" {
			t.Errorf("more than a day may: %v", err)
		}
		if _, err := o.plan(o.admin, school.Remove, o.ids[40:45]...); err != nil {
			t.Errorf("what is left of the day: %v", err)
		}
		// A question nobody answers is none the next day.
		asked, err := o.give(o.admin, school.LostOn, o.ids[60])
		must(t, asked, err)
		if err := s.Exec(ctx, `UPDATE device_state SET lost_at = 1 WHERE device_id = $1`, string(o.ids[61])); err != nil {
			t.Fatal(err)
		}
		asked, err = o.give(o.admin, school.Locate, o.ids[61])
		must(t, asked, err)
		h.turn(school.AskedFor + time.Minute)
		if err := s.ApproveOrder(ctx, o.other, asked); codeOf(err) != "order_over" {
			t.Errorf("approved the day after: %v", err)
		}
		must(t, 0, s.ExpireOrders(ctx))
		if x, err := s.WarrantByID(ctx, o.admin, asked); err != nil || x.Why != "expired" {
			t.Errorf("%+v %v", x, err)
		}
	})
}

// What was right when it was ordered is asked again when it is handed out.
func TestOrdersAreCheckedAgainAtHandOut(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		o := newOrdering(t, s, h, 4)
		class := o.class(o.town.north, "7b")
		kim, ali := o.pupil(o.town.north, class, "Kim", "Beispiel"), o.pupil(o.town.north, class, "Ali", "Muster")
		issue := func(who school.PersonID, d school.DeviceID) {
			t.Helper()
			if _, _, err := s.Issue(ctx, o.by, who, d); err != nil {
				t.Fatal(err)
			}
		}
		issue(kim, o.ids[0])
		for _, d := range o.ids[:2] {
			_, err := o.give(o.north, school.Erase, d)
			must(t, "", err)
		}
		h.turn(school.CoolDown)
		if kinds, _ := o.offered(o.ids[0]); len(kinds) != 1 {
			t.Fatalf("%v", kinds)
		}
		_, err := s.TakeBack(ctx, o.by, o.ids[0])
		must(t, "", err)
		issue(ali, o.ids[0])
		if kinds, void := o.offered(o.ids[0]); len(kinds) != 0 || !slices.Equal(void, []string{"holding"}) {
			t.Errorf("somebody else has it: %v %v", kinds, void)
		}
		if err := s.DisableAccount(ctx, o.by, o.north.Account); err != nil {
			t.Fatal(err)
		}
		if kinds, void := o.offered(o.ids[1]); len(kinds) != 0 || !slices.Equal(void, []string{"permission"}) {
			t.Errorf("who ordered it is gone: %v %v", kinds, void)
		}
	})
}

func TestReadingABypassCodeNeedsAReasonAndIsWrittenDown(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		o := newOrdering(t, s, h, 1)
		if err := s.Observe(ctx, o.by.Tenant, school.EnrollmentID("e-"+string(o.ids[0])), "", func(x *store.Observation) error {
			x.Bypass = []byte("AAAAA-BBBB")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, reason := range []string{"", "  "} {
			if _, err := s.BypassCode(ctx, o.north, o.ids[0], reason); school.KindOf(err) != school.Invalid {
				t.Errorf("reason %q: %v", reason, err)
			}
		}
		if _, err := s.BypassCode(ctx, o.auditor, o.ids[0], "Probe"); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor: %v", err)
		}
		if _, err := s.BypassCode(ctx, o.south, o.ids[0], "Probe"); school.KindOf(err) != school.NotFound {
			t.Errorf("another school: %v", err)
		}
		if got, err := s.BypassCode(ctx, o.north, o.ids[0], "Gerät liegt gesperrt auf dem Tisch"); err != nil || got != "AAAAA-BBBB" {
			t.Errorf("%q %v", got, err)
		}
		n, err := s.Number(ctx, `SELECT count(*) FROM audit WHERE event = 'bypass.read' AND detail LIKE '%auf dem Tisch%'`)
		if err != nil || n != 1 {
			t.Errorf("in the log %d times, %v", n, err)
		}
	})
}

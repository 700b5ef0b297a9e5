package school

import (
	"slices"
	"testing"
	"time"
)

var morning = time.Date(2026, 9, 2, 8, 0, 0, 0, time.UTC)

// What may be done in which state, and where it leads. Whatever does not stand here is refused.
func TestAContractGoesThroughItsStates(t *testing.T) {
	whole := []ContractPart{{N: 1, State: PartReturned}, {N: 2, State: PartKept}}
	lacks := []ContractPart{{N: 1, State: PartReturned}, {N: 2, Name: "Stift", State: PartMissing}}
	decided := []ContractPart{{N: 1, State: PartReturned}, {N: 2, State: PartMissing, Decision: Waived}}
	pile := []ContractPart{{N: 1, State: PartIssued}}
	type move struct {
		from  ContractState
		act   ContractAct
		parts []ContractPart
	}
	leads := map[ContractState][]move{
		ContractPlanned:    {{ContractRefused, ResumeContract, nil}, {ContractPlanned, MoveContract, nil}, {ContractPrepared, MoveContract, nil}, {ContractSigned, MoveContract, nil}},
		ContractPrepared:   {{ContractPlanned, PrepareContract, nil}, {ContractPrepared, PrepareContract, nil}, {ContractSigned, PrepareContract, nil}},
		ContractSigned:     {{ContractPlanned, SignContract, nil}, {ContractPrepared, SignContract, nil}},
		ContractIssued:     {{ContractPlanned, IssueContract, nil}, {ContractPrepared, IssueContract, nil}, {ContractSigned, IssueContract, nil}, {ContractIssued, SignContract, nil}, {ContractIssued, ExtendContract, nil}, {ContractIssued, SwapContract, nil}, {ContractIssued, MoveContract, nil}},
		ContractReturned:   {{ContractIssued, ReturnContract, pile}},
		ContractOpen:       {{ContractIssued, ReturnContract, lacks}, {ContractReturned, CheckContract, lacks}},
		ContractClosed:     {{ContractIssued, ReturnContract, whole}, {ContractIssued, ReturnContract, decided}, {ContractReturned, CheckContract, whole}, {ContractOpen, CloseContract, decided}},
		ContractAnonymised: {{ContractClosed, Anonymise, nil}},
		ContractRefused:    {{ContractPlanned, RefuseContract, nil}, {ContractPrepared, RefuseContract, nil}, {ContractSigned, RefuseContract, nil}},
		ContractCancelled:  {{ContractPlanned, CancelContract, nil}, {ContractPrepared, CancelContract, nil}, {ContractSigned, CancelContract, nil}, {ContractRefused, CancelContract, nil}},
	}
	possible := map[ContractState]map[ContractAct]bool{}
	for to, moves := range leads {
		for _, m := range moves {
			if possible[m.from] == nil {
				possible[m.from] = map[ContractAct]bool{}
			}
			possible[m.from][m.act] = true
			got, err := Contract{State: m.from, Asset: "a"}.Do(m.act, m.parts, morning)
			if err != nil || got.State != to {
				t.Errorf("%s of %s leads to %s, %v; want %s", m.act, m.from, got.State, err, to)
			}
			if closed := to == ContractClosed || to == ContractCancelled; closed != !got.Closed.IsZero() {
				t.Errorf("%s of %s: closed at %v", m.act, m.from, got.Closed)
			}
		}
	}
	for _, from := range ContractStates {
		for _, act := range ContractActs {
			c := Contract{State: from, Asset: "a", Number: "L-26-000001"}
			if c.May(act) != possible[from][act] {
				t.Errorf("%s of %s: possible %v", act, from, c.May(act))
			}
			if !possible[from][act] {
				if _, err := c.Do(act, whole, morning); KindOf(err) != Conflict {
					t.Errorf("%s of %s: %v", act, from, err)
				}
			}
		}
	}
}

func TestClosingNeedsADecisionOnEachPart(t *testing.T) {
	c := Contract{State: ContractOpen}
	parts := []ContractPart{{Name: "Stift", State: PartMissing}, {Name: "Kabel", State: PartDamaged}}
	for i := range parts {
		if _, err := c.Do(CloseContract, parts, morning); KindOf(err) != Conflict {
			t.Fatalf("closed with %d decisions: %v", i, err)
		}
		var err error
		if parts[i], err = parts[i].Decide(Charged, 4900); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := c.Do(CloseContract, parts, morning); err != nil || c.State != ContractClosed {
		t.Error(c.State, err)
	}
}

func TestNothingIsIssuedWithoutAThing(t *testing.T) {
	if _, err := (Contract{State: ContractSigned}).Do(IssueContract, nil, morning); KindOf(err) != Conflict {
		t.Error(err)
	}
}

func TestAnotherPaperIsAnotherSignature(t *testing.T) {
	c, err := Contract{State: ContractSigned, Signed: morning, SignedHow: ByPaper}.Do(PrepareContract, nil, morning)
	if err != nil || !c.Signed.IsZero() || c.SignedHow != "" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestPartsOfAContract(t *testing.T) {
	for _, x := range []struct {
		from, as PartState
		decided  PartDecision
		ok       bool
	}{
		{PartIssued, PartReturned, "", true}, {PartIssued, PartMissing, "", true}, {PartIssued, PartDamaged, "", true}, {PartIssued, PartKept, "", false}, {PartIssued, PartPlanned, "", false},
		{PartMissing, PartReturned, "", true}, {PartMissing, PartReturned, Charged, false}, {PartDamaged, PartMissing, "", true},
		{PartPlanned, PartReturned, "", false}, {PartKept, PartReturned, "", false}, {PartReturned, PartMissing, "", false},
	} {
		got, err := ContractPart{State: x.from, Decision: x.decided}.Take(x.as)
		if (err == nil) != x.ok || x.ok && got.State != x.as {
			t.Errorf("%s (%s) taken as %s: %s %v", x.from, x.decided, x.as, got.State, err)
		}
	}
	for _, x := range []struct {
		d      PartDecision
		amount int
		want   int
		ok     bool
	}{{Charged, 4900, 4900, true}, {Charged, 0, 0, false}, {Charged, -1, 0, false}, {Waived, 4900, 0, true}, {Insured, 4900, 4900, true}, {Replaced, 1, 0, true}, {Undecided, 0, 0, false}, {"x", 1, 0, false}} {
		p, err := ContractPart{State: PartMissing}.Decide(x.d, x.amount)
		if (err == nil) != x.ok || x.ok && (p.Amount != x.want || !p.Settled()) {
			t.Errorf("%s %d: %+v %v", x.d, x.amount, p, err)
		}
		if _, err := (ContractPart{State: PartReturned}).Decide(x.d, x.amount); err == nil {
			t.Errorf("%s of a part that is back", x.d)
		}
	}
}

func TestDueOverdueAndReminders(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 11, 22, 23, 59, 0, 0, berlin)
	for _, x := range []struct {
		days int
		due  DueState
		mark int
		ok   bool
	}{{-15, NotDue, 0, false}, {-14, DueSoon, -14, true}, {-1, DueSoon, -14, true}, {0, DueNow, 0, true}, {1, Overdue, 0, true}, {3, Overdue, 3, true}, {9, Overdue, 3, true}, {10, Overdue, 10, true}, {20, Overdue, 20, true}, {400, Overdue, 20, true}} {
		for _, hour := range []int{0, 7, 23} {
			now := time.Date(2026, 11, 22+x.days, hour, 30, 0, 0, berlin)
			c := Contract{State: ContractIssued, Due: due.UTC()}
			mark, _, ok := LoanReminders{}.Mark(c, now)
			if c.DueAt(now) != x.due || mark != x.mark || ok != x.ok {
				t.Errorf("%d days after, %d h: %q, mark %d %v", x.days, hour, c.DueAt(now), mark, ok)
			}
			for _, state := range ContractStates {
				if state == ContractIssued {
					continue
				}
				c.State = state
				if _, _, ok := (LoanReminders{}).Mark(c, now); ok || c.DueAt(now) != NotDue {
					t.Errorf("somebody is reminded of a contract that is %s", state)
				}
			}
		}
	}
}

func TestAScheduleOfReminders(t *testing.T) {
	due := time.Date(2026, 11, 22, 22, 59, 0, 0, time.UTC)
	c := Contract{State: ContractIssued, Due: due}
	own := LoanReminders{Person: []int{-30, 1}, School: 2, Authority: 60}
	for _, x := range []struct {
		r    LoanReminders
		days int
		mark int
		to   Reminded
	}{{own, -31, 0, ""}, {own, -30, -30, RemindPerson}, {own, 0, -30, RemindPerson}, {own, 1, 1, RemindPerson}, {own, 2, 2, RemindSchool}, {own, 59, 2, RemindSchool}, {own, 60, 60, RemindAuthority},
		{LoanReminders{Never: true}, 60, 0, ""}, {LoanReminders{}, 9, 3, RemindPerson}, {LoanReminders{}, 10, 10, RemindSchool}, {LoanReminders{}, 20, 20, RemindAuthority}} {
		if mark, to, ok := x.r.Mark(c, due.AddDate(0, 0, x.days)); mark != x.mark || to != x.to || ok != (x.to != "") {
			t.Errorf("%+v after %d days: %d to %q, want %d to %q", x.r, x.days, mark, to, x.mark, x.to)
		}
	}
	if err := own.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []LoanReminders{{Person: []int{0, 0}}, {Person: []int{3, 0}}, {Person: []int{-61}}, {Person: []int{12}}, {School: -1}, {School: 20}, {Authority: 10}, {Authority: 366}, {Person: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}}} {
		if KindOf(bad.Check()) != Invalid || KindOf(LendingPolicy{Remind: bad}.Check()) != Invalid {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// LEND-05: on the 18th birthday the policy of who signs switches, in the middle of a loan.
func TestLEND05_WhoSignsFollowsTheAge(t *testing.T) {
	birthday := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		rule  SignRule
		kind  PersonKind
		adult time.Time
		at    time.Time
		want  []Signer
	}{
		{SignByAge, Pupil, birthday, birthday.Add(-time.Second), []Signer{Guardian}},
		{SignByAge, Pupil, birthday, birthday, []Signer{Oneself}},
		{SignByAge, Pupil, time.Time{}, birthday, []Signer{Guardian}},
		{SignBoth, Pupil, birthday, birthday.Add(-time.Second), []Signer{Guardian, Oneself}},
		{SignBoth, Pupil, birthday, birthday, []Signer{Oneself}},
		{SignByAge, Teacher, time.Time{}, birthday, []Signer{Oneself}},
		{SignBoth, Staff, time.Time{}, birthday, []Signer{Oneself}},
		{SignNothing, Pupil, time.Time{}, birthday, nil},
	} {
		if got := (LendingPolicy{Sign: x.rule}).Signers(x.kind, x.adult, x.at); !slices.Equal(got, x.want) {
			t.Errorf("%q %s at %v: %v, want %v", x.rule, x.kind, x.at, got, x.want)
		}
	}
}

func TestWhatAThingIsWorth(t *testing.T) {
	bought := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		years, days, want int
	}{{0, 0, 40000}, {0, 300, 40000}, {1, 0, 32000}, {1, -2, 40000}, {5, 0, 6000}, {30, 0, 6000}} {
		if got := (LendingPolicy{}).Residual(40000, bought, MonthsAfter(bought, 12*x.years).AddDate(0, 0, x.days)); got != x.want {
			t.Errorf("after %d years and %d days: %d, want %d", x.years, x.days, got, x.want)
		}
	}
	if got := (LendingPolicy{Curve: []int{100, 0}}).Residual(40000, bought, bought.AddDate(3, 0, 0)); got != 0 {
		t.Error(got)
	}
	if got := (LendingPolicy{}).Residual(40000, time.Time{}, bought); got != 40000 {
		t.Errorf("nobody knows when it was bought: %d", got)
	}
	for _, bad := range []LendingPolicy{{Curve: []int{101}}, {Curve: []int{50, 60}}, {Curve: []int{-1}}, {Sign: "x"}, {End: EndsOnDay}, {Days: 61}, {NotErased: "x"}} {
		if bad.Check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// LEND-06: claims for a damage expire six months after the return, by the days of the calendar.
func TestLEND06_ADamageSaysWhenClaimsExpire(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for back, limit := range map[string]string{"2026-03-15": "2026-09-15", "2026-08-31": "2027-02-28", "2027-08-31": "2028-02-29", "2026-12-31": "2027-06-30", "2026-05-31": "2026-11-30"} {
		at, _ := time.ParseInLocation(time.DateOnly, back, berlin)
		d := Damage{State: DamageAssessed, Returned: at.Add(time.Minute).UTC()} // still the day before in UTC
		if got := d.Limit(berlin).Format(time.DateOnly); got != limit {
			t.Errorf("returned %s: expires %s, want %s", back, got, limit)
		}
	}
	if !(Damage{}).Limit(berlin).IsZero() {
		t.Error("what is not back expires")
	}
	back := time.Date(2026, 3, 15, 12, 0, 0, 0, berlin)
	for _, x := range []struct {
		state DamageState
		fault Liability
		at    time.Time
		want  int
	}{
		{DamageReported, LiabilityOpen, back.AddDate(0, 3, -1), 0}, {DamageReported, LiabilityOpen, back.AddDate(0, 3, 0), 3}, {DamageAssessed, Fault, back.AddDate(0, 5, 0), 5},
		{DamageAssessed, NoFault, back.AddDate(0, 5, 0), 0}, {DamageSettled, Fault, back.AddDate(0, 5, 0), 0}, {DamageRepair, FaultDisputed, back.AddDate(0, 4, 0), 3},
	} {
		if got := (Damage{State: x.state, Liability: x.fault, Returned: back}).LimitMark(x.at); got != x.want {
			t.Errorf("%s, %q at %v: %d, want %d", x.state, x.fault, x.at, got, x.want)
		}
	}
}

func TestADamageGoesThroughItsStates(t *testing.T) {
	possible := map[DamageState]map[DamageAct]DamageState{
		DamageReported: {AssessDamage: DamageAssessed},
		DamageAssessed: {AssessDamage: DamageAssessed, RepairDamage: DamageRepair, SettleDamage: DamageSettled},
		DamageRepair:   {SettleDamage: DamageSettled},
		DamageSettled:  {AssessDamage: DamageAssessed, CloseDamage: DamageClosed},
	}
	do := map[DamageAct]func(Damage) (Damage, error){
		AssessDamage: func(d Damage) (Damage, error) { return d.Assess("accident", Fault, morning) },
		RepairDamage: func(d Damage) (Damage, error) { return d.Repair(morning) },
		SettleDamage: func(d Damage) (Damage, error) { return d.Settle(5000, 2500, Invoice, "", morning) },
		CloseDamage:  func(d Damage) (Damage, error) { return d.Close(morning) },
	}
	for _, from := range DamageStates {
		for _, act := range DamageActs {
			d := Damage{State: from, Liability: Fault}
			got, err := do[act](d)
			to, ok := possible[from][act]
			if d.May(act) != ok || (err == nil) != ok || ok && got.State != to {
				t.Errorf("%s of %s: %s %v, want %s", act, from, got.State, err, to)
			}
		}
	}
	assessed := Damage{State: DamageAssessed, Liability: NoFault}
	for _, x := range []struct {
		cost, claim int
		how         Settlement
		ok          bool
	}{{100, 0, Nothing, true}, {100, 50, Invoice, false}, {100, 101, Insurance, false}, {-1, 0, Nothing, false}, {100, 50, Insurance, true}, {100, 50, "x", false}} {
		if _, err := assessed.Settle(x.cost, x.claim, x.how, "", morning); (err == nil) != x.ok {
			t.Errorf("%+v: %v", x, err)
		}
	}
	if d, err := (Damage{State: DamageReported}).Assess("wear", Fault, morning); err == nil {
		t.Errorf("wear is somebody's fault: %+v", d)
	}
}

func TestALossHasItsTasks(t *testing.T) {
	l := Loss{Stolen: true, Reported: morning}
	steps := func(tasks []LossTask) (out []LossStep) {
		for _, x := range tasks {
			if x.Done.IsZero() {
				out = append(out, x.Step)
			}
		}
		return out
	}
	if got := steps(l.Tasks(true, time.Time{})); !slices.Equal(got, []LossStep{LossLostMode, LossTold, LossPolice, LossInsurance, LossInstead}) {
		t.Error(got)
	}
	if got := steps(l.Tasks(false, time.Time{})); !slices.Equal(got, []LossStep{LossTold, LossPolice, LossInsurance, LossInstead}) {
		t.Errorf("a notebook others manage has a lost mode: %v", got)
	}
	l, err := l.Tick(LossTold, morning)
	if err != nil {
		t.Fatal(err)
	}
	l.PoliceRef = "ST/123/26"
	if got := steps(l.Tasks(true, morning)); !slices.Equal(got, []LossStep{LossInsurance, LossInstead}) {
		t.Error(got)
	}
	if _, err := l.Tick(LossPolice, morning); err == nil {
		t.Error("the police was ticked without a reference")
	}
	l.Found = morning
	if _, err := l.Tick(LossInstead, morning); KindOf(err) != Conflict {
		t.Error(err)
	}
}

func TestALeaseTellsBeforeItEnds(t *testing.T) {
	l := Lease{Until: time.Date(2027, 7, 31, 0, 0, 0, 0, time.UTC)}
	for day, want := range map[string]int{"2027-01-30": 0, "2027-01-31": 6, "2027-04-29": 6, "2027-04-30": 3, "2027-06-30": 1, "2027-07-30": 1, "2027-07-31": 0} {
		at, _ := time.Parse(time.DateOnly, day)
		if got := l.Mark(at); got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
}

package store_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/micromdm/nanomdm/mdm"

	engine "ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// large are the tables that grow with devices, people or history. What happens for every check-in, push or search must never read
// one of them from end to end: with sixty iPads nobody would notice, with 28,000 the server would stand still.
var large = regexp.MustCompile(`^SCAN (d|s|e|t|i|p|o|m|c|x|device|device_state|asset|enrollment|identity|target|command|person|membership|assignment|device_order|snapshot|challenge|holding|audit|change_row|change_set|ade_device|k|h|person_key|class_key|roster_answer|session|account|role_grant|alarm|repair|notice|deletion|person_view|contract|contract_part|addendum|damage|loss)\b`)

// whole is a search that an index narrows to one authority and no further: one town has nearly all of a table.
var whole = regexp.MustCompile(`^SEARCH .* USING (COVERING )?INDEX \S+ \(authority_id=\?\)`)

// few are indexes that hold little of an authority: what waits to be planned, what was ordered and who is on the way back, read in slices, its handful of CAs, its schools, its one
// tenant, what is open of alarms, reports, repairs and questions of desks, what was signed and not carried out, its rule; and those in whose order a
// list is read until its page is full.
var few = regexp.MustCompile(`INDEX (target_marked|warrant_authority|turnaround_authority|ca_authority|school_name|sqlite_autoindex_tenant_1|alarm_open|device_report_school|repair_authority|asset_sort|person_sort|rollover_school_signed|allocation_authority|desk_entry_asked)( |$)`)

// meant are statements that read much on purpose: what refers to persons is asked of the engine, who is asked about by Art. 15 may stand in
// any entry of the log, and devices are counted up to a number.
var meant = regexp.MustCompile(`sqlite_master|foreign_key_list|pg_constraint|information_schema|detail LIKE|SELECT 1 FROM device WHERE authority_id = \$\d+ LIMIT`)

// huge are the same tables by their names.
var huge = regexp.MustCompile(`^(device|device_state|asset|enrollment|identity|target|command|person|membership|assignment|device_order|snapshot|challenge|holding|audit|change_row|change_set|ade_device|person_key|class_key|roster_answer|session|account|role_grant|repair|notice|deletion|person_view)$`)

func TestNoHotQueryReadsAWholeTable(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		hotQueries(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Count: true}))
	})
}

func hotQueries(t *testing.T, s *store.Store) {
	ctx := context.Background()
	d := newTown(t, s)
	b7 := d.class(d.north, "7b")
	lena := d.pupil(d.north, b7, "Lena", "Muster")
	ids := d.devices("Gymnasium Nord", "F9FX", 30)
	d.enrol(ids...)
	if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
		t.Fatal(err)
	}
	source, err := s.CreateRosterSource(ctx, d.by, school.RosterSource{Name: "IServ"})
	if err != nil {
		t.Fatal(err)
	}
	spare, err := s.DeviceByID(ctx, d.by, ids[5])
	if err != nil {
		t.Fatal(err)
	}
	asset := spare.Asset
	e := school.EnrollmentID("e-" + string(ids[0]))
	a := d.by.Tenant
	secret, err := s.NewChallenge(ctx, store.Challenge{Authority: a, Purpose: store.ForEnroll, Device: ids[1], Serial: "F9FX000001", UDID: "u1", Expires: s.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	door := door(t, s, d.by, "nord.example", "", teachers)
	come := func(subject string) (string, error) {
		return s.Arrive(ctx, store.Arrival{Provider: door, Subject: subject, Name: "Lena", SID: "s-" + subject, Claims: roles("ROLE_TEACHER")})
	}
	somebody(t, s, d.by, "pruefung", school.Grant{Role: school.Auditor})
	key, _, keeperIn, keeper := withKey(t, s, "pruefung", keyNamed("Telefon"))
	in, err := come("17")
	if err != nil {
		t.Fatal(err)
	}
	for _, hot := range []struct {
		name string
		do   func() error
	}{
		{"a certificate is issued", func() error {
			_, err := s.Consume(ctx, a, secret, "key", func(store.Challenge) ([]byte, string, time.Time, error) {
				return []byte("der"), "hash1", s.Now().AddDate(1, 0, 0), nil
			})
			return err
		}},
		{"pairs of one name", func() error { _, err := s.CountNamesakes(ctx, d.by); return err }},
		{"changes of school to answer", func() error { _, err := s.CrossingsToAnswer(ctx, d.by); return err }},
		{"who asks", func() error { _, err := s.Identity(ctx, "hash1"); return err }},
		{"Authenticate", func() error {
			id, err := s.Identity(ctx, "hash1")
			if err == nil {
				_, err = s.Authenticated(ctx, id, store.Checkin{NanoID: "u1", UDID: "u1", Serial: "F9FX000001", Topic: "t", OSVersion: "18.0"})
			}
			return err
		}},
		{"TokenUpdate", func() error {
			_, err := s.TokenUpdated(ctx, a, "u1", store.Token{Topic: "t", Magic: "m", Token: []byte("t")})
			return err
		}},
		{"what it should be", func() error { _, _, _, err := s.Facts(ctx, a, e); return err }},
		{"a plan is kept", func() error {
			_, _, read, err := s.Facts(ctx, a, e)
			if err == nil {
				_, err = s.SavePlan(ctx, store.Planned{Authority: a, Enrollment: e, Read: read, Steps: true,
					Hand: &store.Handout{UUID: "c1", Kind: "ProfileList", Fingerprint: "f", Body: []byte("x")}})
			}
			return err
		}},
		{"it reports", func() error {
			return s.Observe(ctx, a, e, "c1", func(o *store.Observation) error {
				o.CommandState, o.Replan, o.Mark = "acknowledged", true, true
				o.Info = &store.DeviceInfo{OSVersion: "18.1"}
				return nil
			})
		}},
		{"its queue is cleared", func() error {
			return s.Nano(a).ClearQueue(&mdm.Request{EnrollID: &mdm.EnrollID{Type: mdm.Device, ID: "u1"}})
		}},
		{"how often it sent its token", func() error { _, err := s.Nano(a).RetrieveTokenUpdateTally(ctx, "u1"); return err }},
		{"it checks out", func() error { return s.CheckedOut(ctx, a, "u1") }},
		{"who is marked", func() error { _, err := s.AuthoritiesWithMarks(ctx); return err }},
		{"marked ones are planned", func() error { _, _, _, err := s.Marked(ctx, a, 100); return err }},
		{"who wants a push", func() error { _, err := s.PushesDue(ctx, 100); return err }},
		{"pushes are sent", func() error {
			return s.Pushed(ctx, []store.PushResult{{Enrollment: e, Token: []byte("t"), Accepted: true, Again: time.Minute}, {Enrollment: e, Token: []byte("t"), Broken: "unregistered"}})
		}},
		{"seen", func() error { s.Seen(e, ids[0], s.Now()); return s.FlushSeen(ctx) }},
		{"search by serial", func() error { _, err := s.DeviceBySerial(ctx, d.by, "F9FX000003"); return err }},
		{"page of a device", func() error { _, err := s.DeviceByID(ctx, d.by, ids[0]); return err }},
		{"progress of a class", func() error {
			_, err := s.Progress(ctx, d.by, school.Scope{Level: school.AtClass, ID: string(b7)})
			return err
		}},
		{"devices of a class", func() error { _, err := s.Devices(ctx, d.by, store.DeviceFilter{Class: b7, Limit: 50}); return err }},
		{"who is signed in", func() error { _, _, err := s.SessionActor(ctx, in); return err }},
		{"a passkey is asked for and signs in", func() error {
			if _, err := s.AskAnyPasskey(ctx, "browser"); err != nil {
				return err
			}
			if _, err := s.TakePasskeyAsk(ctx, store.PasskeySignIn, "browser"); err != nil {
				return err
			}
			k, err := s.PasskeyByCredential(ctx, key.Credential)
			if err == nil {
				_, err = s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{})
			}
			return err
		}},
		{"one's own passkeys", func() error { _, err := s.Passkeys(ctx, keeper); return err }},
		{"one of them goes", func() error { return s.RemovePasskey(ctx, keeper, key.ID, keeperIn) }},
		{"somebody comes by a provider", func() error { _, err := come("18"); return err }},
		{"and again", func() error { _, err := come("17"); return err }},
		{"a provider is asked for", func() error { _, err := s.ProviderForSignIn(ctx, door.ID); return err }},
		{"somebody signed out there", func() error { _, err := s.SignedOutThere(ctx, door, "18", "", "j", s.Now().Add(time.Hour)); return err }},
		{"a session is over there", func() error {
			_, err := s.SignedOutThere(ctx, door, "", "s-17", "k", s.Now().Add(time.Hour))
			return err
		}},
		{"people of a school", func() error {
			_, err := s.Persons(ctx, d.clerk(school.SchoolAdmin, d.north), store.PersonFilter{School: d.north, Limit: 50})
			return err
		}},
		{"a person, for its second school", func() error { _, err := s.PersonByID(ctx, d.clerk(school.SchoolAdmin, d.north), lena); return err }},
		{"a roster is thought through", func() error {
			id, err := s.BringRoster(ctx, d.by, store.NewRoster{Source: source, School: d.north, Data: []byte("x")})
			if err == nil {
				_, err = s.PlanRoster(ctx, d.by, id, school.Roster{Schools: []school.RosterSchool{{People: []school.RosterPerson{{ID: "1", Kind: school.Pupil, Given: "Lena", Family: "Muster"}}}}})
			}
			if err == nil {
				_, err = s.RosterPart(ctx, d.by, id, 0)
			}
			return err
		}},
		{"servers that are due", func() error {
			_, err := s.RosterServersDue(ctx)
			if err == nil {
				_, _, _, err = s.NextRosterServer(ctx)
			}
			return err
		}},
		{"what waits to be taken over", func() error { _, err := s.RostersConfirmed(ctx); return err }},
		{"it speaks of an update", func() error {
			return s.Observe(ctx, a, e, "", func(o *store.Observation) error {
				o.Updating = &school.Updating{State: school.UpdateDownloading}
				return nil
			})
		}},
		{"what waits for a second person", func() error { _, err := s.Warrants(ctx, d.by, true, 20); return err }},
		{"what was ordered", func() error { _, err := s.Warrants(ctx, d.clerk(school.SchoolAdmin, d.north), false, 20); return err }},
		{"an order is thought through", func() error {
			_, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeOrder, Devices: ids[:1], Order: &school.OrderWish{Kind: school.Erase, Args: school.OrderArgs{Reason: "Probe"}}}, engine.Preview)
			return err
		}},
		{"returned devices", func() error { _, err := s.Turnarounds(ctx, d.by, store.TurnaroundFilter{}); return err }},
		{"returned devices that are due", func() error { _, err := s.TurnaroundsDue(ctx); return err }},
		{"returned devices go on", func() error { return s.AdvanceTurnarounds(ctx) }},
		{"locks to be taken off", func() error { _, err := s.UnlocksDue(ctx, 10); return err }},
		{"orders of a device", func() error { _, err := s.Orders(ctx, d.by, ids[0], 20); return err }},
		{"devices by number", func() error { _, err := s.Devices(ctx, d.by, store.DeviceFilter{Limit: 50}); return err }},
		{"the last of them first", func() error { _, err := s.Devices(ctx, d.by, store.DeviceFilter{Desc: true, Limit: 50}); return err }},
		{"devices that are as decided", func() error {
			_, err := s.Devices(ctx, d.by, store.DeviceFilter{State: store.AsDecided, Limit: 50})
			return err
		}},
		{"people by name", func() error { _, err := s.Persons(ctx, d.by, store.PersonFilter{Limit: 50}); return err }},
		{"people who hold nothing", func() error { _, err := s.Persons(ctx, d.by, store.PersonFilter{Without: true, Limit: 50}); return err }},
		{"progress of a school", func() error {
			_, err := s.Progress(ctx, d.by, school.Scope{Level: school.AtSchool, ID: string(d.north)})
			return err
		}},
		{"how large an authority is", func() error { _, err := s.Extent(ctx, d.by); return err }},
		{"how large it is to a school", func() error { _, err := s.Extent(ctx, d.clerk(school.SchoolAdmin, d.north)); return err }},
		{"somebody is looked for at the desk", func() error { _, err := s.FindAtDesk(ctx, d.clerk(school.Desk, d.north), "mu"); return err }},
		{"all that is stored about somebody", func() error { _, err := s.PersonData(ctx, d.by, lena); return err }},
		{"schools that roll over today", func() error { _, err := s.RolloverDue(ctx); return err }},
		{"devices of a school by number", func() error {
			_, err := s.Devices(ctx, d.clerk(school.SchoolAdmin, d.north), store.DeviceFilter{Text: "mu", Limit: 50})
			return err
		}},
		{"what a school needs", func() error { _, err := s.Demands(ctx, d.clerk(school.SchoolAdmin, d.north)); return err }},
		{"who looked at somebody", func() error { _, err := s.History(ctx, d.by, "person", string(lena), 50); return err }},
		{"a person at the desk", func() error { _, err := s.DeskPersonByID(ctx, d.clerk(school.Desk, d.north), lena); return err }},
		{"a device at the desk", func() error { _, err := s.DeviceAtDesk(ctx, d.clerk(school.Desk, d.north), "F9FX000003"); return err }},
		{"what is lent at the desk", func() error { _, err := s.LentAtDesk(ctx, d.clerk(school.Desk, d.north), d.north, 20); return err }},
		{"classes that are taught", func() error { _, err := s.TaughtClasses(ctx, d.by); return err }},
		{"a device is sent to repair", func() error { _, err := s.SendToRepair(ctx, d.by, ids[3], "Display"); return err }},
		{"what is being repaired", func() error { _, err := s.Repairs(ctx, d.by); return err }},
		{"what was reported", func() error { _, err := s.Reports(ctx, d.by); return err }},
		{"a scan at the desk", func() error {
			for _, text := range []string{"F9FX000003", "L-26-000001", "lena.muster", "Koffer 1"} {
				if _, err := s.ScanAtDesk(ctx, d.clerk(school.Desk, d.north), store.DeskScan{Text: text, Act: store.DeskIssue, School: d.north, Person: lena}); err != nil {
					return err
				}
			}
			return nil
		}},
		{"a desk hands out", func() error {
			_, err := s.Book(ctx, d.clerk(school.Desk, d.north), store.Booking{ID: "buchung-0001", Issue: &store.Handover{Person: lena, Asset: asset}})
			return err
		}},
		{"and takes back", func() error {
			_, err := s.Book(ctx, d.clerk(school.Desk, d.north), store.Booking{ID: "buchung-0002", Return: &store.GivenBack{Asset: asset}})
			return err
		}},
		{"classes on an issue day", func() error { _, err := s.IssueLines(ctx, d.clerk(school.Desk, d.north), d.north, b7); return err }},
		{"hand-overs to the staff of a school", func() error {
			_, err := s.StaffHandovers(ctx, d.clerk(school.SchoolAdmin, d.north), store.HandoverFilter{School: d.north})
			return err
		}},
		{"issue days of a school", func() error {
			_, err := s.IssueDays(ctx, d.clerk(school.Desk, d.north), store.IssueDayFilter{Past: true, Within: 7})
			return err
		}},
		{"a contract", func() error { _, err := s.ContractByNumber(ctx, d.by, "L-26-000001"); return notFoundIsFine(err) }},
		{"contracts of a person", func() error { _, err := s.Contracts(ctx, d.by, store.ContractFilter{Person: lena}); return err }},
		{"contracts of an asset", func() error { _, err := s.Contracts(ctx, d.by, store.ContractFilter{Asset: asset}); return err }},
		{"alarms", func() error { _, err := s.Alarms(ctx, d.by); return err }},
		{"an alarm is raised", func() error {
			_, err := s.RaiseAlarm(ctx, store.Alarm{Authority: a, Kind: store.AlarmPushMissing, Urgency: store.Today})
			return err
		}},
		{"whose sessions there are", func() error { _, err := s.AccountSessions(ctx, d.by, store.SessionFilter{}); return err }},
		{"a provider's page", func() error { _, err := s.Provider(ctx, d.by, door.ID); return err }},
		{"a date for the roll-over", func() error { _, err := s.SetRollover(ctx, d.by, s.NextYear()); return err }},
		{"a school rolls over", func() error {
			x, err := s.Rollover(ctx, d.by)
			if err == nil {
				_, err = s.RolloverSchools(ctx, d.by, x.ID)
			}
			if err == nil {
				_, err = s.RolloverPart(ctx, d.by, x.ID, d.north)
			}
			return err
		}},
	} {
		searched(t, s, hot.name, hot.do)
	}
}

func notFoundIsFine(err error) error {
	if school.KindOf(err) == school.NotFound {
		return nil
	}
	return err
}

// searched fails when something reads all rows of a large table.
func searched(t *testing.T, s *store.Store, name string, do func() error) {
	t.Helper()
	s.Statements()
	if err := do(); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for _, text := range s.Statements() {
		if meant.MatchString(text) {
			continue
		}
		if !s.Lite() {
			reads(t, s, name, text)
			continue
		}
		steps, err := s.Explain(context.Background(), text)
		if err != nil {
			t.Errorf("%s: %v in %s", name, err, text)
		}
		for _, step := range steps {
			if (large.MatchString(step) || whole.MatchString(step)) && !few.MatchString(step) && !slices.Contains(steps, "CO-ROUTINE"+strings.TrimPrefix(step, "SCAN")) { // the result of a part is no table
				t.Errorf("%s: %s\n%s\n%s", name, step, strings.Join(steps, "\n"), text)
			}
		}
	}
}

// reads is the same for PostgreSQL. Its tables are small here, so it is asked what it would do if it might read none from end to end:
// what it reads whole nevertheless has no index that would do, or none but one of everything. Which of two it begins with where a
// list of ids meets a table of three rows says nothing.
func reads(t *testing.T, s *store.Store, name, text string) {
	t.Helper()
	all, err := s.Readings(context.Background(), text)
	if err != nil {
		t.Errorf("%s: %v in %s", name, err, text)
	}
	for _, x := range all {
		listed := strings.Contains(text, "IN (SELECT value FROM json_array_elements_text(")
		if huge.MatchString(x.Table) && (x.Node == "Seq Scan" || x.Index != "" && x.Cond == "" && !listed) && !few.MatchString("INDEX "+x.Index+" ") {
			t.Errorf("%s: %+v\n%s", name, x, text)
		}
	}
}

func TestNoSchoolYearReadsAWholeTable(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Count: true, Now: inSummer})
	d, id := rolling(t, s)
	d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Muster")
	look := func(at school.SchoolID, number int) func() error {
		return func() error { _, err := s.SchoolInYear(ctx, d.by, at, number); return err }
	}
	searched(t, s, "the grades of a school", func() error { _, err := s.Grades(ctx, d.by, d.north); return err })
	searched(t, s, "the next year", look(d.north, 2026))
	d.sign(id, d.north)
	if err := s.RunRollovers(ctx); err != nil {
		t.Fatal(err)
	}
	searched(t, s, "the last year", look(d.north, 2025))
}

// SQLite plans by what it is told of a town, from the first day and unchanged by whatever is in the tables.
func TestSQLiteKnowsTheShapeOfATown(t *testing.T) {
	ctx := context.Background()
	url := storetest.URL(t, "sqlite")
	stats := func(s *store.Store) (indexes, told, unlike int64) {
		t.Helper()
		for query, n := range map[string]*int64{
			`SELECT count(*) FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`: &indexes,
			`SELECT count(*) FROM sqlite_stat1 WHERE idx IS NOT NULL`:                                                                 &told,
			`SELECT count(*) FROM sqlite_stat1 WHERE idx = 'device_state_authority' AND stat <> '28000 28000'`:                        &unlike,
		} {
			var err error
			if *n, err = s.Number(ctx, query); err != nil {
				t.Fatal(err)
			}
		}
		return indexes, told, unlike
	}
	for range 2 { // told once, and found told
		s := storetest.Open(t, url, store.Options{})
		if indexes, told, unlike := stats(s); indexes < 80 || told != indexes || unlike != 0 {
			t.Errorf("%d indexes, told of %d, %d unlike a town", indexes, told, unlike)
		}
		newAuthority(t, s, "Musterstadt "+store.Secret(4))
	}
}

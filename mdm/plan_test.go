package mdm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/mdm"
	"ranzen/store/school"
)

func order(id string, kind school.OrderKind, priority int) school.Order {
	return school.Order{ID: school.OrderID(id), Enrollment: "enr-1", Kind: kind, Priority: priority, State: school.Waiting, Created: morning.Add(-time.Minute), UUID: "uuid-" + id}
}

func TestPlan(t *testing.T) {
	a, b, wlan := plain("a", 1), plain("b", 1), network("wlan", 1)
	all := []school.Assigned{assign("1", school.AtClass, a), assign("2", school.AtClass, b), assign("3", school.AtClass, wlan)}
	for name, c := range map[string]struct {
		assigned []school.Assigned
		there    []string // items the device has as they should be
		facts    func(*school.Facts)
		have     func(*school.Reported)
		want     []string
	}{
		"all is well":                 {all, []string{"a", "b", "wlan"}, nil, nil, []string{}},
		"networks first, then by key": {all, nil, nil, nil, []string{"install wlan", "install a", "install b"}},
		"not enrolled":                {all, nil, func(f *school.Facts) { f.Enrollment = "" }, nil, []string{}},
		"the manifest first":          {all, []string{"wlan", "a"}, nil, func(h *school.Reported) { h.Offered = "other" }, []string{"declare", "install b"}},
		"unconfirmed offer, in time":  {nil, nil, nil, func(h *school.Reported) { h.Confirmed, h.OfferedAt = "", morning.Add(-14*time.Minute) }, []string{}},
		"unconfirmed offer, too long": {nil, nil, nil, func(h *school.Reported) { h.Confirmed, h.OfferedAt = "", morning.Add(-15*time.Minute) }, []string{"declare"}},
		"offered again, patience":     {nil, nil, nil, func(h *school.Reported) { h.Confirmed, h.OfferedAt, h.Reoffers = "", morning.Add(-20*time.Minute), 1 }, []string{}},
		"offered often, once a day":   {nil, nil, nil, func(h *school.Reported) { h.Confirmed, h.OfferedAt, h.Reoffers = "", morning.Add(-24*time.Hour), 40 }, []string{"declare"}},
		"no declarations":             {nil, nil, func(f *school.Facts) { f.NoDeclarations = true }, func(h *school.Reported) { h.Offered, h.Confirmed = "", "" }, []string{}},
		"orders by priority": {all, nil, nil, func(h *school.Reported) {
			h.Orders = []school.Order{order("low", school.Restart, 1), order("high", school.Raw, 9), order("mid", school.Raw, 5)}
		}, []string{"operator high", "operator mid", "operator low", "install wlan", "install a", "install b"}},
		"closed, foreign, expired orders": {nil, nil, nil, func(h *school.Reported) {
			done, foreign, expired := order("d", school.Raw, 1), order("f", school.Raw, 1), order("e", school.Raw, 1)
			done.State, foreign.Enrollment, expired.Expires = school.Done, "enr-0", morning
			h.Orders = []school.Order{done, foreign, expired}
		}, []string{}},
		"refresh asks everything": {nil, nil, nil, func(h *school.Reported) {
			h.Orders = []school.Order{order("r", school.Refresh, 1)}
		}, []string{"inventory", "list", "declare"}},
		"refresh, partly done": {nil, nil, nil, func(h *school.Reported) {
			h.Orders, h.InventoryAt, h.OfferedAt = []school.Order{order("r", school.Refresh, 1)}, morning, morning
		}, []string{"list"}},
		"identity ends within a year":      {nil, nil, func(f *school.Facts) { f.CertEnds = morning.AddDate(0, 11, 0) }, nil, []string{"renew"}},
		"identity, just handed out":        {nil, nil, func(f *school.Facts) { f.CertEnds = morning.AddDate(0, 11, 0) }, func(h *school.Reported) { h.RenewedAt = morning.Add(-23 * time.Hour) }, []string{}},
		"identity, handed out in vain":     {nil, nil, func(f *school.Facts) { f.CertEnds = morning.AddDate(0, 11, 0) }, func(h *school.Reported) { h.RenewedAt = morning.Add(-24 * time.Hour) }, []string{"renew"}},
		"new enrolment: first who are you": {all, nil, nil, func(h *school.Reported) { h.InventoryAt = time.Time{} }, []string{"inventory", "install wlan", "install a", "install b"}},
		"enrolled again":                   {nil, nil, nil, func(h *school.Reported) { h.InventoryAt = h.Enrolled.Add(-1) }, []string{"inventory"}},
		"bypass code":                      {nil, nil, nil, func(h *school.Reported) { h.BypassAt, h.Enrolled = time.Time{}, morning.AddDate(0, 0, -14) }, []string{"bypass"}},
		"bypass code, too late":            {nil, nil, nil, func(h *school.Reported) { h.BypassAt, h.Enrolled = time.Time{}, morning.AddDate(0, 0, -15) }, []string{}},
		"bypass code, unsupervised":        {nil, nil, func(f *school.Facts) { f.Device.Supervised = false }, func(h *school.Reported) { h.BypassAt, h.Enrolled = time.Time{}, morning.AddDate(0, 0, -1) }, []string{}},
		"awaiting, still missing":          {all[:1], nil, nil, awaiting, []string{"install a"}},
		"awaiting, all there":              {all[:1], []string{"a"}, nil, awaiting, []string{"configured"}},
		"awaiting, accepted is not there": {all[:1], nil, nil, func(h *school.Reported) {
			awaiting(h)
			h.Items["de.example.a"] = school.ItemState{Phase: school.Acknowledged, Hash: hashOf(all[0]), Since: morning}
		}, []string{"list"}},
		"awaiting, finally failed": {all[:1], nil, nil, func(h *school.Reported) {
			awaiting(h)
			h.Items["de.example.a"] = school.ItemState{Phase: school.Failed, Hash: hashOf(all[0]), Final: true}
		}, []string{"configured"}},
		"awaiting, left out":   {[]school.Assigned{all[0], assign("9", school.AtDevice, a, excluded)}, nil, nil, awaiting, []string{"configured"}},
		"awaiting, time is up": {all[:1], nil, nil, func(h *school.Reported) { awaiting(h); h.AwaitUntil = morning }, []string{"configured", "install a"}},
		"awaiting, default deadline": {all[:1], nil, nil, func(h *school.Reported) {
			awaiting(h)
			h.Enrolled, h.InventoryAt = morning.Add(-15*time.Minute), morning
			h.AwaitUntil = time.Time{}
		}, []string{"configured", "install a"}},
		"awaiting, not asked yet": {nil, nil, nil, func(h *school.Reported) { awaiting(h); h.InventoryAt = time.Time{} }, []string{"inventory"}},
		"accepted: the list is next": {all[:2], []string{"b"}, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Acknowledged, Hash: hashOf(all[0]), Since: morning}
		}, []string{"list"}},
		"failed, not yet due": {all[:1], nil, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Failed, Hash: hashOf(all[0]), NextTry: morning.Add(1)}
		}, []string{}},
		"failed, due": {all[:1], nil, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Failed, Hash: hashOf(all[0]), NextTry: morning}
		}, []string{"install a"}},
		"failed, but the content is new": {all[:1], nil, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Failed, Hash: "earlier", Final: true}
		}, []string{"install a"}},
		"postponed: whenever it asks": {all[:1], nil, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Postponed, Hash: hashOf(all[0]), NextTry: morning.Add(time.Hour)}
		}, []string{"install a"}},
		"removals after installs": {all[1:2], nil, nil, func(h *school.Reported) {
			h.Present["de.example.z"] = school.Have{Hash: "z", Owner: school.ByCommand}
		}, []string{"install b", "remove z"}},
		"removal accepted: the list is next": {nil, nil, nil, func(h *school.Reported) {
			h.Present["de.example.z"] = school.Have{Hash: "z", Owner: school.ByCommand}
			h.Items["de.example.z"] = school.ItemState{Phase: school.Acknowledged, Since: morning}
		}, []string{"list"}},
		"a withdrawn install nobody answered": {nil, nil, nil, func(h *school.Reported) {
			h.Items["de.example.z"] = school.ItemState{Phase: school.Sent, Hash: "z", Since: morning}
		}, []string{"list"}},
		"daily list":                 {all[:1], []string{"a"}, nil, func(h *school.Reported) { h.ListedAt = morning.Add(-26 * time.Hour) }, []string{"list"}},
		"daily list, nothing to see": {nil, nil, nil, func(h *school.Reported) { h.ListedAt = time.Time{} }, []string{}},
		"daily inventory":            {nil, nil, nil, func(h *school.Reported) { h.InventoryAt = morning.Add(-26 * time.Hour) }, []string{"inventory"}},
		"user channel: orders only": {all, nil, func(f *school.Facts) { f.Channel = school.UserChannel }, func(h *school.Reported) {
			h.Orders = []school.Order{order("o", school.Raw, 1), order("r", school.Refresh, 1)}
		}, []string{"operator o"}},
	} {
		f := with(facts(), c.assigned...)
		if c.facts != nil {
			c.facts(&f)
		}
		want := mdm.Desired(f)
		var there []mdm.Item
		for _, n := range c.there {
			i, ok := want.Item(school.ItemKey("de.example." + n))
			if !ok {
				t.Fatalf("%s: no item %s", name, n)
			}
			there = append(there, i)
		}
		have := settled(f, there...)
		if c.have != nil {
			c.have(&have)
		}
		if diff := cmp.Diff(c.want, kinds(mdm.Plan(want, have, f, morning))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func awaiting(h *school.Reported) {
	h.Awaiting, h.AwaitUntil = true, morning.Add(10*time.Minute)
	h.Enrolled, h.InventoryAt, h.BypassAt = morning.Add(-2*time.Minute), morning.Add(-time.Minute), morning
}

func hashOf(a school.Assigned) string { return mdm.Desired(with(facts(), a)).Items[0].Hash }

func TestTheSameStepHasTheSameFingerprint(t *testing.T) {
	f := with(facts(), assign("1", school.AtClass, plain("a", 1)))
	first := mdm.Plan(mdm.Desired(f), settled(f), f, morning)[0]
	have := mdm.Sent(settled(f), first, "uuid-1", morning)
	again := mdm.Plan(mdm.Desired(f), have, f, morning.Add(time.Minute))[0]
	if again.Fingerprint != first.Fingerprint || have.InFlight.Fingerprint != first.Fingerprint {
		t.Error("asked again, the device would get a second command for the same thing")
	}
	g := with(facts(), assign("1", school.AtClass, plain("a", 2)))
	if mdm.Plan(mdm.Desired(g), have, g, morning)[0].Fingerprint == first.Fingerprint {
		t.Error("a new content goes out as the old command")
	}
	f.CertEnds = morning.AddDate(0, 1, 0)
	renew := mdm.Plan(mdm.Desired(f), settled(f), f, morning)[0]
	have = mdm.Sent(settled(f), renew, "uuid-2", morning)
	if p := mdm.Plan(mdm.Desired(f), have, f, morning.Add(time.Minute)); p[0].Fingerprint != renew.Fingerprint {
		t.Errorf("%v: a renewal nobody answered is not handed out again", kinds(p))
	}
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "Acknowledged"}, morning)
	if p := mdm.Plan(mdm.Desired(f), have, f, morning.Add(time.Minute)); p[0].Kind == mdm.Renew {
		t.Error("an answered renewal is handed out again")
	}
}

func TestRequestNames(t *testing.T) {
	raw, restart, remove := order("1", school.Raw, 1), order("2", school.Restart, 1), order("3", school.Remove, 1)
	raw.Request = "DeviceLock"
	for want, s := range map[string]mdm.Step{"DeviceLock": {Kind: mdm.Operator, Order: &raw}, "RestartDevice": {Kind: mdm.Operator, Order: &restart},
		"RemoveProfile": {Kind: mdm.Operator, Order: &remove}, "DeviceConfigured": {Kind: mdm.Configured}, "InstallProfile": {Kind: mdm.Renew},
		"DeclarativeManagement": {Kind: mdm.Declare}, "ProfileList": {Kind: mdm.ListProfile}, "DeviceInformation": {Kind: mdm.Inventory},
		"ActivationLockBypassCode": {Kind: mdm.Bypass}} {
		if got := s.Request(); got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
}

func TestParentsDevicesAreAskedLittle(t *testing.T) {
	own, parents, unknown := facts(), facts(), facts()
	parents.Device.Ownership = school.Parent
	unknown.Device.Confirmed = false
	has := func(f school.Facts, q string) bool {
		for _, x := range mdm.Queries(f) {
			if x == q {
				return true
			}
		}
		return false
	}
	for _, q := range []string{"BatteryLevel", "SerialNumber", "UDID"} {
		if !has(own, q) || has(parents, q) || has(unknown, q) {
			t.Errorf("%s: own %v, parents %v, unconfirmed %v", q, has(own, q), has(parents, q), has(unknown, q))
		}
	}
	if !has(parents, "OSVersion") || !has(parents, "AwaitingConfiguration") {
		t.Error("management cannot do without the version")
	}
}

func TestRefreshed(t *testing.T) {
	f := facts()
	o := order("r", school.Refresh, 1)
	have := settled(f)
	if mdm.Refreshed(mdm.Desired(f), have, o) {
		t.Error("done before anything was asked")
	}
	have.InventoryAt, have.ListedAt, have.OfferedAt = morning, morning, morning
	if !mdm.Refreshed(mdm.Desired(f), have, o) {
		t.Error("not done although everything was asked since")
	}
}

func TestNextDue(t *testing.T) {
	a := assign("1", school.AtClass, plain("a", 1))
	for name, c := range map[string]struct {
		assigned []school.Assigned
		facts    func(*school.Facts)
		have     func(*school.Reported)
		want     time.Time
	}{
		"a window opens": {[]school.Assigned{assign("1", school.AtClass, plain("a", 1), from(morning.Add(time.Hour)))}, nil, nil, morning.Add(time.Hour)},
		"a next try": {[]school.Assigned{a}, nil, func(h *school.Reported) {
			h.Items["de.example.a"] = school.ItemState{Phase: school.Failed, Hash: hashOf(a), NextTry: morning.Add(time.Minute)}
		}, morning.Add(time.Minute)},
		"Setup Assistant": {[]school.Assigned{a}, nil, awaiting, morning.Add(10 * time.Minute)},
		"offered again":   {nil, nil, func(h *school.Reported) { h.Confirmed, h.OfferedAt = "", morning.Add(-time.Minute) }, morning.Add(14 * time.Minute)},
		"NotNow: a reminder": {nil, nil, func(h *school.Reported) {
			h.InFlight = &school.InFlight{UUID: "u", SentAt: morning.Add(-20 * time.Minute), NotNowAt: morning}
		}, morning.Add(20 * time.Minute)},
		"identity": {nil, func(f *school.Facts) { f.CertEnds = morning.Add(365*24*time.Hour + time.Minute) }, nil, morning.Add(time.Minute + 1)},
	} {
		f := with(facts(), c.assigned...)
		if c.facts != nil {
			c.facts(&f)
		}
		have := settled(f)
		if c.have != nil {
			c.have(&have)
		}
		if got := mdm.NextDue(mdm.Desired(f), have, f, morning); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatDevicesSayByThemselvesIsNotAsked(t *testing.T) {
	f := facts()
	have := offer(f, enrolled())
	have.InventoryAt = morning.Add(-27 * time.Hour)
	queries := func(f school.Facts, have school.Reported) []string {
		t.Helper()
		for _, s := range mdm.Plan(mdm.Desired(f), have, f, morning) {
			if s.Kind == mdm.Inventory {
				return s.Queries
			}
		}
		t.Fatal("a stale inventory is not asked for")
		return nil
	}
	q := queries(f, have)
	if slices.Contains(q, "OSVersion") || slices.Contains(q, "SerialNumber") || !slices.Contains(q, "AvailableDeviceCapacity") {
		t.Errorf("asked %v", q)
	}
	old := at(f, "15.8")
	have.Confirmed, have.Offered = "", ""
	if q := queries(old, have); !slices.Contains(q, "OSVersion") {
		t.Errorf("an iPad without status reports is asked %v", q)
	}
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"ranzen/enroll/ca"
	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// The demo's story, told with the same methods a person's clicks reach: an authority with push certificate, Apple token
// and set-up networks; schools, classes and persons; a delivery announced by file; profiles, some of them assigned. One
// iPad was set up sixteen days ago and has slept since; the others arrive while one watches.

const (
	demoLogin  = "admin"
	demoSchool = "Gymnasium Nord"
	demoClass  = "7b"
	silentFor  = 16 * 24 * time.Hour
	pushAge    = 340 * 24 * time.Hour // the push certificate is so old: it ends in 25 days
)

func (d *demo) begin(ctx context.Context) error {
	plan := sim.Demo(d.cmd.Devices)
	if d.cmd.District == "muc-90" {
		plan = sim.MUC90()
	}
	plan.Seed = d.cmd.Seed
	district := sim.Generate(plan)
	st := d.s.Store

	d.clock.move(-silentFor)
	id, err := st.CreateAuthority(ctx, school.System("demo", ""), school.Authority{Name: district.Name, Contact: "Schul-IT, Tel. 0555 4711",
		Policy: school.Policy{DeclaredProfiles: true, NumberPattern: "MS-{YY}-{seq:06}", Privacy: school.Privacy{Officer: "Datenschutz, datenschutz@musterstadt.example"}}})
	if err != nil {
		return err
	}
	by := school.System("demo", id)
	if err := d.account(ctx, by); err != nil {
		return err
	}
	if err := d.push(ctx, by); err != nil {
		return err
	}
	if _, err := d.s.Enroll.EnsureCA(ctx, id); err != nil {
		return err
	}
	server := d.apple.AddServer("Ranzen", district.Name)
	token, err := d.token(ctx, by, server)
	if err != nil {
		return err
	}
	f, err := d.people(ctx, by, district)
	if err != nil {
		return err
	}
	if err := d.provider(ctx, by, f.schools[demoSchool]); err != nil {
		return err
	}
	if err := d.delivery(ctx, by, district); err != nil {
		return err
	}
	if d.cmd.District == "demo" {
		if err := d.issue(ctx, by, district); err != nil {
			return err
		}
		if err := d.stock(ctx, by, f); err != nil {
			return err
		}
	}
	if err := d.profiles(ctx, by, district, f); err != nil {
		return err
	}
	if err := d.apps(ctx, by, district); err != nil {
		return err
	}
	var sleepers, others []sim.Spec
	for _, x := range district.Devices {
		if x.AsleepFor > 0 {
			sleepers = append(sleepers, x)
		} else {
			others = append(others, x)
		}
	}
	if err := d.longAgo(ctx, by, token, server, district, sleepers); err != nil {
		return err
	}
	d.clock.move(0)
	if d.cmd.District == "demo" {
		if err := d.roster(ctx, by); err != nil {
			return err
		}
	}
	server.Deliver(others...)
	district.Devices = others
	return d.fleet.MoveIn(district)
}

func (d *demo) account(ctx context.Context, by school.Actor) error {
	if d.state.Password == "" {
		d.state.Password = word()
	}
	_, link, err := d.s.Store.CreateAccount(ctx, by, store.Account{Login: demoLogin, Name: "Schul-IT", Email: "schul-it@musterstadt.example"},
		[]school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}})
	if err != nil {
		return err
	}
	_, err = d.s.Store.SetPassword(ctx, link, d.state.Password)
	return err
}

// provider is an identity provider as it would be entered: switched off, because the demo speaks with nobody.
func (d *demo) provider(ctx context.Context, by school.Actor, at school.SchoolID) error {
	if at == "" { // a district without the school of the tour
		return nil
	}
	if _, err := d.s.Store.SetRollover(ctx, by, d.s.Store.NextYear()); err != nil { // a change of school year to look at
		return err
	}
	id, err := d.s.Store.CreateProvider(ctx, by, school.Provider{Name: "IServ " + demoSchool, Issuer: "https://iserv.gymnasium-nord.example", ClientID: "ranzen", Scopes: "profile email groups roles", School: at}, "")
	if err != nil {
		return err
	}
	rules := []school.ClaimRule{{Claim: "groups", Value: "schulleitung", Role: school.SchoolAdmin}, {Claim: "roles", Value: "ROLE_STUDENT"}}
	if err := d.s.Store.SetProviderRules(ctx, by, id, rules); err != nil {
		return err
	}
	return d.s.Store.DisableProvider(ctx, by, id)
}

// word is a password one can type from a screen.
func word() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	b := make([]byte, 16)
	rand.Read(b)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:4]) + "-" + string(b[4:8]) + "-" + string(b[8:12]) + "-" + string(b[12:])
}

func (d *demo) push(ctx context.Context, by school.Actor) error {
	d.clock.move(-pushAge)
	u, err := d.pushCertificate()
	d.clock.move(-silentFor)
	if err != nil {
		return err
	}
	return d.s.Store.StorePush(ctx, by, u)
}

// pushCertificate is one that the played Apple signs today, for a year.
func (d *demo) pushCertificate() (u store.PushUpload, err error) {
	cert, key, err := d.apple.PushCertificate("7D6C5B4A-0000-4000-8000-4D5553544552", nil)
	if err != nil {
		return u, err
	}
	p, _, err := ca.ParsePushCertificate(cert, key)
	if err != nil {
		return u, err
	}
	return store.PushUpload{Topic: p.Topic, Certificate: cert, Key: key, Ends: p.NotAfter, AppleAccount: "push@musterstadt.example"}, nil
}

func (d *demo) token(ctx context.Context, by school.Actor, server *sim.Server) (school.TokenID, error) {
	id, cert, err := d.s.Enroll.NewTokenKey(ctx, by, "Apple School Manager", "asm")
	if err != nil {
		return "", err
	}
	p7m, err := server.Token(cert)
	if err != nil {
		return "", err
	}
	_, err = d.s.Enroll.ExchangeToken(ctx, by, id, p7m)
	return id, err
}

// found is where the district's nouns ended up in the store.
type found struct {
	schools map[string]school.SchoolID
	classes map[string]school.ClassID // "school/class"
}

func (d *demo) people(ctx context.Context, by school.Actor, district sim.District) (f found, err error) {
	st := d.s.Store
	f = found{schools: map[string]school.SchoolID{}, classes: map[string]school.ClassID{}}
	var persons []store.NewPerson
	for _, s := range district.Schools {
		id, err := st.CreateSchool(ctx, by, school.School{Name: s.Name, Type: s.Type, Number: s.Number,
			Network: school.Network{SSID: s.SetupSSID, Security: "WPA2", Password: s.SetupPassword}})
		if err != nil {
			return f, err
		}
		f.schools[s.Name] = id
		for _, c := range s.Classes {
			class, err := st.CreateClass(ctx, by, school.Class{School: id, Name: c.Name, Grade: fmt.Sprint(c.Grade)})
			if err != nil {
				return f, err
			}
			f.classes[s.Name+"/"+c.Name] = class
			for _, p := range c.Pupils {
				persons = append(persons, store.NewPerson{Person: person(id, school.Pupil, p), Class: class})
			}
		}
		for _, p := range s.Teachers {
			persons = append(persons, store.NewPerson{Person: person(id, school.Teacher, p)})
		}
		for _, p := range s.Staff {
			persons = append(persons, store.NewPerson{Person: person(id, school.Staff, p)})
		}
		for _, c := range s.Cases {
			if _, err := st.CreatePlace(ctx, by, school.Place{School: id, Kind: school.Case, Name: c.Name}); err != nil {
				return f, err
			}
		}
	}
	for len(persons) > 0 {
		n := min(len(persons), 2000)
		if _, err := st.CreatePersons(ctx, by, persons[:n]); err != nil {
			return f, err
		}
		persons = persons[n:]
	}
	return f, nil
}

func person(s school.SchoolID, kind school.PersonKind, p sim.Person) school.Person {
	login := strings.ToLower(p.Key) + "@musterstadt.example"
	return school.Person{School: s, Kind: kind, Given: p.Given, Family: p.Family, Email: login, Login: login}
}

// delivery announces the serials, as a person uploads the delivery note. Two iPads of the reserve were forgotten in it: they
// come from Apple and belong to no school until somebody says to which.
func (d *demo) delivery(ctx context.Context, by school.Actor, district sim.District) error {
	cases := map[string]string{}
	for _, s := range district.Schools {
		for _, c := range s.Cases {
			for _, serial := range c.Serials {
				cases[serial] = c.Name
			}
		}
	}
	forgotten := 2
	if len(district.Devices) < 10 {
		forgotten = 0
	}
	var rows []store.Announced
	for i := len(district.Devices) - 1; i >= 0; i-- {
		x := district.Devices[i]
		if forgotten > 0 && x.Person == "" && x.Class == "" && cases[x.Serial] == "" {
			forgotten--
			continue
		}
		r := store.Announced{Row: len(rows) + 2, Serial: x.Serial, Number: x.AssetNumber, School: x.School, Class: x.Class, Place: cases[x.Serial], Batch: "Lieferung Sommer"}
		if x.Person != "" {
			r.Person, r.Class = strings.ToLower(x.Person)+"@musterstadt.example", ""
		}
		rows = append(rows, r)
	}
	for len(rows) > 0 {
		n := min(len(rows), store.MaxAnnounce)
		if _, _, err := d.s.Store.Announce(ctx, by, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// issue hands the personal iPads out: whoever is planned for one holds it.
func (d *demo) issue(ctx context.Context, by school.Actor, district sim.District) error {
	for after := ""; ; {
		page, err := d.s.Store.Devices(ctx, by, store.DeviceFilter{After: after, Limit: store.MaxPage})
		if err != nil {
			return err
		}
		for _, x := range page.Rows {
			full, err := d.s.Store.DeviceByID(ctx, by, x.ID)
			if err != nil {
				return err
			}
			if p := full.PlannedPerson; p != "" {
				if _, _, err := d.s.Store.Issue(ctx, by, p, x.ID); err != nil {
					return err
				}
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// profiles makes what a school has on an ordinary day. The Wi-Fi of Gymnasium Nord exists and is assigned to nobody yet:
// whoever tries the demo does that.
func (d *demo) profiles(ctx context.Context, by school.Actor, district sim.District, f found) error {
	all := school.Scope{Level: school.AtAuthority, ID: string(by.Tenant)}
	restrictions := url.Values{"allowUIConfigurationProfileInstallation": {"false"}, "allowEraseContentAndSettings": {"false"}, "allowDeviceNameModification": {"false"},
		"allowVPNCreation": {"false"}, "forceAutomaticDateAndTime": {"true"}}
	if err := d.profile(ctx, by, "", "restrictions", "Einschränkungen Grundschutz", restrictions, &all, true); err != nil {
		return err
	}
	if err := d.profile(ctx, by, "", "lockscreen", "Sperrbildschirm mit Nummer", url.Values{"asset_tag": {"{{device.number}}"}, "footnote": {"Eigentum von {{authority.name}}, {{school.name}}"}}, &all, false); err != nil {
		return err
	}
	for _, s := range district.Schools {
		at := school.Scope{Level: school.AtSchool, ID: string(f.schools[s.Name])}
		if err := d.profile(ctx, by, "", "webclip", "Startseite "+s.Name, url.Values{"label": {"Schule"}, "url": {"https://www." + strings.ToLower(s.Short) + ".example/"}}, &at, false); err != nil {
			return err
		}
		assign := &at
		if s.Name == demoSchool {
			assign = nil
		}
		if err := d.wifi(ctx, by, s, assign); err != nil {
			return err
		}
	}
	return d.updates(ctx, by)
}

// updates makes a rule that nobody is assigned yet, for whoever tries the demo, and an exam freeze in the weeks to come.
func (d *demo) updates(ctx context.Context, by school.Actor) error {
	now := d.s.Store.Now().Add(silentFor).In(store.Berlin) // the story began when the one that sleeps was set up
	friday := now.AddDate(0, 0, 7+(12-int(now.Weekday()))%7)
	if err := d.profile(ctx, by, "", "update", "iPadOS 26.4 bis Freitag", url.Values{"version": {"26.4"}, "deadline": {friday.Format("2006-01-02") + "T18:00"}}, nil, false); err != nil {
		return err
	}
	from := time.Date(now.Year(), now.Month(), now.Day()+60, 0, 0, 0, 0, store.Berlin)
	_, _, err := d.s.Store.AddFreeze(ctx, by, school.Freeze{Name: "Abschlussprüfungen", Scope: school.Scope{Level: school.AtAuthority, ID: string(by.Tenant)}, From: from, Until: from.AddDate(0, 0, 14)})
	return err
}

// profile builds one by its form, publishes it and assigns it where there is a scope.
func (d *demo) profile(ctx context.Context, by school.Actor, at school.SchoolID, form, name string, v url.Values, scope *school.Scope, fixed bool) error {
	f, ok := profiles.FormOf(form)
	if !ok {
		return fmt.Errorf("no form %q", form)
	}
	values := f.Defaults()
	for k, x := range v {
		values[k] = x
	}
	c, err := profiles.Build(form, name, values, nil)
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return d.publish(ctx, by, at, form, name, c, scope, fixed)
}

func (d *demo) publish(ctx context.Context, by school.Actor, at school.SchoolID, form, name string, c school.Content, scope *school.Scope, fixed bool) error {
	st := d.s.Store
	id, _, _, err := st.CreateProfile(ctx, by, school.Profile{School: at, Name: name}, form, c)
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	v, _, err := st.Publish(ctx, by, id)
	if err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	if scope == nil {
		return nil
	}
	_, _, err = st.Assign(ctx, by, school.Assignment{Scope: *scope, Profile: id, Version: v, Mode: school.Required, Fixed: fixed})
	return err
}

// wifi is the Wi-Fi of a school with its content relay. Relays need iPadOS 17, so an old iPad cannot have it.
func (d *demo) wifi(ctx context.Context, by school.Actor, s sim.School, scope *school.Scope) error {
	tree := profiles.Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": "wlan", "PayloadUUID": "6F1D0C52-0B0E-4D8E-9A55-7A3E0F3C1A01",
		"PayloadDisplayName": "WLAN " + s.Name,
		"PayloadContent": []any{
			profiles.Dict{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": int64(1), "PayloadIdentifier": "wlan.wifi", "PayloadUUID": "6F1D0C52-0B0E-4D8E-9A55-7A3E0F3C1A02",
				"PayloadDisplayName": s.SSID, "SSID_STR": s.SSID, "EncryptionType": "WPA2", "Password": s.WiFiPassword, "AutoJoin": true},
			profiles.Dict{"PayloadType": "com.apple.relay.managed", "PayloadVersion": int64(1), "PayloadIdentifier": "wlan.relay", "PayloadUUID": "6F1D0C52-0B0E-4D8E-9A55-7A3E0F3C1A03",
				"PayloadDisplayName": "Jugendschutz", "Relays": []any{profiles.Dict{"HTTP3RelayURL": "https://relay.musterstadt.example/"}}},
		}}
	b, err := profiles.Encode(tree)
	if err != nil {
		return err
	}
	c, err := profiles.Parse(b)
	if err != nil {
		return fmt.Errorf("profile WLAN %s: %w", s.Name, err)
	}
	return d.publish(ctx, by, "", "", "WLAN "+s.Name, c, scope, false)
}

// longAgo lets the sleepers be set up sixteen days before today and fall asleep.
func (d *demo) longAgo(ctx context.Context, by school.Actor, token school.TokenID, server *sim.Server, district sim.District, sleepers []sim.Spec) error {
	for _, s := range district.Schools {
		d.fleet.AddNetwork(s.Name, s.SSID, s.WiFiPassword)
		d.fleet.AddNetwork(s.Name, s.SetupSSID, s.SetupPassword)
	}
	if len(sleepers) == 0 {
		return nil
	}
	server.Deliver(sleepers...)
	weather := d.apple.Weather()
	d.apple.SetWeather(sim.Calm())
	defer d.apple.SetWeather(weather)
	if err := d.s.syncApple(ctx, token); err != nil {
		return err
	}
	for _, x := range sleepers {
		i, err := d.fleet.NewIPad(x)
		if err != nil {
			return err
		}
		i.Unbox()
	}
	// iPad life runs on a virtual clock here, pushes come over a real connection: hence the real pause and the real limit.
	for end := wallClock().Add(30 * time.Second); ; pause(ctx, 5*time.Millisecond) {
		if wallClock().After(end) {
			return errors.New("the first iPad did not get through Setup Assistant")
		}
		if err := d.fleet.Advance(ctx, 2*time.Second); err != nil {
			return err
		}
		if err := d.s.Control.ResolveAll(ctx); err != nil {
			return err
		}
		if _, err := d.s.Control.PushDue(ctx, 100); err != nil {
			return err
		}
		if asleep(d.fleet, sleepers) {
			break
		}
	}
	return d.s.Store.FlushSeen(ctx)
}

func asleep(f *sim.Fleet, specs []sim.Spec) bool {
	for _, x := range specs {
		if s := f.IPad(x.Serial).Snapshot(); !s.Asleep {
			return false
		}
	}
	return true
}

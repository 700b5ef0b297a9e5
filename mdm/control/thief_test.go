package control_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // driver "sqlite3"
	"github.com/micromdm/plist"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// byCode is who has a certificate by an enrolment code: nothing is proved of the device behind it.
func (p *played) byCode(at school.SchoolID, serial string) holder {
	p.t.Helper()
	return p.certified(store.Challenge{Purpose: store.ForManual, School: at, Serial: serial, Trusted: serial != ""})
}

func (p *played) page(serial string) store.DevicePage {
	p.t.Helper()
	d, err := p.st.DeviceBySerial(context.Background(), p.by, serial)
	p.must(err)
	return d
}

// talk is a session of a device that does what it is told: it returns everything it was given, with what is inside.
func (p *played) talk(h holder, udid, os string) string {
	p.t.Helper()
	var given strings.Builder
	answer := message("", "UDID", udid, "Status", "Idle")
	for range 30 {
		body := p.status(p.put(h, answer), 200)
		if body == "" {
			break
		}
		given.WriteString(body)
		var c struct {
			CommandUUID string
			Command     struct {
				RequestType string
				Payload     []byte
				Data        []byte
			}
		}
		p.must(plist.Unmarshal([]byte(body), &c))
		given.Write(c.Command.Payload)
		given.Write(c.Command.Data)
		pairs := []string{"UDID", udid, "Status", "Acknowledged", "CommandUUID", c.CommandUUID}
		switch c.Command.RequestType {
		case "DeviceInformation":
			pairs = append(pairs, "QueryResponses", fmt.Sprintf("<dict><key>OSVersion</key><string>%s</string><key>IsSupervised</key><true/></dict>", os))
		case "ProfileList":
			pairs = append(pairs, "ProfileList", "<array/>")
		}
		answer = message("", pairs...)
	}
	for _, endpoint := range []string{"tokens", "declaration-items"} {
		r := p.put(h, message("DeclarativeManagement", "UDID", udid, "Endpoint", endpoint))
		given.WriteString(p.status(r, 200))
	}
	return given.String()
}

func TestACodeIsNoWayIntoAnotherDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		ctx := context.Background()
		victim, id := p.enrolled("F9FXK2ABCD", "UDID-1")
		p.status(p.put(victim, message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>")), 200)
		before := p.enrollment(victim)
		south, err := st.CreateSchool(ctx, p.by, school.School{Name: "Realschule Süd"})
		p.must(err)
		p.device("F9FXK2ABCE") // announced for the same school, not enrolled yet

		for _, c := range []struct {
			name         string
			thief        holder
			serial, udid string
		}{
			{"the serial number, read off the back cover", p.byCode(p.school, ""), "F9FXK2ABCD", "UDID-2"},
			{"the UDID, under a serial number nobody knows", p.byCode(p.school, ""), "DMPX00TEST99", "UDID-1"},
			{"the UDID, under the serial number of another iPad", p.byCode(p.school, ""), "F9FXK2ABCE", "UDID-1"},
			{"the UDID, without a serial number", p.byCode(p.school, ""), "", "UDID-1"},
			{"a code of another school", p.byCode(south, ""), "F9FXK2ABCD", "UDID-1"},
			{"a code for another serial number", p.byCode(p.school, "F9FXK2ABCE"), "F9FXK2ABCD", "UDID-1"},
			{"a code for its own serial number, with the victim's UDID", p.byCode(p.school, "F9FXK2ABCE"), "F9FXK2ABCE", "UDID-1"},
		} {
			_, err := st.ClearAlarm(ctx, p.by.Tenant, "binding_broken", string(id))
			p.must(err)
			p.status(p.put(c.thief, message("Authenticate", "UDID", c.udid, "SerialNumber", c.serial, "Topic", p.topic(), "OSVersion", "17.0")), 400)
			p.status(p.put(c.thief, message("TokenUpdate", "UDID", c.udid, "Topic", p.topic(), "PushMagic", "evil", "Token", "<data>BBBB</data>", "UnlockToken", "<data>ZXZpbA==</data>")), 400)
			p.status(p.put(c.thief, message("GetBootstrapToken", "UDID", c.udid)), 400)
			if !p.alarm("binding_broken") {
				t.Errorf("%s: nobody is told", c.name)
			}
			if p.enrollment(victim) != before || !p.page("F9FXK2ABCD").Confirmed || p.page("F9FXK2ABCD").Enrollment.CloneAlarm {
				t.Errorf("%s: the enrolment of the victim changed", c.name)
			}
			if b := p.status(p.put(victim, message("GetBootstrapToken", "UDID", "UDID-1")), 200); !strings.Contains(b, "aGVsbG8") {
				t.Errorf("%s: what was escrowed is gone: %q", c.name, b)
			}
		}

		// The same iPad, erased by hand, may come back by a code of its school, and waits for somebody to confirm it.
		back := p.byCode(p.school, "")
		p.status(p.put(back, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 200)
		if d := p.page("F9FXK2ABCD"); d.ID != id || d.Confirmed || p.enrollment(back) == before {
			t.Errorf("back by a code: %+v", d.Device)
		}
	})
}

// What stands ready for a device at its school stays there while nobody said that the device is the one it says it is.
func TestWhoCameByACodeGetsNothingOfAnybody(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, os := range []string{"15.8", "18.6"} {
			t.Run(engine+" "+os, func(t *testing.T) {
				p := playAt(t, engine)
				st, ctx := p.st, context.Background()
				const serial, udid = "DMPX00TEST01", "UDID-1"
				id := p.device(serial)
				wifi, v := p.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg-sieben"}})
				p.assign(school.AtSchool, string(p.school), wifi, v)
				clip, cv := p.profile("webclip", "Mein Ordner", url.Values{"label": {"Ordner"}, "url": {"https://ordner.example/{{person.family}}"}})
				p.assign(school.AtSchool, string(p.school), clip, cv)
				plain, pv := p.profile("webclip", "Stundenplan", url.Values{"label": {"Plan"}, "url": {"https://plan.example/alle"}})
				p.assign(school.AtSchool, string(p.school), plain, pv)
				mine, mv := p.profile("webclip", "Klassenbuch", url.Values{"label": {"Buch"}, "url": {"https://klasse.example/7b"}})
				p.assign(school.AtDevice, string(id), mine, mv)
				lena, err := st.CreatePerson(ctx, p.by, school.Person{School: p.school, Kind: school.Pupil, Given: "Lena", Family: "Quastenfloss"}, p.class)
				p.must(err)
				_, err = st.PlanPerson(ctx, p.by, id, lena)
				p.must(err)

				h := p.byCode(p.school, "")
				p.status(p.put(h, message("Authenticate", "UDID", udid, "SerialNumber", serial, "Topic", p.topic(), "OSVersion", os)), 200)
				p.status(p.put(h, message("TokenUpdate", "UDID", udid, "Topic", p.topic(), "PushMagic", "m", "Token", "<data>AAAA</data>")), 200)
				_, err = p.exec(`INSERT INTO ade_device (token_id, serial, authority_id, device_id) VALUES ($1, $2, $3, $4)`, string(p.token), serial, string(p.by.Tenant), string(id))
				p.must(err)
				// Its certificate ends soon, so that it is sent the profile of a renewal, too.
				_, err = p.exec(`UPDATE enrollment SET cert_ends_at = $1`, st.Now().AddDate(0, 0, 7).UnixMicro())
				p.must(err)
				secrets := []string{"schulweg-sieben", "einrichtung", "Quastenfloss", "Lena", "klasse.example"}
				given := p.talk(h, udid, os)
				for _, secret := range secrets {
					if strings.Contains(given, secret) {
						t.Errorf("somebody with a code is given %q", secret)
					}
				}
				if os == "15.8" && !strings.Contains(given, "plan.example") {
					t.Error("it is not even given what is for everybody: the test looks at nothing")
				}
				if !strings.Contains(given, "com.apple.security.scep") {
					t.Error("its identity is not renewed: the test looks at nothing")
				}
				p.status(p.put(h, message("GetToken", "UDID", udid, "TokenServiceType", "com.apple.maid")), 400)

				_, err = st.ConfirmDevice(ctx, p.by, id)
				p.must(err)
				p.status(p.put(h, message("GetToken", "UDID", udid, "TokenServiceType", "com.apple.maid")), 200)
				given = p.talk(h, udid, os)
				for _, own := range []string{"schulweg-sieben", "Quastenfloss", "klasse.example"} {
					if os == "15.8" && !strings.Contains(given, own) {
						t.Errorf("confirmed, and yet without %q", own)
					}
				}
			})
		}
	}
}

// A recorded enrolment request brings its recorder one certificate. The device notices nothing until that is used; from
// then on both are known as one of two.
func TestAReplayThatIsUsedIsAPossibleClone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		victim, id := p.enrolled("F9FXK2ABCD", "UDID-1")
		thief := p.certified(store.Challenge{Purpose: store.ForEnroll, Device: id, UDID: "UDID-1", Serial: "F9FXK2ABCD"})
		p.status(p.put(victim, message("", "UDID", "UDID-1", "Status", "Idle")), 200)
		p.status(p.put(thief, message("", "UDID", "UDID-1", "Status", "Idle")), 400)
		p.status(p.put(thief, message("GetBootstrapToken", "UDID", "UDID-1")), 400)
		p.status(p.put(victim, message("", "UDID", "UDID-1", "Status", "Idle")), 200)
		if p.alarm("possible_clone") {
			t.Error("an alarm before the certificate was used")
		}
		p.status(p.put(thief, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 200)
		p.status(p.put(thief, message("TokenUpdate", "UDID", "UDID-1", "Topic", p.topic(), "PushMagic", "evil", "Token", "<data>BBBB</data>")), 200)
		p.status(p.put(victim, message("", "UDID", "UDID-1", "Status", "Idle")), 400)
		if !p.alarm("possible_clone") {
			t.Error("nobody is told")
		}
		if e := p.page("F9FXK2ABCD").Enrollment; e == nil || !e.CloneAlarm {
			t.Errorf("the one that is served is not marked: %+v", e)
		}
	})
}

// neighbour is another authority on the same installation, with CA, push certificate, school and class of its own.
func (p *played) neighbour() *played {
	p.t.Helper()
	q := *p
	q.settleIn("Neustadt", "7D6C5B4A-0000-4000-8000-4E4555535441")
	return &q
}

// The authority is the certificate's. Whatever a message says, it reaches nobody of another house, not even the very same
// iPad there.
func TestKSM01_AuthoritiesMeetNowhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		q := p.neighbour()
		ctx := context.Background()
		ours, _ := p.enrolled("F9FXK2ABCD", "UDID-1")
		p.status(p.put(ours, message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>")), 200)
		before := p.enrollment(ours)

		theirs, _ := q.enrolled("F9FXK2ABCD", "UDID-1")
		q.status(q.put(theirs, message("TokenUpdate", "UDID", "UDID-1", "Topic", p.topic(), "PushMagic", "evil", "Token", "<data>BBBB</data>")), 400)
		if b := q.status(q.put(theirs, message("GetBootstrapToken", "UDID", "UDID-1")), 200); strings.Contains(b, "aGVsbG8") {
			t.Error("another authority reads what was escrowed here")
		}
		guest := q.byCode(q.school, "")
		q.status(q.put(guest, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 400)
		q.status(q.put(theirs, message("CheckOut", "UDID", "UDID-1", "Topic", q.topic())), 200)

		if p.enrollment(ours) != before {
			t.Error("the enrolment here changed")
		}
		push, err := st.Nano(p.by.Tenant).RetrievePushInfo(ctx, []string{"UDID-1"})
		if err != nil || push["UDID-1"] == nil || push["UDID-1"].PushMagic != "magic" {
			t.Errorf("the push contact here changed: %+v %v", push, err)
		}
		if b := p.status(p.put(ours, message("GetBootstrapToken", "UDID", "UDID-1")), 200); !strings.Contains(b, "aGVsbG8") {
			t.Errorf("what was escrowed is gone: %q", b)
		}
		if all, err := st.Alarms(ctx, p.by); err != nil || len(all) != 0 {
			t.Errorf("an alarm here tells of the other house: %+v %v", all, err)
		}
	})
}

// A device that meets trouble of ours is told to come again, whatever it wanted and wherever the trouble is.
func TestTroubleOfOurOwnNeverUnenrols(t *testing.T) {
	for _, engine := range storetest.Engines {
		p := playAt(t, engine)
		for _, table := range []string{"device_state", "target", "command", "enrollment", "identity"} {
			t.Run(engine+" without "+table, func(t *testing.T) {
				p := *p
				p.t = t
				h, id := p.enrolled("F9FXK2ABCD", "UDID-1")
				fresh := p.certified(store.Challenge{Purpose: store.ForEnroll, Device: id, UDID: "UDID-1", Serial: "F9FXK2ABCD"})
				topic := p.topic()
				_, err := p.exec(`ALTER TABLE ` + table + ` RENAME TO in_trouble`)
				p.must(err)
				defer func() {
					_, err := p.exec(`ALTER TABLE in_trouble RENAME TO ` + table)
					p.must(err)
				}()
				troubled := 0
				for _, r := range []struct {
					by   holder
					body string
				}{
					{h, message("TokenUpdate", "UDID", "UDID-1", "Topic", topic, "PushMagic", "magic", "Token", "<data>AAAA</data>", "UnlockToken", "<data>c2VjcmV0</data>")},
					{h, message("", "UDID", "UDID-1", "Status", "Idle")},
					{h, message("", "UDID", "UDID-1", "Status", "Acknowledged", "CommandUUID", "C-1")},
					{h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "tokens")},
					{h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "declaration-items")},
					{h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "status", "Data", "<data>e30=</data>")},
					{h, message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>")},
					{h, message("GetBootstrapToken", "UDID", "UDID-1")},
					{h, message("CheckOut", "UDID", "UDID-1", "Topic", topic)},
					{fresh, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", topic)},
				} {
					a := p.put(r.by, r.body)
					switch a.StatusCode {
					case http.StatusOK:
					case http.StatusServiceUnavailable:
						troubled++
						if a.Header.Get("Retry-After") == "" {
							t.Error("it is not told when to come again")
						}
						if b := p.status(a, 503); strings.Contains(b, "table") || strings.Contains(b, "relation") {
							t.Errorf("the answer tells strangers %q", b)
						}
					default:
						t.Errorf("%d to %.160s", a.StatusCode, r.body)
					}
				}
				if troubled == 0 {
					t.Error("nothing was troubled: the test looks at nothing")
				}
			})
		}
	}
}

// playAt is play in a fresh world whose database the test may touch.
func playAt(t testing.TB, engine string) *played {
	t.Helper()
	at := storetest.URL(t, engine)
	p := play(t, storetest.Open(t, at, store.Options{}), sim.Calm())
	p.url = at
	return p
}

// exec runs a statement past the store.
func (p *played) exec(text string, args ...any) (sql.Result, error) {
	p.t.Helper()
	driver := "sqlite3"
	if strings.HasPrefix(p.url, "postgres") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, p.url)
	p.must(err)
	defer db.Close()
	return db.Exec(text, args...)
}

// FuzzMessage sends foreign messages under the identity of an enrolled device: none is trouble of ours, and none sends the
// device away.
func FuzzMessage(f *testing.F) {
	p := play(f, storetest.Open(f, storetest.URL(f, "sqlite"), store.Options{}), sim.Calm())
	h, id := p.enrolled("F9FXK2ABCD", "UDID-1")
	topic := p.topic()
	for _, seed := range []string{
		message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", topic),
		message("TokenUpdate", "UDID", "UDID-1", "Topic", topic, "PushMagic", "magic", "Token", "<data>AAAA</data>", "AwaitingConfiguration", "<true/>"),
		message("TokenUpdate", "UDID", "UDID-1", "Topic", topic, "PushMagic", "m", "Token", "<data>AAAA</data>", "UserID", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "UserShortName", "x"),
		message("CheckOut", "UDID", "UDID-1", "Topic", topic),
		message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>"),
		message("GetBootstrapToken", "UDID", "UDID-1"),
		message("GetToken", "UDID", "UDID-1", "TokenServiceType", "com.apple.maid"),
		message("UserAuthenticate", "UDID", "UDID-1", "UserID", "501"),
		message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "declaration-items"),
		message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "declaration/configuration/x"),
		message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "status", "Data", "<data>eyJTdGF0dXNJdGVtcyI6eyJkZXZpY2UiOnsibW9kZWwiOnsiaWRlbnRpZmllciI6IngifX19fQ==</data>"),
		message("", "UDID", "UDID-1", "Status", "Idle"),
		message("", "UDID", "UDID-1", "Status", "Acknowledged", "CommandUUID", "C-1", "QueryResponses", "<dict><key>OSVersion</key><string>18.6</string><key>BatteryLevel</key><real>nan</real></dict>"),
		message("", "UDID", "UDID-1", "Status", "Acknowledged", "CommandUUID", "C-1", "ProfileList", "<array><dict><key>PayloadIdentifier</key><integer>1</integer></dict></array>"),
		message("", "UDID", "UDID-1", "Status", "Error", "CommandUUID", "C-1", "ErrorChain", "<array><dict><key>ErrorCode</key><integer>12021</integer></dict></array>"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPut, base+"/mdm", bytes.NewReader(body))
		r.TLS = nil
		r.Header.Set("Mdm-Signature", h.signature(t, body))
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, r)
		if s := w.Code; s == http.StatusUnauthorized || s == http.StatusForbidden || s >= 500 {
			t.Fatalf("%d %s", s, w.Body)
		}
		now, err := p.st.Identity(context.Background(), certHash(h.cert))
		if err != nil || now.Device != id || now.UDID != "UDID-1" {
			t.Fatalf("the identity became %+v %v", now, err)
		}
		if now.Enrolled == school.CheckedOut { // it went, as it may: the next one is under management again
			q := *p
			q.t = t
			h, _ = q.enrolled("F9FXK2ABCD", "UDID-1")
		}
	})
}

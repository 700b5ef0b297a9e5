package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/nanomdm/mdm"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// sealedColumns are the columns whose values nobody reads without the key ring. Whoever adds one adds it here, and puts
// something into it in TestEverySecretIsSealed.
var sealedColumns = []string{
	"apple_token.key_sealed", "apple_token.next_key_sealed", "apple_token.token_sealed", "authority.hash_key_sealed", "ca.body_sealed",
	"change_row.after_sealed", "change_row.before_sealed", "command.body_sealed", "device_order.body_sealed", "device_state.bypass_sealed",
	"device_state.unlock_sealed", "enrollment.bootstrap_sealed", "idempotency.body_sealed", "outbox.body_sealed", "outbox.to_sealed",
	"plan.body_sealed", "profile_version.body_sealed", "provider.client_secret_sealed", "provider_state.claims_sealed", "push_cert.key_sealed",
	"push_cert.request_sealed", "roster_answer.subject_sealed", "roster_part.plan_sealed", "roster_run.body_sealed", "roster_run.upload_sealed", "roster_source.server_secret_sealed",
	"school.network_password_sealed", "second_factor.next_sealed", "second_factor.recovery_sealed", "second_factor.secret_sealed",
	"session.id_token_sealed", "snapshot.body_sealed",
}

func TestASealedValueOpensInItsCellOnly(t *testing.T) {
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	const a = school.AuthorityID("a-1")
	sealed := s.SealAt(a, "school", "network_password", "s-1", []byte("geheim"))
	if got, err := s.OpenAt(a, "school", "network_password", "s-1", sealed); err != nil || string(got) != "geheim" {
		t.Fatalf("in its cell: %q %v", got, err)
	}
	if again := s.SealAt(a, "school", "network_password", "s-1", []byte("geheim")); bytes.Equal(again, sealed) {
		t.Error("the same secret looks the same twice")
	}
	for name, x := range map[string]struct {
		a                  school.AuthorityID
		table, column, row string
	}{
		"another row":       {a, "school", "network_password", "s-2"},
		"another column":    {a, "school", "network_password_old", "s-1"},
		"another table":     {a, "place", "network_password", "s-1"},
		"another authority": {"a-2", "school", "network_password", "s-1"},
		"borders moved":     {a, "school", "network_passwords", "-1"},
	} {
		if got, err := s.OpenAt(x.a, x.table, x.column, x.row, sealed); err == nil {
			t.Errorf("%s: opens as %q", name, got)
		}
	}
	for n := range sealed {
		spoilt := slices.Clone(sealed)
		spoilt[n] ^= 1
		if got, err := s.OpenAt(a, "school", "network_password", "s-1", spoilt); err == nil {
			t.Errorf("byte %d changed, and it opens as %q", n, got)
		}
		if got, err := s.OpenAt(a, "school", "network_password", "s-1", sealed[:n]); err == nil && n > 0 {
			t.Errorf("cut off after %d bytes, and it opens as %q", n, got)
		}
	}
}

// Whoever can write into the database, but has no key, moves ciphertexts about: what he reads in his own place would be
// the secret of another. None opens there.
func TestAMovedCiphertextIsNoSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		other := newAuthority(t, s, "Anderswo")
		for _, n := range []school.SchoolID{d.north, d.south} {
			if _, err := s.SetNetwork(ctx, d.by, n, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "kennwort-" + string(n)}); err != nil {
				t.Fatal(err)
			}
		}
		for i, id := range ids {
			if err := s.Observe(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)), "", func(o *store.Observation) error {
				o.Bypass = fmt.Appendf(nil, "BYPASS-%d", i)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			escrow(t, s, d.by, "e-"+string(id), fmt.Appendf(nil, "bootstrap-%d", i))
			if _, err := s.TokenUpdated(ctx, d.by.Tenant, "e-"+string(id), store.Token{Magic: "m", Token: []byte("t"), Unlock: fmt.Appendf(nil, "UNLOCK-%d", i)}); err != nil {
				t.Fatal(err)
			}
		}
		_, v1 := published(t, s, d.by, "", "Eins")
		_, v2 := published(t, s, d.by, "", "Zwei")
		for _, by := range []school.Actor{d.by, other} {
			if err := s.KeepCA(ctx, by, []byte("keys of "+string(by.Tenant)), []byte("cert"), "signer", s.Now().AddDate(1, 0, 0)); err != nil {
				t.Fatal(err)
			}
		}
		for name, x := range map[string]struct {
			move string
			args []any
			read func() (any, error)
		}{
			"a set-up network's password": {`UPDATE school SET network_password_sealed = (SELECT network_password_sealed FROM school WHERE id = $1) WHERE id = $2`,
				[]any{string(d.south), string(d.north)}, func() (any, error) { f, _, err := s.DeviceFacts(ctx, d.by, ids[0]); return f.Network.Password, err }},
			"a bypass code": {`UPDATE device_state SET bypass_sealed = (SELECT bypass_sealed FROM device_state WHERE device_id = $1) WHERE device_id = $2`,
				[]any{string(ids[0]), string(ids[1])}, func() (any, error) { return s.BypassCode(ctx, d.by, ids[1], "Prüfung") }},
			"a bypass code as unlock token": {`UPDATE device_state SET bypass_sealed = unlock_sealed, unlock_sealed = bypass_sealed WHERE device_id = $1`,
				[]any{string(ids[0])}, func() (any, error) { return s.BypassCode(ctx, d.by, ids[0], "Prüfung") }},
			"a bootstrap token": {`UPDATE enrollment SET bootstrap_sealed = (SELECT bootstrap_sealed FROM enrollment WHERE id = $1) WHERE id = $2`,
				[]any{"e-" + string(ids[0]), "e-" + string(ids[1])}, func() (any, error) {
					b, err := s.Nano(d.by.Tenant).RetrieveBootstrapToken(nanoRequest(ctx, "e-"+string(ids[1])), nil)
					if b == nil {
						return nil, err
					}
					return string(b.BootstrapToken), err
				}},
			"the body of a profile": {`UPDATE profile_version SET body_sealed = (SELECT body_sealed FROM profile_version WHERE id = $1) WHERE id = $2`,
				[]any{string(v1), string(v2)}, func() (any, error) { v, err := s.Version(ctx, d.by, v2); return string(v.Content.Body), err }},
			"the CA of another authority": {`UPDATE ca SET body_sealed = (SELECT body_sealed FROM ca WHERE authority_id = $1) WHERE authority_id = $2`,
				[]any{string(other.Tenant), string(d.by.Tenant)}, func() (any, error) { b, err := s.CA(ctx, d.by.Tenant); return string(b), err }},
		} {
			if err := s.Exec(ctx, x.move, x.args...); err != nil {
				t.Fatal(name, err)
			}
			got, err := x.read()
			if err == nil || school.KindOf(err) != "" {
				t.Errorf("%s was moved and is read as %q, %v", name, got, err)
			}
		}
	})
}

func nanoRequest(ctx context.Context, nano string) *mdm.Request {
	r := mdm.NewRequestWithContext(ctx, nil)
	r.EnrollID = &mdm.EnrollID{Type: mdm.Device, ID: nano}
	return r
}

func escrow(t testing.TB, s *store.Store, by school.Actor, nano string, token []byte) {
	t.Helper()
	m := &mdm.SetBootstrapToken{}
	m.BootstrapToken.BootstrapToken = token
	if err := s.Nano(by.Tenant).StoreBootstrapToken(nanoRequest(context.Background(), nano), m); err != nil {
		t.Fatal(err)
	}
}

// Whoever has the database and no key ring: every table, every column, every value is read.
func TestEverySecretIsSealed(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		at := storetest.URL(t, engine)
		s := storetest.Open(t, at, store.Options{})
		secrets := hide(t, s)
		filled := map[string]bool{}
		every(t, engine, at, func(table, column string, value []byte) {
			name := table + "." + column
			for what, secret := range secrets {
				if bytes.Contains(value, []byte(secret)) {
					t.Errorf("%s lies open in %s: %.80q", what, name, value)
				}
			}
			if !strings.HasSuffix(column, "_sealed") {
				return
			}
			filled[name] = true
			if len(value) < 8+12+16 || string(value[:8]) != storetest.Keys.Current() {
				t.Errorf("%s is not sealed under the key of the ring: %.40q", name, value)
			}
		})
		var all []string
		for name := range filled {
			all = append(all, name)
		}
		slices.Sort(all)
		if diff := cmp.Diff(sealedColumns, all); diff != "" {
			t.Errorf("the sealed columns that hold something: %s", diff)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM account WHERE password LIKE '_argon2id_v=%'`); err != nil || n == 0 {
			t.Errorf("%d passwords are argon2id, %v", n, err)
		}
	})
}

// hide puts something secret into everything the store keeps, and names it.
func hide(t testing.TB, s *store.Store) map[string]string {
	t.Helper()
	ctx := context.Background()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const mark = "Zwiebelfisch"
	secrets := map[string]string{"a secret": mark, "a secret in base64": "WndpZWJlbGZpc2", "a password": goodPassword}
	secret := func(what string) []byte { return []byte(mark + " " + what) }
	d := newTown(t, s)
	by := d.by
	_, err := s.SetNetwork(ctx, by, d.north, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: string(secret("network"))})
	ok(err)
	c := content("h")
	c.Body = secret("profile")
	p, _, _, err := s.CreateProfile(ctx, by, school.Profile{Name: "WLAN"}, "wifi", c)
	ok(err)
	v, _, err := s.Publish(ctx, by, p)
	ok(err)
	c.Body, c.Hash = secret("draft"), "h2"
	_, _, err = s.SaveDraft(ctx, by, p, "wifi", c, "")
	ok(err)
	ok(s.KeepCA(ctx, by, secret("ca"), []byte("cert"), "signer", s.Now().AddDate(1, 0, 0)))
	ok(s.StorePush(ctx, by, store.PushUpload{Topic: "com.apple.mgmt.External.1", Certificate: []byte("cert"), Key: secret("push key"), Ends: s.Now().AddDate(1, 0, 0)}))
	ok(s.PushRequest(ctx, by, []byte("csr"), secret("request key"), "push@musterstadt.example"))
	token, err := s.CreateAppleToken(ctx, by, store.AppleToken{Name: "Schulen", Certificate: []byte("cert")}, secret("token key"))
	ok(err)
	ok(s.AcceptAppleToken(ctx, by, token, store.AppleAnswer{Token: secret("token"), ServerUUID: "u", ServerName: "Ranzen", Ends: s.Now().AddDate(1, 0, 0)}))
	ok(s.NewAppleKey(ctx, by, token, []byte("cert"), secret("next key")))

	id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
	secrets["a challenge"], err = s.NewChallenge(ctx, store.Challenge{Authority: by.Tenant, Purpose: store.ForEnroll, Device: id, Expires: s.Now().Add(time.Hour)})
	ok(err)
	_, err = s.Consume(ctx, by.Tenant, secrets["a challenge"], "key", func(store.Challenge) ([]byte, string, time.Time, error) {
		return []byte("der"), "hash", s.Now().AddDate(1, 0, 0), nil
	})
	ok(err)
	identity, err := s.Identity(ctx, "hash")
	ok(err)
	e, err := s.Authenticated(ctx, identity, store.Checkin{NanoID: "UDID-1", UDID: "UDID-1", Serial: "F9FX000000", Topic: "com.apple.mgmt.External.1"})
	ok(err)
	_, err = s.TokenUpdated(ctx, by.Tenant, "UDID-1", store.Token{Topic: "com.apple.mgmt.External.1", Magic: "m", Token: []byte("t"), Unlock: secret("unlock")})
	ok(err)
	escrow(t, s, by, "UDID-1", secret("bootstrap"))
	ok(s.Observe(ctx, by.Tenant, e, "", func(o *store.Observation) error {
		o.Bypass, o.Snapshot = secret("bypass"), &store.Snapshot{Token: "t1", Body: secret("snapshot")}
		return nil
	}))
	raw := &mdm.Command{CommandUUID: "C-1", Raw: secret("order")}
	raw.Command.RequestType = "ProfileList"
	failed, err := s.Nano(by.Tenant).EnqueueCommand(ctx, []string{"UDID-1"}, raw)
	ok(err)
	if len(failed) != 0 {
		t.Fatal(failed)
	}
	_, _, read, err := s.Facts(ctx, by.Tenant, e)
	ok(err)
	kept, err := s.SavePlan(ctx, store.Planned{Authority: by.Tenant, Enrollment: e, Read: read, Hand: &store.Handout{UUID: "C-2", Kind: "InstallProfile", Body: secret("command")}})
	ok(err)
	if !kept {
		t.Fatal("the plan was not kept")
	}
	wish := school.Change{Kind: school.ChangeAssign, Assignment: school.Assignment{Scope: school.Scope{Level: school.AtSchool, ID: string(d.north)}, Profile: p, Version: v, Mode: school.Required}}
	_, err = s.Plan(ctx, by, wish, func(facts []school.Facts, _ map[school.DeviceID]school.Reported, _ school.Change, _ time.Time) school.Preview {
		return school.Preview{Total: len(facts), Groups: []school.PreviewGroup{{Kind: school.Gains, Reason: string(secret("preview"))}}}
	})
	ok(err)
	ok(s.WriteMail(ctx, by, mark+"@musterstadt.example", "Einladung", string(secret("mail")), nil))
	_, _, err = s.BeginOnce(ctx, by, "k-1", "digest")
	ok(err)
	ok(s.FinishOnce(ctx, by, "k-1", store.Answer{Status: 201, Body: secret("answer")}))

	account, link, err := s.CreateAccount(ctx, by, store.Account{Login: "eins", Name: "Konto eins"}, []school.Grant{{Role: school.AuthorityAdmin}})
	ok(err)
	_, err = s.SetPassword(ctx, link, goodPassword)
	ok(err)
	secrets["a used link"] = link
	secrets["a link"], err = s.NewLink(ctx, by, account)
	ok(err)
	secrets["a session"], err = s.SignIn(ctx, store.SignIn{Login: "eins", Password: goodPassword})
	ok(err)
	me, _, err := s.SessionActor(ctx, secrets["a session"])
	ok(err)
	secrets["a code secret"], err = s.BeginSecondFactor(ctx, me, goodPassword, "")
	ok(err)
	codes, err := s.ConfirmSecondFactor(ctx, me, codeAt(t, secrets["a code secret"], s.Now()), secrets["a session"])
	ok(err)
	secrets["a recovery code"], secrets["a recovery code as typed"] = codes[0], strings.ReplaceAll(codes[0], "-", "")
	secrets["the next code secret"], err = s.BeginSecondFactor(ctx, me, goodPassword, codes[1])
	ok(err)
	door := door(t, s, by, "nord.example", "", teachers)
	client := string(secret("client"))
	ok(s.ChangeProvider(ctx, by, door, &client))
	secrets["a session by a provider"], err = s.Arrive(ctx, store.Arrival{Provider: door, Subject: "1", Name: "Lena", IDToken: string(secret("id token")),
		Claims: school.Claims{"roles": {{"ROLE_TEACHER", string(secret("claim"))}}}})
	ok(err)
	_, secrets["an API token"], err = s.CreateAPIToken(ctx, me, store.APIToken{Name: "Inventar", Role: school.AuthorityAdmin, Verbs: []school.Verb{school.View}})
	ok(err)
	_, secrets["a code as link"], secrets["a code to type"], err = s.CreateCode(ctx, by, store.Code{School: d.north, Left: 2})
	ok(err)
	secrets["a typed code"] = strings.ReplaceAll(secrets["a code to type"], "-", "")
	_, err = s.RedeemCode(ctx, secrets["a typed code"])
	ok(err)

	source, err := s.CreateRosterSource(ctx, by, school.RosterSource{Name: "IServ"})
	ok(err)
	_, err = s.CreateRosterServer(ctx, by, school.RosterSource{Name: "Land"}, landServer, string(secret("secret of a server")))
	ok(err)
	run, err := s.BringRoster(ctx, by, store.NewRoster{Source: source, Data: secret("file of people")})
	ok(err)
	_, err = s.PlanRoster(ctx, by, run, school.Roster{Schools: []school.RosterSchool{
		{Number: "Gymnasium Nord", People: []school.RosterPerson{{Kind: school.Pupil, Family: string(secret("pupil of a plan"))}}}, {Number: string(secret("school of a file"))}}})
	ok(err)
	asked, err := s.RosterPart(ctx, by, run, 1)
	ok(err)
	_, err = s.AnswerRoster(ctx, by, run, 1, []store.RosterAnswer{{Kind: school.AskSchools, Subject: asked.Questions[0].Subject, Choice: school.ChooseNone}})
	ok(err)
	return secrets
}

// every reads each value of each column of each table, past the store.
func every(t testing.TB, engine, at string, fn func(table, column string, value []byte)) {
	t.Helper()
	driver, tables, columns := "sqlite3", `SELECT name FROM sqlite_master WHERE type = 'table'`, `SELECT name FROM pragma_table_info($1)`
	if engine == "postgres" {
		driver, tables = "pgx", `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
		columns = `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`
	}
	db, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list := func(query string, args ...any) (out [][]byte) {
		t.Helper()
		rows, err := db.Query(query, args...)
		if err != nil {
			t.Fatal(query, err)
		}
		defer rows.Close()
		for rows.Next() {
			var v any
			if err := rows.Scan(&v); err != nil {
				t.Fatal(query, err)
			}
			if b, isBytes := v.([]byte); isBytes {
				out = append(out, b)
			} else if v != nil {
				out = append(out, fmt.Append(nil, v))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(query, err)
		}
		return out
	}
	read := 0
	for _, table := range list(tables) {
		for _, column := range list(columns, string(table)) {
			for _, value := range list(`SELECT "` + string(column) + `" FROM "` + string(table) + `"`) {
				read++
				fn(string(table), string(column), value)
			}
		}
	}
	if read < 100 {
		t.Errorf("only %d values were read: the walk looks in the wrong place", read)
	}
}

func TestTheKeyRingIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := store.OpenKeyRing(path, false); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a ring out of nothing: %v", err)
	}
	made, err := store.OpenKeyRing(path, true)
	if err != nil {
		t.Fatal(err)
	}
	mode := func() os.FileMode {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if mode() != 0o600 {
		t.Errorf("made with mode %04o", mode())
	}
	for m, want := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o660: false, 0o644: false, 0o610: false} {
		if err := os.Chmod(path, m); err != nil {
			t.Fatal(err)
		}
		if _, err := store.OpenKeyRing(path, true); (err == nil) != want {
			t.Errorf("mode %04o: %v", m, err)
		}
	}
	// A file that others may read, left where the ring is written anew, does not make the ring readable.
	if err := os.WriteFile(path+".new", []byte("left behind"), 0o644); err != nil {
		t.Fatal(err)
	}
	made.Rotate()
	if err := made.Save(path); err != nil {
		t.Fatal(err)
	}
	if mode() != 0o600 {
		t.Errorf("written anew with mode %04o", mode())
	}
	for name, text := range map[string]string{"empty": "", "a comment": "# x\n", "no key": "abcdef01\n", "a short key": "abcdef01 AAAA\n", "a short id": "ab AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "no base64": "abcdef01 %%%%\n"} {
		if _, err := store.ReadKeyRing(strings.NewReader(text)); err == nil {
			t.Errorf("%s: a ring", name)
		} else if strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
}

// A key that was current once still opens; what was sealed with one that is gone is gone, and that is said.
func TestKeysAreRotatedAndCanBeLost(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		at, path := storetest.URL(t, engine), filepath.Join(t.TempDir(), "keys")
		ring, err := store.OpenKeyRing(path, true)
		if err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, at, store.Options{Keys: ring})
		d := newTown(t, s)
		set := func(s *store.Store, at school.SchoolID) {
			t.Helper()
			if _, err := s.SetNetwork(ctx, d.by, at, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "kennwort-" + string(at)}); err != nil {
				t.Fatal(err)
			}
		}
		north, south := d.devices("Gymnasium Nord", "F9FX", 1)[0], d.devices("Realschule Süd", "DMPA", 1)[0]
		set(s, d.north)
		before := ring.Current()
		ring.Rotate()
		if err := ring.Save(path); err != nil {
			t.Fatal(err)
		}
		if ring, err = store.OpenKeyRing(path, false); err != nil || ring.Current() == before {
			t.Fatalf("the new key is not the current one of the file: %v", err)
		}
		s = storetest.Open(t, at, store.Options{Keys: ring})
		set(s, d.south)
		for id, at := range map[school.DeviceID]school.SchoolID{north: d.north, south: d.south} {
			if f, _, err := s.DeviceFacts(ctx, d.by, id); err != nil || f.Network.Password != "kennwort-"+string(at) {
				t.Errorf("after rotating: %q %v", f.Network.Password, err)
			}
		}
		under := map[string]int{}
		every(t, engine, at, func(table, column string, value []byte) {
			if table+"."+column == "school.network_password_sealed" {
				under[string(value[:8])]++
			}
		})
		if diff := cmp.Diff(map[string]int{before: 1, ring.Current(): 1}, under); diff != "" {
			t.Errorf("sealed under: %s", diff)
		}
		s = storetest.Open(t, at, store.Options{Keys: store.NewKeyRing()})
		if f, _, err := s.DeviceFacts(ctx, d.by, north); !errors.Is(err, store.ErrKeyMissing) || f.Network.Password != "" {
			t.Errorf("without the ring: %q %v", f.Network.Password, err)
		}
		if _, err := s.Health(ctx); !errors.Is(err, store.ErrKeyMissing) {
			t.Errorf("the doctor sees nothing wrong with a foreign ring: %v", err)
		}
	})
}

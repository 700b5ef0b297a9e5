package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// district is an authority with two schools and the people who work in it.
type district struct {
	authority    school.AuthorityID
	system       school.Actor
	admin        school.Actor // of the authority
	north, south school.SchoolID
	atNorth      school.Actor // administrator of one school
	atSouth      school.Actor
	auditor      school.Actor
}

func newDistrict(t testing.TB, s *store.Store) district {
	t.Helper()
	ctx := context.Background()
	d := district{system: newAuthority(t, s, "Musterstadt")}
	d.authority = d.system.Tenant
	var err error
	if d.north, err = s.CreateSchool(ctx, d.system, school.School{Name: "Gymnasium Nord", Type: "Gymnasium"}); err != nil {
		t.Fatal(err)
	}
	if d.south, err = s.CreateSchool(ctx, d.system, school.School{Name: "Grundschule Süd", Type: "Grundschule"}); err != nil {
		t.Fatal(err)
	}
	actor := func(role school.Role, at school.SchoolID) school.Actor {
		return school.Actor{Kind: school.PersonActor, Account: school.AccountID(store.NewID[string]()), Name: string(role), Tenant: d.authority,
			Grants: []school.Grant{{Role: role, Authority: d.authority, School: at}}}
	}
	d.admin, d.auditor = actor(school.AuthorityAdmin, ""), actor(school.Auditor, "")
	d.atNorth, d.atSouth = actor(school.SchoolAdmin, d.north), actor(school.SchoolAdmin, d.south)
	return d
}

func content(hash string) school.Content {
	return school.Content{Body: []byte("<plist>" + hash + "</plist>"), Hash: hash, Name: "Inhalt " + hash, Networks: []string{"Schule"},
		Payloads: []school.Payload{{Type: "com.apple.wifi.managed", Identifier: "wlan", Known: true}}}
}

// published makes a profile with one published version.
func published(t testing.TB, s *store.Store, by school.Actor, at school.SchoolID, name string) (school.ProfileID, school.VersionID) {
	t.Helper()
	p, _, _, err := s.CreateProfile(context.Background(), by, school.Profile{Name: name, School: at}, "wifi", content(name+" 1"))
	if err != nil {
		t.Fatal(err)
	}
	v, n, err := s.Publish(context.Background(), by, p)
	if err != nil || n != 1 {
		t.Fatalf("publish %s: number %d, %v", name, n, err)
	}
	return p, v
}

// nextVersion publishes another version of a profile.
func nextVersion(t testing.TB, s *store.Store, by school.Actor, p school.ProfileID) school.VersionID {
	t.Helper()
	if _, _, err := s.SaveDraft(context.Background(), by, p, "wifi", content(store.NewID[string]()), ""); err != nil {
		t.Fatal(err)
	}
	v, _, err := s.Publish(context.Background(), by, p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wants fails unless err has the kind and code; both empty mean no error.
func wants(t testing.TB, what string, err error, kind school.Kind, code string) {
	t.Helper()
	var e *school.Error
	errors.As(err, &e)
	switch {
	case kind == "" && err == nil:
	case kind != "" && e != nil && e.Kind == kind && (code == "" || e.Code == code):
	default:
		t.Errorf("%s: got %v, want %s %s", what, err, kind, code)
	}
}

func TestProfileLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newDistrict(t, s)
		id, draft, _, err := s.CreateProfile(ctx, d.admin, school.Profile{Name: " WLAN  Schule ", Identifier: "example.wlan"}, "wifi", content("a"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Profile(ctx, d.admin, id)
		if err != nil || p.Name != "WLAN Schule" || p.Identifier != "example.wlan" || p.Draft != draft || p.Latest != "" || p.Form != "wifi" {
			t.Fatalf("created: %+v %v", p, err)
		}
		if !slices.Equal(p.Content.Networks, []string{"Schule"}) || p.Content.Body != nil {
			t.Errorf("content in a list: %+v", p.Content)
		}
		_, _, _, err = s.CreateProfile(ctx, d.admin, school.Profile{Name: "Anderes", Identifier: "example.wlan"}, "", content("b"))
		wants(t, "identifier given twice", err, school.Conflict, "identifier_taken")
		_, _, _, err = s.CreateProfile(ctx, d.admin, school.Profile{Name: "Leer"}, "", school.Content{})
		wants(t, "no content", err, school.Invalid, "required")

		bad := content("bad")
		bad.Problems = []school.Problem{{Severity: school.Wrong, Code: "missing"}, {Severity: school.Note, Code: "needs_os"}}
		_, _, err = s.SaveDraft(ctx, d.admin, id, "", bad, "someone else's")
		wants(t, "draft saved over another", err, school.Conflict, "draft_moved")
		if _, _, err = s.SaveDraft(ctx, d.admin, id, "", bad, "a"); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.Publish(ctx, d.admin, id)
		wants(t, "publish with a finding", err, school.Invalid, "not_publishable")
		if _, _, err = s.SaveDraft(ctx, d.admin, id, "wifi", content("a"), "bad"); err != nil {
			t.Fatal(err)
		}
		v1, n, err := s.Publish(ctx, d.admin, id)
		if err != nil || n != 1 || v1 != draft {
			t.Fatalf("publish: %v %d %v", v1, n, err)
		}
		_, _, err = s.Publish(ctx, d.admin, id)
		wants(t, "publish without a draft", err, school.Conflict, "draft_none")
		if _, err := s.Draft(ctx, d.admin, id); school.KindOf(err) != school.NotFound {
			t.Errorf("draft after publishing: %v", err)
		}

		_, set, err := s.SaveDraft(ctx, d.admin, id, "wifi", content("a"), "")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.Publish(ctx, d.admin, id)
		wants(t, "publish the same again", err, school.Conflict, "version_same")
		if _, err := s.Undo(ctx, d.admin, set); err != nil {
			t.Fatalf("undo a draft: %v", err)
		}
		v2 := nextVersion(t, s, d.admin, id)
		for i := range 2 { // from the database, then from memory
			got, err := s.Version(ctx, d.admin, v1)
			if err != nil || got.Number != 1 || got.Content.Hash != "a" || string(got.Content.Body) != "<plist>a</plist>" || got.Identifier != "example.wlan" ||
				got.ProfileName != "WLAN Schule" || got.Profile != id || got.Published.IsZero() {
				t.Fatalf("read %d: %+v %v", i, got, err)
			}
		}
		if _, err := s.ChangeProfile(ctx, d.admin, school.Profile{ID: id, Name: "WLAN", Description: "für alle"}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Version(ctx, d.admin, v1); err != nil || got.ProfileName != "WLAN" {
			t.Errorf("a version bears the old name: %q %v", got.ProfileName, err)
		}
		if _, _, err = s.SaveDraft(ctx, d.admin, id, "wifi", content("c"), ""); err != nil {
			t.Fatal(err)
		}
		rows, err := s.Versions(ctx, d.admin, id, 0, 0)
		if err != nil || len(rows) != 3 || rows[0].Number != 0 || rows[1].ID != v2 || rows[2].ID != v1 {
			t.Fatalf("versions: %+v %v", rows, err)
		}
		if rows, err = s.Versions(ctx, d.admin, id, 2, 1); err != nil || len(rows) != 1 || rows[0].ID != v1 {
			t.Fatalf("versions before 2: %+v %v", rows, err)
		}
		if _, err := s.DropDraft(ctx, d.admin, id); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Assign(ctx, d.admin, school.Assignment{Scope: school.Scope{Level: school.AtAuthority, ID: string(d.authority)}, Profile: id, Mode: school.Required}); err != nil {
			t.Fatal(err)
		}
		_, err = s.ArchiveProfile(ctx, d.admin, id)
		wants(t, "archive what is assigned", err, school.Conflict, "profile_assigned")
		all, err := s.Assignments(ctx, d.admin, store.AssignmentFilter{Profile: id})
		if err != nil || len(all.Rows) != 1 || all.Rows[0].Version != v2 {
			t.Fatalf("the newest version is assigned: %+v %v", all, err)
		}
		if _, err := s.Unassign(ctx, d.admin, all.Rows[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err = s.ArchiveProfile(ctx, d.admin, id); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.Assign(ctx, d.admin, school.Assignment{Scope: school.Scope{Level: school.AtAuthority, ID: string(d.authority)}, Profile: id, Mode: school.Required})
		wants(t, "assign what is archived", err, school.Conflict, "profile_archived")
		if rows, err := s.Profiles(ctx, d.admin, store.ProfileFilter{}); err != nil || len(rows.Rows) != 0 {
			t.Errorf("an archived profile is listed: %+v %v", rows, err)
		}
		if n, broken, err := s.VerifyAudit(ctx, d.system); err != nil || broken != 0 || n == 0 {
			t.Errorf("audit: %d, broken at %d, %v", n, broken, err)
		}
	})
}

// What was published can be assigned at once, so publishing and everything before it cannot be undone any more.
func TestPublishedVersionsNeverChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newDistrict(t, s)
		id, _, created, err := s.CreateProfile(ctx, d.admin, school.Profile{Name: "WLAN"}, "", content("a"))
		if err != nil {
			t.Fatal(err)
		}
		_, drafted, err := s.SaveDraft(ctx, d.admin, id, "", content("b"), "a")
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := s.Publish(ctx, d.admin, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range []school.ChangeSetID{drafted, created} {
			_, err := s.Undo(ctx, d.admin, set)
			wants(t, "undo before publishing", err, school.Conflict, "undo_conflict")
		}
		sets, err := s.ChangeSets(ctx, d.admin, 1)
		if err != nil || sets[0].Event != "profile.published" {
			t.Fatalf("%+v %v", sets, err)
		}
		_, err = s.Undo(ctx, d.admin, sets[0].ID)
		wants(t, "undo publishing", err, school.Conflict, "undo_never")
		if got, err := s.Version(ctx, d.admin, v); err != nil || got.Content.Hash != "b" || got.Number != 1 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestWhoSeesAndWritesProfiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newDistrict(t, s)
		stranger := newAuthority(t, s, "Anderswo")
		ofAll, vAll := published(t, s, d.admin, "", "Für alle")
		ofNorth, vNorth := published(t, s, d.atNorth, d.north, "Nur Nord")
		for _, c := range []struct {
			who                string
			by                 school.Actor
			seeAll, seeNorth   bool
			editAll, editNorth school.Kind
		}{
			{"authority", d.admin, true, true, "", ""},
			{"its school", d.atNorth, true, true, school.Denied, ""},
			{"another school", d.atSouth, true, false, school.Denied, school.NotFound},
			{"auditor", d.auditor, true, true, school.Denied, school.Denied},
			{"stranger", stranger, false, false, school.NotFound, school.NotFound},
		} {
			for _, x := range []struct {
				p    school.ProfileID
				v    school.VersionID
				sees bool
				edit school.Kind
			}{{ofAll, vAll, c.seeAll, c.editAll}, {ofNorth, vNorth, c.seeNorth, c.editNorth}} {
				missing := school.NotFound
				if x.sees {
					missing = ""
				}
				_, err := s.Profile(ctx, c.by, x.p)
				wants(t, c.who+" sees", err, missing, "")
				_, err = s.Version(ctx, c.by, x.v)
				wants(t, c.who+" reads", err, missing, "")
				_, err = s.Versions(ctx, c.by, x.p, 0, 0)
				wants(t, c.who+" lists versions", err, missing, "")
				_, err = s.ChangeProfile(ctx, c.by, school.Profile{ID: x.p, Name: "Neu"})
				wants(t, c.who+" renames", err, x.edit, "")
				_, _, err = s.SaveDraft(ctx, c.by, x.p, "", content("x"), "")
				wants(t, c.who+" drafts", err, x.edit, "")
				if err == nil {
					_, err = s.DropDraft(ctx, c.by, x.p)
					wants(t, c.who+" drops", err, "", "")
				}
			}
			rows, err := s.Profiles(ctx, c.by, store.ProfileFilter{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, saw := range []bool{c.seeAll, c.seeNorth} {
				if saw {
					n++
				}
			}
			if len(rows.Rows) != n {
				t.Errorf("%s lists %d profiles, want %d", c.who, len(rows.Rows), n)
			}
		}
		_, _, _, err := s.CreateProfile(ctx, d.atNorth, school.Profile{Name: "X"}, "", content("x"))
		wants(t, "a school makes one for all", err, school.Denied, "")
		_, _, _, err = s.CreateProfile(ctx, stranger, school.Profile{Name: "X", School: d.north}, "", content("x"))
		wants(t, "a stranger makes one at a school", err, school.NotFound, "")
	})
}

func TestProfileListIsPagedAndSearched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newDistrict(t, s)
		for i := range 7 {
			published(t, s, d.admin, "", fmt.Sprintf("WLAN Straße %d", 6-i))
		}
		published(t, s, d.admin, "", "100%_Regel")
		twin, _ := published(t, s, d.admin, "", "WLAN Straße 3") // the same name twice: the id decides
		var names []string
		var after string
		for pages := 0; ; pages++ {
			page, err := s.Profiles(ctx, d.admin, store.ProfileFilter{Search: "strasse wl", After: after, Limit: 3})
			if err != nil || len(page.Rows) > 3 || pages > 4 {
				t.Fatalf("%d lines, %v", len(page.Rows), err)
			}
			for _, r := range page.Rows {
				names = append(names, r.Name)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if want := []string{"WLAN Straße 0", "WLAN Straße 1", "WLAN Straße 2", "WLAN Straße 3", "WLAN Straße 3", "WLAN Straße 4", "WLAN Straße 5", "WLAN Straße 6"}; !slices.Equal(names, want) {
			t.Errorf("got %q", names)
		}
		for search, want := range map[string]int{"100%_r": 1, "_": 0, "%": 0, "traße": 0, "straße wlan 3": 2, `\`: 0} {
			page, err := s.Profiles(ctx, d.admin, store.ProfileFilter{Search: search})
			if err != nil || len(page.Rows) != want {
				t.Errorf("%q finds %d, want %d, %v", search, len(page.Rows), want, err)
			}
		}
		_, err := s.Profiles(ctx, d.admin, store.ProfileFilter{After: "nonsense"})
		wants(t, "a place from nowhere", err, school.Invalid, "cursor")

		for _, scope := range []school.Scope{{Level: school.AtSchool, ID: string(d.north)}, {Level: school.AtSchool, ID: string(d.south)}, {Level: school.AtAuthority, ID: string(d.authority)}} {
			if _, _, err := s.Assign(ctx, d.admin, school.Assignment{Scope: scope, Profile: twin, Mode: school.Required, From: time.Time{}}); err != nil {
				t.Fatal(err)
			}
		}
		nextVersion(t, s, d.admin, twin)
		for _, c := range []struct {
			by   school.Actor
			want int
		}{{d.admin, 3}, {d.atNorth, 2}} {
			p, err := s.Profile(ctx, c.by, twin)
			if err != nil || p.Assignments != c.want || p.Behind != c.want {
				t.Errorf("%s counts %d assignments, %d behind, want %d, %v", c.by.Name, p.Assignments, p.Behind, c.want, err)
			}
		}
	})
}

func TestAProfileStaysWhatItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		id, _ := published(t, s, d.by, "", "WLAN")
		c := content("Update")
		c.Payloads = []school.Payload{{Type: school.UpdateDeclared, Declared: true}}
		if _, _, err := s.SaveDraft(ctx, d.by, id, "update", c, ""); school.KindOf(err) != school.Conflict {
			t.Errorf("a Wi-Fi became an update: %v", err)
		}
		if _, _, err := s.SaveDraft(ctx, d.by, id, "wifi", content("WLAN 2"), ""); err != nil {
			t.Errorf("another Wi-Fi: %v", err)
		}
	})
}

package mdm_test

import (
	"fmt"
	"time"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store/school"
)

var morning = time.Date(2026, 11, 5, 8, 0, 0, 0, time.UTC)

// facts of a supervised, confirmed iPad that everything can be sent to.
func facts() school.Facts {
	return school.Facts{At: morning, Authority: "auth", Key: []byte("key of the authority"), Signer: "signer-1", BaseURL: "https://mdm.example",
		OrgName: "Musterstadt", Enrollment: "enr-1", Channel: school.DeviceChannel, CertEnds: morning.AddDate(3, 0, 0),
		Device: school.Device{ID: "dev-1", Authority: "auth", School: "nord", Number: "MS-26-000417", Serial: "F9FXK2ABCD", OSVersion: "26.4",
			Supervised: true, Confirmed: true, Ownership: school.Owned, InventoryAt: morning.AddDate(0, -1, 0), LastSeen: morning},
		Place: school.Placement{School: "nord", SchoolName: "Gymnasium Nord", SchoolType: "Gymnasium", Class: "7b", ClassName: "7b", Grade: "7",
			Groups: []school.GroupID{"robotics", "choir"}, Person: "lena"},
		Holder: &school.Person{ID: "lena", Given: "Lena", Family: "Muster", Email: "lena@schule.example"}}
}

// content is a minimal profile; each payload is the inside of one dictionary.
func content(identifier string, payloads ...string) school.Content {
	doc := `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string>` +
		`<key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>` + identifier + `</string>` +
		`<key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000000</string><key>PayloadDisplayName</key><string>` + identifier + `</string>` +
		`<key>PayloadContent</key><array>`
	for n, p := range payloads {
		doc += fmt.Sprintf(`<dict><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>%s.%d</string>`+
			`<key>PayloadUUID</key><string>00000000-0000-4000-8000-00000000000%d</string>%s</dict>`, identifier, n, n+1, p)
	}
	c, err := profiles.Parse([]byte(doc + `</array></dict></plist>`))
	if err != nil {
		panic(err)
	}
	return c
}

func wifi(ssid string) string {
	return `<key>PayloadType</key><string>com.apple.wifi.managed</string><key>SSID_STR</key><string>` + ssid +
		`</string><key>EncryptionType</key><string>WPA2</string><key>Password</key><string>geheim-` + ssid + `</string>`
}

func clip(label string) string {
	return `<key>PayloadType</key><string>com.apple.webClip.managed</string><key>Label</key><string>` + label +
		`</string><key>URL</key><string>https://schule.example</string>`
}

func layout(bundle string) string {
	return `<key>PayloadType</key><string>com.apple.homescreenlayout</string><key>Pages</key><array><array><dict><key>Type</key>` +
		`<string>Application</string><key>BundleID</key><string>` + bundle + `</string></dict></array></array>`
}

// version is a published version of the profile of that name.
func version(profile string, number int, c school.Content) *school.Version {
	return &school.Version{ID: school.VersionID(fmt.Sprintf("%s/%d", profile, number)), Profile: school.ProfileID(profile), Number: number,
		ProfileName: profile, Identifier: "de.example." + profile, Content: c, Published: morning.AddDate(-1, 0, 0)}
}

func plain(profile string, number int) *school.Version {
	return version(profile, number, content("de.example."+profile, clip(fmt.Sprintf("%s %d", profile, number))))
}

func network(profile string, number int) *school.Version {
	return version(profile, number, content("de.example."+profile, wifi(fmt.Sprintf("%s-%d", profile, number))))
}

var scopes = map[school.Level]school.Scope{school.AtAuthority: {Level: school.AtAuthority, ID: "auth"}, school.AtSchoolType: {Level: school.AtSchoolType, ID: "Gymnasium"},
	school.AtSchool: {Level: school.AtSchool, ID: "nord"}, school.AtGrade: school.GradeScope("nord", "7"), school.AtClass: {Level: school.AtClass, ID: "7b"},
	school.AtGroup: {Level: school.AtGroup, ID: "robotics"}, school.AtPerson: {Level: school.AtPerson, ID: "lena"}, school.AtDevice: {Level: school.AtDevice, ID: "dev-1"}}

type option func(*school.Assigned)

func fixed(a *school.Assigned)    { a.Fixed = true }
func excluded(a *school.Assigned) { a.Mode, a.New = school.Excluded, nil }
func from(t time.Time) option     { return func(a *school.Assigned) { a.From = t } }
func until(t time.Time) option    { return func(a *school.Assigned) { a.Until = t } }
func created(t time.Time) option  { return func(a *school.Assigned) { a.Created = t } }
func staged(stage int, old *school.Version) option {
	return func(a *school.Assigned) {
		a.Rollout = &school.Rollout{Stage: stage}
		if a.Old = old; old != nil {
			a.Rollout.Old = old.ID
		}
	}
}

func assign(id string, level school.Level, v *school.Version, opts ...option) school.Assigned {
	a := school.Assigned{Assignment: school.Assignment{ID: school.AssignmentID(id), Authority: "auth", Scope: scopes[level], Profile: v.Profile,
		Version: v.ID, Mode: school.Required, Created: morning.AddDate(0, -2, 0), By: "Anna Admin"}, ScopeName: level.String(), New: v}
	for _, o := range opts {
		o(&a)
	}
	return a
}

func with(f school.Facts, list ...school.Assigned) school.Facts {
	f.Assigned = append(append([]school.Assigned(nil), f.Assigned...), list...)
	return f
}

// enrolled is what is known of a device that was set up a month ago and called a minute ago.
func enrolled() school.Reported {
	return school.Reported{Present: map[school.ItemKey]school.Have{}, Items: map[school.ItemKey]school.ItemState{},
		Enrolled: morning.AddDate(0, -1, 0), LastSeen: morning.Add(-time.Minute), InventoryAt: morning.Add(-time.Hour), ListedAt: morning.Add(-time.Hour),
		BypassAt: morning.AddDate(0, -1, 0)}
}

// settled is enrolled with the manifest offered and confirmed and the given items there.
func settled(f school.Facts, items ...mdm.Item) school.Reported {
	have := enrolled()
	for _, i := range items {
		h := school.Have{Hash: i.Hash, Owner: i.Owner, Network: i.Network, Since: morning.Add(-2 * time.Hour)}
		have.Present[i.Key] = h
	}
	return offer(f, have)
}

func offer(f school.Facts, have school.Reported) school.Reported {
	have.Offered = ddm.Token(mdm.Manifest(mdm.Desired(f), have, f))
	have.Confirmed, have.OfferedAt, have.ConfirmedAt = have.Offered, morning.Add(-time.Hour), morning.Add(-time.Hour)
	return have
}

func kinds(steps []mdm.Step) []string {
	out := []string{}
	for _, s := range steps {
		name := string(s.Kind)
		if s.Key != "" {
			name += " " + string(s.Key)[len("de.example."):]
		}
		if s.Kind == mdm.Operator {
			name += " " + string(s.Order.ID)
		}
		out = append(out, name)
	}
	return out
}

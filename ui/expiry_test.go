package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestStartSaysHowTheInstallationStands(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	admin, clerk := w.as(w.Admin), w.as(w.Clerk)
	admin.get("/").hides(t, "Sicherung", "TLS-Zertifikat", "API-Token")
	note := func(b store.BackupState) {
		t.Helper()
		if err := w.st.NoteBackup(ctx, func(x *store.BackupState) { *x = b }); err != nil {
			t.Fatal(err)
		}
	}
	night := noon.Add(-7 * time.Hour)
	for _, x := range []struct {
		b    store.BackupState
		says string
	}{
		{store.BackupState{}, "Ohne Sicherung: Geht die Datenbank verloren, müssen alle iPads neu eingerichtet werden."},
		{store.BackupState{Planned: true}, "Es gibt noch keine Sicherung."},
		{store.BackupState{Planned: true, At: night, Verified: night}, "Letzte Sicherung: heute 01:10, probeweise wiederhergestellt."},
		{store.BackupState{Planned: true, At: night, Verified: night.Add(-24 * time.Hour)}, "noch nicht probeweise wiederhergestellt."},
		{store.BackupState{Planned: true, At: night.Add(-48 * time.Hour)}, "Die letzte Sicherung ist von"},
		{store.BackupState{Planned: true, At: night.Add(-24 * time.Hour), Failed: night}, "Die Sicherung ist fehlgeschlagen"},
	} {
		note(x.b)
		admin.get("/").says(t, 200, x.says)
		clerk.get("/").hides(t, "Sicherung")
	}
	if err := w.st.WatchTLS(ctx, "mdm.musterstadt.example", noon.Add(-345*24*time.Hour), noon.Add(20*24*time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.st.CreateAPIToken(ctx, w.by, store.APIToken{Name: "Zeugnisse", Role: school.Auditor, Verbs: []school.Verb{school.View}, Ends: noon.Add(5*24*time.Hour + time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := w.st.WatchExpiry(ctx, w.authority, nil); err != nil {
		t.Fatal(err)
	}
	admin.get("/").says(t, 200, "Das TLS-Zertifikat von mdm.musterstadt.example läuft in 20 Tagen ab", "Das API-Token „Zeugnisse“ läuft in 5 Tagen ab", "API-Token ansehen")
	if body := admin.get("/").Body; strings.Count(body, "Zeugnisse") != 1 || strings.Contains(body, "läuft bald ab") {
		t.Error("it is said twice")
	}
	clerk.get("/").hides(t, "TLS-Zertifikat", "Zeugnisse")
}

func TestLettersSayWhoIsNeededAndWhatToDo(t *testing.T) {
	write := ExpiryLetter("https://mdm.musterstadt.example")
	for _, x := range []struct {
		thing store.Expiring
		says  []string
	}{
		{store.Expiring{Kind: store.PushEnds, Account: "push@musterstadt.example"}, []string{"Push-Zertifikat", "push@musterstadt.example", "„Renew“", "/apple/push"}},
		{store.Expiring{Kind: store.TokenEnds, Name: "Grundschulen", Account: "asm@musterstadt.example"}, []string{"Grundschulen", "asm@musterstadt.example", "Apple School Manager"}},
		{store.Expiring{Kind: store.CAEnds}, []string{"Geräteausweis"}},
		{store.Expiring{Kind: store.APITokenEnds, Name: "Zeugnisse", Account: "Anna Beispiel"}, []string{"Zeugnisse", "Anna Beispiel", "/tokens"}},
		{store.Expiring{Kind: store.TLSEnds, Name: "mdm.musterstadt.example"}, []string{"mdm.musterstadt.example", "ranzen doctor"}},
	} {
		x.thing.Ends = noon.Add(7 * 24 * time.Hour)
		subject, body := write("de", 7, x.thing)
		if !strings.HasSuffix(subject, "noch 7 Tage") || strings.Contains(subject, x.thing.Account) && x.thing.Account != "" {
			t.Errorf("%s: the subject is %q", x.thing.Kind, subject)
		}
		for _, want := range append(x.says, "24.11.2026", "\n1. ", "https://mdm.musterstadt.example/") {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q:\n%s", x.thing.Kind, want, body)
			}
		}
		subject, body = write("en", 1, x.thing)
		if !strings.HasSuffix(subject, "1 day left") || strings.Contains(body, " nicht ") {
			t.Errorf("%s in English: %q\n%s", x.thing.Kind, subject, body)
		}
	}
	lease := store.Expiring{Kind: store.LeaseEnds, Name: "Lieferung 2023", Account: "Leasing Beispiel", Ends: noon.Add(30 * 24 * time.Hour)}
	for language, want := range map[string]string{"de": "noch 3 Monate", "en": "3 months left"} {
		if subject, body := write(language, 3, lease); !strings.HasSuffix(subject, want) || !strings.Contains(body, "Lieferung 2023") || !strings.Contains(body, "Leasing Beispiel") || !strings.Contains(body, "/returns") || !strings.Contains(body, "\n3. ") {
			t.Errorf("%q\n%s", subject, body)
		}
	}
	if subject, body := BackupLetter("https://mdm.musterstadt.example")("de"); subject == "" || !strings.Contains(body, "ranzen doctor") {
		t.Errorf("%q %q", subject, body)
	}
}

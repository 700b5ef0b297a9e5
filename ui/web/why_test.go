package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store/school"
	"ranzen/ui/web"
)

var evening = time.Date(2026, 11, 17, 7, 15, 0, 0, time.UTC) // 08:15 in Berlin

func ago(d time.Duration) string { return evening.Add(-d).Format(time.RFC3339) }

func TestWhySaysAReasonInWords(t *testing.T) {
	via := mdm.Via{Assignment: "a", Level: school.AtClass, ScopeName: "7b", Since: evening.Add(-5 * time.Minute), By: "Schul-IT"}
	around := web.Around{Now: evening, Holder: "Lena M.", Class: "7b"}
	for _, c := range []struct {
		name                                       string
		r                                          mdm.Reason
		kind                                       web.StatusKind
		headline, why, since, helps, who, lineSaid string
	}{
		{"silent", mdm.Reason{Name: "WLAN Schule", Number: 3, Status: mdm.Coming, Code: mdm.Silent, Via: via, Remedy: mdm.SwitchOn, Who: mdm.Holder,
			Args: map[string]string{"days": "12", "seen": "2026-11-05T12:02:00Z"}}, web.Waiting,
			"Es fehlt: WLAN Schule (Fassung 3)", "Das iPad hat sich seit 12 Tagen nicht gemeldet (zuletzt Do, 05.11., 13:02).",
			"Zugewiesen heute 08:10 über Klasse 7b.", "Einschalten und mit einem WLAN verbinden; der Rest geschieht von selbst.",
			"Lena M. oder die Klassenleitung", "Seit 12 Tagen nicht gesehen. Kommt, sobald es online ist."},
		{"system too old", mdm.Reason{Name: "WLAN Schule", Number: 3, Status: mdm.Blocked, Code: mdm.NeedsOS, Via: via, Remedy: mdm.UpdateOrSwap, Who: mdm.SchoolAdmin,
			Args: map[string]string{"want": "17", "have": "15.8"}}, web.Warning,
			"Es fehlt: WLAN Schule (Fassung 3)", "Das Profil braucht iPadOS 17, das iPad hat 15.8.", "Zugewiesen heute 08:10 über Klasse 7b.",
			"iPadOS aktualisieren oder ein anderes iPad ausgeben.", "die Schul-IT der Schule", "Braucht iPadOS 17, hat 15.8."},
		{"not now", mdm.Reason{Name: "WLAN", Number: 1, Status: mdm.Coming, Code: mdm.SaidNotNow, Automatic: true, Who: mdm.Nobody, Via: via,
			Args: map[string]string{"at": ago(64 * time.Hour)}}, web.Busy,
			"Kommt noch: WLAN (Fassung 1)",
			"Das iPad hat vor 3 Tagen (Sa, 14.11., 16:15) „jetzt nicht“ geantwortet, meist weil es gesperrt ist. Es holt das Profil nach, sobald es entsperrt wird.",
			"Zugewiesen heute 08:10 über Klasse 7b.", "Sie müssen nichts tun.", "niemand, es geschieht von selbst", ""},
		{"accepted", mdm.Reason{Name: "WLAN", Status: mdm.Coming, Code: mdm.Accepted, Automatic: true, Via: mdm.Via{Assignment: "a", Fixed: true, Level: school.AtAuthority, Since: via.Since},
			Args: map[string]string{"at": ago(4 * time.Minute)}}, web.Busy,
			"Kommt noch: WLAN", "Angenommen heute 08:11, aber noch nicht bestätigt. Das iPad wird erneut gefragt.",
			"Zugewiesen heute 08:10 über Schulträger, fest.", "Sie müssen nichts tun.", "niemand, es geschieht von selbst", ""},
		{"leaving because it cannot stay", mdm.Reason{Name: "WLAN", Status: mdm.Leaving, Code: mdm.Departing, Automatic: true, Since: via.Since,
			Args: map[string]string{"cause": string(mdm.NeedsOS), "want": "17", "have": "16.4"}}, web.Busy,
			"Wird entfernt: WLAN", "Das Profil wird entfernt, sobald sich das iPad meldet. Das Profil braucht iPadOS 17, das iPad hat 16.4.",
			"Seit heute 08:10.", "Sie müssen nichts tun.", "niemand, es geschieht von selbst", ""},
		{"empty variable", mdm.Reason{Name: "Mail", Status: mdm.Blocked, Code: mdm.EmptyVariable, Via: via, Remedy: mdm.CompleteData, Who: mdm.SchoolAdmin,
			Args: map[string]string{"variable": "person.email"}}, web.Warning,
			"Es fehlt: Mail", "Das Profil braucht „E-Mail-Adresse der Person“; bei diesem iPad ist dafür nichts eingetragen.",
			"Zugewiesen heute 08:10 über Klasse 7b.", "Die fehlende Angabe eintragen.", "die Schul-IT der Schule", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.lineSaid == "" {
				c.lineSaid = c.why
			}
			got := web.Why(web.German, c.r, around)
			for _, x := range [][3]string{{"headline", got.Headline, c.headline}, {"why", got.Why, c.why}, {"since", got.Since, c.since},
				{"helps", got.Helps, c.helps}, {"who", got.Who, c.who}, {"line", got.Line, c.lineSaid}} {
				if x[1] != x[2] {
					t.Errorf("%s\n got %s\nwant %s", x[0], x[1], x[2])
				}
			}
			if got.Kind != c.kind {
				t.Errorf("kind %s, want %s", got.Kind, c.kind)
			}
		})
	}
}

// declared lists the constants of a type in the Go files of package mdm.
func declared(t *testing.T, typ string) []string {
	t.Helper()
	files, err := filepath.Glob("../../mdm/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("package mdm is not where it was", err)
	}
	find := regexp.MustCompile(`(?m)^\s+\w+\s+` + typ + `\s+= "(\w+)"`)
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range find.FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
	}
	if len(out) == 0 {
		t.Fatalf("package mdm declares no %s", typ)
	}
	return out
}

// Whatever package mdm can say is said, whole, in both languages.
func TestEveryReasonHasItsWords(t *testing.T) {
	args := map[string]string{"want": "17", "have": "16", "variable": "person.email", "winner": "Anderes", "type": "t", "scope": "7b", "fixed": "true", "at": ago(time.Hour),
		"stage": "5", "state": "unregistered", "seen": ago(50 * time.Hour), "days": "2", "code": "X 1", "attempts": "2", "next": ago(-time.Hour), "pushed": ago(time.Hour), "request": "InstallProfile"}
	remedies, whos, statuses := declared(t, "Remedy"), declared(t, "Who"), declared(t, "Status")
	var evidence []mdm.Evidence
	for _, e := range declared(t, "EvidenceCode") {
		evidence = append(evidence, mdm.Evidence{At: evening, Code: mdm.EvidenceCode(e), Args: args})
	}
	for i, code := range declared(t, "Code") {
		for _, a := range []map[string]string{args, {}} {
			for _, l := range web.Langs {
				s := web.Why(l, mdm.Reason{Name: "WLAN", Number: 1, Code: mdm.Code(code), Status: mdm.Status(statuses[i%len(statuses)]), Args: a, Since: evening, Evidence: evidence,
					Via: mdm.Via{Assignment: "a", Level: school.Level(i%8 + 1), Since: evening}, Remedy: mdm.Remedy(remedies[i%len(remedies)]), Who: mdm.Who(whos[i%len(whos)])}, web.Around{Now: evening})
				for _, text := range []string{s.Headline, s.Why, s.Since, s.Helps, s.Who, s.Line} {
					if text == "" || strings.Contains(text, "why.") {
						t.Errorf("%s in %s: %+v", code, l, s)
					}
				}
			}
		}
	}
	for _, l := range web.Langs {
		for _, x := range remedies {
			web.T(l, "why.helps."+x)
		}
		for _, x := range whos {
			web.T(l, "why.who."+x)
		}
		for _, x := range statuses {
			web.T(l, "why.status."+x)
		}
		for level := school.AtAuthority; level <= school.AtDevice; level++ {
			web.Through(l, level, "")
			web.Through(l, level, "x")
		}
		for _, v := range school.VariableNames {
			web.T(l, "why.variable."+v)
		}
	}
	if got := web.Through(web.German, school.AtClass, "Klasse 4"); got != "Klasse 4" {
		t.Error(got)
	}
}

package web_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/ui/web"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{web.German.Number(28000), "28.000"},
		{web.English.Number(28000), "28,000"},
		{web.German.Number(1204), "1.204"},
		{web.German.Number(999), "999"},
		{web.German.Number(-1), "-1"},
		{web.German.Number(math.MinInt64), "-9.223.372.036.854.775.808"},
		{web.German.Percent(84, 100), "84\u00a0%"},
		{web.English.Percent(84, 100), "84%"},
		{web.German.Percent(27999, 28000), "99\u00a0%"},
		{web.German.Percent(1, 28000), "1\u00a0%"},
		{web.German.Percent(0, 28000), "0\u00a0%"},
		{web.German.Percent(28000, 28000), "100\u00a0%"},
		{web.German.Percent(0, 0), "0\u00a0%"},
		{web.German.Size(64_000_000_000), "64\u00a0GB"},
		{web.German.Size(1_500_000), "1,5\u00a0MB"},
		{web.English.Size(1_500_000), "1.5\u00a0MB"},
		{web.German.Size(31_400_000_000), "31\u00a0GB"},
		{web.German.Size(999_999), "1\u00a0MB"},
		{web.German.Size(0), "0\u00a0B"},
		{web.German.List(nil), ""},
		{web.German.List([]string{"a"}), "a"},
		{web.German.List([]string{"a", "b"}), "a und b"},
		{web.English.List([]string{"a", "b", "c"}), "a, b and c"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestNamesSortAsGermanSorts(t *testing.T) {
	names := []string{"Zaleski", "Özil", "Weiß", "Weiss", "Oz", "Ärmel", "arm", "Arm", "Yılmaz", "10a", "7b", "Weber"}
	web.SortBy(web.German, names, func(s string) string { return s })
	want := []string{"7b", "10a", "arm", "Arm", "Ärmel", "Oz", "Özil", "Weber", "Weiss", "Weiß", "Yılmaz", "Zaleski"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestTimes(t *testing.T) {
	at := func(y int, m time.Month, d, h, min int) time.Time {
		return time.Date(y, m, d, h, min, 0, 0, web.Berlin)
	}
	now := at(2026, 11, 17, 8, 10)
	for _, c := range []struct{ name, got, want string }{
		{"date", web.German.Date(now), "17.11.2026"},
		{"date in English", web.English.Date(now), "17 Nov 2026"},
		{"date and time", web.German.DateTime(now), "17.11.2026 08:10"},
		{"Berlin, whatever the zone", web.German.DateTime(time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)), "01.07.2026 00:30"},
		{"today", web.German.Moment(at(2026, 11, 17, 7, 40), now), "heute 07:40"},
		{"yesterday", web.German.Moment(at(2026, 11, 16, 23, 59), now), "gestern 23:59"},
		{"tomorrow", web.German.Moment(at(2026, 11, 18, 0, 0), now), "morgen 00:00"},
		{"this year", web.German.Moment(at(2026, 11, 5, 13, 2), now), "Do, 05.11., 13:02"},
		{"this year in English", web.English.Moment(at(2026, 11, 5, 13, 2), now), "Thu 5 Nov, 13:02"},
		{"another year", web.German.Moment(at(2025, 11, 5, 13, 2), now), "Mi, 05.11.2025, 13:02"},
		{"another year in English", web.English.Moment(at(2025, 11, 5, 13, 2), now), "Wed 5 Nov 2025, 13:02"},
		{"just now", web.German.Ago(now.Add(-4*time.Second), now), "gerade eben"},
		{"a clock that is ahead", web.German.Ago(now.Add(3*time.Second), now), "gerade eben"},
		{"seconds", web.German.Ago(now.Add(-8*time.Second), now), "vor 8 Sekunden"},
		{"one minute", web.German.Ago(now.Add(-119*time.Second), now), "vor 1 Minute"},
		{"hours", web.English.Ago(now.Add(-23*time.Hour), now), "23 hours ago"},
		{"days and when", web.German.Ago(at(2026, 11, 5, 13, 2), now), "vor 12 Tagen (Do, 05.11., 13:02)"},
		{"one day", web.German.Ago(at(2026, 11, 16, 8, 0), now), "vor 1 Tag (gestern 08:00)"},
		{"across summer time", web.German.Ago(at(2026, 10, 24, 9, 0), at(2026, 10, 25, 9, 0)), "vor 1 Tag (gestern 09:00)"},
		{"ahead", web.German.Ago(at(2026, 11, 23, 12, 0), now), "in 6 Tagen (Mo, 23.11., 12:00)"},
		{"months", web.German.Ago(at(2026, 7, 1, 12, 0), now), "vor 4 Monaten (Mi, 01.07., 12:00)"},
		{"years", web.German.Ago(at(2024, 7, 1, 12, 0), now), "vor 2 Jahren (Mo, 01.07.2024, 12:00)"},
		{"never", web.German.Ago(time.Time{}, now), "noch nie"},
		{"since", web.German.Since(at(2026, 11, 5, 13, 2), now), "seit 12 Tagen"},
		{"since the future", web.German.Since(now.Add(time.Hour), now), "seit 0 Sekunden"},
		{"lasts", web.German.Duration(12 * 24 * time.Hour), "12 Tage"},
		{"lasts less than two days", web.German.Duration(47 * time.Hour), "1 Tag"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// However two moments lie, something is said, and never a nought of days.
func TestAgoAlwaysSaysSomething(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0)
		for _, l := range web.Langs {
			for _, said := range []string{l.Ago(at, now), l.Since(at, now), l.Moment(at, now), l.Duration(now.Sub(at))} {
				if said == "" {
					t.Fatal("nothing was said")
				}
			}
		}
		if d := now.Sub(at).Abs(); d >= 24*time.Hour {
			if said := web.German.Ago(at, now); said[:5] == "vor 0" || said[:4] == "in 0" {
				t.Fatalf("%v is %q", d, said)
			}
		}
	})
}

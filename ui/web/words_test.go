package web_test

import (
	"strings"
	"testing"
	"time"

	"ranzen/ui/web"
)

func init() {
	web.Add(web.Words{
		"test.devices": {"{1} {1:Gerät|Geräte}", "{1} {1:device|devices}"},
	})
}

func TestT(t *testing.T) {
	type own string
	for _, c := range []struct {
		lang web.Lang
		key  string
		args []any
		want string
	}{
		{web.German, "test.devices", []any{28000}, "28.000 Geräte"},
		{web.English, "test.devices", []any{28000}, "28,000 devices"},
		{web.German, "test.devices", []any{1}, "1 Gerät"},
		{web.German, "test.devices", []any{0}, "0 Geräte"},
		{web.English, "test.devices", []any{0}, "0 devices"},
		{web.English, "test.devices", []any{1}, "1 device"},
		{web.German, "test.devices", []any{1001}, "1.001 Geräte"},
		{web.German, "test.devices", []any{-1}, "-1 Gerät"},
		{web.German, "test.devices", []any{uint8(2)}, "2 Geräte"},
		{web.German, "list.and", []any{"a", own("b")}, "a und b"},
		{web.German, "time.today", []any{web.When{At: noon.Add(-8 * time.Second), Now: noon}}, "heute vor 8 Sekunden"},
		{web.German, "time.today", []any{90 * time.Minute}, "heute 1 Stunde"},
		{web.German, "list.and", []any{"<b>", "{1}"}, "<b> und {1}"},
	} {
		if got := web.T(c.lang, c.key, c.args...); got != c.want {
			t.Errorf("%s %s%v: %q, want %q", c.lang, c.key, c.args, got, c.want)
		}
	}
}

func TestWhatIsNotInTheCatalogueIsTold(t *testing.T) {
	before := web.Missing
	defer func() { web.Missing = before }()
	for _, c := range []struct {
		name, key string
		args      []any
		want, why string
	}{
		{"unknown key", "no.such.key", nil, "no.such.key", "not in the catalogue"},
		{"too few arguments", "list.and", []any{"a"}, "list.and", "has 2 arguments, was given 1"},
		{"too many arguments", "time.now", []any{1}, "gerade eben", "has 0 arguments, was given 1"},
		{"nothing one can say", "time.today", []any{struct{}{}}, "heute ", "cannot say a struct {}"},
		{"nothing one can say at all", "time.today", []any{nil}, "heute ", "cannot say a <nil>"},
		{"nothing one can count", "time.ago.day", []any{"x"}, "vor x Tagen", "cannot count a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told string
			web.Missing = func(_ web.Lang, _, why string) { told = why }
			if got := web.T(web.German, c.key, c.args...); got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
			if told != c.why {
				t.Errorf("told %q, want %q", told, c.why)
			}
		})
	}
}

func TestBadWordsStopTheProgram(t *testing.T) {
	for _, c := range []struct {
		name  string
		words web.Words
		want  string
	}{
		{"twice", web.Words{"time.now": {"a", "b"}}, "twice"},
		{"no English", web.Words{"test.bad": {"a", " "}}, "no text"},
		{"other arguments", web.Words{"test.bad": {"{1}", "b"}}, "other arguments"},
		{"argument left out", web.Words{"test.bad": {"{2}", "{2}"}}, "leaves out"},
		{"not closed", web.Words{"test.bad": {"{1", "{1}"}}, "without its }"},
		{"not opened", web.Words{"test.bad": {"1}", "{1}"}}, "without its {"},
		{"no number", web.Words{"test.bad": {"{name}", "{1}"}}, "no argument"},
		{"one word", web.Words{"test.bad": {"{1:iPad}", "{1}"}}, "no two words"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, c.want) {
					t.Errorf("panicked with %q, want something about %q", said, c.want)
				}
			}()
			web.Add(c.words)
		})
	}
}

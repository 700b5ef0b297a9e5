package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/storetest"
)

// The papers of the package are held to the program here. The package itself is installed in package_test.go.

// example writes the example configuration: every option with its meaning, none of them said.
func example() string {
	var b strings.Builder
	b.WriteString("# Configuration of Ranzen: lines «name = value». Only url must be said; what stands behind a # is what holds without it.\n" +
		"# The server reads it at its start: systemctl restart ranzen. What is wrong, and what helps: ranzen doctor\n")
	c := reflect.TypeFor[Config]()
	for i := range c.NumField() {
		tag := c.Field(i).Tag
		b.WriteString("\n")
		line := "#"
		for _, word := range strings.Fields(tag.Get("help")) {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > 110 {
				b.WriteString(line + "\n")
				line = "#"
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
		if of := tag.Get("enum"); of != "" {
			b.WriteString("# One of: " + strings.ReplaceAll(of, ",", ", ") + "\n")
		}
		value := tag.Get("default")
		if value == "" && c.Field(i).Type.Kind() == reflect.Bool {
			value = "false"
		}
		b.WriteString(strings.TrimSpace("#"+tag.Get("name")+" = "+value) + "\n")
	}
	return b.String()
}

func TestTheExampleNamesEveryOption(t *testing.T) {
	got := paper(t, "cmd/ranzen/dist/ranzen.conf")
	if diff := cmp.Diff(example(), got); diff != "" {
		t.Errorf("dist/ranzen.conf is not what config.go says (-config +file):\n%s\nThe file:\n%s", diff, example())
	}
	// As it is it says nothing; without its # every line is understood.
	var said, all []string
	for _, line := range strings.Split(got, "\n") {
		if !strings.HasPrefix(line, "#") && line != "" {
			said = append(said, line)
		}
		if option := strings.TrimPrefix(line, "#"); regexp.MustCompile(`^#[a-z-]+ =`).MatchString(line) {
			all = append(all, option)
		}
	}
	if len(said) > 0 {
		t.Errorf("the example says something: %v", said)
	}
	if _, err := readConfig(strings.NewReader(strings.Join(all, "\n"))); err != nil || len(all) != reflect.TypeFor[Config]().NumField() {
		t.Errorf("%d options: %v", len(all), err)
	}
}

func TestPackagePapers(t *testing.T) {
	text := paper(t, "cmd/ranzen/dist/README.md")
	for _, b := range blocks(text, "ini") {
		if !strings.HasPrefix(b, "[") {
			if _, err := readConfig(strings.NewReader(b)); err != nil {
				t.Error(err)
			}
		}
	}
	makefile := paper(t, "Makefile")
	for _, m := range target.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("the Makefile has no target %s", m[1])
		}
	}
	// The unit and the configuration mean the same folders, program and user.
	unit := paper(t, "cmd/ranzen/dist/ranzen.service")
	for _, line := range []string{"ExecStart=/usr/bin/ranzen serve", "User=ranzen", "StateDirectory=ranzen", "StateDirectoryMode=0700", "ConfigurationDirectory=ranzen", "ConfigurationDirectoryMode=0750",
		"Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallFilter=@system-service", "MemoryDenyWriteExecute=yes", "RestrictNamespaces=yes", "LockPersonality=yes", "UMask=0077", "Restart=on-failure"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit does not say %s", line)
		}
	}
	for i := range reflect.TypeFor[Config]().NumField() {
		if of := reflect.TypeFor[Config]().Field(i).Tag.Get("default"); strings.HasPrefix(of, "/") && !strings.HasPrefix(of, "/var/lib/ranzen/") {
			t.Errorf("%s is where the unit may not write", of)
		}
	}
}

var numberOf = regexp.MustCompile(`\branzen_[a-z_]+`)

// namesIn are the numbers a text speaks of.
func namesIn(text string) []string {
	names := numberOf.FindAllString(text, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNumbersAreDocumentedAndWatched(t *testing.T) {
	ctx := t.Context()
	s, err := Build(ctx, Settings{Database: storetest.URL(t, "sqlite"), Keys: storetest.Keys, Nature: store.Real, BaseURL: "https://mdm.musterstadt.example", Secure: true, Now: wallClock})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := s.Store.Now()
	if err := s.Store.WatchTLS(ctx, "mdm.musterstadt.example", now, now.Add(90*24*time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	families, err := gauges(s).Gather()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	values := map[string]float64{}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "ranzen_") {
			shown = append(shown, name)
			values[name] = f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	slices.Sort(shown)

	text := paper(t, "cmd/ranzen/dist/README.md")
	_, table, found := strings.Cut(text, "<!-- metrics")
	table, _, ended := strings.Cut(table, "<!-- /metrics -->")
	if !found || !ended {
		t.Fatal("there is no table of numbers")
	}
	var rows []string
	for _, line := range strings.Split(table, "\n") {
		if strings.HasPrefix(line, "| `ranzen_") {
			rows = append(rows, numberOf.FindString(line))
		}
	}
	slices.Sort(rows)
	if diff := cmp.Diff(shown, rows); diff != "" {
		t.Errorf("the table of dist/README.md (-shown +table):\n%s", diff)
	}
	for _, name := range append(namesIn(text), namesIn(paper(t, "README.md"))...) {
		if !slices.Contains(shown, name) {
			t.Errorf("a paper speaks of %s, which is not shown", name)
		}
	}

	rules := ruleList(t)
	watched := map[string]bool{}
	for _, r := range rules {
		for _, name := range namesIn(r["expr"].(string)) {
			if watched[name] = true; !slices.Contains(shown, name) {
				t.Errorf("%s asks for %s, which is not shown", r["alert"], name)
			}
		}
	}
	for _, name := range shown {
		// Two say what is there, and want nobody.
		if !watched[name] && name != "ranzen_build_info" && name != "ranzen_items_pending" {
			t.Errorf("nobody is called when %s is bad", name)
		}
	}
	if values["ranzen_database_up"] != 1 || values["ranzen_ready"] != 0 || values["ranzen_expiry_seconds"] < 89*24*3600 {
		t.Errorf("%v", values)
	}
}

// ruleList are the rules of alerts.yml.
func ruleList(t *testing.T) (out []map[string]any) {
	t.Helper()
	v, err := readYAML(paper(t, "cmd/ranzen/dist/alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range v.(map[string]any)["groups"].([]any) {
		for _, r := range g.(map[string]any)["rules"].([]any) {
			out = append(out, r.(map[string]any))
		}
	}
	return out
}

func TestAlertsSayWhatHelps(t *testing.T) {
	names := map[string]bool{}
	selector := regexp.MustCompile(`([a-z]+)(=~?)"([^"]*)"`)
	for _, r := range ruleList(t) {
		name := fmt.Sprint(r["alert"])
		if names[name] || !strings.HasPrefix(name, "Ranzen") {
			t.Errorf("%s is no name, or one twice", name)
		}
		names[name] = true
		labels, _ := r["labels"].(map[string]any)
		notes, _ := r["annotations"].(map[string]any)
		if s := labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s: severity %v", name, s)
		}
		if notes["summary"] == nil || notes["description"] == nil {
			t.Errorf("%s says not what is, and what helps", name)
		}
		expr := fmt.Sprint(r["expr"])
		if _, err := time.ParseDuration(strings.Replace(fmt.Sprint(r["for"]), "d", "h", 1)); err != nil || strings.Count(expr, "(") != strings.Count(expr, ")") {
			t.Errorf("%s: for %v, expr %s", name, r["for"], expr)
		}
		// A selector nobody answers to is a rule that never calls.
		for _, m := range selector.FindAllStringSubmatch(expr, -1) {
			for _, value := range strings.Split(m[3], "|") {
				if may := labelValues[m[1]]; m[1] != "job" && (may == nil || !may.MatchString(value)) {
					t.Errorf("%s: no number has %s", name, m[0])
				}
			}
		}
	}
}

func TestPubliccode(t *testing.T) {
	v, err := readYAML(paper(t, "publiccode.yml"))
	if err != nil {
		t.Fatal(err)
	}
	top := v.(map[string]any)
	// at finds a value by its path; the standard calls these mandatory.
	at := func(path string) any {
		var v any = top
		for _, key := range strings.Split(path, "/") {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		return v
	}
	word := func(path string) string {
		s, ok := at(path).(string)
		if !ok || s == "" {
			t.Errorf("%s is missing", path)
		}
		return s
	}
	words := func(path string) (out []string) {
		list, _ := at(path).([]any)
		for _, x := range list {
			out = append(out, fmt.Sprint(x))
		}
		if len(out) == 0 {
			t.Errorf("%s is missing", path)
		}
		return out
	}
	among := func(what string, values []string, may ...string) {
		for _, v := range values {
			if !slices.Contains(may, v) {
				t.Errorf("%s: %s is none of %v", what, v, may)
			}
		}
	}
	keys := func(what string, v any, may ...string) {
		m, _ := v.(map[string]any)
		for k := range m {
			among(what, []string{k}, may...)
		}
	}
	// What is not in the standard would be ignored by every catalogue. Of its keys, those that are deprecated are left out.
	keys("top", top, "publiccodeYmlVersion", "name", "applicationSuite", "url", "landingURL", "isBasedOn", "softwareVersion", "releaseDate", "logo", "platforms", "categories", "usedBy", "roadmap",
		"developmentStatus", "softwareType", "intendedAudience", "description", "legal", "maintenance", "localisation", "dependsOn")
	keys("intendedAudience", top["intendedAudience"], "countries", "unsupportedCountries", "scope")
	keys("legal", top["legal"], "license", "mainCopyrightOwner", "authorsFile")
	keys("maintenance", top["maintenance"], "type", "contractors", "contacts")
	keys("localisation", top["localisation"], "localisationReady", "availableLanguages")
	keys("dependsOn", top["dependsOn"], "open", "proprietary", "hardware")

	if v := word("publiccodeYmlVersion"); v != "0.4" {
		t.Errorf("version %s of the standard: what is checked here is 0.4", v)
	}
	word("name")
	if u, err := url.Parse(word("url")); err != nil || u.Scheme != "https" || u.Host == "" {
		t.Errorf("url %v", u)
	}
	if _, err := time.Parse(time.DateOnly, word("releaseDate")); err != nil {
		t.Error(err)
	}
	among("platforms", words("platforms"), "web")
	among("categories", words("categories"), "it-asset-management", "it-management", "inventory-management")
	among("scope", words("intendedAudience/scope"), "education", "local-authorities")
	among("countries", words("intendedAudience/countries"), "de")
	status := word("developmentStatus")
	among("developmentStatus", []string{status}, "concept", "development", "beta", "stable", "obsolete")
	if released := top["softwareVersion"] != nil; released != (status == "beta" || status == "stable") {
		t.Errorf("softwareVersion %v, yet %s", top["softwareVersion"], status)
	}
	among("softwareType", []string{word("softwareType")}, "standalone/web")
	among("license", []string{word("legal/license")}, "EUPL-1.2")
	if word("maintenance/type") == "community" {
		list, _ := at("maintenance/contacts").([]any)
		for _, c := range list {
			keys("contact", c, "name", "email", "phone", "affiliation")
			if m, _ := c.(map[string]any); m["name"] == nil {
				t.Error("a contact without a name")
			}
		}
		if len(list) == 0 {
			t.Error("nobody to turn to")
		}
	}
	among("localisationReady", []string{word("localisation/localisationReady")}, "true", "false")
	languages := words("localisation/availableLanguages")
	descriptions, _ := top["description"].(map[string]any)
	for _, l := range languages {
		if descriptions[l] == nil {
			t.Errorf("no description in %s", l)
		}
	}
	files := []string{word("logo")}
	for l, d := range descriptions {
		path := "description/" + l + "/"
		keys(path, d, "localisedName", "shortDescription", "longDescription", "documentation", "apiDocumentation", "features", "screenshots", "videos", "awards")
		if n := utf8.RuneCountInString(word(path + "shortDescription")); n > 150 {
			t.Errorf("%sshortDescription has %d characters, at most 150 are allowed", path, n)
		}
		if n := utf8.RuneCountInString(word(path + "longDescription")); n < 150 || n > 10000 {
			t.Errorf("%slongDescription has %d characters, not 150 to 10,000", path, n)
		}
		words(path + "features")
		if at(path+"screenshots") != nil {
			files = append(files, words(path+"screenshots")...)
		}
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join("..", "..", f)); err != nil {
			t.Error(err)
		}
		among(f, []string{filepath.Ext(f)}, ".svg", ".png", ".jpg")
	}
	for _, kind := range []string{"open", "proprietary", "hardware"} {
		list, _ := at("dependsOn/" + kind).([]any)
		for _, x := range list {
			keys("dependsOn", x, "name", "versionMin", "versionMax", "version", "optional")
			if m, _ := x.(map[string]any); m["name"] == nil {
				t.Errorf("something of dependsOn/%s has no name", kind)
			}
		}
	}
}

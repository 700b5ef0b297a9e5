package bench

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Whoever keeps results reads these names.
func TestFields(t *testing.T) {
	raw, err := json.Marshal(Result{Part: "pages", Note: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	want := []string{"client_cpu_us_per_op", "client_share", "cpu_us_per_op", "devices", "disk_bytes_per_device", "disturbed", "engine", "failed", "measured", "note", "ops", "ops_per_s",
		"p50_ms", "p95_ms", "p99_ms", "part", "rss_bytes", "scenario", "server_share", "subject", "wall_s"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(m))); diff != "" {
		t.Errorf("fields (-want +have):\n%s", diff)
	}
}

func row(scenario, part, subject string, devices int, cpu float64) Result {
	return Result{Scenario: scenario, Part: part, Engine: "sqlite", Subject: subject, Devices: devices, Ops: 10, CPUPerOp: cpu}
}

func TestBefore(t *testing.T) {
	kept := []Result{row("P1", "", "ranzen", 100, 200), row("P1", "", "nanomdm-inmem", 100, 300), row("P11", "", "ranzen", 100, 50), row("P11", "Idle after a year", "ranzen", 100, 400),
		{Scenario: "P8", Part: "pages", Engine: "sqlite", Subject: "ranzen", Devices: 100, P95: 100}, {Scenario: "P12", Engine: "sqlite", Subject: "ranzen", Devices: 100, RSS: 80}}
	for _, c := range []struct {
		name string
		r    Result
		want string
	}{
		{"better", row("P1", "", "ranzen", 100, 100), "0.50"},
		{"as before", row("P1", "", "ranzen", 100, 219), "1.09"},
		{"worse", row("P1", "", "ranzen", 100, 300), "1.50 WORSE"},
		{"of its own part", row("P11", "Idle after a year", "ranzen", 100, 400), "1.00"},
		{"without a part", row("P11", "", "ranzen", 100, 100), "2.00 WORSE"},
		{"of its own subject", row("P1", "", "nanomdm-inmem", 100, 300), "1.00"},
		{"another number of devices is another thing", row("P1", "", "ranzen", 1000, 100), ""},
		{"not measured before", row("P3", "", "ranzen", 100, 100), ""},
		{"pages have no processor time of their own", Result{Scenario: "P8", Part: "pages", Engine: "sqlite", Subject: "ranzen", Devices: 100, P95: 150}, "1.50 (p95) WORSE"},
		{"a footprint is memory", Result{Scenario: "P12", Engine: "sqlite", Subject: "ranzen", Devices: 100, RSS: 40}, "0.50 (RSS)"},
	} {
		if got := before(kept, c.r); got != c.want {
			t.Errorf("%s: %q instead of %q", c.name, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	b := &bench{Options: Options{Out: &out}, results: []Result{row("P1", "", "ranzen", 100, 150), row("P1", "", "nanomdm-inmem", 100, 300), row("P11", "pages after a year", "ranzen", 100, 0)}}
	b.results[0].Disturbed, b.results[0].ClientShare, b.results[2].Note = true, 0.5, "lists"
	b.results[2].Failed = 3
	b.table([]Result{row("P1", "", "ranzen", 100, 300)})
	said := out.String()
	for _, want := range []string{"of peer", "of before", "ranzen disturbed", "0.50", "P11 pages after a year sqlite ranzen: lists", "* the client used more than 40 %", "3 FAILED"} {
		if !strings.Contains(said, want) {
			t.Errorf("the table does not say %q:\n%s", want, said)
		}
	}
}

func TestQuantile(t *testing.T) {
	var m measured
	if m.quantile(0.5) != 0 {
		t.Error("of nothing there is no median")
	}
	for i := range 100 {
		m.took = append(m.took, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.95: 96, 0.99: 100, 1: 100} {
		if got := m.quantile(q); got != want {
			t.Errorf("%.2f of 1 to 100 is %d instead of %d", q, got, want)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ranzen/cmd/ranzen/bench"
)

// program is this test binary as a program that others start: it takes options and is ranzen.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ranzen")
	script := fmt.Sprintf("#!/bin/sh\n%s=$(printf '%%s\\n' \"$@\")\nexport %s\nexec '%s'\n", typedChild, typedChild, self)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBench measures a small district for moments. What it measures is worth nothing; that scenarios come to their end, that
// nothing failed on the way, and that the results can be kept and compared, is.
func TestBench(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept := filepath.Join(dir, "results.json")
	var out, words bytes.Buffer
	o := bench.Options{Scenarios: []string{"P1", "P8b", "P11", "P6", "P9", "P8", "P10", "P12", "P15"}, Devices: 30, Engines: []string{"sqlite"}, For: 200 * time.Millisecond, Dir: dir,
		Program: program(t), JSON: kept, Out: &out, Err: &words}
	if err := bench.Run(context.Background(), o); err != nil {
		t.Fatalf("%v\n%s", err, words.String())
	}
	raw, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	var rows []bench.Result
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	got := map[string]bench.Result{}
	for _, r := range rows {
		got[strings.TrimSpace(r.Scenario+" "+r.Part)] = r
		if r.Failed != 0 || r.Devices != 30 || r.Engine != "sqlite" || r.Subject != "ranzen" || r.RSS == 0 {
			t.Errorf("%+v", r)
		}
	}
	for _, want := range []string{"P1", "P8b", "P11", "P5", "P6", "P9", "P8", "P8 pages", "P10", "P12", "P11 Idle after a year", "P11 command after a year", "P11 enrolment after a year", "P15 as authority_admin", "P15 as school_admin", "P15 as teacher", "P15 as desk",
		"P15 /devices", "P15 /devices/{device}", "P15 /people/{person}", "P15 /search?q", "P15 /taught/{class}", "P15 /desk", "P15 /rollover/{school}"} {
		if _, ok := got[want]; !ok {
			t.Errorf("%s is missing", want)
		}
	}
	if n := got["P8"].Note; !strings.Contains(n, "13 of 26 resumed") || !strings.Contains(n, " 0 answers of 5xx") {
		t.Errorf("P8: %s", n)
	}
	if n := got["P10"].Note; !strings.HasPrefix(n, "25 changes;") || !strings.Contains(n, " 3.0 of them InstallProfile and 2.0 RemoveProfile") {
		t.Errorf("P10: %s", n)
	}
	if r := got["P12"]; r.DiskPerDev == 0 {
		t.Error("P12 does not say what an iPad takes on disk")
	}
	if t.Failed() {
		t.Logf("%s\n%s", words.String(), out.String())
	}

	out.Reset()
	o.Scenarios, o.Compare, o.JSON = []string{"P1"}, kept, ""
	if err := bench.Run(context.Background(), o); err != nil {
		t.Fatalf("%v\n%s", err, words.String())
	}
	if !strings.Contains(out.String(), "of before") {
		t.Errorf("nothing is compared:\n%s", out.String())
	}
	for what, o := range map[string]bench.Options{
		"an unknown scenario":        {Scenarios: []string{"P0"}},
		"results that are not there": {Compare: filepath.Join(dir, "nothing.json")},
		"results that are none":      {Compare: program(t)},
	} {
		if err := bench.Run(context.Background(), o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

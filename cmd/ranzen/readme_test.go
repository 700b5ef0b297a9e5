package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// What the papers at the door say is typed here as a reader types it.

func paper(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// optionRows are the options of serve as rows of the README: name, default, meaning.
func optionRows() (rows [][3]string) {
	c := reflect.TypeFor[Config]()
	for i := range c.NumField() {
		tag := c.Field(i).Tag
		value := tag.Get("default")
		if value != "" {
			value = "`" + value + "`"
		}
		rows = append(rows, [3]string{"`--" + tag.Get("name") + "`", value, strings.ReplaceAll(tag.Get("help"), "|", `\|`)})
	}
	return rows
}

func tableOf(t *testing.T, text string) (rows [][3]string) {
	t.Helper()
	_, text, found := strings.Cut(text, "<!-- options")
	text, _, ended := strings.Cut(text, "<!-- /options -->")
	if !found || !ended {
		t.Fatal("there is no table between the marks of the options")
	}
	for _, line := range strings.Split(text, "\n") {
		if cells, ok := strings.CutPrefix(line, "| `"); ok {
			c := strings.SplitN(strings.TrimSuffix("| `"+cells, " |"), "|", 4)
			if len(c) != 4 {
				t.Fatalf("not three cells: %s", line)
			}
			rows = append(rows, [3]string{strings.TrimSpace(c[1]), strings.TrimSpace(c[2]), strings.TrimSpace(c[3])})
		}
	}
	return rows
}

func TestREADMENamesEveryOption(t *testing.T) {
	want := optionRows()
	if diff := cmp.Diff(want, tableOf(t, paper(t, "README.md"))); diff != "" {
		var table strings.Builder
		for _, r := range want {
			fmt.Fprintf(&table, "| %s | %s | %s |\n", r[0], r[1], r[2])
		}
		t.Errorf("README.md is not what config.go says (-config +README):\n%s\nThe table:\n%s", diff, &table)
	}
	german := tableOf(t, paper(t, "README.de.md"))
	for i := range german {
		if german[i][2] == "" {
			t.Errorf("README.de.md says nothing about %s", german[i][0])
		}
		german[i][2] = ""
	}
	for i := range want {
		want[i][2] = ""
	}
	if diff := cmp.Diff(want, german); diff != "" {
		t.Errorf("README.de.md names other options or defaults (-config +README):\n%s", diff)
	}
}

// blocks are the fenced blocks of a language.
func blocks(text, language string) (out []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

var (
	makeArgs = regexp.MustCompile(`make demo ARGS="([^"]*)"`)
	target   = regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
)

func TestEveryCommandOfThePapersIsUnderstood(t *testing.T) {
	parse := func(args ...string) error {
		p, err := kong.New(&cli{}, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
		if err != nil {
			return err
		}
		_, err = p.Parse(args)
		return err
	}
	makefile := paper(t, "Makefile")
	for _, name := range []string{"README.md", "README.de.md", "CONTRIBUTING.md", "SECURITY.md"} {
		text := paper(t, name)
		commands := 0
		for _, b := range blocks(text, "sh") {
			for _, line := range strings.Split(b, "\n") {
				if words := strings.Fields(line); len(words) > 1 && words[0] == "ranzen" {
					commands++
					if err := parse(words[1:]...); err != nil {
						t.Errorf("%s: %s: %v", name, line, err)
					}
				}
			}
		}
		if commands == 0 && strings.HasPrefix(name, "README") {
			t.Errorf("%s holds no command", name)
		}
		for _, m := range makeArgs.FindAllStringSubmatch(text, -1) {
			if err := parse(append([]string{"demo"}, strings.Fields(m[1])...)...); err != nil {
				t.Errorf("%s: %s: %v", name, m[0], err)
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", name, m[1])
			}
		}
	}
	// The file of configuration is read by the same rules as options.
	for _, b := range blocks(paper(t, "README.md"), "ini") {
		if strings.HasPrefix(b, "[") {
			continue // a unit of systemd
		}
		if _, err := readConfig(strings.NewReader(b)); err != nil {
			t.Errorf("README.md: %v", err)
		}
	}
}

var (
	link  = regexp.MustCompile(`\]\(([^)#]+)\)`)
	named = regexp.MustCompile("`((?:cmd|enroll|mdm|profiles|store|testdata|ui)/[a-zA-Z0-9_/-]+\\.[a-zA-Z]+)`")
)

func TestNoLinkOfThePapersIsDead(t *testing.T) {
	for _, name := range []string{"README.md", "README.de.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "testdata/UNPROVEN.md"} {
		for _, m := range named.FindAllStringSubmatch(paper(t, name), -1) {
			if _, err := os.Stat(filepath.Join("..", "..", m[1])); err != nil {
				t.Errorf("%s names the file %s, which is not there", name, m[1])
			}
		}
		for _, m := range link.FindAllStringSubmatch(paper(t, name), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", "..", m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// TestMakeDemo types the first of the two commands, on another port and with few iPads, ends it as a script does, and
// starts it again where it was.
func TestMakeDemo(t *testing.T) {
	if !slices.Contains(blocks(paper(t, "README.md"), "sh"), "make demo\n") {
		t.Fatal("README.md does not say «make demo»")
	}
	dir := t.TempDir()
	first := makeDemo(t, dir)
	metrics := first.get("/metrics")
	for _, gauge := range []string{"ranzen_devices_enrolled", "ranzen_devices_converged", "ranzen_items_pending"} {
		if !regexp.MustCompile(`(?m)^` + gauge + ` \d`).MatchString(metrics) {
			t.Errorf("/metrics lacks %s", gauge)
		}
	}
	first.end()
	second := makeDemo(t, dir)
	if second.user != first.user || second.password != first.password {
		t.Errorf("started again it asks for %s with another password: it began anew", second.user)
	}
	second.end()
}

// madeDemo is a demo that make started.
type madeDemo struct {
	t                   *testing.T
	url, user, password string
	make                *exec.Cmd
	rest                io.Reader
}

// makeDemo returns when the three lines for scripts were read.
func makeDemo(t *testing.T, dir string) *madeDemo {
	t.Helper()
	path, err := exec.LookPath("make")
	if err != nil {
		t.Fatalf("make is missing: apt-get install make")
	}
	c := exec.Command(path, "--no-print-directory", "demo", "BIN="+filepath.Join(dir, "ranzen"), "ARGS=--devices 5 --listen 127.0.0.1:0 --dir "+filepath.Join(dir, "world"))
	c.Dir = filepath.Join("..", "..")
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") })
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var trouble strings.Builder
	c.Stderr = &trouble
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// Whatever goes wrong, nothing of this group outlives the test; its number is ours until Wait has returned.
	t.Cleanup(func() {
		if c.ProcessState == nil {
			syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			c.Wait()
		}
	})
	d := &madeDemo{t: t, make: c, rest: out}
	lines := bufio.NewScanner(out)
	for d.password == "" && lines.Scan() {
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case "ready":
			d.url = rest
		case "user":
			d.user = rest
		case "password":
			d.password = rest
		}
	}
	if d.url == "" || d.user == "" || d.password == "" {
		c.Wait()
		t.Fatalf("make demo did not say ready, user and password:\n%s", &trouble)
	}
	return d
}

func (d *madeDemo) get(path string) string {
	d.t.Helper()
	r, err := http.Get(d.url + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: %s %v", path, r.Status, err)
	}
	return string(body)
}

// end sends TERM to make alone, as a script does, and waits until nobody writes to its output any more: until the
// program has ended too.
func (d *madeDemo) end() {
	d.t.Helper()
	if err := d.make.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, d.rest); err != nil {
		d.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := d.make.Wait(); err != nil && !errors.As(err, &exit) {
		d.t.Fatal(err)
	}
}

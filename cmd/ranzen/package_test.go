package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A machine is a private root that packages are installed into. dpkg and the package's own scripts do what they do on a
// machine; systemctl is played, and says what it was asked.
type machine struct {
	t    *testing.T
	root string
	bin  string // played commands
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir(), bin: t.TempDir()}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "run/systemd/system", "usr/lib/sysusers.d"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.write("var/lib/dpkg/status", "")
	m.write("var/lib/dpkg/available", "")
	m.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
	m.write("etc/group", "root:x:0:\n")
	// It says whether the server runs by a file; what it is asked is written down. The server itself is started by the test.
	play := "#!/bin/sh\necho \"$*\" >>'" + m.bin + "/asked'\ncase \"$*\" in *is-active*) test -e '" + m.bin + "/active' ;; esac\n"
	for _, name := range []string{"systemctl", "deb-systemd-invoke"} {
		if err := os.WriteFile(filepath.Join(m.bin, name), []byte(play), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(m.path(name), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	b, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(b)
}

// owned begins a command that may give files to others: as root it is just that, else fakeroot plays root, and remembers who
// owns what from one command to the next.
func (m *machine) owned(words ...string) *exec.Cmd {
	m.t.Helper()
	if os.Geteuid() != 0 {
		kept := filepath.Join(m.bin, "owners")
		if _, err := os.Stat(kept); err != nil {
			if err := os.WriteFile(kept, nil, 0o600); err != nil {
				m.t.Fatal(err)
			}
		}
		words = append([]string{"fakeroot", "-i", kept, "-s", kept, "--"}, words...)
	}
	c := exec.Command(words[0], words[1:]...)
	c.Env = append(os.Environ(), "PATH="+m.bin+":"+os.Getenv("PATH")+":/usr/sbin:/sbin", "LC_ALL=C")
	return c
}

// dpkg returns what it and the scripts said, and what they asked of systemctl.
func (m *machine) dpkg(words ...string) (said string, asked []string) {
	m.t.Helper()
	os.Remove(filepath.Join(m.bin, "asked"))
	// What the package depends on is on the machine the test runs on, not in this root.
	c := m.owned(append([]string{"dpkg", "--root=" + m.root, "--force-script-chrootless", "--force-depends", "--force-confdef", "--force-confold", "--log=/dev/null"}, words...)...)
	out, err := c.CombinedOutput()
	if err != nil {
		m.t.Fatalf("dpkg %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	b, err := os.ReadFile(filepath.Join(m.bin, "asked"))
	if err != nil && !os.IsNotExist(err) {
		m.t.Fatal(err)
	}
	return string(out), strings.Split(strings.TrimSpace(string(b)), "\n")
}

// stat is mode and owner of a file, as stat prints them.
func (m *machine) stat(name string) string {
	m.t.Helper()
	out, err := m.owned("stat", "-c", "%a %u:%g", m.path(name)).Output()
	if err != nil {
		m.t.Fatalf("stat %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// packed builds the package of a version from a copy of dist, changed.
func packed(t *testing.T, version, binary string, change func(dist string)) string {
	t.Helper()
	top, dir := t.TempDir(), t.TempDir()
	dist := filepath.Join(top, "cmd", "ranzen", "dist")
	if err := os.CopyFS(dist, os.DirFS("dist")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LICENSE", "CHANGELOG.md"} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(paper(t, name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	change(dist)
	c := exec.Command(filepath.Join(dist, "deb.sh"), binary, version, "amd64", dir)
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1790000000", "COMPRESSION=gzip")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("deb.sh: %v\n%s", err, out)
	}
	deb := filepath.Join(dir, "ranzen_"+strings.Replace(version, "-", "~", 1)+"_amd64.deb")
	if _, err := os.Stat(deb); err != nil {
		t.Fatal(err)
	}
	return deb
}

func asItIs(string) {}

// linked builds the program as a release. make demo built its packages; what is left is linking.
func linked(t *testing.T, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ranzen")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w -X main.release="+version, "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

// served starts the installed server with the installed configuration, as the unit does, and waits until it told systemd that it is
// ready. It returns what to end it with.
func (m *machine) served() (base string, end func()) {
	m.t.Helper()
	socket := filepath.Join(m.bin, "notify")
	os.Remove(socket)
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		m.t.Fatal(err)
	}
	defer told.Close()
	c := exec.Command(m.path("usr/bin/ranzen"), "serve")
	c.Env = append(os.Environ(), "RANZEN_CONFIG="+m.path("etc/ranzen/ranzen.conf"), "NOTIFY_SOCKET="+socket)
	out, err := c.StderrPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	var log bytes.Buffer
	lines := bufio.NewScanner(out)
	for base == "" && lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if at := regexp.MustCompile(`msg="ranzen serves" .*listen=(\S+)`).FindStringSubmatch(lines.Text()); at != nil {
			base = "http://" + at[1]
		}
	}
	if base == "" {
		m.t.Fatalf("it does not serve:\n%s", &log)
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		for lines.Scan() {
			log.WriteString(lines.Text() + "\n")
		}
	}()
	b := make([]byte, 100)
	told.SetReadDeadline(wallClock().Add(time.Minute))
	if n, err := told.Read(b); err != nil || string(b[:n]) != "READY=1" {
		m.t.Fatalf("systemd was told %q %v", b[:n], err)
	}
	eventually(m.t, "/readyz", func() error {
		r, err := http.Get(base + "/readyz")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", r.Status)
		}
		return nil
	})
	return base, func() {
		m.t.Helper()
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			m.t.Fatal(err)
		}
		<-rest
		if err := c.Wait(); err != nil {
			m.t.Errorf("it ended with %v\n%s", err, &log)
		}
	}
}

// TestPackage installs a release, serves from it, installs the next one over it, takes it away and purges it.
func TestPackage(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	first, second := linked(t, "0.0.1"), linked(t, "0.0.2")
	one := packed(t, "0.0.1", first, asItIs)

	// Equal input gives equal bytes, whenever and wherever it is packed.
	if sum(t, one) != sum(t, packed(t, "0.0.1", first, func(dist string) {
		if err := filepath.WalkDir(dist, func(path string, d fs.DirEntry, err error) error {
			if err == nil {
				err = os.Chtimes(path, time.Unix(1, 0), time.Unix(2, 0))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})) {
		t.Error("packed twice, it is not the same")
	}
	field := func(deb, name string) string {
		out, err := exec.Command("dpkg-deb", "-f", deb, name).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	if d := field(one, "Depends"); !regexp.MustCompile(`^libc6 \(>= 2\.[0-9]+\), systemd `).MatchString(d) {
		t.Errorf("it depends on %s", d)
	}
	if r := field(one, "Recommends"); r != "ca-certificates, postgresql-client" {
		t.Errorf("it recommends %s", r)
	}
	if v := field(packed(t, "1.0.0-rc1", first, asItIs), "Version"); v != "1.0.0~rc1" {
		t.Errorf("a candidate is version %s", v)
	}

	// Install: everything is there, for the right people, and nothing runs.
	said, asked := m.dpkg("-i", one)
	if !slices.Equal(asked, []string{"--system daemon-reload", "--quiet is-active ranzen.service"}) {
		t.Errorf("systemctl was asked %q", asked)
	}
	if !strings.Contains(said, "does not run yet") {
		t.Errorf("it does not say what is next: %s", said)
	}
	user := regexp.MustCompile(`(?m)^ranzen:[^:]*:(\d+):(\d+):[^:]*:/var/lib/ranzen:/usr/sbin/nologin$`).FindStringSubmatch(m.read("etc/passwd"))
	if user == nil {
		t.Fatalf("there is no user: %s", m.read("etc/passwd"))
	}
	own, group := user[1]+":"+user[2], "0:"+user[2]
	for name, want := range map[string]string{
		"usr/bin/ranzen":                           "755 0:0",
		"usr/lib/systemd/system/ranzen.service":    "644 0:0",
		"usr/lib/sysusers.d/ranzen.conf":           "644 0:0",
		"etc/ranzen":                               "750 " + group,
		"etc/ranzen/ranzen.conf":                   "640 " + group,
		"var/lib/ranzen":                           "700 " + own,
		"usr/share/doc/ranzen/README.md":           "644 0:0",
		"usr/share/doc/ranzen/alerts.yml":          "644 0:0",
		"usr/share/doc/ranzen/ranzen.conf.example": "644 0:0",
		"usr/share/doc/ranzen/copyright":           "644 0:0",
		"usr/share/doc/ranzen/changelog.gz":        "644 0:0",
		"var/lib/dpkg/info/ranzen.postrm":          "755 0:0",
		"usr/share/doc":                            "755 0:0",
		"usr/share/doc/ranzen":                     "755 0:0",
		"usr/lib/systemd/system":                   "755 0:0",
	} {
		if got := m.stat(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if out, err := m.owned("dpkg", "--root="+m.root, "--verify", "ranzen").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("dpkg --verify: %s %v", out, err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root="+m.root, "ranzen.service").CombinedOutput(); err != nil || bytes.Contains(out, []byte("ranzen.service")) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// What systemd itself thinks of how much the service could do if it were taken over: 10 is everything, 2 and less is what it
	// calls OK, and what is left is the network it is there for.
	if out, err := exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", m.path("usr/lib/systemd/system/ranzen.service")).CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Errorf("systemd-analyze security: %v\n%s", err, lines[len(lines)-1])
	}
	version := func() string {
		out, err := exec.Command(m.path("usr/bin/ranzen"), "version").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	if v := version(); v != "ranzen 0.0.1" {
		t.Errorf("installed is %s", v)
	}

	// As delivered it does not serve: it does not know its address.
	bare := exec.Command(m.path("usr/bin/ranzen"), "serve", "--database="+m.path("var/lib/ranzen/world.db"), "--keys="+m.path("var/lib/ranzen/keys"))
	bare.Env = append(os.Environ(), "RANZEN_CONFIG="+m.path("etc/ranzen/ranzen.conf"))
	if out, err := bare.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("--url is missing")) {
		t.Errorf("without configuration: %v\n%s", err, out)
	}

	// Configure it as an operator does, by taking away a # and writing behind the equals sign.
	conf := m.read("etc/ranzen/ranzen.conf")
	for name, value := range map[string]string{"url": "https://mdm.musterstadt.example", "listen": "127.0.0.1:0", "admin-listen": "127.0.0.1:0", "behind-proxy": "127.0.0.1",
		"database": m.path("var/lib/ranzen/world.db"), "keys": m.path("var/lib/ranzen/keys"), "backup-dir": m.path("var/lib/ranzen/backup")} {
		line := regexp.MustCompile(`(?m)^#` + name + ` =.*$`)
		if !line.MatchString(conf) {
			t.Fatalf("the example does not name %s", name)
		}
		conf = line.ReplaceAllString(conf, name+" = "+value)
	}
	if err := os.WriteFile(m.path("etc/ranzen/ranzen.conf"), []byte(conf), 0o640); err != nil {
		t.Fatal(err)
	}
	_, end := m.served()
	end()
	database, keys := sum(t, m.path("var/lib/ranzen/world.db")), sum(t, m.path("var/lib/ranzen/keys"))

	// Upgrade over it while it runs: the server is started anew, the configuration stays, the new example lies beside it.
	if err := os.WriteFile(filepath.Join(m.bin, "active"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	two := packed(t, "0.0.2", second, func(dist string) {
		f, err := os.OpenFile(filepath.Join(dist, "ranzen.conf"), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString("\n# An option of the new release.\n#new = option\n")
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if said, asked = m.dpkg("-i", two); !slices.Equal(asked, []string{"--system daemon-reload", "--quiet is-active ranzen.service", "restart ranzen.service"}) {
		t.Errorf("upgraded, systemctl was asked %q", asked)
	}
	if strings.Contains(said, "does not run yet") {
		t.Errorf("an upgrade speaks as if it were the first: %s", said)
	}
	if v := version(); v != "ranzen 0.0.2" {
		t.Errorf("upgraded is %s", v)
	}
	if m.read("etc/ranzen/ranzen.conf") != conf || m.stat("etc/ranzen/ranzen.conf") != "640 "+group || m.stat("etc/ranzen") != "750 "+group {
		t.Errorf("the configuration did not stay as it was: %s", m.stat("etc/ranzen/ranzen.conf"))
	}
	if !strings.Contains(m.read("usr/share/doc/ranzen/ranzen.conf.example"), "#new = option") {
		t.Error("the new options stand nowhere")
	}
	if sum(t, m.path("var/lib/ranzen/world.db")) != database || sum(t, m.path("var/lib/ranzen/keys")) != keys {
		t.Error("the upgrade touched database or key ring")
	}
	_, end = m.served() // the old database, the old configuration, the new program
	end()
	database = sum(t, m.path("var/lib/ranzen/world.db"))

	// Remove, then purge: database and key ring stay.
	if _, asked = m.dpkg("-r", "ranzen"); !slices.Equal(asked, []string{"stop ranzen.service", "--system daemon-reload"}) {
		t.Errorf("removed, systemctl was asked %q", asked)
	}
	for name, stays := range map[string]bool{"usr/bin/ranzen": false, "usr/lib/systemd/system/ranzen.service": false, "etc/ranzen/ranzen.conf": true, "var/lib/ranzen/world.db": true, "var/lib/ranzen/keys": true} {
		if _, err := os.Stat(m.path(name)); (err == nil) != stays {
			t.Errorf("removed: %s: %v", name, err)
		}
	}
	wants := m.path("etc/systemd/system/multi-user.target.wants")
	if err := os.MkdirAll(wants, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/usr/lib/systemd/system/ranzen.service", filepath.Join(wants, "ranzen.service")); err != nil {
		t.Fatal(err)
	}
	m.write("etc/ranzen/privkey.pem", "an operator's own file")
	said, _ = m.dpkg("-P", "ranzen")
	for _, word := range []string{"/var/lib/ranzen", "key ring", "by hand", "on purpose"} {
		if !strings.Contains(strings.ReplaceAll(said, "\n", " "), word) {
			t.Errorf("purged, it does not say %q: %s", word, said)
		}
	}
	for name, stays := range map[string]bool{"etc/ranzen/ranzen.conf": false, "etc/ranzen/privkey.pem": true, "etc/systemd/system/multi-user.target.wants/ranzen.service": false} {
		if _, err := os.Lstat(m.path(name)); (err == nil) != stays {
			t.Errorf("purged: %s: %v", name, err)
		}
	}
	if sum(t, m.path("var/lib/ranzen/world.db")) != database || sum(t, m.path("var/lib/ranzen/keys")) != keys {
		t.Error("the purge touched database or key ring")
	}

	// Installed again, it finds what was kept.
	os.Remove(filepath.Join(m.bin, "active"))
	m.dpkg("-i", two)
	if got := m.stat("var/lib/ranzen"); got != "700 "+own || m.stat("etc/ranzen/ranzen.conf") != "640 "+group {
		t.Errorf("installed again: %s", got)
	}
	if err := os.WriteFile(m.path("etc/ranzen/ranzen.conf"), []byte(conf), 0o640); err != nil {
		t.Fatal(err)
	}
	_, end = m.served()
	end()
}

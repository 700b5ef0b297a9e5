package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pg_dump and pg_restore are PostgreSQL's own programs. They run as children, are told where the database is by their
// environment (what stands in a command line everybody on the machine can read) and must be as new as the server.

// pgFolders is where Debian keeps them, one folder per version.
var pgFolders = "/usr/lib/postgresql/*/bin"

// pgTool finds a program that is at least as new as the server.
func pgTool(ctx context.Context, name string, server int) (path string, err error) {
	found, _ := filepath.Glob(filepath.Join(pgFolders, name)) // the pattern is ours
	if p, err := exec.LookPath(name); err == nil {
		found = append(found, p)
	}
	best := 0
	for _, p := range found {
		if v := pgVersion(ctx, p); v > best {
			best, path = v, p
		}
	}
	switch {
	case best == 0:
		return "", fmt.Errorf("%s is missing: install it with: apt-get install postgresql-client-%d", name, server)
	case best < server:
		return "", fmt.Errorf("%s %d is older than the PostgreSQL server (%d): install a newer one with: apt-get install postgresql-client-%[3]d", name, best, server)
	}
	return path, nil
}

var pgMajor = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// pgVersion is the major version a program says it has; 0: it says nothing of the kind.
func pgVersion(ctx context.Context, path string) int {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return 0
	}
	m := pgMajor.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // digits by the pattern
	return n
}

// serverMajor is the major version of the PostgreSQL server.
func (c conn) serverMajor(ctx context.Context) (int, error) {
	n, err := c.number(ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT)`)
	return int(n) / 10000, err
}

// pgEnvironment is the way to the database as libpq reads it from the environment.
func pgEnvironment(dsn string) ([]string, error) {
	c, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: address of the PostgreSQL database: %w", err)
	}
	env := append(os.Environ(), "PGHOST="+c.Host, "PGPORT="+strconv.Itoa(int(c.Port)), "PGUSER="+c.User, "PGDATABASE="+c.Database, "PGCONNECT_TIMEOUT=30")
	if c.Password != "" {
		env = append(env, "PGPASSWORD="+c.Password)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: the address of the PostgreSQL database cannot be read")
	}
	for _, key := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslsni"} {
		if v := u.Query().Get(key); v != "" {
			env = append(env, "PG"+strings.ToUpper(key)+"="+v)
		}
	}
	return env, nil
}

// pgRun runs one of the programs between two streams and says its last words when it fails.
func pgRun(ctx context.Context, dsn, path string, in io.Reader, out io.Writer, args ...string) error {
	env, err := pgEnvironment(dsn)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, in, out, &said
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(said.String())
		if i := strings.LastIndexByte(words, '\n'); i >= 0 {
			words = words[i+1:]
		}
		return fmt.Errorf("%s: %w: %s", filepath.Base(path), err, cut(words, 300))
	}
	return nil
}

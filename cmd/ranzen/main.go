// Command ranzen is the whole server in one program.
//
//	ranzen serve    the real thing: TLS, SQLite by default, PostgreSQL for more
//	ranzen demo     a played Apple and a district of iPads, offline, on loopback
//	ranzen doctor   checks configuration, key ring, database, certificates and time, and names the fix
//	ranzen admin    a one-time set-up link for an administrator, from the machine itself
//	ranzen bench    measures this program, and nanomdm beside it (package bench)
//	ranzen backup   a backup now; the identity that opens backups; the key ring for the safe; the test of a backup
//	ranzen restore  a backup on an empty machine
//	ranzen roster   a list of people from a file or a server: what it would change, and taking it over
//	ranzen orders   what was ordered of a device, and what stands in the way
//	ranzen apps     the apps and books with their licences
//	ranzen move     from SQLite to PostgreSQL, or back
//	ranzen version  what this build is
//
// serve and demo run the same Server (serve.go); they differ in the transport to Apple and in the nature of the
// database, which is fixed at its birth: serve refuses a played one, demo a real one.
//
// Exit codes: 0 done, 1 could not do it, 2 was told something wrong.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"ranzen/ui"
)

// cli is the command line. Every option of serve also comes from the environment and from a file (see Config).
type cli struct {
	Serve    Config      `cmd:"" help:"Run the server."`
	Demo     demoCmd     `cmd:"" help:"Run a played district on this machine: nothing leaves it."`
	Doctor   doctorCmd   `cmd:"" help:"Check configuration, key ring, database, certificates and time."`
	Admin    adminCmd    `cmd:"" help:"Print a one-time set-up link for an administrator."`
	Bench    benchCmd    `cmd:"" help:"Measure: processor time per operation on both databases, and against nanomdm."`
	Backup   backupCmd   `cmd:"" help:"Make a backup now, or what belongs to it: an identity, the key ring for the safe, the test of a file."`
	Restore  restoreCmd  `cmd:"" help:"Bring a backup back on an empty machine."`
	Roster   rosterCmd   `cmd:"" help:"Read a list of people: show what it would change, or take it over."`
	Assets   assetsCmd   `cmd:"" help:"Read a list of notebooks, PCs and other things: show what it would change, or take it over."`
	Orders   ordersCmd   `cmd:"" help:"List what was ordered of a device, how far that got, and what helps."`
	Apps     appsCmd     `cmd:"" help:"List the apps and books with their licences."`
	Why      whyCmd      `cmd:"" help:"Say of everything a device should have and has not: why, since when, what helps and who can do it."`
	Move     moveCmd     `cmd:"" help:"Move the database from SQLite to PostgreSQL, or back."`
	TakeOver takeOverCmd `cmd:"" help:"Take over a school authority from another installation."`
	Version  versionCmd  `cmd:"" help:"Say what this build is."`

	BenchServer benchServerCmd `cmd:"" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ui.SetVersion(build())
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process, so that tests type what a person types.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	exit := -1
	p, err := kong.New(&c, kong.Name("ranzen"), kong.Description("Manages the iPads of all schools of a Schulträger, from the sealed box to the end of the lease."),
		kong.UsageOnError(), kong.Writers(out, errOut), kong.Exit(func(code int) { exit = code }),
		kong.Configuration(readConfig, configFile()), kong.DefaultEnvars("RANZEN"),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(streams{out, errOut}))
	if err != nil {
		fmt.Fprintln(errOut, "ranzen:", err)
		return 2
	}
	k, err := p.Parse(args)
	if exit >= 0 { // help was asked for
		return exit
	}
	if err != nil {
		fmt.Fprintln(errOut, "ranzen:", err)
		return 2
	}
	if err := k.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(errOut, "ranzen:", err)
		return 1
	}
	return 0
}

// configFile is the file every command reads. The environment may name another: a second server on the machine has its own.
func configFile() string { return cmp.Or(os.Getenv("RANZEN_CONFIG"), "/etc/ranzen/ranzen.conf") }

// streams are where a command writes.
type streams struct{ out, err io.Writer }

// readConfig reads a configuration file: lines "name = value" with the names of the options, # for comments. An unknown
// name is an error that says where it stands.
func readConfig(r io.Reader) (kong.Resolver, error) {
	values := map[string]string{}
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("configuration file, line %d: %q is not «name = value»", n, line)
		}
		name = strings.TrimSpace(name)
		if !known[name] {
			return nil, fmt.Errorf("configuration file, line %d: there is no option %q", n, name)
		}
		values[name] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if v, ok := values[flag.Name]; ok {
			return v, nil
		}
		return nil, nil
	}), nil
}

type versionCmd struct{}

func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "ranzen", build())
	return err
}

// release is set by the linker for a release.
var release = ""

// build names this build: the release, else the commit it was made from.
func build() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}

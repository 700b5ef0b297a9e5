package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ranzen/ui/web/webtest"
)

// typedChild names what a child types: the words of a command, one a line.
const typedChild = "RANZEN_TEST_TYPES"

// typing is a command of ours as a process of its own. Whoever starts it ends it.
func typing(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), typedChild+"="+strings.Join(args, "\n"))
	return c
}

// TestMain ends the browser that tests of this package open. A process that TestChaos started is no test but the server
// it kills, and one that has something to type types it.
func TestMain(m *testing.M) {
	scryptWork = 10 // passphrases of tests need not last
	if told := os.Getenv(chaosChild); told != "" {
		fmt.Fprintln(os.Stderr, serveChild(told))
		os.Exit(1)
	}
	if typed := os.Getenv(typedChild); typed != "" {
		os.Exit(run(context.Background(), strings.Split(typed, "\n"), os.Stdout, os.Stderr))
	}
	os.Exit(webtest.Main(m))
}

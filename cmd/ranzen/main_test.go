package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"ranzen/ui/web/webtest"
)

// TestMain ends the browser that tests of this package open. A process that TestChaos started is no test but the server
// it kills, and one that a test of backups started types a command.
func TestMain(m *testing.M) {
	if told := os.Getenv(chaosChild); told != "" {
		fmt.Fprintln(os.Stderr, serveChild(told))
		os.Exit(1)
	}
	if typed := os.Getenv(backupChild); typed != "" {
		os.Exit(run(context.Background(), strings.Split(typed, "\n"), os.Stdout, os.Stderr))
	}
	os.Exit(webtest.Main(m))
}

package main

import (
	"fmt"
	"os"
	"testing"

	"ranzen/ui/web/webtest"
)

// TestMain ends the browser that tests of this package open. A process that TestChaos started is no test but the server
// it kills.
func TestMain(m *testing.M) {
	if told := os.Getenv(chaosChild); told != "" {
		fmt.Fprintln(os.Stderr, serveChild(told))
		os.Exit(1)
	}
	os.Exit(webtest.Main(m))
}

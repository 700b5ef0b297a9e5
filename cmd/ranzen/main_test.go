package main

import (
	"os"
	"testing"

	"ranzen/ui/web/webtest"
)

// TestMain ends the browser that tests of this package open.
func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

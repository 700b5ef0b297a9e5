package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ranzen/mdm/sim"
	"ranzen/ui/web/webtest"
)

func TestExplore(t *testing.T) {
	start := time.Now()
	w := begin(t, "sqlite", 60, 20, sim.Calm())
	fmt.Println("begun", time.Since(start))
	server := httptest.NewServer(w.d.s.Handler())
	t.Cleanup(server.Close)
	w.d.link = "einmal"
	tab := webtest.Open(t, server.URL+"/demo/einmal", webtest.Options{Life: 3 * time.Minute})
	dir := os.Getenv("RANZEN_PICTURES")
	tab.Screenshot(filepath.Join(dir, "x-arriving.png"))
	fmt.Println(tab.Text("main"))
	w.until("enrolled", func() bool { return w.counts().Enrolled == 60 })
	fmt.Println("enrolled", time.Since(start))
	w.until("settled", w.settled)
	fmt.Println("settled", time.Since(start))
	time.Sleep(4 * time.Second)
	tab.Screenshot(filepath.Join(dir, "x-start.png"))
	fmt.Println(tab.Text("main"))
	a := time.Now()
	tab.Axe()
	fmt.Println("axe", time.Since(a))
	tab.Goto(server.URL + "/search?q=7b")
	fmt.Println(tab.Text("main"))
	tab.Click("main ul.hits a[href^='/classes/']")
	tab.Wait("#assigned")
	fmt.Println(tab.Location(), tab.Text("main"))
	tab.Screenshot(filepath.Join(dir, "x-class0.png"))
	fmt.Println("end", time.Since(start))
}

package webtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed axe.min.js
var axe string

// Chromium is the browser the tests use.
const Chromium = "/usr/bin/chromium"

var browser struct {
	sync.Mutex
	managed bool // Main runs, and will end what is started
	ctx     context.Context
	stop    func()
}

// Main runs the tests of a package that uses a browser and ends the browser
// afterwards. It belongs into TestMain: os.Exit(webtest.Main(m)).
func Main(m *testing.M) int {
	browser.Lock()
	browser.managed = true
	browser.Unlock()
	code := m.Run()
	browser.Lock()
	defer browser.Unlock()
	if browser.stop != nil {
		browser.stop()
	}
	return code
}

// start starts the one browser of this test binary.
func start(t testing.TB) context.Context {
	t.Helper()
	browser.Lock()
	defer browser.Unlock()
	if browser.ctx != nil {
		return browser.ctx
	}
	if !browser.managed {
		t.Fatal("webtest: a package that opens pages needs TestMain with webtest.Main")
	}
	if _, err := os.Stat(Chromium); err != nil {
		t.Fatalf("%s is missing: apt-get install chromium", Chromium)
	}
	profile, err := os.MkdirTemp("", "ranzen-browser-")
	if err != nil {
		t.Fatal(err)
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(Chromium),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.WSURLReadTimeout(30*time.Second),
	)
	ctx, stop := chromedp.NewContext(alloc)
	end := func() {
		stop()
		stopAlloc()
		// The profile can only be removed once nobody writes to it any more.
		chromedp.FromContext(ctx).Allocator.Wait()
		_ = os.RemoveAll(profile)
	}
	if err := chromedp.Run(ctx); err != nil {
		end()
		t.Fatalf("starting %s: %v", Chromium, err)
	}
	browser.ctx, browser.stop = ctx, end
	return ctx
}

// newTarget makes a page in a browser context of its own. chromedp can do that
// too, but asks for a tab in a window, and a new context has no window yet.
func newTarget(ctx context.Context) (target.ID, func(), error) {
	b := cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
	own, err := target.CreateBrowserContext().Do(b)
	if err != nil {
		return "", nil, err
	}
	forget := func() { _ = target.DisposeBrowserContext(own).Do(b) }
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(b)
	if err != nil {
		forget()
		return "", nil, err
	}
	return id, forget, nil
}

// Options say what the person before the browser has.
type Options struct {
	Width, Height int // 0: 1280 by 900
	Dark          bool
	NoScript      bool
	Print         bool
	Cookies       map[string]string
	Life          time.Duration // how long the tab may be used; 0: two minutes
	// Expected names errors in the console that belong to what is tested, by a
	// part of their text. Any other error fails the test.
	Expected []string
}

// A Tab is one page in a German browser of its own: no cookies of other tests,
// and every error in its console fails the test.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	noScript bool

	mu       sync.Mutex
	expected []string
}

// Open opens an address.
func Open(t testing.TB, url string, o Options) *Tab {
	t.Helper()
	if o.Width == 0 {
		o.Width = 1280
	}
	if o.Height == 0 {
		o.Height = 900
	}
	id, forget, err := newTarget(start(t))
	if err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	ctx, stop := chromedp.NewContext(start(t), chromedp.WithTargetID(id))
	if o.Life == 0 {
		o.Life = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, o.Life)
	tab := &Tab{t: t, ctx: ctx, noScript: o.NoScript, expected: o.Expected}
	var errors []string
	chromedp.ListenTarget(ctx, func(event any) {
		text := ""
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.LevelError {
				text = e.Entry.Text + " " + e.Entry.URL
			}
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Error()
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				for _, arg := range e.Args {
					text += string(arg.Value) + arg.Description + " "
				}
			}
		}
		if text != "" {
			tab.mu.Lock()
			errors = append(errors, text)
			tab.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		cancel()
		stop()
		forget()
		tab.mu.Lock()
		defer tab.mu.Unlock()
		for _, text := range errors {
			if !tab.expects(text) {
				t.Errorf("the console of %s says: %s", url, text)
			}
		}
	})

	scheme := "light"
	if o.Dark {
		scheme = "dark"
	}
	media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	})
	if o.Print {
		media = media.WithMedia("print")
	}
	actions := []chromedp.Action{
		cdplog.Enable(),
		runtime.Enable(),
		chromedp.EmulateViewport(int64(o.Width), int64(o.Height)),
		media,
		emulation.SetScriptExecutionDisabled(o.NoScript),
		network.Enable(),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}),
	}
	for name, value := range o.Cookies {
		actions = append(actions, network.SetCookie(name, value).WithURL(url))
	}
	tab.run("preparing a tab", actions...)
	tab.Goto(url)
	return tab
}

func (tab *Tab) expects(text string) bool {
	for _, part := range tab.expected {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func (tab *Tab) run(what string, actions ...chromedp.Action) {
	tab.t.Helper()
	if err := chromedp.Run(tab.ctx, actions...); err != nil {
		tab.t.Fatalf("%s: %v", what, err)
	}
}

// Goto opens another address in the tab.
func (tab *Tab) Goto(url string) {
	tab.t.Helper()
	tab.run("opening "+url, chromedp.Navigate(url))
}

// Wait waits until a selector is visible.
func (tab *Tab) Wait(selector string) {
	tab.t.Helper()
	tab.run("waiting for "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery))
}

// Click presses what the selector finds.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.run("clicking "+selector, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// Type types into what the selector finds.
func (tab *Tab) Type(selector, text string) {
	tab.t.Helper()
	tab.run("typing into "+selector, chromedp.SendKeys(selector, text, chromedp.ByQuery, chromedp.NodeVisible))
}

// Press presses keys where the focus is. Keys of their own are in Keys. A letter
// is one event with its text, as from a keyboard: a page that handles the key
// keeps the letter from being typed.
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	var actions []chromedp.Action
	for _, r := range keys {
		if k := kb.Keys[r]; !unicode.IsPrint(r) || k != nil && !k.Print { // F2 is a Samaritan letter there
			actions = append(actions, chromedp.KeyEvent(string(r)))
			continue
		}
		key := string(r)
		actions = append(actions,
			input.DispatchKeyEvent(input.KeyDown).WithKey(key).WithText(key),
			input.DispatchKeyEvent(input.KeyUp).WithKey(key))
	}
	tab.run("pressing a key", actions...)
}

// Keys that are no letters.
var Keys = struct{ Enter, Escape, Tab, F2, F4, F6, F7, F8, F9 string }{kb.Enter, kb.Escape, kb.Tab, kb.F2, kb.F4, kb.F6, kb.F7, kb.F8, kb.F9}

// Text is what a person reads at the selector.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	var text string
	tab.run("reading "+selector, chromedp.Text(selector, &text, chromedp.ByQuery, chromedp.NodeReady))
	return strings.TrimSpace(text)
}

// Location is the address the tab has come to.
func (tab *Tab) Location() string {
	tab.t.Helper()
	var url string
	tab.run("reading the address", chromedp.Location(&url))
	return url
}

// Eval reads a value out of the page; out points to where it goes.
func (tab *Tab) Eval(expression string, out any) {
	tab.t.Helper()
	tab.run("evaluating "+expression, chromedp.Evaluate(expression, out))
}

// Until waits until an expression is true. It asks from outside, again and
// again, because the policy forbids the page to compile a waiting function.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for {
		var is bool
		tab.Eval("!!("+expression+")", &is)
		if is {
			return
		}
		select {
		case <-deadline.C:
			tab.t.Fatalf("never came true: %s", expression)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Resize gives the window another size.
func (tab *Tab) Resize(width, height int) {
	tab.t.Helper()
	tab.run("resizing", chromedp.EmulateViewport(int64(width), int64(height)))
}

// Fits fails if the page is wider than the window: nobody shall scroll sideways
// to read, be it at 320 pixels or at 200 % of 640.
func (tab *Tab) Fits() {
	tab.t.Helper()
	var wide struct {
		Page, Window int
		Who          []string
	}
	tab.Eval(`(() => {
		const w = document.documentElement.clientWidth;
		const inScroller = (el) => { for (let p = el.parentElement; p; p = p.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
		return { Page: document.documentElement.scrollWidth, Window: w, Who: [...document.querySelectorAll('body *')]
			.filter((el) => el.getBoundingClientRect().right > w + 1 && !inScroller(el)).slice(0, 5).map((el) => el.tagName + '.' + el.className) };
	})()`, &wide)
	if wide.Page > wide.Window {
		tab.t.Errorf("%s is %d pixels wide in a window of %d: %v", tab.Location(), wide.Page, wide.Window, wide.Who)
	}
}

// Axe fails for every violation of WCAG 2.2 AA and of good practice that
// axe-core finds. It is injected from outside the page, whose policy stays strict.
// Where the page runs no script, axe alone may: what is loaded already stays as it is.
func (tab *Tab) Axe() {
	tab.t.Helper()
	if tab.noScript {
		tab.run("letting axe run", emulation.SetScriptExecutionDisabled(false))
		defer tab.run("forbidding scripts again", emulation.SetScriptExecutionDisabled(true))
	}
	var result string
	tab.run("running axe",
		chromedp.Evaluate(axe+";0", nil),
		chromedp.Evaluate(`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']})
			.then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => ({html: n.html, why: n.failureSummary}))}))))`,
			&result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var violations []struct {
		ID, Help string
		Nodes    []struct{ HTML, Why string }
	}
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		tab.t.Fatalf("axe answered %q: %v", result, err)
	}
	for _, v := range violations {
		list := ""
		for _, n := range v.Nodes {
			list += fmt.Sprintf("\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.Why, "\n", "\n    "))
		}
		tab.t.Errorf("axe at %s: %s (%s), %d times%s", tab.Location(), v.Help, v.ID, len(v.Nodes), list)
	}
}

// Screenshot writes the whole page as a PNG, for a person to look at.
func (tab *Tab) Screenshot(path string) {
	tab.t.Helper()
	var png []byte
	tab.run("photographing", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(path, png, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}

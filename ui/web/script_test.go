package web_test

import (
	"strings"
	"testing"

	"ranzen/ui/web/webtest"
)

func TestComforts(t *testing.T) {
	server := serve(t)
	tab := webtest.Open(t, server.URL+"/styleguide?flash=1", webtest.Options{
		Expected: []string{"status of 500", "ERR_EMPTY_RESPONSE", "Failed to fetch", "net::ERR"},
	})

	// "/" finds, but not while typing.
	tab.Press("/")
	tab.Until(`document.activeElement.id === 'find'`)
	tab.Press("7/8")
	tab.Until(`document.activeElement.value === '7/8'`)

	// The button of something irreversible wakes when the word is right.
	sleeps := `document.querySelector('form[aria-labelledby="c1-title"] [data-guarded]').disabled`
	tab.Until(sleeps)
	tab.Type("#c1-word", "7")
	tab.Until(sleeps)
	tab.Type("#c1-word", "b")
	tab.Until("!" + sleeps)

	// A dialog asks on top of the page, and cancelling comes back to it.
	tab.Click(`[data-dialog="d1"]`)
	tab.Until(`document.getElementById('d1').open && document.activeElement.id === 'd1-word'`)
	tab.Axe()
	tab.Click(`#d1 [data-cancel]`)
	tab.Until(`!document.getElementById('d1').open`)

	// Marked rows are counted.
	tab.Until(`getComputedStyle(document.querySelector('.marks')).display === 'none'`)
	tab.Click(`input[value="MS-26-000417"]`)
	tab.Until(`document.querySelector('[data-marked]').textContent === '1'`)
	tab.Until(`getComputedStyle(document.querySelector('.marks')).display === 'flex'`)

	// A chosen theme holds at once and after a reload.
	tab.Click(`[data-theme-set="dark"]`)
	tab.Until(`document.documentElement.dataset.kernTheme === 'dark'`)
	tab.Goto(server.URL + "/styleguide?flash=1")
	tab.Until(`document.documentElement.dataset.kernTheme === 'dark'`)
	tab.Click(`[data-theme-set="auto"]`)
	tab.Until(`!document.documentElement.dataset.kernTheme && !document.cookie.includes('theme')`)

	// A menu closes by Escape and by a click beside it.
	tab.Click(".frame .menu summary")
	tab.Until(`document.querySelector('.frame .menu').open`)
	tab.Press(webtest.Keys.Escape)
	tab.Until(`!document.querySelector('.frame .menu').open`)

	// A fragment is put in its place, and only it.
	tab.Until(`document.querySelector('#live .progress-count').textContent.trim() === '25/27'`)
	tab.Click("#step")
	tab.Until(`document.querySelector('#live .progress-count').textContent.trim() === '26/27'`)
	tab.Until(`document.querySelectorAll('h1').length === 1`)

	// What fails says so in a toast and leaves the page as it is.
	tab.Click(".toast [data-close]")
	tab.Until(`document.querySelectorAll('.toast').length === 0`)
	tab.Click("#fail")
	tab.Wait("#toasts .toast--danger")
	if text := tab.Text("#toasts"); !strings.Contains(text, "Vorgang ") {
		t.Errorf("the toast lacks the reference: %q", text)
	}
	tab.Click(".toast [data-close]")
	tab.Click("#away")
	tab.Wait("#toasts [data-offline]")
	tab.Until(`document.querySelector('#live .progress-count').textContent.trim() === '26/27'`)
}

func TestPagesWorkWithoutScript(t *testing.T) {
	server := serve(t)
	tab := webtest.Open(t, server.URL+"/styleguide", webtest.Options{NoScript: true})
	tab.Click("#step")
	if text := tab.Text("#live .progress-count"); text != "26/27" {
		t.Errorf("progress %q", text)
	}
	if at := tab.Location(); !strings.HasSuffix(at, "?step=1") {
		t.Errorf("at %s", at)
	}
	// Posting goes through, and the next page says so.
	tab.Type("#c1-word", "7b"+webtest.Keys.Enter)
	tab.Wait(".toast .toast-undo")
	if text := tab.Text(".toast p"); text != "25 iPads haben „WLAN Schule“ bestätigt." {
		t.Errorf("the toast says %q", text)
	}
	tab.Click(`[data-theme-set="dark"]`)
	tab.Wait(`[data-kern-theme="dark"]`)
}

func TestPaper(t *testing.T) {
	tab := webtest.Open(t, serve(t).URL+"/styleguide?flash=1", webtest.Options{Print: true, Dark: true})
	for _, selector := range []string{".frame", ".foot", ".toasts", ".filter", ".copy"} {
		tab.Until(`getComputedStyle(document.querySelector('` + selector + `')).display === 'none'`)
	}
	tab.Until(`getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'`)
	tab.Until(`getComputedStyle(document.querySelector('h1')).color === 'rgb(0, 0, 0)'`)
	picture(tab, "paper")
}

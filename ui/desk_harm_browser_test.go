package ui

import (
	"bytes"
	"image"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// playCamera lets the field of the photographs take one whenever a key opens it: larger than anybody needs.
const playCamera = `(() => {
	const canvas = document.createElement('canvas');
	canvas.width = 2400; canvas.height = 1800;
	canvas.getContext('2d').fillRect(0, 0, 2400, 900);
	canvas.toBlob((shot) => {
		HTMLInputElement.prototype.click = function () {
			const taken = new DataTransfer();
			taken.items.add(new File([shot], 'foto.png', { type: 'image/png' }));
			this.files = taken.files;
			this.dispatchEvent(new Event('change', { bubbles: true }));
		};
		window.cameraReady = true;
	});
	return true;
})()`

// TestMUC15_DamageAndSwapByKeysAlone: scan, F9, a digit, two photographs, some words, Enter: the device is back and its damage on the
// contract; scan, F7, a digit, the other device, Enter: the contract goes on. Nobody touches a mouse, and the field keeps the focus.
func TestMUC15_DamageAndSwapByKeysAlone(t *testing.T) {
	w := newDeskWorld(t, 4)
	for i, a := range w.Assets[:3] {
		_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[i], Asset: a})
		ok(t, 0, err)
	}
	for _, x := range []struct {
		name   string
		width  int
		height int
		dark   bool
		at     int
	}{{"1024", 1024, 768, false, 0}, {"390-dark", 390, 844, true, 1}} {
		d := w.clerkAt(w.deskClerk("pult"+x.name), school.DeskBack, "")
		tab := d.open(t, d.path, webtest.Options{Width: x.width, Height: x.height, Dark: x.dark})
		a := &awayTab{Tab: tab, cable: &cable{t: t}}
		var begun bool
		tab.Eval(watchDesk, &begun)
		tab.Eval(playCamera, &begun)
		tab.Until(`window.cameraReady`)
		look := func(name string) {
			t.Helper()
			tab.Axe()
			tab.Fits()
			picture(tab, "desk-harm-"+x.name+"-"+name)
		}
		a.scan(w.Numbers[x.at])
		a.says("F9 Schaden melden")
		tab.Press(webtest.Keys.F9)
		a.says("Was ist an " + w.Numbers[x.at] + " beschädigt?")
		look("what")
		tab.Press("1")
		a.says("Was ist geschehen?")
		tab.Press(webtest.Keys.F9)
		a.says("Fotos aufgenommen: 1")
		tab.Press(webtest.Keys.F9)
		a.says("Fotos aufgenommen: 2")
		look("photos")
		a.scan("vom Tisch gefallen")
		a.says("OK " + w.Numbers[x.at] + " von Achtel-0")
		a.says("Schaden: Display, 2 Fotos")
		tab.Until(`document.querySelector('[data-desk]').dataset.sounded === 'ok' && document.activeElement.id === 'scan'`)
		look("booked")
		if got := watching(tab); got.Mouse != 0 || got.Lost != 0 {
			t.Errorf("%s: %+v", x.name, got)
		}
		got := w.damagesOf(x.at)
		if len(got) != 1 || got[0].Note != "vom Tisch gefallen" || got[0].Contract != w.Contract[x.at] {
			t.Fatalf("%s: %+v", x.name, got)
		}
		one, err := w.st.DamageByID(t.Context(), w.by, got[0].ID)
		if ok(t, one, err); len(one.Pictures) != 2 {
			t.Fatalf("%s: %d pictures", x.name, len(one.Pictures))
		}
		b, err := w.st.Picture(t.Context(), w.by, one.ID, one.Pictures[0])
		size, _, err2 := image.DecodeConfig(bytes.NewReader(ok(t, b, err)))
		if ok(t, size, err2); size.Width != 1600 || size.Height != 1200 {
			t.Errorf("%s: the picture has %d by %d", x.name, size.Width, size.Height)
		}
		if x.at > 0 {
			continue
		}
		a.scan(w.Numbers[2])
		tab.Until(`document.querySelector('button[value=swap]')`)
		tab.Press(webtest.Keys.F7)
		a.says("Warum wird getauscht?")
		look("swap")
		tab.Press("2")
		a.says("Jetzt das neue Gerät scannen")
		a.scan(w.Numbers[3])
		a.says("Enter gibt " + w.Numbers[3] + " statt " + w.Numbers[2] + " aus")
		a.scan("")
		a.says("hat jetzt " + w.Numbers[3])
		if got := watching(tab); got.Mouse != 0 || got.Lost != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// TestTheDeskClearsItselfInABrowserWithoutScript: it goes to the empty page by itself; a scan goes on.
func TestTheDeskClearsItselfInABrowserWithoutScript(t *testing.T) {
	w := newDeskWorld(t, 2)
	a, err := w.st.Authority(t.Context(), w.by)
	b := ok(t, a, err)
	b.Policy.Lending.Rest = school.LeastRest
	_, err = w.st.ChangeAuthority(t.Context(), w.by, a, b)
	ok(t, 0, err)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskFree, "")
	d.scan("acht01").says(t, 200, "Achtel-01")
	tab := d.open(t, d.path+"?rest=1", webtest.Options{NoScript: true, Width: 390, Height: 844, Dark: true})
	tab.Wait(".desk-rest")
	tab.Axe()
	tab.Fits()
	picture(tab, "desk-rest-noscript")
	tab.Press(webtest.Keys.Enter)
	tab.Wait(".desk-name")
	if text := tab.Text(".desk-name"); text == "" {
		t.Error("nobody is called")
	}
}

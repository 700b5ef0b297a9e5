package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// photo is a form with pictures, as a browser sends it.
func (d *desk) photo(note string, pictures ...[]byte) answer {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	ok(d.t, 0, form.WriteField("turn", d.turn))
	ok(d.t, 0, form.WriteField("scan", note))
	for _, b := range pictures {
		part, err := form.CreateFormFile("photo", "photo.jpg")
		_, err2 := ok(d.t, part, err).Write(b)
		ok(d.t, 0, err2)
	}
	ok(d.t, 0, form.Close())
	r, err := http.NewRequest(http.MethodPost, d.w.server.URL+d.path+"/damage", &body)
	ok(d.t, 0, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: "ranzen", Value: d.Secret})
	got, err := d.w.server.Client().Do(r)
	ok(d.t, got, err)
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return d.read(answer{Status: got.StatusCode, Body: string(ok(d.t, b, err))})
}

func shot(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	ok(t, 0, png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 6))))
	return b.Bytes()
}

func (w *deskWorld) damagesOf(i int) []store.DamageRow {
	w.t.Helper()
	page, err := w.st.Damages(w.t.Context(), w.by, store.DamageFilter{Asset: w.Assets[i]})
	return ok(w.t, page, err).Rows
}

// TestMUC15_DamageWithPhotosAtTheDesk: by forms alone, in the turn of a return: digit, words, pictures, Enter; the damage is on the
// contract, the device is back, and the next scan goes on. A pile tells of what it just took back; what is no picture is said.
func TestMUC15_DamageWithPhotosAtTheDesk(t *testing.T) {
	w := newDeskWorld(t, 4)
	for i, a := range w.Assets {
		_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[i], Asset: a})
		ok(t, 0, err)
	}
	d := w.clerkAt(w.deskClerk("pult"), school.DeskBack, "")
	d.key("damage").says(t, http.StatusOK, "Erst das Gerät scannen, an dem etwas beschädigt ist")
	d.scan(w.Numbers[0]).says(t, http.StatusOK, "Schaden melden", "tauschen")
	d.key("damage").says(t, http.StatusOK, "Was ist an "+w.Numbers[0]+" beschädigt?", "Display", "Sonstiges", "doch kein Schaden")
	d.scan(w.Numbers[1]).says(t, http.StatusOK, "Was ist an "+w.Numbers[0]) // a digit is asked for
	d.scan("9").says(t, http.StatusOK, "Welches Teil", "Hülle", "Stift")
	d.scan("7").says(t, http.StatusOK, "Die Taste 7 hat hier keine Bedeutung")
	d.scan("2").says(t, http.StatusOK, "Was ist geschehen?", "Schaden an "+w.Numbers[0]+" · Zubehör", "Fotos")
	for _, want := range []string{`action="` + d.path + `/damage" enctype="multipart/form-data"`, `capture="environment" multiple`} {
		if !strings.Contains(d.last.Body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	d.read(d.get(d.path)).says(t, http.StatusOK, "Was ist geschehen?") // a reload loses nothing
	d.scan(w.Numbers[1]).says(t, http.StatusOK, "Gelb:", "Erst den Schaden aufnehmen")
	d.key("undo").says(t, http.StatusOK, "Erst den Schaden aufnehmen")
	d.photo("kein Bild", []byte("kein Bild")).says(t, http.StatusOK, "Rot:", "Was ist geschehen?")
	d.photo("Stecker verbogen", shot(t), shot(t)).says(t, http.StatusOK, "OK "+w.Numbers[0]+" von Achtel-01", "Schaden: Zubehör, 2 Fotos")
	got := w.damagesOf(0)
	if len(got) != 1 || got[0].Contract != w.Contract[0] || got[0].Part != "Netzteil" || got[0].Note != "Stecker verbogen" || got[0].Returned.IsZero() {
		t.Fatalf("%+v", got)
	}
	if x, err := w.st.DamageByID(t.Context(), w.by, got[0].ID); err != nil || len(x.Pictures) != 2 {
		t.Errorf("%+v %v", x, err)
	}
	c, err := w.st.ContractByID(t.Context(), w.by, w.Contract[0])
	if ok(t, c, err); c.State != school.ContractOpen || c.Parts[2].State != school.PartDamaged || c.Parts[0].State != school.PartReturned {
		t.Errorf("%s %+v", c.State, c.Parts)
	}
	w.as(w.Admin).get(damageAddress(got[0].ID)).says(t, http.StatusOK, "Teil des Sets", "Netzteil", "Stecker verbogen")
	d.key("undo").says(t, http.StatusOK, "Rückgängig: "+w.Numbers[0])
	d.key("undo").says(t, http.StatusOK, "Rückgängig: "+w.Numbers[0])
	if got := w.damagesOf(0); len(got) != 0 {
		t.Errorf("after undoing it: %+v", got)
	}

	// Without a picture and without words; and a damage that is none.
	d.scan(w.Numbers[1])
	d.key("damage")
	d.key("drop").says(t, http.StatusOK, "Kein Schaden aufgenommen", "Enter nimmt zurück")
	d.key("damage")
	d.scan("1").says(t, http.StatusOK, "Was ist geschehen?")
	d.scan("").says(t, http.StatusOK, "OK "+w.Numbers[1]+" von Achtel-02", "Schaden: Display, 0 Fotos")
	c, err = w.st.ContractByID(t.Context(), w.by, w.Contract[1])
	if ok(t, c, err); c.Parts[0].State != school.PartDamaged || len(w.damagesOf(1)) != 1 {
		t.Errorf("%+v", c.Parts)
	}

	pile := w.clerkAt(w.deskClerk("stapel"), school.DeskPile, "")
	pile.scan(w.Numbers[2]).says(t, http.StatusOK, "noch zu prüfen", "Schaden melden")
	pile.key("damage")
	pile.scan("0").says(t, http.StatusOK, "Sonstiges", "Was ist geschehen?")
	pile.scan("Kratzer").says(t, http.StatusOK, "OK Schaden an "+w.Numbers[2]+" aufgenommen")
	if got := w.damagesOf(2); len(got) != 1 || got[0].Contract != w.Contract[2] || got[0].Returned.IsZero() {
		t.Errorf("%+v", got)
	}
	pile.scan(w.Numbers[3]).says(t, http.StatusOK, "OK "+w.Numbers[3])
}

// TestMUC15_FromDamageToReplacementAtAnyDesk: a lent device at a desk that hands out to a class: damage, swap, and the class goes on.
// The contract keeps its number and has an addendum.
func TestMUC15_FromDamageToReplacementAtAnyDesk(t *testing.T) {
	for _, mode := range []school.DeskMode{school.DeskClass, school.DeskBack, school.DeskSwap} {
		t.Run(string(mode), func(t *testing.T) {
			w := newDeskWorld(t, 3)
			_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[0], Asset: w.Assets[0]})
			ok(t, 0, err)
			class := school.ClassID("")
			if mode == school.DeskClass {
				class = w.Class
			}
			d := w.clerkAt(w.deskClerk("pult"), mode, class)
			d.scan(w.Numbers[0])
			if mode != school.DeskSwap {
				d.key("swap")
			}
			d.last.says(t, http.StatusOK, "Warum wird getauscht", "Tausch", "Achtel-01", "beschädigt")
			d.key("damage").says(t, http.StatusOK, "Was ist an "+w.Numbers[0])
			d.scan("1")
			d.scan("vom Tisch gefallen").says(t, http.StatusOK, "OK Schaden an "+w.Numbers[0], "Jetzt das neue Gerät scannen", "Tausch")
			d.scan(w.Numbers[0]).says(t, http.StatusOK, "Rot:")
			d.scan(w.Numbers[2]).says(t, http.StatusOK, "Enter gibt "+w.Numbers[2]+" statt "+w.Numbers[0]+" aus", "Achtel-01")
			d.read(d.get(d.path)).says(t, http.StatusOK, "Enter gibt "+w.Numbers[2]+" statt "+w.Numbers[0]+" aus")
			d.scan("").says(t, http.StatusOK, "hat jetzt "+w.Numbers[2])
			c, err := w.st.ContractByID(t.Context(), w.by, w.Contract[0])
			if ok(t, c, err); c.Asset != w.Assets[2] || c.State != school.ContractIssued || len(c.Changes) != 1 || c.Changes[0].Reason != school.SwapDamage || c.Changes[0].OldAsset != w.Assets[0] {
				t.Errorf("%s %+v", c.State, c.Changes)
			}
			if got := w.damagesOf(0); len(got) != 1 || got[0].Contract != w.Contract[0] || got[0].Returned.IsZero() {
				t.Errorf("%+v", got)
			}
			if mode == school.DeskClass {
				d.scan(w.Numbers[1]).says(t, http.StatusOK, "OK "+w.Numbers[1]+" an Achtel-02")
			}
		})
	}
}

// TestTheDeskClearsItselfWithoutScript: a browser that runs no script goes by itself to a page of the desk that names nobody, after
// as long as the authority decided; Enter brings everything back and books nothing.
func TestTheDeskClearsItselfWithoutScript(t *testing.T) {
	w := newDeskWorld(t, 2)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskFree, "")
	d.scan("acht01")
	d.scan(w.Numbers[0]).says(t, http.StatusOK, "Enter gibt MS-26-", "Achtel-01")
	refresh := func(seconds int) string {
		return fmt.Sprintf(`<noscript><meta http-equiv="refresh" content="%d; url=%s?rest=1"></noscript>`, seconds, d.path)
	}
	if !strings.Contains(d.last.Body, refresh(60)) || !strings.Contains(d.last.Body, `data-idle="60000"`) {
		t.Errorf("%.1500s", d.last.Body)
	}
	empty := d.read(d.get(d.path + "?rest=1"))
	empty.says(t, http.StatusOK, "Der Bildschirm ist leer", "Enter oder ein Scan bringt den Stand zurück")
	empty.hides(t, "Achtel", w.Numbers[0])
	if strings.Contains(empty.Body, "refresh") || !strings.Contains(empty.Body, `name="rest"`) {
		t.Errorf("%.1500s", empty.Body)
	}
	d.read(d.post(d.path, url.Values{"scan": {""}, "turn": {d.turn}, "rest": {"1"}})).says(t, http.StatusOK, "Enter gibt MS-26-", "Achtel-01")
	w.booked(t, 0)
	d.scan("").says(t, http.StatusOK, "OK "+w.Numbers[0])
	d.read(d.get(d.path + "?rest=1"))
	d.read(d.post(d.path, url.Values{"scan": {"acht02"}, "turn": {d.turn}, "rest": {"1"}})).says(t, http.StatusOK, "Achtel-02", "Jetzt das Gerät scannen")
	a, err := w.st.Authority(t.Context(), w.by)
	b := ok(t, a, err)
	b.Policy.Lending.Rest = 600
	_, err = w.st.ChangeAuthority(t.Context(), w.by, a, b)
	ok(t, 0, err)
	if page := d.get(d.path); !strings.Contains(page.Body, refresh(600)) || !strings.Contains(page.Body, `data-idle="600000"`) {
		t.Errorf("%.1500s", page.Body)
	}
}

package paper

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"ranzen/ui/web/webtest"
)

func sample() *Doc {
	d := New(Options{Title: "Auskunft über Ömer Özgün", Lang: "de-DE", Made: time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC), Foot: "Musterstadt", Page: func(n, of int) string { return fmt.Sprintf("Seite %d von %d", n, of) }, Code: func(n int) string { return fmt.Sprintf("V26-000417-%d", n) }})
	d.Heading(2, "Was gespeichert ist")
	d.Text("Ein Absatz, der länger ist als eine Zeile und darum umbrochen wird, ohne dass ein Wort verloren geht: " + strings.Repeat("Größe, Übergabe und Rückgabe. ", 12))
	d.List("ein Punkt", "noch einer")
	d.Facts([2]string{"Name", "Özgün, Ömer"}, [2]string{"Schule", "Gymnasium Nord"})
	rows := [][]string{}
	for i := range 120 {
		rows = append(rows, []string{fmt.Sprintf("Zeile %d", i), strings.Repeat("lang ", i%9), "Ende" + fmt.Sprint(i)})
	}
	rows = append(rows, []string{"hoch", strings.Repeat("viel Text in einer Zelle ", 700), "Schluss"})
	d.Table([]string{"Wann", "Was", "Wer"}, []float64{1, 2, 1}, rows)
	d.Text("Das Ende.")
	return d
}

// A file comes out tagged, with language and title, and every word in it can be read out in order.
func TestADocumentIsTaggedAndWhole(t *testing.T) {
	pdf, err := sample().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := sample().Bytes()
	if err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("the same document is another file: %v", err)
	}
	path := webtest.KeepPDF(t, pdf)
	info := webtest.Tell(t, "pdfinfo", path)
	for _, want := range []string{"Tagged:          yes", "Title:           Auskunft über Ömer Özgün", "Page size:       595.28 x 841.89 pts (A4)"} {
		if !strings.Contains(info, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, info)
		}
	}
	text := strings.Join(strings.Fields(webtest.Tell(t, "pdftotext", "-enc", "UTF-8", path, "-")), " ")
	for _, want := range []string{"Was gespeichert ist", "Größe, Übergabe und Rückgabe.", "– ein Punkt", "Özgün, Ömer", "Zeile 119", "Schluss", "Das Ende.", "Seite 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("pdftotext does not find %q", want)
		}
	}
	if n := strings.Count(text, "viel Text in einer Zelle"); n < 600 { // some are cut by the turn of a page
		t.Errorf("a high cell lost text: %d", n)
	}
	tree := webtest.Tell(t, "pdfinfo", "-struct-text", path)
	for _, want := range []string{"Document", "H1 (block)", "H2 (block)", "P (block)", "LBody (block)", "Table", "TH", "TD", "\"Gymnasium Nord\""} {
		if !strings.Contains(strings.Join(strings.Fields(tree), " "), want) {
			t.Errorf("the tree has no %s", want)
		}
	}
	if strings.Contains(tree, "Seite 2") || strings.Count(tree, "\"Wann\"") != 1 {
		t.Error("page numbers and repeated heads are read out")
	}
	for _, want := range []string{"/Lang (de-DE)", "/Scope/Column", "/Scope/Row"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("the file does not say %s", want)
		}
	}
}

// What stands in a register comes from people: nothing in it breaks a file.
func TestAnyTextIsWritten(t *testing.T) {
	for _, text := range []string{"", " ", "\x00\x07", "a\tb\nc", "(nicht) \\ >>endobj\n1 0 obj", "🎒 Ranzen", strings.Repeat("x", 5000), "\u202eumgedreht", "\xff\xfe"} {
		d := New(Options{Title: text, Lang: "de-DE", Foot: text})
		d.Heading(2, text)
		d.Text(text)
		d.List(text)
		d.Facts([2]string{text, text})
		d.Table([]string{text, "b"}, []float64{1, 1}, [][]string{{text, text}, {text}})
		pdf, err := d.Bytes()
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		webtest.Tell(t, "pdfinfo", webtest.KeepPDF(t, pdf))
	}
}

// din91379 are letters of the German standard for names in registers, those with a mark of their own and the marks that
// are set behind a letter.
const din91379 = `ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹĺĻļĽľĿŀŁłŃńŅņŇňŉŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž` +
	`ƏƠơƯưƷǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜǞǟǢǣǤǥǦǧǨǩǪǫǬǭǮǯǰǴǵǸǹǺǻǼǽǾǿȒȓȘșȚțȞȟȧȨȩȪȫȬȭȮȯȰȱȲȳəʒḂḃḆḇḊḋḌḍḎḏḐḑḜḝḞḟḠḡḢḣḤḥḦḧḨḩḪḫḯḰḱḲḳḴḵḶḷḺḻṀṁṂṃṄṅṆṇṈṉṒṓṔṕṖṗṘṙṚṛṞṟṠṡṢṣṪṫṬṭṮṯẀẁẂẃẄẅẆẇẌẍẎẏẐẑẒẓẔẕẖẗẞẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ` +
	"\u0300\u0302\u0304\u0306\u0307\u0308\u030b\u030c\u031b\u0323\u0326\u0327\u032e\u0331\u0328–—‘’“”„†‡…‰€ʹʺʾʿˈˌ"

func TestTheFontsHaveEveryLetterOfARegister(t *testing.T) {
	for _, r := range din91379 {
		if !hasLetter(r) {
			t.Errorf("the fonts have no %q (%U)", r, r)
		}
	}
	for _, r := range "\u0600🎒\ufffe" {
		if hasLetter(r) {
			t.Errorf("the fonts are said to have %U", r)
		}
	}
	if !hasLetter('\ufffd') {
		t.Error("there is no mark for what cannot be set")
	}
}

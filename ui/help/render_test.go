package help

import (
	"html"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"
)

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a paragraph of two lines", "Eins\nzwei.\n\nDrei.", "<p>Eins zwei.</p>\n<p>Drei.</p>\n"},
		{"headings", "## Was fehlt?\n### Über `x`", "<h2 id=\"t-was-fehlt\">Was fehlt?</h2>\n<h3 id=\"t-über-x\">Über <code>x</code></h3>\n"},
		{"a list", "- eins\n- zwei\n  geht weiter\nText", "<ul>\n<li>eins</li>\n<li>zwei geht weiter</li>\n</ul>\n<p>Text</p>\n"},
		{"a numbered list", "1. eins\n2. zwei", "<ol>\n<li>eins</li>\n<li>zwei</li>\n</ol>\n"},
		{"one list after the other", "- a\n1. b", "<ul>\n<li>a</li>\n</ul>\n<ol>\n<li>b</li>\n</ol>\n"},
		{"bold, code and links", "**Neu** `a<b` [Schulen](/schools) [Apple](https://school.apple.com)",
			"<p><strong>Neu</strong> <code>a&lt;b</code> <a href=\"/schools\">Schulen</a> <a href=\"https://school.apple.com\">Apple</a></p>\n"},
		{"a block of code", "```\na **b** <c>\n\nd\n```", "<pre><code>a **b** &lt;c&gt;\n\nd</code></pre>\n"},
		{"HTML is text", "<script>alert(1)</script> & \"x\"", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;x&#34;</p>\n"},
		{"a link cannot break out", `[x](/a"onclick="b)`, "<p><a href=\"/a&#34;onclick=&#34;b\">x</a></p>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Render(c.source, "t")
			if err != nil || string(got) != c.want {
				t.Errorf("error %v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
}

func TestRenderRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, source := range []string{"# noch ein Titel", "#### zu tief", "```\nohne Ende", "ein **halber Satz", "ein `halber Code", "[x](javascript:alert)", "[x](//anderswo.example)", "[x](http://offen.example)"} {
		if got, err := Render(source, "t"); err == nil {
			t.Errorf("%q became %q", source, got)
		}
	}
}

func TestEverySectionHasItsTwin(t *testing.T) {
	books, err := Books()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2*len(IDs) {
		t.Errorf("%d files for %d sections in two languages", len(entries), len(IDs))
	}
	count := func(s Section, mark string) int { return strings.Count("\n"+s.Source, "\n"+mark) }
	for i, de := range books[0] {
		en := books[1][i]
		if de.Title == "" || en.Title == "" || de.Title == en.Title && de.ID != "start" {
			t.Errorf("%s: titles %q and %q", de.ID, de.Title, en.Title)
		}
		for _, mark := range []string{"## ", "- ", "1. "} {
			if a, b := count(de, mark), count(en, mark); a != b {
				t.Errorf("%s has %d lines with %q in German and %d in English", de.ID, a, mark, b)
			}
		}
		if a, b := len(Bold(de.Source)), len(Bold(en.Source)); a != b {
			t.Errorf("%s speaks of %d words of the screen in German and of %d in English", de.ID, a, b)
		}
		if strings.Contains(de.Source, "!") || strings.Contains(en.Source, "!") {
			t.Errorf("%s exclaims", de.ID)
		}
	}
}

func TestSearch(t *testing.T) {
	b := Book{
		{ID: "a", Title: "Profile", Source: "# Profile\n\nMan weist sie **zu**. Das WLAN auch."},
		{ID: "b", Title: "WLAN", Source: "# WLAN\n\nDas Einrichtungs-WLAN der Schule Müller."},
	}
	for i, s := range b {
		b[i].fold = strings.ToLower(plain(s.Source))
	}
	b[1].fold = strings.ReplaceAll(b[1].fold, "ü", "u")
	for _, c := range []struct{ text, want string }{{"wlan", "b a"}, {"WLAN auch", "b a"}, {"muller", "b"}, {"Müller", "b"}, {"nichts davon", ""}, {" ", ""}} {
		var got []string
		for _, s := range b.Search(c.text) {
			got = append(got, s.ID)
		}
		if c.text == "WLAN auch" {
			c.want = "a"
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q finds %v, want %s", c.text, got, c.want)
		}
	}
	if got := b[0].Snippet("wlan"); got != "Das WLAN auch." {
		t.Errorf("snippet %q", got)
	}
}

// FuzzRender: whatever the text, the page keeps its shape and nothing in it is script.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"## a\n- b\n  c\n1. d", "**x** `y` [z](/w)", "```\n<a>\n```", "<b>&amp;", "[a](/\"><script>)", "- \n\n  x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		out, err := Render(source, "t")
		if err != nil {
			return
		}
		z := nethtml.NewTokenizer(strings.NewReader(string(out)))
		var open []string
		for {
			switch z.Next() {
			case nethtml.ErrorToken:
				if len(open) > 0 {
					t.Fatalf("%v stay open in %q", open, out)
				}
				return
			case nethtml.StartTagToken:
				tok := z.Token()
				switch tok.Data {
				case "p", "h2", "h3", "ul", "ol", "li", "strong", "code", "pre", "a":
				default:
					t.Fatalf("an element %s of %q", tok.Data, html.EscapeString(source))
				}
				for _, a := range tok.Attr {
					if a.Key != "id" && a.Key != "href" || a.Key == "href" && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "https://") {
						t.Fatalf("attribute %s=%q", a.Key, a.Val)
					}
				}
				open = append(open, tok.Data)
			case nethtml.EndTagToken:
				name := z.Token().Data
				if len(open) == 0 || open[len(open)-1] != name {
					t.Fatalf("</%s> closes what is not open in %q", name, out)
				}
				open = open[:len(open)-1]
			}
		}
	})
}

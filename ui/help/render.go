package help

import (
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

// Render makes HTML of the subset of Markdown the texts use: headings of the second and third order, paragraphs, lists of
// one level with - or 1., blocks of code between lines of ```, and inside them **bold**, `code` and [links](/where).
// Everything else is text and is escaped; there is no way to write HTML. Links lead to pages of our own or to https.
// What is begun and not ended is an error: a text is wrong, not quietly different.
func Render(source, prefix string) (template.HTML, error) {
	r := renderer{prefix: prefix}
	lines := strings.Split(source, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t\r")
		switch {
		case line == "":
			r.close()
		case line == "```":
			r.close()
			end := i + 1
			for end < len(lines) && strings.TrimRight(lines[end], " \r") != "```" {
				end++
			}
			if end == len(lines) {
				return "", fmt.Errorf("line %d begins code that never ends", i+1)
			}
			r.out.WriteString("<pre><code>" + template.HTMLEscapeString(strings.Join(lines[i+1:end], "\n")) + "</code></pre>\n")
			i = end
		case strings.HasPrefix(line, "## "), strings.HasPrefix(line, "### "):
			r.close()
			marks, text, _ := strings.Cut(line, " ")
			level := len(marks)
			fmt.Fprintf(&r.out, "<h%d id=\"%s\">%s</h%d>\n", level, r.anchor(text), r.inline(text), level)
		case strings.HasPrefix(line, "- "):
			r.item("ul", line[2:])
		case numbered.MatchString(line):
			r.item("ol", line[len(numbered.FindString(line)):])
		case strings.HasPrefix(line, "#"):
			return "", fmt.Errorf("line %d: %q is no heading this help knows", i+1, line)
		case strings.HasPrefix(lines[i], "  ") && r.list != "": // an item goes on
			r.text = append(r.text, strings.TrimSpace(line))
		default:
			if r.list != "" {
				r.close()
			}
			r.text = append(r.text, line)
		}
	}
	r.close()
	if r.err != nil {
		return "", r.err
	}
	return template.HTML(r.out.String()), nil
}

var (
	numbered = regexp.MustCompile(`^[0-9]{1,2}\. `)
	marks    = regexp.MustCompile("\\*\\*[^*]+\\*\\*|`[^`]+`|\\[[^\\]]+\\]\\([^)\\s]+\\)")
	letters  = regexp.MustCompile(`[^\p{L}\p{N}]+`)
)

type renderer struct {
	out    strings.Builder
	prefix string
	list   string   // "ul", "ol" or nothing: what is open
	text   []string // lines of the open paragraph or item
	err    error
}

// flush writes the open paragraph or item.
func (r *renderer) flush() {
	if len(r.text) == 0 {
		return
	}
	tag := "p"
	if r.list != "" {
		tag = "li"
	}
	r.out.WriteString("<" + tag + ">" + r.inline(strings.Join(r.text, " ")) + "</" + tag + ">\n")
	r.text = nil
}

// close ends the open paragraph or list.
func (r *renderer) close() {
	r.flush()
	if r.list != "" {
		r.out.WriteString("</" + r.list + ">\n")
		r.list = ""
	}
}

func (r *renderer) item(list, text string) {
	r.flush()
	if r.list != list {
		r.close()
		r.out.WriteString("<" + list + ">\n")
		r.list = list
	}
	r.text = []string{text}
}

func (r *renderer) inline(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range marks.FindAllStringIndex(text, -1) {
		r.plain(&b, text[at:m[0]])
		piece := text[m[0]:m[1]]
		switch {
		case strings.HasPrefix(piece, "**"):
			b.WriteString("<strong>" + template.HTMLEscapeString(piece[2:len(piece)-2]) + "</strong>")
		case strings.HasPrefix(piece, "`"):
			b.WriteString("<code>" + template.HTMLEscapeString(piece[1:len(piece)-1]) + "</code>")
		default:
			name, to, _ := strings.Cut(piece[1:len(piece)-1], "](")
			if !strings.HasPrefix(to, "https://") && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
				r.err = fmt.Errorf("the link %q leads neither to a page of our own nor to https", piece)
			}
			b.WriteString(`<a href="` + template.HTMLEscapeString(to) + `">` + template.HTMLEscapeString(name) + "</a>")
		}
		at = m[1]
	}
	r.plain(&b, text[at:])
	return b.String()
}

// plain writes what is text; a mark left over in it was begun and never ended.
func (r *renderer) plain(b *strings.Builder, text string) {
	if strings.Contains(text, "**") || strings.Contains(text, "`") || strings.Contains(text, "](") {
		r.err = fmt.Errorf("a mark in %q is begun and never ended", text)
	}
	b.WriteString(template.HTMLEscapeString(text))
}

// anchor is the id of a heading: unique in the handbook, where all sections stand on one page.
func (r *renderer) anchor(heading string) string {
	return r.prefix + "-" + strings.Trim(letters.ReplaceAllString(strings.ToLower(heading), "-"), "-")
}

// Bold lists what stands in bold in a text: the words of the screen it speaks of.
func Bold(source string) (out []string) {
	for _, piece := range marks.FindAllString(source, -1) {
		if strings.HasPrefix(piece, "**") {
			out = append(out, piece[2:len(piece)-2])
		}
	}
	return out
}

// Links lists where the links of a text lead.
func Links(source string) (out []string) {
	for _, piece := range marks.FindAllString(source, -1) {
		if strings.HasPrefix(piece, "[") {
			_, to, _ := strings.Cut(piece[1:len(piece)-1], "](")
			out = append(out, to)
		}
	}
	return out
}

// plain is a text without its marks, for searching.
func plain(source string) string {
	var b strings.Builder
	for _, line := range strings.Split(source, "\n") {
		line = strings.TrimLeft(line, "#")
		line = numbered.ReplaceAllString(strings.TrimPrefix(line, "- "), "")
		line = marks.ReplaceAllStringFunc(line, func(piece string) string {
			if strings.HasPrefix(piece, "[") {
				name, _, _ := strings.Cut(piece[1:], "](")
				return name
			}
			return strings.Trim(piece, "*`")
		})
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

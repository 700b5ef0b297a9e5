// Package help is the help of Ranzen: one text per subject, in German and English, with the words that stand on the
// screen. The texts are Markdown files beside this one; the product renders, searches and prints them.
//
// What a text may hold is the small subset that Render knows. What stands in bold is a word of the screen; a test of
// package ui holds each of them against the catalogue, so that a renamed button renames itself in the help or fails.
package help

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"ranzen/store/school"
)

//go:embed *.md
var files embed.FS

// IDs lists the sections in the order of the handbook.
var IDs = []string{"start", "search", "schools", "class", "device", "plan", "people", "roster", "profiles", "apps", "updates", "apple", "enrolment", "deliveries",
	"admin", "accounts", "lending", "stock", "labels", "documents", "orders", "providers", "signin", "privacy", "audit", "outbox", "api", "keyboard"}

// Section is one subject in one language.
type Section struct {
	ID     string
	Title  string
	HTML   template.HTML // without the title
	Source string
	fold   string
}

// Chapter is the section below a heading of its own, as the handbook prints it: every heading one step lower. What looks
// like a heading here is one, because text is escaped.
func (s Section) Chapter() template.HTML {
	return template.HTML(strings.NewReplacer("<h3 ", "<h4 ", "</h3>", "</h4>", "<h2 ", "<h3 ", "</h2>", "</h3>").Replace(string(s.HTML)))
}

// Book is all sections of one language, in order.
type Book []Section

// Books are the German and the English book, read once.
var Books = sync.OnceValues(func() (books [2]Book, err error) {
	for i, lang := range []string{"de", "en"} {
		for _, id := range IDs {
			source, err := files.ReadFile(id + "." + lang + ".md")
			if err != nil {
				return books, fmt.Errorf("help: %w", err)
			}
			s, err := section(id, string(source))
			if err != nil {
				return books, fmt.Errorf("help: %s.%s.md: %w", id, lang, err)
			}
			books[i] = append(books[i], s)
		}
	}
	return books, nil
})

func section(id, source string) (Section, error) {
	title, body, found := strings.Cut(strings.TrimPrefix(source, "# "), "\n")
	if !found || !strings.HasPrefix(source, "# ") {
		return Section{}, fmt.Errorf("does not begin with a heading")
	}
	s := Section{ID: id, Title: strings.TrimSpace(title), Source: source, fold: school.Fold(plain(source))}
	var err error
	s.HTML, err = Render(body, id)
	return s, err
}

// Find returns the section of an id.
func (b Book) Find(id string) (Section, bool) {
	for _, s := range b {
		if s.ID == id {
			return s, true
		}
	}
	return Section{}, false
}

// Search returns the sections that hold every word, those with a word in the title first.
func (b Book) Search(text string) []Section {
	words := strings.Fields(school.Fold(text))
	if len(words) == 0 {
		return nil
	}
	var first, rest []Section
	for _, s := range b {
		all, titled := true, false
		for _, word := range words {
			all = all && strings.Contains(s.fold, word)
			titled = titled || strings.Contains(school.Fold(s.Title), word)
		}
		switch {
		case all && titled:
			first = append(first, s)
		case all:
			rest = append(rest, s)
		}
	}
	return append(first, rest...)
}

// Snippet is the first sentence of a section that holds a word of the text, for a list of hits.
func (s Section) Snippet(text string) string {
	for _, word := range strings.Fields(school.Fold(text)) {
		for _, line := range strings.Split(plain(s.Source), "\n")[1:] {
			for _, sentence := range strings.SplitAfter(line, ". ") {
				if strings.Contains(school.Fold(sentence), word) {
					return strings.TrimSpace(sentence)
				}
			}
		}
	}
	return ""
}

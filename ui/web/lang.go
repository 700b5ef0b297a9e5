package web

import (
	"net/http"

	"golang.org/x/text/language"
)

// Lang is a language of the interface. There are two, equal in every text.
type Lang int

// The zero value is German: where nothing is known, German is spoken.
const (
	German Lang = iota
	English
)

// business is added to a language where Apple's portal is the one for offices: people there have never heard of the other.
const business Lang = 2

// Plain is the language alone.
func (l Lang) Plain() Lang { return l &^ business }

// Business is the language as it is spoken in a place without pupils: what is said of Apple School Manager is said of
// Apple Business Manager, which is the same to us.
func (l Lang) Business() Lang { return l | business }

// Langs lists the languages for those who check that both are there.
var Langs = []Lang{German, English}

// String returns the value of the lang attribute.
func (l Lang) String() string {
	if l.Plain() == English {
		return "en"
	}
	return "de"
}

// Locale is the language of a file, with the country by whose rules its dates and numbers are written.
func (l Lang) Locale() string {
	if l.Plain() == English {
		return "en-GB"
	}
	return "de-DE"
}

func (l Lang) tag() language.Tag {
	if l.Plain() == English {
		return language.BritishEnglish
	}
	return language.German
}

// ParseLang reads "de" or "en".
func ParseLang(s string) (Lang, bool) {
	switch s {
	case "de":
		return German, true
	case "en":
		return English, true
	}
	return German, false
}

var matcher = language.NewMatcher([]language.Tag{language.German, language.English})

// LangOf returns the language a request is to be answered in: the chosen one
// (cookie), else the first of the browser's that we speak, else German.
func LangOf(r *http.Request) Lang {
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := ParseLang(c.Value); ok {
			return l
		}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return German
	}
	if _, i, confidence := matcher.Match(tags...); i == 1 && confidence > language.No {
		return English
	}
	return German
}

// Theme is light, dark, or empty for what the device prefers.
type Theme string

func themeOf(r *http.Request) Theme {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return Theme(c.Value)
	}
	return ""
}

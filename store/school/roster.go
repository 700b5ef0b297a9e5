package school

import (
	"strconv"
	"strings"
	"time"
)

// Roster is what one source says of the people of one or several schools: a file of SchILD, an export of IServ, an answer of a
// Schulconnex server. Readers of formats make it (enroll/roster), the store plans and applies it; between them nothing else is
// said. It carries no birth date, sex, religion or address: a reader that meets them forgets them.
type Roster struct {
	Source  string // which source it is, for as long as it is used: ids of people count within it
	Year    string // "2026/27"; empty: the school year that runs
	Schools []RosterSchool
	Words   []RosterWord // what the reader has to say of the source
}

// RosterSchool is one school of a roster.
type RosterSchool struct {
	Number  string // official number, or the source's own; empty: the school the file was given to
	Name    string
	Partial bool // it does not claim to be everybody: who is not in it has not left
	Classes []RosterClass
	People  []RosterPerson
}

// RosterClass is a class or course by the name the school writes.
type RosterClass struct {
	ID     string // the source's id, which outlives the name; empty: it has none
	Name   string
	Grade  string // "7", "EF", "Q1"; empty: mixed or unknown
	Course bool   // a group and no class
}

// RosterPerson is one line, or several of the same person put together.
type RosterPerson struct {
	ID        string // the source's id; empty: it has none
	Row       int    // where it stands: line of the file, counted from 1 with the header; 0: no file
	Kind      PersonKind
	Given     string
	Family    string
	Email     string
	Login     string
	Classes   []string // names of classes and courses the person belongs to
	Teaches   []string
	AdultFrom time.Time // who must sign follows from it; zero: not known
	Until     time.Time // the last day at the school; zero: not known
	Grade     string    // without a class yet, or beside it
}

// RosterWord is what a reader has to say of one place of a source.
type RosterWord struct {
	Row    int    // 0: of the whole
	Column string // as the source writes it; empty: of the whole line
	Code   string // words of ui: "roster.<code>"
	Value  string // what stands there, cut to 60 letters; never a birth date
	More   int    // so many further places say the same and are not listed
	Stop   bool   // nothing may be taken over before it is mended
}

// ClassName is the name of a class as lists show it: the school's own spelling without the word "Klasse" before it, which
// some programs write and some do not.
func ClassName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for _, word := range []string{"klasse ", "kl. ", "kl "} {
		if len(s) > len(word) && strings.EqualFold(s[:len(word)], word) {
			return s[len(word):]
		}
	}
	return s
}

// ClassKey is the form in which names of classes are compared: "Klasse 05 A", "05A" and "5a" are one class.
func ClassKey(s string) string {
	key := strings.ReplaceAll(Fold(ClassName(s)), " ", "")
	if bare := strings.TrimLeft(key, "0"); bare != key && bare != "" && bare[0] >= '1' && bare[0] <= '9' {
		return bare
	}
	return key
}

// grades are the words for grades that are no number: school entry, upper levels, terms of the ways to a school leaving
// examination, vocational preparation. They differ by Land and are compared in capitals.
var grades = func() map[string]bool {
	m := map[string]bool{}
	for _, g := range strings.Fields("E1 E2 E3 EF Q1 Q2 Q3 Q4 Q11 Q12 Q13 J1 J2 R1 R2 R3 R4 S1 S2 S3 S4 S5 S6 V1 V2 BT BV") {
		m[g] = true
	}
	return m
}()

// Grade reads the word for a grade: "Jahrgang 07", "7." and "07" are "7", "ef" is "EF", a half-year behind it ("12/2") is
// left out. ok is false for what is no grade.
func Grade(s string) (grade string, ok bool) {
	g := strings.ToUpper(strings.Join(strings.Fields(s), " "))
	for _, word := range []string{"JAHRGANGSSTUFE ", "KLASSENSTUFE ", "JAHRGANG ", "STUFE ", "KLASSE ", "JG. ", "JG ", "JG"} {
		if rest, found := strings.CutPrefix(g, word); found {
			g = rest
			break
		}
	}
	g = strings.TrimSuffix(g, ".")
	if whole, half, found := strings.Cut(g, "/"); found && (half == "1" || half == "2") {
		g = whole
	}
	if grades[g] {
		return g, true
	}
	if g == "" || len(g) > 2 || strings.Trim(g, "0123456789") != "" {
		return "", false
	}
	n, _ := strconv.Atoi(g)
	return strconv.Itoa(n), n <= 13
}

// GradeOfClass is the grade that the name of a class tells: "7b", "Klasse 05 A", "EFa", "10-1". It is empty for a name that
// tells none, or that may mean several: "1/2b" is no class of the first grade, and "1-4" is a whole small school.
func GradeOfClass(name string) string {
	key := strings.ToUpper(ClassKey(name))
	digits := 0
	for digits < len(key) && key[digits] >= '0' && key[digits] <= '9' {
		digits++
	}
	if digits == 0 {
		for _, n := range []int{3, 2} {
			if len(key) < n || !grades[key[:n]] {
				continue
			}
			if rest := strings.TrimLeft(key[n:], ".-_"); rest == "" || len(rest) == 1 && branch(rest) {
				return key[:n] // EFa; a class called Efeu is no upper level
			}
		}
		return ""
	}
	g, ok := Grade(key[:digits])
	rest := key[digits:]
	switch {
	case !ok:
		return ""
	case rest == "", branch(strings.TrimLeft(rest, ".-_")):
		return g
	case len(rest) == 2 && rest[1] >= '1' && rest[1] <= '9':
		if n, _ := strconv.Atoi(g); rest[0] == '.' || strings.IndexByte("-/", rest[0]) >= 0 && int(rest[1]-'0') <= n {
			return g
		}
	}
	return ""
}

// branch is what follows the grade in the name of a class: one to four letters, perhaps with a number ("a", "BFTT", "a2").
func branch(s string) bool {
	letters := 0
	for letters < len(s) && s[letters] >= 'A' && s[letters] <= 'Z' {
		letters++
	}
	return letters > 0 && letters <= 4 && len(s)-letters <= 1 && strings.Trim(s[letters:], "0123456789") == ""
}

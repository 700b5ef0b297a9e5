package school

import "time"

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
	Until     time.Time // leaves on that day; zero: not known
	Grade     string    // without a class yet, or beside it
}

// RosterWord is what a reader has to say of one place of a source.
type RosterWord struct {
	Row    int    // 0: of the whole
	Column string // as the source writes it; empty: of the whole line
	Code   string // words of ui: "roster.<code>"
	Value  string // what stands there, cut to 60 letters; never a birth date
	Stop   bool   // nothing may be taken over before it is mended
}

package web

// Given is one line of what is valid for a scope: which profile, through what, how far it got, and the devices that do
// not have it yet with their sentences.
type Given struct {
	Name     string
	Href     string
	Number   int // of the version
	Through  string
	Since    When
	Mode     string // a word if the line excludes, else empty
	Progress Progress
	Sum      string // "alle bestätigt", "2 offen"
	Open     []OpenDevice
	Actions  []Action
}

// OpenDevice is a device that lacks the profile of a line, or, without Href, a number of devices for which nobody has to
// do anything.
type OpenDevice struct {
	Name   string
	Href   string
	Status Status
	Action *Action
}

// Busy reports whether something may still change without anybody doing anything.
func (g Given) Busy() bool { return g.Progress.Done < g.Progress.Total }

func init() {
	Add(Words{
		"given.caption": {"Was gilt", "What applies"},
		"given.profile": {"Profil", "Profile"},
		"given.through": {"Gilt durch", "Through"},
		"given.state":   {"Stand", "State"},
		"given.do":      {"Aktionen", "Actions"},
		"given.version": {"Fassung {1}", "version {1}"},
		"given.why":     {"Warum?", "Why?"},
	})
}

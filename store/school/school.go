// Package school holds the nouns of Ranzen and their rules: who belongs where, who may do what,
// what is assigned to whom, and what a device was last known to have. Every other package speaks in these words.
//
// It imports the standard library only and does no I/O. Time always comes in as a value. Nouns are plain structs,
// rules are methods on them; what a rule refuses it says with an *Error of one of four kinds.
//
// People change facts; machines follow facts. Facts (see Facts) is all that the pure function mdm.Desired needs to say
// what a device should be; Reported is what the device last said about itself. Neither knows how it is stored.
package school

import "strings"

// A kind of id is a type, so that a school can never be handed where a class is meant. All ids are opaque UUIDs;
// none carries a meaning, a name or a serial number, so every one of them may stand in a log.
type (
	AuthorityID  string
	SchoolID     string
	SchoolYearID string
	ClassID      string
	GroupID      string
	PersonID     string
	PlaceID      string
	BatchID      string
	AssetID      string
	DeviceID     string
	EnrollmentID string
	HoldingID    string
	ContractID   string
	PartID       string // one part of the set of a contract
	KitID        string
	DamageID     string
	LossID       string
	IssueDayID   string
	ReturnRunID  string
	ProfileID    string
	VersionID    string
	AssignmentID string
	FreezeID     string
	AccountID    string
	OrderID      string
	PlanID       string
	ChangeSetID  string
	TokenID      string // an Apple token (ADE server) of an authority
	NetworkID    string
	CodeID       string // a code for manual enrolment
	JobID        string

	LabelSheetID   string
	LabelPrinterID string

	DocumentTextID string
	DocumentID     string
	PrintID        string // an order to make and lay out contracts of a school
	PrintFileID    string
	StackID        string // paper that came back, scanned
	StackPageID    string
)

// Module is a part of the product that an authority uses or does not. What is off has no menu, route, job or alarm.
type Module string

const (
	Management Module = "management" // Apple device management
	Lending    Module = "lending"    // contracts and the lending desk
)

// Modules lists every module in the order pages show them.
var Modules = []Module{Management, Lending}

// Fold brings a name or number into the form in which it is searched and compared: lower case, ß as ss,
// umlauts and accents of the Latin letters in DIN 91379 reduced to their base letter, runs of blanks to one.
// It is computed in Go because the two database engines disagree about letters outside ASCII.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		if r == ' ' || r == '\t' || r == '\u00a0' {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		if base, ok := folds[r]; ok {
			b.WriteString(base)
			continue
		}
		if r >= 0x300 && r <= 0x36f { // combining marks: the base letter was already written
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// SortKey is Fold with the one difference that equal keys are kept apart by the original spelling, so that
// "Müller" and "Muller" stand beside each other in a fixed order (DIN 5007 variant 1: ä sorts as a).
func SortKey(s string) string { return Fold(s) + "\x01" + s }

var folds = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ŧ': "t", 'ĸ': "k"}
	for base, letters := range map[string]string{
		"a": "äàáâãåāăąǎǟȧạảấầẩẫậắằẳẵặǡǻ", "c": "çćĉċč", "d": "ďḑḍḋḏ", "e": "ëèéêēĕėęěẹẽếẻềểễệȩ", "g": "ĝğġģǧ", "h": "ĥȟḥḧḣẖ", "i": "ïìíîĩīĭįǐịỉ",
		"j": "ĵ", "k": "ķǩḱḵ", "l": "ĺļľŀḷḹḻ", "n": "ñńņňŉǹṅṇṉ", "o": "öòóôõōŏőǒọồơỏốổỗộớờởỡợȫȭȯȱǫǭ", "r": "ŕŗřṙṛṝṟ", "s": "śŝşšșṣṡ", "t": "ţťțṭẗṫṯ",
		"u": "üùúûũūŭůűųǔụưủứừửữựǖǘǚǜ", "w": "ŵẁẃẅ", "y": "ÿýŷỳỹỵỷȳẏ", "z": "źżžẓẑẕ",
	} {
		for _, r := range letters {
			m[r] = base
		}
	}
	return m
}()

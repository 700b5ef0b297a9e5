package roster

import (
	"strings"
	"unicode"

	"ranzen/store/school"
)

// Field is what a column means. There is no field for a birth date beside the day of coming of age, none for sex,
// religion or address: what has no field cannot be kept.
type Field string

const (
	ID         Field = "id"
	Given      Field = "given"
	CallName   Field = "callname" // wins over Given
	Family     Field = "family"
	Particle   Field = "particle" // "von", written before the family name
	FullName   Field = "name"     // "Nachname, Vorname" or "Vorname Nachname"
	Class      Field = "class"
	Groups     Field = "groups" // classes and courses mixed, as IServ lists them
	Courses    Field = "courses"
	Teaches    Field = "teaches"
	Grade      Field = "grade"
	Kind       Field = "kind"
	Status     Field = "status"
	Email      Field = "email"
	Login      Field = "login"
	School     Field = "school"
	SchoolName Field = "schoolname"
	Year       Field = "year"
	Until      Field = "until"
	AdultFrom  Field = "adultfrom" // a birth date, of which the eighteenth birthday alone is kept
	Serial     Field = "serial"    // of a device: for announced deliveries, never for a person
	Asset      Field = "asset"
	Action     Field = "action"  // UCS@school: A, M, D
	Ignored    Field = "ignored" // UCS@school: this line is not meant
)

// Fields lists what a person may map a column to, in the order pages show it.
var Fields = []Field{ID, Family, Given, CallName, Particle, FullName, Kind, Class, Groups, Courses, Teaches, Grade, Email, Login, School, SchoolName, Year, Until, AdultFrom, Status, Serial, Asset}

// known are the heads of columns everybody in schools understands, in the form of headKey. A mapping names its own first.
var known = map[Field][]string{
	ID: {"id", "guid", "uuid", "uid", "eindeutigenummerguid", "importid", "interneidnummer", "idnummer", "schulerid", "schuleridentnummer", "schulernummer", "personid",
		"sourcedid", "recorduid", "schuleruid", "personaluid", "lehrerid", "lehreruid", "lokalesdifferenzierungsmerkmal", "fremdschlussel", "externalid", "externeid",
		"kurzel", "lehrerkurzel", "personalkurzel", "lehrkraftkurzel"},
	Given:      {"vorname", "vornamen", "firstname", "givenname", "forename", "schulervorname", "vname", "allevornamen"},
	CallName:   {"rufname", "schulerrufname", "callname", "preferredgivenname", "preferredname", "preferredfirstname"},
	Family:     {"nachname", "familienname", "zuname", "lastname", "surname", "familyname", "schulernachname", "nname"},
	Particle:   {"namenszusatz", "namensbestandteilvorangestellt", "namensvorsatz", "vorsatzwort", "adelsnamenszusatz"},
	FullName:   {"name", "vollername", "schulername", "namevorname", "nachnamevorname", "vornamename", "vornamenachname", "fullname", "displayname", "anzeigename", "person", "schuler", "schulerin", "lehrer", "lehrkraft"},
	Class:      {"klasse", "klassen", "klassenname", "klassenbezeichnung", "klasseinformation", "klassezusatzlicheinformationen", "stammklasse", "klassengruppe", "gruppebezeichung", "gruppebezeichnung", "class", "classname", "homeroom"},
	Groups:     {"gruppen", "groups", "gruppenmitgliedschaften"},
	Courses:    {"kurse", "kurs", "kursbelegung", "courses", "lerngruppen"},
	Teaches:    {"klassenleitung", "klassenlehrerklassen", "klassenlehrervertreterklassen", "klassenleitungvon", "unterrichtet"},
	Grade:      {"jahrgang", "jahrgangsstufe", "klassenstufe", "stufe", "stufesemester", "asdjahrgang", "grade", "grades", "gradelevel"},
	Kind:       {"benutzertyp", "personentyp", "rolle", "rollen", "role", "usertype", "typ", "personenart", "personengruppe"},
	Status:     {"status", "schulerstatus"},
	Email:      {"email", "mail", "emailadresse", "mailadresse", "emailschulisch", "schulischeemail", "schulemail", "emaildienstlich", "dienstlicheemail", "emailaddress"},
	Login:      {"account", "benutzername", "username", "login", "loginname", "anmeldename", "benutzerkennung", "sisusername", "nutzername"},
	School:     {"schule", "schulen", "schulnummer", "schulnr", "dienststellennummer", "dienststelle", "dienststellenschlussel", "stammschule", "stammeinrichtung", "school", "schools", "locationid", "schulkennung"},
	SchoolName: {"schulname", "schulbezeichnung", "schoolname"},
	Year:       {"schuljahr", "schoolyear"},
	Until:      {"entlassdatum", "austrittsdatum", "austritt", "abgangsdatum", "entlassung", "entlassungsdatum"},
	Serial:     {"seriennummer", "seriennr", "serial", "serialnumber", "gerateseriennummer"},
	Asset:      {"inventarnummer", "assettag", "inventarnr", "asset"},
	Action:     {"action"},
	Ignored:    {"ignore"},
}

// birthHeads are the heads of birth dates. Without the mapping's leave they are as private as the rest.
var birthHeads = []string{"geburtsdatum", "gebdatum", "gebdat", "geburtstag", "birthdate", "dateofbirth", "birthday", "dob", "geb", "geboren", "geborenam"}

// private are heads of what is never kept, though it stands in many exports; a star means: and whatever follows.
var private = []string{
	"geburts*", "geschlecht*", "sex", "gender", "mw", "wm", "mwd", "pronouns", "anrede", "religion*", "konfession*", "bekenntnis*", "strasse*", "hausnummer", "hausnr", "plz", "postleitzahl*",
	"ort", "wohnort*", "ortsteil*", "ortsname", "adress*", "anschrift*", "address*", "street*", "city", "zip", "zipcode", "telefon*", "tel", "handy*", "mobil*", "phone*", "sms", "fax*", "notfall*",
	"passwor*", "kennwort*", "initialpasswor*", "startpasswor*", "pin", "passwd", "pwd", "credential*", "staatsang*", "nationalitat*", "staatsburg*", "muttersprache*", "verkehrssprache*", "familiensprache*", "herkunft*", "migration*",
	"aussiedler*", "zuzug*", "erzieher*", "eltern*", "sorgeberecht*", "erziehungsber*", "mutter*", "vater*", "parent*", "guardian*", "agentsourcedids", "kindid", "krankenkasse*", "krankheit*", "behinderung*",
	"forderschwerpunkt*", "forderbedarf*", "schwerbehind*", "foto", "bild", "photo", "ausweisnummer*", "bemerkung*", "notiz*", "notes", "iban*", "bic", "emailprivat*", "privateemail*", "mailprivat*", "demographics*",
	"ethnic*", "race", "masern*", "impf*", "sozial*", "but", "hartefall*",
}

// headKey is the form in which heads are compared: folded, umlauts in two letters as in one, without anything that is no
// letter and no digit.
func headKey(head string) string { return umlauts.Replace(bareKey(head)) }

// bareKey is headKey with umlauts as they are written: a slip in "Nachnmae" is none in an umlaut.
func bareKey(head string) string {
	s := school.Fold(strings.ReplaceAll(head, "\ufeff", ""))
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// meaning is what a head says.
type meaning struct {
	field Field
	near  bool // misspelled, or nearly what is known
	priv  bool // never kept
	birth bool
}

// knownKeys turns known round, with heads as headKey writes them.
var knownKeys = func() map[string]Field {
	m := map[string]Field{}
	for field, heads := range known {
		for _, h := range heads {
			m[umlauts.Replace(h)] = field
		}
	}
	return m
}()

// understand says what a head means: exactly, else as something private, else as something nearly written so. What is
// private is looked for before what is nearly known: better a column too few than a birth date under a wrong name.
func understand(head string, rules map[string]Field, common bool) meaning {
	key := headKey(head)
	if key == "" {
		return meaning{}
	}
	birth := isBirth(key)
	if field, ok := rules[key]; ok {
		return meaning{field: field, priv: birth || isPrivate(key), birth: birth}
	}
	if birth || isPrivate(key) {
		return meaning{priv: true, birth: birth}
	}
	if common {
		if field, ok := knownKeys[key]; ok {
			return meaning{field: field}
		}
	}
	for _, key := range []string{key, bareKey(head)} {
		if field, ok := nearest(key, rules); ok {
			return meaning{field: field, near: true}
		}
		if field, ok := nearest(key, knownKeys); ok && common {
			return meaning{field: field, near: true}
		}
	}
	return meaning{}
}

func isBirth(key string) bool {
	if strings.Contains(key, "geburtsdatum") || strings.Contains(key, "birthdate") {
		return true
	}
	for _, b := range birthHeads {
		if key == b || len(b) > 6 && distance(key, b) == 1 {
			return true
		}
	}
	return false
}

func isPrivate(key string) bool {
	for _, p := range private {
		if start, star := strings.CutSuffix(p, "*"); star && strings.HasPrefix(key, umlauts.Replace(start)) || key == umlauts.Replace(p) {
			return true
		}
		if len(p) > 6 && !strings.HasSuffix(p, "*") && distance(key, p) == 1 {
			return true
		}
	}
	for _, p := range []string{"geschlecht", "religion", "telefon", "passwort", "password", "strasse", "konfession", "postleitzahl", "erzieher", "bekenntnis"} {
		if near(key, p) || strings.Contains(key, p) {
			return true
		}
	}
	return false
}

// nearest finds the one field whose head is a slip away. Two fields equally near are none.
func nearest(key string, heads map[string]Field) (found Field, ok bool) {
	for h, field := range heads {
		if near(key, h) {
			if ok && field != found {
				return "", false
			}
			found, ok = field, true
		}
	}
	return found, ok
}

// near allows one slip in a word of five letters and two in one of ten. The first letter is never the slip.
func near(a, b string) bool {
	n := min(len(a), len(b))
	if n < 5 || a == b || a[0] != b[0] {
		return false
	}
	d := distance(a, b)
	return d == 1 || d == 2 && n >= 10
}

// distance counts the slips between two words: a letter missing, too many, wrong, or two in the wrong order.
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, here := rows[0], rows[1], rows[2]
		here[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			here[j] = min(above[j]+1, here[j-1]+1, above[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				here[j] = min(here[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = above, here, before
	}
	return rows[1][len(b)]
}

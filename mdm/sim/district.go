package sim

import (
	"fmt"
	"time"
)

// District is a made-up Schulträger as plain data. Nothing of it lives; Fleet.MoveIn brings the devices to life.
type District struct {
	Name    string
	Schools []School
	Devices []Spec // School, Class and Person of a Spec refer to the names and keys below
}

// School is one of its schools, with the networks that are on the air there.
type School struct {
	Name   string
	Type   string // Grundschule, Gymnasium, …
	Number string // six digits, as the Land gives them
	Short  string // unique in the district

	SSID, WiFiPassword       string // the school's Wi-Fi, known to an iPad by a profile
	SetupSSID, SetupPassword string // the Einrichtungs-WLAN

	Classes  []Class
	Teachers []Person
	Staff    []Person
	Rooms    []string
	Cases    []Case
}

// Class is a class with its pupils and the keys of its teachers.
type Class struct {
	Name     string
	Grade    int
	Pupils   []Person
	Teachers []string
}

// Person is somebody who does not exist.
type Person struct {
	Key           string // stable within a district
	Given, Family string
}

// Case is an iPad case that is lent as a whole.
type Case struct {
	Name    string
	Room    string
	Serials []string
}

// Plan says how large a district is to be. Demo and MUC90 are plans.
type Plan struct {
	Seed    int64
	Name    string
	Year    int // of purchase, two digits, for the asset numbers
	Schools []SchoolPlan
}

// SchoolPlan is one school of a plan.
type SchoolPlan struct {
	Name, Type, Short string
	Classes           []ClassPlan
	Teachers          int
	TeacherIPads      int
	Staff             int
	Cases             []int // sizes
	Reserve           int
}

// ClassPlan is one class of a plan. Too old and asleep are the deviants: so many of its iPads are of that kind.
type ClassPlan struct {
	Name           string
	Grade          int
	Pupils, IPads  int
	TooOld, Asleep int
}

// Demo is three schools and twelve classes. Class 7b of Gymnasium Nord has 27 pupils and 27 iPads, of which one is too old for
// anything newer than iPadOS 15 and one has slept for sixteen days; all other iPads are well. Fewer than 60 devices leave places
// empty, more fill the other classes and then cases.
func Demo(devices int) Plan {
	p := Plan{Seed: 7, Name: "Musterstadt", Year: 26, Schools: []SchoolPlan{
		{Name: "Grundschule am Anger", Type: "Grundschule", Short: "GSA", Teachers: 8, Staff: 1, Classes: []ClassPlan{
			{Name: "3a", Grade: 3, Pupils: 22}, {Name: "3b", Grade: 3, Pupils: 23}, {Name: "4a", Grade: 4, Pupils: 24}, {Name: "4b", Grade: 4, Pupils: 21}}},
		{Name: "Gymnasium Nord", Type: "Gymnasium", Short: "GYN", Teachers: 14, Staff: 2, Classes: []ClassPlan{
			{Name: "7a", Grade: 7, Pupils: 28}, {Name: "7b", Grade: 7, Pupils: 27}, {Name: "8c", Grade: 8, Pupils: 26}, {Name: "9a", Grade: 9, Pupils: 25}}},
		{Name: "Realschule West", Type: "Realschule", Short: "RSW", Teachers: 10, Staff: 1, Classes: []ClassPlan{
			{Name: "5a", Grade: 5, Pupils: 27}, {Name: "6b", Grade: 6, Pupils: 26}, {Name: "8b", Grade: 8, Pupils: 24}, {Name: "10a", Grade: 10, Pupils: 23}}},
	}}
	left := devices
	give := func(place *int, n int) {
		n = max(0, min(n, left))
		*place += n
		left -= n
	}
	anger, nord, west := &p.Schools[0], &p.Schools[1], &p.Schools[2]
	b := &nord.Classes[1]
	give(&b.IPads, 27)
	b.TooOld, b.Asleep = min(1, b.IPads), min(1, b.IPads/2)
	trolley := 0
	give(&trolley, 8)
	give(&nord.TeacherIPads, 5)
	give(&west.Classes[2].IPads, 12)
	give(&west.TeacherIPads, 3)
	give(&anger.TeacherIPads, 2)
	give(&nord.Reserve, 3)
	if trolley > 0 {
		anger.Cases = []int{trolley}
	}
	for s := range p.Schools {
		school := &p.Schools[s]
		for c := range school.Classes {
			if class := &school.Classes[c]; school != anger {
				give(&class.IPads, class.Pupils-class.IPads)
			}
		}
		give(&school.TeacherIPads, school.Teachers-school.TeacherIPads)
	}
	for s := 0; left > 0; s++ {
		size := 0
		give(&size, 16)
		school := &p.Schools[s%len(p.Schools)]
		school.Cases = append(school.Cases, size)
	}
	return p
}

// MUC90 is the reference fleet: 90 schools, 1,800 classes, 41,500 pupils, 3,600 teachers, 300 others and 28,000 iPads, of which
// 17,500 belong to pupils, 3,600 to teachers, 5,500 lie in 350 cases and 1,400 in reserve.
func MUC90() Plan {
	p := Plan{Seed: 90, Name: "Referenzstadt", Year: 26}
	add := func(kind, short string, schools, classes, lowest, grades int) {
		for n := range schools {
			s := SchoolPlan{Name: schoolName(kind, n), Type: kind, Short: fmt.Sprintf("%s%02d", short, n+1)}
			of := share(classes, schools, n)
			for c := range of {
				perGrade := (of + grades - 1) / grades
				grade := lowest + c/perGrade
				s.Classes = append(s.Classes, ClassPlan{Name: fmt.Sprintf("%d%s", grade, letters(c%perGrade)), Grade: grade})
			}
			p.Schools = append(p.Schools, s)
		}
	}
	add("Grundschule", "GS", 46, 414, 1, 4)
	add("Gymnasium", "GY", 14, 364, 5, 8)
	add("Gesamtschule", "GE", 9, 279, 5, 6)
	add("Förderschule", "FS", 9, 143, 5, 6)
	add("Berufskolleg", "BK", 12, 600, 11, 3)
	general, vocational, personal := 0, 0, 0
	for s := range p.Schools {
		school := &p.Schools[s]
		for c := range school.Classes {
			class := &school.Classes[c]
			switch school.Type {
			case "Berufskolleg":
				class.Pupils = share(12_700, 600, vocational)
				vocational++
			default:
				class.Pupils = share(28_800, 1_200, general)
				general++
				if school.Type != "Grundschule" {
					class.IPads = share(17_500, 786, personal)
					personal++
				}
			}
		}
		school.Teachers = 2 * len(school.Classes)
		school.TeacherIPads = school.Teachers
		school.Staff = share(300, 90, s)
		school.Reserve = share(1_400, 90, s)
	}
	for c := range 350 {
		size := 15
		switch {
		case c%35 == 0:
			size = 30
		case c%7 == 1 || c%7 == 4:
			size = 16
		}
		school := &p.Schools[c%90]
		school.Cases = append(school.Cases, size)
	}
	return p
}

// share cuts total into parts that differ by one at most, and returns the n-th.
func share(total, parts, n int) int { return total*(n+1)/parts - total*n/parts }

func letters(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return string(rune('a'+n/26-1)) + string(rune('a'+n%26))
}

var places = []string{
	"am Anger", "an der Bachaue", "am Birkenweg", "am Brunnen", "an der Burgmauer", "am Deich", "an der Eichenallee", "am Erlengrund", "am Fährhaus",
	"an der Feldmark", "am Fliederbusch", "am Forsthaus", "an der Furt", "am Gänsemarkt", "an der Gartenstraße", "am Hainholz", "an der Heide", "am Hirschgraben",
	"an der Höhe", "am Hopfengarten", "an der Kastanie", "am Kirchplatz", "an der Klostermauer", "am Kornspeicher", "an der Lindenallee", "am Marktbrunnen",
	"an der Mühle", "am Nußberg", "an der Obstwiese", "am Pappelsee", "am Quellenhof", "an der Remise", "am Rosengarten", "an der Schäferei", "am Schloßteich",
	"am Sonnenhang", "an der Stadtmauer", "am Steinbruch", "am Tannenkamp", "an der Torfbrücke", "am Uferweg", "an der Vogelwarte", "am Waldrand", "am Weinberg",
	"an der Wiesenaue", "am Ziegelhof",
}

func schoolName(kind string, n int) string { return kind + " " + places[n%len(places)] }

// Generate makes a district. The same plan makes the same district.
func Generate(p Plan) District {
	g := &generator{plan: p, dice: newDice(p.Seed, "district "+p.Name), serials: make(map[string]bool)}
	g.out.Name = p.Name
	for n, s := range p.Schools {
		g.school(n, s)
	}
	return g.out
}

type generator struct {
	plan    Plan
	dice    *dice
	serials map[string]bool
	people  int
	out     District
}

func (g *generator) person(given []string) Person {
	g.people++
	p := Person{Key: fmt.Sprintf("P%06d", g.people)}
	p.Given, p.Family = g.dice.person(given)
	return p
}

func (g *generator) school(n int, plan SchoolPlan) {
	s := School{
		Name: plan.Name, Type: plan.Type, Short: plan.Short, Number: fmt.Sprintf("%06d", 100_001+n),
		SSID: "Schule-" + plan.Short, WiFiPassword: g.password(), SetupSSID: "Einrichtung-" + plan.Short, SetupPassword: g.password(),
	}
	for range plan.Teachers {
		s.Teachers = append(s.Teachers, g.person(staffNames))
	}
	for range plan.Staff {
		s.Staff = append(s.Staff, g.person(staffNames))
	}
	for c, cp := range plan.Classes {
		class := Class{Name: cp.Name, Grade: cp.Grade}
		s.Rooms = append(s.Rooms, fmt.Sprintf("%d%02d", 1+c/20, 1+c%20))
		for range cp.Pupils {
			class.Pupils = append(class.Pupils, g.person(pupilNames))
		}
		for t := range min(3, len(s.Teachers)) {
			class.Teachers = append(class.Teachers, s.Teachers[(2*c+t)%len(s.Teachers)].Key)
		}
		for d := range cp.IPads {
			spec := g.device(s)
			spec.Class = cp.Name
			if d < len(class.Pupils) {
				spec.Person = class.Pupils[d].Key
			}
			switch {
			case d >= cp.IPads/2 && d < cp.IPads/2+cp.TooOld:
				spec.ProductName, spec.OSVersion = models[0].Product, models[0].Newest
				spec.Model, spec.Build, spec.Newest, spec.UDID = "", "", "", ""
				spec = spec.withDefaults(g.plan.Seed)
			case d >= cp.IPads-cp.Asleep:
				spec.AsleepFor = 16 * 24 * time.Hour
			}
			g.out.Devices = append(g.out.Devices, spec)
		}
		s.Classes = append(s.Classes, class)
	}
	for d := range plan.TeacherIPads {
		spec := g.device(s)
		if d < len(s.Teachers) {
			spec.Person = s.Teachers[d].Key
		}
		spec.HasPasscode = true
		g.out.Devices = append(g.out.Devices, spec)
	}
	for c, size := range plan.Cases {
		box := Case{Name: fmt.Sprintf("Koffer %s-%d", plan.Short, c+1)}
		if len(s.Rooms) > 0 {
			box.Room = s.Rooms[c%len(s.Rooms)]
		}
		for range size {
			spec := g.device(s)
			box.Serials = append(box.Serials, spec.Serial)
			g.out.Devices = append(g.out.Devices, spec)
		}
		s.Cases = append(s.Cases, box)
	}
	for range plan.Reserve {
		g.out.Devices = append(g.out.Devices, g.device(s))
	}
	g.out.Schools = append(g.out.Schools, s)
}

// device is an iPad of the mix schools have, on iPadOS 17.6 or newer.
func (g *generator) device(s School) Spec {
	newer := models[1:] // the oldest is for deviants
	hw := newer[g.dice.below(len(newer))]
	var fit []string
	for _, r := range releases {
		if !olderThan(r.Version, "17.6") && !olderThan(hw.Newest, r.Version) {
			fit = append(fit, r.Version)
		}
	}
	// Most are up to date: of two draws the newer counts.
	version := fit[max(g.dice.below(len(fit)), g.dice.below(len(fit)))]
	year := g.plan.Year
	if year == 0 {
		year = 26
	}
	serial := g.serial()
	return Spec{
		Serial: serial, ProductName: hw.Product, OSVersion: version, School: s.Name, SetupSSID: s.SetupSSID,
		AssetNumber: fmt.Sprintf("MS-%02d-%06d", year, len(g.serials)),
		SignsGET:    true, RenewalAuthenticates: g.dice.below(2) == 0, ExpiredFactoryCert: g.dice.below(3) == 0,
	}.withDefaults(g.plan.Seed)
}

const serialAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789" // without I and O

func (g *generator) serial() string {
	for {
		b := make([]byte, 12)
		b[0] = serialAlphabet[g.dice.below(24)]
		for n := 1; n < len(b); n++ {
			b[n] = serialAlphabet[g.dice.below(len(serialAlphabet))]
		}
		if s := string(b); !g.serials[s] {
			g.serials[s] = true
			return s
		}
	}
}

func (g *generator) password() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	b := make([]byte, 16)
	for n := range b {
		b[n] = alphabet[g.dice.below(len(alphabet))]
	}
	return string(b)
}

package roster

import (
	"encoding/json"
	"strings"

	"ranzen/store/school"
)

// SVWS is the server of schools in Nordrhein-Westfalen. Its export for learning platforms is the best source there: it has
// ids, courses and the status of every pupil. Older servers write some members under other names; both are read.
//
// Ids of classes and courses are left out: the server gives a class a new one every half-year and makes the ids of courses
// for the one export, so they do not outlive a name. Pupils of status 0 are newcomers who may have no class yet; waiting
// list (1), graduated (8), left (9) and former ones (10) are not at the school.
//
// Document: SVWS-Server, LernplattformV1Export.

// number is an id: a number, a text, or null.
type number string

func (n *number) UnmarshalJSON(text []byte) error {
	s := strings.Trim(string(text), `"`)
	if s == "null" {
		s = ""
	}
	if len(s) > 100 {
		return errLong
	}
	*n = number(s)
	return nil
}

type svwsClass struct {
	ID           number   `json:"id"`
	Kuerzel      string   `json:"kuerzel"`
	Anzeige      string   `json:"kuerzelAnzeige"`
	Jahrgang     number   `json:"idJahrgang"`
	OldJahrgang  number   `json:"jahrgangId"`
	Lehrer       []number `json:"idsKlassenlehrer"`
	OldLehrer    []number `json:"klassenlehrer"`
	OldLehrerIDs []number `json:"klassenlehrerIds"`
}

type svwsGrade struct {
	ID      number `json:"id"`
	Kuerzel string `json:"kuerzel"`
	Anzeige string `json:"kuerzelAnzeige"`
}

type svwsCourse struct {
	ID          number   `json:"id"`
	Kursart     number   `json:"idKursart"`
	OldKursart  number   `json:"kursartId"`
	Bezeichnung string   `json:"bezeichnung"`
	Lehrer      []number `json:"idsLehrer"`
	OldLehrer   []number `json:"lehrerIds"`
}

type svwsPerson struct {
	ID            number   `json:"id"`
	Kuerzel       string   `json:"kuerzel"`
	Nachname      string   `json:"nachname"`
	Vorname       string   `json:"vorname"`
	Dienstlich    string   `json:"emailDienstlich"`
	Schulisch     string   `json:"emailSchulisch"`
	Jahrgang      number   `json:"idJahrgang"`
	OldJahrgang   number   `json:"jahrgangId"`
	Klasse        number   `json:"idKlasse"`
	OldKlasse     number   `json:"klasseId"`
	Status        number   `json:"status"`
	Lerngruppen   []number `json:"idsLerngruppen"`
	OldLerngruppe []number `json:"lerngruppenIds"`
}

func or(a, b number) number {
	if a != "" && a != "0" {
		return a
	}
	return b
}

func (f *file) readSVWS(in Input) (Result, error) {
	m := Mapping{Format: "svws"}
	if in.Mapping != nil {
		m = *in.Mapping
	}
	rd := newReading(in, m)
	var numberOf, nameOf, year number
	grades, classes, courses := map[number]string{}, map[number]named{}, map[number]named{}
	teaches := map[number][]named{}
	var pupils, teachers []svwsPerson
	private := false
	d := newJSON(f.letters(m))
	if of, err := d.enter(); err != nil || of != '{' {
		return Result{}, refuse("json")
	}
	var wantClasses []svwsClass
	err := d.members(func(name string) error {
		switch name {
		case "schulnummer":
			return d.Decode(&numberOf)
		case "schulbezeichnung":
			return d.Decode(&nameOf)
		case "schuljahr":
			return d.Decode(&year)
		case "jahrgaenge":
			return d.records(maxRows, each(func(g svwsGrade) {
				grade, _ := school.Grade(first(g.Kuerzel, g.Anzeige))
				grades[g.ID] = grade
			}))
		case "klassen":
			return d.records(maxRows, each(func(c svwsClass) { wantClasses = append(wantClasses, c) }))
		case "lerngruppen":
			return d.records(maxRows, each(func(c svwsCourse) {
				name, _ := clean(c.Bezeichnung)
				if name == "" || or(c.Kursart, c.OldKursart) == "" { // taught to a whole class: the class says it
					return
				}
				courses[c.ID] = named{name: name}
				for _, t := range append(c.Lehrer, c.OldLehrer...) {
					teaches[t] = append(teaches[t], courses[c.ID])
				}
			}))
		case "lehrer":
			return d.records(maxRows, each(func(p svwsPerson) { teachers = append(teachers, p) }))
		case "schueler":
			return d.records(maxRows, func(n int, text json.RawMessage) error {
				private = private || strings.Contains(string(text), `"geburtsdatum"`)
				return each(func(p svwsPerson) { pupils = append(pupils, p) })(n, text)
			})
		}
		return d.skip()
	})
	if err != nil {
		return Result{}, err
	}
	for _, c := range wantClasses {
		name, why := clean(first(c.Anzeige, c.Kuerzel))
		if why != "" {
			rd.words.stop("letters_"+why, 0, "klassen", name)
		}
		if name == "" {
			continue
		}
		n := named{name: school.ClassName(name), class: true, grade: grades[or(c.Jahrgang, c.OldJahrgang)]}
		classes[c.ID] = n
		for _, t := range append(append(c.Lehrer, c.OldLehrer...), c.OldLehrerIDs...) {
			teaches[t] = append(teaches[t], n)
		}
	}
	if private {
		rd.words.say("private_column", 0, "geburtsdatum", "")
	}
	if y := string(year); y != "" && y != "0" {
		rd.people.inYear(y, 0)
	}
	at := string(numberOf)
	if at == "0" {
		at = ""
	}
	schoolName, _ := clean(string(nameOf))
	rd.people.school(at, schoolName)
	for n, p := range pupils {
		rd.rows++
		switch p.Status {
		case "1", "8", "9", "10":
			rd.words.say("left_gone", n+1, "schueler", "")
			continue
		}
		c, ok := rd.record("schueler", n+1, p.Vorname, p.Nachname, p.Schulisch)
		if !ok {
			continue
		}
		c.ids, c.kind = []string{"S" + string(p.ID)}, school.Pupil
		c.Grade = grades[or(p.Jahrgang, p.OldJahrgang)]
		if class, ok := classes[or(p.Klasse, p.OldKlasse)]; ok {
			c.classes = append(c.classes, class)
		}
		for _, id := range append(p.Lerngruppen, p.OldLerngruppe...) {
			if course, ok := courses[id]; ok {
				c.classes = append(c.classes, course)
			}
		}
		rd.people.add(c, []string{at}, schoolName, "")
	}
	for n, p := range teachers {
		rd.rows++
		c, ok := rd.record("lehrer", n+1, p.Vorname, p.Nachname, p.Dienstlich)
		if !ok {
			continue
		}
		c.ids, c.kind, c.teaches = []string{"L" + string(p.ID)}, school.Teacher, teaches[p.ID]
		rd.people.add(c, []string{at}, schoolName, "")
	}
	return rd.result(Detected{Encoding: f.text, Mark: f.mark}), nil
}

// each decodes one record after the other.
func each[T any](visit func(T)) func(int, json.RawMessage) error {
	return func(n int, text json.RawMessage) error {
		var v T
		if err := json.Unmarshal(text, &v); err != nil {
			return refuseRow("record", n)
		}
		visit(v)
		return nil
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// record begins a person of a source that is no table: name and address cleaned, what is wrong said with the list it
// stands in.
func (rd *reading) record(list string, n int, given, family, mail string) (candidate, bool) {
	var why string
	for _, s := range []*string{&given, &family} {
		text, reason := clean(*s)
		if reason != "" {
			why = reason
		}
		*s = text
	}
	if why != "" {
		rd.words.stop("letters_"+why, n, list, family+", "+given)
	}
	if given == "" && family == "" {
		rd.words.say("no_name", n, list, "")
		return candidate{}, false
	}
	if given == "" || family == "" {
		rd.words.say("half_name", n, list, given+family)
	}
	c := entryOf(n, given, family)
	c.Email = rd.address(mail, n)
	return c, true
}

package store

import (
	"slices"
	"strings"

	"ranzen/store/school"
)

// What a row of a file names is found here, or refused with the names that come nearest: at most three, and only of
// things the actor may see.

// findSchool finds a school by name or official number.
func (d *delivery) findSchool(name string) (school.SchoolID, error) {
	fold := school.Fold(name)
	var all []string
	for _, x := range d.schools {
		if school.Fold(x.Name) == fold || (x.Number != "" && x.Number == name) {
			return x.ID, nil
		}
		all = append(all, x.Name)
	}
	return "", unknown("school", name, all)
}

func (d *delivery) findClass(name string, at school.SchoolID) (school.Class, error) {
	var there []school.Class
	for _, c := range d.classes[school.Fold(name)] {
		if at == "" || c.School == at {
			there = append(there, c)
		}
	}
	switch len(there) {
	case 1:
		return there[0], nil
	case 0:
		var all []string
		for _, c := range d.classList {
			if at == "" || c.School == at {
				all = append(all, c.Name)
			}
		}
		return school.Class{}, unknown("class", name, all)
	}
	var schools []string
	for _, c := range there {
		schools = append(schools, d.nameOf[c.School])
	}
	return school.Class{}, school.Refuse("class", "ambiguous_class", name, someOf(schools))
}

func (d *delivery) findPlace(name string, at school.SchoolID) (school.Place, error) {
	fold := school.Fold(name)
	var there []school.Place
	var all, schools []string
	for _, p := range d.places {
		if at != "" && p.School != at {
			continue
		}
		all = append(all, p.Name)
		if school.Fold(p.Name) == fold {
			there = append(there, p)
			schools = append(schools, d.nameOf[p.School])
		}
	}
	switch len(there) {
	case 1:
		return there[0], nil
	case 0:
		return school.Place{}, unknown("place", name, all)
	}
	return school.Place{}, school.Refuse("place", "ambiguous_place", name, someOf(schools))
}

// findPerson finds a person by name, address or login, at the school and in the class of the row where it names them.
// Two of one name are never guessed between.
func (d *delivery) findPerson(name string, at school.SchoolID, class school.ClassID) (school.Person, error) {
	fold := school.Fold(strings.Join(strings.Fields(strings.ReplaceAll(name, ",", " ")), " "))
	var there []PersonRow
	for _, p := range d.persons[fold] {
		if (at == "" || p.School == at) && (class == "" || p.Class == class || p.Class == "") {
			there = append(there, p)
		}
	}
	if len(there) == 1 {
		return there[0].Person, nil
	}
	where := func(p PersonRow) string {
		return p.Given + " " + p.Family + " (" + joined(p.ClassName, p.SchoolName) + ")"
	}
	if len(there) > 1 {
		var who []string
		for _, p := range there {
			who = append(who, where(p))
		}
		return school.Person{}, school.Refuse("person", "ambiguous_person", name, len(there), someOf(who))
	}
	// Nobody of that name is there. Perhaps elsewhere, or the given name is written otherwise.
	near := slices.Clone(d.persons[fold])
	family, _, comma := strings.Cut(name, ",")
	if words := strings.Fields(name); !comma && len(words) > 0 {
		family = words[len(words)-1]
	}
	for _, p := range d.families[school.Fold(family)] {
		if at == "" || p.School == at {
			near = append(near, p)
		}
	}
	var who []string
	for _, p := range near {
		who = append(who, where(p))
	}
	if len(who) == 0 {
		return school.Person{}, school.Refuse("person", "unknown_person", name)
	}
	return school.Person{}, school.Refuse("person", "unknown_person_near", name, someOf(who))
}

// unknown refuses a name with the nearest of those there are.
func unknown(field, name string, all []string) error {
	near := nearest(name, all)
	if len(near) == 0 {
		return school.Refuse(field, "unknown_"+field, name)
	}
	return school.Refuse(field, "unknown_"+field+"_near", name, strings.Join(near, ", "))
}

// someOf names at most three, each once.
func someOf(names []string) string {
	names = unique(names)
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

// nearest are at most three names that could have been meant: they contain the one or differ from it by a third of its
// letters at most.
func nearest(name string, all []string) []string {
	want := []rune(school.Fold(name))
	if len(want) == 0 {
		return nil
	}
	type near struct {
		name string
		far  int
	}
	var found []near
	for _, n := range unique(all) {
		fold := school.Fold(n)
		far := distance(want, []rune(fold))
		if strings.Contains(fold, string(want)) {
			far = 0
		}
		if far <= max(1, len(want)/3) {
			found = append(found, near{n, far})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.far - b.far })
	var out []string
	for _, f := range found[:min(3, len(found))] {
		out = append(out, f.name)
	}
	return out
}

// distance is how many letters must be added, dropped or replaced to turn a into b (Levenshtein).
func distance(a, b []rune) int {
	line := make([]int, len(b)+1)
	for j := range line {
		line[j] = j
	}
	for i := range a {
		diagonal := line[0]
		line[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = line[j+1]
			line[j+1] = min(cost, line[j]+1, line[j+1]+1)
		}
	}
	return line[len(b)]
}

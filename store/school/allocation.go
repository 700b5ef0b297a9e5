package school

import (
	"slices"
	"strconv"
	"strings"
)

// Allocation is one line of an authority's rule of who is to have an iPad: at schools of a type, in grades from From to Until,
// Per children share one. The first line that fits a child counts. Teachers have lines of their own.
type Allocation struct {
	Type     string // Schulform as the schools write it; empty: every school
	From     int    // grades 1 to 13; both 0: every grade, and children without one
	Until    int
	Teachers bool
	Per      int // 1: one each, 2: one for two …; 0: none
	Reserve  int // percent on top, kept at the school for what breaks
}

// Bounds of a line.
const (
	MaxGrade   = 13
	MaxPer     = 30
	MaxReserve = 50
)

// Check refuses what no rule can mean. line is its place in the rule, from 1.
func (a Allocation) Check(line int) error {
	switch {
	case a.Per < 0 || a.Per > MaxPer:
		return Refuse("rule", "allocation_per", line, MaxPer)
	case a.Reserve < 0 || a.Reserve > MaxReserve:
		return Refuse("rule", "allocation_reserve", line, MaxReserve)
	case a.Teachers && (a.From != 0 || a.Until != 0):
		return Refuse("rule", "allocation_teachers", line)
	case (a.From == 0) != (a.Until == 0) || a.From < 0 || a.Until > MaxGrade || a.From > a.Until:
		return Refuse("rule", "allocation_grades", line, MaxGrade)
	}
	return nil
}

// fits reports whether the line speaks of people of a school type and grade; grade 0 is an unknown one.
func (a Allocation) fits(schoolType string, teachers bool, grade int) bool {
	if a.Teachers != teachers || a.Type != "" && Fold(a.Type) != Fold(schoolType) {
		return false
	}
	return a.From == 0 || a.From <= grade && grade <= a.Until
}

// GradeNumber is the year at school a grade stands for, 0 where it says none: "05" is 5, "EF" 11, "Q1" 12.
func GradeNumber(grade string) int {
	g := strings.ToUpper(strings.TrimSpace(grade))
	switch g {
	case "E1", "E2", "E3": // school entry in NRW: years 1 and 2, taken in one to three
		return 1
	case "EF", "E":
		return 11
	case "Q1", "J1":
		return 12
	case "Q2", "J2":
		return 13
	}
	n, err := strconv.Atoi(strings.TrimPrefix(g, "Q"))
	if err != nil || n < 1 || n > MaxGrade {
		return 0
	}
	return n
}

// Heads are the people of one school who count for a line: how many, of which grade.
type Heads struct {
	Grade    string
	Teachers bool
	Count    int
}

// Supply is what a school has.
type Supply struct {
	Devices int
	Reserve int // of these in stock, given to nobody
}

// Need is a school measured by a rule.
type Need struct {
	Lines   []NeedLine
	Outside int // children and teachers no line speaks of
	Needed  int
	Reserve int
	Present int
	InStock int
}

// NeedLine is what one line of the rule asks for.
type NeedLine struct {
	Allocation
	Heads  int
	Needed int
}

// Missing is how many iPads are to be bought or brought here; negative: so many are too many.
func (n Need) Missing() int { return n.Needed + n.Reserve - n.Present }

// Measure says what a school of a type needs by the rule. Halves and reserves are rounded up, once for each line.
func Measure(rule []Allocation, schoolType string, heads []Heads, has Supply) Need {
	n := Need{Present: has.Devices, InStock: has.Reserve}
	counted := make([]int, len(rule))
	for _, h := range heads {
		grade := 0
		if !h.Teachers {
			grade = GradeNumber(h.Grade)
		}
		k := slices.IndexFunc(rule, func(a Allocation) bool { return a.fits(schoolType, h.Teachers, grade) })
		if k < 0 {
			n.Outside += h.Count
			continue
		}
		counted[k] += h.Count
	}
	for k, a := range rule {
		if counted[k] == 0 {
			continue
		}
		line := NeedLine{Allocation: a, Heads: counted[k]}
		if a.Per > 0 {
			line.Needed = (counted[k] + a.Per - 1) / a.Per
		}
		n.Needed += line.Needed
		n.Reserve += (line.Needed*a.Reserve + 99) / 100
		n.Lines = append(n.Lines, line)
	}
	return n
}

package school_test

import (
	"testing"

	"ranzen/store/school"
)

func TestClassesAreComparedAsSchoolsMeanThem(t *testing.T) {
	for _, tc := range []struct{ written, shown, key string }{
		{"5a", "5a", "5a"},
		{"05A", "05A", "5a"},
		{"Klasse 05 A", "05 A", "5a"},
		{" klasse  5a ", "5a", "5a"},
		{"Kl. 5a", "5a", "5a"},
		{"5 a", "5 a", "5a"},
		{"10b", "10b", "10b"},
		{"EF", "EF", "ef"},
		{"Klasse", "Klasse", "klasse"},
		{"00a", "00a", "00a"},
		{"0", "0", "0"},
		{"Löwen", "Löwen", "lowen"},
		{"Lo\u0308wen", "Lo\u0308wen", "lowen"},
		{"", "", ""},
	} {
		if got := school.ClassName(tc.written); got != tc.shown {
			t.Errorf("ClassName(%q) = %q, want %q", tc.written, got, tc.shown)
		}
		if got := school.ClassKey(tc.written); got != tc.key {
			t.Errorf("ClassKey(%q) = %q, want %q", tc.written, got, tc.key)
		}
	}
}

func TestGradesAreReadAsTheLaenderWriteThem(t *testing.T) {
	for written, want := range map[string]string{
		"7": "7", "07": "7", "7.": "7", "Jahrgang 07": "7", "Jg. 9": "9", "JG9": "9", "13": "13", "00": "0", "ef": "EF", "Q1": "Q1", "Q11": "Q11",
		"E2": "E2", "J1": "J1", "12/2": "12", "Jahrgangsstufe 10": "10", "BV": "BV", "S6": "S6",
		"14": "", "7a": "", "": "", "alle": "", "7/8": "", "-1": "", "007": "",
	} {
		got, ok := school.Grade(written)
		if got != want && ok || ok != (want != "") {
			t.Errorf("Grade(%q) = %q, %v, want %q", written, got, ok, want)
		}
	}
}

func TestTheNameOfAClassTellsItsGradeOrNothing(t *testing.T) {
	for name, want := range map[string]string{
		"7b": "7", "Klasse 05 A": "5", "10b": "10", "EFa": "EF", "EF": "EF", "Q1": "Q1", "Q11a": "Q11", "12BFTT": "12", "10-1": "10", "5.2": "5",
		"7/1": "7", "5": "5", "5a2": "5", "J1": "J1", "08c": "8", "00a": "0",
		"1/2b": "", "1-4": "", "1/2": "", "Löwen": "", "14a": "", "Mathe 7b": "", "7 Mathematik": "", "": "", "Efeu": "",
	} {
		if got := school.GradeOfClass(name); got != want {
			t.Errorf("GradeOfClass(%q) = %q, want %q", name, got, want)
		}
	}
}

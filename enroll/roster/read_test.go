package roster_test

import (
	"strings"
	"testing"
	"time"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// read reads a text as a file of that name.
func read(t *testing.T, name, text string) roster.Result {
	t.Helper()
	res, err := roster.Read(input(name, text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res
}

func input(name, text string) roster.Input {
	return roster.Input{Name: name, Data: strings.NewReader(text), Size: int64(len(text)), Now: today}
}

// people are all people of a result, schools one after the other.
func people(res roster.Result) (out []school.RosterPerson) {
	for _, s := range res.Roster.Schools {
		out = append(out, s.People...)
	}
	return out
}

// said are the words of a code.
func said(res roster.Result, code string) (out []school.RosterWord) {
	for _, w := range res.Roster.Words {
		if w.Code == code {
			out = append(out, w)
		}
	}
	return out
}

func TestAnExportOfIServ(t *testing.T) {
	res := read(t, "export.csv", "Vorname;Nachname;Klasse/Information;Gruppen;Account;GUID\r\n"+
		"Lena;Özdemir;Klasse 5a;\"Klasse 5a,Jahrgang 5,Schüler,Schach-AG\";lena.oezdemir;g-1\r\n"+
		"Tom;Weiß;5a;Schüler;tom.weiss;g-2\r\n"+
		"Ada;Stern;Lehrer;\"Lehrer,Klasse 5a\";ada.stern;g-3\r\n"+
		"Uwe;Özdemir;;Eltern;uwe;g-4\r\n")
	if res.Detected.Format != "iserv" || res.Detected.Delimiter != ";" || res.Detected.Header != 1 || res.Detected.Encoding != roster.UTF8 {
		t.Errorf("detected %+v", res.Detected)
	}
	got := people(res)
	if len(got) != 3 {
		t.Fatalf("%d people: %+v", len(got), got)
	}
	if p := got[0]; p.ID != "g-1" || p.Family != "Özdemir" || strings.Join(p.Classes, ",") != "5a,Schach-AG" || p.Grade != "5" || p.Kind != school.Pupil || p.Login != "lena.oezdemir" {
		t.Errorf("a pupil: %+v", p)
	}
	if p := got[2]; p.Kind != school.Teacher || strings.Join(p.Teaches, ",") != "5a" || len(p.Classes) != 0 {
		t.Errorf("a teacher: %+v", p)
	}
	classes := res.Roster.Schools[0].Classes
	if len(classes) != 2 || classes[0].Name != "5a" || classes[0].Course || classes[0].Grade != "5" || !classes[1].Course {
		t.Errorf("classes: %+v", classes)
	}
	if len(said(res, "left_out")) != 1 {
		t.Errorf("parents are not said to be left out: %+v", res.Roster.Words)
	}
}

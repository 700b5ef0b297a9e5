package school

import (
	"slices"
	"testing"
	"time"
)

func TestWhoIsNextAtADesk(t *testing.T) {
	class := []DeskPupil{{ID: "a", State: ContractIssued}, {ID: "b"}, {ID: "c", State: ContractRefused}, {ID: "d", State: ContractSigned}, {ID: "e"}}
	for _, x := range []struct {
		name        string
		table       OnTable
		elsewhere   []PersonID
		at, after   PersonID
		afterNobody bool
	}{
		{"the first who has nothing", OnTable{}, nil, "b", "d", false},
		{"who stands at another desk is passed over", OnTable{}, []PersonID{"b"}, "d", "e", false},
		{"who was skipped too", OnTable{Skipped: []PersonID{"b", "d"}}, nil, "e", "", true},
		{"who was called stands there, and the list goes on behind", OnTable{Person: "d"}, nil, "d", "e", false},
		{"at the end the first who was left comes", OnTable{Person: "e"}, nil, "e", "b", false},
		{"nobody is left", OnTable{Skipped: []PersonID{"b", "d", "e"}}, nil, "", "", true},
	} {
		d := DeskSession{Table: x.table}
		name := func(i int) PersonID {
			if i < 0 {
				return ""
			}
			return class[i].ID
		}
		at := d.At(class, x.elsewhere)
		if name(at) != x.at {
			t.Errorf("%s: %s", x.name, name(at))
		}
		if after := name(d.After(class, x.elsewhere, at)); after != x.after {
			t.Errorf("%s: then %s", x.name, after)
		}
	}
}

func TestTheTableOfADesk(t *testing.T) {
	now := time.Date(2026, 9, 2, 8, 31, 0, 0, time.UTC)
	table := OnTable{Person: "a", Code: "MS-1", Missing: []int{2}, Skipped: []PersonID{"a", "b"}}
	table = table.Book(DeskBooked{ID: "1", Act: DeskIssued, Person: "a", Code: "MS-1", At: now})
	if table.Code != "" || table.Person != "" || table.Missing != nil || !slices.Equal(table.Skipped, []PersonID{"b"}) || len(table.Booked) != 1 {
		t.Errorf("%+v", table)
	}
	if table.Undoable(now.Add(DeskUndo-time.Second)) == nil || table.Undoable(now.Add(DeskUndo)) != nil {
		t.Error("ten minutes")
	}
	if back := table.Unbook(); back.Person != "a" || len(back.Booked) != 0 {
		t.Errorf("%+v", back)
	}
	for i := range 30 {
		table = table.Book(DeskBooked{Code: string(rune('a' + i)), At: now})
	}
	if len(table.Booked) != deskBooked {
		t.Errorf("%d are remembered", len(table.Booked))
	}
	if s := table.Skip("x").Skip("x"); !slices.Equal(s.Skipped, []PersonID{"b", "x"}) {
		t.Errorf("%+v", s.Skipped)
	}
}

func TestPartsAreTurnedOver(t *testing.T) {
	for _, x := range []struct {
		back    bool
		n       int
		missing []bool // after each press
		damaged []bool
	}{
		{false, 2, []bool{true, false, true}, []bool{false, false, false}},
		{true, 2, []bool{true, false, false, true}, []bool{false, true, false, false}},
		{true, 1, []bool{false, false}, []bool{true, false}},
		{false, 1, []bool{false}, []bool{false}},
	} {
		table := OnTable{Back: x.back}
		for i := range x.missing {
			table = table.Mark(x.n)
			if got := slices.Contains(table.Missing, x.n); got != x.missing[i] {
				t.Errorf("%+v press %d: missing %v", x, i, got)
			}
			if got := slices.Contains(table.Damaged, x.n); got != x.damaged[i] {
				t.Errorf("%+v press %d: damaged %v", x, i, got)
			}
		}
	}
}

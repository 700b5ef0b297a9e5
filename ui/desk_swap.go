package ui

import (
	"slices"

	"ranzen/store"
	"ranzen/store/school"
)

// Swapping, and whole cases: the two acts of a desk that take more than one scan of things.

// swapping reports whether what is scanned is swapped: at a desk that does nothing else, or once at another.
func (t *deskTurn) swapping() bool {
	return t.desk.Mode == school.DeskSwap && !t.desk.Table.Back || t.desk.Table.Old != ""
}

// beginSwap gives another thing for what lies on the table. The desk goes on afterwards with what it was there for.
func (t *deskTurn) beginSwap() error {
	table := &t.desk.Table
	if table.Code == "" || t.swapping() {
		t.say(school.Yellow, "attention", "desk.said.swap.nothing")
		return nil
	}
	a, err := t.mean(table.Code, true)
	if err != nil {
		return err
	}
	if a.Thing == nil || a.Light == school.Red || a.Thing.Contract == "" {
		t.remark(a)
		return nil
	}
	table.Old, table.Code, table.Missing, table.Damaged = a.Thing.Name, "", nil, nil
	if t.desk.Mode != school.DeskClass {
		table.Person = a.Thing.Holder
	}
	t.say(school.Yellow, "next", "desk.said.swap.why")
	return nil
}

// meanNew asks what a code means as the new thing for whoever has the old one.
func (t *deskTurn) meanNew(code string) (*store.DeskAnswer, error) {
	old, err := t.mean(t.desk.Table.Old, true)
	if err != nil {
		return nil, err
	}
	person := t.desk.Table.Person
	if old.Thing != nil {
		person = old.Thing.Holder
	}
	a, err := t.u.st.ScanAtDesk(t.ctx, t.v.by, store.DeskScan{Text: code, Act: store.DeskIssue, School: t.desk.School, Person: person})
	if err != nil {
		return nil, err
	}
	return swapAnswer(&a), nil
}

// swap takes the old thing, then, once the reason is said, the new one.
func (t *deskTurn) swap(code string) error {
	table := &t.desk.Table
	if table.Old == "" {
		a, err := t.mean(code, true)
		if err != nil {
			return err
		}
		if a.Thing == nil || a.Light == school.Red {
			t.remark(a)
			return nil
		}
		table.Old, table.Person = a.Thing.Name, a.Thing.Holder
		t.say(school.Yellow, "next", "desk.said.swap.why")
		return nil
	}
	if table.Reason == "" {
		t.say(school.Yellow, "attention", "desk.said.swap.why")
		return nil
	}
	a, err := t.meanNew(code)
	if err != nil {
		return err
	}
	if a.Thing != nil {
		t.scan, table.Code = a, a.Thing.Name
	}
	t.remark(a)
	return nil
}

// swapAnswer is what stands against a new thing for somebody who gives an old one back: not that they have it.
func swapAnswer(a *store.DeskAnswer) *store.DeskAnswer {
	a.Remarks = slices.DeleteFunc(a.Remarks, func(r school.Remark) bool {
		return r.Code == "has_other" || r.Code == "other_prepared" || r.Code == "unsigned"
	})
	a.Light = school.Worst(a.Remarks)
	return a
}

func (t *deskTurn) bookSwap() error {
	a, err := t.meanNew(t.desk.Table.Code)
	if err != nil {
		return err
	}
	if t.scan = a; a.Light == school.Red || a.Thing == nil {
		t.remark(a)
		return nil
	}
	old, err := t.mean(t.desk.Table.Old, true)
	if err != nil {
		return err
	}
	if old.Thing == nil || old.Light == school.Red {
		t.remark(old)
		return nil
	}
	return t.keep(a, store.Booking{ID: t.name(), Swap: &store.DeskSwap{Contract: old.Thing.Contract, To: a.Thing.ID, Reason: t.desk.Table.Reason}},
		school.DeskBooked{ID: t.name(), Act: school.DeskSwapped, Person: old.Thing.Holder, Code: a.Thing.Name, At: t.v.now})
}

// lendCase hands out a case to who answers for it, or takes it back. What is in it can be counted afterwards.
func (t *deskTurn) lendCase(a *store.DeskAnswer) error {
	if a.Light == school.Red {
		t.remark(a)
		if t.desk.Mode == school.DeskCase { // it may still be counted
			t.desk.Table.Case, t.desk.Table.Counted = a.Case, nil
		}
		return nil
	}
	done := school.DeskBooked{ID: t.name(), Act: school.DeskCaseOut, Person: t.person(), Code: a.CaseName, At: t.v.now}
	b := store.Booking{ID: t.name(), Case: &store.CaseOut{Place: a.Case, Person: t.person()}}
	switch {
	case t.back():
		b.Case, b.CaseBack, done.Act, done.Person = nil, a.Contract, school.DeskCaseBack, ""
	case t.desk.Mode != school.DeskCase:
		t.say(school.Red, "stop", "desk.said.case.mode")
		return nil
	case done.Person == "":
		t.say(school.Yellow, "attention", "desk.said.who", a.CaseName)
		return nil
	}
	person := t.desk.Table.Person
	if err := t.keep(a, b, done); err != nil || t.booked == nil {
		return err
	}
	t.desk.Table.Case = a.Case
	if b.Case != nil { // the next case goes to the same person
		t.desk.Table.Person = person
	}
	return nil
}

// count sees a thing of the case that is counted.
func (t *deskTurn) count(a *store.DeskAnswer) error {
	table := &t.desk.Table
	switch {
	case a.Thing.Place != table.Case:
		t.say(school.Yellow, "attention", "desk.said.case.other", a.Thing.Name)
		return nil
	case !slices.Contains(table.Counted, a.Thing.ID):
		table.Counted = append(slices.Clone(table.Counted), a.Thing.ID)
	}
	all, err := t.u.st.InCase(t.ctx, t.v.by, table.Case)
	if err != nil {
		return err
	}
	t.say(school.Green, "ok", "desk.said.case.counted", a.Thing.Name, len(table.Counted), len(all))
	return nil
}

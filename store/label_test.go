package store_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A label is printed for what somebody may edit, gives its asset an id nobody guesses, and is printed again only for a reason.
func TestLabelsArePrintedOnceAndAgainForAReason(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		if _, err := s.MoveDevices(ctx, d.by, ids[:2], store.Destination{Class: &b7}); err != nil {
			t.Fatal(err)
		}
		for i, n := range []string{"MS-26-000002", "MS-26-000010", "MS-26-000001"} {
			if _, err := s.SetNumber(ctx, d.by, ids[i], n); err != nil {
				t.Fatal(err)
			}
		}
		whole := store.LabelFilter{School: d.north}
		found, err := s.LabelsFor(ctx, d.by, whole)
		if err != nil || len(found.Rows) != 4 || found.Unnumbered() != 1 || found.Again() != 0 {
			t.Fatalf("%+v: %v", found, err)
		}
		serial := found.Rows[1].Serial
		numbers := func(l store.Labels) (out []string) {
			for _, r := range l.Rows {
				out = append(out, r.Number)
			}
			return out
		}
		has := func(f store.LabelFilter, want ...string) {
			t.Helper()
			l, err := s.LabelsFor(ctx, d.by, f)
			if got := numbers(l); err != nil || len(got) != len(want) {
				t.Fatalf("%v, want %v: %v", got, want, err)
			}
			for i, n := range numbers(l) {
				if n != want[i] {
					t.Errorf("label %d is %s, not %s", i, n, want[i])
				}
			}
		}
		has(store.LabelFilter{School: d.north}, "", "MS-26-000001", "MS-26-000002", "MS-26-000010")
		has(store.LabelFilter{School: d.north, Sort: store.LabelsByClass}, "", "MS-26-000001", "MS-26-000002", "MS-26-000010")
		has(store.LabelFilter{Class: b7, School: d.north}, "MS-26-000002", "MS-26-000010")
		has(store.LabelFilter{Numbers: []string{"ms-26-000010", serial, "ms-26-000010", strings.ToLower(serial)}, Sort: store.LabelsAsTyped}, "MS-26-000010", "MS-26-000001")

		printed, err := s.PrintLabels(ctx, d.by, whole, "")
		if err != nil || len(printed.Rows) != 4 {
			t.Fatalf("%+v: %v", printed, err)
		}
		form := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{13}$`)
		seen := map[string]bool{}
		for _, r := range printed.Rows {
			if (r.Number == "") != (r.Found == "") || r.Found != "" && (!form.MatchString(r.Found) || seen[r.Found]) {
				t.Errorf("%s leads to %q", r.Number, r.Found)
			}
			seen[r.Found] = true
		}
		id := printed.Rows[1].Found
		if _, err := s.PrintLabels(ctx, d.by, whole, ""); school.KindOf(err) != school.Invalid {
			t.Errorf("labels are printed again without a reason: %v", err)
		}
		if _, err := s.PrintLabels(ctx, d.by, whole, "Lena hat ihn abgezogen"); school.KindOf(err) != school.Invalid {
			t.Errorf("a reason of one's own is taken: %v", err)
		}
		again, err := s.PrintLabels(ctx, d.by, whole, store.LabelWorn)
		if err != nil || again.Rows[1].Found != id {
			t.Errorf("a label printed again leads elsewhere: %v", err)
		}

		x, err := s.FoundBy(ctx, id)
		if err != nil || x.Owner == "" || x.Authority != d.by.Tenant {
			t.Errorf("%+v: %v", x, err)
		}
		if _, err := s.FoundBy(ctx, "0000000000000"); school.KindOf(err) != school.NotFound {
			t.Errorf("an unknown label is %v", err)
		}
		if device, err := s.FoundThing(ctx, d.by, id); err != nil || device != printed.Rows[1].Device {
			t.Errorf("it leads to %s: %v", device, err)
		}

		next := d.clerk(school.SchoolAdmin, d.south)
		if l, err := s.LabelsFor(ctx, next, whole); err != nil || len(l.Rows) != 0 {
			t.Errorf("the school next door prints for this one: %d, %v", len(l.Rows), err)
		}
		if _, err := s.FoundThing(ctx, next, id); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door lands on the device: %v", err)
		}
		if l, err := s.LabelsFor(ctx, next, store.LabelFilter{Numbers: []string{"MS-26-000001"}}); err != nil || len(l.Unknown) != 1 {
			t.Errorf("it learns of a number: %+v, %v", l, err)
		}
		for _, f := range []store.LabelFilter{{}, {School: d.north, Numbers: []string{"1"}}} {
			if _, err := s.LabelsFor(ctx, d.by, f); school.KindOf(err) != school.Invalid {
				t.Errorf("%+v is taken: %v", f, err)
			}
		}
		if _, err := s.LabelsFor(ctx, d.clerk(school.Auditor, ""), whole); school.KindOf(err) != school.NotFound {
			t.Errorf("an auditor prints: %v", err)
		}
	})
}

func TestSheetsAndPrintersAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		north, south := d.clerk(school.SchoolAdmin, d.north), d.clerk(school.SchoolAdmin, d.south)
		sheet := school.LabelSheet{Name: "Eigene 38", Wide: 38.1, High: 21.17, Left: 4.7, Top: 10.9, Across: 40.6, Down: 21.2}
		if _, _, err := s.AddLabelSheet(ctx, north, sheet); school.KindOf(err) != school.NotFound {
			t.Errorf("a school makes a sheet for everybody: %v", err)
		}
		id, set, err := s.AddLabelSheet(ctx, d.by, sheet)
		if err != nil {
			t.Fatal(err)
		}
		printer := school.LabelPrinter{School: d.north, Name: "Sekretariat", Left: 20.25, Top: 19.5, Across: 170.5, Down: 249.75}
		pid, _, err := s.AddLabelPrinter(ctx, north, printer)
		if err != nil {
			t.Fatal(err)
		}
		sheets, err := s.LabelSheets(ctx, south)
		sheet.ID = id
		if err != nil || len(sheets) != 1 || sheets[0] != sheet {
			t.Errorf("%+v: %v", sheets, err)
		}
		printers, err := s.LabelPrinters(ctx, north)
		printer.ID = pid
		if err != nil || len(printers) != 1 || printers[0] != printer {
			t.Errorf("%+v: %v", printers, err)
		}
		if theirs, err := s.LabelPrinters(ctx, south); err != nil || len(theirs) != 0 {
			t.Errorf("the school next door sees %+v: %v", theirs, err)
		}
		if _, err := s.RemoveLabelPrinter(ctx, south, pid); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door removes a printer: %v", err)
		}
		if _, err := s.RemoveLabelPrinter(ctx, north, pid); err != nil {
			t.Error(err)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Error(err)
		}
		if sheets, err := s.LabelSheets(ctx, d.by); err != nil || len(sheets) != 0 {
			t.Errorf("after undo there is %+v: %v", sheets, err)
		}
	})
}

// Who administers a school prints labels of its notebooks, too, and of no other school's.
func TestASchoolPrintsLabelsOfWhatIsNoDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := map[string]school.AssetID{}
		for number, at := range map[string]school.SchoolID{"NB-26-000001": d.north, "NB-26-000002": d.south, "NB-26-000003": ""} {
			id, err := s.CreateAsset(ctx, d.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, Number: number, School: at})
			ids[number] = must(t, id, err)
		}
		own := d.clerk(school.SchoolAdmin, d.north)
		for _, f := range []store.LabelFilter{{School: d.north}, {Numbers: []string{"NB-26-000001", "NB-26-000002", "NB-26-000003"}}} {
			if l, err := s.LabelsFor(ctx, own, f); err != nil || len(l.Rows) != 1 || l.Rows[0].Number != "NB-26-000001" || l.Rows[0].SchoolName != "Gymnasium Nord" {
				t.Errorf("%+v: %+v %v", f, l, err)
			}
		}
		if l, err := s.PrintLabels(ctx, own, store.LabelFilter{School: d.north}, ""); err != nil || len(l.Rows) != 1 || l.Rows[0].Found == "" {
			t.Errorf("%+v %v", l, err)
		}
		if l, err := s.LabelsFor(ctx, d.by, store.LabelFilter{Numbers: []string{"NB-26-000003"}}); err != nil || len(l.Rows) != 1 {
			t.Errorf("of no school: %+v %v", l, err)
		}
		for number, id := range ids { // what is gone gets a label only where somebody means it
			x, err := s.AssetByID(ctx, d.by, id)
			x.State = school.AssetRetired
			if _, err2 := s.ChangeAsset(ctx, d.by, x.Asset); err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if l, err := s.LabelsFor(ctx, d.by, store.LabelFilter{Numbers: []string{number}}); err != nil || len(l.Rows) != 1 {
				t.Errorf("%s: %+v %v", number, l, err)
			}
		}
		if l, err := s.LabelsFor(ctx, d.by, store.LabelFilter{School: d.north}); err != nil || len(l.Rows) != 0 {
			t.Errorf("gone: %+v %v", l, err)
		}
	})
}

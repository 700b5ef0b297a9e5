package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestOneFieldFindsEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7b")
		d.class(d.south, "7b")
		lena := d.pupil(d.north, a, "Lena", "Müller")
		d.pupil(d.south, "", "Lena", "Probe")
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		for i, number := range []string{"MS-26-0004", "MS-26-00041", "7b-1"} {
			if _, err := s.SetNumber(ctx, d.by, ids[i], number); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.CreatePlace(ctx, d.by, school.Place{School: d.north, Kind: school.Case, Name: "Koffer 7b"}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
			t.Fatal(err)
		}
		names := func(f store.Found) (out []string) {
			for _, x := range []struct {
				kind string
				hits []store.Hit
			}{{"device", f.Devices}, {"person", f.Persons}, {"class", f.Classes}, {"school", f.Schools}, {"place", f.Places}} {
				for _, h := range x.hits {
					exact := ""
					if h.Exact {
						exact = " !"
					}
					out = append(out, x.kind+" "+h.Name+exact)
				}
			}
			return out
		}
		north, south, auditor := d.clerk(school.SchoolAdmin, d.north), d.clerk(school.SchoolAdmin, d.south), d.clerk(school.Auditor, "")
		for _, x := range []struct {
			by   school.Actor
			text string
			want []string
		}{
			{d.by, "MS-26-0004", []string{"device MS-26-0004 !", "device MS-26-00041"}},
			{d.by, "ms-26-00041", []string{"device MS-26-00041 !"}},
			{d.by, "f9fx000001", []string{"device MS-26-00041 !"}},
			{d.by, "SF9FX000001", []string{"device MS-26-00041 !"}}, // scanned from the box
			{d.by, "0041", []string{"device MS-26-00041"}},
			{d.by, "7b", []string{"device 7b-1", "class 7b", "class 7b", "place Koffer 7b"}},
			{d.by, "7b nord", []string{"class 7b", "place Koffer 7b"}},
			{d.by, "nord", []string{"school Gymnasium Nord"}},
			{d.by, "lena", []string{"person Müller, Lena", "person Probe, Lena"}},
			{d.by, "Lena Mull", []string{"person Müller, Lena"}},
			{d.by, "Müller, Lena", []string{"person Müller, Lena"}},
			{north, "lena", []string{"person Müller, Lena"}},
			{south, "lena", []string{"person Probe, Lena"}},
			{south, "MS-26-0004", nil},
			{south, "7b", []string{"class 7b"}},
			{auditor, "lena", nil},
			{auditor, "MS-26-0004", []string{"device MS-26-0004 !", "device MS-26-00041"}},
			{newAuthority(t, s, "Anderswo"), "lena", nil},
			{newAuthority(t, s, "Nirgends"), "7b", nil},
			{d.by, "7", nil},
			{d.by, "  %_ ", nil},
			{d.by, "", nil},
		} {
			f, err := s.Search(ctx, x.by, x.text)
			if err != nil {
				t.Fatal(x.text, err)
			}
			if diff := cmp.Diff(x.want, names(f)); diff != "" {
				t.Errorf("%s searches %q: %s", x.by.Name, x.text, diff)
			}
		}
		f, _ := s.Search(ctx, d.by, "lena mu")
		if len(f.Persons) != 1 || f.Persons[0].Detail != "7b · MS-26-0004" || f.Persons[0].SchoolName != "Gymnasium Nord" {
			t.Errorf("%+v", f.Persons)
		}
		for i := range 10 {
			d.pupil(d.north, "", fmt.Sprintf("Kim %d", i), "Viele")
		}
		if f, _ := s.Search(ctx, d.by, "viele"); len(f.Persons) != 8 {
			t.Errorf("%d persons on one name", len(f.Persons))
		}
	})
}

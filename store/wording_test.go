package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

const receipt = "{{class.name}}\n\n{{table.devices}}\n\n{{signatures}}\n"

func TestAWordingIsDraftedReleasedAndNeverChangedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		const kind = school.ClassReceipt
		if all, err := s.Wordings(ctx, d.by); err != nil || len(all) != 0 {
			t.Fatalf("%+v: %v", all, err)
		}
		if _, err := s.SaveWording(ctx, d.by, kind, "", "Noch ohne alles {{gibt.es.nicht}}"); err != nil {
			t.Fatalf("a draft may be wrong: %v", err)
		}
		draft := func() store.WordingRow {
			t.Helper()
			all, err := s.WordingVersions(ctx, d.by, kind)
			if err != nil || len(all) == 0 || all[0].Number != 0 {
				t.Fatalf("there is no draft: %+v, %v", all, err)
			}
			return all[0]
		}
		first := draft()
		if _, err := s.ReleaseWording(ctx, d.by, kind, first.Hash); school.KindOf(err) != school.Invalid {
			t.Errorf("what names unknown places is released: %v", err)
		}
		if _, err := s.SaveWording(ctx, d.by, kind, first.Hash, receipt); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SaveWording(ctx, d.by, kind, first.Hash, "etwas anderes"); school.KindOf(err) != school.Conflict {
			t.Errorf("who wrote meanwhile is written over: %v", err)
		}
		if _, err := s.ReleaseWording(ctx, d.by, kind, first.Hash); school.KindOf(err) != school.Conflict {
			t.Errorf("what nobody has seen is released: %v", err)
		}
		good := draft()
		set, err := s.ReleaseWording(ctx, d.by, kind, good.Hash)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.WordingVersions(ctx, d.by, kind)
		if err != nil || len(all) != 1 || all[0].Number != 1 || all[0].Body != receipt || all[0].Released.IsZero() {
			t.Fatalf("%+v: %v", all, err)
		}
		if _, err := s.SaveWording(ctx, d.by, kind, "", receipt); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReleaseWording(ctx, d.by, kind, draft().Hash); school.KindOf(err) != school.Conflict {
			t.Errorf("the same text is another version: %v", err)
		}
		if _, err := s.SaveWording(ctx, d.by, kind, "", "# Neu\n\n"+receipt); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReleaseWording(ctx, d.by, kind, draft().Hash); err != nil {
			t.Fatal(err)
		}
		if all, err = s.WordingVersions(ctx, d.by, kind); err != nil || len(all) != 2 || all[0].Number != 2 || all[1].Body != receipt {
			t.Errorf("the first version is no more what it was: %+v, %v", all, err)
		}
		if now, err := s.Wordings(ctx, d.by); err != nil || len(now) != 1 || now[0].Number != 2 {
			t.Errorf("new documents say %+v: %v", now, err)
		}
		if _, err := s.DropWording(ctx, d.by, kind); school.KindOf(err) != school.NotFound {
			t.Errorf("a draft that is not there is thrown away: %v", err)
		}
		if _, err := s.SaveWording(ctx, d.by, "will", "", "x"); school.KindOf(err) != school.NotFound {
			t.Errorf("a kind nobody knows has a text: %v", err)
		}
		north := d.clerk(school.SchoolAdmin, d.north)
		if _, err := s.SaveWording(ctx, north, kind, "", receipt); school.KindOf(err) != school.NotFound && school.KindOf(err) != school.Denied {
			t.Errorf("a school writes for all: %v", err)
		}
		if _, err := s.Wordings(ctx, north); school.KindOf(err) != school.NotFound {
			t.Errorf("a school reads drafts: %v", err)
		}
		if _, err := s.Undo(ctx, d.by, set); err == nil {
			t.Error("a release others built upon is undone")
		}
	})
}

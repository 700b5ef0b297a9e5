package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

const ownContract = "{{authority.name}} {{person.name}} {{contract.number}} {{contract.until}}\n\n{{table.kit}}\n\n{{signatures}}\n"

// A second run makes only what changed; what was signed keeps its text and its file for good.
func TestMUC10_ASecondRunMakesOnlyWhatChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		lena, ben := d.pupil(d.north, b7, "Lena", "Muster"), d.pupil(d.north, b7, "Ben", "Adam")
		ids, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: lena}, {Person: ben}})
		if err != nil || len(ids) != 2 {
			t.Fatalf("%v: %v", ids, err)
		}
		paper := func(i int, facts string) store.NewDocument {
			return store.NewDocument{Contract: ids[i], Kind: school.LoanContract, Body: ownContract, Facts: []byte(facts), Same: []byte(facts)}
		}
		run := func(wantMade, wantSame int, papers ...store.NewDocument) {
			t.Helper()
			made, same, err := s.MakeDocuments(ctx, d.by, d.north, papers)
			if err != nil || made != wantMade || same != wantSame {
				t.Errorf("%d made, %d same: %v", made, same, err)
			}
		}
		run(2, 0, paper(0, "lena"), paper(1, "ben"))
		run(0, 2, paper(0, "lena"), paper(1, "ben"))
		run(1, 1, paper(0, "lena, jetzt 7c"), paper(1, "ben"))
		files, err := s.ClassDocuments(ctx, d.by, b7, school.LoanContract, school.StaffTerms)
		if err != nil || len(files) != 2 || string(files[0].Facts) != "ben" || string(files[1].Facts) != "lena, jetzt 7c" || files[0].Body != ownContract {
			t.Fatalf("the class is printed as %+v: %v", files, err)
		}
		if c, err := s.ContractByID(ctx, d.by, ids[0]); err != nil || c.State != school.ContractPrepared {
			t.Errorf("the contract is %s: %v", c.State, err)
		}

		doc := files[1]
		if err := s.SignDocument(ctx, d.by, doc.ID, school.ByPaper, "another", []byte("%PDF")); school.KindOf(err) != school.Conflict {
			t.Errorf("what nobody has seen is signed: %v", err)
		}
		if err := s.SignDocument(ctx, d.by, doc.ID, school.ByPaper, doc.Hash, []byte("%PDF")); err != nil {
			t.Fatal(err)
		}
		if err := s.SignDocument(ctx, d.by, doc.ID, school.ByPad, doc.Hash, []byte("%PDF2")); school.KindOf(err) != school.Conflict {
			t.Errorf("a paper is signed twice: %v", err)
		}
		if c, err := s.ContractByID(ctx, d.by, ids[0]); err != nil || c.State != school.ContractSigned || c.SignedHow != school.ByPaper {
			t.Errorf("the contract is %s, %s: %v", c.State, c.SignedHow, err)
		}
		if _, err := s.SaveWording(ctx, d.by, school.LoanContract, "", "# Neu\n\n"+ownContract); err != nil {
			t.Fatal(err)
		}
		drafts, err := s.WordingVersions(ctx, d.by, school.LoanContract)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReleaseWording(ctx, d.by, school.LoanContract, drafts[0].Hash); err != nil {
			t.Fatal(err)
		}
		run(1, 0, paper(1, "ben"))
		signed, err := s.DocumentByID(ctx, d.by, doc.ID)
		if err != nil || signed.Body != ownContract || string(signed.File) != "%PDF" {
			t.Errorf("what was signed says something else now: %+v, %v", signed, err)
		}
		all, err := s.DocumentsOf(ctx, d.by, ids[1])
		if err != nil || len(all) != 2 || !all[0].Replaced.IsZero() || all[1].Replaced.IsZero() {
			t.Errorf("%+v: %v", all, err)
		}

		south := d.clerk(school.SchoolAdmin, d.south)
		if _, err := s.DocumentByID(ctx, south, doc.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door reads a contract: %v", err)
		}
		if _, _, err := s.MakeDocuments(ctx, south, d.south, []store.NewDocument{paper(1, "x")}); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door makes a contract: %v", err)
		}
		if err := s.SignDocument(ctx, south, all[0].ID, school.ByPaper, all[0].Hash, []byte("%PDF")); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door signs: %v", err)
		}
		if err := s.ErasePerson(ctx, d.by, ben); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DocumentByID(ctx, d.by, all[0].ID); school.KindOf(err) != school.NotFound {
			t.Errorf("the paper of somebody who was erased is there: %v", err)
		}
	})
}

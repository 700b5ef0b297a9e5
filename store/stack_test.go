package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A stack that was cut off goes on without a page twice; a page is filed with exactly the paper its bars name, and with no other; what
// waits for somebody is never lost, and what is done is forgotten in time.
func TestMUC11_PagesAreFiledOnceAndNeverLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		c := d.class(d.north, "7a")
		lena, ben := d.pupil(d.north, c, "Lena", "Muster"), d.pupil(d.north, c, "Ben", "Adam")
		ids, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: lena}, {Person: ben}})
		must(t, ids, err)
		paper := func(i int, says string) {
			_, _, err := s.MakeDocuments(ctx, d.by, d.north, []store.NewDocument{{Contract: ids[i], Kind: school.LoanContract, Body: ownContract, Facts: []byte(says), Same: []byte(says)}})
			must(t, 0, err)
		}
		paper(0, "alt")
		old, err := s.DocumentsOf(ctx, d.by, ids[0])
		was := must(t, old, err)[0].Hash[:5]
		paper(0, "lena")
		paper(1, "ben")
		now, err := s.DocumentsOf(ctx, d.by, ids[0])
		mark := must(t, now, err)[0].Hash[:5]
		number := func(i int) string {
			k, err := s.ContractByID(ctx, d.by, ids[i])
			return must(t, k, err).Number
		}
		first, second := number(0), number(1)
		pages := []store.ScannedPage{{N: 1, Picture: []byte("eins"), Code: "x", Number: first, Mark: mark, Page: 1}, {N: 2, Picture: []byte("zwei"), Number: first, Mark: mark, Page: 2},
			{N: 3, Picture: []byte("alt"), Number: first, Mark: was, Page: 1}, {N: 4, Picture: []byte("noch einmal"), Number: first, Mark: mark, Page: 1}, {N: 5, Picture: []byte("leer")},
			{N: 6, Number: "L-26-999999", Mark: mark, Page: 1}, {N: 7, Picture: []byte("ben"), Number: second, Page: 1}}
		stop := errors.New("power cut")
		reader := func(most int) store.StackReader {
			return func(_ context.Context, file []byte, each func(store.ScannedPage) error) error {
				if string(file) != "%PDF" {
					t.Errorf("read is %q", file)
				}
				for i, p := range pages {
					if i == most {
						return stop
					}
					if err := each(p); err != nil {
						return err
					}
				}
				return nil
			}
		}
		id, err := s.BringStack(ctx, d.by, d.north, []byte("%PDF"))
		must(t, id, err)
		for most := range len(pages) {
			if err := s.ReadStacks(ctx, reader(most)); !errors.Is(err, stop) {
				t.Fatalf("cut off after %d pages: %v", most, err)
			}
		}
		if x, _, err := s.StackByID(ctx, d.by, id); err != nil || !x.Read.IsZero() || x.Pages != len(pages)-1 {
			t.Errorf("%+v: %v", x, err)
		}
		if err := s.ReadStacks(ctx, reader(-1)); err != nil {
			t.Fatal(err)
		}
		x, all, err := s.StackByID(ctx, d.by, id)
		if must(t, x, err); x.Read.IsZero() || x.Pages != 7 || x.Review != 4 || x.Confirm != 2 {
			t.Errorf("%+v", x)
		}
		for i, want := range []string{"", "", "replaced", "twice", "unread", "unknown", ""} {
			if all[i].Why != want || (want == "") != (all[i].State == "filed") {
				t.Errorf("page %d is %+v, want %q", i+1, all[i], want)
			}
		}
		if p, err := s.StackPicture(ctx, d.by, all[1].ID); err != nil || string(p) != "zwei" {
			t.Errorf("%q: %v", p, err)
		}
		if _, err := s.StackPicture(ctx, d.by, all[5].ID); school.KindOf(err) != school.NotFound {
			t.Errorf("a page without a picture: %v", err)
		}
		docs, back, err := s.StackDocuments(ctx, d.by, id)
		if must(t, docs, err); len(docs) != 2 || len(back[all[0].Document]) != 2 || len(back[all[6].Document]) != 1 {
			t.Errorf("%+v %+v", docs, back)
		}
		south := d.clerk(school.SchoolAdmin, d.south)
		if docs, _, err := s.StackDocuments(ctx, south, id); err != nil || len(docs) != 0 {
			t.Errorf("the school next door: %+v %v", docs, err)
		}
		_, _, err1 := s.StackByID(ctx, south, id)
		_, err2 := s.StackPicture(ctx, south, all[1].ID)
		_, err3 := s.BringStack(ctx, south, d.north, []byte("x"))
		for _, err := range []error{err1, err2, err3, s.FileStackPage(ctx, south, id, all[4].ID, first), s.SetStackPageAside(ctx, south, id, all[4].ID)} {
			if school.KindOf(err) != school.NotFound {
				t.Errorf("the school next door: %v", err)
			}
		}
		if err := s.FileStackPage(ctx, d.by, id, all[4].ID, second); err != nil {
			t.Fatal(err)
		}
		if err := s.SetStackPageAside(ctx, d.by, id, all[4].ID); school.KindOf(err) != school.Conflict {
			t.Errorf("what was filed is set aside: %v", err)
		}
		for _, n := range []int{2, 3, 5} {
			if err := s.SetStackPageAside(ctx, d.by, id, all[n].ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.BringStack(ctx, d.by, d.north, nil); school.KindOf(err) != school.Invalid {
			t.Errorf("nothing is a stack: %v", err)
		}
		bad, err := s.BringStack(ctx, d.by, d.north, []byte("GIF"))
		must(t, bad, err)
		if err := s.ReadStacks(ctx, func(context.Context, []byte, func(store.ScannedPage) error) error {
			return school.Refuse("file", "scan_file")
		}); err != nil {
			t.Fatal(err)
		}
		if x, _, err := s.StackByID(ctx, d.by, bad); err != nil || x.Trouble != "scan_file" || x.Read.IsZero() {
			t.Errorf("%+v: %v", x, err)
		}
		if err := s.ErasePerson(ctx, d.by, ben); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StackPicture(ctx, d.by, all[6].ID); school.KindOf(err) != school.NotFound {
			t.Errorf("the page of somebody who was erased is there: %v", err)
		}
	})
}

// The file of a stack is kept as long as a page of it waits, and two weeks; its pages live with their papers.
func TestMUC11_AFileIsKeptWhileAPageWaits(t *testing.T) {
	at := inSummer()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: func() time.Time { return at }})
	ctx := context.Background()
	d := newTown(t, s)
	lena := d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Muster")
	ids, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: lena}})
	must(t, ids, err)
	_, _, err = s.MakeDocuments(ctx, d.by, d.north, []store.NewDocument{{Contract: ids[0], Kind: school.LoanContract, Body: ownContract, Facts: []byte("x"), Same: []byte("x")}})
	must(t, 0, err)
	k, err := s.ContractByID(ctx, d.by, ids[0])
	must(t, k, err)
	id, err := s.BringStack(ctx, d.by, d.north, []byte("%PDF"))
	must(t, id, err)
	read := 0
	reader := func(_ context.Context, _ []byte, each func(store.ScannedPage) error) error {
		read++
		return errors.Join(each(store.ScannedPage{N: 1, Picture: []byte("a"), Number: k.Number, Page: 1}), each(store.ScannedPage{N: 2, Picture: []byte("b")}))
	}
	if err := s.ReadStacks(ctx, reader); err != nil {
		t.Fatal(err)
	}
	_, pages, err := s.StackByID(ctx, d.by, id)
	must(t, pages, err)
	later := func(want int) {
		t.Helper()
		at = at.Add(15 * 24 * time.Hour)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		_, pages, err := s.StackByID(ctx, d.by, id)
		if err != nil || len(pages) != want {
			t.Errorf("%d pages: %v", len(pages), err)
		}
	}
	later(2)
	if err := s.SetStackPageAside(ctx, d.by, id, pages[1].ID); err != nil {
		t.Fatal(err)
	}
	later(2) // one waits to be confirmed
	docs, err := s.DocumentsOf(ctx, d.by, ids[0])
	if err := s.SignDocument(ctx, d.by, must(t, docs, err)[0].ID, school.ByPaper, docs[0].Hash, []byte("%PDF")); err != nil {
		t.Fatal(err)
	}
	later(1)
	if scanned, err := s.ScannedPages(ctx, d.by, docs[0].ID); err != nil || len(scanned) != 1 {
		t.Errorf("what was signed has %d pages: %v", len(scanned), err)
	}
	if read != 1 {
		t.Errorf("read %d times", read)
	}
}

// The file of a stack is forgotten when it was read, unless a page is to be seen in it alone; and then when somebody looked at that page,
// or is erased whose paper lay in it.
func TestMUC11_NobodyWhoIsErasedLivesOnInAFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		lena := d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Muster")
		ids, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: lena}})
		must(t, ids, err)
		_, _, err = s.MakeDocuments(ctx, d.by, d.north, []store.NewDocument{{Contract: ids[0], Kind: school.LoanContract, Body: ownContract, Facts: []byte("x"), Same: []byte("x")}})
		must(t, 0, err)
		k, err := s.ContractByID(ctx, d.by, ids[0])
		must(t, k, err)
		signed, bare, blank := store.ScannedPage{Picture: []byte("a"), Number: k.Number, Page: 1}, store.ScannedPage{}, store.ScannedPage{Picture: []byte("b")}
		stack := func(pages ...store.ScannedPage) (school.StackID, []store.StackPage) {
			t.Helper()
			id, err := s.BringStack(ctx, d.by, d.north, []byte("%PDF"))
			must(t, id, err)
			if err := s.ReadStacks(ctx, func(_ context.Context, _ []byte, each func(store.ScannedPage) error) (err error) {
				for i, p := range pages {
					p.N = i + 1
					err = errors.Join(err, each(p))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			_, all, err := s.StackByID(ctx, d.by, id)
			return id, must(t, all, err)
		}
		kept := func(id school.StackID) bool {
			t.Helper()
			b, err := s.StackFile(ctx, d.by, id)
			if err != nil && school.KindOf(err) != school.NotFound || err == nil && string(b) != "%PDF" {
				t.Fatalf("%q, %v", b, err)
			}
			return err == nil
		}
		mixed, pages := stack(signed, bare)
		alone, lone := stack(bare)
		if seen, _ := stack(blank); kept(seen) {
			t.Error("all of it is to be seen, and the file is there")
		}
		if !kept(mixed) || !kept(alone) {
			t.Error("a page that is to be seen nowhere else is lost")
		}
		if _, err := s.StackFile(ctx, d.clerk(school.SchoolAdmin, d.south), mixed); school.KindOf(err) != school.NotFound {
			t.Errorf("the school next door: %v", err)
		}
		if _, err := s.StackFile(ctx, d.clerk(school.SchoolAdmin, d.north), mixed); err != nil {
			t.Error(err)
		}
		if log, err := s.Audit(ctx, d.by, store.AuditFilter{Event: "names.exported"}); err != nil || len(log) != 1 || log[0].Detail["list"] != "stack" {
			t.Errorf("%+v %v", log, err)
		}
		if err := s.FileStackPage(ctx, d.by, mixed, pages[1].ID, k.Number); codeOf(err) != "stack_moved" {
			t.Errorf("a page that cannot be seen is filed: %v", err)
		}
		if err := s.SetStackPageAside(ctx, d.by, alone, lone[0].ID); err != nil || kept(alone) {
			t.Errorf("somebody has looked: %v", err)
		}
		if err := s.ErasePerson(ctx, d.by, lena); err != nil || kept(mixed) {
			t.Errorf("whoever is erased is still there: %v", err)
		}
	})
}

// A stack that cannot be read now, or ever, holds up no other, and one that takes the server down is set aside.
func TestMUC11_OneStackDoesNotHoldUpTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		var ids []school.StackID
		for _, file := range []string{"fails", "kills", "reads"} {
			id, err := s.BringStack(ctx, d.by, d.north, []byte(file))
			ids = append(ids, must(t, id, err))
		}
		fails, died := errors.New("no disk"), 0
		read := func() (err error) {
			defer func() {
				if recover() != nil {
					died++
				}
			}()
			return s.ReadStacks(ctx, func(_ context.Context, file []byte, each func(store.ScannedPage) error) error {
				switch string(file) {
				case "fails":
					return fails
				case "kills":
					panic("out of memory")
				}
				return each(store.ScannedPage{N: 1, Picture: []byte("a")})
			})
		}
		for range 4 {
			read()
		}
		if err := read(); !errors.Is(err, fails) {
			t.Errorf("nobody hears what failed: %v", err)
		}
		for i, want := range []string{"", "scan_died", ""} {
			x, _, err := s.StackByID(ctx, d.by, ids[i])
			if must(t, x, err); x.Trouble != want || x.Read.IsZero() != (i == 0) {
				t.Errorf("%+v, want %q", x, want)
			}
		}
		if died != store.MostStackTries {
			t.Errorf("the server died %d times", died)
		}
	})
}

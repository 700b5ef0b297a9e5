package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A run that is cut off at any of its looks at the clock, of which there are several within every transaction, has made each
// class whole or not at all; the next go ends it, and no paper is made twice.
func TestMUC10_APrintRunGoesOnWhereItWasCutOff(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var cut atomic.Pointer[func()]
			s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time {
				if f := cut.Load(); f != nil {
					(*f)()
				}
				return inSummer()
			}})
			ctx := context.Background()
			d := newTown(t, s)
			var wishes []store.ContractWish
			for _, name := range []string{"7a", "7b"} {
				c := d.class(d.north, name)
				wishes = append(wishes, store.ContractWish{Person: d.pupil(d.north, c, "Lena", "Muster")}, store.ContractWish{Person: d.pupil(d.north, c, "Ben", "Adam")})
			}
			wishes = append(wishes, store.ContractWish{Person: d.pupil(d.north, "", "Ole", "Ohne")})
			contracts, _, err := s.PlanContracts(ctx, d.by, d.north, wishes)
			must(t, contracts, err)
			turn := 0
			maker := func(_ context.Context, _ school.Actor, x store.ContractPage, kind school.DocumentKind) (store.NewDocument, error) {
				facts := fmt.Sprint(turn, x.PersonName)
				return store.NewDocument{Contract: x.ID, Kind: kind, Body: ownContract, Facts: []byte(facts), Same: []byte(facts)}, nil
			}
			for cuts := 0; ; turn++ {
				id, err := s.OrderPrint(ctx, d.by, d.north, nil, false)
				must(t, id, err)
				if _, err := s.OrderPrint(ctx, d.by, d.north, nil, false); school.KindOf(err) != school.Conflict {
					t.Fatalf("two orders of one school run at once: %v", err)
				}
				dies, end := context.WithCancel(ctx)
				looks := 0
				stop := func() {
					if looks++; looks == turn+1 {
						end()
					}
				}
				cut.Store(&stop)
				err = s.RunPrints(dies, maker)
				cut.Store(nil)
				whole := dies.Err() == nil
				end()
				if whole && err != nil {
					t.Fatal(err)
				}
				if !whole {
					cuts++
				}
				_, files, err := s.PrintByID(ctx, d.by, id)
				for _, f := range must(t, files, err) {
					if f.State == "waiting" && f.Papers+f.Made > 0 || f.State == "done" && (f.Papers != f.Contracts || f.Made != f.Contracts) {
						t.Fatalf("cut off at look %d, class %q is half made: %+v", turn+1, f.ClassName, f)
					}
				}
				if err := s.RunPrints(ctx, maker); err != nil {
					t.Fatal(err)
				}
				run, files, err := s.PrintByID(ctx, d.by, id)
				if must(t, run, err); run.Ended.IsZero() || run.Made != 5 || run.Done != 5 || run.Papers != 5 || len(files) != 3 || files[0].ClassName != "7a" || files[2].Class != "" {
					t.Fatalf("after the cut at look %d: %+v, %+v", turn+1, run, files)
				}
				for _, c := range contracts {
					if all, err := s.DocumentsOf(ctx, d.by, c); err != nil || len(all) != turn+1 {
						t.Fatalf("a contract has %d papers after %d runs: %v", len(all), turn+1, err)
					}
				}
				if whole {
					if cuts < 10 {
						t.Errorf("the run was cut off %d times: that is nothing", cuts)
					}
					break
				}
			}
			papers, err := s.PrintDocuments(ctx, d.by, must(t, firstFile(t, s, d.by), nil))
			if err != nil || len(papers) != 2 || string(papers[0].Facts) != fmt.Sprint(turn, "Adam, Ben") {
				t.Errorf("7a is printed as %+v: %v", papers, err)
			}
		})
	}
}

// firstFile is the first class of the newest run.
func firstFile(t *testing.T, s *store.Store, by school.Actor) school.PrintFileID {
	t.Helper()
	list, err := s.Prints(context.Background(), by, "", 1)
	_, files, err2 := s.PrintByID(context.Background(), by, must(t, list, err).Rows[0].ID)
	return must(t, files, err2)[0].ID
}

// Another order lays out only what changed, or everything if that is wanted; what was signed or erased is in no file, a school
// next door sees nothing of it, and after a month the order is forgotten and the papers are not.
func TestMUC10_AnotherOrderPrintsOnlyWhatChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		c := d.class(d.north, "7a")
		lena, ben := d.pupil(d.north, c, "Lena", "Muster"), d.pupil(d.north, c, "Ben", "Adam")
		contracts, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: lena}, {Person: ben}})
		must(t, contracts, err)
		said := map[school.ContractID]string{}
		maker := func(_ context.Context, _ school.Actor, x store.ContractPage, kind school.DocumentKind) (store.NewDocument, error) {
			return store.NewDocument{Contract: x.ID, Kind: kind, Body: ownContract, Facts: []byte(x.PersonName), Same: []byte(said[x.ID])}, nil
		}
		run := func(whole bool, made, same, papers int) store.Print {
			t.Helper()
			id, err := s.OrderPrint(ctx, d.by, d.north, []school.ClassID{c}, whole)
			must(t, id, err)
			if err := s.RunPrints(ctx, maker); err != nil {
				t.Fatal(err)
			}
			p, _, err := s.PrintByID(ctx, d.by, id)
			if err != nil || p.Made != made || p.Same != same || p.Papers != papers {
				t.Errorf("%d made, %d same, %d to print: %+v, %v", made, same, papers, p, err)
			}
			return p
		}
		run(false, 2, 0, 2)
		log, err := s.Audit(ctx, d.by, store.AuditFilter{Limit: 50})
		before := len(must(t, log, err))
		run(false, 0, 2, 0)
		if log, err = s.Audit(ctx, d.by, store.AuditFilter{Limit: 50}); err != nil || len(log) != before+1 { // the order, and no paper
			t.Errorf("the log has %d entries, had %d: %v", len(log), before, err)
		}
		run(true, 0, 2, 2)
		said[contracts[1]] = "jetzt 7b"
		last := run(false, 1, 1, 1)
		docs, err := s.ClassDocuments(ctx, d.by, c, school.LoanContract)
		if err := s.SignDocument(ctx, d.by, must(t, docs, err)[0].ID, school.ByPaper, docs[0].Hash, []byte("%PDF")); err != nil {
			t.Fatal(err)
		}
		if p, _, err := s.PrintByID(ctx, d.by, last.ID); err != nil || p.Papers != 0 {
			t.Errorf("what was signed is printed once more: %+v, %v", p, err)
		}
		whole := run(true, 0, 2, 1)
		if _, err := s.CancelContract(ctx, d.by, contracts[0]); err != nil {
			t.Fatal(err)
		}
		if err := s.ErasePerson(ctx, d.by, lena); err != nil {
			t.Fatal(err)
		}
		if p, _, err := s.PrintByID(ctx, d.by, whole.ID); err != nil || p.Papers != 0 {
			t.Errorf("who was erased is printed: %+v, %v", p, err)
		}

		south := d.clerk(school.SchoolAdmin, d.south)
		if list, err := s.Prints(ctx, south, "", 0); err != nil || len(list.Rows) != 0 {
			t.Errorf("the school next door sees %d orders: %v", len(list.Rows), err)
		}
		_, err = s.OrderPrint(ctx, south, d.north, nil, false)
		_, _, err2 := s.PrintByID(ctx, south, whole.ID)
		_, err3 := s.Printable(ctx, south, d.north)
		for _, err := range []error{err, err2, err3, s.StopPrint(ctx, south, whole.ID)} {
			if school.KindOf(err) != school.NotFound {
				t.Errorf("the school next door: %v", err)
			}
		}
		if papers, err := s.PrintDocuments(ctx, south, firstFile(t, s, d.by)); err != nil || len(papers) != 0 {
			t.Errorf("the school next door prints %d: %v", len(papers), err)
		}
		if _, err := s.OrderPrint(ctx, d.by, d.south, nil, false); school.KindOf(err) != school.Invalid {
			t.Errorf("nothing is ordered: %v", err)
		}

		stopped, err := s.OrderPrint(ctx, d.by, d.north, nil, false)
		must(t, stopped, err)
		if err := s.StopPrint(ctx, d.by, stopped); err != nil {
			t.Fatal(err)
		}
		if err := s.StopPrint(ctx, d.by, stopped); school.KindOf(err) != school.Conflict {
			t.Errorf("stopped twice: %v", err)
		}
		if due, err := s.PrintsDue(ctx); err != nil || due {
			t.Errorf("what was stopped is due: %v", err)
		}
		if p, files, err := s.PrintByID(ctx, d.by, stopped); err != nil || p.Stopped != 1 || files[0].State != "stopped" {
			t.Errorf("%+v %+v: %v", p, files, err)
		}
	})
}

// An order that cannot be carried out now holds up no other, and whoever sees no people orders no paper with their names.
func TestMUC10_OneOrderDoesNotHoldUpTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		var orders []school.PrintID
		for _, at := range []school.SchoolID{d.north, d.south} {
			ids, _, err := s.PlanContracts(ctx, d.by, at, []store.ContractWish{{Person: d.pupil(at, d.class(at, "7a"), "Lena", "Muster")}})
			must(t, ids, err)
			if _, err := s.OrderPrint(ctx, d.clerk(school.Desk, at), at, nil, false); school.KindOf(err) != school.NotFound {
				t.Errorf("a desk orders names: %v", err)
			}
			id, err := s.OrderPrint(ctx, d.by, at, nil, false)
			orders = append(orders, must(t, id, err))
		}
		full := errors.New("disk full")
		err := s.RunPrints(ctx, func(_ context.Context, _ school.Actor, x store.ContractPage, kind school.DocumentKind) (store.NewDocument, error) {
			if x.School == d.north {
				return store.NewDocument{}, full
			}
			return store.NewDocument{Contract: x.ID, Kind: kind, Body: ownContract, Facts: []byte("x"), Same: []byte("x")}, nil
		})
		if !errors.Is(err, full) {
			t.Errorf("nobody hears what failed: %v", err)
		}
		for i, ended := range []bool{false, true} {
			if p, _, err := s.PrintByID(ctx, d.by, orders[i]); err != nil || p.Ended.IsZero() == ended {
				t.Errorf("%+v %v", p, err)
			}
		}
	})
}

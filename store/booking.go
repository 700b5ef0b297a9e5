package store

import (
	"context"
	"strings"
	"time"

	"ranzen/store/school"
)

// A desk books under a name its browser made up. Whatever arrives twice, after a lost answer, from a queue, or by a scanner that
// stutters, is booked once: the second time it is answered what the first came to.

// BookingFor is how long a desk can take back by one key what it booked; afterwards there is the page of the contract.
const BookingFor = 10 * time.Minute

// bookingsKept is how long a booking that arrives once more is known again: longer than a desk without a network may go on.
const bookingsKept = 3 * 24 * time.Hour

// Booking is one act of a desk. Exactly one of Issue, Return, Swap, Case, CaseBack and Harm is set.
type Booking struct {
	ID       string // made by the browser
	Issue    *Handover
	Return   *GivenBack
	Swap     *DeskSwap
	Case     *CaseOut
	CaseBack school.ContractID
	Harm     *Harm
}

// DeskSwap gives another asset under a contract.
type DeskSwap struct {
	Contract school.ContractID
	To       school.AssetID
	Reason   school.SwapReason
}

// CaseOut hands out a whole case to one person who answers for it.
type CaseOut struct {
	Place  school.PlaceID
	Person school.PersonID
	Due    time.Time
}

// Booked is what a booking came to.
type Booked struct {
	ID       string
	Act      string
	Contract school.ContractID
	Set      school.ChangeSetID
	At       time.Time
	Again    bool // it was booked before
	Undone   bool
}

func (b Booking) check() error {
	if b.ID = strings.TrimSpace(b.ID); len(b.ID) < 8 || len(b.ID) > 100 {
		return school.Refuse("id", "booking_id")
	}
	n := 0
	for _, set := range []bool{b.Issue != nil, b.Return != nil, b.Swap != nil, b.Case != nil, b.CaseBack != "", b.Harm != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return school.Refuse("act", "choice")
	}
	return nil
}

// Book carries out one act of a desk, once.
func (s *Store) Book(ctx context.Context, by school.Actor, b Booking) (Booked, error) {
	if err := b.check(); err != nil {
		return Booked{}, err
	}
	if x, err := s.booked(ctx, s.read(), by, b.ID); err != nil || x.ID != "" {
		return x, err
	}
	x := Booked{ID: b.ID}
	keep := func(tx *Tx) error {
		x.At = tx.now
		_, err := tx.exec(ctx, `INSERT INTO desk_booking (authority_id, id, actor_id, act, contract_id, change_set_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			string(tx.authority), b.ID, tx.by.ID(), x.Act, string(x.Contract), string(tx.changeSet()), micros(tx.now))
		return taken(err, "id", "booking_twice")
	}
	var err error
	switch {
	case b.Issue != nil:
		x.Act = "issue"
		x.Set, err = s.writeAsset(ctx, by, b.Issue.Asset, event{name: "asset.issued", verb: school.Lend, subject: "asset", id: string(b.Issue.Asset)}, func(tx *Tx, t thing) error {
			out, err := tx.handOut(t, *b.Issue)
			if x.Contract = out.Contract; err != nil {
				return err
			}
			return keep(tx)
		})
	case b.Return != nil:
		x.Act = "return"
		x.Set, err = s.writeAsset(ctx, by, b.Return.Asset, event{name: "asset.returned", verb: school.Lend, subject: "asset", id: string(b.Return.Asset)}, func(tx *Tx, t thing) error {
			in, err := tx.takeIn(t, *b.Return)
			if x.Contract = in.Contract; err != nil {
				return err
			}
			return keep(tx)
		})
	case b.Swap != nil:
		x.Act, x.Contract = "swap", b.Swap.Contract
		ev := event{name: "contract.swapped", verb: school.Lend, subject: "contract", id: string(b.Swap.Contract), detail: map[string]any{"reason": string(b.Swap.Reason)}}
		x.Set, err = s.writeAt(ctx, by, "contract", ev, func(tx *Tx, r row) error {
			if err := tx.swap(r, b.Swap.To, b.Swap.Reason); err != nil {
				return err
			}
			return keep(tx)
		})
	case b.Case != nil:
		x.Act = "case"
		x.Contract, x.Set, err = s.lendCase(ctx, by, *b.Case, func(tx *Tx, k school.ContractID) error { x.Contract = k; return keep(tx) })
	case b.Harm != nil:
		x.Act = "damage"
		_, x.Set, err = s.harm(ctx, by, *b.Harm, keep)
	default:
		x.Act, x.Contract = "case_back", b.CaseBack
		x.Set, err = s.caseBack(ctx, by, b.CaseBack, keep)
	}
	if err != nil {
		// Another desk, or the same with its second try, was faster: what it booked is the answer.
		if again, other := s.booked(ctx, s.read(), by, b.ID); other == nil && again.ID != "" {
			return again, nil
		}
		return Booked{}, err
	}
	return x, nil
}

// booked reads what a booking came to. One of somebody else is none.
func (s *Store) booked(ctx context.Context, c conn, by school.Actor, id string) (x Booked, err error) {
	found, err := c.one(ctx, `SELECT b.id, b.act, b.contract_id, b.change_set_id, b.created_at, COALESCE(s.undone_by IS NOT NULL, FALSE) FROM desk_booking b LEFT JOIN change_set s ON s.id = b.change_set_id
		WHERE b.authority_id = $1 AND b.id = $2 AND b.actor_id = $3`, args(string(by.Tenant), id, by.ID()), &x.ID, &x.Act, text(&x.Contract), text(&x.Set), stamp(&x.At), &x.Undone)
	if err != nil || !found {
		return Booked{}, err
	}
	x.Again = true
	return x, nil
}

// Unbook takes back what the desk booked within the last ten minutes. Doing it twice is doing it once.
func (s *Store) Unbook(ctx context.Context, by school.Actor, id string) (Booked, error) {
	x, err := s.booked(ctx, s.read(), by, id)
	switch {
	case err != nil || x.ID == "":
		return x, orMissing(err, "booking")
	case x.Undone:
		return x, nil
	case s.Now().Sub(x.At) > BookingFor:
		return x, school.Clash("booking_late", int(BookingFor/time.Minute))
	}
	_, err = s.Undo(ctx, by, x.Set)
	x.Undone = err == nil
	return x, err
}

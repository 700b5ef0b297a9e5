package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"; "sqlite3" comes with the store

	"ranzen/store"
	"ranzen/store/school"
)

// What happens in a year, beside the beginning.
const (
	year          = 365 * 24 * time.Hour
	classActs     = 6 // per class: a profile is assigned, and taken away a month later
	ordersPerYear = 4 // per iPad of a class, a class at a time
	questions     = 2 // asked of every iPad every day
)

// afterYear lets a year pass and looks whether anything that had been fast before grew with it (P11), what an iPad takes then
// (P12), and how soon every page is there (P15). What retention forgets by then, the server has forgotten.
func (t *town) afterYear(ctx context.Context) error {
	t.srv.stop()
	t.ahead += year
	if err := t.history(ctx); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if err := t.begin(ctx); err != nil {
		return err
	}
	if err := t.catchUp(ctx); err != nil { // what has grown old is asked once, by everybody
		return err
	}
	// The hourly job forgot what is over; what that freed is used again from here on.
	if err := t.later(ctx, 2*time.Hour); err != nil {
		return err
	}
	if t.wants("P12") {
		if err := t.footprint(ctx); err != nil {
			return err
		}
	}
	if t.wants("P15") {
		if err := t.walks(ctx); err != nil {
			return err
		}
	}
	if !t.wants("P11") {
		return nil
	}
	const after = " after a year"
	t.idles(ctx, "P11", "Idle"+after)
	if err := t.commands(ctx, "P11", "command"+after, false); err != nil {
		return err
	}
	t.enrols(ctx, "enrolment"+after)
	return ctx.Err()
}

// history writes the year that has passed. Acts of people go through the store, so that the chain of audit and the change sets are
// what they are; its clock stands where they happened. What iPads did in the year is state without a chain, and is written in sets.
func (t *town) history(ctx context.Context) error {
	now := t.now()
	began := time.Now()
	at := now.Add(-year)
	keys, err := store.OpenKeyRing(t.keys, false)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{URL: t.url, Keys: keys, Nature: store.Played, Now: func() time.Time { return at }})
	if err != nil {
		return err
	}
	acts, err := t.world.actsOf(ctx, st, func(part float64) { at = now.Add(-time.Duration(float64(year) * (1 - part))) })
	if err == nil {
		err = t.questions(ctx, st, now, &at)
	}
	if err == nil { // what ends within a year is renewed
		at = now
		err = errors.Join(t.world.pushCertificate(ctx, st), t.world.program(ctx, st), t.world.staff(ctx, st))
	}
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	t.say("%s: a year of history: %d acts of people, %d questions a day, after %.0f s", t.engine, acts, questions*len(t.world.devices), time.Since(began).Seconds())
	return nil
}

// actsOf is what people do in a year: class by class, so that no day is like the other. when moves the clock to a part of the year.
func (w *world) actsOf(ctx context.Context, st *store.Store, when func(part float64)) (acts int, err error) {
	classes := map[school.ClassID][]school.DeviceID{}
	for _, d := range w.devices {
		if d.class != "" {
			classes[d.class] = append(classes[d.class], d.id)
		}
	}
	order := make([]school.ClassID, 0, len(classes))
	for c := range classes {
		order = append(order, c)
	}
	slices.Sort(order)
	p, err := w.another()
	if err != nil {
		return 0, err
	}
	rounds := 2 * classActs
	hanging := map[school.ClassID]given{}
	for round := range rounds {
		for i, c := range order {
			when((float64(round) + float64(i)/float64(len(order))) / float64(rounds))
			if g, ok := hanging[c]; ok {
				delete(hanging, c)
				_, err = st.Unassign(ctx, w.by, g.assignment)
			} else {
				hanging[c], err = w.give(ctx, st, p, school.AtClass, string(c))
			}
			acts++
			if err == nil && round*ordersPerYear%rounds < ordersPerYear {
				_, err = st.GiveOrder(ctx, w.by, school.Refresh, classes[c])
				acts++
			}
			if err != nil {
				return acts, err
			}
		}
		if err := st.ExpireOrders(ctx); err != nil { // so that the next are given
			return acts, err
		}
		if _, err := st.Retain(ctx, w.authority); err != nil { // what a night forgets is room for the next day
			return acts, err
		}
	}
	return acts, nil
}

// database opens the database itself.
func (t *town) database() (*sql.DB, error) {
	return sql.Open(map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[t.engine], t.url)
}

// questions lets every iPad be asked and answer on each of the last thirty days, and forgets every night what is forgotten then.
// The orders of the year are carried out. Both engines read the same text.
func (t *town) questions(ctx context.Context, st *store.Store, now time.Time, at *time.Time) error {
	db, err := t.database()
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `UPDATE device_order SET state = 'done', finished_at = created_at + 60000000 WHERE state = 'expired'`); err != nil {
		return fmt.Errorf("orders carried out: %w", err)
	}
	if err := lent(ctx, db, now); err != nil {
		return err
	}
	for day := 30; day > 0; day-- {
		*at = now.Add(-time.Duration(day) * 24 * time.Hour)
		for q := range questions {
			if _, err := db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO command (uuid, enrollment_id, authority_id, kind, fingerprint, state, sent_at, answered_at)
				SELECT '%s', id, authority_id, '%s', '%064d', 'acknowledged', %d, %d FROM enrollment WHERE state = 'enrolled'`,
				uuid.NewString(), []string{"DeviceInformation", "ProfileList"}[q], day, at.UnixMicro(), at.Add(2*time.Second).UnixMicro())); err != nil {
				return fmt.Errorf("questions: %w", err)
			}
		}
		if err := st.ExpireOrders(ctx); err != nil {
			return err
		}
	}
	return nil
}

// footprint is what a server takes that has nothing to do, and what the district takes on disk. On PostgreSQL it is what the rows
// take: a year that passes in a minute leaves more dead ones behind than a year in which autovacuum keeps up.
func (t *town) footprint(ctx context.Context) error {
	note := fmt.Sprintf("memory of a server that has nothing to do; %.1f MB at most since its start", float64(memory(t.srv.pids[0], peak))/(1<<20))
	now := memory(t.srv.pids[0], resident)
	if t.engine == "postgres" {
		db, err := t.database()
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `VACUUM FULL`)
		if err := errors.Join(err, db.Close()); err != nil {
			return err
		}
		note += "; on disk after VACUUM FULL"
	}
	st, err := t.store(ctx)
	if err != nil {
		return err
	}
	size, err := st.Size(ctx)
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	r := t.keep("P12", t.srv, len(t.world.devices), measured{wall: time.Second}, note)
	r.RSS, r.DiskPerDev = now, float64(size)/float64(len(t.world.devices))
	return nil
}

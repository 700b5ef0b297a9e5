package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui"
)

// Everything that happens without a person stands in one table. A job's row in the store says when it is due and who has
// it; the work lives beside its noun. Several nodes may run: a lease decides who does a job, and a worker that lost its
// lease is stopped.
type task struct {
	kind     string
	each     each          // one row for the installation, per authority, or per Apple token
	interval time.Duration // how long after a good run the next is due
	lease    time.Duration
	module   school.Module // authorities without it have no such job
	// due asks, by reading alone, whether there is anything to do; nil: always. It keeps an idle server from writing.
	due func(s *Server, ctx context.Context) (bool, error)
	run func(ctx context.Context, s *Server, subject string) error
}

type each int

const (
	once each = iota
	perAuthority
	perToken
)

// tasks is the table.
func tasks(p pace) []task {
	return []task{
		// Plans what facts marked or time made due, so that pages count truly and only devices with work are pushed.
		{"resolve", once, p.poll, time.Minute, "", (*Server).marked, func(ctx context.Context, s *Server, _ string) error { return s.Control.ResolveAll(ctx) }},
		// Pushes devices that have something to do; also the sweep over those that did not answer.
		{"push", once, p.poll, time.Minute, "", (*Server).pushesDue, func(ctx context.Context, s *Server, _ string) error { return s.pushAll(ctx) }},
		// Reads the lists of Apple School Manager and assigns ADE profiles. A full compare once a day repairs what the feed left out.
		{"ade", perToken, p.ade, 5 * time.Minute, school.Management, nil, func(ctx context.Context, s *Server, subject string) error {
			return s.syncApple(ctx, school.TokenID(subject))
		}},
		// Reads Apple's public list of the versions of iPadOS that can be demanded. Where it cannot be read, versions are typed.
		{"releases", once, 24 * time.Hour, 5 * time.Minute, "", nil, func(ctx context.Context, s *Server, _ string) error { return s.Enroll.ReadReleases(ctx) }},
		// Asks Apple to take Activation Locks off that somebody ordered off.
		{"unlock", once, p.poll, 5 * time.Minute, school.Management, func(s *Server, ctx context.Context) (bool, error) { return s.Enroll.UnlocksDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error { return s.Enroll.Unlock(ctx) }},
		// Takes returned devices a step further on their way to the next person.
		{"turnaround", once, p.poll, time.Minute, school.Management, func(s *Server, ctx context.Context) (bool, error) { return s.Store.TurnaroundsDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error { return s.Store.AdvanceTurnarounds(ctx) }},
		// Gives and takes back licences of apps, follows what Apple does with it, and counts them once a day.
		{"apps", perAuthority, p.poll, 5 * time.Minute, school.Management, func(s *Server, ctx context.Context) (bool, error) { return s.Store.ContentDue(ctx) },
			func(ctx context.Context, s *Server, a string) error {
				return s.Enroll.Licences(ctx, school.AuthorityID(a))
			}},
		// Takes licences back from iPads that were erased or are silent.
		{"licences", perAuthority, 30 * time.Minute, 5 * time.Minute, school.Management, nil, func(ctx context.Context, s *Server, a string) error {
			return s.Store.SweepLicences(ctx, school.AuthorityID(a))
		}},
		// Sends mail from the outbox. Without a mail server it stays there, to be read.
		{"mail", once, time.Minute, 5 * time.Minute, "", nil, func(ctx context.Context, s *Server, _ string) error { return s.sendMail(ctx) }},
		// Takes over rosters that were confirmed, school by school, in the name of who did.
		{"roster", once, p.poll, 5 * time.Minute, "", (*Server).rostersConfirmed, func(ctx context.Context, s *Server, _ string) error { return s.Store.ApplyConfirmed(ctx) }},
		// Asks servers for their people, by night or when somebody said so.
		{"schulconnex", once, p.poll, 5 * time.Minute, "", (*Server).rosterServersDue, func(ctx context.Context, s *Server, _ string) error { return s.Enroll.AskRosterServers(ctx) }},
		// Watches what runs out: push certificate, tokens, certificates. Says so on the page, and by letter at each mark.
		{"expiry", perAuthority, 6 * time.Hour, 5 * time.Minute, "", nil, func(ctx context.Context, s *Server, a string) error {
			return s.Store.WatchExpiry(ctx, school.AuthorityID(a), ui.ExpiryLetter(s.set.Public))
		}},
		// Writes about loans that are due, at each mark once. Nothing is done to a device because somebody is late.
		{"loans", perAuthority, 6 * time.Hour, 5 * time.Minute, school.Lending, nil, func(ctx context.Context, s *Server, a string) error {
			return s.Store.RemindLoans(ctx, school.AuthorityID(a), ui.LoanLetter(s.set.Public))
		}},
		// Makes contracts class by class, as somebody ordered.
		{"prints", once, p.poll, 5 * time.Minute, "", func(s *Server, ctx context.Context) (bool, error) { return s.Store.PrintsDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error {
				return s.Store.RunPrints(ctx, ui.MakePapers(s.Store))
			}},
		// Reads stacks of signed paper that were scanned, page by page.
		{"stacks", once, p.poll, 5 * time.Minute, "", func(s *Server, ctx context.Context) (bool, error) { return s.Store.StacksDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error { return s.Store.ReadStacks(ctx, ui.ReadStack) }},
		// Watches this server's own certificate, or that of the proxy before it.
		{"tls", once, 6 * time.Hour, 5 * time.Minute, "", nil, func(ctx context.Context, s *Server, _ string) error { return s.watchTLS(ctx) }},
		// Makes the nightly backup when its minute has come.
		{"backup", once, 10 * time.Minute, 5 * time.Minute, "", nil, func(ctx context.Context, s *Server, _ string) error { return s.backUp(ctx) }},
		// Watches for schools that fall silent all at once, and for devices that left Setup Assistant with something missing.
		{"watch", perAuthority, p.watch, 5 * time.Minute, school.Management, nil, func(ctx context.Context, s *Server, a string) error {
			return errors.Join(s.Store.WatchSilence(ctx, school.AuthorityID(a), p.silence), s.Store.WatchReleases(ctx, school.AuthorityID(a)))
		}},
		// Ties teachers to their persons where lists came after the first sign-in, derives placements anew where a date made them different, and marks everything once a night.
		{"nightly", perAuthority, 24 * time.Hour, 30 * time.Minute, "", nil, func(ctx context.Context, s *Server, a string) error {
			_, err := s.Store.TieTeachers(ctx, school.AuthorityID(a))
			return errors.Join(err, s.Store.Nightly(ctx, school.AuthorityID(a)))
		}},
		// Derives groups whose rule speaks of time; what else a rule asks for is derived by whatever changes it.
		{"groups", once, 10 * time.Minute, 5 * time.Minute, school.Management, nil, func(ctx context.Context, s *Server, _ string) error { return s.Store.Regroup(ctx) }},
		// Asks the clocks of retention: who left long ago is erased, who had an iPad is said no longer, the old log is cut.
		{"retention", perAuthority, 24 * time.Hour, 30 * time.Minute, "", nil, func(ctx context.Context, s *Server, a string) error {
			_, err := s.Store.Retain(ctx, school.AuthorityID(a))
			return err
		}},
		// Deletes authorities that leave, when their week is over.
		{"ends", once, time.Minute, 30 * time.Minute, "", func(s *Server, ctx context.Context) (bool, error) { return s.Store.EndsDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error { return s.Store.EndDue(ctx) }},
		// Writes what was erased beside the backups, so that no restore brings it back.
		{"deletions", once, time.Minute, 5 * time.Minute, "", (*Server).filesDeletions, func(ctx context.Context, s *Server, _ string) error {
			return fileDeletions(ctx, s.Store, s.set.BackupDir)
		}},
		// Rolls schools that signed over into the next school year, when their day has come.
		{"rollover", once, time.Minute, 5 * time.Minute, "", func(s *Server, ctx context.Context) (bool, error) { return s.Store.RolloverDue(ctx) },
			func(ctx context.Context, s *Server, _ string) error { return s.Store.RunRollovers(ctx) }},
		// Forgets what is over: orders, challenges, plans, sessions, idempotency keys; and gives the room back.
		{"forget", once, time.Hour, 10 * time.Minute, "", nil, func(ctx context.Context, s *Server, _ string) error {
			_, plans := s.Store.ForgetPlans(ctx)
			_, rosters := s.Store.ForgetRosters(ctx)
			return errors.Join(plans, rosters, s.Store.ExpireOrders(ctx), s.Store.DropChallenges(ctx), s.Store.ForgetNodes(ctx), s.Store.Sweep(ctx), s.Store.Shrink(ctx))
		}},
	}
}

// pace is how often the table's clocks tick. The zero value is that of serve.
type pace struct {
	poll  time.Duration // resolve and push, when nothing wakes them
	ade   time.Duration
	seen  time.Duration // last-seen is written so often
	event time.Duration // Apple is asked so long after a request about licences; 0: as it wants

	tend    time.Duration // each node looks around so often
	lease   time.Duration // a node that died has its jobs for so long; 0: as the table says
	watch   time.Duration // schools are looked at so often
	silence time.Duration // a push unanswered for so long is silence
}

var quickPace = pace{poll: 200 * time.Millisecond, ade: 5 * time.Second, seen: time.Second, event: 2 * time.Second, tend: time.Second, lease: 5 * time.Second, watch: 2 * time.Second, silence: 4 * time.Second}

func (p pace) filled() pace {
	if p.poll == 0 {
		p.poll = time.Second
	}
	if p.ade == 0 {
		p.ade = 10 * time.Minute
	}
	if p.seen == 0 {
		p.seen = 5 * time.Second
	}
	if p.tend == 0 {
		p.tend = 15 * time.Second
	}
	if p.watch == 0 {
		p.watch, p.silence = time.Minute, 10*time.Minute
	}
	return p
}

// jobs runs the table on this node.
type jobs struct {
	s     *Server
	pace  pace
	table []task
	node  string
}

func newJobs(s *Server) *jobs {
	b := make([]byte, 3)
	rand.Read(b)
	p := s.set.Pace.filled()
	table := tasks(p)
	for i := range table {
		if p.lease > 0 {
			table[i].lease = p.lease
		}
	}
	return &jobs{s: s, pace: p, table: table, node: s.set.Node + "/" + hex.EncodeToString(b)}
}

func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "node"
	}
	return host
}

// wake makes a job due now: what a page calls after „Jetzt abgleichen“.
func (j *jobs) wake(kind, subject string) {
	if _, err := j.s.Store.Wake(context.Background(), kind, subject); err != nil {
		j.s.log.Error("job not woken", "job", kind, "error", err)
	}
}

// run works until ctx ends. A worker per kind keeps a slow Apple from standing in the way of pushes.
func (j *jobs) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, t := range j.table {
		wg.Go(func() { j.work(ctx, t) })
	}
	wg.Go(func() {
		if err := j.s.Store.Listen(ctx); err != nil && ctx.Err() == nil {
			j.s.log.Error("notifications of other nodes stopped", "error", err)
		}
	})
	wg.Go(func() { j.flush(ctx) })
	wg.Go(func() { j.tend(ctx) })
	wg.Wait()
}

// flush writes last-seen, and who looked at people. It is this node's own memory: no lease.
func (j *jobs) flush(ctx context.Context) {
	t := time.NewTicker(j.pace.seen)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := j.s.Store.FlushSeen(ctx); err != nil && ctx.Err() == nil {
				j.s.log.Error("last seen not written", "error", err)
			}
			if err := j.s.Store.FlushViews(ctx); err != nil && ctx.Err() == nil {
				j.s.log.Error("who looked not written", "error", err)
			}
		}
	}
}

// ensureEvery is how often it is looked whether authorities or tokens came or went.
const ensureEvery = 15 * time.Second

func (j *jobs) work(ctx context.Context, t task) {
	var ensured time.Time
	for ctx.Err() == nil {
		changed := j.s.Store.Changed()
		if now := wallClock(); now.Sub(ensured) >= ensureEvery || t.each != once && now.Sub(ensured) >= 2*time.Second {
			if err := j.ensure(ctx, t); err != nil {
				j.trouble(ctx, t, err)
			} else {
				ensured = now
			}
		}
		again, err := j.one(ctx, t)
		if err != nil {
			j.trouble(ctx, t, err)
		}
		if again && err == nil {
			continue
		}
		wait := time.NewTimer(j.idle(t))
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-changed:
			// Gather what comes in one burst: one import is one round, not a thousand.
			pause(ctx, 20*time.Millisecond)
		}
		wait.Stop()
	}
}

// idle is how long a worker looks away when nothing is due and nothing wakes it.
func (j *jobs) idle(t task) time.Duration { return min(t.interval, time.Second) }

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (j *jobs) trouble(ctx context.Context, t task, err error) {
	if ctx.Err() == nil {
		j.s.counted.failed.WithLabelValues(t.kind).Inc()
		j.s.log.Error("job failed", "job", t.kind, "error", err)
		pause(ctx, time.Second)
	}
}

func (j *jobs) ensure(ctx context.Context, t task) error {
	subjects := []string{""}
	var err error
	switch t.each {
	case perAuthority:
		subjects, err = j.s.authorities(ctx, t.module)
	case perToken:
		subjects, err = j.s.Store.AcceptedTokens(ctx)
	}
	if err != nil {
		return err
	}
	return j.s.Store.EnsureJobs(ctx, t.kind, subjects...)
}

// one runs the job that has been due longest; false when none is.
func (j *jobs) one(ctx context.Context, t task) (bool, error) {
	if t.due != nil {
		if due, err := t.due(j.s, ctx); err != nil || !due {
			return false, err
		}
	}
	job, found, err := j.s.Store.Claim(ctx, t.kind, j.node, t.lease)
	if err != nil || !found {
		return false, err
	}
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { // renews at a third of the lease; a lease that is lost, or could not be renewed in time, stops the work
		tick := time.NewTicker(t.lease / 3)
		defer tick.Stop()
		ends := wallClock().Add(t.lease)
		for {
			select {
			case <-run.Done():
				return
			case <-tick.C:
				asked := wallClock()
				ask, answered := context.WithDeadline(run, ends) // a database that says nothing is no reason to go on
				err := j.s.Store.Renew(ask, job, t.lease)
				answered()
				switch {
				case err == nil:
					ends = asked.Add(t.lease)
				case errors.Is(err, store.ErrLeaseLost) || !wallClock().Before(ends):
					cancel()
				}
			}
		}
	})
	failed := t.run(store.WithLease(run, job), j.s, job.Subject)
	cancel()
	wg.Wait()
	if failed != nil && ctx.Err() != nil {
		failed = nil // the server ends: the next node takes over at once
	}
	end := context.WithoutCancel(ctx)
	next := j.s.Store.Now().Add(t.interval)
	if t.due != nil { // due decides, not the clock
		next = j.s.Store.Now()
	}
	if ctx.Err() != nil {
		next = j.s.Store.Now()
	}
	kept := failed
	if store.TroubleOf(failed) == store.Away { // nothing is wrong with the job: it need not wait as one that fails again and again
		kept, next = nil, j.s.Store.Now().Add(time.Second)
	}
	if err := j.s.Store.Finish(end, job, next, kept); err != nil && !errors.Is(err, store.ErrLeaseLost) {
		return false, err
	}
	if failed != nil {
		return false, fmt.Errorf("%s: %w", t.kind, failed)
	}
	return true, nil
}

// advance says for the job of this run how far it got, in hundredths and not more often than they change.
func (j *jobs) advance(ctx context.Context) func(step string, done, total int64) {
	job, ok := store.Leased(ctx)
	last := int64(-1)
	return func(_ string, done, total int64) {
		if at := done * 100 / max(total, 1); ok && at != last {
			last = at
			// A lost lease is noticed by whoever renews it.
			if err := j.s.Store.Advance(ctx, job, int(at), 100); err != nil && !errors.Is(err, store.ErrLeaseLost) && ctx.Err() == nil {
				j.s.log.Warn("progress not kept", "job", job.Kind, "error", err)
			}
		}
	}
}

// authorities lists those that use a module; an empty module is used by all.
func (s *Server) authorities(ctx context.Context, m school.Module) ([]string, error) {
	all, err := s.Store.Authorities(ctx, school.System("jobs", ""))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range all {
		if m == "" || a.Has(m) {
			out = append(out, string(a.ID))
		}
	}
	return out, nil
}

func (s *Server) marked(ctx context.Context) (bool, error) {
	a, err := s.Store.AuthoritiesWithMarks(ctx)
	return len(a) > 0, err
}

func (s *Server) rostersConfirmed(ctx context.Context) (bool, error) {
	return s.Store.RostersConfirmed(ctx)
}

// rosterServersDue: nothing leaves a played world.
func (s *Server) rosterServersDue(ctx context.Context) (bool, error) {
	if s.set.Demo != nil {
		return false, nil
	}
	return s.Store.RosterServersDue(ctx)
}

func (s *Server) pushesDue(ctx context.Context) (bool, error) {
	p, err := s.Store.PushesDue(ctx, 1)
	return len(p) > 0, err
}

// pushAll pushes what is due, in rounds, until nothing is.
func (s *Server) pushAll(ctx context.Context) error {
	for {
		if err := s.Store.StillLeased(ctx); err != nil { // what was pushed cannot be taken back
			return err
		}
		n, err := s.Control.PushDue(ctx, 500)
		if err != nil || n == 0 {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// syncApple follows the list of one Apple token and assigns our ADE profile where it is missing.
func (s *Server) syncApple(ctx context.Context, token school.TokenID) error {
	if _, err := s.Enroll.SyncToken(ctx, token); err != nil {
		return err
	}
	_, err := s.Enroll.AssignProfiles(ctx, token)
	return err
}

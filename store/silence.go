package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A device that sleeps does not answer a push either. So one device says nothing about a network; many of one school that
// were well a moment ago and all leave a push unanswered do.
const (
	silentTogether = 5              // fewer devices are no network
	silentFresh    = 24 * time.Hour // who was silent for longer was so before
)

// WatchSilence raises an alarm for every school of an authority most of whose devices stopped answering at once, and
// clears it as soon as they answer again. A device counts as asked when Apple accepted a push for it more than after ago
// and it has not called since. Pushes are repeated, so that their age begins anew; once the alarm is there, a push of any
// age counts, and who was silent for long is reckoned from when the alarm was raised: it ends by answers alone, not by
// time. A job calls it every minute or so.
func (s *Store) WatchSilence(ctx context.Context, a school.AuthorityID, after time.Duration) error {
	const kind = "school_silent"
	now := s.Now()
	if err := s.FlushSeen(ctx); err != nil { // what is gathered and not written yet counts as an answer
		return err
	}
	open := map[school.SchoolID]bool{}
	err := s.read().each(ctx, `SELECT school_id FROM alarm WHERE authority_id = $1 AND kind = $2 AND cleared_at IS NULL`, args(string(a), kind), func(r *sql.Rows) error {
		var id school.SchoolID
		err := r.Scan(text(&id))
		open[id] = true
		return err
	})
	if err != nil {
		return err
	}
	type quiet struct {
		school school.SchoolID
		silent int
		since  time.Time
	}
	var found []quiet
	err = s.read().each(ctx, `SELECT x.school_id, sum(x.quiet), max(CASE WHEN x.quiet = 1 THEN x.seen ELSE 0 END) FROM (
			SELECT d.school_id AS school_id, d.last_seen_at AS seen,
				CASE WHEN t.pushed_at > d.last_seen_at AND (t.pushed_at < $2 OR o.id IS NOT NULL) THEN 1 ELSE 0 END AS quiet
			FROM target t JOIN enrollment e ON e.id = t.enrollment_id AND e.state = 'enrolled' JOIN device_state d ON d.device_id = t.device_id
			LEFT JOIN alarm o ON o.authority_id = t.authority_id AND o.kind = $5 AND o.subject = d.school_id AND o.cleared_at IS NULL
			WHERE t.authority_id = $1 AND d.school_id IS NOT NULL AND d.last_seen_at > COALESCE(o.since_at, $6) - $3 AND t.pushed_at > COALESCE(o.since_at, $6) - $3) x
		GROUP BY x.school_id HAVING sum(x.quiet) >= $4 AND 2 * sum(x.quiet) > count(*)`,
		args(string(a), now.Add(-after).UnixMicro(), silentFresh.Microseconds(), silentTogether, kind, now.UnixMicro()), func(r *sql.Rows) error {
			var q quiet
			err := r.Scan(text(&q.school), &q.silent, stamp(&q.since))
			found = append(found, q)
			return err
		})
	if err != nil {
		return err
	}
	for _, q := range found {
		delete(open, q.school)
		if _, err := s.RaiseAlarm(ctx, Alarm{Authority: a, School: q.school, Kind: kind, Subject: string(q.school), Urgency: Today,
			Detail: map[string]any{"devices": q.silent, "since": q.since.UTC().Format(time.RFC3339)}}); err != nil {
			return err
		}
	}
	for id := range open {
		if _, err := s.ClearAlarm(ctx, a, kind, string(id)); err != nil {
			return err
		}
	}
	return nil
}

// releaseLooked is how far back it is looked who left Setup Assistant, and how long the first report may take.
const (
	releaseLooked = 7 * 24 * time.Hour
	releaseGrace  = 2 * time.Minute
)

// WatchReleases raises an alarm for every device that left Setup Assistant by its deadline while something was missing,
// and clears it when everything is there.
func (s *Store) WatchReleases(ctx context.Context, a school.AuthorityID) error {
	const kind = "released_incomplete"
	now := s.Now()
	type late struct {
		device school.DeviceID
		school school.SchoolID
	}
	var missing []late
	err := s.read().each(ctx, `SELECT d.device_id, d.school_id FROM enrollment e JOIN target t ON t.enrollment_id = e.id JOIN device_state d ON d.enrollment_id = e.id
		WHERE e.authority_id = $1 AND e.state = 'enrolled' AND e.released_at BETWEEN $2 AND $3 AND t.missing <> '[]'
		AND NOT EXISTS (SELECT 1 FROM alarm x WHERE x.authority_id = $1 AND x.kind = $4 AND x.subject = d.device_id AND x.cleared_at IS NULL)
		AND t.marked_at < e.released_at AND (SELECT marked_at FROM authority WHERE id = $1) < e.released_at`,
		args(string(a), now.Add(-releaseLooked).UnixMicro(), now.Add(-releaseGrace).UnixMicro(), kind), func(r *sql.Rows) error {
			var x late
			err := r.Scan(text(&x.device), text(&x.school))
			missing = append(missing, x)
			return err
		})
	if err != nil {
		return err
	}
	for _, x := range missing {
		if _, err := s.RaiseAlarm(ctx, Alarm{Authority: a, School: x.school, Kind: kind, Subject: string(x.device), Urgency: ThisWeek}); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE alarm SET cleared_at = $3 WHERE authority_id = $1 AND kind = $2 AND cleared_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM device_state d JOIN target t ON t.enrollment_id = d.enrollment_id WHERE d.device_id = alarm.subject AND t.missing <> '[]')`,
			string(a), kind, now.UnixMicro())
		return err
	})
}

package store

import (
	"context"
	"sync"
	"time"

	"ranzen/store/school"
)

// Reads of personal data beyond somebody's duty stand in the audit log. That somebody looked at a person's page is said
// once per actor, person and day: it is gathered in memory and written every few seconds, like last-seen, so that reading
// costs nothing. What leaves the house with names (a list as a file, the answer to Art. 15) is written before it is
// answered. Duty is what a role sees of its own classes and at the desk: those roles may see names and not edit people.

const (
	eventViewed = "person.viewed"
	eventGiven  = "person.data_given"
)

type viewKey struct {
	authority school.AuthorityID
	actor     string
	person    school.PersonID
	day       string
}

// views gathers who looked at whom. told remembers what is in the log already, so that a page opened again costs a look
// into a map; it is forgotten when it grows, because the table knows better.
type views struct {
	mu   sync.Mutex
	open map[viewKey]viewed
	told map[viewKey]bool
}

type viewed struct {
	by     school.Actor
	school school.SchoolID
}

const viewsTold = 50_000

// Viewed notes that somebody opened the page of a person, or read its record through the API.
func (s *Store) Viewed(by school.Actor, p school.Person) {
	duty := by.Kind == school.PersonActor && !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: p.School})
	if by.Kind == school.SystemActor || duty {
		return
	}
	s.gatherView(by, p)
}

// NamesRead notes that a program read lists with names: once a day, and once more if the server was started anew.
func (s *Store) NamesRead(by school.Actor) {
	if by.Kind == school.TokenActor {
		s.gatherView(by, school.Person{})
	}
}

// gatherView keeps what FlushViews writes; no person stands for lists of them.
func (s *Store) gatherView(by school.Actor, p school.Person) {
	k := viewKey{by.Tenant, by.ID(), p.ID, s.Now().In(Berlin).Format(time.DateOnly)}
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	if s.views.told[k] {
		return
	}
	if s.views.open == nil {
		s.views.open = map[viewKey]viewed{}
	}
	s.views.open[k] = viewed{by, p.School}
}

// FlushViews writes what was gathered. A job calls it every few seconds, Close at the end. A person that was erased
// meanwhile is left out.
func (s *Store) FlushViews(ctx context.Context) error {
	s.views.mu.Lock()
	open := s.views.open
	s.views.open = nil
	s.views.mu.Unlock()
	if len(open) == 0 {
		return nil
	}
	err := s.transact(ctx, func(c conn) error {
		for k, v := range open {
			if k.person == "" {
				if err := s.note(ctx, c, k.authority, v.by, event{name: "names.exported", subject: "authority", id: string(k.authority), detail: map[string]any{"list": "api"}}); err != nil {
					return err
				}
				continue
			}
			n, err := c.exec(ctx, `INSERT INTO person_view (authority_id, actor_id, person_id, day) SELECT authority_id, $3, id, $4 FROM person
				WHERE authority_id = $1 AND id = $2 ON CONFLICT DO NOTHING`, string(k.authority), string(k.person), k.actor, k.day)
			if err != nil {
				return err
			}
			if n > 0 {
				if err := s.note(ctx, c, k.authority, v.by, event{name: "person.viewed", school: v.school, subject: "person", id: string(k.person)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	if err != nil { // nothing is lost by a passing trouble of the database
		if s.views.open == nil {
			s.views.open = map[viewKey]viewed{}
		}
		for k, v := range open {
			s.views.open[k] = v
		}
		return err
	}
	if s.views.told == nil || len(s.views.told) > viewsTold {
		s.views.told = map[viewKey]bool{}
	}
	for k := range open {
		s.views.told[k] = true
	}
	return nil
}

// Views lists who looked at a person and who was given its data, newest first, for those who may read the log.
func (s *Store) Views(ctx context.Context, by school.Actor, id school.PersonID, limit int) ([]Entry, error) {
	if err := s.FlushViews(ctx); err != nil {
		return nil, err
	}
	var w where
	w.and("authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ReadAudit, by.Tenant, "school_id"); err != nil {
		return nil, err
	}
	w.and("event IN ('" + eventViewed + "', '" + eventGiven + "')")
	return s.auditWhere(ctx, &w, AuditFilter{Subject: "person", SubjectID: string(id), Limit: limit})
}

// NamesExported notes that a list with names is about to leave as a file.
func (s *Store) NamesExported(ctx context.Context, by school.Actor, what string, at school.SchoolID) error {
	if by.Kind == school.SystemActor {
		return nil
	}
	return s.transact(ctx, func(c conn) error {
		return s.note(ctx, c, by.Tenant, by, event{name: "names.exported", school: at, subject: "authority", id: string(by.Tenant), detail: map[string]any{"list": what}})
	})
}

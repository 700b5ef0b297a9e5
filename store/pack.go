package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "offline.packed")

// What a desk takes along to go on without a network: whom and what it may meet, and a key. With the key its browser signs
// each scan, so that the server later takes what this desk scanned and nothing else. The key is made here, because the
// server has to know it; it is bound to whoever opened the desk and to the day, and a browser keeps it in a form that no
// script can read. The key with which the browser locks the list away is made there and never leaves it: nobody here could
// open what a stolen computer has, and nobody there need be asked for it. A browser that forgets that key has forgotten the list.

// DeskPack is what a desk takes along.
type DeskPack struct {
	ID     school.PackID
	Key    []byte // of HMAC-SHA-256
	Lock   []byte // a public key: for it is locked what somebody signs
	Made   time.Time
	Ends   time.Time
	People []PackPerson
	Things []PackThing
}

// PackPerson is somebody the desk may call, named as on its screen.
type PackPerson struct {
	school.DeskPupil
	Class string
	Card  string        // what the code on the card of the person says
	Paper *DocumentFile // that waits for a signature, where the desk may show it
}

// PackThing is something that may be handed out or come back.
type PackThing struct {
	ID      school.AssetID
	Number  string
	Serial  string
	Out     bool
	Holder  school.PersonID // of somebody the desk may call
	HeldBy  string          // "Given F.", at a desk that takes back
	Planned school.PersonID // of somebody the desk may call

	Contract school.ContractID     // under which it is out
	Parts    []school.ContractPart // that were handed out with it
}

// Name is what stands on it.
func (t PackThing) Name() string {
	if t.Number != "" {
		return t.Number
	}
	return t.Serial
}

// mostPacked is how many things and persons go along: more than a large school has.
const mostPacked = 4000

// PackDesk gives a desk what it needs to go on without a network until a moment, at most for a day. Who helps out for some
// days takes along the classes of the day's issue alone. That it was read stands in the log.
func (s *Store) PackDesk(ctx context.Context, by school.Actor, id school.DeskID, until time.Time) (p DeskPack, err error) {
	d, err := s.DeskByID(ctx, by, id)
	if err != nil {
		return p, err
	}
	if d.Mode == school.DeskSwap || d.Mode == school.DeskCase {
		return p, school.Clash("desk_online")
	}
	p.ID, p.Made = NewID[school.PackID](), s.Now()
	p.Key = make([]byte, 32)
	rand.Read(p.Key)
	if p.Ends = p.Made.Add(school.OfflineFor); !until.IsZero() && until.Before(p.Ends) {
		p.Ends = until
	}
	err = s.snapshot(ctx, func(c conn) error {
		classes, limited, err := c.issueClasses(ctx, by, d.School, p.Made)
		if err != nil {
			return err
		}
		if p.People, err = c.packPeople(ctx, by, d, classes, limited, p.Made); err != nil {
			return err
		}
		if p.Things, err = c.packThings(ctx, by, d, p.People); err == nil && d.Mode != school.DeskPile {
			err = c.packParts(ctx, p.Things)
		}
		if err != nil || !limited || d.Mode != school.DeskBack && d.Mode != school.DeskPile {
			return err
		}
		return c.hideOthers(ctx, by, classes, p.Things, p.Made)
	})
	if err == nil && by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: d.School}) {
		err = s.packPapers(ctx, by, p.People)
	}
	if err != nil {
		return DeskPack{}, err
	}
	public, private, err := newLock()
	if err != nil {
		return DeskPack{}, err
	}
	p.Lock = public
	return p, s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO desk_pack (id, authority_id, desk_id, actor_id, school_id, place, key_sealed, open_sealed, made_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			string(p.ID), string(by.Tenant), string(d.ID), by.ID(), string(d.School), d.Number, s.seal(cell{by.Tenant, "desk_pack", "key", string(p.ID)}, p.Key),
			s.seal(cell{by.Tenant, "desk_pack", "open", string(p.ID)}, private), p.Made.UnixMicro(), p.Ends.UnixMicro())
		if err != nil {
			return err
		}
		return s.note(ctx, c, by.Tenant, by, event{name: "offline.packed", school: d.School, subject: "school", id: string(d.School),
			detail: map[string]any{"mode": string(d.Mode), "class": string(d.Class), "people": len(p.People), "things": len(p.Things)}})
	})
}

// issueClasses are the classes somebody who helps out for some days may take along: those of today's issue. limited is false
// for everybody else, and where no issue is planned today.
func (c conn) issueClasses(ctx context.Context, by school.Actor, at school.SchoolID, now time.Time) (out []school.ClassID, limited bool, err error) {
	for _, g := range by.Grants {
		if g.Authority == by.Tenant && (g.School == "" || g.School == at) && g.Role != school.Clerk && slices.Contains(g.Role.Verbs(), school.Lend) {
			return nil, false, nil
		}
	}
	err = c.each(ctx, `SELECT classes FROM issue_day WHERE authority_id = $1 AND school_id = $2 AND day = $3`, args(string(by.Tenant), string(at), now.In(Berlin).Format(time.DateOnly)), func(r *sql.Rows) error {
		var some []school.ClassID
		err := r.Scan(fromJSON(&some))
		out, limited = append(out, some...), true
		return err
	})
	return out, limited, err
}

// packPeople lists whom a desk may call: its class, or whoever at the school waits for something. A desk that takes back calls nobody.
func (c conn) packPeople(ctx context.Context, by school.Actor, d school.DeskSession, classes []school.ClassID, limited bool, now time.Time) (out []PackPerson, err error) {
	switch {
	case d.Mode == school.DeskClass && (!limited || slices.Contains(classes, d.Class)):
		out, err = c.deskClass(ctx, by, d.School, d.Class, now)
		for i := range out {
			out[i].Class = "" // is what the whole desk is called
		}
	case d.Mode == school.DeskFree && !limited:
		out, err = c.packWaiting(ctx, by, d, now)
	case d.Mode == school.DeskFree:
		for _, class := range classes {
			some, err := c.deskClass(ctx, by, d.School, class, now)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
		}
	}
	if err != nil || len(out) == 0 {
		return nil, err
	}
	ids := make([]string, len(out))
	for i, x := range out {
		ids[i] = string(x.ID)
	}
	cards := map[school.PersonID]string{}
	err = c.each(ctx, `SELECT id, login FROM person WHERE id IN (SELECT value FROM json_array_elements_text($2::json)) AND authority_id = $1 AND login <> ''`, args(string(by.Tenant), list(ids)), func(r *sql.Rows) error {
		var id school.PersonID
		var login string
		err := r.Scan(text(&id), &login)
		cards[id] = login
		return err
	})
	for i := range out {
		out[i].Card = cards[out[i].ID]
	}
	return out, err
}

// packWaiting lists who of a school waits for something: under a contract, or because a device is planned for them.
func (c conn) packWaiting(ctx context.Context, by school.Actor, d school.DeskSession, now time.Time) ([]PackPerson, error) {
	return c.deskPupils(ctx, `COALESCE(cl.name, '') FROM person p LEFT JOIN class cl ON cl.id = `+classNow+`
		LEFT JOIN contract k ON k.person_id = p.id AND k.place_id IS NULL AND k.state IN ('planned', 'prepared', 'signed')`+pupilThings+`
		WHERE p.id IN (SELECT w.person_id FROM contract w WHERE w.authority_id = $2 AND w.school_id = $3 AND w.state IN ('planned', 'prepared', 'signed')
			UNION SELECT x.planned_person_id FROM device x WHERE x.school_id = $3 AND x.planned_person_id IS NOT NULL)
			AND p.authority_id = $2 AND p.school_id = $3 AND NOT p.archived
		ORDER BY p.name_sort, p.id, CASE k.state WHEN 'signed' THEN 0 WHEN 'prepared' THEN 1 ELSE 2 END, k.number DESC LIMIT $4`,
		now.UnixMicro(), string(by.Tenant), string(d.School), mostPacked)
}

// packThings lists what of a school may be handed out, or is out; a desk that takes back needs only the latter. What is lost, in
// repair or gone does not go along: it is asked about when it is scanned.
func (c conn) packThings(ctx context.Context, by school.Actor, d school.DeskSession, people []PackPerson) (out []PackThing, err error) {
	called := map[school.PersonID]bool{}
	for _, p := range people {
		called[p.ID] = true
	}
	back := d.Mode == school.DeskBack || d.Mode == school.DeskPile
	cond := `NOT ` + assetLost + ` AND NOT ` + assetRepair + ` AND (d.id IS NULL OR d.confirmed)`
	if back {
		cond = `k.id IS NOT NULL`
	}
	err = c.each(ctx, `SELECT a.id, COALESCE(a.number, ''), COALESCE(a.serial, ''), a.state, k.id, k.person_id, COALESCE(p.given, ''), COALESCE(p.family, ''), d.planned_person_id
		FROM (SELECT asset_id AS id FROM device WHERE school_id = $2 UNION SELECT id FROM asset WHERE school_id = $2) x
		JOIN asset a ON a.id = x.id LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN contract k ON k.asset_id = a.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL LEFT JOIN person p ON p.id = k.person_id
		WHERE a.authority_id = $1 AND COALESCE(d.school_id, a.school_id) = $2 AND (a.number IS NOT NULL OR a.serial IS NOT NULL) AND `+cond+` ORDER BY a.number_sort NULLS LAST, a.serial, a.id LIMIT $3`,
		args(string(by.Tenant), string(d.School), mostPacked), func(r *sql.Rows) error {
			var x PackThing
			var p school.Person
			var state school.AssetState
			if err := r.Scan(text(&x.ID), &x.Number, &x.Serial, text(&state), text(&x.Contract), text(&x.Holder), &p.Given, &p.Family, text(&x.Planned)); err != nil {
				return err
			}
			if state.Gone() {
				return nil
			}
			x.Out = x.Contract != ""
			if back {
				x.HeldBy = p.Short()
			}
			if !back && !called[x.Holder] {
				x.Holder = ""
			}
			if !called[x.Planned] {
				x.Planned = ""
			}
			out = append(out, x)
			return nil
		})
	return out, err
}

// packParts adds what was handed out with each thing that is out, so that it can be looked at when it comes back.
func (c conn) packParts(ctx context.Context, things []PackThing) error {
	at := map[school.ContractID]int{}
	var ids []school.ContractID
	for i, t := range things {
		if t.Out {
			at[t.Contract], ids = i, append(ids, t.Contract)
		}
	}
	return c.each(ctx, `SELECT contract_id, n, name FROM contract_part WHERE contract_id IN (SELECT value FROM json_array_elements_text($1::json)) AND (n = 1 OR state = 'issued') ORDER BY contract_id, n`,
		args(list(ids)), func(r *sql.Rows) error {
			var p school.ContractPart
			err := r.Scan(text(&p.Contract), &p.N, &p.Name)
			if i, known := at[p.Contract]; known {
				things[i].Parts = append(things[i].Parts, p)
			}
			return err
		})
}

// packPapers adds the papers that wait for a signature, for a desk that may show them.
func (s *Store) packPapers(ctx context.Context, by school.Actor, people []PackPerson) error {
	at := map[school.ContractID]int{}
	var ids []school.ContractID
	for i, p := range people {
		if p.Contract != "" && p.Signed.IsZero() && p.State == school.ContractPrepared {
			at[p.Contract], ids = i, append(ids, p.Contract)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	papers, err := s.documentFiles(ctx, by, `f.contract_id IN (SELECT value FROM json_array_elements_text(?::json)) AND f.kind IN ('contract', 'staff') AND f.signed_at IS NULL AND f.replaced_at IS NULL`, list(ids))
	for _, d := range papers {
		people[at[d.Contract]].Paper = &d
	}
	return err
}

// hideOthers leaves out who has something and is of none of the classes.
func (c conn) hideOthers(ctx context.Context, by school.Actor, classes []school.ClassID, things []PackThing, now time.Time) error {
	of := map[school.PersonID]bool{}
	err := c.each(ctx, `SELECT person_id FROM membership WHERE authority_id = $1 AND class_id IN (SELECT value FROM json_array_elements_text($2::json)) AND NOT teaches AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)`,
		args(string(by.Tenant), list(classes), now.UnixMicro()), func(r *sql.Rows) error {
			var id school.PersonID
			err := r.Scan(text(&id))
			of[id] = true
			return err
		})
	for i := range things {
		if !of[things[i].Holder] {
			things[i].HeldBy, things[i].Holder = "", ""
		}
	}
	return err
}

package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// What a scan means at a desk. The text is understood by school.Scan; here it is looked up: a thing, a person, a case or a
// contract, at the schools where the actor lends. All that the desk has to know is read with a handful of queries by index.

// DeskAct is what a desk is there for at the moment.
type DeskAct string

const (
	DeskIssue  DeskAct = "issue"
	DeskReturn DeskAct = "return"
)

// DeskScan is one scan at a desk: what was typed, what for, and who stands there.
type DeskScan struct {
	Text   string
	Act    DeskAct
	School school.SchoolID
	Person school.PersonID // to whom something is handed out; empty: nobody yet
}

// DeskAnswer is what a scan means, and whether it may be booked. What it says it says as remarks: code and arguments.
type DeskAnswer struct {
	Light    school.Light
	Remarks  []school.Remark
	Kind     school.ScanKind
	Thing    *DeskThing
	Person   *DeskPerson
	Waiting  []DeskContract // contracts of the person under which nothing was handed out yet
	Case     school.PlaceID
	CaseName string
	Contract school.ContractID
	Number   string // of that contract
}

// DeskContract is a contract as the desk sees it.
type DeskContract struct {
	ID        school.ContractID
	Number    string
	Kind      school.ContractKind
	State     school.ContractState
	Of        school.AssetKind
	Asset     school.AssetID // that is prepared for it
	AssetName string
	Due       time.Time
	Unsigned  bool
	Signers   []school.Signer
}

// DeskThing is an asset on the desk.
type DeskThing struct {
	school.OnDesk
	Parts      []school.ContractPart // of the contract it is out under
	enrollment school.EnrollmentID
	swapped    time.Time
}

// ScanAtDesk says what was scanned.
func (s *Store) ScanAtDesk(ctx context.Context, by school.Actor, x DeskScan) (a DeskAnswer, err error) {
	if x.Act != DeskIssue && x.Act != DeskReturn {
		return a, school.Refuse("act", "choice")
	}
	if !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: x.School}) {
		return a, school.Missing("school")
	}
	scan := school.Scan(x.Text)
	a.Kind = scan.Kind
	switch scan.Kind {
	case school.ScanNothing, school.ScanEAN, school.ScanPart, school.ScanIMEI, school.ScanEID:
		a.say(school.Red, "scan_"+string(scan.Kind))
		return a, nil
	}
	err = s.snapshot(ctx, func(c conn) error {
		a = DeskAnswer{Kind: scan.Kind}
		if scan.Kind == school.ScanContract {
			return s.contractAtDesk(ctx, c, by, x, scan.Readings[0], &a)
		}
		ids, err := c.assetsNamed(ctx, by.Tenant, scan.Readings)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			return s.assetAtDesk(ctx, c, by, x, ids, &a)
		}
		if found, err := s.cardAtDesk(ctx, c, by, x, scan, &a); err != nil || found {
			return err
		}
		if found, err := c.caseAtDesk(ctx, by, x, scan, &a); err != nil || found {
			return err
		}
		a.say(school.Red, "scan_unknown", scan.Text)
		return nil
	})
	if err == nil {
		a.Light = school.Worst(a.Remarks)
	}
	return a, err
}

func (a *DeskAnswer) say(light school.Light, code string, args ...any) {
	a.Remarks = append(a.Remarks, school.Remark{Light: light, Code: code, Args: args})
	a.Light = school.Worst(a.Remarks)
}

// AssetNamed finds the one asset at a school whose inventory number or serial was typed or scanned.
func (s *Store) AssetNamed(ctx context.Context, by school.Actor, at school.SchoolID, typed string) (x AssetRow, err error) {
	scan := school.Scan(typed)
	if scan.Kind == school.ScanNothing {
		return x, school.Refuse("thing", "required")
	}
	ids, err := s.read().assetsNamed(ctx, by.Tenant, scan.Readings)
	for _, id := range ids {
		row, err := s.AssetByID(ctx, by, id)
		switch {
		case school.KindOf(err) == school.NotFound || err == nil && row.School != at: // not of this school's knowledge
		case err != nil:
			return x, err
		case x.ID != "":
			return AssetRow{}, school.Refuse("thing", "thing_many", typed)
		default:
			x = row
		}
	}
	if err == nil && x.ID == "" {
		err = school.Refuse("thing", "thing_none", typed)
	}
	return x, err
}

// assetsNamed finds assets whose inventory number or serial is one of the readings of a scan.
func (c conn) assetsNamed(ctx context.Context, a school.AuthorityID, readings []string) (ids []school.AssetID, err error) {
	var folds, serials []string
	for _, r := range readings {
		folds, serials = append(folds, school.Fold(r)), append(serials, school.Serials(r)...)
	}
	err = c.each(ctx, `SELECT id FROM asset WHERE authority_id = $1 AND number IS NOT NULL AND number_fold IN (SELECT value FROM json_array_elements_text($2::json))
		UNION SELECT id FROM asset WHERE authority_id = $1 AND serial IN (SELECT value FROM json_array_elements_text($3::json))`, args(string(a), list(folds), list(serials)), func(r *sql.Rows) error {
		var id school.AssetID
		err := r.Scan(text(&id))
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// assetAtDesk says what is to be known of an asset that was scanned. What stands where the actor lends nowhere is foreign.
func (s *Store) assetAtDesk(ctx context.Context, c conn, by school.Actor, x DeskScan, ids []school.AssetID, a *DeskAnswer) error {
	var all []DeskThing
	for _, id := range ids {
		t, found, err := c.onDesk(ctx, by, id)
		if err != nil {
			return err
		}
		if found && by.Can(school.Lend, school.Where{Authority: by.Tenant, School: t.School}) {
			t.LastSeen = s.seenLast(t.enrollment, t.LastSeen)
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		a.say(school.Red, "scan_foreign")
		return nil
	}
	if len(all) > 1 {
		a.say(school.Red, "scan_two", all[0].Name, all[1].Name)
		return nil
	}
	a.Thing = &all[0]
	if x.Act == DeskReturn {
		a.Remarks = a.Thing.ForReturn(x.School)
		if a.Thing.Contract != "" {
			return s.holderAtDesk(ctx, c, by, a)
		}
		return nil
	}
	policy, err := c.policyOf(ctx, by.Tenant)
	if err != nil {
		return err
	}
	person := x.Person
	if person == "" && a.Thing.Contract == "" {
		person = a.Thing.PlannedFor // whoever it is meant for
	}
	var k school.Contract
	if person != "" {
		if err := s.personAtDesk(ctx, c, by, x.School, person, policy.Lending, a); err != nil {
			return err
		}
		if w, found := a.waitingFor(); found {
			k.ID, k.Due, a.Contract, a.Number = w.ID, w.Due, w.ID, w.Number
			if w.Unsigned {
				a.say(school.Yellow, "unsigned", w.Number)
			}
			if w.Asset != "" && w.Asset != a.Thing.ID {
				a.say(school.Yellow, "other_prepared", w.AssetName)
			}
		}
		if a.Person != nil && len(a.Person.Holds) > 0 {
			a.say(school.Yellow, "has_other", a.Person.Holds[0])
		}
	}
	a.Remarks = append(a.Thing.ForIssue(person, x.School, k, policy.Lending, s.Now()), a.Remarks...)
	return nil
}

// waitingFor is the contract under which the thing would be handed out to the person: by the same rule as contractFor.
func (a *DeskAnswer) waitingFor() (best DeskContract, found bool) {
	rank := func(w DeskContract) int {
		switch w.Asset {
		case a.Thing.ID:
			return 0
		case "":
			return 1
		}
		return 2
	}
	for _, w := range a.Waiting { // signed ones come first
		if (w.Asset == a.Thing.ID || w.Of == a.Thing.Asset.Kind) && (!found || rank(w) < rank(best)) {
			best, found = w, true
		}
	}
	return best, found
}

// onDesk reads all that is known of an asset.
func (c conn) onDesk(ctx context.Context, by school.Actor, id school.AssetID) (t DeskThing, found bool, err error) {
	var p school.Person
	found, err = c.one(ctx, `SELECT a.id, a.authority_id, COALESCE(a.number, ''), a.kind, a.model, COALESCE(a.serial, ''), a.managed_by, COALESCE(d.school_id, a.school_id), COALESCE(d.place_id, a.place_id),
			a.batch_id, a.state, COALESCE(a.number, a.serial, ''), k.id, COALESCE(k.number, ''), p.id, COALESCE(p.given, ''), COALESCE(p.family, ''), `+assetLost+`, `+assetRepair+`,
			EXISTS (SELECT 1 FROM device_report r WHERE r.device_id = d.id AND r.closed_at IS NULL), d.planned_person_id,
			(SELECT max(o.returned_at) FROM contract o WHERE o.asset_id = a.id AND o.issued_at IS NOT NULL), b.lease_until_at, d.id, COALESCE(d.confirmed, TRUE), COALESCE(e.state = 'enrolled', FALSE),
			e.enrolled_at, st.last_seen_at, COALESCE(st.battery, -1), st.inventory_at, e.id,
			COALESCE((SELECT kc.number FROM contract kc WHERE kc.place_id = COALESCE(d.place_id, a.place_id) AND kc.issued_at IS NOT NULL AND kc.returned_at IS NULL), ''),
			(SELECT max(m.created_at) FROM addendum m WHERE m.old_asset_id = a.id)
		FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN enrollment e ON e.id = st.enrollment_id AND e.state <> 'checked_out'
			LEFT JOIN batch b ON b.id = a.batch_id LEFT JOIN contract k ON k.asset_id = a.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL LEFT JOIN person p ON p.id = k.person_id
		WHERE a.id = $1 AND a.authority_id = $2`, args(string(id), string(by.Tenant)),
		text(&t.ID), text(&t.Authority), &t.Number, text(&t.Asset.Kind), &t.Model, &t.Serial, text(&t.ManagedBy), text(&t.School), text(&t.Place), text(&t.Batch), text(&t.State), &t.Name,
		text(&t.Contract), &t.ContractNo, text(&t.Holder), &p.Given, &p.Family, &t.Lost, &t.InRepair, &t.ReportedOff, text(&t.PlannedFor), stamp(&t.LastReturn), stamp(&t.LeaseEnds), text(&t.Device),
		&t.Confirmed, &t.Enrolled, stamp(&t.EnrolledAt), stamp(&t.LastSeen), &t.Battery, stamp(&t.BatteryAt), text(&t.enrollment), &t.CaseNo, stamp(&t.swapped))
	if err != nil || !found {
		return t, found, err
	}
	if t.swapped.After(t.LastReturn) {
		t.LastReturn = t.swapped
	}
	if t.Holder != "" {
		t.HeldBy = p.Short()
	}
	if t.Contract != "" {
		t.Parts, err = c.partsOf(ctx, t.Contract)
	}
	return t, true, err
}

// holderAtDesk adds who brings something back.
func (s *Store) holderAtDesk(ctx context.Context, c conn, by school.Actor, a *DeskAnswer) error {
	a.Contract, a.Number = a.Thing.Contract, a.Thing.ContractNo
	p, err := s.deskPersonOf(ctx, c, by, a.Thing.Holder)
	a.Person = p
	return err
}

// deskPersonOf reads one person where the actor lends; nil: it is of no concern there.
func (s *Store) deskPersonOf(ctx context.Context, c conn, by school.Actor, id school.PersonID) (*DeskPerson, error) {
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("p.id = ?", string(id))
	all, err := c.deskPersons(ctx, by, &w)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// personAtDesk adds a person and the contracts that wait for it.
func (s *Store) personAtDesk(ctx context.Context, c conn, by school.Actor, at school.SchoolID, id school.PersonID, policy school.LendingPolicy, a *DeskAnswer) error {
	p, err := s.deskPersonOf(ctx, c, by, id)
	if err != nil {
		return err
	}
	if p == nil || p.School != at {
		a.say(school.Red, "person_elsewhere")
		return nil
	}
	a.Person = p
	now := s.Now()
	return c.each(ctx, `SELECT k.id, k.number, k.kind, k.state, x.kind, k.asset_id, COALESCE(t.number, t.serial, ''), k.due_at, k.signed_at, p.kind, p.adult_from FROM contract k
		JOIN person p ON p.id = k.person_id JOIN contract_part x ON x.contract_id = k.id AND x.n = 1 LEFT JOIN asset t ON t.id = k.asset_id
		WHERE k.authority_id = $1 AND k.person_id = $2 AND k.state IN ('planned', 'prepared', 'signed')
		ORDER BY CASE k.state WHEN 'signed' THEN 0 WHEN 'prepared' THEN 1 ELSE 2 END, k.number`, args(string(by.Tenant), string(id)), func(r *sql.Rows) error {
		var w DeskContract
		var signed, adult time.Time
		var kind school.PersonKind
		if err := r.Scan(text(&w.ID), &w.Number, text(&w.Kind), text(&w.State), text(&w.Of), text(&w.Asset), &w.AssetName, stamp(&w.Due), stamp(&signed), text(&kind), stamp(&adult)); err != nil {
			return err
		}
		w.Signers = policy.Signers(kind, adult, now)
		w.Unsigned = school.Contract{Signed: signed}.Unsigned(w.Signers)
		a.Waiting = append(a.Waiting, w)
		return nil
	})
}

// cardAtDesk finds a person by the login on its card.
func (s *Store) cardAtDesk(ctx context.Context, c conn, by school.Actor, x DeskScan, scan school.Scanned, a *DeskAnswer) (bool, error) {
	var ids []school.PersonID
	logins := []string{scan.Text}
	for _, r := range scan.Readings {
		for _, l := range []string{r, school.Fold(r)} {
			if !slices.Contains(logins, l) {
				logins = append(logins, l)
			}
		}
	}
	err := c.each(ctx, `SELECT id FROM person WHERE authority_id = $1 AND login <> '' AND login IN (SELECT value FROM json_array_elements_text($2::json)) AND NOT archived`,
		args(string(by.Tenant), list(logins)), func(r *sql.Rows) error {
			var id school.PersonID
			err := r.Scan(text(&id))
			ids = append(ids, id)
			return err
		})
	if err != nil || len(ids) != 1 {
		return false, err
	}
	policy, err := c.policyOf(ctx, by.Tenant)
	if err != nil {
		return false, err
	}
	return true, s.personAtDesk(ctx, c, by, x.School, ids[0], policy.Lending, a)
}

// caseAtDesk finds a case of the school by the name on its label.
func (c conn) caseAtDesk(ctx context.Context, by school.Actor, x DeskScan, scan school.Scanned, a *DeskAnswer) (bool, error) {
	folds := []string{school.Fold(scan.Text)}
	for _, r := range scan.Readings {
		folds = append(folds, school.Fold(r))
	}
	found, err := c.one(ctx, `SELECT p.id, p.name, k.id, COALESCE(k.number, '') FROM place p LEFT JOIN contract k ON k.place_id = p.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL
		WHERE p.authority_id = $1 AND p.school_id = $2 AND p.kind = 'case' AND p.name_fold IN (SELECT value FROM json_array_elements_text($3::json)) ORDER BY p.id LIMIT 1`,
		args(string(by.Tenant), string(x.School), list(folds)), text(&a.Case), &a.CaseName, text(&a.Contract), &a.Number)
	if err != nil || !found {
		return false, err
	}
	switch {
	case x.Act == DeskIssue && a.Contract != "":
		a.say(school.Red, "case_out", a.CaseName, a.Number)
	case x.Act == DeskReturn && a.Contract == "":
		a.say(school.Red, "case_not_out", a.CaseName)
	}
	return true, nil
}

// contractAtDesk reads the bar code of a paper: its person, or what it was handed out for.
func (s *Store) contractAtDesk(ctx context.Context, c conn, by school.Actor, x DeskScan, number string, a *DeskAnswer) error {
	var k school.Contract
	found, err := c.one(ctx, `SELECT id, state, school_id, person_id, asset_id, place_id FROM contract WHERE authority_id = $1 AND number = $2`, args(string(by.Tenant), number),
		text(&k.ID), text(&k.State), text(&k.School), text(&k.Person), text(&k.Asset), text(&k.Place))
	if err != nil {
		return err
	}
	if !found || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: k.School}) {
		a.say(school.Red, "contract_unknown", number)
		return nil
	}
	a.Contract, a.Number = k.ID, number
	switch {
	case k.State.Out() && x.Act == DeskReturn && k.Asset != "":
		return s.assetAtDesk(ctx, c, by, x, []school.AssetID{k.Asset}, a)
	case k.State == school.ContractPlanned || k.State == school.ContractPrepared || k.State == school.ContractSigned:
		policy, err := c.policyOf(ctx, by.Tenant)
		if err != nil {
			return err
		}
		return s.personAtDesk(ctx, c, by, x.School, k.Person, policy.Lending, a)
	case k.State.Out():
		a.say(school.Red, "contract_out", number)
	default:
		a.say(school.Red, "contract_over", number)
	}
	return nil
}

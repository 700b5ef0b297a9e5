package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

// ContractView is a part of the list of contracts.
type ContractView string

const (
	RunningContracts  ContractView = ""          // all that somebody has, or will have, or that is not settled
	WaitingContracts  ContractView = "waiting"   // nothing handed out yet
	OutContracts      ContractView = "out"       // somebody has it
	DueContracts      ContractView = "due"       // to come back within two weeks, or today
	OverdueContracts  ContractView = "overdue"   // should be back
	UnsignedContracts ContractView = "unsigned"  // handed out without a signature
	UncheckedReturns  ContractView = "unchecked" // back, and nobody looked
	OpenContracts     ContractView = "open"      // something missing or damaged, and nobody decided
	RefusedContracts  ContractView = "refused"
	ClosedContracts   ContractView = "closed"
)

// ContractViews in the order pages show them.
var ContractViews = []ContractView{RunningContracts, WaitingContracts, OutContracts, DueContracts, OverdueContracts, UnsignedContracts, UncheckedReturns, OpenContracts, RefusedContracts, ClosedContracts}

// ContractFilter narrows the list of contracts.
type ContractFilter struct {
	View   ContractView
	School school.SchoolID
	Class  school.ClassID // the person is in it today
	Person school.PersonID
	Asset  school.AssetID // that it is, or was swapped for
	Kind   school.ContractKind
	Text   string // its number, the name of the person, the number or serial of the asset; every word
	Desc   bool
	After  string
	Limit  int
}

// ContractLine is a contract with what its line in a list shows. Without the right to see people it names nobody.
type ContractLine struct {
	school.Contract
	PersonName string
	PersonKind school.PersonKind
	Adult      time.Time // signs alone from this day
	Class      school.ClassID
	ClassName  string
	SchoolName string
	AssetName  string // inventory number, else serial; of a case its name
	AssetModel string
	Device     school.DeviceID
	OpenParts  int // missing or damaged, and nobody decided
	Charged    int // cents
	Erased     bool
}

const contractSelect = `SELECT k.id, k.authority_id, k.number, k.kind, k.state, k.school_id, k.person_id, k.asset_id, k.place_id, k.kit_id, k.replaces_id, k.end_rule, k.due_at, k.created_at,
	k.prepared_at, k.signed_at, k.signed_how, k.issued_at, k.returned_at, k.closed_at, p.kind, p.given, p.family, p.adult_from, c.id, COALESCE(c.name, ''), COALESCE(s.name, ''),
	COALESCE(a.number, a.serial, pl.name, ''), COALESCE(NULLIF(a.model, ''), (SELECT st.model FROM device_state st WHERE st.device_id = d.id), ''), d.id,
	(SELECT count(*) FROM contract_part x WHERE x.contract_id = k.id AND x.state IN ('missing', 'damaged') AND x.decision = ''),
	(SELECT COALESCE(sum(x.amount), 0) FROM contract_part x WHERE x.contract_id = k.id)`

// contractFrom joins what a contract is listed with; $1 is now.
const contractFrom = ` FROM contract k JOIN person p ON p.id = k.person_id LEFT JOIN class c ON c.id = ` + classNow + ` LEFT JOIN school s ON s.id = k.school_id
	LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN place pl ON pl.id = k.place_id LEFT JOIN device d ON d.asset_id = a.id WHERE `

func scanContract(r *sql.Rows, x *ContractLine, rest ...any) error {
	var p school.Person
	err := r.Scan(append([]any{text(&x.ID), text(&x.Authority), &x.Number, text(&x.Kind), text(&x.State), text(&x.School), text(&x.Person), text(&x.Asset), text(&x.Place), text(&x.Kit),
		text(&x.Replaces), text(&x.End), stamp(&x.Due), stamp(&x.Planned), stamp(&x.Prepared), stamp(&x.Signed), text(&x.SignedHow), stamp(&x.Issued), stamp(&x.Returned), stamp(&x.Closed),
		text(&x.PersonKind), &p.Given, &p.Family, stamp(&x.Adult), text(&x.Class), &x.ClassName, &x.SchoolName, &x.AssetName, &x.AssetModel, text(&x.Device), &x.OpenParts, &x.Charged}, rest...)...)
	if x.Erased = p.Family == ""; x.Erased {
		x.Person, x.PersonKind = "", ""
	}
	x.PersonName = p.Name()
	return err
}

// contractsWhere turns a filter into conditions; the first argument is now. verb is what the actor needs at the school of the contract.
func (s *Store) contractsWhere(by school.Actor, f ContractFilter, verb school.Verb) (*where, error) {
	w := &where{}
	now := s.Now()
	w.arg(now.UnixMicro())
	w.and("k.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, verb, by.Tenant, "k.school_id"); err != nil {
		return nil, err
	}
	today := endOfDay(now.AddDate(0, 0, -1)).UnixMicro()
	out := `k.issued_at IS NOT NULL AND k.returned_at IS NULL`
	switch f.View {
	case RunningContracts:
		if f.Person == "" && f.Asset == "" && f.Text == "" {
			w.and(`k.state IN ('planned', 'prepared', 'signed', 'issued', 'returned', 'open')`)
		}
	case WaitingContracts:
		w.and(`k.state IN ('planned', 'prepared', 'signed')`)
	case OutContracts:
		w.and(out)
	case DueContracts:
		w.and(out+` AND k.due_at > ? AND k.due_at <= ?`, today, endOfDay(now.AddDate(0, 0, 14)).UnixMicro())
	case OverdueContracts:
		w.and(out+` AND k.due_at <= ?`, today)
	case UnsignedContracts:
		w.and(out + ` AND k.signed_at IS NULL AND k.kind IN ('personal', 'staff')`)
	case UncheckedReturns:
		w.and(`k.state = 'returned'`)
	case OpenContracts:
		w.and(`k.state = 'open'`)
	case RefusedContracts:
		w.and(`k.state = 'refused'`)
	case ClosedContracts:
		w.and(`k.state IN ('closed', 'anonymised', 'cancelled')`)
	default:
		return nil, school.Refuse("view", "choice")
	}
	for _, x := range []struct{ column, value string }{{"k.school_id", string(f.School)}, {"c.id", string(f.Class)}, {"k.person_id", string(f.Person)}, {"k.kind", string(f.Kind)}} {
		if x.value != "" {
			w.and(x.column+" = ?", x.value)
		}
	}
	if f.Asset != "" {
		w.and(`k.id IN (SELECT y.id FROM contract y WHERE y.asset_id = ? UNION SELECT m.contract_id FROM addendum m WHERE m.old_asset_id = ?)`, string(f.Asset), string(f.Asset))
	}
	for _, word := range searchWords(f.Text) {
		prefix := likePrefix(word)
		a := append(wordArgs(prefix, 2), strings.ToUpper(prefix), "%"+prefix, strings.ToUpper("%"+prefix))
		w.and(wordCond([]string{"p.name_fold", "c.name_fold"}, `a.serial LIKE ? ESCAPE '\' OR a.number_fold LIKE ? ESCAPE '\' OR k.number LIKE ? ESCAPE '\'`), a...)
	}
	return w, nil
}

// Contracts lists contracts of the schools where the actor sees people: what is due by its day, all others by number.
func (s *Store) Contracts(ctx context.Context, by school.Actor, f ContractFilter) (Page[ContractLine], error) {
	w, err := s.contractsWhere(by, f, school.ViewPeople)
	if err != nil {
		return Page[ContractLine]{}, err
	}
	o := order{key: "k.number", id: "k.id", desc: f.Desc}
	if f.View == DueContracts || f.View == OverdueContracts {
		o.key = "k.due_at"
	}
	if err := w.page(o, f.After); err != nil {
		return Page[ContractLine]{}, err
	}
	return pageOf(ctx, s.read(), contractSelect+o.columns()+contractFrom+w.String(), w, o, f.Limit, scanContract)
}

// CountContracts counts what Contracts would list, without a name.
func (s *Store) CountContracts(ctx context.Context, by school.Actor, f ContractFilter) (int, error) {
	w, err := s.contractsWhere(by, f, school.View)
	if err != nil {
		return 0, err
	}
	n, err := s.read().number(ctx, `SELECT count(*)`+contractFrom+w.String(), w.args...)
	return int(n), err
}

// ContractPage is all that the page of one contract shows.
type ContractPage struct {
	ContractLine
	Parts    []school.ContractPart
	Changes  []AddendumRow
	Damages  []DamageRow
	Loss     *school.Loss
	KitName  string
	Replaces string          // number of the contract it stands in for
	Signers  []school.Signer // who has to sign
	Ahead    Ahead           // of one under which nothing was handed out yet
}

// AddendumRow is an addendum with the names of what it speaks of.
type AddendumRow struct {
	school.Addendum
	OldName, NewName             string
	OldSchoolName, NewSchoolName string
}

// ContractByID reads a contract for whoever sees its people.
func (s *Store) ContractByID(ctx context.Context, by school.Actor, id school.ContractID) (ContractPage, error) {
	return s.contractPage(ctx, by, "k.id = ?", string(id), school.ViewPeople)
}

// ContractByNumber reads a contract by what stands on its paper, for whoever sees its people or lends there.
func (s *Store) ContractByNumber(ctx context.Context, by school.Actor, number string) (ContractPage, error) {
	verb := school.ViewPeople
	if !by.CanSomewhere(verb, by.Tenant) {
		verb = school.Lend
	}
	return s.contractPage(ctx, by, "k.number = ?", strings.ToUpper(strings.TrimSpace(number)), verb)
}

func (s *Store) contractPage(ctx context.Context, by school.Actor, cond, arg string, verb school.Verb) (x ContractPage, err error) {
	w := &where{}
	w.arg(s.Now().UnixMicro())
	w.and("k.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	if err := w.limitSchools(by, verb, by.Tenant, "k.school_id"); err != nil {
		return x, school.Missing("contract")
	}
	err = s.snapshot(ctx, func(c conn) error {
		x = ContractPage{}
		if err := c.each(ctx, contractSelect+contractFrom+w.String(), w.args, func(r *sql.Rows) error { return scanContract(r, &x.ContractLine) }); err != nil || x.ID == "" {
			return err
		}
		var err error
		if x.Parts, err = c.partsOf(ctx, x.ID); err != nil {
			return err
		}
		if x.Changes, err = c.addenda(ctx, x.ID); err != nil {
			return err
		}
		var of where
		of.and("g.contract_id = ?", string(x.ID))
		if x.Damages, err = c.damages(ctx, &of, ` ORDER BY g.reported_at, g.id`); err != nil {
			return err
		}
		losses, err := c.losses(ctx, "l.contract_id = $1 ORDER BY l.reported_at DESC", string(x.ID))
		if err != nil {
			return err
		}
		if len(losses) > 0 {
			x.Loss = &losses[0].Loss
		}
		if x.Kit != "" {
			if _, err := c.one(ctx, `SELECT name FROM kit WHERE id = $1`, args(string(x.Kit)), &x.KitName); err != nil {
				return err
			}
		}
		if x.Contract.Replaces != "" {
			if _, err := c.one(ctx, `SELECT number FROM contract WHERE id = $1 AND authority_id = $2`, args(string(x.Contract.Replaces), string(by.Tenant)), &x.Replaces); err != nil {
				return err
			}
		}
		if x.Issued.IsZero() && x.State.Running() && x.Person != "" {
			if x.Ahead, err = c.aheadOf(ctx, by.Tenant, x.Person, x.School, x.Class == "", s.Now()); err != nil {
				return err
			}
		}
		policy, err := c.policyOf(ctx, by.Tenant)
		if err == nil && (x.Kind == school.PersonalLoan || x.Kind == school.StaffLoan || x.Kind == school.PoolLoan) && x.PersonKind != "" {
			x.Signers = policy.Lending.Signers(x.PersonKind, x.Adult, s.Now())
		}
		return err
	})
	if err == nil && x.ID == "" {
		err = school.Missing("contract")
	}
	return x, err
}

func (c conn) addenda(ctx context.Context, id school.ContractID) (out []AddendumRow, err error) {
	err = c.each(ctx, `SELECT m.id, m.contract_id, m.n, m.kind, m.old_asset_id, m.new_asset_id, m.old_due_at, m.new_due_at, m.old_school_id, m.new_school_id, m.reason, m.created_at,
		COALESCE(o.number, o.serial, ''), COALESCE(a.number, a.serial, ''), COALESCE(f.name, ''), COALESCE(t.name, '')
		FROM addendum m LEFT JOIN asset o ON o.id = m.old_asset_id LEFT JOIN asset a ON a.id = m.new_asset_id LEFT JOIN school f ON f.id = m.old_school_id
		LEFT JOIN school t ON t.id = m.new_school_id WHERE m.contract_id = $1 ORDER BY m.n`, args(string(id)), func(r *sql.Rows) error {
		var x AddendumRow
		err := r.Scan(&x.ID, text(&x.Contract), &x.N, text(&x.Kind), text(&x.OldAsset), text(&x.NewAsset), stamp(&x.OldDue), stamp(&x.NewDue), text(&x.OldSchool), text(&x.NewSchool),
			text(&x.Reason), stamp(&x.At), &x.OldName, &x.NewName, &x.OldSchoolName, &x.NewSchoolName)
		out = append(out, x)
		return err
	})
	return out, err
}

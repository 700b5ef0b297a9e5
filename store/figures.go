package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Figures are what councils, auditors and those who pay ask for: sums by school, delivery and programme. They name nobody and are
// counted from what is there when somebody asks; none of them is kept.

// LackRow is a part that is missing or damaged, and nobody decided about it.
type LackRow struct {
	school.ContractPart
	ContractNo string
	Returned   time.Time
	PersonName string
	ClassName  string
	School     school.SchoolID
	SchoolName string
	AssetName  string
	Worth      int // of the part today, in cents
}

// Lacks lists the open parts of the schools where the actor sees people, by contract.
func (s *Store) Lacks(ctx context.Context, by school.Actor, at school.SchoolID, after string, limit int) (Page[LackRow], error) {
	now := s.Now()
	var w where
	w.arg(now.UnixMicro())
	w.and("k.authority_id = ?", string(by.Tenant))
	w.and("k.state = 'open' AND x.state IN ('missing', 'damaged') AND x.decision = ''")
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "k.school_id"); err != nil {
		return Page[LackRow]{}, err
	}
	if at != "" {
		w.and("k.school_id = ?", string(at))
	}
	o := order{key: "k.number", id: "x.id"}
	if err := w.page(o, after); err != nil {
		return Page[LackRow]{}, err
	}
	policy, err := s.read().policyOf(ctx, by.Tenant)
	if err != nil {
		return Page[LackRow]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT x.id, x.contract_id, x.n, x.kind, x.name, x.price, x.state, k.number, k.issued_at, k.returned_at, p.given, p.family, COALESCE(c.name, ''), k.school_id,
		COALESCE(s.name, ''), COALESCE(a.number, a.serial, '')`+o.columns()+` FROM contract k JOIN contract_part x ON x.contract_id = k.id JOIN person p ON p.id = k.person_id LEFT JOIN class c ON c.id = `+classNow+`
		LEFT JOIN school s ON s.id = k.school_id LEFT JOIN asset a ON a.id = k.asset_id WHERE `+w.String(), &w, o, limit, func(r *sql.Rows, x *LackRow, rest ...any) error {
		var p school.Person
		var issued time.Time
		err := r.Scan(append([]any{text(&x.ID), text(&x.Contract), &x.N, text(&x.Kind), &x.Name, &x.Price, text(&x.State), &x.ContractNo, stamp(&issued), stamp(&x.Returned), &p.Given, &p.Family,
			&x.ClassName, text(&x.School), &x.SchoolName, &x.AssetName}, rest...)...)
		x.PersonName, x.Worth = p.Name(), policy.Lending.Residual(x.Price, issued, now)
		return err
	})
}

// DamageSum is what damages of a school cost.
type DamageSum struct {
	School     school.SchoolID
	SchoolName string
	Damages    int
	Running    int // not closed
	Cost       int // cents
	Claim      int // of it, asked of somebody
	Insured    int // cost of those an insurance pays
}

// DamageSums sums the damages that were reported from a day until before another one, by school.
func (s *Store) DamageSums(ctx context.Context, by school.Actor, from, until time.Time) (out []DamageSum, err error) {
	var w where
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("g.reported_at >= ? AND g.reported_at < ?", from.UnixMicro(), until.UnixMicro())
	if err := w.limitSchools(by, school.View, by.Tenant, "g.school_id"); err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT g.school_id, COALESCE(s.name, ''), count(*), sum(CASE WHEN g.state <> 'closed' THEN 1 ELSE 0 END), sum(g.cost), sum(g.claim),
		sum(CASE WHEN g.settlement = 'insurance' THEN g.cost ELSE 0 END) FROM damage g LEFT JOIN school s ON s.id = g.school_id WHERE `+w.String()+`
		GROUP BY g.school_id, s.name, s.name_sort ORDER BY s.name_sort NULLS LAST, g.school_id`, w.args, func(r *sql.Rows) error {
		var x DamageSum
		err := r.Scan(text(&x.School), &x.SchoolName, &x.Damages, &x.Running, &x.Cost, &x.Claim, &x.Insured)
		out = append(out, x)
		return err
	})
	return out, err
}

// assetWorth is what an asset cost: its own price, else that of its delivery.
const assetWorth = `COALESCE(NULLIF(a.price, 0), b.price, 0)`

// assetHere is the condition that the authority still has an asset.
const assetHere = `a.state NOT IN ('written_off', 'retired')`

const figuresFrom = ` FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN batch b ON b.id = a.batch_id LEFT JOIN school s ON s.id = COALESCE(d.school_id, a.school_id) WHERE `

func figuresWhere(by school.Actor) (*where, error) {
	w := &where{}
	w.and("a.authority_id = ?", string(by.Tenant))
	return w, w.limitSchools(by, school.View, by.Tenant, "COALESCE(d.school_id, a.school_id)")
}

// FundSum is what was bought by the money of a programme.
type FundSum struct {
	Programme string
	Pieces    int // ever
	Here      int // still in stock
	Early     int // gone before they were free to go
	Worth     int // cents, of all pieces
	From      time.Time
	Until     time.Time // the last is bound until
}

// FundSums sums what funding programmes and sponsors paid for.
func (s *Store) FundSums(ctx context.Context, by school.Actor) (out []FundSum, err error) {
	w, err := figuresWhere(by)
	if err != nil {
		return nil, err
	}
	w.and("b.programme <> ''")
	now := w.arg(s.Now().UnixMicro())
	err = s.read().each(ctx, `SELECT b.programme, count(*), sum(CASE WHEN `+assetHere+` THEN 1 ELSE 0 END), sum(CASE WHEN NOT (`+assetHere+`) AND b.funding_until_at > `+now+` THEN 1 ELSE 0 END), sum(`+assetWorth+`),
		min(b.ordered_at), max(b.funding_until_at)`+figuresFrom+w.String()+` GROUP BY b.programme ORDER BY b.programme`, w.args, func(r *sql.Rows) error {
		var x FundSum
		err := r.Scan(&x.Programme, &x.Pieces, &x.Here, &x.Early, &x.Worth, stamp(&x.From), stamp(&x.Until))
		out = append(out, x)
		return err
	})
	return out, err
}

// FundedRow is an asset that was bought by the money of a programme.
type FundedRow struct {
	AssetRow
	Programme string
	Supplier  string
	Ordered   time.Time
	Until     time.Time // bound to its purpose
	Worth     int
}

// FundedAssets lists what a programme paid for, by inventory number; empty: what all of them paid for.
func (s *Store) FundedAssets(ctx context.Context, by school.Actor, programme string, at school.SchoolID, after string, limit int) (Page[FundedRow], error) {
	w, from, err := assetsWhere(by, AssetFilter{School: at})
	if err != nil {
		return Page[FundedRow]{}, err
	}
	if programme == "" {
		w.and("b.programme <> ''")
	} else {
		w.and("b.programme = ?", programme)
	}
	o := order{key: "a.number_sort", id: "a.id"}
	if err := w.page(o, after); err != nil {
		return Page[FundedRow]{}, err
	}
	return pageOf(ctx, s.read(), assetSelect+`, b.programme, b.supplier, b.ordered_at, b.funding_until_at, `+assetWorth+o.columns()+from+w.String(), w, o, limit, func(r *sql.Rows, x *FundedRow, rest ...any) error {
		return scanAsset(r, &x.AssetRow, append([]any{&x.Programme, &x.Supplier, stamp(&x.Ordered), stamp(&x.Until), &x.Worth}, rest...)...)
	})
}

// FleetLine is what a school has of one model out of one delivery.
type FleetLine struct {
	School     school.SchoolID
	SchoolName string
	Kind       school.AssetKind
	Model      string
	Product    string // Apple's name of the model, where it is known
	BatchName  string
	Pieces     int
	Bought     time.Time // ordered, else when it came into stock
	LeaseEnds  time.Time
	Worth      int // cents, of all pieces
	Rate       int // cents a month, of all pieces, while the lease runs
}

// Fleet lists the computers of schools by school, kind, model and delivery.
func (s *Store) Fleet(ctx context.Context, by school.Actor, at school.SchoolID) (out []FleetLine, err error) {
	w, err := figuresWhere(by)
	if err != nil {
		return nil, err
	}
	w.and(assetHere+" AND a.kind IN (SELECT value FROM json_array_elements_text(?::json))", list(school.Computers))
	if at != "" {
		w.and("COALESCE(d.school_id, a.school_id) = ?", string(at))
	}
	now := w.arg(s.Now().UnixMicro())
	const model = `COALESCE(NULLIF(a.model, ''), st.model, '')`
	err = s.read().each(ctx, `SELECT COALESCE(d.school_id, a.school_id), COALESCE(s.name, ''), a.kind, `+model+`, COALESCE(st.product_name, ''), COALESCE(b.name, ''), count(*), COALESCE(b.ordered_at, min(a.created_at)), b.lease_until_at,
		sum(`+assetWorth+`), sum(CASE WHEN b.lease_until_at > `+now+` THEN b.lease_rate ELSE 0 END)
		FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN batch b ON b.id = a.batch_id LEFT JOIN school s ON s.id = COALESCE(d.school_id, a.school_id)
		WHERE `+w.String()+` GROUP BY COALESCE(d.school_id, a.school_id), s.name, s.name_sort, a.kind, `+model+`, COALESCE(st.product_name, ''), b.id, b.name, b.ordered_at, b.lease_until_at
		ORDER BY s.name_sort NULLS LAST, 1, a.kind, 4, 5, 8, b.id`, w.args, func(r *sql.Rows) error {
		var x FleetLine
		err := r.Scan(text(&x.School), &x.SchoolName, text(&x.Kind), &x.Model, &x.Product, &x.BatchName, &x.Pieces, stamp(&x.Bought), stamp(&x.LeaseEnds), &x.Worth, &x.Rate)
		out = append(out, x)
		return err
	})
	return out, err
}

// Replace is the year in which what a line speaks of is to be replaced: when its lease ends, else when it has served for so many years.
func (x FleetLine) Replace(years int) int {
	if !x.LeaseEnds.IsZero() {
		return x.LeaseEnds.In(Berlin).Year()
	}
	return x.Bought.In(Berlin).AddDate(years, 0, 0).Year()
}

// CostRow is what lending and its devices cost a school.
type CostRow struct {
	School     school.SchoolID
	SchoolName string
	Pieces     int // in stock, of every kind
	Worth      int // cents, what they cost when new
	Rate       int // cents of leases a month
	Damage     int // cents, of damages reported in the time
	Claims     int // cents, asked of somebody: for damages, and for parts of contracts that ended in the time
}

// Costs sums by school what things cost, and what broke and was asked for from a day until before another one.
func (s *Store) Costs(ctx context.Context, by school.Actor, from, until time.Time) ([]CostRow, error) {
	w, err := figuresWhere(by)
	if err != nil {
		return nil, err
	}
	w.and(assetHere)
	now := w.arg(s.Now().UnixMicro())
	var out []CostRow
	at := map[school.SchoolID]int{}
	err = s.read().each(ctx, `SELECT COALESCE(d.school_id, a.school_id), COALESCE(s.name, ''), count(*), sum(`+assetWorth+`), sum(CASE WHEN b.lease_until_at > `+now+` THEN b.lease_rate ELSE 0 END)`+figuresFrom+w.String()+`
		GROUP BY COALESCE(d.school_id, a.school_id), s.name, s.name_sort ORDER BY s.name_sort NULLS LAST, 1`, w.args, func(r *sql.Rows) error {
		var x CostRow
		err := r.Scan(text(&x.School), &x.SchoolName, &x.Pieces, &x.Worth, &x.Rate)
		at[x.School] = len(out)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	line := func(id school.SchoolID, name string) *CostRow {
		if _, has := at[id]; !has {
			at[id] = len(out)
			out = append(out, CostRow{School: id, SchoolName: name})
		}
		return &out[at[id]]
	}
	damages, err := s.DamageSums(ctx, by, from, until)
	if err != nil {
		return nil, err
	}
	for _, d := range damages {
		x := line(d.School, d.SchoolName)
		x.Damage, x.Claims = d.Cost, d.Claim
	}
	var k where
	k.and("k.authority_id = ?", string(by.Tenant))
	k.and("x.decision = 'charged' AND k.returned_at >= ? AND k.returned_at < ?", from.UnixMicro(), until.UnixMicro())
	if err := k.limitSchools(by, school.View, by.Tenant, "k.school_id"); err != nil {
		return nil, err
	}
	return out, s.read().each(ctx, `SELECT k.school_id, COALESCE(s.name, ''), sum(x.amount) FROM contract k JOIN contract_part x ON x.contract_id = k.id LEFT JOIN school s ON s.id = k.school_id
		WHERE `+k.String()+` GROUP BY k.school_id, s.name, s.name_sort ORDER BY s.name_sort NULLS LAST, 1`, k.args, func(r *sql.Rows) error {
		var id school.SchoolID
		var name string
		var sum int
		err := r.Scan(text(&id), &name, &sum)
		line(id, name).Claims += sum
		return err
	})
}

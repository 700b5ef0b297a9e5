package school

import (
	"slices"
	"time"
)

// AssetKind is what a thing is. Only an iPad has a managed side here; everything else is lent the same way.
type AssetKind string

const (
	IPad     AssetKind = "ipad"
	Mac      AssetKind = "mac"
	Notebook AssetKind = "notebook"
	PC       AssetKind = "pc"
	Cover    AssetKind = "case" // Hülle
	Keyboard AssetKind = "keyboard"
	Pencil   AssetKind = "pencil"
	Charger  AssetKind = "charger"
	Cable    AssetKind = "cable"
	OtherKit AssetKind = "other"
)

// AssetKinds in the order pages show them.
var AssetKinds = []AssetKind{IPad, Mac, Notebook, PC, Cover, Keyboard, Pencil, Charger, Cable, OtherKit}

// Computers are the kinds that figures count as computers.
var Computers = []AssetKind{IPad, Mac, Notebook, PC}

// Known reports whether there is such a kind.
func (k AssetKind) Known() bool { return slices.Contains(AssetKinds, k) }

// ManagedBy is who manages an asset. What others manage has no acts of management here.
type ManagedBy string

const (
	ByUs     ManagedBy = "us"
	ByIServ  ManagedBy = "iserv"
	ByOpsi   ManagedBy = "opsi"
	ByIntune ManagedBy = "intune"
	ByNobody ManagedBy = "none"
)

// Managers in the order pages show them.
var Managers = []ManagedBy{ByUs, ByIServ, ByOpsi, ByIntune, ByNobody}

// Known reports whether there is such a manager.
func (m ManagedBy) Known() bool { return slices.Contains(Managers, m) }

// AssetState is what people decided about an asset. That it is lent, lost or in repair follows from its contract, loss and
// repair and is not kept a second time.
type AssetState string

const (
	AssetReady      AssetState = "ready"
	AssetToCheck    AssetState = "check"       // came back and nobody has looked at it yet
	AssetIncomplete AssetState = "incomplete"  // a part of its set is missing
	AssetWrittenOff AssetState = "written_off" // lost for good
	AssetRetired    AssetState = "retired"     // went back to the lessor, or was disposed of
)

// AssetStates in the order pages show them.
var AssetStates = []AssetState{AssetReady, AssetToCheck, AssetIncomplete, AssetWrittenOff, AssetRetired}

// Gone reports whether the authority has it no more.
func (s AssetState) Gone() bool { return s == AssetWrittenOff || s == AssetRetired }

// Asset is the thing with an inventory number; Device is its managed side. Lending knows assets, management devices. Where
// there is a device, school and place are the device's.
type Asset struct {
	ID        AssetID
	Authority AuthorityID
	Number    string // inventory number, "MS-26-000417"
	Kind      AssetKind
	Model     string
	Serial    string
	ManagedBy ManagedBy
	School    SchoolID
	Place     PlaceID
	Batch     BatchID
	State     AssetState
	Price     int // cents; 0: what the batch says
	Note      string
}

// Batch is one delivery: what was bought or leased together, and by whose money.
type Batch struct {
	ID        BatchID
	Authority AuthorityID
	Name      string
	Supplier  string
	Ordered   time.Time
	Price     int // of one piece, in cents
	Lease     Lease
	Funding   Funding
}

// Lease is the leasing contract of a batch; the zero value: it was bought.
type Lease struct {
	Number string
	Lessor string
	From   time.Time
	Until  time.Time
	Rate   int    // cents a month for one piece
	Terms  string // conditions of return
}

// Leased reports whether a batch goes back to somebody.
func (l Lease) Leased() bool { return l.Number != "" || !l.Until.IsZero() }

// LeaseMarks are how many months before the end of a lease somebody is told.
var LeaseMarks = []int{6, 3, 1}

// Mark is the mark a lease has reached at now, in months; 0: none yet, or it is over.
func (l Lease) Mark(now time.Time) (mark int) {
	for _, m := range LeaseMarks {
		if !l.Until.IsZero() && !now.Before(MonthsAfter(l.Until, -m)) && now.Before(l.Until) {
			mark = m
		}
	}
	return mark
}

// Funding is by whose money a batch was bought.
type Funding struct {
	Programme string
	Label     string    // text that has to stand on the thing
	Until     time.Time // bound to its purpose until
}

// MonthsAfter is the same day months later; where that month has no such day, its last one, as § 188 BGB counts.
func MonthsAfter(t time.Time, months int) time.Time {
	to := t.AddDate(0, months, 0)
	if to.Day() != t.Day() {
		to = to.AddDate(0, 0, -to.Day())
	}
	return to
}

// Kit is a template of what is handed out together.
type Kit struct {
	ID        KitID
	Authority AuthorityID
	School    SchoolID // empty: of the whole authority
	Name      string
	Kind      AssetKind // the asset it goes with
	Parts     []Part
	Standard  bool // taken where nobody says which
	Archived  bool
}

// Part is one thing of a kit besides the asset itself.
type Part struct {
	Kind  AssetKind
	Name  string
	Price int // cents
}

// MostParts is how many parts a kit may have: keys 1 to 9 at the desk name them.
const MostParts = 9

// MostPrice is more than anything a school lends costs, in cents.
const MostPrice = 10_000_000

// Check refuses a kit that could not be handed out.
func (k Kit) Check() error {
	if !k.Kind.Known() {
		return Refuse("kind", "choice")
	}
	if len(k.Parts) > MostParts {
		return Refuse("parts", "kit_parts", MostParts)
	}
	for _, p := range k.Parts {
		switch {
		case !p.Kind.Known():
			return Refuse("parts", "choice")
		case p.Name == "":
			return Refuse("parts", "required")
		case len(p.Name) > 100:
			return Refuse("parts", "too_long", 100)
		case p.Price < 0 || p.Price > MostPrice:
			return Refuse("parts", "price_range")
		}
	}
	return nil
}

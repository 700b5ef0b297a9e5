package school

import "slices"

// DocumentKind is a kind of paper of the lending desk.
type DocumentKind string

// Kinds of documents.
const (
	LoanContract  DocumentKind = "contract" // Leihvertrag
	StaffTerms    DocumentKind = "staff"    // Nutzungsvereinbarung of a teacher
	HandoverPaper DocumentKind = "handover" // Übergabeprotokoll
	ReturnPaper   DocumentKind = "return"   // Rückgabeprotokoll
	DamagePaper   DocumentKind = "damage"   // Schadensprotokoll
	ClassReceipt  DocumentKind = "receipt"  // Sammelquittung
	DunningLetter DocumentKind = "reminder" // Mahnung
	AddendumPaper DocumentKind = "addendum" // Nachtrag for a swap
	LeaseReturn   DocumentKind = "lease"    // Leasing-Rückgabeliste
	PrivacyNotice DocumentKind = "privacy"  // Information after Art. 13 GDPR
	ErasureProof  DocumentKind = "erasure"  // Löschnachweis
)

// DocumentKinds lists them in the order of pages.
var DocumentKinds = []DocumentKind{LoanContract, StaffTerms, PrivacyNotice, HandoverPaper, ReturnPaper, DamagePaper, ClassReceipt, DunningLetter, AddendumPaper, LeaseReturn, ErasureProof}

// Paper is the kind of paper that is signed under a contract of this kind before anything is handed out; short loans have none.
func (k ContractKind) Paper() (DocumentKind, bool) {
	switch k {
	case PersonalLoan, Replacement:
		return LoanContract, true
	case StaffLoan, PoolLoan:
		return StaffTerms, true
	}
	return "", false
}

// Places that stand in every document, and those of people, of one device and of a contract.
var (
	placesAll      = []string{"authority.name", "authority.contact", "authority.officer", "school.name", "date"}
	placesPerson   = []string{"person.name", "person.class"}
	placesDevice   = []string{"device.model", "device.number", "device.serial"}
	placesContract = []string{"contract.number", "contract.from", "contract.until", "contract.value"}
)

// Places lists what may stand in the wording of a kind.
func (k DocumentKind) Places() []string {
	one := slices.Concat(placesAll, placesPerson, placesDevice, placesContract)
	switch k {
	case LoanContract:
		return append(one, "signers.names")
	case StaffTerms, HandoverPaper:
		return one
	case ReturnPaper:
		return append(one, "return.open")
	case DamagePaper:
		return append(one, "damage.when", "damage.what", "damage.cause", "damage.until")
	case DunningLetter:
		return append(one, "reminder.step", "reminder.due", "reminder.missing")
	case AddendumPaper:
		return append(one, "old.model", "old.number", "old.serial", "swap.reason")
	case ClassReceipt:
		return slices.Concat(placesAll, []string{"class.name", "holder.name", "devices.count"})
	case LeaseReturn:
		return slices.Concat(placesAll, []string{"lease.number", "lease.lessor", "lease.until", "devices.count"})
	case PrivacyNotice:
		return placesAll
	case ErasureProof:
		return slices.Concat(placesAll, placesDevice, []string{"erase.ordered", "erase.confirmed", "erase.command"})
	}
	return nil
}

// Tables lists what is put into the wording of a kind as a table, on a line of its own.
func (k DocumentKind) Tables() []string {
	switch k {
	case LoanContract, StaffTerms:
		return []string{"table.kit", "table.damage", "signatures"}
	case HandoverPaper, ReturnPaper:
		return []string{"table.kit", "table.damage", "signatures"}
	case DamagePaper, AddendumPaper:
		return []string{"table.kit", "signatures"}
	case ClassReceipt, LeaseReturn:
		return []string{"table.devices", "signatures"}
	case PrivacyNotice:
		return []string{"table.retention"}
	}
	return nil
}

// Needs lists what must stand in the wording of a kind: a contract that does not name its parties and its object is none.
func (k DocumentKind) Needs() []string {
	switch k {
	case LoanContract:
		return []string{"authority.name", "person.name", "contract.number", "contract.until", "table.kit", "signatures"}
	case StaffTerms:
		return []string{"authority.name", "person.name", "contract.number", "table.kit", "signatures"}
	case HandoverPaper, ReturnPaper:
		return []string{"person.name", "contract.number", "table.kit", "signatures"}
	case ClassReceipt, LeaseReturn:
		return []string{"table.devices", "signatures"}
	case DamagePaper:
		return []string{"device.number", "damage.what"}
	case DunningLetter:
		return []string{"person.name", "contract.number", "reminder.missing"}
	case AddendumPaper:
		return []string{"contract.number", "old.serial", "device.serial", "signatures"}
	case ErasureProof:
		return []string{"device.serial", "erase.confirmed"}
	case PrivacyNotice:
		return []string{"authority.name", "authority.officer"}
	}
	return nil
}

// Read reads a wording of this kind and checks that nothing it needs is missing.
func (k DocumentKind) Read(text string) (Wording, error) {
	w, err := ReadWording(text, k.Places(), k.Tables())
	if err != nil {
		return nil, err
	}
	has := w.Places()
	for _, need := range k.Needs() {
		if !slices.Contains(has, need) {
			return nil, Refuse("text", "wording_needs", "{{"+need+"}}")
		}
	}
	return w, nil
}

package school

import "time"

// Privacy is what an authority decides about the data of people. The zero value works: the terms are then those that
// German authorities usually set.
type Privacy struct {
	Control   Control   // who answers for the data of pupils
	Officer   string    // the data protection officer, as papers name it
	Retention Retention // how long what is kept
}

// Control says who is controller in the sense of the GDPR. The Länder answer this differently; nothing is hard-wired.
type Control string

const (
	AuthorityControls Control = ""          // the Schulträger itself
	SchoolControls    Control = "processor" // the school; the Schulträger works for it by contract (Art. 28)
	BothControl       Control = "joint"     // both together (Art. 26)
)

// Controls lists every answer in the order pages show them.
var Controls = []Control{AuthorityControls, SchoolControls, BothControl}

// Retention is how many days after its end something is kept. Zero means the usual term.
type Retention struct {
	Loans  int // who had an iPad, after it was taken back
	Left   int // a person without an iPad, after it was archived
	Orders int // orders to iPads, after they were carried out
	Audit  int // entries of the audit log
}

// Term is one clock of retention: what people may set it to.
type Term struct {
	Name               string // as forms and the API name it
	Usual, Least, Most int    // days
	Days               func(*Retention) *int
}

// Terms lists the clocks in the order pages show them. 183 days are the six months of § 606 BGB.
var Terms = []Term{
	{"loans", 183, 1, 3650, func(r *Retention) *int { return &r.Loans }},
	{"left", 30, 1, 730, func(r *Retention) *int { return &r.Left }},
	{"orders", 90, 30, 730, func(r *Retention) *int { return &r.Orders }},
	{"audit", 730, 90, 3650, func(r *Retention) *int { return &r.Audit }},
}

// In is the term as it is in force.
func (t Term) In(r Retention) int {
	if n := *t.Days(&r); n > 0 {
		return n
	}
	return t.Usual
}

// Before is the moment whose things the clock of that name has reached at now.
func (r Retention) Before(name string, now time.Time) time.Time {
	for _, t := range Terms {
		if t.Name == name {
			return now.AddDate(0, 0, -t.In(r))
		}
	}
	panic("school: no term " + name)
}

// Check refuses what a clock cannot be set to.
func (p Privacy) Check() error {
	for _, t := range Terms {
		if n := *t.Days(&p.Retention); n != 0 && (n < t.Least || n > t.Most) {
			return Refuse(t.Name, "days_range", t.Least, t.Most)
		}
	}
	for _, c := range Controls {
		if c == p.Control {
			return nil
		}
	}
	return Refuse("control", "choice")
}

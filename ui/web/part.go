package web

// The structs below are the data of the parts of the same name in ui/part. A
// page's struct holds them; texts in them are already in the page's language.

// StatusKind says how a thing stands. Its symbol and colour follow from it; the
// text is always there as well, because colour alone tells some people nothing.
type StatusKind string

const (
	OK      StatusKind = "ok"      // as decided, and reported so
	Busy    StatusKind = "busy"    // on its way, nobody need do anything
	Waiting StatusKind = "waiting" // for a person or a device
	Warning StatusKind = "warning" // works, but wants attention
	Danger  StatusKind = "danger"  // does not work
	Off     StatusKind = "off"     // not in use, unknown
	Note    StatusKind = "info"    // merely said
)

// Status is a symbol with its text.
type Status struct {
	Kind StatusKind
	Text string
}

// Icon is the icon of a status: KERN's, or one of the two of ours.
func (s Status) Icon() string {
	switch s.Kind {
	case OK:
		return "check"
	case Busy:
		return "autorenew"
	case Waiting:
		return "clock"
	case Warning:
		return "warning"
	case Danger:
		return "danger"
	case Off:
		return "dash"
	}
	return "info"
}

// Progress counts what was reported: "25/27". Failed ones are part of Total and
// listed below the bar by the page.
type Progress struct {
	Label       string // what is counted, for those who do not see the bar
	Done, Total int
}

// Complete reports whether there is something and nothing of it is missing.
func (p Progress) Complete() bool { return p.Total > 0 && p.Done >= p.Total }

// Code is a serial number or the like: monospaced and copyable.
type Code struct {
	Text  string
	Plain bool // without the button, for dense tables
}

// Action is something one can do: a link if Post is false, else a form with one
// button.
type Action struct {
	Text    string // a verb with its number: "27 iPads löschen"
	Href    string
	Post    bool
	Primary bool // at most one on a page
	Danger  bool // cannot be undone
	Icon    string
	Hidden  []Hidden
	Dialog  string // id of a dialog that asks here what the page at Href asks
	About   string // what it is about, where Text alone would repeat in a list
}

// Hidden is a value a form carries along.
type Hidden struct{ Name, Value string }

// Alert is a message about the page. Kind is OK, Note, Warning or Danger.
type Alert struct {
	Kind    StatusKind
	Title   string
	Text    string
	Lines   []string // one per error, linking to the field if Href is set
	Actions []Action
}

// Tone is KERN's word for the kind.
func (a Alert) Tone() string {
	switch a.Kind {
	case OK:
		return "success"
	case Warning, Danger:
		return string(a.Kind)
	}
	return "info"
}

// Tab is one view of a thing, an address of its own.
type Tab struct {
	Name, Href string
	Current    bool
	Counted    bool // whether Count is to be shown, be it 0
	Count      int
	Under      []Tab // what stands under the current one, where it is several views
}

// Column is a head of a table. Href sorts by it; it is empty if that is not
// possible.
type Column struct {
	Name    string
	Href    string
	Sorted  string // "ascending", "descending" or empty
	Numeric bool
	Hidden  bool // the name is for screen readers only, e.g. over buttons
}

// Files are the addresses of the list a page shows, from its first line, as files.
type Files struct {
	CSV, XLSX string
	PDF       string // of what is printed for councils and auditors
}

// Pager moves through a list page by page. Lists are cut by key, so there are no
// page numbers, only directions.
type Pager struct {
	From, To, Total int
	More            bool // Total is a lower bound
	First           string
	Prev            string
	Next            string
}

// Empty stands where a list would be: what is not there yet and what helps.
type Empty struct {
	Title   string
	Text    string
	Actions []Action
}

// Option is one choice of a [Field].
type Option struct {
	Value, Text string
	Hint        string
	Chosen      bool
	Disabled    bool
}

// FieldKind says what a field takes.
type FieldKind string

const (
	TextField     FieldKind = "text"
	EmailField    FieldKind = "email"
	PasswordField FieldKind = "password"
	NumberField   FieldKind = "number"
	DateField     FieldKind = "date"
	MomentField   FieldKind = "datetime-local" // day and time on the clock of the school
	SearchField   FieldKind = "search"
	CodeField     FieldKind = "code" // serials and the like: monospaced, never corrected
	AreaField     FieldKind = "area"
	SelectField   FieldKind = "select"
	RadioField    FieldKind = "radio"
	ChecksField   FieldKind = "checks" // several of Options
	CheckField    FieldKind = "check"  // one yes or no; Value "1" is yes
)

// Field is a labelled input. With Error set it keeps what was typed in Value.
type Field struct {
	Kind         FieldKind
	Name         string // also its id
	Label        string
	Hint         string
	Value        string
	Error        string
	Optional     bool
	Disabled     bool
	Focus        bool // at most one on a page
	Autocomplete string
	Options      []Option
	Rows         int
	Min, Max     string
	MaxLength    int
	Lang         string // of the value, where it is not that of the page
}

// Type is the type of the input element.
func (f Field) Type() string {
	switch f.Kind {
	case EmailField, PasswordField, NumberField, DateField, MomentField, SearchField:
		return string(f.Kind)
	}
	return "text"
}

// Describes lists the ids of what describes the field, or nothing.
func (f Field) Describes() string {
	switch {
	case f.Hint != "" && f.Error != "":
		return f.Name + "-hint " + f.Name + "-error"
	case f.Hint != "":
		return f.Name + "-hint"
	case f.Error != "":
		return f.Name + "-error"
	}
	return ""
}

// FileField takes files. Its form needs method post and enctype multipart/form-data.
type FileField struct {
	Name, Label, Hint, Error string
	Accept                   string // ".csv,.xlsx"
	Multiple                 bool
	MaxBytes                 int64
}

// Describes lists the ids of what describes the field.
func (f FileField) Describes() string {
	return Field{Name: f.Name, Hint: f.Hint, Error: f.Error}.Describes()
}

// Confirm asks before something irreversible. Word is the name of the thing, to
// be typed; the handler must compare it again, because the button can be pressed
// without our script.
type Confirm struct {
	ID      string
	Title   string
	Text    string // what will be lost, and that it cannot be undone
	Word    string // empty: a press is enough
	Error   string // the word was another
	Typed   string
	Button  string // "27 iPads löschen"
	Action  string // where it is posted to
	Cancel  string // address of the way back
	Details []string
	Hidden  []Hidden
}

// ConfirmName is the form value that holds the typed word.
const ConfirmName = "confirm"

// Event is an entry of a timeline.
type Event struct {
	When   When
	Kind   StatusKind
	Text   string
	Detail string
	By     string
	Undo   string // address undoing is posted to
}

// Fact is a line of a list of facts.
type Fact struct {
	Name   string
	Text   string
	Code   string // instead of Text: monospaced and copyable
	Href   string
	Status *Status
	When   *When
}

// Seen is When for the template, which cannot follow a pointer into a call.
func (f Fact) Seen() When { return *f.When }

// Todo is a line of the start page: what is, why, what helps.
type Todo struct {
	Urgency Urgency
	Title   string
	Text    string
	Needs   string // who or what is needed for it
	Action  *Action
}

// Urgency says until when a human has to do something.
type Urgency string

const (
	Today    Urgency = "today"
	ThisWeek Urgency = "week"
	Sometime Urgency = "later"
)

// Group is one group of a plan: how many, what happens to them, where they are.
type Group struct {
	Kind  GroupKind
	Count int
	Text  string
	Where string // "Realschule West 300, Gymnasium Nord 212"
	Names string // address of the list of names
}

// GroupKind orders a plan: losses stand first.
type GroupKind string

const (
	Loses      GroupKind = "loses"
	Changes    GroupKind = "changes"
	Gains      GroupKind = "gains"
	Unchanged  GroupKind = "same"
	Unknown    GroupKind = "unknown"
	Impossible GroupKind = "impossible"
)

// Menu is a list of actions behind one button.
type Menu struct {
	Text    string
	Actions []Action
}

// Banner is a line above the page about the whole product.
type Banner struct {
	Kind   StatusKind
	Text   string
	Action *Action
}

// Icon is the icon of the banner's kind.
func (b Banner) Icon() string { return Status{Kind: b.Kind}.Icon() }

// Filter is the bar above a list: a form by GET, so that the filter is in the
// address. Hidden carries what else is in it, such as the order.
type Filter struct {
	Action string
	Fields []Field
	Hidden []Hidden
	Reset  string // address without filters; empty if none is set
}

package school

// LabelSheet is a sheet of labels of one's own: the size of a label, where the first begins and how far it is to the
// next, in millimetres.
type LabelSheet struct {
	ID     LabelSheetID
	School SchoolID // empty: for everybody in the authority
	Name   string
	Wide   float64
	High   float64
	Left   float64
	Top    float64
	Across float64
	Down   float64
}

// LabelPrinter is how a printer misses: what was read off its calibration page, in millimetres.
type LabelPrinter struct {
	ID     LabelPrinterID
	School SchoolID
	Name   string
	Left   float64
	Top    float64
	Across float64
	Down   float64
}

// Most sheets and printers of an authority: beyond that a list is no help.
const MaxLabelKinds = 200

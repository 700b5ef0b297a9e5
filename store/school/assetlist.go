package school

import (
	"slices"
	"strconv"
	"strings"
)

// AssetField is what a column of a list of things says.
type AssetField string

const (
	AssetNumberField  AssetField = "number"
	AssetSerialField  AssetField = "serial"
	AssetKindField    AssetField = "kind"
	AssetModelField   AssetField = "model"
	AssetManagerField AssetField = "managed_by"
	AssetSchoolField  AssetField = "school"
	AssetPlaceField   AssetField = "place"
	AssetBatchField   AssetField = "batch"
	AssetPriceField   AssetField = "price"
	AssetStateField   AssetField = "state"
	AssetNoteField    AssetField = "note"
)

// AssetFields in the order pages show them.
var AssetFields = []AssetField{AssetNumberField, AssetSerialField, AssetKindField, AssetModelField, AssetManagerField, AssetSchoolField, AssetPlaceField, AssetBatchField,
	AssetPriceField, AssetStateField, AssetNoteField}

// AssetEntry is one line of a list of things. What is empty says nothing and is left as it is.
type AssetEntry struct {
	Row       int
	Number    string
	Serial    string
	Kind      AssetKind
	Model     string
	ManagedBy ManagedBy
	School    string // name or official number
	Place     string
	Batch     string
	Price     int // cents
	State     AssetState
	Note      string
}

// AssetMapping is how a list of things is read: what its columns say, and what holds for new things where the list says
// nothing. It is kept for the next list with the same heads.
type AssetMapping struct {
	Columns   []AssetField // by their place in the file; empty: left out
	Kind      AssetKind    `json:",omitempty"`
	ManagedBy ManagedBy    `json:",omitempty"`
	School    SchoolID     `json:",omitempty"`
	Batch     BatchID      `json:",omitempty"`
}

// Check refuses a mapping by which nothing could be found again.
func (m AssetMapping) Check() error {
	for i, f := range m.Columns {
		switch {
		case f == "":
		case !slices.Contains(AssetFields, f):
			return Refuse("columns", "choice")
		case slices.Contains(m.Columns[:i], f):
			return Refuse("column-"+strconv.Itoa(i), "column_twice")
		}
	}
	switch {
	case !slices.Contains(m.Columns, AssetNumberField) && !slices.Contains(m.Columns, AssetSerialField):
		return Refuse("columns", "asset_columns")
	case m.Kind != "" && !m.Kind.Known():
		return Refuse("kind", "choice")
	case m.ManagedBy != "" && !m.ManagedBy.Known():
		return Refuse("managed_by", "choice")
	}
	return nil
}

// Cents reads what people type for an amount: 49, 49,9, 49.90, 1.049,90 €. Nothing typed is nothing.
func Cents(field, typed string) (int, error) {
	s := strings.Join(strings.Fields(strings.NewReplacer("€", "", "EUR", "").Replace(typed)), "")
	if s == "" {
		return 0, nil
	}
	at := strings.LastIndexAny(s, ",.")
	whole, rest := s, ""
	if at >= 0 && len(s)-at-1 <= 2 {
		whole, rest = s[:at], s[at+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	n, err := strconv.Atoi(whole + (rest + "00")[:2])
	if err != nil || n < 0 || n > MostPrice || strings.ContainsAny(whole+rest, "+-") {
		return 0, Refuse(field, "price_range")
	}
	return n, nil
}

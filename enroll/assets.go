package enroll

import (
	"context"
	"slices"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
)

// Lists of things come out of inventories, opsi, Intune, IServ and spreadsheets kept by hand: every one has other heads, and
// most have columns nobody asks for. What the columns say is guessed, shown and put right by people; only then the lines are read.

// AssetSheet is a list of things as a table.
type AssetSheet struct {
	Heads []string
	Lines []AssetLine
}

// AssetLine is a line of the table, with its line in the file.
type AssetLine struct {
	Row   int
	Cells []string
}

// maxHeads is how many columns a list may have.
const maxHeads = 200

// assetNames are the heads columns go by, folded and without signs. The first is what the template writes.
var assetNames = map[school.AssetField][]string{
	school.AssetNumberField:  {"inventarnummer", "inventar nr", "inventarnr", "inventar", "inv nr", "geratenummer", "asset tag", "asset number", "inventory number", "inventory no", "asset"},
	school.AssetSerialField:  {"seriennummer", "serien nr", "seriennr", "sn", "s n", "serial", "serial number", "serial no", "serialnumber", "hardware serial number"},
	school.AssetKindField:    {"art", "gerateart", "geratetyp", "typ", "kategorie", "kind", "type", "device type", "category", "form factor"},
	school.AssetModelField:   {"modell", "modellbezeichnung", "bezeichnung", "gerat", "model", "model name", "product", "description"},
	school.AssetManagerField: {"verwaltet von", "verwaltung", "verwaltet durch", "gerateverwaltung", "managed by", "management", "mdm"},
	school.AssetSchoolField:  {"schule", "schulname", "schulnummer", "dienststelle", "standort", "school", "school name", "school number", "site"},
	school.AssetPlaceField:   {"platz", "ort", "raum", "koffer", "lager", "place", "room", "case", "location"},
	school.AssetBatchField:   {"lieferung", "charge", "bestellung", "bestellnummer", "lieferschein", "batch", "delivery", "order", "order number", "purchase order"},
	school.AssetPriceField:   {"preis", "neupreis", "anschaffungspreis", "kaufpreis", "anschaffungswert", "price", "purchase cost", "purchase price", "cost"},
	school.AssetStateField:   {"stand", "zustand", "status", "state", "condition"},
	school.AssetNoteField:    {"notiz", "bemerkung", "bemerkungen", "anmerkung", "kommentar", "note", "notes", "remark", "comment"},
}

// assetKinds, assetManagers and assetStates are what people write for a choice, folded. The first of each is what the template says.
var (
	assetKinds = map[school.AssetKind][]string{
		school.IPad:     {"ipad", "tablet", "ipados"},
		school.Mac:      {"mac", "macbook", "macbook air", "macbook pro", "imac", "macos"},
		school.Notebook: {"notebook", "laptop", "convertible", "chromebook", "windows notebook"},
		school.PC:       {"pc", "desktop", "rechner", "arbeitsplatz pc", "mini pc", "windows"},
		school.Cover:    {"hulle", "schutzhulle", "tasche", "case", "cover"},
		school.Keyboard: {"tastatur", "tastaturhulle", "keyboard"},
		school.Pencil:   {"stift", "apple pencil", "pencil", "pen"},
		school.Charger:  {"netzteil", "ladegerat", "charger", "power adapter"},
		school.Cable:    {"kabel", "ladekabel", "cable"},
		school.OtherKit: {"sonstiges", "anderes", "zubehor", "other", "accessory"},
	}
	assetManagers = map[school.ManagedBy][]string{
		school.ByUs:     {"ranzen", "uns", "us", "hier"},
		school.ByIServ:  {"iserv"},
		school.ByOpsi:   {"opsi"},
		school.ByIntune: {"intune", "microsoft intune", "endpoint manager"},
		school.ByNobody: {"niemand", "keine", "keiner", "ohne", "none", "nobody", "no"},
	}
	assetStates = map[school.AssetState][]string{
		school.AssetReady:      {"bereit", "ok", "in ordnung", "neu", "gut", "einsatzbereit", "ready", "good", "new", "deployable"},
		school.AssetToCheck:    {"zu prufen", "prufen", "to check", "check", "pending"},
		school.AssetIncomplete: {"unvollstandig", "incomplete"},
		school.AssetWrittenOff: {"abgeschrieben", "written off"},
		school.AssetRetired:    {"ausgesondert", "ausgemustert", "retired", "archived"},
	}
)

// plainWord is a word without case, accents and signs.
func plainWord(s string) string {
	return strings.Join(strings.FieldsFunc(school.Fold(s), func(r rune) bool { return strings.ContainsRune(" .:-_*/()#\u00a0", r) }), " ")
}

// meant finds what a word stands for.
func meant[K comparable](names map[K][]string, word string) (out K, ok bool) {
	word = plainWord(word)
	for k, all := range names {
		if slices.Contains(all, word) {
			return k, true
		}
	}
	return out, false
}

// ReadAssets reads a list of things as a table. What is wrong with single lines is listed, each with its line in the file; err is
// about the file as a whole.
func ReadAssets(file []byte) (t AssetSheet, problems []*school.Error, err error) {
	problems, err = eachLine(file, func(record []string) error {
		for len(record) > 0 && strings.TrimSpace(record[len(record)-1]) == "" {
			record = record[:len(record)-1]
		}
		if len(record) > maxHeads {
			return school.Refuse("file", "csv.heads", maxHeads)
		}
		for _, name := range record {
			t.Heads = append(t.Heads, cutText(plainCell(name), 80))
		}
		return nil
	}, func(line int, record []string) (*school.Error, error) {
		if len(t.Lines) == maxRows {
			return nil, school.Refuse("file", "csv.rows", maxRows)
		}
		cells := make([]string, len(t.Heads))
		for i, value := range record {
			value = plainCell(value)
			switch {
			case len(value) > maxField:
				return rowProblem(line, "", "csv.field", maxField>>10), nil
			case i < len(cells):
				cells[i] = value
			case value != "":
				return rowProblem(line, "", "csv.fields", len(record), len(cells)), nil
			}
		}
		t.Lines = append(t.Lines, AssetLine{line, cells})
		return nil, nil
	})
	if err != nil {
		return AssetSheet{}, nil, err
	}
	return t, problems, nil
}

// OpenAssets reads a list of things and says how it will be understood: as the last list with the same heads was (known), else as
// its columns are called.
func OpenAssets(ctx context.Context, st *store.Store, by school.Actor, file []byte) (t AssetSheet, x store.AssetList, known bool, problems []*school.Error, err error) {
	if t, problems, err = ReadAssets(file); err != nil {
		return t, x, false, nil, err
	}
	x.Heads = store.HeadsOf(t.Heads)
	x.Mapping, known, err = st.AssetMapping(ctx, by, x.Heads)
	if known = known && len(x.Mapping.Columns) == len(t.Heads); !known {
		x.Mapping = GuessAssets(t.Heads)
	}
	return t, x, known, problems, err
}

// GuessAssets says what the columns of a list most likely say. Of two that could be the same the first is.
func GuessAssets(heads []string) school.AssetMapping {
	m := school.AssetMapping{Columns: make([]school.AssetField, len(heads))}
	for i, name := range heads {
		if f, ok := meant(assetNames, name); ok && !slices.Contains(m.Columns, f) {
			m.Columns[i] = f
		}
	}
	return m
}

// AssetsOf reads the lines of a list by a mapping. Each problem names its line and column.
func AssetsOf(t AssetSheet, m school.AssetMapping) (rows []school.AssetEntry, problems []*school.Error) {
	for _, line := range t.Lines {
		e := school.AssetEntry{Row: line.Row}
		var wrong []*school.Error
		word := func(field school.AssetField, ok bool, value string) {
			if !ok {
				wrong = append(wrong, rowProblem(line.Row, string(field), "asset_word_"+string(field), cutText(value, 60)))
			}
		}
		for i, value := range line.Cells {
			if i >= len(m.Columns) || value == "" {
				continue
			}
			ok := true
			switch f := m.Columns[i]; f {
			case school.AssetNumberField:
				e.Number = value
			case school.AssetSerialField:
				e.Serial = value
			case school.AssetModelField:
				e.Model = value
			case school.AssetSchoolField:
				e.School = value
			case school.AssetPlaceField:
				e.Place = value
			case school.AssetBatchField:
				e.Batch = value
			case school.AssetNoteField:
				e.Note = value
			case school.AssetKindField:
				e.Kind, ok = meant(assetKinds, value)
				word(f, ok, value)
			case school.AssetManagerField:
				e.ManagedBy, ok = meant(assetManagers, value)
				word(f, ok, value)
			case school.AssetStateField:
				e.State, ok = meant(assetStates, value)
				word(f, ok, value)
			case school.AssetPriceField:
				cents, err := school.Cents(string(f), value)
				if err != nil {
					wrong = append(wrong, rowProblem(line.Row, string(f), "price_range"))
				}
				e.Price = cents
			}
		}
		if problems = append(problems, wrong...); len(wrong) == 0 {
			rows = append(rows, e)
		}
	}
	return rows, problems
}

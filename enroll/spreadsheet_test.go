package enroll

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"ranzen/store/school"
)

// workbook is a spreadsheet as programs write it. Every cell is what its Go value is: text, number, day; "=…" is calculated.
func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for y, row := range rows {
		for x, value := range row {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				t.Fatal(err)
			}
			if s, ok := value.(string); ok && strings.HasPrefix(s, "=") {
				err = f.SetCellFormula("Sheet1", at, s)
			} else {
				err = f.SetCellValue("Sheet1", at, value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipped is an archive with these files.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetOf is the smallest workbook around the XML of a sheet.
func sheetOf(t testing.TB, sheet string) []byte {
	return zipped(t, "xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="Liste" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`, "xl/worksheets/sheet1.xml", sheet)
}

// A spreadsheet says what the same list says as text: a delivery note, a list of things, a list of providers. Numbers keep their
// zeros where they are text, days are days, an empty line is none and the line is the one the program shows.
func TestASpreadsheetSaysWhatTheTextSays(t *testing.T) {
	day := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	book := workbook(t, []any{"Serien-Nr.", "Inventarnummer", "Schule", "Bemerkung"}, []any{"F9FXK2A100", "007", "Gymnasium Nord", day}, []any{}, []any{"F9FXK2A101", 4711, "Özdemir & Söhne", 1.5})
	rows, problems, err := ParseAnnouncement(book)
	if err != nil || len(problems) > 0 || len(rows) != 2 {
		t.Fatalf("%+v %+v %v", rows, problems, err)
	}
	if rows[0].Serial != "F9FXK2A100" || rows[0].Number != "007" || rows[1].Row != 4 || rows[1].Number != "4711" || rows[1].School != "Özdemir & Söhne" {
		t.Errorf("%+v", rows)
	}
	list, problems, err := ReadAssets(book)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if diff := cmp.Diff([]AssetLine{{2, []string{"F9FXK2A100", "007", "Gymnasium Nord", "2026-08-01"}}, {4, []string{"F9FXK2A101", "4711", "Özdemir & Söhne", "1.5"}}}, list.Lines); diff != "" {
		t.Error(diff)
	}
	providers, problems, err := ParseProviders(workbook(t, []any{"issuer", "client_id", "client_secret", "school"}, []any{"https://nord.example", "ranzen", "geheim", 104711}))
	if err != nil || len(problems) > 0 || len(providers) != 1 || providers[0].School != "104711" || providers[0].Row != 2 {
		t.Errorf("%+v %+v %v", providers, problems, err)
	}
}

// A cell that is calculated has no value of its own: its line is a problem that says so, and the other lines are read.
func TestALineThatIsCalculatedIsAProblem(t *testing.T) {
	rows, problems, err := ParseAnnouncement(workbook(t, []any{"Seriennummer", "Schule"}, []any{"A", "Nord"}, []any{"=CONCATENATE(\"B\",1)", "Nord"}, []any{"C", "=[1]Other!A1"}, []any{"D", "=1+1 ist kein Wert"}))
	if err != nil || len(rows) != 1 || rows[0].Serial != "A" {
		t.Fatalf("%+v %v", rows, err)
	}
	for i, p := range problems {
		if p.Code != "csv.formula" || p.Row != i+3 {
			t.Errorf("%+v", p)
		}
	}
	if len(problems) != 3 {
		t.Errorf("%d problems", len(problems))
	}
	if _, _, err := ParseAnnouncement(workbook(t, []any{"=1"}, []any{"A"})); codeOf(err) != "csv.formula" {
		t.Errorf("calculated heads: %v", err)
	}
	list, _, err := ReadAssets(workbook(t, []any{"Seriennummer", "Modell"}, []any{"A1", "'=cmd|x"}))
	if err != nil || len(list.Lines) != 1 || list.Lines[0].Cells[1] != "=cmd|x" {
		t.Errorf("text that looks like a formula is text: %+v %v", list, err)
	}
}

// What is no spreadsheet of a list is refused by name, and no file takes more room than it may, whatever it promises.
func TestSpreadsheetsAreBounded(t *testing.T) {
	row := strings.Repeat(`<row><c t="str"><v>A</v></c></row>`, 1000)
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"an archive of something else": {zipped(t, "liste.csv", "SN\nA\n"), "roster.packed"},
		"a broken archive":             {[]byte("PK\x03\x04rest"), "roster.broken"},
		"too large":                    {append([]byte("PK"), make([]byte, maxFile)...), "roster.size"},
		"no sheet":                     {zipped(t, "xl/workbook.xml", "<workbook/>"), "roster.no_sheet"},
		"a sheet that is cut off":      {sheetOf(t, `<worksheet><sheetData><row><c t="str"><v>SN`), "roster.broken"},
		"a sheet that is a bomb":       {sheetOf(t, "<worksheet>"+strings.Repeat(" ", 201<<20)+"</worksheet>"), "roster.unpacked"},
		"a cell of a megabyte":         {sheetOf(t, `<worksheet><sheetData><row><c t="str"><v>`+strings.Repeat("a", 1<<20)+`</v></c></row></sheetData></worksheet>`), "roster.cell"},
		"too many rows":                {sheetOf(t, `<worksheet><sheetData><row><c t="str"><v>SN</v></c></row>`+strings.Repeat(row, maxRows/1000+1)+`</sheetData></worksheet>`), "csv.rows"},
		"entities":                     {sheetOf(t, `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`), "roster.broken"},
		"nothing in it":                {workbook(t), "csv.empty"},
	} {
		if _, _, err := ParseAnnouncement(test.file); codeOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func FuzzSpreadsheet(f *testing.F) {
	for _, seed := range []string{`<row r="1"><c r="A1" t="str"><v>Seriennummer</v></c></row><row r="2"><c r="A2" t="str"><v>A</v></c></row>`, `<row><c t="inlineStr"><is><t>SN</t></is></c></row><row r="9"><c r="C9"><f>1</f><v>1</v></c></row>`,
		`<row><c t="s"><v>0</v></c><c r="ZZZ1"><v>1e9</v></c></row>`, `<row r="-1"><c t="e"><v>#REF!</v></c></row>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		file := sheetOf(t, `<worksheet><sheetData>`+rows+`</sheetData></worksheet>`)
		list, problems, err := ReadAssets(file)
		if err != nil && (list.Lines != nil || problems != nil || school.KindOf(err) != school.Invalid) {
			t.Errorf("%d lines, %d problems and %v", len(list.Lines), len(problems), err)
		}
		last := 1
		for _, l := range list.Lines {
			if l.Row <= last || len(l.Cells) != len(list.Heads) || !utf8.ValidString(strings.Join(l.Cells, "")) {
				t.Errorf("line %+v after %d", l, last)
			}
			last = l.Row
		}
	})
}

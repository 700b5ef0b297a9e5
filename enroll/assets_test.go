package enroll

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ranzen/store/school"
)

// Lists as inventories write them are understood by their heads, whatever their separator and character set.
func TestMUC16_ListsOfThingsAreUnderstood(t *testing.T) {
	want := []school.AssetEntry{{Row: 2, Number: "NB-1", Serial: "PF4A0001", Kind: school.Notebook, Model: "Notebook 14", ManagedBy: school.ByOpsi, School: "Gymnasium Nord", Place: "Raum 12", Price: 64900, Note: "Leihe"},
		{Row: 3, Number: "PC-7", Serial: "XK88", Kind: school.PC, ManagedBy: school.ByIntune, School: "Grundschule am Anger", State: school.AssetRetired}}
	german := "Inventarnr.;Serien-Nr.;Geräteart;Modell;Verwaltet von;Schule;Raum;Neupreis;Zustand;Bemerkung;Hostname\r\n" +
		"NB-1;PF4A0001;Laptop;Notebook 14;opsi;Gymnasium Nord;Raum 12;649,00 €;;Leihe;pc-01\r\nPC-7;XK88;Desktop;;Microsoft Intune;Grundschule am Anger;;;ausgemustert;;pc-02\r\n"
	for name, file := range map[string]string{"utf-8": german, "windows-1252": strings.NewReplacer("ä", "\xe4", "€", "\x80").Replace(german),
		"comma": strings.NewReplacer(";", ",", "649,00 €", `"649,00 €"`).Replace(german), "excel": "sep=;\r\n" + german} {
		t.Run(name, func(t *testing.T) {
			sheet, problems, err := ReadAssets([]byte(file))
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			m := GuessAssets(sheet.Heads)
			if m.Columns[10] != "" {
				t.Errorf("Hostname is %q", m.Columns[10])
			}
			rows, problems := AssetsOf(sheet, m)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if name == "excel" {
				for i := range rows {
					rows[i].Row--
				}
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Error(diff)
			}
		})
	}
	sheet, _, err := ReadAssets([]byte("Seriennummer;Art;Preis\nA1;Toaster;10\nA2;PC;viel\nA3;PC;1\n"))
	if err != nil {
		t.Fatal(err)
	}
	rows, problems := AssetsOf(sheet, GuessAssets(sheet.Heads))
	if len(rows) != 1 || len(problems) != 2 || problems[0].Row != 2 || problems[0].Field != "kind" || problems[1].Row != 3 || problems[1].Field != "price" {
		t.Errorf("%+v %+v", rows, problems)
	}
}

func FuzzReadAssets(f *testing.F) {
	for _, seed := range []string{"Seriennummer;Art\nA;PC\n", "SN,Preis\n\"A\",\"1.049,90\n\"\n", "sep=\t\nSN\tOrt\nA\tB", "\xff\xfeS\x00N\x00\n\x00A\x00", "SN\n\"", "PK\x03\x04", "Inv;Inv\nA;B;C", ";;\n;;x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		sheet, problems, err := ReadAssets(file)
		if err != nil && (sheet.Lines != nil || problems != nil || school.KindOf(err) != school.Invalid) {
			t.Errorf("%d lines, %d problems and %v", len(sheet.Lines), len(problems), err)
		}
		rows, wrong := AssetsOf(sheet, GuessAssets(sheet.Heads))
		if len(rows) > len(sheet.Lines) {
			t.Errorf("%d rows of %d lines", len(rows), len(sheet.Lines))
		}
		for _, r := range rows {
			if r.Row < 2 || r.Price < 0 || !utf8.ValidString(r.Number+r.Serial+r.Model+r.Note) {
				t.Errorf("row %+v", r)
			}
		}
		for _, e := range wrong {
			if e.Row < 2 || e.Field == "" {
				t.Errorf("problem %+v", e)
			}
		}
	})
}

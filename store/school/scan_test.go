package school

import (
	"slices"
	"strings"
	"testing"
)

func TestAScannerIsAKeyboardOfAnyLayout(t *testing.T) {
	for _, x := range []struct{ typed, meant string }{
		{"MS-26-000417", "MS-26-000417"},
		{" ms-26-000417\t", "MS-26-000417"},
		{"MSß26ß000417", "MS-26-000417"},         // US scanner, German computer
		{"ms/26/000417", "MS-26-000417"},         // German scanner, US computer
		{"MS?\"&?===$!/", "MS-26-000417"},        // Caps Lock on a German keyboard
		{"SF9FYK2ABCZ", "SF9FZK2ABCY"},           // y and z
		{"Lß26ß000123", "L-26-000123"},           // a contract
		{"L/26/000123", "L-26-000123"},           //
		{"F9FXK2ABCD\r", "F9FXK2ABCD"},           // the suffix of the scanner
		{"Koffer 2", "KOFFER 2"},                 // typed
		{"\x00\x1bMS-26-000417", "MS-26-000417"}, // signs nobody sees
	} {
		if got := Scan(x.typed); !slices.Contains(got.Readings, x.meant) {
			t.Errorf("%q reads %q, %s is not in it", x.typed, got.Readings, x.meant)
		}
	}
}

func TestTheWrongBarCodeOfTheBoxIsNamed(t *testing.T) {
	for typed, kind := range map[string]ScanKind{
		"0194252042878": ScanEAN, "194252042878": ScanEAN, "4006381333931": ScanEAN, "4006381333932": ScanThing, // the last has a wrong check digit
		"MK2K3FD/A": ScanPart, "1PMK2K3FD/A": ScanPart, "mk2k3fd/a": ScanPart, "MK2K3FD&A": ScanPart,
		"490154203237518": ScanIMEI, "490154203237519": ScanThing,
		"89049032000001000000012345678901": ScanEID,
		"L-26-000123":                      ScanContract, "lß26ß000123": ScanContract, "L-26-12345": ScanThing, "L-2-000123": ScanThing,
		"F9FXK2ABCD": ScanThing, "SF9FXK2ABCD": ScanThing, "1234567": ScanThing, "000417": ScanThing,
		"": ScanNothing, " \t\r\n": ScanNothing, strings.Repeat("A", MostScanned+1): ScanNothing,
	} {
		if got := Scan(typed).Kind; got != kind {
			t.Errorf("%q is %s, want %s", typed, got, kind)
		}
	}
}

func TestAppleWritesAnSBeforeTheSerial(t *testing.T) {
	for reading, want := range map[string][]string{"SF9FXK2ABCD": {"SF9FXK2ABCD", "F9FXK2ABCD"}, "S123456789": {"S123456789"}, "F9FX K2ABCD": {"F9FXK2ABCD"}} {
		if got := Serials(reading); !slices.Equal(got, want) {
			t.Errorf("%s: %v", reading, got)
		}
	}
}

// FuzzScan: whatever a scanner types is understood or said not to be; a reading is never empty and never longer.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"MS-26-000417", "Lß26ß000123", "MK2K3FD&A", "0194252042878", "\xff\xfe", "ẞ", "ŉ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s := Scan(typed)
		if (s.Kind == ScanNothing) != (len(s.Readings) == 0) {
			t.Fatalf("%q: %+v", typed, s)
		}
		for _, r := range s.Readings {
			if r == "" || len(r) > 4*MostScanned {
				t.Fatalf("%q reads %q", typed, r)
			}
		}
	})
}

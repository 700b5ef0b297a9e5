package enroll

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
)

func TestMUC05_AListOfProvidersIsRead(t *testing.T) {
	want := []store.ProviderLine{{Row: 2, Issuer: "https://nord.example", ClientID: "ranzen", Secret: "ge;heim", School: "100417"}, {Row: 4, Issuer: "https://süd.example", ClientID: "ranzen"}}
	for name, file := range map[string]string{
		"as asked for":    "issuer;client_id;client_secret;school number\r\nhttps://nord.example;ranzen;\"ge;heim\";100417\r\n\r\nhttps://süd.example;ranzen;;\r\n",
		"in German":       "\ufeffSchulnummer,Client-ID,Geheimnis,Adresse,Bemerkung\n100417,ranzen,ge;heim,https://nord.example,alt\n\n,ranzen,,https://süd.example\n",
		"of Windows 1252": "issuer;client_id;client_secret;school\nhttps://nord.example;ranzen;\"ge;heim\";100417\n\nhttps://s\xfcd.example;ranzen\n",
	} {
		got, problems, err := ParseProviders([]byte(file))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", name, problems, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for file, code := range map[string]string{"": "csv.empty", "a;b\n1;2\n": "providers_head", "issuer;client_id\n": "csv.empty"} {
		if _, _, err := ParseProviders([]byte(file)); len(school.Refusals(err)) != 1 || school.Refusals(err)[0].Code != code {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzParseProviders(f *testing.F) {
	for _, seed := range []string{"issuer;client_id\nhttps://a.example;x\n", "issuer,client_id\n\"", "\xff\xfei\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, _, err := ParseProviders(file)
		if err == nil && len(lines) > store.MaxProviders {
			t.Errorf("%d lines", len(lines))
		}
	})
}

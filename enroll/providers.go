package enroll

import (
	"slices"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
)

// providerHeads are the columns of a list of identity providers, with what people write above them. None but the address
// and the client are needed.
var providerHeads = []struct {
	names []string
	fill  func(*store.ProviderLine, string)
}{
	{[]string{"issuer", "aussteller", "adresse", "url"}, func(l *store.ProviderLine, s string) { l.Issuer = s }},
	{[]string{"clientid", "client", "id"}, func(l *store.ProviderLine, s string) { l.ClientID = s }},
	{[]string{"clientsecret", "secret", "geheimnis"}, func(l *store.ProviderLine, s string) { l.Secret = s }},
	{[]string{"school", "schoolnumber", "schule", "schulnummer"}, func(l *store.ProviderLine, s string) { l.School = s }},
}

// ProviderColumns are the heads of the empty list.
var ProviderColumns = []string{"issuer", "client_id", "client_secret", "school"}

func providerHead(head string) int {
	head = strings.NewReplacer("_", "", "-", "", " ", "").Replace(school.Fold(strings.TrimSpace(head)))
	return slices.IndexFunc(providerHeads, func(h struct {
		names []string
		fill  func(*store.ProviderLine, string)
	}) bool {
		return slices.Contains(h.names, head)
	})
}

// ParseProviders reads a list of identity providers: a line for each, with its address, client, secret and school.
func ParseProviders(file []byte) (lines []store.ProviderLine, problems []*school.Error, err error) {
	var head []int
	problems, err = eachLine(file, func(record []string) error {
		for _, name := range record {
			head = append(head, providerHead(name))
		}
		if !slices.Contains(head, 0) || !slices.Contains(head, 1) {
			return school.Refuse("file", "providers_head")
		}
		return nil
	}, func(line int, record []string) (*school.Error, error) {
		if len(lines) >= store.MaxProviders {
			return nil, school.Refuse("file", "providers_many", store.MaxProviders)
		}
		l := store.ProviderLine{Row: line}
		for i, cell := range record {
			if i < len(head) && head[i] >= 0 {
				providerHeads[head[i]].fill(&l, strings.TrimSpace(cell))
			}
		}
		lines = append(lines, l)
		return nil, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return lines, problems, nil
}

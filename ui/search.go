package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// searchPage is the page "search": what the one field found, by kind.
type searchPage struct {
	web.Frame
	Groups []hitGroup
	Empty  *web.Empty
}

type hitGroup struct {
	ID   string
	Name string
	Hits []hitLine
	All  string // address of the whole list, where there may be more
}

type hitLine struct {
	link
	Detail string
}

// hitsShown is how many hits of a kind the store gives; as many mean that there may be more.
const hitsShown = 8

// search finds what is meant. A serial or inventory number that fits exactly leads straight to the device.
func (u *UI) search(w http.ResponseWriter, r *http.Request, v view) error {
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	found, err := u.st.Search(r.Context(), v.by, text)
	if err != nil {
		return err
	}
	if len(found.Devices) > 0 && found.Devices[0].Exact && (len(found.Devices) == 1 || !found.Devices[1].Exact) {
		return web.Redirect(w, r, deviceAddress(school.DeviceID(found.Devices[0].ID)))
	}
	title := web.T(v.lang, "search.title")
	if text != "" {
		title = web.T(v.lang, "search.for", text)
	}
	p := &searchPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "search.title")})}
	p.Search = text
	group := func(id, key string, hits []store.Hit, all string, address func(id string) string) {
		if len(hits) == 0 {
			return
		}
		g := hitGroup{ID: id, Name: p.T(key)}
		for _, h := range hits {
			var detail []string
			for _, x := range []string{h.Detail, h.SchoolName} {
				if x != "" && x != h.Name {
					detail = append(detail, x)
				}
			}
			g.Hits = append(g.Hits, hitLine{link{h.Name, address(h.ID)}, strings.Join(detail, " · ")})
		}
		if len(hits) >= hitsShown && all != "" {
			g.All = all + "?q=" + url.QueryEscape(text)
		}
		p.Groups = append(p.Groups, g)
	}
	for i, h := range found.Places {
		found.Places[i].Detail = wordOr(v.lang, "place.kind."+h.Detail, "")
	}
	for i, h := range found.Classes {
		found.Classes[i].Name, found.Classes[i].Detail = web.ClassName(v.lang, h.Name), ""
	}
	group("devices", "devices.title", found.Devices, "/devices", func(id string) string { return deviceAddress(school.DeviceID(id)) })
	group("people", "people.title", found.Persons, "/people", func(id string) string { return personAddress(school.PersonID(id)) })
	group("classes", "school.tab.classes", found.Classes, "", func(id string) string { return classAddress(school.ClassID(id)) })
	group("schools", "schools.title", found.Schools, "/schools", func(id string) string { return schoolAddress(school.SchoolID(id)) })
	group("places", "search.places", found.Places, "", func(id string) string { return "/devices?place=" + url.QueryEscape(id) })
	switch {
	case len([]rune(text)) < 2:
		p.Empty = &web.Empty{Title: p.T("search.short"), Text: p.T("search.hint")}
	case found.Empty():
		p.Empty = &web.Empty{Title: p.T("search.none", text), Text: p.T("search.hint")}
	}
	return u.site.Render(w, r, http.StatusOK, "search", p)
}

func init() {
	web.Add(web.Words{
		"search.title":  {"Suche", "Search"},
		"search.for":    {"Suche nach „{1}“", "Search for “{1}”"},
		"search.places": {"Orte", "Places"},
		"search.all":    {"Alle ansehen: {1}", "See all: {1}"},
		"search.short":  {"Geben Sie mindestens zwei Zeichen ein.", "Type at least two characters."},
		"search.none":   {"Nichts gefunden zu „{1}“.", "Nothing found for “{1}”."},
		"search.hint": {"Gesucht wird nach Nummer, Seriennummer, Namen, Klasse, Schule und Ort. Der Anfang eines Wortes genügt.",
			"The search covers number, serial number, names, class, school and place. The beginning of a word is enough."},
	})
}

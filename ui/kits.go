package ui

import (
	"net/http"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/web"
)

func (u *UI) kitsPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Kits(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "kits.title"), web.Crumb{Name: web.T(v.lang, "kits.title")})}
	p.Lead, p.Tabs = p.T("kits.lead"), u.lendingTabs(&p.Frame, v, kitsPath)
	p.Columns = []web.Column{{Name: p.T("kit.name")}, {Name: p.T("kit.kind")}, {Name: p.T("kit.parts")}, {Name: p.T("kit.value"), Numeric: true}, {Name: p.T("devices.school")}, {Name: p.T("accounts.state")}}
	for _, k := range all {
		var parts []string
		sum := 0
		for _, x := range k.Parts {
			parts, sum = append(parts, x.Name), sum+x.Price
		}
		at := k.SchoolName
		if k.School == "" {
			at = p.T("kit.everywhere")
		}
		row := []cell{{Text: k.Name}, {Text: p.T("asset.kind." + string(k.Kind))}, {Text: strings.Join(parts, ", ")}, {Text: eurosOrNone(p.Lang, sum), Numeric: true}, {Text: at}, {}}
		if k.Standard {
			row[5].Status = &web.Status{Kind: web.OK, Text: p.T("kit.standard")}
		}
		if v.at(school.EditDevices, k.School) {
			row[0].Href = kitsPath + "/" + string(k.ID)
		}
		p.Rows = append(p.Rows, row)
	}
	if v.by.CanSomewhere(school.EditDevices, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("kit.new"), Href: kitsPath + "/new"}}
	}
	p.Empty = web.Empty{Title: p.T("kits.none"), Text: p.T("kits.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// partLines writes parts as people type them: one a line, kind, name and price.
func partLines(f *web.Frame, parts []school.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, strings.TrimSuffix(f.T("asset.kind."+string(p.Kind))+"; "+p.Name+"; "+amount(p.Price), "; "))
	}
	return strings.Join(out, "\n")
}

// typedParts reads them: the name alone is enough.
func typedParts(f *web.Frame, text string) (out []school.Part, err error) {
	kinds := map[string]school.AssetKind{}
	for _, k := range school.AssetKinds {
		for _, l := range web.Langs {
			kinds[school.Fold(web.T(l, "asset.kind."+string(k)))] = k
		}
	}
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, ";")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if strings.Join(cells, "") == "" {
			continue
		}
		p := school.Part{Kind: school.OtherKit, Name: cells[0]}
		if kind, known := kinds[school.Fold(cells[0])]; known {
			p.Kind = kind
			if len(cells) > 1 {
				p.Name, cells = cells[1], cells[1:]
			}
		}
		if len(cells) > 2 {
			return nil, school.Refuse("parts", "kit_line", line)
		}
		if len(cells) == 2 {
			if p.Price, err = school.Cents("parts", cells[1]); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (u *UI) kitForm(r *http.Request, v view, k school.Kit) (*formPage, error) {
	title := web.T(v.lang, "kit.new")
	if k.ID != "" {
		title = k.Name
	}
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "kits.title"), Href: kitsPath}, web.Crumb{Name: title}), Cancel: kitsPath}
	name, kind, parts, standard := k.Name, string(k.Kind), partLines(&p.Frame, k.Parts), k.Standard
	if r.Method == http.MethodPost {
		name, kind, parts, standard = r.PostFormValue("name"), r.PostFormValue("kind"), r.PostFormValue("parts"), r.PostFormValue("standard") == "1"
	}
	var kinds []web.Option
	for _, x := range school.AssetKinds {
		kinds = append(kinds, web.Option{Value: string(x), Text: p.T("asset.kind." + string(x))})
	}
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("kit.name"), Value: name, MaxLength: 200, Focus: true}, {Kind: web.SelectField, Name: "kind", Label: p.T("kit.kind"), Options: choose(kind, kinds...)},
		{Kind: web.AreaField, Name: "parts", Label: p.T("kit.parts"), Hint: p.T("kit.parts.hint"), Value: parts, Rows: 6, Optional: true},
		{Kind: web.CheckField, Name: "standard", Label: p.T("kit.is_standard"), Value: checked(standard)}}
	if k.ID == "" {
		first := ""
		if v.at(school.EditDevices, "") {
			first = p.T("kit.everywhere")
		}
		schools, err := u.schoolOptions(r, v, school.EditDevices, first, r.PostFormValue("school"))
		if err != nil {
			return nil, err
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("kit.for"), Options: schools})
	} else {
		p.Confirm = &web.Confirm{ID: "archive", Title: p.T("kit.archive.title"), Text: p.T("kit.archive.text"), Button: p.T("kit.archive"), Action: kitsPath + "/" + string(k.ID) + "/archive", Cancel: kitsPath}
	}
	return p, nil
}

func (u *UI) newKitPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.saveKit(w, r, v, school.Kit{Kind: school.IPad})
}

func (u *UI) editKitPage(w http.ResponseWriter, r *http.Request, v view) error {
	k, err := u.st.KitByID(r.Context(), v.by, school.KitID(routeVar(r, "kit")))
	if err != nil {
		return err
	}
	if !v.at(school.EditDevices, k.School) {
		return web.ErrNotFound
	}
	return u.saveKit(w, r, v, k.Kit)
}

func (u *UI) saveKit(w http.ResponseWriter, r *http.Request, v view, k school.Kit) error {
	p, err := u.kitForm(r, v, k)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	k.Name, k.Kind, k.Standard = r.PostFormValue("name"), school.AssetKind(r.PostFormValue("kind")), r.PostFormValue("standard") == "1"
	var set school.ChangeSetID
	if k.Parts, err = typedParts(&p.Frame, r.PostFormValue("parts")); err == nil {
		if k.ID == "" {
			k.School = school.SchoolID(r.PostFormValue("school"))
			_, err = u.st.CreateKit(r.Context(), v.by, k)
		} else {
			set, err = u.st.ChangeKit(r.Context(), v.by, k)
		}
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, kitsPath, "done.kept", set)
}

func (u *UI) archiveKit(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.ArchiveKit(r.Context(), v.by, school.KitID(routeVar(r, "kit")))
	if err != nil {
		return err
	}
	return u.done(w, r, kitsPath, "done.kit.archived", set)
}

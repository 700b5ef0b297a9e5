package ui

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const updatesPath = "/updates"

// updateForms are the forms of profiles that say something about updates.
var updateForms = []string{"update", "updates"}

// updatesPage is the page "updates": which iPadOS the iPads have, what is demanded of them, how far they are, and what keeps
// them from it.
type updatesPage struct {
	web.Frame
	Lead     string
	Tabs     []web.Tab
	Actions  []web.Action
	Filter   *web.Filter
	Alert    *web.Alert
	Facts    []web.Fact
	Versions []versionBar
	Causes   []causeLine
	Rules    []ruleLine
	Schools  []schoolUpdates
	Empty    *web.Empty
	Files    web.Files
}

// versionBar is how many iPads have a version of iPadOS.
type versionBar struct {
	Name     string
	Href     string
	Progress web.Progress
}

type causeLine struct {
	Status web.Status
	Count  int
	Helps  string
}

type ruleLine struct {
	link
	Demand string
	Places string
}

type schoolUpdates struct {
	link
	Devices  int
	Progress web.Progress
	Failing  int
	FailHref string
	Late     int
	LateHref string
}

func (u *UI) updatesTabs(f *web.Frame, current string) []web.Tab {
	tab := func(key, path string) web.Tab { return web.Tab{Name: f.T(key), Href: path, Current: path == current} }
	return []web.Tab{tab("updates.tab.board", updatesPath), tab("updates.tab.devices", updatesPath+"/devices"), tab("updates.tab.freezes", freezesPath)}
}

func (u *UI) updatesPage(w http.ResponseWriter, r *http.Request, v view) error {
	at := school.SchoolID(r.URL.Query().Get("school"))
	b, err := u.st.Updates(r.Context(), v.by, at)
	if err != nil {
		return err
	}
	if wantsFile(r) {
		return u.updatesFile(w, r, v, b)
	}
	p := &updatesPage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.updates"), p.T("updates.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	p.Tabs = u.updatesTabs(&p.Frame, updatesPath)
	if v.by.CanSomewhere(school.EditProfiles, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("updates.new"), Href: profilesPath + "/new/update", Primary: true}, {Text: p.T("updates.settings.new"), Href: profilesPath + "/new/updates"}}
	}
	if v.extent.Schools > 1 {
		options, err := u.schoolOptions(r, v, school.View, p.T("updates.school.any"), string(at))
		if err != nil {
			return err
		}
		p.Filter = &web.Filter{Action: updatesPath, Fields: []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: options}}}
		if at != "" {
			p.Filter.Reset = updatesPath
		}
	}
	if p.Rules, err = u.updateRules(r, v, &p.Frame); err != nil {
		return err
	}
	if b.Devices == 0 {
		p.Empty = &web.Empty{Title: p.T("updates.none"), Text: p.T("updates.none.text")}
		return u.site.Render(w, r, http.StatusOK, "updates", p)
	}
	list := func(state, version string) string {
		q := url.Values{}
		for k, x := range map[string]string{"school": string(at), "state": state, "version": version} {
			if x != "" {
				q.Set(k, x)
			}
		}
		return address(updatesPath+"/devices", q)
	}
	number := func(n int) string { return p.Lang.Number(int64(n)) }
	offered, err := u.offeredHint(r, v)
	if err != nil {
		return err
	}
	p.Facts = []web.Fact{{Name: p.T("updates.devices"), Text: number(b.Devices)}, {Name: p.T("updates.apple"), Text: offered}}
	if b.Demanded > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("updates.met"), Text: p.T("updates.of", b.Met, b.Demanded), Href: list("met", "")},
			web.Fact{Name: p.T("updates.open"), Text: number(b.Demanded - b.Met - b.Blocked), Href: list("open", "")})
	}
	for _, s := range school.UpdateStates {
		if n := b.States[s]; n > 0 && s != school.UpdateFailed {
			p.Facts = append(p.Facts, web.Fact{Name: p.T("updates.state." + string(s)), Text: number(n), Href: list(string(s), "")})
		}
	}
	if b.Blocked > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("updates.blocked"), Text: number(b.Blocked), Href: list("blocked", "")})
	}
	if b.Failing > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("updates.state.failed"), Text: number(b.Failing), Href: list("failing", "")})
	}
	if b.Late > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("updates.late"), Text: number(b.Late), Href: list("late", "")})
	}
	for _, x := range b.Versions {
		name := p.T("updates.version.unknown")
		if x.Version != "" {
			name = p.T("updates.version", x.Version)
		}
		bar := versionBar{Name: name, Progress: web.Progress{Label: name, Done: x.Devices, Total: b.Devices}}
		if x.Version != "" {
			bar.Href = list("", x.Version)
		}
		p.Versions = append(p.Versions, bar)
	}
	for _, c := range school.Causes {
		if n := b.Causes[c]; n > 0 {
			p.Causes = append(p.Causes, causeLine{Status: web.Status{Kind: web.Warning, Text: p.T("updates.cause." + string(c))}, Count: n, Helps: p.T("why.helps." + remedyWord(c))})
		}
	}
	if at == "" {
		for _, s := range b.Schools {
			x := schoolUpdates{link: link{s.Name, schoolAddress(s.School)}, Devices: s.Devices, Failing: s.Failing, Late: s.Late,
				Progress: web.Progress{Label: p.T("updates.met"), Done: s.Met, Total: s.Demanded}}
			if s.School == "" {
				x.link = link{Name: p.T("plan.school.none")}
			}
			q := url.Values{"school": {string(s.School)}}
			if s.Failing > 0 && s.School != "" {
				q.Set("state", "failing")
				x.FailHref = address(updatesPath+"/devices", q)
			}
			if s.Late > 0 && s.School != "" {
				q.Set("state", "late")
				x.LateHref = address(updatesPath+"/devices", q)
			}
			p.Schools = append(p.Schools, x)
		}
		if len(p.Schools) == 1 {
			p.Schools = nil
		}
	}
	p.Files = filesOf(r)
	return u.site.Render(w, r, http.StatusOK, "updates", p)
}

// offeredHint says which versions Apple offers at present, as far as anybody knows.
func (u *UI) offeredHint(r *http.Request, v view) (string, error) {
	list, at, err := u.st.Releases(r.Context())
	if err != nil {
		return "", err
	}
	offered := list.For("")
	if len(offered) == 0 || v.now.Sub(at) > store.ReleasesLast {
		return web.T(v.lang, "updates.list.unread"), nil
	}
	return web.T(v.lang, "updates.offered", strings.Join(offered[:min(len(offered), 6)], ", "), v.lang.Ago(at, v.now)), nil
}

// updateRules lists the profiles that say something about updates, with what they demand and where.
func (u *UI) updateRules(r *http.Request, v view, f *web.Frame) (out []ruleLine, err error) {
	page, err := u.st.Profiles(r.Context(), v.by, store.ProfileFilter{Forms: updateForms, Limit: store.MaxPage})
	for _, x := range page.Rows {
		line := ruleLine{link: link{x.Name, profileAddress(x.ID)}, Demand: formName(v.lang, x.Form), Places: f.T("profile.nowhere")}
		if x.Assignments > 0 {
			line.Places = f.T("profile.places", x.Assignments)
		}
		if x.Form == "update" && x.Latest != "" {
			version, err := u.st.Version(r.Context(), v.by, x.Latest)
			if err != nil {
				return nil, err
			}
			if d, ok := profiles.UpdateOf(version.Content); ok {
				line.Demand = f.T("plan.update", d.Version, v.lang.Deadline(d.Deadline.Format(school.DeadlineForm)))
			}
		}
		out = append(out, line)
	}
	return out, err
}

func (u *UI) updatesFile(w http.ResponseWriter, r *http.Request, v view, b store.UpdateBoard) error {
	t := func(key string) string { return web.T(v.lang, key) }
	return sendList(w, r, t("updates.file"), []string{t("devices.school"), t("updates.devices"), t("updates.demanded"), t("updates.met"), t("updates.blocked"), t("updates.state.failed"), t("updates.late")},
		func(yield func([]string, error) bool) {
			for _, s := range b.Schools {
				cells := []string{s.Name}
				for _, n := range []int{s.Devices, s.Demanded, s.Met, s.Blocked, s.Failing, s.Late} {
					cells = append(cells, strconv.Itoa(n))
				}
				if !yield(cells, nil) {
					return
				}
			}
		})
}

func updateFilter(r *http.Request) store.UpdateFilter {
	q := r.URL.Query()
	return store.UpdateFilter{School: school.SchoolID(q.Get("school")), Version: q.Get("version"), State: q.Get("state"), After: q.Get("after")}
}

// updateDevices lists iPads by what they said about updates, each with the reason and what helps.
func (u *UI) updateDevices(w http.ResponseWriter, r *http.Request, v view) error {
	f := updateFilter(r)
	if wantsFile(r) {
		return u.updateDevicesFile(w, r, v, f)
	}
	page, err := u.st.DeviceUpdates(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	b, err := u.st.Updates(r.Context(), v.by, f.School)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("updates.tab.devices"), p.T("updates.devices.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.updates"), Href: updatesPath})
	p.Tabs = u.updatesTabs(&p.Frame, updatesPath+"/devices")
	states := []web.Option{{Text: p.T("updates.state.any")}}
	for _, s := range store.UpdateListStates {
		states = append(states, web.Option{Value: s, Text: p.T("updates.list." + s)})
	}
	versions := []web.Option{{Text: p.T("updates.version.any")}}
	for _, x := range b.Versions {
		if x.Version != "" {
			versions = append(versions, web.Option{Value: x.Version, Text: x.Version})
		}
	}
	if f.Version != "" && !slices.ContainsFunc(versions, func(o web.Option) bool { return o.Value == f.Version }) {
		versions = append(versions, web.Option{Value: f.Version, Text: f.Version})
	}
	p.Filter = &web.Filter{Action: updatesPath + "/devices", Fields: []web.Field{
		{Kind: web.SelectField, Name: "state", Label: p.T("devices.state"), Options: choose(f.State, states...)},
		{Kind: web.SelectField, Name: "version", Label: p.T("updates.version.has"), Options: choose(f.Version, versions...)}}}
	if v.extent.Schools > 1 {
		options, err := u.schoolOptions(r, v, school.View, p.T("updates.school.any"), string(f.School))
		if err != nil {
			return err
		}
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: options})
	}
	p.Empty = web.Empty{Title: p.T("updates.none"), Text: p.T("updates.none.text")}
	if f.State != "" || f.Version != "" || f.School != "" {
		p.Filter.Reset = updatesPath + "/devices"
		p.Empty = web.Empty{Title: p.T("updates.nothing"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: p.Filter.Reset}}}
	}
	p.Columns = []web.Column{{Name: p.T("devices.number")}, {Name: p.T("devices.school")}, {Name: p.T("updates.version.has")}, {Name: p.T("updates.version.want")}, {Name: p.T("devices.state")}, {Name: p.T("devices.seen")}}
	for _, x := range page.Rows {
		name := x.Number
		if name == "" {
			name = x.Serial
		}
		where := x.SchoolName
		if x.ClassName != "" {
			where += ", " + x.ClassName
		}
		status, detail := u.updateStatus(v, x)
		seen := momentOf(&p.Frame, x.LastSeen)
		row := []cell{{Text: name, Detail: x.Model, Href: deviceAddress(x.Device)}, {Text: where}, {Text: x.OSVersion}, {Text: u.wanted(v, x)}, {Status: &status, Detail: detail}, {When: seen}}
		if seen == nil {
			row[5] = cell{Text: p.T("table.never")}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Files = filesOf(r)
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// wanted says the version and deadline demanded of an iPad.
func (u *UI) wanted(v view, x store.UpdateRow) string {
	if x.Want == "" {
		return ""
	}
	return web.T(v.lang, "plan.update", x.Want, v.lang.Deadline(x.WantAt))
}

// updateStatus says where an iPad stands, in the words of the page of the iPad, and what helps.
func (u *UI) updateStatus(v view, x store.UpdateRow) (web.Status, string) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	switch {
	case x.Met:
		return web.Status{Kind: web.OK, Text: t("updates.is.met")}, ""
	case x.Blocked != "":
		return web.Status{Kind: web.Warning, Text: wordOr(v.lang, "plan.impossible."+x.Blocked, x.Blocked)}, ""
	case x.Failing():
		c := school.CauseOf(x.Reason)
		return web.Status{Kind: web.Warning, Text: t("updates.cause." + string(c))}, t("why.helps." + remedyWord(c))
	case x.State != "" && x.State != school.UpdateNone:
		return web.Status{Kind: web.Busy, Text: wordOr(v.lang, "updates.state."+string(x.State), string(x.State))}, ""
	case x.Want == "":
		return web.Status{Kind: web.Off, Text: t("updates.is.free")}, ""
	case x.WantAt < v.now.In(web.Berlin).Format(school.DeadlineForm):
		return web.Status{Kind: web.Warning, Text: t("updates.is.late")}, t("why.helps.charge")
	}
	return web.Status{Kind: web.Waiting, Text: t("updates.is.ahead")}, ""
}

// allUpdates yields every iPad a filter finds, page by page.
func (u *UI) allUpdates(r *http.Request, v view, f store.UpdateFilter) iter.Seq2[store.UpdateRow, error] {
	return func(yield func(store.UpdateRow, error) bool) {
		f.Limit = store.MaxPage
		for {
			page, err := u.st.DeviceUpdates(r.Context(), v.by, f)
			if err != nil {
				yield(store.UpdateRow{}, err)
				return
			}
			for _, x := range page.Rows {
				if !yield(x, nil) {
					return
				}
			}
			if f.After = page.Next; f.After == "" {
				return
			}
		}
	}
}

func (u *UI) updateDevicesFile(w http.ResponseWriter, r *http.Request, v view, f store.UpdateFilter) error {
	t := func(key string) string { return web.T(v.lang, key) }
	head := []string{t("devices.number"), t("devices.serial"), t("devices.model"), t("devices.school"), t("devices.class"), t("updates.version.has"), t("updates.version.want"),
		t("updates.deadline"), t("devices.state"), t("updates.reason"), t("updates.tries"), t("devices.seen")}
	return sendList(w, r, t("updates.file")+"-ipads", head, func(yield func([]string, error) bool) {
		for x, err := range u.allUpdates(r, v, f) {
			if err != nil {
				yield(nil, err)
				return
			}
			status, _ := u.updateStatus(v, x)
			seen := ""
			if !x.LastSeen.IsZero() {
				seen = v.lang.DateTime(x.LastSeen)
			}
			if !yield([]string{x.Number, x.Serial, x.Model, x.SchoolName, x.ClassName, x.OSVersion, x.Want, v.lang.Deadline(x.WantAt), status.Text, x.Reason, strconv.Itoa(x.Failures), seen}, nil) {
				return
			}
		}
	})
}

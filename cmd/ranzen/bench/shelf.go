package bench

import (
	"context"
	"fmt"
	"net/url"

	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// published is a profile with the version that was published last.
type published struct {
	name    string
	profile school.ProfileID
	version school.VersionID
}

// given is a profile that hangs somewhere.
type given struct {
	published
	assignment school.AssignmentID
}

// publish makes a profile by its form.
func (w *world) publish(ctx context.Context, st *store.Store, form, name string, v url.Values) (published, error) {
	f, ok := profiles.FormOf(form)
	if !ok {
		return published{}, fmt.Errorf("no form %q", form)
	}
	values := f.Defaults()
	for k, x := range v {
		values[k] = x
	}
	c, err := profiles.Build(form, name, values, nil)
	if err != nil {
		return published{}, fmt.Errorf("profile %s: %w", name, err)
	}
	id, _, _, err := st.CreateProfile(ctx, w.by, school.Profile{Name: name}, form, c)
	if err != nil {
		return published{}, fmt.Errorf("profile %s: %w", name, err)
	}
	version, _, err := st.Publish(ctx, w.by, id)
	return published{name, id, version}, err
}

// clip makes a web clip.
func (w *world) clip(ctx context.Context, st *store.Store, name string) (published, error) {
	return w.publish(ctx, st, "webclip", name, clipValues(name, 0))
}

// clipValues are what stands in a web clip: with every change it leads elsewhere.
func clipValues(name string, change int) url.Values {
	return url.Values{"label": {name}, "url": {fmt.Sprintf("https://www.referenzstadt.example/%s?%d", url.PathEscape(name), change)}}
}

// change publishes the next version of a web clip and leads an assignment to it.
func (w *world) change(ctx context.Context, st *store.Store, g *given, change int) error {
	was, err := st.Version(ctx, w.by, g.version)
	if err != nil {
		return err
	}
	c, err := profiles.Build("webclip", g.name, clipValues(g.name, change), &was.Content)
	if err != nil {
		return fmt.Errorf("profile %s: %w", g.name, err)
	}
	if _, _, err := st.SaveDraft(ctx, w.by, g.profile, "webclip", c, ""); err != nil {
		return err
	}
	if g.version, _, err = st.Publish(ctx, w.by, g.profile); err != nil {
		return err
	}
	_, err = st.SetVersion(ctx, w.by, g.assignment, g.version)
	return err
}

// give hangs a profile on a node of the tree.
func (w *world) give(ctx context.Context, st *store.Store, p published, level school.Level, id string) (given, error) {
	a, _, err := st.Assign(ctx, w.by, school.Assignment{Scope: school.Scope{Level: level, ID: id}, Profile: p.profile, Version: p.version, Mode: school.Required})
	return given{p, a}, err
}

// another is the next profile that nobody has.
func (w *world) another() (published, error) {
	if len(w.later) == 0 {
		return published{}, fmt.Errorf("no profile is left to assign")
	}
	p := w.later[0]
	w.later = w.later[1:]
	return p, nil
}

// profiles gives every iPad sixteen: six of the authority, three of its school type, four of its school, three of its class.
func (w *world) profiles(ctx context.Context, st *store.Store, d sim.District, schools map[string]school.SchoolID, classes map[string]school.ClassID) error {
	hang := func(p published, err error) func(level school.Level, id string) error {
		return func(level school.Level, id string) error {
			if err == nil {
				_, err = w.give(ctx, st, p, level, id)
			}
			return err
		}
	}
	everybody := string(w.authority)
	if err := hang(w.publish(ctx, st, "restrictions", "Grundschutz", url.Values{"allowUIConfigurationProfileInstallation": {"false"}, "allowVPNCreation": {"false"}}))(school.AtAuthority, everybody); err != nil {
		return err
	}
	if err := hang(w.publish(ctx, st, "lockscreen", "Sperrbildschirm", url.Values{"asset_tag": {"{{device.number}}"}, "footnote": {"Eigentum von {{authority.name}}, {{school.name}}"}}))(school.AtAuthority, everybody); err != nil {
		return err
	}
	for i := range 4 {
		p, err := w.clip(ctx, st, fmt.Sprintf("Angebot %d", i))
		if err != nil {
			return err
		}
		g, err := w.give(ctx, st, p, school.AtAuthority, everybody)
		if err != nil {
			return err
		}
		w.offers = append(w.offers, g)
	}
	types := map[string]bool{}
	for _, s := range d.Schools {
		if !types[s.Type] {
			types[s.Type] = true
			for i := range 3 {
				if err := hang(w.clip(ctx, st, fmt.Sprintf("%s %d", s.Type, i)))(school.AtSchoolType, s.Type); err != nil {
					return err
				}
			}
		}
		at := string(schools[s.Name])
		for i := range 3 {
			if err := hang(w.clip(ctx, st, fmt.Sprintf("%s %d", s.Name, i)))(school.AtSchool, at); err != nil {
				return err
			}
		}
		if err := hang(w.publish(ctx, st, "wifi", "WLAN "+s.Name, url.Values{"ssid": {s.SSID}, "security": {"WPA2"}, "password": {s.WiFiPassword}}))(school.AtSchool, at); err != nil {
			return err
		}
	}
	for i := range 3 {
		p, err := w.clip(ctx, st, fmt.Sprintf("Klassenkiste %d", i))
		if err != nil {
			return err
		}
		for _, c := range classes {
			if _, err := w.give(ctx, st, p, school.AtClass, string(c)); err != nil {
				return err
			}
		}
	}
	for i := range 40 {
		p, err := w.clip(ctx, st, fmt.Sprintf("Später %d", i))
		if err != nil {
			return err
		}
		w.later = append(w.later, p)
	}
	return nil
}

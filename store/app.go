package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ranzen/store/school"
)

// The catalogue: the apps and books somebody of the authority has bought, as Apple tells them. An app is assigned as a profile with
// the form "app" (school.App); the profile is made when it is first known what devices call the app, and belongs to the school whose
// token alone has it.

var (
	_ = registerEvent(school.EditProfiles, "app.listed")
	_ = registerEvent(school.Apple, "app.named")
)

// AppForm is the form of profiles that are apps.
const AppForm = "app"

// Unlimited is Apple's number for licences without number.
const Unlimited = 2147483647

const unlimitedText = "2147483647"

// App is an app or book with its licences, as far as the actor's schools may use them.
type App struct {
	ID         string
	Profile    school.ProfileID // empty: it cannot be assigned
	School     school.SchoolID  // whose alone it is
	AdamID     string
	Product    string // "app" or "book"
	Name       string
	BundleID   string
	Seller     string
	Version    string
	MinimumOS  string
	Size       int64
	Platforms  []string
	ForDevices bool
	Looked     time.Time

	Bought, Used, Free int
	Asked              int // of the used: on their way
	Elsewhere          int // of the used: given by somebody else
	Short              int // iPads that wait for one
	Assignments        int
}

// AppFilter narrows the catalogue.
type AppFilter struct {
	Search string
	School school.SchoolID
	After  string
	Limit  int
}

// appSight is the query of the catalogue as far as an actor sees it: who has some schools alone reads of their licences and those of the
// whole authority.
func appSight(w *where, by school.Actor) (columns, tables string, err error) {
	schools, ok := by.Schools(school.View, by.Tenant)
	if !ok {
		return "", "", school.Missing("authority")
	}
	tokens, devices := "", ""
	if schools != nil {
		mine := `(SELECT value FROM json_array_elements_text(` + w.arg(list(schools)) + `::json))`
		tokens = ` JOIN content_token t ON t.id = n.token_id WHERE t.school_id IS NULL OR t.school_id IN ` + mine
		devices = ` AND l.device_id IN (SELECT s.device_id FROM device_state s WHERE s.school_id IN ` + mine + `)`
	}
	columns = `SELECT p.id, p.profile_id, f.school_id, p.adam_id, p.product, p.name, p.bundle_id, p.seller, p.version, p.minimum_os, p.size, p.platforms, p.for_devices, p.looked_at,
		COALESCE(n.bought, 0), COALESCE(n.used, 0), COALESCE(n.free, 0),
		(SELECT count(*) FROM licence l WHERE l.app_id = p.id AND l.state = 'asked'` + devices + `), (SELECT count(*) FROM licence l WHERE l.app_id = p.id AND NOT l.mine` + devices + `),
		(SELECT count(*) FROM licence l WHERE l.app_id = p.id AND l.state = 'short'` + devices + `),
		(SELECT count(*) FROM assignment a WHERE a.profile_id = p.profile_id)`
	tables = ` FROM app p LEFT JOIN profile f ON f.id = p.profile_id
		LEFT JOIN (SELECT n.app_id, sum(n.bought) AS bought, sum(n.used) AS used, sum(n.free) AS free FROM licence_account n` + tokens + ` GROUP BY n.app_id) n ON n.app_id = p.id WHERE `
	w.and("p.authority_id = ?", string(by.Tenant))
	if schools != nil {
		w.and(`(f.school_id IS NULL OR f.school_id IN (SELECT value FROM json_array_elements_text(?::json)))`, list(schools))
	}
	return columns, tables, nil
}

func scanApp(r *sql.Rows, x *App, rest ...any) error {
	var platforms string
	err := r.Scan(append([]any{&x.ID, text(&x.Profile), text(&x.School), &x.AdamID, &x.Product, &x.Name, &x.BundleID, &x.Seller, &x.Version, &x.MinimumOS, &x.Size, &platforms, &x.ForDevices,
		stamp(&x.Looked), &x.Bought, &x.Used, &x.Free, &x.Asked, &x.Elsewhere, &x.Short, &x.Assignments}, rest...)...)
	if platforms != "" {
		x.Platforms = strings.Split(platforms, ",")
	}
	return err
}

// Apps lists the catalogue by name.
func (s *Store) Apps(ctx context.Context, by school.Actor, f AppFilter) (Page[App], error) {
	var w where
	columns, tables, err := appSight(&w, by)
	if err != nil {
		return Page[App]{}, err
	}
	w.words(f.Search, "p.name_fold")
	if f.School != "" {
		w.and("(f.school_id IS NULL OR f.school_id = ?)", string(f.School))
	}
	o := order{key: "p.name_sort", id: "p.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[App]{}, err
	}
	return pageOf(ctx, s.read(), columns+o.columns()+tables+w.String(), &w, o, f.Limit, scanApp)
}

// AppOf reads the app behind a profile, or one by its own id.
func (s *Store) AppOf(ctx context.Context, by school.Actor, id school.ProfileID) (App, error) {
	var w where
	columns, tables, err := appSight(&w, by)
	if err != nil {
		return App{}, school.Missing("app")
	}
	w.and("(p.profile_id = ? OR p.id = ?)", string(id), string(id))
	var out []App
	err = s.read().each(ctx, columns+tables+w.String(), w.args, func(r *sql.Rows) error {
		out = append(out, App{})
		return scanApp(r, &out[len(out)-1])
	})
	if err != nil || len(out) == 0 {
		return App{}, orMissing(err, "app")
	}
	return out[0], nil
}

// AppInfo is what Apple says of an app. Content is what a profile begins with; nil where nobody knows what devices call it.
type AppInfo struct {
	AdamID, Product, Name, BundleID, Seller, Version, MinimumOS string
	Size                                                        int64
	Platforms                                                   []string
	ForDevices                                                  bool
	Looked                                                      bool
	Content                                                     *school.Content
}

// KeepApps keeps what Apple says of what a location owns, and makes profiles of apps that have none. at is the school of the token.
func (s *Store) KeepApps(ctx context.Context, by school.Actor, at school.SchoolID, infos []AppInfo) error {
	if by.Kind != school.SystemActor {
		return school.Deny(school.Apple)
	}
	var fresh []AppInfo
	err := s.transact(ctx, func(c conn) error {
		fresh = nil
		now := micros(s.Now())
		for _, i := range infos {
			name := i.Name
			if name == "" {
				name = i.AdamID
			}
			var looked any
			if i.Looked {
				looked = now
			}
			_, err := c.exec(ctx, `INSERT INTO app (id, authority_id, adam_id, product, name, name_sort, name_fold, bundle_id, seller, version, minimum_os, size, platforms, for_devices, looked_at, created_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
				ON CONFLICT (authority_id, adam_id) DO UPDATE SET product = excluded.product, platforms = excluded.platforms, for_devices = excluded.for_devices`,
				NewID[string](), string(by.Tenant), i.AdamID, i.Product, name, school.SortKey(name), school.Fold(name), i.BundleID, i.Seller, i.Version, i.MinimumOS, i.Size,
				strings.Join(i.Platforms, ","), i.ForDevices, looked, now)
			if err == nil && i.Looked {
				_, err = c.exec(ctx, `UPDATE app SET name = $3, name_sort = $4, name_fold = $5, bundle_id = CASE WHEN bundle_id = '' THEN $6 ELSE bundle_id END, seller = $7, version = $8, minimum_os = $9,
					size = $10, looked_at = $11 WHERE authority_id = $1 AND adam_id = $2`, string(by.Tenant), i.AdamID, name, school.SortKey(name), school.Fold(name), i.BundleID, i.Seller, i.Version,
					i.MinimumOS, i.Size, now)
			}
			if err != nil {
				return err
			}
			n, err := c.number(ctx, `SELECT count(*) FROM app WHERE authority_id = $1 AND adam_id = $2 AND profile_id IS NULL`, string(by.Tenant), i.AdamID)
			if err != nil {
				return err
			}
			if n > 0 && i.Content != nil {
				fresh = append(fresh, i)
			}
		}
		return nil
	})
	for _, i := range fresh {
		if err != nil {
			return err
		}
		if err = s.listApp(ctx, by, at, i); school.KindOf(err) == school.Conflict { // another item of the same bundle is listed already
			err = nil
		}
	}
	return err
}

// listApp makes the profile of an app: published, assigned to nobody.
func (s *Store) listApp(ctx context.Context, by school.Actor, at school.SchoolID, i AppInfo) error {
	if err := checkContent(*i.Content); err != nil {
		return err
	}
	id := NewID[school.ProfileID]()
	_, err := s.write(ctx, by, event{name: "app.listed", verb: school.EditProfiles, school: at, subject: "profile", id: string(id), final: true}, func(tx *Tx) error {
		return tx.listApp(id, at, i)
	})
	return err
}

// NameApp says what devices call an item of which the App Store tells nothing: a custom app, or one that is no longer sold. From then on
// it can be assigned; licences are counted when the location owns some. content makes the first content of an app.
func (s *Store) NameApp(ctx context.Context, by school.Actor, i AppInfo, content func(name string, a school.App, minimumOS string) (school.Content, error)) (school.ProfileID, error) {
	name, err := cleanName("name", i.Name)
	switch {
	case !school.AdamOK(i.AdamID):
		err = errors.Join(school.Refuse("item", "item_form"), err)
	case !school.BundleOK(i.BundleID):
		err = errors.Join(school.Refuse("bundle", "bundle_form"), err)
	}
	if err != nil {
		return "", err
	}
	c, err := content(name, school.App{AdamID: i.AdamID, BundleID: i.BundleID}, "")
	if err != nil {
		return "", err
	}
	i.Name, i.Content = name, &c
	id := NewID[school.ProfileID]()
	_, err = s.write(ctx, by, event{name: "app.named", verb: school.Apple, subject: "profile", id: string(id), final: true, detail: map[string]any{"item": i.AdamID}}, func(tx *Tx) error {
		known, err := tx.number(ctx, `SELECT count(*) FROM app WHERE authority_id = $1 AND adam_id = $2 AND (profile_id IS NOT NULL OR product = 'book')`, string(tx.authority), i.AdamID)
		if err != nil {
			return err
		}
		if known > 0 {
			return &school.Error{Kind: school.Conflict, Code: "item_known", Field: "item", Args: []any{i.AdamID}}
		}
		if _, err := tx.exec(ctx, `INSERT INTO app (id, authority_id, adam_id, product, name, name_sort, name_fold, bundle_id, for_devices, created_at) VALUES ($1, $2, $3, 'app', $4, $5, $6, $7, TRUE, $8)
			ON CONFLICT (authority_id, adam_id) DO UPDATE SET name = excluded.name, name_sort = excluded.name_sort, name_fold = excluded.name_fold, bundle_id = excluded.bundle_id`,
			NewID[string](), string(tx.authority), i.AdamID, i.Name, school.SortKey(i.Name), school.Fold(i.Name), i.BundleID, micros(tx.now)); err != nil {
			return err
		}
		return tx.listApp(id, "", i)
	})
	return id, err
}

func (tx *Tx) listApp(id school.ProfileID, at school.SchoolID, i AppInfo) error {
	err := tx.insert("profile", numbered(row{"id": string(id), "school_id": opt(at), "identifier": string(school.AppKey(i.Content.App.BundleID)), "description": "", "form": AppForm,
		"archived": false, "created_at": micros(tx.now)}, i.Name))
	if err != nil {
		return taken(err, "identifier", "identifier_taken", i.Content.App.BundleID)
	}
	version := NewID[school.VersionID]()
	r := tx.contentRow(version, *i.Content)
	r["id"], r["profile_id"], r["number"], r["created_at"], r["published_at"] = string(version), string(id), 1, micros(tx.now), micros(tx.now)
	if err := tx.insert("profile_version", r); err != nil {
		return err
	}
	n, err := tx.exec(tx.ctx, `UPDATE app SET profile_id = $3 WHERE authority_id = $1 AND adam_id = $2 AND profile_id IS NULL`, string(tx.authority), i.AdamID, string(id))
	if err == nil && n == 0 {
		err = school.Clash("identifier_taken", i.Content.App.BundleID)
	}
	return err
}

// AppsToLookUp lists item numbers of a location the store was not asked about for a day.
func (s *Store) AppsToLookUp(ctx context.Context, by school.Actor, adams []string) (out []string, err error) {
	known := map[string]bool{}
	err = s.read().each(ctx, `SELECT adam_id FROM app WHERE authority_id = $1 AND looked_at > $2`, args(string(by.Tenant), micros(s.Now().Add(-day))), func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		known[id] = true
		return err
	})
	for _, id := range adams {
		if !known[id] {
			out = append(out, id)
		}
	}
	return out, err
}

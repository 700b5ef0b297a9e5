package api

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// profileView is a profile without its body: bodies hold Wi-Fi passwords and never leave.
type profileView struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Identifier  string      `json:"identifier"`
	Description string      `json:"description"`
	School      *ref        `json:"school"`
	Archived    bool        `json:"archived"`
	Form        string      `json:"form"`
	Draft       *string     `json:"draft"`
	Latest      *versionRef `json:"latest"`
	Content     contentView `json:"content"`
	Created     *time.Time  `json:"created"`
	Assignments int         `json:"assignments"`
	Behind      int         `json:"behind"`
}

type versionRef struct {
	ID     string `json:"id"`
	Number int    `json:"number"`
}

// contentView is what is known of a body.
type contentView struct {
	Hash       string        `json:"hash"`
	Payloads   []payloadView `json:"payloads"`
	Variables  []string      `json:"variables"`
	Networks   []string      `json:"networks"`
	MinimumOS  string        `json:"minimum_os"`
	Supervised bool          `json:"supervised"`
	Problems   []problemView `json:"problems"`
}

type payloadView struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// problemView is a finding against Apple's schema. Payload counts from 0; -1 is the profile itself.
type problemView struct {
	Severity string   `json:"severity"`
	Payload  int      `json:"payload"`
	Key      string   `json:"key"`
	Code     string   `json:"code"`
	Args     []string `json:"args"`
	OS       string   `json:"os"`
}

func viewContent(x school.Content) contentView {
	v := contentView{Hash: x.Hash, Payloads: []payloadView{}, Variables: append([]string{}, x.Variables...), Networks: append([]string{}, x.Networks...),
		MinimumOS: x.MinimumOS(), Supervised: x.Supervised(), Problems: []problemView{}}
	for _, p := range x.Payloads {
		v.Payloads = append(v.Payloads, payloadView{p.Type, p.Name})
	}
	for _, p := range x.Problems {
		v.Problems = append(v.Problems, problemView{string(p.Severity), p.Payload, p.Key, p.Code, append([]string{}, p.Args...), p.OS})
	}
	return v
}

func viewProfile(x store.ProfileRow) profileView {
	v := profileView{ID: string(x.ID), Name: x.Name, Identifier: x.Identifier, Description: x.Description, School: refTo(x.School, x.SchoolName), Archived: x.Archived,
		Form: x.Form, Draft: idOrNull(x.Draft), Content: viewContent(x.Content), Created: moment(x.Created), Assignments: x.Assignments, Behind: x.Behind}
	if x.Latest != "" {
		v.Latest = &versionRef{string(x.Latest), x.Number}
	}
	return v
}

func (a *API) profiles(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	archived, err := c.flag("archived")
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Profiles(c.ctx, c.by, store.ProfileFilter{Search: c.query.Get("q"), School: school.SchoolID(c.query.Get("school")), Archived: archived,
		After: c.query.Get("after"), Limit: limit})
	return paged(rows, viewProfile), err
}

func (a *API) profile(c *call) (answer, error) {
	x, err := a.st.Profile(c.ctx, c.by, school.ProfileID(c.id()))
	return answer{body: viewProfile(x)}, err
}

type versionView struct {
	ID          string      `json:"id"`
	Number      int         `json:"number"`
	Created     *time.Time  `json:"created"`
	Published   *time.Time  `json:"published"`
	Content     contentView `json:"content"`
	Assignments int         `json:"assignments"`
}

// versions lists the draft first, then the newest first.
func (a *API) versions(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	before, err := c.numberedAfter()
	if err != nil {
		return answer{}, err
	}
	x, err := a.st.Profile(c.ctx, c.by, school.ProfileID(c.id()))
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Versions(c.ctx, c.by, x.ID, int(min(before, math.MaxInt32)), limit)
	next := ""
	if len(rows) == limit { // versions are counted without gaps: there are more until number 1 was given
		switch last := rows[limit-1].Number; {
		case last > 1:
			next = strconv.Itoa(last)
		case last == 0 && x.Number > 0:
			next = strconv.Itoa(math.MaxInt32)
		}
	}
	return listed(rows, next, func(v store.VersionRow) versionView {
		return versionView{string(v.ID), v.Number, moment(v.Created), moment(v.Published), viewContent(v.Content), v.Assignments}
	}), err
}

// draftBody is a profile as a form: name, and the values of its fields.
type draftBody struct {
	Name   string                     `json:"name"`
	Form   string                     `json:"form"`
	Values map[string]json.RawMessage `json:"values"`
}

type newProfile struct {
	Name        string                     `json:"name"`
	School      string                     `json:"school"`
	Description string                     `json:"description"`
	Form        string                     `json:"form"`
	Values      map[string]json.RawMessage `json:"values"`
}

func (a *API) createProfile(c *call) (answer, error) {
	p := school.Profile{Name: c.query.Get("name"), School: school.SchoolID(c.query.Get("school"))}
	var form string
	var content school.Content
	var err error
	if c.kind == typeProfile {
		content, p.Identifier, err = imported(c.body)
	} else {
		var b newProfile
		if err = c.read(&b); err != nil {
			return answer{}, err
		}
		if len(c.query) > 0 {
			return answer{}, school.Refuse("name", "parameter_of_file")
		}
		p.Name, p.School, p.Description, form = b.Name, school.SchoolID(b.School), b.Description, b.Form
		content, err = built(form, b.Name, b.Values, nil)
	}
	if err != nil {
		return answer{}, err
	}
	id, draft, set, err := a.st.CreateProfile(c.ctx, c.by, p, form, content)
	return drafted(http.StatusCreated, id, draft, set), err
}

// draftWritten is what writing a draft answers.
type draftWritten struct {
	ID        *string `json:"id"`
	Draft     *string `json:"draft"`
	ChangeSet *string `json:"change_set"`
}

func drafted(status int, id school.ProfileID, draft school.VersionID, set school.ChangeSetID) answer {
	out := answer{status: status, body: draftWritten{idOrNull(id), idOrNull(draft), idOrNull(set)}}
	if status == http.StatusCreated {
		out.location = Prefix + "/profiles/" + string(id)
	}
	return out
}

// saveDraft writes the draft of a profile. over is the hash of the draft that is replaced; without it whatever draft there
// is, is.
func (a *API) saveDraft(c *call) (answer, error) {
	id := school.ProfileID(c.id())
	var was *school.Content
	over := ""
	switch v, err := a.st.Draft(c.ctx, c.by, id); {
	case err == nil:
		was, over = &v.Content, v.Content.Hash
	case school.KindOf(err) != school.NotFound:
		return answer{}, err
	default:
		x, err := a.st.Profile(c.ctx, c.by, id)
		if err != nil {
			return answer{}, err
		}
		latest, err := a.st.Version(c.ctx, c.by, x.Latest)
		if err != nil {
			return answer{}, err
		}
		was = &latest.Content
	}
	if c.query.Has("over") {
		over = c.query.Get("over")
	}
	var form string
	var content school.Content
	var err error
	if c.kind == typeProfile {
		content, _, err = imported(c.body) // the profile keeps the identifier it has
	} else {
		var b draftBody
		if err = c.read(&b); err != nil {
			return answer{}, err
		}
		form = b.Form
		content, err = built(form, b.Name, b.Values, was)
	}
	if err != nil {
		return answer{}, err
	}
	draft, set, err := a.st.SaveDraft(c.ctx, c.by, id, form, content, over)
	return drafted(http.StatusOK, id, draft, set), err
}

func imported(body []byte) (school.Content, string, error) {
	content, err := profiles.Parse(body)
	if err != nil {
		return content, "", err
	}
	tree, err := profiles.Tree(content)
	identifier, _ := tree["PayloadIdentifier"].(string)
	return content, identifier, err
}

// built makes a content from a form. Fields that are not named have what the empty page shows.
func built(form, name string, values map[string]json.RawMessage, previous *school.Content) (school.Content, error) {
	f, ok := profiles.FormOf(form)
	if !ok {
		return school.Content{}, school.Refuse("form", "choice")
	}
	v := f.Defaults()
	fields := f.Fields()
	for given, raw := range values {
		i := slices.IndexFunc(fields, func(x profiles.Field) bool { return x.Name == given })
		if i < 0 {
			return school.Content{}, school.Refuse("values."+shown(given), "unknown_field", shown(given))
		}
		if err := take(v, fields[i], raw); err != nil {
			return school.Content{}, err
		}
	}
	content, err := profiles.Build(form, name, v, previous)
	wrong := profiles.FieldsOf(err)
	for _, e := range wrong { // where it stands in the body
		if e.Field != "name" {
			e.Field = "values." + e.Field
		}
	}
	return content, err
}

// take reads the value of a form field: text, a number or true and false as JSON has them, a list of texts for a field of
// lines, and base64 for a picture.
func take(v url.Values, x profiles.Field, raw json.RawMessage) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return unreadable(err)
	}
	at := "values." + x.Name
	switch value := value.(type) {
	case nil:
		v.Del(x.Name)
		return nil
	case bool:
		v.Set(x.Name, strconv.FormatBool(value))
		return nil
	case float64:
		v.Set(x.Name, strings.TrimSpace(string(raw)))
		return nil
	case string:
		if x.Kind == profiles.ImageField {
			picture, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return school.Refuse(at, "field_type", "base64")
			}
			value = string(picture)
		}
		v.Set(x.Name, value)
		return nil
	case []any:
		lines := make([]string, len(value))
		for i, e := range value {
			s, ok := e.(string)
			if !ok || strings.ContainsAny(s, "\r\n") {
				return school.Refuse(at, "field_type", "array")
			}
			lines[i] = s
		}
		if x.Kind == profiles.ListField {
			v.Set(x.Name, strings.Join(lines, "\n"))
			return nil
		}
	}
	return school.Refuse(at, "field_type", string(x.Kind))
}

// publish makes the draft the next version. Nothing is sent by that: devices get it by assignments.
func (a *API) publish(c *call) (answer, error) {
	id, number, err := a.st.Publish(c.ctx, c.by, school.ProfileID(c.id()))
	return answer{status: http.StatusCreated, body: versionRef{string(id), number}}, err
}

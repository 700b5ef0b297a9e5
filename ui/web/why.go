package web

import (
	"strconv"
	"strings"
	"time"

	"ranzen/mdm"
	"ranzen/store/school"
)

// Said is a reason of package mdm in words: what is, why, since when, what helps and who can do it, in this order and in
// at most two sentences each. Pages and the API say the same, because both ask [Why].
//
// Only what was reported is claimed. Codes of devices and of Apple stand in Proof alone.
type Said struct {
	Kind     StatusKind
	State    string // "Es fehlt"
	Headline string // "Es fehlt: WLAN Schule (Fassung 3)"
	Why      string
	Since    string
	Helps    string
	Who      string
	Line     string // the shortest form, for a row of a list: "Seit 12 Tagen nicht gesehen. …"
	Proof    []Proof
	Code     string // what support asks for
}

// Proof is one link of the chain of evidence.
type Proof struct {
	At   time.Time
	Text string
}

// Around is what a sentence may name beside its reason. Who reads it decides what is known here: a holder only for
// those who may see people.
type Around struct {
	Now    time.Time
	Holder string // "Lena M."
	Class  string // "7b"
}

// Why says a reason.
func Why(l Lang, r mdm.Reason, a Around) Said {
	s := Said{Kind: whyKind(r), State: whyStatus(l, r), Why: whySentence(l, r, a), Since: whySince(l, r, a), Code: string(r.Code)}
	s.Headline = T(l, "why.headline", s.State, r.Name)
	if r.Number > 0 {
		s.Headline = T(l, "why.headline.version", s.State, r.Name, r.Number)
	}
	s.Helps, s.Who = T(l, "why.helps.nothing"), T(l, "why.who.nobody")
	if r.Remedy != "" {
		s.Helps = T(l, "why.helps."+string(r.Remedy))
	}
	switch {
	case r.Who == mdm.Holder && a.Holder != "":
		s.Who = T(l, "why.who.holder.named", a.Holder)
	case r.Who == mdm.ClassTeacher && a.Class != "":
		s.Who = T(l, "why.who.class_teacher.named", ClassName(l, a.Class))
	case r.Who != "":
		s.Who = T(l, "why.who."+string(r.Who))
	}
	s.Line = s.Why
	if key := "why.line." + string(r.Code); has(key) {
		s.Line = T(l, key, whyArgs(l, r, a, lineArgs[r.Code])...)
	}
	for _, e := range r.Evidence {
		s.Proof = append(s.Proof, Proof{e.At, whyProof(l, e, r.Via)})
	}
	if code := r.Args["code"]; code != "" {
		s.Code += " · " + code
	}
	return s
}

// WhyEach says why of everything a device should have and has not; with all of everything, be it there or left out on purpose.
// there is how much of it the device confirmed.
func WhyEach(l Lang, f school.Facts, have school.Reported, a Around, all bool) (out []Said, there int) {
	for _, r := range mdm.Explain(mdm.Desired(f), have, f, a.Now) {
		if r.Status == mdm.Confirmed {
			there++
		}
		if all || r.Status != mdm.Confirmed && r.Status != mdm.Aside {
			out = append(out, Why(l, r, a))
		}
	}
	return out, there
}

func has(key string) bool { _, ok := catalogue[key]; return ok }

// Through says what something is valid through: "Klasse 7b", "Schulträger".
func Through(l Lang, level school.Level, scope string) string {
	switch {
	case level == school.AtClass && scope != "":
		return ClassName(l, scope)
	case level == school.AtSchool && scope != "":
		return scope
	case (level == school.AtSchoolType || level == school.AtGrade || level == school.AtGroup) && scope != "":
		return T(l, "why.through."+level.String()+".named", scope)
	case level == 0:
		return T(l, "why.through.nothing")
	}
	return T(l, "why.through."+level.String())
}

// ClassName is "Klasse 7b"; a class whose name says so already keeps it.
func ClassName(l Lang, name string) string {
	if strings.HasPrefix(school.Fold(name), "klasse ") {
		return name
	}
	return T(l, "why.through.class.named", name)
}

// whyKind is the symbol of a reason.
func whyKind(r mdm.Reason) StatusKind {
	switch r.Status {
	case mdm.Confirmed:
		return OK
	case mdm.GaveUp:
		return Danger
	case mdm.Blocked:
		return Warning
	case mdm.Aside:
		return Off
	case mdm.Held:
		return Note
	}
	if r.Automatic {
		return Busy
	}
	return Waiting
}

// whyStatus names where an item stands. What comes by itself is on its way; what waits for somebody is missing.
func whyStatus(l Lang, r mdm.Reason) string {
	if r.Status == mdm.Coming && !r.Automatic {
		return T(l, "why.status."+string(mdm.Blocked))
	}
	return T(l, "why.status."+string(r.Status))
}

// sentenceArgs are the arguments of each sentence, in the order the catalogue counts them.
var sentenceArgs = map[mdm.Code][]string{
	mdm.There: {"since"}, mdm.NotEnrolled: {"since"}, mdm.PushBroken: {"seen"}, mdm.Silent: {"days", "seen"}, mdm.Asleep: {"pushed"},
	mdm.Superseded: {"number"}, mdm.HandedOut: {"at"}, mdm.Accepted: {"at"}, mdm.Declaring: {"at", "next"}, mdm.SaidNotNow: {"at"},
	mdm.Drift: {"at"}, mdm.Retrying: {"attempts"}, mdm.Refused: {"attempts"}, mdm.NeedsOS: {"want", "have"},
	mdm.UnknownVariable: {"variable"}, mdm.EmptyVariable: {"variable"}, mdm.BadVariable: {"variable"}, mdm.Overruled: {"winner"},
	mdm.Excluded: {"scope"}, mdm.NotYet: {"at"}, mdm.LaterStage: {"stage"}, mdm.RemovalAccepted: {"at"}, mdm.RemovalRetrying: {"attempts"},
	mdm.RemovalRefused: {"attempts"}, mdm.Frozen: {"freeze", "until"}, mdm.NotOffered: {"version", "newest"}, mdm.UpToDate: {"version", "have"}, mdm.Demands: {"version", "at"}, mdm.Updates: {"version", "at"},
	mdm.UpdateLate: {"version", "at"}, mdm.UpdateFails: {"version"},
	mdm.QuietHours: {"until"}, mdm.AppLoading: {"at"}, mdm.AppNoRoom: {"free"},
}

var lineArgs = map[mdm.Code][]string{mdm.Silent: {"days"}, mdm.NeedsOS: {"want", "have"}}

func whySentence(l Lang, r mdm.Reason, a Around) string {
	code := r.Code
	switch {
	case code == mdm.HeldNetwork && r.Args["until"] != "":
		return T(l, "why.held_until", r.Args["until"])
	case code == mdm.Departing && r.Args["cause"] != "":
		cause := r
		cause.Code, cause.Args = mdm.Code(r.Args["cause"]), r.Args
		return T(l, "why.leaving_because", whySentence(l, cause, a))
	case (code == mdm.Retrying || code == mdm.RemovalRetrying) && r.Args["next"] != "":
		return T(l, "why.next."+string(code), append(whyArgs(l, r, a, sentenceArgs[code]), moment(l, r.Args["next"], a.Now))...)
	case code == mdm.Overruled && r.Args["scope"] != "":
		return T(l, "why.overruled_by", r.Args["winner"], r.Args["scope"])
	case code == mdm.Demands && r.Args["moved"] == string(school.MovedByFreeze):
		return T(l, "why.update.moved.freeze", whyArgs(l, r, a, []string{"version", "at", "written", "freeze"})...)
	case code == mdm.Demands && r.Args["moved"] == string(school.MovedByQuiet):
		return T(l, "why.update.moved.quiet", whyArgs(l, r, a, []string{"version", "at", "written"})...)
	case code == mdm.Updates && r.Args["late"] != "":
		return T(l, "why.update.running.late", whyArgs(l, r, a, sentenceArgs[code])...)
	case code == mdm.Updates && has("why.update.state."+r.Args["state"]):
		return T(l, "why.update.state."+r.Args["state"], whyArgs(l, r, a, sentenceArgs[code])...)
	case code == mdm.NotOffered && r.Args["newest"] == "":
		return T(l, "why.update.cause.gone", r.Args["version"])
	case code == mdm.UpdateFails && has("why.update.cause."+r.Args["cause"]):
		return T(l, "why.update.cause."+r.Args["cause"], r.Args["version"])
	case code == mdm.NeedsOS && r.Args["have"] == "":
		return T(l, "why.needs_os_unknown", strings.TrimSuffix(r.Args["want"], ".0"))
	}
	key := "why.sentence." + string(code)
	if _, app := r.Item.Bundle(); app && has("why.app."+string(code)) {
		key = "why.app." + string(code)
	}
	return T(l, key, whyArgs(l, r, a, sentenceArgs[code])...)
}

func whyArgs(l Lang, r mdm.Reason, a Around, names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		v := r.Args[name]
		switch name {
		case "number":
			out[i] = r.Number
		case "since":
			out[i] = l.moment(r.Since, a.Now)
		case "at", "next", "pushed", "until", "written":
			out[i] = moment(l, v, a.Now)
		case "seen": // how long ago stands beside it
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				v = l.Moment(t, a.Now)
			}
			out[i] = v
		case "days": // by the calendar, as everywhere on the page
			n, _ := strconv.Atoi(v)
			if t, err := time.Parse(time.RFC3339, r.Args["seen"]); err == nil {
				n = int(daysBetween(t, a.Now))
			}
			out[i] = n
		case "want": // Apple's tables say 17.0, people say 17
			out[i] = strings.TrimSuffix(v, ".0")
		case "attempts":
			n, _ := strconv.Atoi(v)
			out[i] = n
		case "scope":
			out[i] = Through(l, r.Via.Level, r.Via.ScopeName)
		case "variable":
			if key := "why.variable." + v; has(key) {
				v = T(l, key)
			}
			out[i] = v
		default:
			out[i] = v
		}
	}
	return out
}

// moment says a time of an argument; what is no time is said as it is.
func moment(l Lang, v string, now time.Time) string {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return v
	}
	return l.moment(t, now)
}

// moment is Moment, beyond one day with how long ago it was.
func (l Lang) moment(t, now time.Time) string {
	if d := now.Sub(t).Abs(); t.IsZero() || d >= 24*time.Hour {
		return l.Ago(t, now)
	}
	return l.Moment(t, now)
}

func whySince(l Lang, r mdm.Reason, a Around) string {
	switch {
	case r.Via.Assignment != "" && r.Via.Fixed:
		return T(l, "why.since.fixed", l.moment(r.Via.Since, a.Now), Through(l, r.Via.Level, r.Via.ScopeName))
	case r.Via.Assignment != "":
		return T(l, "why.since.assigned", l.moment(r.Via.Since, a.Now), Through(l, r.Via.Level, r.Via.ScopeName))
	case !r.Since.IsZero():
		return T(l, "why.since.plain", l.moment(r.Since, a.Now))
	}
	return ""
}

func whyProof(l Lang, e mdm.Evidence, via mdm.Via) string {
	key := "why.proof." + string(e.Code)
	switch e.Code {
	case mdm.EvAssigned:
		through := Through(l, via.Level, e.Args["scope"])
		if by := e.Args["by"]; by != "" {
			return T(l, key+".by", through, by)
		}
		return T(l, key, through)
	case mdm.EvSent, mdm.EvNotNow:
		return T(l, key, e.Args["request"])
	case mdm.EvError:
		text := T(l, key, e.Args["code"])
		if named := "why.code." + e.Args["code"]; has(named) {
			text = T(l, key, T(l, named))
		}
		if d := e.Args["detail"]; d != "" {
			text += " (" + d + ")"
		}
		if n, _ := strconv.Atoi(e.Args["attempts"]); n > 1 {
			text = T(l, "why.proof.attempts", text, n)
		}
		return text
	case mdm.EvUpdate:
		text := T(l, key, e.Args["reason"])
		if n, _ := strconv.Atoi(e.Args["attempts"]); n > 1 {
			text = T(l, "why.proof.attempts", text, n)
		}
		return text
	case mdm.EvOffered:
		if n, _ := strconv.Atoi(e.Args["reoffers"]); n > 0 {
			return T(l, key+".again", n)
		}
	}
	return T(l, key)
}

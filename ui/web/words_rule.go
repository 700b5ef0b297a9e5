package web

import (
	"strings"

	"ranzen/store/school"
)

// GroupRule says in one sentence which iPads belong to a group by rule. at names the school of the group, names the schools a
// rule lists.
func GroupRule(l Lang, r school.Rule, at string, names map[school.SchoolID]string) string {
	var parts []string
	say := func(key string, args ...any) { parts = append(parts, T(l, "grouprule."+key, args...)) }
	or := func(list []string) string {
		if len(list) < 2 {
			return strings.Join(list, "")
		}
		return T(l, "grouprule.or", strings.Join(list[:len(list)-1], ", "), list[len(list)-1])
	}
	if at != "" {
		say("at", at)
	}
	var schools []string
	for _, s := range r.Schools {
		name := names[s]
		if name == "" {
			name = T(l, "grouprule.school.other")
		}
		schools = append(schools, name)
	}
	SortBy(l, schools, func(s string) string { return s })
	if len(schools) > 0 {
		say("schools", or(schools))
	}
	if len(r.Types) > 0 {
		say("types", or(r.Types))
	}
	if len(r.Grades) > 0 {
		say("grades", or(r.Grades))
	}
	if len(r.Kinds) > 0 {
		words := make([]string, len(r.Kinds))
		for i, k := range r.Kinds {
			words[i] = T(l, "grouprule.kind."+string(k))
		}
		say("kinds", or(words))
	}
	if len(r.Ownership) > 0 {
		words := make([]string, len(r.Ownership))
		for i, o := range r.Ownership {
			words[i] = T(l, "ownership."+string(o))
		}
		say("ownership", or(words))
	}
	if len(r.Models) > 0 {
		say("models", or(r.Models))
	}
	switch {
	case r.OSFrom != "" && r.OSBelow != "":
		say("os", r.OSFrom, r.OSBelow)
	case r.OSFrom != "":
		say("os_from", r.OSFrom)
	case r.OSBelow != "":
		say("os_below", r.OSBelow)
	}
	if r.FreeBelow > 0 {
		say("free_below", r.FreeBelow)
	}
	if r.Unseen > 0 {
		say("unseen", r.Unseen)
	}
	if r.Worn {
		say("worn")
	}
	return T(l, "grouprule.all", strings.Join(parts, "; "))
}

func init() {
	Add(Words{
		"grouprule.all":          {"iPads, für die alles davon gilt: {1}.", "iPads of which all of this is true: {1}."},
		"grouprule.or":           {"{1} oder {2}", "{1} or {2}"},
		"grouprule.at":           {"an der Schule {1}", "at {1}"},
		"grouprule.schools":      {"an {1}", "at {1}"},
		"grouprule.school.other": {"einer anderen Schule", "another school"},
		"grouprule.types":        {"Schulform {1}", "type of school {1}"},
		"grouprule.grades":       {"Jahrgang {1}", "grade {1}"},
		"grouprule.kinds":        {"bei {1}", "with {1}"},
		"grouprule.kind.pupil":   {"Lernenden", "pupils"},
		"grouprule.kind.teacher": {"Lehrkräften", "teachers"},
		"grouprule.kind.staff":   {"weiterem Personal", "other staff"},
		"grouprule.kind.nobody":  {"niemandem (Koffer, Raum, Lager)", "nobody (case, room, stock)"},
		"grouprule.ownership":    {"Eigentum: {1}", "ownership: {1}"},
		"grouprule.models":       {"Modell {1}", "model {1}"},
		"grouprule.os":           {"iPadOS ab {1} und älter als {2}", "iPadOS from {1} and older than {2}"},
		"grouprule.os_from":      {"iPadOS {1} oder neuer", "iPadOS {1} or newer"},
		"grouprule.os_below":     {"iPadOS älter als {1}", "iPadOS older than {1}"},
		"grouprule.free_below":   {"weniger als {1} GB frei", "less than {1} GB free"},
		"grouprule.unseen":       {"seit mindestens {1} {1:Tag|Tagen} nicht gesehen", "not seen for at least {1} {1:day|days}"},
		"grouprule.worn":         {"Akku sollte getauscht werden", "battery should be replaced"},
		"ownership.owned":        {"Schule oder Schulträger", "school or school authority"},
		"ownership.staff":        {"Schulträger, Dienstgerät mit privater Nutzung", "school authority, for work with private use"},
		"ownership.parent":       {"Eltern", "parents"},

		"ownership.owned.hint":  {"Der Server fragt, was die Verwaltung und die Ausleihe brauchen.", "The server asks what management and lending need."},
		"ownership.staff.hint":  {"Wer es hat, darf es auch privat nutzen: Der Ladestand wird nicht gefragt.", "Whoever has it may use it privately, too: the battery level is not asked for."},
		"ownership.parent.hint": {"Der Server fragt nur, was die Verwaltung unbedingt braucht; geortet wird nie.", "The server asks only what management cannot do without; it is never located."},

		"error.rule_range":    {"Die Zahl liegt zwischen {1} und {2}.", "The number lies between {1} and {2}."},
		"error.rule_version":  {"„{1}“ ist keine Version. Gemeint ist etwas wie „17.5“.", "“{1}” is no version. Something like “17.5” is meant."},
		"error.rule_versions": {"Älter als diese und zugleich neuer als die andere kann kein iPad sein.", "No iPad can be older than this one and newer than the other."},
		"error.rule_many":     {"Mehr als {1} Werte lassen sich nicht wählen. Lassen Sie die Bedingung weg oder bilden Sie zwei Gruppen.", "No more than {1} values can be chosen. Leave the condition out or make two groups."},
		"error.rule_empty":    {"Wählen Sie mindestens eine Bedingung; sonst gehörte jedes iPad dazu.", "Choose at least one condition; otherwise every iPad would belong to it."},
		"error.group_kind":    {"Aus einer Liste wird keine Regel und aus einer Regel keine Liste. Legen Sie eine neue Gruppe an.", "A list does not become a rule, nor a rule a list. Add a new group."},
		"error.group_by_rule": {"Wer zu „{1}“ gehört, sagt die Regel der Gruppe. Ändern Sie die Regel.", "Who belongs to “{1}” follows from the rule of the group. Change the rule."},
	})
}

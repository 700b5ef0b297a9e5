package ui

import (
	"context"
	"fmt"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// daysShown is how many issue days the start page looks into: of a whole city it counts the others.
const daysShown = 5

// daysAfter is for how long after an issue day the start page says who has nothing.
const daysAfter = 7

// lendingKept is for how long a start page that stands open repeats what lending asks: to count it takes longer than all else there.
const lendingKept = time.Minute

// keptLines are lines as they were counted for somebody who may do what they may now.
type keptLines struct {
	at    time.Time
	may   string
	lines []web.Todo
}

// lendingMoving is lendingLines, for a page that stands open at most once a minute.
func (u *UI) lendingMoving(ctx context.Context, v view, moving bool) ([]web.Todo, error) {
	who, may := v.by.ID(), fmt.Sprintf("%+v %s", v.by, v.lang)
	if x, ok := u.lending.Load(who); ok && moving {
		if k := x.(keptLines); k.may == may && v.now.Sub(k.at) < lendingKept {
			return k.lines, nil
		}
	}
	lines, err := u.lendingLines(ctx, v)
	if err == nil {
		u.lending.Store(who, keptLines{v.now, may, lines})
	}
	return lines, err
}

// lendingLines are what lending asks of somebody: issue days of today and tomorrow, and those after which somebody has
// nothing; claims that expire soon; loans that should be back.
func (u *UI) lendingLines(ctx context.Context, v view) (out []web.Todo, err error) {
	if v.by.CanSomewhere(school.Lend, v.by.Tenant) {
		if out, err = u.dayLines(ctx, v); err != nil {
			return nil, err
		}
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	if v.by.CanSomewhere(school.EditDevices, v.by.Tenant) && v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) {
		n, first, err := u.st.ClaimsEnding(ctx, v.by)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, web.Todo{Urgency: endsUrgency(first.Sub(v.now)), Title: t("todo.limits", n, v.lang.Date(first)), Text: t("todo.limits.text"),
				Action: &web.Action{Text: t("todo.limits.do", n), Href: damagesPath + "?limits=1"}})
		}
	}
	if v.by.CanSomewhere(school.Lend, v.by.Tenant) && v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) {
		n, err := u.st.CountContracts(ctx, v.by, store.ContractFilter{View: store.OverdueContracts})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.overdue", n), Text: t("todo.overdue.text"), Action: &web.Action{Text: t("todo.overdue.do", n), Href: contractsPath + "?view=" + string(store.OverdueContracts)}})
		}
	}
	staff, err := u.handoverLine(ctx, v)
	return append(out, staff...), err
}

func (u *UI) dayLines(ctx context.Context, v view) (out []web.Todo, err error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	coming, err := u.st.IssueDays(ctx, v.by, store.IssueDayFilter{Within: 1, Limit: store.MaxPage})
	if err != nil {
		return nil, err
	}
	over, err := u.st.OpenDays(ctx, v.by, daysAfter)
	if err != nil || len(coming.Rows)+len(over) == 0 {
		return nil, err
	}
	schools, err := u.st.DeskSchools(ctx, v.by)
	if err != nil {
		return nil, err
	}
	names := map[school.SchoolID]string{}
	for _, s := range schools {
		names[s.ID] = s.Name
	}
	for _, d := range coming.Rows[:min(len(coming.Rows), daysShown)] { // what can still be prepared comes first
		lines, err := u.st.IssueLines(ctx, v.by, d.School, d.Classes...)
		if err != nil {
			return nil, err
		}
		n := school.CountIssue(lines)
		where := names[d.School]
		if d.Room != "" {
			where += ", " + d.Room
		}
		line := web.Todo{Urgency: web.Today, Title: t("todo.issueday.tomorrow", d.Name, where), Text: t("todo.issueday.text", n.Ready+n.Done+n.Refused, n.People), Action: &web.Action{Text: t("todo.issueday.do"), Href: issueDayAddress(d.ID)}}
		if d.In(v.now.In(web.Berlin)) == 0 {
			line.Title = t("todo.issueday.today", d.Name, where)
		}
		out = append(out, line)
	}
	for _, d := range over[:min(len(over), daysShown-len(out))] {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.issueday.over", d.Name, v.lang.Date(d.Date(web.Berlin)), d.Open), Text: t("todo.issueday.over.text"), Action: &web.Action{Text: t("todo.issueday.do"), Href: issueDayAddress(d.ID)}})
	}
	if more := len(coming.Rows) + len(over) - len(out); more > 0 {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.issueday.more", more), Action: &web.Action{Text: t("todo.issueday.all"), Href: issueDaysPath}})
	}
	return out, nil
}

func init() {
	web.Add(web.Words{
		"todo.limits":       {"{1} {1:Anspruch verjährt|Ansprüche verjähren} bald, {1:er|der erste} am {2} (§ 606 BGB).", "{1} {1:claim expires|claims expire} soon, {1:it|the first one} on {2} (§ 606 BGB)."},
		"todo.limits.text":  {"Danach muss für den Schaden niemand mehr zahlen. Kosten klären oder den Fall abschließen.", "After that nobody has to pay for the damage. Settle the cost or close the case."},
		"todo.limits.do":    {"{1} {1:Schaden|Schäden} ansehen", "See {1} {1:damage|damages}"},
		"todo.overdue":      {"{1} {1:Ausleihe ist|Ausleihen sind} überfällig.", "{1} {1:loan is|loans are} overdue."},
		"todo.overdue.text": {"Nachfragen, verlängern oder einen Verlust melden. Von selbst geschieht nichts mit den Geräten.", "Ask, extend or report a loss. Nothing happens to the devices by itself."},
		"todo.overdue.do":   {"{1} {1:Vertrag|Verträge} ansehen", "See {1} {1:contract|contracts}"},
	})
}

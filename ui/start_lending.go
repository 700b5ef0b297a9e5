package ui

import (
	"cmp"
	"context"
	"slices"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// daysShown is how many issue days the start page looks into: of a whole city it counts the others.
const daysShown = 5

// daysAfter is for how long after an issue day the start page says who has nothing.
const daysAfter = 7

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
		limits, err := u.st.Damages(ctx, v.by, store.DamageFilter{Limits: true, Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		if n := len(limits.Rows); n > 0 {
			first := limits.Rows[0].Limit
			for _, d := range limits.Rows {
				if d.Limit.Before(first) {
					first = d.Limit
				}
			}
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
	days, err := u.st.IssueDays(ctx, v.by, daysAfter)
	if err != nil || len(days) == 0 {
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
	now := v.now.In(web.Berlin)
	days = slices.DeleteFunc(days, func(d school.IssueDay) bool { return d.In(now) > 1 })
	slices.SortStableFunc(days, func(a, b school.IssueDay) int { // what can still be prepared comes first
		return cmp.Compare(max(0, -a.In(now)), max(0, -b.In(now)))
	})
	for i, d := range days {
		if i == daysShown {
			more := len(days) - daysShown
			return append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.issueday.more", more), Action: &web.Action{Text: t("todo.issueday.all"), Href: issueDaysPath}}), nil
		}
		in := d.In(now)
		lines, err := u.st.IssueLines(ctx, v.by, d.School, d.Classes...)
		if err != nil {
			return nil, err
		}
		n := school.CountIssue(lines)
		line := web.Todo{Urgency: web.Today, Text: t("todo.issueday.text", n.Ready+n.Done+n.Refused, n.People), Action: &web.Action{Text: t("todo.issueday.do"), Href: issueDayAddress(d.ID)}}
		where := names[d.School]
		if d.Room != "" {
			where += ", " + d.Room
		}
		switch {
		case in == 1:
			line.Title = t("todo.issueday.tomorrow", d.Name, where)
		case in == 0:
			line.Title = t("todo.issueday.today", d.Name, where)
		case n.Open() == 0:
			continue
		default:
			line.Urgency, line.Title, line.Text = web.ThisWeek, t("todo.issueday.over", d.Name, v.lang.Date(d.Date(web.Berlin)), n.Open()), t("todo.issueday.over.text")
		}
		out = append(out, line)
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

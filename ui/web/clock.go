package web

import (
	"fmt"
	"html/template"
	"time"

	"ranzen/store"
)

// Berlin is the zone in which times are shown. Schools under German law keep
// Berlin time wherever the server or the browser stands.
var Berlin = store.Berlin

// When is a moment seen from now. The zero At means never.
type When struct{ At, Now time.Time }

var (
	weekdays = [2][7]string{
		German:  {"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
		English: {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	}
	// English months are words, because 05/11 is two different days.
	months = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// Date writes "17.11.2026" or "17 Nov 2026".
func (l Lang) Date(t time.Time) string {
	t = t.In(Berlin)
	if l.Plain() == English {
		return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
	}
	return t.Format("02.01.2006")
}

// Clock writes "08:10".
func (l Lang) Clock(t time.Time) string { return t.In(Berlin).Format("15:04") }

// DateTime writes "17.11.2026 08:10" or "17 Nov 2026 08:10".
func (l Lang) DateTime(t time.Time) string { return l.Date(t) + " " + l.Clock(t) }

// Deadline writes a time that an iPad keeps on its own clock, as Apple writes it; what is none is written as it is.
func (l Lang) Deadline(s string) string {
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, s, Berlin); err == nil {
			return l.DateTime(t)
		}
	}
	return s
}

// Moment writes a time as one says it: "heute 08:10", "gestern 13:02",
// "Do, 05.11., 13:02", and with the year if that is another one.
func (l Lang) Moment(t, now time.Time) string {
	t, now = t.In(Berlin), now.In(Berlin)
	switch daysBetween(t, now) {
	case 0:
		return T(l, "time.today", l.Clock(t))
	case 1:
		return T(l, "time.yesterday", l.Clock(t))
	case -1:
		return T(l, "time.tomorrow", l.Clock(t))
	}
	day := weekdays[l.Plain()][t.Weekday()]
	switch {
	case l.Plain() == English && t.Year() == now.Year():
		return fmt.Sprintf("%s %d %s, %s", day, t.Day(), months[t.Month()-1], l.Clock(t))
	case l.Plain() == English:
		return fmt.Sprintf("%s %s, %s", day, l.Date(t), l.Clock(t))
	case t.Year() == now.Year():
		return day + ", " + t.Format("02.01.") + ", " + l.Clock(t)
	}
	return day + ", " + l.Date(t) + ", " + l.Clock(t)
}

// Ago says how long ago something was, or how far ahead it is. Beyond one day
// it adds when that was: "vor 12 Tagen (Do, 05.11., 13:02)".
func (l Lang) Ago(t, now time.Time) string {
	if t.IsZero() {
		return T(l, "time.never")
	}
	d := now.Sub(t)
	if d > -5*time.Second && d < 5*time.Second {
		return T(l, "time.now")
	}
	tense := "ago"
	if d < 0 {
		tense, d = "in", -d
	}
	n, unit := span(daysBetween(t, now), d)
	said := T(l, "time."+tense+"."+unit, n)
	if d < 24*time.Hour {
		return said
	}
	return said + " (" + l.Moment(t, now) + ")"
}

// Since says how long something has lasted: "seit 12 Tagen". The caller adds
// the moment where it matters, usually with [Lang.Moment].
func (l Lang) Since(t, now time.Time) string {
	if t.IsZero() {
		return T(l, "time.always")
	}
	n, unit := span(daysBetween(t, now), max(now.Sub(t), 0))
	return T(l, "time.since."+unit, n)
}

// Duration says how long something lasts, in its largest unit: "12 Tage".
func (l Lang) Duration(d time.Duration) string {
	d = d.Abs()
	n, unit := span(int64(d/(24*time.Hour)), d)
	return T(l, "time.lasts."+unit, n)
}

// span counts d in its largest fitting unit. How many days that is, the caller
// says: between two moments they are counted by the calendar, whatever the hours
// and the change to summer time make of them.
func span(days int64, d time.Duration) (int64, string) {
	switch {
	case d < time.Minute:
		return int64(d / time.Second), "second"
	case d < time.Hour:
		return int64(d / time.Minute), "minute"
	case d < 24*time.Hour:
		return int64(d / time.Hour), "hour"
	}
	if days < 0 {
		days = -days
	}
	switch {
	case days < 90:
		return days, "day"
	case days < 730:
		return days * 12 / 365, "month"
	}
	return days / 365, "year"
}

// daysBetween counts the midnights of Berlin from t to now.
func daysBetween(t, now time.Time) int64 {
	civil := func(t time.Time) int64 {
		y, m, d := t.In(Berlin).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return civil(now) - civil(t)
}

// timeElement writes text as a <time> whose title is the full date, so that
// "vor 8 Sekunden" can always be looked up and machines read the instant.
func (l Lang) timeElement(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return template.HTML(template.HTMLEscapeString(text))
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		t.UTC().Format(time.RFC3339), l.DateTime(t), template.HTMLEscapeString(text)))
}

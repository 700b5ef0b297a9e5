package roster

import (
	"strconv"
	"strings"
	"time"
)

// readDate reads a day as it is written in this country: 01.08.2010, 2010-08-01, 20100801, 1.8.10 and the number Excel
// keeps a day under. A day with slashes is read only when the mapping says which part is the month: 1/8/2010 is two
// different days, and a guess would be wrong for months before anybody saw it. past is for birth dates: of two centuries
// the one before now counts.
func readDate(s, order string, now time.Time, past bool) (time.Time, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ") // "01.08.2010 00:00:00"
	if day, _, found := strings.Cut(s, "T"); found && len(day) == 10 {
		s = day
	}
	for _, shape := range []struct{ sign, order string }{{".", "dmy"}, {"-", "ymd"}, {"/", order}} {
		parts := strings.Split(s, shape.sign)
		if len(parts) != 3 || shape.order == "" {
			continue
		}
		var year, month, day string
		switch shape.order {
		case "dmy":
			day, month, year = parts[0], parts[1], parts[2]
		case "mdy":
			month, day, year = parts[0], parts[1], parts[2]
		default:
			year, month, day = parts[0], parts[1], parts[2]
		}
		if shape.sign == "-" && len(year) != 4 { // 01-08-10 is nobody's
			return time.Time{}, false
		}
		return calendar(year, month, day, now, past)
	}
	if n, err := strconv.Atoi(s); err == nil {
		switch {
		case len(s) == 8:
			return calendar(s[:4], s[4:6], s[6:], now, past)
		case len(s) == 5 && n >= 14_000 && n < 75_000: // 1938 to 2105
			return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC), true
		}
	}
	return time.Time{}, false
}

// calendar refuses days that do not exist instead of moving them on.
func calendar(year, month, day string, now time.Time, past bool) (time.Time, bool) {
	y, yok := digits(year)
	m, mok := digits(month)
	d, dok := digits(day)
	if !yok || !mok || !dok || len(month) > 2 || len(day) > 2 {
		return time.Time{}, false
	}
	switch len(year) {
	case 2:
		y += 2000
		if past && !now.IsZero() && y > now.Year() {
			y -= 100
		} else if past && now.IsZero() {
			return time.Time{}, false
		}
	case 4:
	default:
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, y >= 1900 && y <= 2100 && int(t.Month()) == m && t.Day() == d
}

func digits(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// comingOfAge is the first day of the nineteenth year; who was born on 29 February comes of age on 1 March.
func comingOfAge(birth time.Time) time.Time { return birth.AddDate(18, 0, 0) }

// readYear reads a school year: "2026/2027", "2026/27", "2026-27" and "2026" are "2026/27".
func readYear(s string) (string, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "Schuljahr"))
	first, second, two := strings.Cut(strings.NewReplacer("-", "/", " ", "").Replace(s), "/")
	y, ok := digits(first)
	if !ok || len(first) != 4 || y < 2000 || y > 2100 {
		return "", false
	}
	next := strconv.Itoa(y + 1)
	if two && second != next && second != next[2:] {
		return "", false
	}
	return first + "/" + next[2:], true
}

package web

func init() {
	Add(Words{
		"time.now":       {"gerade eben", "just now"},
		"time.never":     {"noch nie", "never"},
		"time.always":    {"von Anfang an", "from the start"},
		"time.today":     {"heute {1}", "today {1}"},
		"time.yesterday": {"gestern {1}", "yesterday {1}"},
		"time.tomorrow":  {"morgen {1}", "tomorrow {1}"},

		"time.ago.second": {"vor {1} {1:Sekunde|Sekunden}", "{1} {1:second|seconds} ago"},
		"time.ago.minute": {"vor {1} {1:Minute|Minuten}", "{1} {1:minute|minutes} ago"},
		"time.ago.hour":   {"vor {1} {1:Stunde|Stunden}", "{1} {1:hour|hours} ago"},
		"time.ago.day":    {"vor {1} {1:Tag|Tagen}", "{1} {1:day|days} ago"},
		"time.ago.month":  {"vor {1} {1:Monat|Monaten}", "{1} {1:month|months} ago"},
		"time.ago.year":   {"vor {1} {1:Jahr|Jahren}", "{1} {1:year|years} ago"},

		"time.in.second": {"in {1} {1:Sekunde|Sekunden}", "in {1} {1:second|seconds}"},
		"time.in.minute": {"in {1} {1:Minute|Minuten}", "in {1} {1:minute|minutes}"},
		"time.in.hour":   {"in {1} {1:Stunde|Stunden}", "in {1} {1:hour|hours}"},
		"time.in.day":    {"in {1} {1:Tag|Tagen}", "in {1} {1:day|days}"},
		"time.in.month":  {"in {1} {1:Monat|Monaten}", "in {1} {1:month|months}"},
		"time.in.year":   {"in {1} {1:Jahr|Jahren}", "in {1} {1:year|years}"},

		"time.since.second": {"seit {1} {1:Sekunde|Sekunden}", "for {1} {1:second|seconds}"},
		"time.since.minute": {"seit {1} {1:Minute|Minuten}", "for {1} {1:minute|minutes}"},
		"time.since.hour":   {"seit {1} {1:Stunde|Stunden}", "for {1} {1:hour|hours}"},
		"time.since.day":    {"seit {1} {1:Tag|Tagen}", "for {1} {1:day|days}"},
		"time.since.month":  {"seit {1} {1:Monat|Monaten}", "for {1} {1:month|months}"},
		"time.since.year":   {"seit {1} {1:Jahr|Jahren}", "for {1} {1:year|years}"},

		"time.lasts.second": {"{1} {1:Sekunde|Sekunden}", "{1} {1:second|seconds}"},
		"time.lasts.minute": {"{1} {1:Minute|Minuten}", "{1} {1:minute|minutes}"},
		"time.lasts.hour":   {"{1} {1:Stunde|Stunden}", "{1} {1:hour|hours}"},
		"time.lasts.day":    {"{1} {1:Tag|Tage}", "{1} {1:day|days}"},
		"time.lasts.month":  {"{1} {1:Monat|Monate}", "{1} {1:month|months}"},
		"time.lasts.year":   {"{1} {1:Jahr|Jahre}", "{1} {1:year|years}"},

		"list.and": {"{1} und {2}", "{1} and {2}"},
	})
}

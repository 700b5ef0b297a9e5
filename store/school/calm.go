package school

import "time"

// Calm is how much a school wants to happen at once: its Wi-Fi serves lessons first. It paces the pushes by which devices are told
// to fetch something; what a device asks for by itself, and what a person ordered and waits for, is never held back.
type Calm struct {
	PerMinute int `json:",omitempty"` // pushes per minute; 0: no limit
	From      int `json:",omitempty"` // quiet hours begin at this minute of the local day
	Until     int `json:",omitempty"` // and end at this one, perhaps of the next day; equal: no quiet hours
}

// MinutesOfDay bounds From and Until, MaxPushes PerMinute.
const (
	MinutesOfDay = 24 * 60
	MaxPushes    = 10_000
)

// Check refuses what cannot be meant.
func (c Calm) Check() error {
	switch {
	case c.PerMinute < 0 || c.PerMinute > MaxPushes:
		return Refuse("per_minute", "calm_pace", MaxPushes)
	case c.From < 0 || c.From >= MinutesOfDay:
		return Refuse("from", "calm_time")
	case c.Until < 0 || c.Until >= MinutesOfDay:
		return Refuse("until", "calm_time")
	}
	return nil
}

// Or fills what is not decided here with what is decided above.
func (c Calm) Or(above Calm) Calm {
	if c.PerMinute == 0 {
		c.PerMinute = above.PerMinute
	}
	if c.From == c.Until {
		c.From, c.Until = above.From, above.Until
	}
	return c
}

// Every is the time between two pushes; zero: no pause.
func (c Calm) Every() time.Duration {
	if c.PerMinute == 0 {
		return 0
	}
	return time.Minute / time.Duration(c.PerMinute)
}

// Rests says until when the school is quiet at a local time; the zero time: it is not.
func (c Calm) Rests(local time.Time) time.Time {
	if c.From == c.Until {
		return time.Time{}
	}
	at := func(day, minute int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+day, minute/60, minute%60, 0, 0, local.Location())
	}
	from, until := at(0, c.From), at(0, c.Until)
	switch {
	case c.From < c.Until && !local.Before(from) && local.Before(until):
		return until
	case c.From > c.Until && local.Before(until):
		return until
	case c.From > c.Until && !local.Before(from):
		return at(1, c.Until)
	}
	return time.Time{}
}

package sim

import "slices"

// Wi-Fi, as far as a school lives on it. An iPad is online while one network it knows is on the air at its school: the
// set-up network it was given in Setup Assistant, or one from an installed profile with the right password.

// air is what can be received where. Guarded by Fleet.mu.
type air struct {
	Schools map[string]*schoolAir
	Off     map[string]bool // SSIDs switched off everywhere
}

type schoolAir struct {
	Off      bool
	Networks map[string]string // SSID → password; empty means any
}

func newAir() air { return air{Schools: make(map[string]*schoolAir), Off: make(map[string]bool)} }

// wifi is a network an iPad knows.
type wifi struct {
	SSID     string
	Password string
	EAP      bool // joins with an identity, not with a password
}

// AddNetwork puts a network on the air at a school.
func (f *Fleet) AddNetwork(school, ssid, password string) {
	if ssid == "" {
		return
	}
	f.mu.Lock()
	s := f.air.Schools[school]
	if s == nil {
		s = &schoolAir{Networks: make(map[string]string)}
		f.air.Schools[school] = s
	}
	s.Networks[ssid] = password
	f.mu.Unlock()
	f.airChanged(func(i *IPad) bool { return i.spec.School == school })
}

// SSIDOn switches one network on or off wherever it exists.
func (f *Fleet) SSIDOn(ssid string, on bool) {
	f.mu.Lock()
	if on {
		delete(f.air.Off, ssid)
	} else {
		f.air.Off[ssid] = true
	}
	f.mu.Unlock()
	f.airChanged(func(*IPad) bool { return true })
}

// SchoolWiFi switches all networks of a school.
func (f *Fleet) SchoolWiFi(school string, on bool) {
	f.mu.Lock()
	if s := f.air.Schools[school]; s != nil {
		s.Off = !on
	}
	f.mu.Unlock()
	f.airChanged(func(i *IPad) bool { return i.spec.School == school })
}

// airChanged lets iPads notice, which also brings them the push that waits at Apple.
func (f *Fleet) airChanged(where func(*IPad) bool) {
	for _, i := range f.IPads() {
		if where(i) {
			f.plan(i, dueAir, 0)
		}
	}
}

// receives tells whether an iPad at the school can join.
func (f *Fleet) receives(school string, known []wifi) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.air.Schools[school]
	if s == nil || s.Off {
		return false
	}
	return slices.ContainsFunc(known, func(n wifi) bool {
		password, here := s.Networks[n.SSID]
		return here && !f.air.Off[n.SSID] && (password == "" || n.EAP || n.Password == password)
	})
}

// onTheAir tells whether a network can be seen at a school, for Setup Assistant.
func (f *Fleet) onTheAir(school, ssid string) (password string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.air.Schools[school]
	if s == nil || s.Off || f.air.Off[ssid] {
		return "", false
	}
	password, ok = s.Networks[ssid]
	return password, ok
}

// online is called with i.mu held. An iPad without a set-up network is not at a school: at home there is always one.
func (i *IPad) online() bool {
	if i.spec.SetupSSID == "" {
		return true
	}
	return i.fleet.receives(i.spec.School, i.networks())
}

// networks are all that the iPad knows.
func (i *IPad) networks() []wifi {
	known := slices.Clone(i.s.Remembered)
	for _, p := range i.s.Profiles {
		known = append(known, p.Networks...)
	}
	return known
}

// noticeAir counts outages: an iPad that was online and is not any more. Whether a profile or the air is to blame is the
// difference between Lost, which a management server must never cause, and Outages, which it can only survive.
func (i *IPad) noticeAir(profilesChanged bool) {
	was := i.s.Online
	i.s.Online = i.online()
	if was && !i.s.Online {
		if profilesChanged {
			i.s.Lost++
		} else {
			i.s.Outages++
		}
	}
}

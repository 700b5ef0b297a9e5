package sim

import "context"

// Lost mode. What a lost iPad shows, it shows until its server ends it; meanwhile it obeys nothing but what finds it.
// Apple: "EnableLostMode", "DeviceLocation", "PlayLostModeSound", "DisableLostMode".

type lostMode struct {
	Message, Phone, Footnote string
	Sounds                   int
	Located                  int
}

// whileLost are the commands an iPad in lost mode obeys.
var whileLost = map[string]bool{
	"EnableLostMode": true, "DisableLostMode": true, "PlayLostModeSound": true, "DeviceLocation": true, "EraseDevice": true, "DeviceInformation": true,
}

var (
	errNotLost     = &profileError{"MCMDMErrorDomain", 12067, "The iPad is not in lost mode."}
	errNoPlace     = &profileError{"MCMDMErrorDomain", 12068, "The location is not known."}
	errWhileLost   = &profileError{"MCMDMErrorDomain", 12078, "The command is not permitted in lost mode."}
	errUnattended  = &profileError{"MCMDMErrorDomain", 12023, "The iPad is not supervised."}
	errNotShared   = &profileError{"MCMDMErrorDomain", 12070, "The iPad is not shared."}
	errNoUser      = &profileError{"MCMDMErrorDomain", 12071, "There is no such user."}
	errUserIsHere  = &profileError{"MCMDMErrorDomain", 12072, "The user is signed in."}
	errUserUnsaved = &profileError{"MCMDMErrorDomain", 12073, "The user has data that was not synchronised."}
)

func (i *IPad) enableLostMode(_ context.Context, c command) result {
	message, phone := text(c.parts, "Message"), text(c.parts, "PhoneNumber")
	switch {
	case !i.s.Enrolment.ADE:
		return failure(errUnattended)
	case message == "" && phone == "":
		return result{status: "CommandFormatError"}
	}
	lost := &lostMode{Message: message, Phone: phone, Footnote: text(c.parts, "Footnote")}
	if was := i.s.LostMode; was != nil {
		lost.Sounds, lost.Located = was.Sounds, was.Located
	}
	i.s.LostMode = lost
	return acknowledged(nil)
}

func (i *IPad) disableLostMode(context.Context, command) result {
	if i.s.LostMode == nil {
		return failure(errNotLost)
	}
	i.s.LostMode = nil
	return acknowledged(nil)
}

func (i *IPad) playLostModeSound(context.Context, command) result {
	if i.s.LostMode == nil {
		return failure(errNotLost)
	}
	i.s.LostMode.Sounds++
	return acknowledged(nil)
}

// deviceLocation makes up a place of its own for every iPad, in the sea: no town of the world is meant.
func (i *IPad) deviceLocation(context.Context, command) result {
	if i.s.LostMode == nil {
		return failure(errNotLost)
	}
	if i.dice.happens(i.weather().NoPlace) {
		return failure(errNoPlace)
	}
	i.s.LostMode.Located++
	h := derive(0, i.spec.Serial, "place")
	return acknowledged(map[string]any{
		"Latitude": 54.5 + float64(h[0])/1000, "Longitude": 7.5 + float64(h[1])/1000, "HorizontalAccuracy": 35.0, "VerticalAccuracy": -1.0,
		"Altitude": 0.0, "Speed": -1.0, "Course": -1.0, "Timestamp": i.fleet.cfg.Now().UTC(),
	})
}

// sharedUser is somebody whose data a shared iPad keeps.
type sharedUser struct {
	Name, FullName string
	Here           bool // signed in
	Unsaved        bool
}

func (i *IPad) userList(context.Context, command) result {
	if !i.spec.Shared {
		return failure(errNotShared)
	}
	out := []map[string]any{}
	for _, u := range i.s.Users {
		out = append(out, map[string]any{"UserName": u.Name, "FullName": u.FullName, "HasDataToSync": u.Unsaved, "IsLoggedIn": u.Here, "DataQuota": 4 << 30, "DataUsed": 300 << 20})
	}
	return acknowledged(map[string]any{"Users": out})
}

func (i *IPad) logOutUser(context.Context, command) result {
	if !i.spec.Shared {
		return failure(errNotShared)
	}
	for n := range i.s.Users {
		i.s.Users[n].Here = false
	}
	return acknowledged(nil)
}

func (i *IPad) deleteUser(_ context.Context, c command) result {
	if !i.spec.Shared {
		return failure(errNotShared)
	}
	name, all, force := text(c.parts, "UserName"), truth(c.parts, "DeleteAllUsers"), truth(c.parts, "ForceDeletion")
	if name == "" && !all {
		return result{status: "CommandFormatError"}
	}
	var kept []sharedUser
	found := false
	for _, u := range i.s.Users {
		if !all && u.Name != name {
			kept = append(kept, u)
			continue
		}
		found = true
		switch {
		case u.Here && !all:
			return failure(errUserIsHere)
		case u.Unsaved && !force && !all:
			return failure(errUserUnsaved)
		case u.Here || u.Unsaved && !force:
			kept = append(kept, u)
		}
	}
	if !found && !all {
		return failure(errNoUser)
	}
	i.s.Users = kept
	return acknowledged(nil)
}

// SignInUser puts somebody at a shared iPad; others are signed out.
func (i *IPad) SignInUser(name, fullName string, unsaved bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := false
	for n := range i.s.Users {
		u := &i.s.Users[n]
		u.Here = u.Name == name
		if u.Here {
			u.Unsaved, known = unsaved, true
		}
	}
	if !known {
		i.s.Users = append(i.s.Users, sharedUser{Name: name, FullName: fullName, Here: true, Unsaved: unsaved})
	}
}

// LockToAccount is somebody who signs in with an account of their own and switches Find My on: after an erase the iPad asks
// for it, unless its own bypass code was used before.
func (i *IPad) LockToAccount() {
	i.mu.Lock()
	code := i.s.Bypass
	i.mu.Unlock()
	key, err := hashOfBypassCode(code)
	if err != nil { // it was never managed: nobody can open it but who locked it
		key = ""
	}
	a := i.fleet.apple
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, locked := a.locks[i.spec.Serial]; !locked {
		a.locks[i.spec.Serial] = activationLock{EscrowKey: key}
	}
}

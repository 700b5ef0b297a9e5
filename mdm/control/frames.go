package control

import (
	"sync"

	engine "ranzen/mdm"
	"ranzen/store/school"
)

// frames keeps what was thought of devices that stand in the same place and can do the same: a school's iPads differ in
// little else. A frame is used only for facts of the same Likeness, which name the very list of assignments it was thought
// from, and until the next window of time opens or closes; new facts bring a new list. The zero value is empty.
type frames struct {
	mu         sync.RWMutex
	young, old map[engine.Likeness]*engine.Frame
}

// mostFrames is how many are kept of each age: of a town with 1,800 classes, all.
const mostFrames = 4096

// desired is engine.Desired. What it returns is shared and must not be changed.
func (k *frames) desired(f school.Facts) engine.State {
	like := engine.LikenessOf(f)
	k.mu.RLock()
	r := k.young[like]
	if r == nil {
		r = k.old[like]
	}
	k.mu.RUnlock()
	if r == nil || !r.Holds(f) {
		r = engine.FrameOf(f)
		k.mu.Lock()
		if k.young == nil || len(k.young) >= mostFrames {
			k.young, k.old = make(map[engine.Likeness]*engine.Frame), k.young
		}
		k.young[like] = r
		k.mu.Unlock()
	}
	return r.Desired(f)
}

package mdm

import "sync"

// memo keeps results of a function that depends on nothing but its key, those used lately: at most most of each of two ages.
// What is kept is shared and must not be changed. A function that is pure stays so.
type memo[K comparable, V any] struct {
	most       int
	mu         sync.RWMutex
	young, old map[K]V
}

func (m *memo[K, V]) of(k K, work func(K) V) V {
	m.mu.RLock()
	v, ok := m.young[k]
	again := false
	if !ok {
		v, again = m.old[k]
	}
	m.mu.RUnlock()
	if ok {
		return v
	}
	if !again {
		v = work(k)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young == nil || len(m.young) >= m.most {
		m.young, m.old = make(map[K]V), m.young
	}
	m.young[k] = v
	return v
}

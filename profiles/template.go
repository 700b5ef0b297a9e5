package profiles

import (
	"sync"

	"ranzen/store/school"
)

// templates keeps the trees of the templates that are filled over and over: one is filled for every device that has it, each
// time anything about the device is planned, and reading its XML costs ten times as much as filling it. Trees are never changed;
// mapStrings makes new ones.
var templates templateCache

// templateCache keeps between maxTemplates and twice as many trees: when the young half is full it becomes the old one, and what
// nobody asked for in the meantime is forgotten.
type templateCache struct {
	mu         sync.Mutex
	young, old map[string]Dict // by content hash
}

const maxTemplates = 512

func (t *templateCache) tree(c school.Content) (Dict, error) {
	if c.Hash == "" {
		return Tree(c)
	}
	t.mu.Lock()
	tree, ok := t.young[c.Hash]
	if !ok {
		tree, ok = t.old[c.Hash]
	}
	t.mu.Unlock()
	if !ok {
		var err error
		if tree, err = Tree(c); err != nil {
			return nil, err
		}
	}
	t.keep(c.Hash, tree)
	return tree, nil
}

func (t *templateCache) keep(hash string, tree Dict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.young[hash]; ok {
		return
	}
	if t.young == nil || len(t.young) >= maxTemplates {
		t.young, t.old = make(map[string]Dict, maxTemplates), t.young
	}
	t.young[hash] = tree
}

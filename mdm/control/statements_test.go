package control_test

import (
	"strings"
	"testing"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/storetest"
)

// What a check-in costs the database is counted, because no noise of a machine can blur a count. The numbers are those of
// a device among many: what its siblings share has been read before. Fewer is always welcome.
func TestStatementsPerOperation(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		p := play(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Count: true}), sim.Calm())
		change := p.changing()
		old, oldSibling := newHand(p, "F9FXK2ABCD", "14.8", newKey(t)), newHand(p, "F9FXK2ABCE", "14.8", newKey(t))
		new, newSibling := newHand(p, "F9FXK2ABCF", "26.4", newKey(t)), newHand(p, "F9FXK2ABCG", "26.4", newKey(t))
		costs := func(name string, reads, writes, commits int, do func()) {
			t.Helper()
			p.st.Statements()
			p.st.Commits()
			do()
			var r, w []string
			for _, text := range p.st.Statements() {
				if strings.HasPrefix(strings.TrimSpace(text), "SELECT") {
					r = append(r, text)
				} else {
					w = append(w, text)
				}
			}
			n := p.st.Commits()
			t.Logf("%s: %d reads, %d writes, %d commits", name, len(r), len(w), n)
			if len(r) > reads || len(w) > writes || n > commits {
				t.Errorf("%s: %d reads, %d writes, %d commits; want at most %d, %d, %d\n%s\n%s", name, len(r), len(w), n, reads, writes, commits, strings.Join(r, "\n"), strings.Join(w, "\n"))
			}
		}

		costs("Idle, nothing to do", 1, 0, 0, func() { old.say(old.idle()) })

		change()
		oldSibling.settle()
		newSibling.settle()
		var c *handed
		costs("Idle, a profile is handed out", 2, 2, 1, func() { c = old.read(old.say(old.idle())) })
		if c == nil || c.Command.RequestType != "InstallProfile" {
			t.Fatalf("handed out %+v", c)
		}
		costs("it is handed out again, as the answer got lost", 1, 2, 1, func() { c = old.read(old.say(old.idle())) })
		costs("Acknowledged, the list is asked for", 1, 3, 1, func() { c = old.answer(c) })
		if c == nil || c.Command.RequestType != "ProfileList" {
			t.Fatalf("handed out %+v", c)
		}
		costs("the list, nothing is left to do", 1, 2, 1, func() { c = old.answer(c) })
		if c != nil {
			t.Fatalf("handed out %+v", c)
		}
		costs("Idle after it", 1, 0, 0, func() { old.say(old.idle()) })
		costs("a report that nobody asked for", 2, 1, 1, func() {
			old.say(message("", "UDID", old.udid, "Status", "Acknowledged", "CommandUUID", "NOBODY-KNOWS"))
		})

		costs("Idle, declarations are offered", 2, 3, 1, func() { c = new.read(new.say(new.idle())) })
		if c == nil || c.Command.RequestType != "DeclarativeManagement" {
			t.Fatalf("handed out %+v", c)
		}
		costs("Acknowledged", 1, 2, 1, func() {
			new.say(message("", "UDID", new.udid, "Status", "Acknowledged", "CommandUUID", c.CommandUUID))
		})
		// tokens, items, each of six declarations, status: one read each
		costs("one declarative sync", 9, 4, 2, new.sync)
		costs("Idle of a declarative device", 1, 0, 0, func() {
			if b := new.say(new.idle()); len(b) > 0 {
				t.Errorf("there is more to do: %s", b)
			}
		})
	})
}

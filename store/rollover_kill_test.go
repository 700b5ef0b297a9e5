package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// rollingChild names the world in which a process of this test carries out what was signed. Only
// TestMUC05_KilledWhileSchoolsRollOver sets it.
const rollingChild = "RANZEN_TEST_ROLLS"

type rollingWorld struct {
	URL, Keys string
	Dies      int // at which look at the clock
}

// TestMain lets a process that the test below started carry out roll-overs until it is killed.
func TestMain(m *testing.M) {
	if told := os.Getenv(rollingChild); told != "" {
		if err := rollUntilKilled(told); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rollUntilKilled is the server's job. At one of its looks at the clock, of which there are several within every
// transaction, the process kills itself as kill -9 does: nothing of it ends in order.
func rollUntilKilled(told string) error {
	var w rollingWorld
	if err := json.Unmarshal([]byte(told), &w); err != nil {
		return err
	}
	keys, err := store.OpenKeyRing(w.Keys, false)
	if err != nil {
		return err
	}
	rolling, looks := false, 0
	s, err := store.Open(context.Background(), store.Options{URL: w.URL, Keys: keys, Now: func() time.Time {
		if rolling {
			if looks++; looks == w.Dies {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
		return inSummer()
	}})
	if err != nil {
		return err
	}
	rolling = true
	err = s.RunRollovers(context.Background())
	rolling = false
	return errors.Join(err, s.Close())
}

func TestMUC05_KilledWhileSchoolsRollOver(t *testing.T) {
	const schools = 4
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		w := rollingWorld{URL: storetest.URL(t, engine), Keys: filepath.Join(t.TempDir(), "keys")}
		if err := storetest.Keys.Save(w.Keys); err != nil {
			t.Fatal(err)
		}
		open := func() *store.Store {
			t.Helper()
			s, err := store.Open(ctx, store.Options{URL: w.URL, Keys: storetest.Keys, Now: inSummer})
			return must(t, s, err)
		}
		s := open()
		d, id := rolling(t, s)
		classes := map[school.SchoolID][3]school.ClassID{}
		for n := range schools {
			at := d.school(fmt.Sprint("Schule ", n))
			c := [3]school.ClassID{d.class(at, "7a"), d.class(at, "8a"), d.class(at, "13a")}
			for i, x := range c {
				d.pupil(at, x, fmt.Sprint("Kind ", i), "Muster")
			}
			classes[at] = c
			d.sign(id, at)
		}
		// whole looks whether every school is wholly in the old year or wholly in the new one, and how many are in that.
		whole := func() (done int) {
			t.Helper()
			for at, c := range classes {
				x, err := s.RolloverSchools(ctx, d.by, id)
				must(t, x, err)
				state := d.rolled(id, at).State
				names := ""
				for _, one := range c {
					y, err := s.ClassByID(ctx, d.by, one)
					names += fmt.Sprintf("%s %v %d; ", must(t, y, err).Name, y.Archived, y.People)
				}
				want := map[string]string{"signed": "7a false 1; 8a false 1; 13a false 1; ", "done": "8a false 1; 9a false 1; 13a true 0; "}[state]
				if names != want {
					t.Fatalf("%s: %s", state, names)
				}
				if state == "done" {
					done++
				}
			}
			if n, err := s.Number(ctx, `SELECT count(*) FROM change_set WHERE event = 'rollover.done'`); err != nil || int(n) != done {
				t.Fatalf("%d change sets of %d schools, %v", n, done, err)
			}
			return done
		}
		deaths, between := 0, 0
		for life := 1; ; life++ {
			if err := s.Close(); err != nil { // the file is the process's alone
				t.Fatal(err)
			}
			w.Dies = life
			told, err := json.Marshal(w)
			must(t, told, err)
			c := exec.Command(self)
			c.Env = append(os.Environ(), rollingChild+"="+string(told))
			said, err := c.CombinedOutput()
			s = open()
			d.s = s
			done := whole()
			if err == nil {
				if done != schools {
					t.Fatalf("the last life left %d of %d", done, schools)
				}
				break
			}
			if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("life %d ended by itself: %v %s", life, err, said)
			}
			if deaths++; done > 0 && done < schools {
				between++
			}
		}
		if deaths < schools || between == 0 {
			t.Errorf("%d deaths, %d of them between schools: the test killed nothing that mattered", deaths, between)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

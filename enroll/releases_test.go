package enroll

import (
	"context"
	"testing"
	"time"

	"ranzen/store/storetest"
)

func TestApplesListOfVersionsIsKeptWithItsAge(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) { listIsKept(t, newWorld(t, engine)) })
}

func listIsKept(t *testing.T, w *world) {
	ctx := context.Background()
	w.meetApple()
	if list, _, err := w.st.Releases(ctx); err != nil || list != nil {
		t.Fatalf("a list before it was read: %v, %v", list, err)
	}
	if err := w.x.ReadReleases(ctx); err != nil {
		t.Fatal(err)
	}
	list, at, err := w.st.Releases(ctx)
	if err != nil || !at.Equal(start) || list.For("")[0] != "26.4" || list.For("iPad7,11")[0] != "18.7" {
		t.Errorf("%v at %v, %v", list.For(""), at, err)
	}
	if offered, known := list.Offered("26.4", "iPad7,11"); offered || !known {
		t.Error("26.4 is offered for an iPad that ends at 18.7")
	}
	if _, known := list.Offered("99.1", "iPad7,11"); known {
		t.Error("a version newer than the list is known")
	}
	w.clock.turn(24 * time.Hour)
	if err := w.x.ReadReleases(ctx); err != nil {
		t.Fatal(err)
	}
	if _, again, err := w.st.Releases(ctx); err != nil || !again.Equal(start.Add(24*time.Hour)) {
		t.Errorf("read again at %v, %v", again, err)
	}
}

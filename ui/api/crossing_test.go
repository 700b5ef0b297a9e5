package api

import (
	"context"
	"fmt"

	"ranzen/store/school"
)

// newcomer is a pupil of the north nobody has offered yet.
func (w *world) newcomer(n int) school.PersonID {
	id, err := w.st.CreatePerson(context.Background(), w.by, school.Person{School: w.north, Kind: school.Pupil, Family: fmt.Sprint("Wechsel ", n)}, "")
	return ok(w.t, id, err)
}

// offered is the id of a change of school the north offers to the south.
func (w *world) offered(n int) string {
	ctx := context.Background()
	who := w.newcomer(n)
	_, err := w.st.OfferCrossing(ctx, w.by, who, w.south, nil)
	ok(w.t, 0, err)
	all, err := w.st.Crossings(ctx, w.by)
	for _, x := range ok(w.t, all, err) {
		if x.Person == who {
			return string(x.ID)
		}
	}
	w.t.Fatal("nothing was offered")
	return ""
}

package store_test

import (
	"context"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestAWorldMovesRowByRow(t *testing.T) {
	for _, way := range [][2]string{{"sqlite", "postgres"}, {"postgres", "sqlite"}} {
		t.Run(way[0]+" to "+way[1], func(t *testing.T) {
			ctx := context.Background()
			from, to := storetest.URL(t, way[0]), blank(t, way[1])
			s, err := store.Open(ctx, store.Options{URL: from, Keys: storetest.Keys})
			if err != nil {
				t.Fatal(err)
			}
			d := lived(t, s)
			if _, err := store.Move(ctx, from, to, nil); err == nil || !strings.Contains(err.Error(), "in use") {
				t.Errorf("a world moved while a server had it: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := store.Inspect(ctx, from)
			if err != nil {
				t.Fatal(err)
			}
			tables := 0
			n, err := store.Move(ctx, from, to, func(string, int64) { tables++ })
			if err != nil {
				t.Fatal(err)
			}
			after, err := store.Examine(ctx, to)
			if err != nil {
				t.Fatal(err)
			}
			if err := before.Same(after); err != nil {
				t.Error(err)
			}
			if n.Tables != len(before.Rows) || tables != n.Tables || n.Rows < 20 {
				t.Errorf("moved %+v, told %d tables", n, tables)
			}
			there := storetest.Open(t, to, store.Options{})
			if p, err := there.OpenPush(ctx, d.by.Tenant); err != nil || string(p.Key) != "key" || p.Certificate[3] != 255 {
				t.Errorf("the push certificate did not come along: %v", err)
			}
			if _, err := there.CreateSchool(ctx, d.by, school.School{Name: "Neue Schule"}); err != nil {
				t.Errorf("it does not go on there: %v", err)
			}
			if other, err := store.Open(ctx, store.Options{URL: from, Keys: storetest.Keys}); err == nil || !strings.Contains(err.Error(), "moved") {
				other.Close()
				t.Errorf("the old database still opens: %v", err)
			}
			if _, err := store.Move(ctx, to, from, nil); err == nil {
				t.Error("moved over a world")
			}
		})
	}
}

func TestEveryDifferenceIsSeen(t *testing.T) {
	ctx := context.Background()
	from, to := storetest.URL(t, "sqlite"), blank(t, "postgres")
	s, err := store.Open(ctx, store.Options{URL: from, Keys: storetest.Keys})
	if err != nil {
		t.Fatal(err)
	}
	lived(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Move(ctx, from, to, nil); err != nil {
		t.Fatal(err)
	}
	there := storetest.Open(t, to, store.Options{})
	for _, x := range []struct{ name, table, tamper, back, says string }{
		{"a value", "asset", `UPDATE asset SET serial = serial || 'X' WHERE id = (SELECT max(id) FROM asset)`, `UPDATE asset SET serial = substr(serial, 1, length(serial) - 1) WHERE id = (SELECT max(id) FROM asset)`, "row 3 of table asset is not the same"},
		{"a row less", "alarm", `UPDATE alarm SET id = id; DELETE FROM alarm`, "", "table alarm has 0 rows and should have 1"},
		{"a row more", "notice", `INSERT INTO notice VALUES ('', 'a', 'b', 'c', 1)`, `DELETE FROM notice`, "row 1 of table notice is not the same"},
		{"a truth", "device_state", `UPDATE device_state SET supervised = NOT supervised`, `UPDATE device_state SET supervised = NOT supervised`, "row 1 of table device_state"},
		{"nothing where an empty text was", "batch", `INSERT INTO batch (id, authority_id, name, created_at) SELECT 'b', id, '', 1 FROM authority`, `DELETE FROM batch`, "row 1 of table batch"},
		{"a byte", "push_cert", `UPDATE push_cert SET certificate = '\x000102fe'`, "", "row 1 of table push_cert"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if err := store.SameRows(ctx, from, to, x.table); err != nil {
				t.Fatalf("before: %v", err)
			}
			for _, text := range strings.Split(x.tamper, "; ") {
				if err := there.Exec(ctx, text); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.SameRows(ctx, from, to, x.table); err == nil || !strings.Contains(err.Error(), x.says) {
				t.Errorf("it says: %v", err)
			}
			if x.back == "" {
				return
			}
			if err := there.Exec(ctx, x.back); err != nil {
				t.Fatal(err)
			}
			if err := store.SameRows(ctx, from, to, x.table); err != nil {
				t.Errorf("put right again: %v", err)
			}
		})
	}
}

func TestAMoveThatFailsLeavesNothing(t *testing.T) {
	ctx := context.Background()
	from, to := storetest.URL(t, "sqlite"), blank(t, "postgres")
	s, err := store.Open(ctx, store.Options{URL: from, Keys: storetest.Keys})
	if err != nil {
		t.Fatal(err)
	}
	lived(t, s)
	// PostgreSQL keeps no NUL in a text.
	if err := s.Exec(ctx, `UPDATE alarm SET detail = char(123, 0, 125)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Move(ctx, from, to, nil); err == nil || !strings.Contains(err.Error(), "move table alarm") {
		t.Errorf("moved: %v", err)
	}
	if empty, err := store.Empty(ctx, to); err != nil || !empty {
		t.Errorf("something was left behind: %v", err)
	}
	if again, err := store.Open(ctx, store.Options{URL: from, Keys: storetest.Keys}); err != nil {
		t.Errorf("the old world does not open: %v", err)
	} else {
		again.Close()
	}
}

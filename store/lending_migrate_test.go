package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Whoever had an iPad before there were contracts has it under one afterwards, and nothing that was undoable leaves half of it behind.
func TestHandOutsOfAnOlderReleaseBecomeContracts(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		url := storetest.URL(t, engine)
		const y25, y26 = 1757500000000000, 1790000000000000 // September of both years
		texts := []string{
			`INSERT INTO authority (id, name, modules, hash_key_sealed, created_at) VALUES ('a', 'Musterstadt', 'lending,management', '', 1)`,
			`INSERT INTO school (id, authority_id, name, name_sort, name_fold, created_at) VALUES ('s', 'a', 'Nord', 'nord', 'nord', 1)`,
		}
		for id, kind := range map[string]string{"lena": "pupil", "ada": "teacher"} {
			texts = append(texts, fmt.Sprintf(`INSERT INTO person (id, authority_id, school_id, kind, family, name_sort, name_fold, given_fold, created_at) VALUES ('%[1]s', 'a', 's', '%[2]s', '%[1]s', '', '', '', 1)`, id, kind))
		}
		texts = append(texts, `INSERT INTO person (id, authority_id, kind, family, name_sort, name_fold, given_fold, archived, created_at) VALUES ('nobody-a', 'a', 'staff', '', '', '', '', TRUE, 1)`)
		for i := range 3 {
			texts = append(texts, fmt.Sprintf(`INSERT INTO asset (id, authority_id, serial, created_at) VALUES ('x%[1]d', 'a', 'F9FX%[1]d', 1)`, i),
				fmt.Sprintf(`INSERT INTO device (id, authority_id, asset_id, serial, school_id, created_at) VALUES ('d%[1]d', 'a', 'x%[1]d', 'F9FX%[1]d', 's', 1)`, i),
				fmt.Sprintf(`INSERT INTO device_state (device_id, authority_id) VALUES ('d%d', 'a')`, i))
		}
		texts = append(texts,
			fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at, until_at) VALUES ('h1', 'a', 'nobody-a', 'd0', %d, %d)`, y25, y25+1),
			fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at, until_at) VALUES ('h2', 'a', 'ada', 'd0', %d, %d)`, y25+2, y25+3),
			fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at) VALUES ('h3', 'a', 'lena', 'd0', %d)`, y26),
			fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at) VALUES ('h4', 'a', 'ada', 'd1', %d)`, y26+1),
			`INSERT INTO change_set (id, authority_id, seq, event, at, actor_id, undo_until) VALUES ('c1', 'a', 1, 'device.issued', 1, 'x', 9000000000000000)`,
			`INSERT INTO change_set (id, authority_id, seq, event, at, actor_id, undo_until, undoes) VALUES ('c2', 'a', 2, 'undone', 1, 'x', 9000000000000000, 'c1')`,
			`INSERT INTO change_set (id, authority_id, seq, event, at, actor_id, undo_until) VALUES ('c3', 'a', 3, 'device.moved', 1, 'x', 9000000000000000)`)
		if err := store.MigrateTo(ctx, url, 15, texts...); err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, url, store.Options{})
		by := school.System("test", "a")
		page, err := s.Contracts(ctx, by, store.ContractFilter{Text: "L-"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range page.Rows {
			got = append(got, fmt.Sprintln(c.Number, c.Kind, c.State, c.PersonName, c.AssetName, c.School, c.OpenParts))
		}
		want := []string{"L-25-000001 staff anonymised  F9FX0 s 0\n", "L-25-000002 staff closed ada F9FX0 s 0\n", "L-26-000001 personal issued lena F9FX0 s 0\n", "L-26-000002 staff issued ada F9FX1 s 0\n"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM holding WHERE contract_id = id`); err != nil || n != 4 {
			t.Errorf("%d holdings know their contract, %v", n, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM change_set WHERE undo_until IS NULL`); err != nil || n != 2 {
			t.Errorf("%d change sets cannot be undone, %v", n, err)
		}
		if _, err := s.TakeBack(ctx, by, "d0"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Issue(ctx, by, "lena", "d2"); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM contract WHERE state = 'issued'`); err != nil || n != 2 {
			t.Errorf("%d contracts, %v", n, err)
		}
	})
}

package store_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// LEND-03: what a desk without a network noted of a set is what the record shows afterwards; what it could not know somebody looks at.
func TestLEND03_PartsNotedWithoutANetwork(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		l := newLender(t, s)
		lacking, whole, swapped, asked := l.asset(l.ipads[0]), l.asset(l.ipads[1]), l.asset(l.ipads[2]), l.asset(l.ipads[3])
		ks := []school.ContractID{l.out(l.lena, lacking), l.out(l.tom, whole), l.out(l.pupil(l.north, l.class, "Ida", "Anfang"), swapped), l.out(l.pupil(l.north, l.class, "Ole", "Ende"), asked)}
		desk, pile := l.leave("eins", school.DeskBack), l.leave("zwei", school.DeskPile)
		var seen []string
		for _, x := range desk.pack.Things {
			if x.ID == lacking {
				for _, p := range x.Parts {
					seen = append(seen, p.Name)
				}
				if x.Contract != ks[0] {
					t.Errorf("%+v", x)
				}
			}
		}
		if strings.Join(seen, " ") != " Hülle Netzteil Stift" {
			t.Errorf("the set is %q", seen)
		}
		back := func(after time.Duration, asset school.AssetID, k school.ContractID, missing, damaged []int) school.OfflineScan {
			x := desk.scan(after, school.OfflineReturn, asset, "")
			x.Looked, x.Contract, x.Missing, x.Damaged = true, k, missing, damaged
			return x
		}
		scans := []school.OfflineScan{back(time.Minute, lacking, ks[0], []int{3}, []int{2}), back(2*time.Minute, whole, ks[1], nil, nil), back(3*time.Minute, swapped, ks[0], []int{2}, nil), back(4*time.Minute, asked, ks[3], []int{99}, nil)}
		*now = now.Add(time.Hour)
		if got := merged(desk.merge(scans...)); got != "booked, booked, booked, asked rule" {
			t.Error(got)
		}
		for i, want := range []school.ContractState{school.ContractOpen, school.ContractClosed, school.ContractReturned, school.ContractIssued} {
			if c := l.contract(ks[i]); c.State != want {
				t.Errorf("%d is %s, want %s", i, c.State, want)
			}
		}
		if got := states(l.contract(ks[0]).Parts); !slices.Equal(got, []school.PartState{"returned", "damaged", "missing", "returned"}) {
			t.Errorf("%v", got)
		}
		// A pile that was scanned before arrives afterwards: what was noted is noted still.
		if got := merged(pile.merge(pile.scan(30*time.Second, school.OfflineReturn, lacking, ""))); got != "booked" {
			t.Error(got)
		}
		if c := l.contract(ks[0]); c.State != school.ContractOpen || !c.Returned.Equal(desk.pack.Made.Add(30*time.Second)) || !slices.Equal(states(c.Parts), []school.PartState{"returned", "damaged", "missing", "returned"}) {
			t.Errorf("%s, back at %v, %v", c.State, c.Returned, states(c.Parts))
		}
		if all, err := s.OfflineQuestions(context.Background(), l.by, true); err != nil || !slices.ContainsFunc(all, func(q store.OfflineQuestion) bool { return q.Lacks == 1 }) {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// lock locks a signature as a browser does.
func lock(t *testing.T, pack store.DeskPack, x school.OfflineSignature) string {
	t.Helper()
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	theirs, err2 := ecdh.P256().NewPublicKey(pack.Lock)
	shared, err3 := must(t, own, err).ECDH(must(t, theirs, err2))
	key, err4 := hkdf.Key(sha256.New, must(t, shared, err3), nil, "ranzen desk signature", 32)
	block, err5 := aes.NewCipher(must(t, key, err4))
	gcm, err6 := cipher.NewGCM(must(t, block, err5))
	must(t, gcm, err6)
	iv := make([]byte, 12)
	rand.Read(iv)
	plain, err := json.Marshal(x)
	return base64.StdEncoding.EncodeToString(slices.Concat(own.PublicKey().Bytes(), iv, gcm.Seal(nil, iv, must(t, plain, err), []byte(pack.ID))))
}

// LEND-03: a contract that was signed at a desk without a network is signed, at that time, before what was handed out under it;
// who signed a version that is no more is asked about, and the paper they saw is kept.
func TestLEND03_SignaturesWithoutANetwork(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		people := []school.PersonID{l.lena, l.tom, l.pupil(l.north, l.class, "Ida", "Anfang"), l.pupil(l.north, l.class, "Ole", "Ende")}
		var wishes []store.ContractWish
		for i, p := range people {
			wishes = append(wishes, store.ContractWish{Person: p, Asset: l.asset(l.ipads[i])})
		}
		ks, _, err := s.PlanContracts(ctx, l.by, l.north, wishes)
		must(t, ks, err)
		papers := func(i int, says string) {
			t.Helper()
			if _, _, err := s.MakeDocuments(ctx, l.by, l.north, []store.NewDocument{{Contract: ks[i], Kind: school.LoanContract, Body: ownContract, Facts: []byte(says), Same: []byte(says)}}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range ks {
			papers(i, "erste Fassung")
		}
		if got := l.leave("eins", school.DeskClass).pack.People; got[0].Paper != nil {
			t.Error("a desk that sees no people takes papers along")
		}
		id, err := s.OpenDesk(ctx, l.by, school.DeskSession{School: l.north, Mode: school.DeskClass, Class: l.class})
		p, err2 := s.PackDesk(ctx, l.by, must(t, id, err), time.Time{})
		desk := &away{l: l, by: l.by, pack: must(t, p, err2)}
		paper := map[school.PersonID]*store.DocumentFile{}
		for _, x := range desk.pack.People {
			paper[x.ID] = x.Paper
		}
		signature := func(after time.Duration, i int, name string) school.OfflineScan {
			x := desk.scan(after, school.OfflineSign, "", people[i])
			x.Code, x.Contract = "L", ks[i]
			if name != "" {
				x.Locked = lock(t, desk.pack, school.OfflineSignature{Document: paper[people[i]].ID, Hash: paper[people[i]].Hash, Signers: []school.OfflineSigner{{Name: name}}})
			}
			return x
		}
		issue := func(after time.Duration, i int) school.OfflineScan {
			x := desk.scan(after, school.OfflineIssue, wishes[i].Asset, people[i])
			x.Contract = ks[i]
			return x
		}
		scans := []school.OfflineScan{signature(time.Minute, 0, "Eva Muster"), issue(2*time.Minute, 0), signature(3*time.Minute, 1, ""), issue(4*time.Minute, 1), signature(5*time.Minute, 2, "Uwe Anfang"), issue(6*time.Minute, 2), signature(7*time.Minute, 3, "")}
		scans[6].Locked = base64.StdEncoding.EncodeToString(make([]byte, 120))
		papers(2, "zweite Fassung")
		*now = now.Add(time.Hour)
		var files []string
		file := func(d store.DocumentFile, x school.OfflineSignature, at time.Time) ([]byte, error) {
			files = append(files, x.Signers[0].Name)
			return []byte("signed by " + x.Signers[0].Name), nil
		}
		send := func() string {
			t.Helper()
			var out []store.Merged
			for _, x := range scans {
				m, err := s.MergeOffline(ctx, l.by, []store.SignedScan{sign(desk.pack.Key, x)}, file)
				out = append(out, must(t, m, err)...)
			}
			return merged(out)
		}
		for range 2 { // whatever arrives twice is once
			if got := send(); got != "booked, booked, booked, booked, asked paper, booked, asked paper" {
				t.Error(got)
			}
		}
		if strings.Join(files, ", ") != "Eva Muster, Uwe Anfang" {
			t.Errorf("files of %q", files)
		}
		for i, want := range []school.SignedHow{school.ByPad, school.ByPaper, ""} {
			if c := l.contract(ks[i]); c.SignedHow != want || c.State != school.ContractIssued || want != "" && !c.Signed.Equal(desk.pack.Made.Add(time.Duration(2*i+1)*time.Minute)) {
				t.Errorf("%d: %s, %q at %v", i, c.State, c.SignedHow, c.Signed)
			}
		}
		d, err := s.DocumentByID(ctx, l.by, paper[people[0]].ID)
		if must(t, d, err); string(d.File) != "signed by Eva Muster" {
			t.Errorf("%q", d.File)
		}
		d, err = s.DocumentByID(ctx, l.by, paper[people[2]].ID)
		if must(t, d, err); string(d.File) != "signed by Uwe Anfang" || d.Replaced.IsZero() {
			t.Errorf("the old version: %q", d.File)
		}
		all, err := s.OfflineQuestions(ctx, l.by, true)
		if must(t, all, err); len(all) != 2 || all[0].Act != school.OfflineSign || all[0].PersonName != "Anfang, Ida" {
			t.Fatalf("%+v", all)
		}
		if _, err := s.AnswerOffline(ctx, l.by, all[0].ID, school.AnswerBook); codeOf(err) != "choice" {
			t.Errorf("signed by a button: %v", err)
		}
		if _, err := s.AnswerOffline(ctx, l.by, all[0].ID, school.AnswerLeave); err != nil {
			t.Error(err)
		}
		if found := holds(t, s, "Eva Muster"); len(found) > 0 {
			t.Errorf("who signed stands open in %v", found)
		}
		if entries, broken, err := s.VerifyAudit(ctx, l.by); err != nil || broken != 0 || entries == 0 {
			t.Errorf("the log: %d %v", broken, err)
		}
	})
}

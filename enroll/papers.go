package enroll

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ranzen/enroll/ca"
	"ranzen/store/school"
)

// heldPapers are papers in memory and when they were read.
type heldPapers struct {
	*ca.Papers
	at time.Time
}

const (
	// paperAge is how long papers are used before it is looked whether they were replaced.
	paperAge = 5 * time.Minute
	// settled is the age from which papers may be held in memory at all. Two nodes that find none at the same moment make
	// two; the newest in the store counts for both. Until that is certain every request reads it there: a device that got
	// the certificate of one CA from one node must not meet the other CA on the next.
	settled = 2 * time.Minute
	// worn is how long before its end a signer is replaced.
	worn = 90 * 24 * time.Hour
)

// backdated is by how much enroll/ca sets the beginning of a certificate before its making.
const backdated = time.Hour

// EnsureCA returns the device CA and profile signer of an authority and makes them when there are none or the signer is
// about to end. A job calls it for every authority, so that nobody's first enrolment waits for three RSA keys.
func (x *Enroll) EnsureCA(ctx context.Context, a school.AuthorityID) (*ca.Papers, error) {
	p, err := x.papersOf(ctx, a)
	if err != nil || p != nil && !x.wornOut(p) {
		return p, err
	}
	lock, _ := x.making.LoadOrStore(a, &sync.Mutex{})
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	if p, err = x.readPapers(ctx, a); err != nil || p != nil && !x.wornOut(p) {
		return p, err
	}
	by := school.System("enroll-ca", a)
	authority, err := x.st.Authority(ctx, by)
	if err != nil {
		return nil, err
	}
	if p, err = ca.NewPapers(authority.Name, x.st.Now()); err != nil {
		return nil, fmt.Errorf("make a device CA: %w", err)
	}
	body, err := p.Marshal()
	if err != nil {
		return nil, err
	}
	if err := x.st.KeepCA(ctx, by, body, p.Authority.Certificate().Raw, p.SignerID(), p.Authority.NotAfter()); err != nil {
		return nil, fmt.Errorf("keep a device CA: %w", err)
	}
	x.log.Info("device CA made", "authority", a)
	return x.readPapers(ctx, a)
}

func (x *Enroll) wornOut(p *ca.Papers) bool {
	return x.st.Now().Add(worn).After(p.Signer.NotAfter())
}

// papersOf returns the papers of an authority; nil when it has none, or does not exist.
func (x *Enroll) papersOf(ctx context.Context, a school.AuthorityID) (*ca.Papers, error) {
	if h, ok := x.papers.Load(a); ok && x.st.Now().Sub(h.(*heldPapers).at).Abs() < paperAge {
		return h.(*heldPapers).Papers, nil
	}
	return x.readPapers(ctx, a)
}

// readPapers reads them in the store and holds them as soon as they are settled.
func (x *Enroll) readPapers(ctx context.Context, a school.AuthorityID) (*ca.Papers, error) {
	body, err := x.st.CA(ctx, a)
	if err != nil || body == nil {
		return nil, err
	}
	p, err := ca.ParsePapers(body)
	if err != nil {
		return nil, err
	}
	now := x.st.Now()
	if made := p.Signer.Certificate().NotBefore.Add(backdated); now.Sub(made) >= settled {
		x.papers.Store(a, &heldPapers{p, now})
	}
	return p, nil
}

// otherPapers reads the papers again for a message that did not open, unless that was done just now: another node may
// have replaced them.
func (x *Enroll) otherPapers(ctx context.Context, a school.AuthorityID, than *ca.Papers) *ca.Papers {
	h, held := x.papers.Load(a)
	if !held || x.st.Now().Sub(h.(*heldPapers).at) < 10*time.Second {
		return nil
	}
	p, err := x.readPapers(ctx, a)
	if err != nil || p == nil || p.SignerID() == than.SignerID() {
		return nil
	}
	return p
}

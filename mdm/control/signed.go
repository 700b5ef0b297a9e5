package control

import (
	"crypto/sha256"
	"sync"
	"time"

	"ranzen/enroll/ca"
)

// A profile without variables is the same bytes for every device of its authority, and signing it costs more than all
// else of a check-in. signedProfiles keeps what was signed lately, so that a class, or a town, costs one signature.
//
// Danger: profiles hold secrets such as Wi-Fi passwords. They are kept in memory only, as the store's contents are.
type signedProfiles struct {
	mu   sync.Mutex
	of   map[[sha256.Size]byte]signedProfile // by the signer's certificate and the item's hash
	size int
}

// Limits of what is kept. The age bounds how old a signing time a device may see.
const (
	signedAge  = time.Hour
	signedSize = 32 << 20
)

type signedProfile struct {
	cms []byte
	at  time.Time
}

// sign returns an item's profile signed by this signer, now or within the last hour. The item's hash names its content for the
// authority whose key made it, so what is kept need not be rendered to be found.
func (k *signedProfiles) sign(signer *ca.Signer, item string, render func() ([]byte, error), now time.Time) ([]byte, error) {
	h := sha256.New()
	h.Write(signer.Certificate().Raw)
	h.Write([]byte(item))
	key := [sha256.Size]byte(h.Sum(nil))
	k.mu.Lock()
	kept, ok := k.of[key]
	k.mu.Unlock()
	if age := now.Sub(kept.at); ok && age >= 0 && age < signedAge {
		return kept.cms, nil
	}
	content, err := render()
	if err != nil {
		return nil, err
	}
	cms, err := signer.SignCMS(content, now)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[[sha256.Size]byte]signedProfile{}
	}
	k.drop(key)
	for old := range k.of { // whatever comes first makes room
		if k.size+len(cms) <= signedSize {
			break
		}
		k.drop(old)
	}
	if k.size+len(cms) <= signedSize {
		k.of[key] = signedProfile{cms, now}
		k.size += len(cms)
	}
	return cms, nil
}

func (k *signedProfiles) drop(key [sha256.Size]byte) {
	k.size -= len(k.of[key].cms)
	delete(k.of, key)
}

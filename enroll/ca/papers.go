package ca

import (
	"encoding/json"
	"fmt"
	"time"
)

// Papers are what one school authority needs to enrol devices: its device CA and the identity that signs its profiles.
// They are made together, sealed together and replaced together.
type Papers struct {
	Authority *Authority
	Signer    *Signer
}

// NewPapers makes a CA and a signer for an authority of that name.
func NewPapers(name string, now time.Time) (*Papers, error) {
	a, err := New(name, now)
	if err != nil {
		return nil, err
	}
	s, err := a.NewSigner(name, now)
	if err != nil {
		return nil, err
	}
	return &Papers{a, s}, nil
}

// SignerID names the signing identity. It is part of every server token: another signer means delivering anew.
func (p *Papers) SignerID() string { return CertHash(p.Signer.Certificate())[:16] }

type papersJSON struct {
	Authority, Signer []byte
}

// Marshal writes both, keys included, for the store to seal.
func (p *Papers) Marshal() ([]byte, error) {
	a, err := p.Authority.Marshal()
	if err != nil {
		return nil, err
	}
	s, err := p.Signer.Marshal()
	if err != nil {
		return nil, err
	}
	return json.Marshal(papersJSON{a, s})
}

// ParsePapers reads what Marshal wrote.
func ParsePapers(data []byte) (*Papers, error) {
	var j papersJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, fmt.Errorf("ca: papers: %w", err)
	}
	a, err := Parse(j.Authority)
	if err != nil {
		return nil, err
	}
	s, err := a.ParseSigner(j.Signer)
	if err != nil {
		return nil, err
	}
	return &Papers{a, s}, nil
}

package store

import "ranzen/store/school"

// SealAt seals for a cell, as the methods of the store do.
func (s *Store) SealAt(a school.AuthorityID, table, column, row string, plain []byte) []byte {
	return s.seal(cell{a, table, column, row}, plain)
}

// OpenAt opens what was sealed for a cell.
func (s *Store) OpenAt(a school.AuthorityID, table, column, row string, sealed []byte) ([]byte, error) {
	return s.open(cell{a, table, column, row}, sealed)
}

// Current is the id of the key under which is sealed now.
func (r *KeyRing) Current() string { return r.current }

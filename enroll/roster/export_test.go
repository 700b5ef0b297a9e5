package roster

// ShareLess makes the bound of shared texts small until the returned function is called.
func ShareLess(bytes int) (back func()) {
	before := maxShared
	maxShared = bytes
	return func() { maxShared = before }
}

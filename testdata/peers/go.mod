module peers

go 1.26

require (
	github.com/lib/pq v1.10.9
	github.com/micromdm/nanolib v0.5.0
	github.com/micromdm/nanomdm v0.9.0
)

require (
	github.com/micromdm/plist v0.2.1 // indirect
	github.com/smallstep/pkcs7 v0.2.1 // indirect
	golang.org/x/crypto v0.33.0 // indirect
)

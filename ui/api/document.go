package api

import (
	_ "embed"
	"net/http"
	"strconv"
)

// openapi is the contract, written by hand. Tests hold it against the route table and against the answers of every call.
//
//go:embed openapi.json
var openapi []byte

// document gives the contract to everybody: it says nothing about this installation.
func (a *API) document(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	h.Set("Content-Length", strconv.Itoa(len(openapi)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(openapi) // who has left is not told
}

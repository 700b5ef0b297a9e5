// Command nanomdm is the peer of the benchmark: nanomdm's handlers over one of its storages, without logs, with the settings that
// make it fastest: a pool of connections to PostgreSQL, and no verification of the certificate's chain.
package main

import (
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/lib/pq"
	nanolog "github.com/micromdm/nanolib/log"
	"github.com/micromdm/nanomdm/cryptoutil"
	httpmdm "github.com/micromdm/nanomdm/http/mdm"
	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/nanomdm/service/certauth"
	"github.com/micromdm/nanomdm/service/nanomdm"
	"github.com/micromdm/nanomdm/storage"
	"github.com/micromdm/nanomdm/storage/file"
	"github.com/micromdm/nanomdm/storage/inmem"
	"github.com/micromdm/nanomdm/storage/pgsql"
)

func main() {
	kind := flag.String("storage", "inmem", "inmem, file or postgres")
	dsn := flag.String("dsn", "", "folder or postgres:// URL")
	schema := flag.String("schema", "", "nanomdm's own schema.sql")
	flag.Parse()
	store, err := open(*kind, *dsn, *schema)
	if err != nil {
		log.Fatal(err)
	}
	core := certauth.New(nanomdm.New(store), store)
	var h http.Handler = httpmdm.CheckinAndCommandHandler(core, nanolog.NopLogger)
	h = httpmdm.CertVerifyMiddleware(h, everyone{}, nanolog.NopLogger)
	h = httpmdm.CertExtractMdmSignatureMiddleware(h, httpmdm.MdmSignatureVerifierFunc(cryptoutil.VerifyMdmSignature))
	mux := http.NewServeMux()
	mux.Handle("/mdm", h)
	mux.HandleFunc("/enqueue", func(w http.ResponseWriter, r *http.Request) {
		var b struct {
			IDs     []string `json:"ids"`
			Command []byte   `json:"command"`
		}
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		cmd, err := mdm.DecodeCommand(b.Command)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if _, err := store.EnqueueCommand(r.Context(), b.IDs, cmd); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready http://%s\n", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { <-ctx.Done(); os.Exit(0) }()
	log.Fatal(http.Serve(l, mux))
}

// everyone trusts every certificate: whose it is decides certauth, by its hash.
type everyone struct{}

func (everyone) Verify(context.Context, *x509.Certificate) error { return nil }

func open(kind, dsn, schema string) (storage.AllStorage, error) {
	switch kind {
	case "inmem":
		return inmem.New(), nil
	case "file":
		return file.New(dsn)
	}
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	text, err := os.ReadFile(schema)
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(string(text)); err != nil {
		return nil, err
	}
	return pgsql.New(pgsql.WithDB(db))
}

# What people type. `make demo` and `make test` need nothing but this file, Go and git; they see to the rest themselves.

BIN        ?= ./ranzen
ARGS       ?=
TESTFLAGS  ?=
FUZZTIME   ?= 1m
ROUNDS     ?= 50
DAYS       ?= 45
RELEASE    ?=
ARCH       ?=
PICTURES   ?= $(CURDIR)/.cache/pictures

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FOLDERS     = cmd enroll mdm profiles store ui

.PHONY: demo test fuzz chaos pictures build dist clean need format vet staticcheck race
.DEFAULT_GOAL := build

# A played district on this machine: make demo ARGS="--devices 200 --listen 127.0.0.1:9000"
# The program runs as a direct child of make, not through `go run`: so a TERM sent to make reaches it, and it ends in order.
demo:
	@.ci/need demo
	go build -o $(BIN) ./cmd/ranzen
	@$(BIN) demo $(ARGS)

# The one binary.
build:
	@.ci/need demo
	go build -trimpath -ldflags "-X main.release=$(RELEASE)" -o $(BIN) ./cmd/ranzen

# What is published of a release, into .cache/dist: binary, Debian package, list of parts, checksums. make dist RELEASE=0.1.0
# builds for every architecture this machine can build for; with ARCH=arm64 for that one, and fails where its C compiler is
# missing (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross).
dist:
	@.ci/need dist
	@cmd/ranzen/dist/release.sh "$(RELEASE)" "$(ARCH)"

# Everything that has to hold before a commit, cheapest first.
test: need format vet staticcheck
	go build ./...
	$(MAKE) --no-print-directory race

need:
	@.ci/need

format:
	@wrong=$$(gofmt -l $(FOLDERS)) && test -z "$$wrong" || { echo "not formatted, please run gofmt -w:"; echo "$$wrong"; exit 1; }

vet:
	go vet ./...

staticcheck:
	go run $(STATICCHECK) ./...

# All tests with the race detector, on SQLite and PostgreSQL and in a headless Chromium. go vet has been run above. Three packages, and
# of each three tests at once, because they mostly wait: for a database, a browser, the clock.
race:
	go test -race -vet=off -p 3 -parallel 3 -timeout 40m $(TESTFLAGS) ./...

# Every fuzz test of the tree, $(FUZZTIME) each; what is found is made smaller ten times at most, or a slow one would spend its time
# with that. What it finds is kept below the package's testdata/fuzz and belongs into a commit.
fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' $(FOLDERS) | sed 's/:func / /' | sort | while read -r file name; do \
		echo "== $$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$file) || exit 1; \
	done

# The district in bad weather, its server killed $(ROUNDS) times; two nodes under all that can befall them; and $(DAYS) days that pass.
chaos:
	go test -race -run 'Chaos|Nodes|Soak' -timeout 60m ./cmd/ranzen -args -chaos $(ROUNDS) -days $(DAYS)

# Pictures of the pages, as the browser tests see them, into $(PICTURES). Four of them belong into testdata/pictures, where the
# README shows them: start.png, class.png, plan.png, device.png.
pictures:
	@.ci/need
	@mkdir -p $(PICTURES)
	RANZEN_PICTURES=$(PICTURES) go test -count=1 ./ui/...
	RANZEN_PICTURES=$(PICTURES) go test -count=1 -run TestTour ./cmd/ranzen

# Leaves demo-data alone: that is somebody's played district.
clean:
	rm -rf $(BIN) .cache coverage

# `make` alone lists the targets. CI runs the same ones: see .ci/run.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -X main.linkedVersion=$(VERSION)
TOOL := go tool -modfile=tools/go.mod
FUZZTIME ?= 20s
BASE ?= HEAD~1
BENCH ?= .
PKG ?= ./...

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/orderguard
	go build -ldflags '$(LDFLAGS)' -o bin/orderguard ./cmd/orderguard

.PHONY: run
run: build ## serve on 127.0.0.1:8080 (HTTP) and :7070 (TCP), data in ./data
	exec bin/orderguard serve

.PHONY: demo
demo: build ## a sample stream through the daemon, and the orders it flags; under a minute
	cmd/orderguard/demo.sh

.PHONY: test
test: ## all tests
	go test ./...

# A program under the race detector sleeps for a second when it ends.
.PHONY: race
race: ## the tests under the race detector, but those of one goroutine that take long
	GORACE=atexit_sleep_ms=10 go test -race -short ./...

.PHONY: power-cut
power-cut: ## as root: 40 power cuts under a store and a daemon on a loop device, and disks that fill up
	ORDERGUARD_POWER_CUTS=40 go test -count=1 -v -run '^(TestPowerCut|TestFullDiskUnderUs|TestReadOnlyMount|TestPowerCutOfADaemon)$$' ./store ./cmd/orderguard

.PHONY: torture
torture: ## kill a daemon 200 times under a feed that resumes, and compare its alerts
	ORDERGUARD_TORTURE=200 go test -count=1 -timeout 60m -run 'TestTorture' ./cmd/orderguard

.PHONY: simulate
simulate: ## thousands of random schedules of the way of a batch, on a simulated disk and clock
	ORDERGUARD_SIM=3000 go test -count=1 -timeout 60m -run 'TestSimulation' ./cmd/orderguard

.PHONY: durable
durable: ## durable intake over TCP against detect on the same file, in turn; and the time of a restart
	go test -run xxx -bench BenchmarkDurable -benchtime 1x -timeout 60m ./cmd/orderguard

.PHONY: lint
lint: ## gofmt, go vet and golangci-lint
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w: $$unformatted" >&2; exit 1; fi
	go vet ./...
	$(TOOL) golangci-lint run

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (20s)
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg; \
		done; \
	done

# Installs schemathesis, a Python program, in ~/.cache/orderguard.
.PHONY: api-fuzz
api-fuzz: build ## schemathesis against a daemon, with a token of each role; FAKE=1 against the parts of the API's tests
	$(if $(FAKE),API_FUZZ_FAKE=1) tools/api-fuzz.sh

.PHONY: bench
bench: build ## ten minutes of load benchmarks; renews docs/performance.md
	tools/bench.sh

.PHONY: peers
peers: build ## detect against the obvious program (encoding/json, jsonv2) and a Redis design, in turn over one file
	tools/bench.sh peers

.PHONY: decoders
decoders: build ## the decoder against JSON libraries, in turn
	tools/bench.sh decoders

.PHONY: microbench
microbench: ## Go benchmarks: BENCH=regexp PKG=packages; the last ones run whole programs
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: bench-compare
bench-compare: ## Go benchmarks of the working tree against BASE (HEAD~1), in turn, with benchstat
	tools/bench-compare.sh '$(BASE)' '$(BENCH)' '$(PKG)'

.PHONY: memory
memory: ## peak memory of detect over 5 million buyers, with one rule and with those that ship
	go test -run '^$$' -bench '^BenchmarkMemory' -benchtime 1x ./cmd/orderguard

.PHONY: throughput
throughput: ## detect with two rules and with all that ship, in turn
	go test -run '^$$' -bench '^BenchmarkShipped' -benchtime 1x ./cmd/orderguard

.PHONY: real-data
real-data: build ## detect over the files in ORDERGUARD_DATA, and how right it is
	tools/real-data.sh

.PHONY: edges
edges: ## the surprise of edges on the data in ORDERGUARD_DATA: ROC-AUC and speed, held to their bars
	CI=true ORDERGUARD_BARS=1 go test -count=1 -v -run "^TestRealEdges$$" ./window

.PHONY: counts
counts: ## the surprise of counts on the series in ORDERGUARD_DATA: event F1 and precision, held to their bars
	CI=true go test -count=1 -v -run "^TestRealCounts$$" ./window

# Nobody tunes on seeds from 1001: they are for the table in docs/accuracy.md.
.PHONY: accuracy
accuracy: build ## how right the shipped rules are; SEEDS="3 4" (1 to 999) for everyday tuning
	@if [ -n '$(SEEDS)' ]; then \
		bin/orderguard eval --detail $(addprefix --seeds ,$(SEEDS)) $(addprefix --free-seeds ,$(SEEDS)); \
	else \
		bin/orderguard eval --hold --seeds 1001-1010 --free-seeds 1011-1020; \
	fi

.PHONY: calibrate
calibrate: build ## how often each rule is right on seeds 1 to 12, and the score: that follows
	bin/orderguard eval --calibrate --seeds $(or $(SEEDS),1-12)

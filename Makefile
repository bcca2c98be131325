# Bare `make` lists the targets: the comment behind a target's name is its line in the list.
GO ?= go
FUZZTIME ?= 20s
HISTORIES := build/histories
RECORDED := build/recorded
RUNS ?= 1000
CONTENDED ?= 300
MINORITIES ?= 704
FOR ?= 5m
TRACED ?= 1000
TRACED_FOR ?= 1m
RECORDED_LEAST ?= 0
SOAK ?= 1h

LINT_VERSION := v2.15.0
LINT := build/bin/golangci-lint-$(LINT_VERSION)

# Packages with tests of seeded bugs, as ./folder/. An empty list is an error: nothing would be tested and all be green.
MUTANT_FILES = $(shell grep -rlE '^//go:build mutants$$' --include='*_test.go' --exclude-dir=build .)
MUTANT_PACKAGES = $(sort $(dir $(MUTANT_FILES)))
# Their tests alone: the others of these packages are make test's.
MUTANT_TESTS = $(shell sed -nE 's/^func (Test[A-Za-z0-9_]*).*/\1/p' $(MUTANT_FILES) | sort -u | paste -sd '|')

.DEFAULT_GOAL := help
.PHONY: help demo test lincheck spec prove parity nodelocal traces explore faults bench lasting soak microbench lint mutants fuzz clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: ## three nodes, a stream of lines, the leader killed in the middle: is the output exact?
	$(GO) run ./cmd/semel demo

test: ## vet, all Go tests, and the smallest models where Java and Maven are
	$(GO) vet ./... && $(GO) test -timeout 20m ./...
	$(if $(wildcard spec/check/*.go),$(GO) run ./spec/check -fast -optional)
	$(if $(wildcard proptest/explore/parity/*.go),$(GO) run ./proptest/explore/parity -fast -optional)

lincheck: ## drawn histories: RUNS (1000) and CONTENDED (300) in virtual time, how long MINORITIES (704) hold up who writes, FOR (5m) on real replicas, and beside hostile neighbours, all judged; pages in build/histories
	rm -rf $(HISTORIES) $(RECORDED)
	status=0; \
	$(GO) test -count 1 -timeout 30m ./proptest/virtualcluster -run 'Histories' -runs $(RUNS) -contended $(CONTENDED) -histories $(HISTORIES) || status=1; \
	$(GO) test -count 1 -timeout 30m ./proptest/virtualcluster -run 'AMinority' -gap-runs $(MINORITIES) || status=1; \
	$(GO) test -count 1 -timeout 30m ./proptest/cluster -run 'Histories|AMinority' -minorities 6 -for $(FOR) -times 3 -contended 30 -histories $(HISTORIES) -traces $(RECORDED) || status=1; \
	$(GO) test -count 1 -timeout 30m ./proptest/neighbours -run 'Neighbours' -rounds 1 -histories $(HISTORIES) || status=1; \
	$(GO) run ./proptest/index $(HISTORIES) || status=1; exit $$status

spec: ## check the specification: every model, must-fail models too, with a table; keep in build/reached what parity compares (Java, Maven)
	$(GO) run ./spec/check -table

prove: ## prove the specification for any number of nodes, terms and entries, with a table (Java, Maven, Python for z3)
	$(GO) test ./spec/prove/symbolic -count 1 -run TestEveryStepOfTLC -every 1
	$(GO) run ./spec/prove -table

parity: ## explore the Go core and compare its states with TLC's, which spec has kept or TLC runs for (Java, Maven)
	$(GO) run ./proptest/explore/parity

traces: ## record each action of TRACED (1000) runs in virtual time and of real replicas, for TRACED_FOR (1m), and hold all to the specification, with the real ones of lincheck; TLC takes a sample (Java, Maven)
	$(GO) run ./proptest/trace/validate -runs $(TRACED) -for $(TRACED_FOR) -recorded $(RECORDED) -least-recorded $(RECORDED_LEAST)

nodelocal: ## compare every small node state and message, reachable or not, with the specification evaluated (Java, Maven)
	$(GO) run ./proptest/nodelocal

explore: ## explore the Go core in the models that are too large for TLC (no Java)
	$(GO) run ./proptest/explore/parity -explored

faults: ## alter lines of the Go core that have no name, one at a time: the explorer must notice each (no Java)
	$(GO) run ./proptest/explore/faults

mutants: ## run each package's seeded bugs: every one must be caught (three only with Java, Maven)
	$(GO) test -timeout 20m -tags mutants -run '^($(or $(MUTANT_TESTS),$(error no test under the build tag mutants)))$$' $(MUTANT_PACKAGES)

# The packages in which the tag mutants alters what is compiled; of the others a second run would read the same.
TAGGED_PACKAGES = $(sort $(dir $(shell grep -rlE '^//go:build .*mutants' --include='*.go' --exclude-dir=build .)))

lint: $(LINT) ## run the pinned golangci-lint, with and without the build tag mutants
	$(LINT) run ./...
	$(LINT) run --build-tags mutants $(or $(TAGGED_PACKAGES),$(error no package with the build tag mutants))

$(LINT):
	GOBIN=$(CURDIR)/build/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv build/bin/golangci-lint $@

bench: ## measure a cluster of three processes, as docs/performance.md shows it (fifteen minutes); into build/bench.md
	$(GO) build -o build/bin/semel ./cmd/semel
	build/bin/semel bench --cluster --data build/bench > build/bench.md; status=$$?; cat build/bench.md; rm -rf build/bench; exit $$status

lasting: ## measure restarts, pauses of snapshots and followers that come back, as docs/performance.md shows it (eight minutes); into build/lasting.md
	$(GO) build -o build/bin/semel ./cmd/semel
	build/bin/semel bench --cluster --parts restart,pause,rejoin --data build/bench > build/lasting.md; status=$$?; cat build/lasting.md; exit $$status

soak: ## keys come and go on three nodes for SOAK (1h): memory, disk and latencies stay what they are, into build/soak.md; and a log that never ends is found
	$(GO) build -o build/bin/semel ./cmd/semel
	build/bin/semel bench --cluster --parts soak --soak $(SOAK) --data build/bench > build/soak.md; status=$$?; cat build/soak.md; exit $$status
	build/bin/semel bench --cluster --parts soak --soak 2m --uncompacted --data build/bench > build/uncompacted.md 2>&1; status=$$?; tail -n 7 build/uncompacted.md; \
	grep -q 'the nodes grow' build/uncompacted.md && test $$status -eq 1

microbench: ## benchmarks of single packages
	$(GO) test -run '^$$' -bench . -benchmem ./raft/... ./dedup/... ./linearizability/

fuzz: ## fuzz each decoder for FUZZTIME (20s)
	@grep -roE '^func Fuzz[A-Za-z0-9]+' --include='*_test.go' --exclude-dir=testdata . | sed -E 's/^(.*)\/[^/]+:func (.*)/\1 \2/' | \
	while read -r folder target; do echo "$$folder $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$folder" || exit 1; done

clean: ## remove what was built
	rm -rf build

# gajian pays a payroll file through Kirim DOKU. Go and make are enough for build, demo and test.
# Plain enough for GNU make 3.81, which macOS ships.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# A number of inputs and not a time: a target that is stopped by the clock can fail with nothing but
# "context deadline exceeded".
FUZZTIME ?= 10000x
SEEDS    ?= 40
FIRST    ?= 1
CRASHLINES ?= 6
RUNS     ?= 7
FEWER    ?= 1
GOBUILD   = CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)'
PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.DEFAULT_GOAL := help
.PHONY: help build demo test race lint vuln chaos crash fuzz bench bench-long cross samples clean

help: ## tell what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: ## build build/gajian
	@$(GOBUILD) -o build/gajian ./cmd/gajian

# The sample has lines that are to fail, be held and be rejected, so that the workbook shows what
# that looks like. Exit code 5 (finished, a person has to look) is therefore the right end.
demo: build ## pay the sample payroll in a rehearsal: no credentials, no money
	@build/gajian rehearse samples/payroll.xlsx --report build/demo.xlsx || test $$? -eq 5

test: ## run all tests
	go test ./...

# -short leaves out the tests that start the built command as a process of its own: the race
# detector would see nothing of it.
race: ## run the tests under the race detector (needs a C compiler)
	go test -race -short ./...

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then gofmt -d .; exit 1; fi
	go vet ./...
	go vet samples/generate.go
	go tool staticcheck ./...
	go tool staticcheck samples/generate.go

# govulncheck asks a database on the network. Only a database that cannot be reached is forgiven:
# findings (exit code 3) and every other error fail.
vuln: ## look for known vulnerabilities in what we use (needs the network)
	@out=$$(go tool govulncheck ./... 2>&1) && status=0 || status=$$?; \
	echo "$$out"; \
	case "$$status $$out" in \
	"0 "*) ;; \
	"1 "*'fetching vulnerabilities: Get "'*) \
		echo "govulncheck: SKIPPED: the vulnerability database cannot be reached from here" ;; \
	*) exit $$status ;; \
	esac

chaos: ## break a payday in SEEDS ways (40), from seed FIRST (1) on; a failure prints its replay
	GAJIAN_CHAOS_SEEDS=$(SEEDS) GAJIAN_CHAOS_FIRST=$(FIRST) go test ./batch -run '^TestChaos$$' -count=1 -timeout 60m

# Ten minutes and more: the tests of every change take a part of it.
crash: ## kill the command at every durable call of a payroll of CRASHLINES lines (6), damage every page
	GAJIAN_CRASHPOINTS=$(CRASHLINES) GAJIAN_KILLS=40 GAJIAN_FLIPS=8 go test ./cmd/gajian -run 'Killed|Disk|Damaged' -count=1 -timeout 120m

fuzz: ## fuzz every target with FUZZTIME inputs (10000x)
	@for file in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$target in $$(dirname $$file)"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s $$(dirname $$file) || exit 1; \
		done; \
	done

# The end-to-end benchmarks make one comparison a run, so that RUNS of them are medians, for
# benchstat and for the tables in build. What has no other side to compare with runs FEWER times.
bench: ## run all benchmarks in small sizes, ten minutes; tables of medians in build/bench*.md
	@mkdir -p build
	go test -run '^$$' -bench . -benchmem $$(go list ./... | grep -v /cmd/)
	GAJIAN_BENCH_OUT=$(CURDIR)/build/bench.md go test -run '^$$' -bench 'Raw|SlowDisk' -benchtime 1x -count $(RUNS) -timeout 0 ./cmd/gajian
	GAJIAN_BENCH_OUT=$(CURDIR)/build/bench-rest.md go test -run '^$$' -bench . -skip 'Raw|SlowDisk' -benchtime 1x -count $(FEWER) -timeout 0 ./cmd/gajian

bench-long: ## the same as in docs/performance.md: a million lines, a minute of each rate; takes hours
	@GAJIAN_BENCH_LONG=1 $(MAKE) bench FEWER=$(RUNS)

cross: ## build for Linux, macOS and Windows, on amd64 and arm64, into build/cross
	@for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; \
		out=build/cross/gajian-$$os-$$arch; \
		if [ $$os = windows ]; then out=$$out.exe; fi; \
		echo "$$out"; \
		GOOS=$$os GOARCH=$$arch $(GOBUILD) -o $$out ./cmd/gajian || exit 1; \
	done

samples: ## write samples/payroll.csv and samples/payroll.xlsx anew
	go run samples/generate.go

clean: ## remove what was built
	rm -rf build

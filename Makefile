# Everything a newcomer needs; `make help` lists it.
DATA ?= build/demo
LISTEN ?= 127.0.0.1:8080
EXTRACTS := $(addprefix --osm tests/data/osm/,chisinau-bbbike.osm.pbf ladyzhyn.osm.pbf mykolaiv-streets.osm.pbf)

# PostgreSQL's own programs: the tests start a cluster of their own. The browser that the test of the console drives.
INITDB := $(or $(shell command -v initdb),$(lastword $(sort $(wildcard /usr/lib/postgresql/*/bin/initdb))))
BROWSER := $(and $(shell command -v chromium),$(shell command -v chromedriver))
MISSING := $(if $(INITDB),,postgresql) $(if $(BROWSER),,chromium chromium-driver)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: help demo build test tools check fmt golden fate kill-base bench bench-end-to-end bench-edits pickups clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/ —/'

demo: build ## build, import the bundled extracts, serve the page at http://$(LISTEN)
	target/release/kudy-indexer build --data $(DATA) $(EXTRACTS)
	@echo "open http://$(LISTEN) — Ctrl-C stops the server"
	target/release/kudy-server serve --data $(DATA) --listen $(LISTEN)

build: ## the two programs, optimised
	cargo build --release --bins

test: tools ## all tests; they start a PostgreSQL and a browser of their own
	cargo build --workspace --bins --tests
	cargo test --workspace --no-fail-fast

tools: ## install PostgreSQL, Chromium and its driver (Debian's packages) where they are missing
ifneq ($(strip $(MISSING)),)
	$(SUDO) apt-get update
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(MISSING)
endif

check: ## formatting, lints with warnings denied, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

fmt: ## format all code
	cargo fmt --all

golden: ## the golden relevance set, with each failing case
	cargo test -p tests --test kudy -- --nocapture --exact golden::every_golden_case_holds

fate: ## what becomes of random edits on a map and its next diff: PBF= OSC= EDITS= SEED=
	KUDY_FATE_PBF=$(abspath $(PBF)) KUDY_FATE_OSC=$(abspath $(OSC)) KUDY_FATE_EDITS=$(EDITS) KUDY_FATE_SEED=$(SEED) \
		cargo test -p tests --test kudy edits_fate:: -- --nocapture

kill-base: tools ## kill server and build while they write, on both databases: KILLS=50
	cargo build --workspace --bins --tests
	KUDY_KILLS=$(or $(KILLS),50) cargo test -p tests --test kudy base_killed:: -- --nocapture --test-threads 1

bench: ## the hot functions of a search one by one, on the bundled extracts or the data folder KUDY_BENCH_DATA
	cargo bench -p tests --bench stages $(if $(ONLY),-- $(ONLY))

bench-end-to-end: build ## build, serve, load with wrk: PBF= QUERIES= POPULARITY= COUNTRY= NAME= APPEND=BENCHMARKS.md
	@command -v wrk >/dev/null || { echo "wrk is not installed; run: apt-get install wrk" >&2; exit 1; }
	cargo bench -p tests --bench end_to_end -- \
		$(addprefix --osm ,$(abspath $(PBF))) \
		$(addprefix --queries ,$(abspath $(QUERIES))) \
		$(addprefix --popularity ,$(abspath $(POPULARITY))) \
		$(addprefix --country ,$(COUNTRY)) \
		$(addprefix --append ,$(abspath $(APPEND))) \
		$(if $(NAME),--name "$(NAME)")

bench-edits: build ## from edits to searches that find them while others search: DATA= EDITS= CONNECTIONS= NAME= APPEND=
	cargo bench -p tests --bench edits -- --data $(abspath $(DATA)) \
		$(addprefix --edits ,$(EDITS)) \
		$(addprefix --connections ,$(CONNECTIONS)) \
		$(addprefix --append ,$(abspath $(APPEND))) \
		$(if $(NAME),--name "$(NAME)")

pickups: ## first pickup points, judged by a second opinion: DATA= PBF= TRUTH= BASE= SAMPLE= PICTURES=
	cargo bench -p tests --bench pickups -- --data $(abspath $(DATA)) --osm $(abspath $(PBF)) \
		$(addprefix --truth ,$(abspath $(TRUTH))) \
		$(addprefix --base ,$(BASE)) \
		$(addprefix --sample ,$(SAMPLE)) \
		$(addprefix --pictures ,$(abspath $(PICTURES)))

clean: ## remove what was built
	rm -rf build
	cargo clean

# make demo · make test · make check · make bench — see README.md. Each target installs what it needs or says exactly what to install.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
NEED := tests/setup/need.sh
TARGET := $(or $(CARGO_TARGET_DIR),target)
WEB := hub/web
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/pages $(WEB)/*.json $(WEB)/*.ts $(WEB)/*.html -type f 2>/dev/null)
DENY := $(shell command -v cargo-deny || echo $(TARGET)/tools/bin/cargo-deny)

.PHONY: help demo test check bench web built unit system usb rust-check web-check licences advisories crash printing simulate fuzz api-fuzz screenshots 

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## A working system with one command: hub, edge, scanner, printer, a whole day from lead to satisfied customer (DEMO=once: the same, then check and stop)
	@$(NEED) build web
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	@echo "构建中 building (about 10 minutes the first time, seconds later) …"
	@cargo build --quiet --workspace --bins
	@$(TARGET)/debug/demo

test: ## Everything that must be green: check, unit and property tests, system tests with real processes, browser tests
	@$(NEED) build web browser broker postgres usb usb-vm judges deny
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory system

# One selection of packages everywhere, so that every dependency is built once with one set of features. Our own crates are compiled by
# clippy's compiler: the lints come with the build, where a check of their own would build every dependency a second time.
unit system usb crash printing api-fuzz screenshots built: export RUSTC_WORKSPACE_WRAPPER = clippy-driver
unit system usb crash printing api-fuzz screenshots built: export CLIPPY_ARGS = -D__CLIPPY_HACKERY__warnings

built:
	cargo test --quiet --workspace --no-run

unit: built ## Unit and property tests of every room; those of the hub on SQLite, then on PostgreSQL
	@$(NEED) postgres judges
	cd $(WEB) && npm test --silent
	cargo test --workspace --no-fail-fast --lib --bins --test it
	tests/setup/postgres.sh with tests/setup/hub_tests.sh
	cargo test --workspace --no-fail-fast --doc

system: built ## Real processes, real sockets, real faults, a real browser, a real kernel's USB stack
	@$(NEED) postgres usb-vm
	cargo test --workspace --no-fail-fast --test system --test usb -- --test-threads=1

usb: ## The part of `system` that runs on a real kernel's USB stack, in a virtual machine (ONLY=word: tests with that word in their names)
	@$(NEED) usb-vm
	QITAO_ONLY=$(ONLY) cargo test --workspace --test usb -- --nocapture

check: rust-check web-check licences ## Format, clippy with warnings as errors, type check, dependency directions, licences

rust-check:
	cargo fmt --all --check
	python3 tests/setup/directions.py
	@$(MAKE) --no-print-directory built

web-check: $(WEB)/node_modules/.installed
	cd $(WEB) && npm run --silent check

licences:
	@$(NEED) deny
	$(DENY) --log-level warn check licenses bans sources

advisories: ## Known security advisories of the dependencies (needs the open internet)
	@$(NEED) deny
	$(DENY) check advisories

web: $(WEB)/dist/.built ## Build the web pages

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	@$(NEED) web
	@echo "安装网页依赖 installing web packages …"
	@cd $(WEB) && npm ci --silent --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/.built: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	@echo "构建网页 building the web pages …"
	@cd $(WEB) && npm run --silent build
	@touch $@

bench: ## Speed and memory beside a limit or a peer measured in the same run
	@$(NEED) build web postgres judges
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	cargo build --release --workspace --bin hub --bin edge-agent --bin bench
	$(TARGET)/release/bench

crash: ## The long crash campaign: 2,000 SIGKILLs of edge, hub and broker under load
	@$(NEED) build web broker
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	QITAO_KILLS=2000 cargo test --workspace --test system -- --nocapture --test-threads=1 kill

printing: ## The long printing campaign: 1,000 labels on printers of every language that lose power, paper and connection (SEED=n for another course)
	QITAO_LABELS=1000 QITAO_SEED=$(or $(SEED),1) cargo test --workspace --test it -- --nocapture printing_campaign

api-fuzz: ## The long run of the outside API fuzzer: 300 requests for every operation, on SQLite and on PostgreSQL
	@$(NEED) build web judges postgres
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	for database in sqlite postgres; do \
	  QITAO_API_DATABASE=$$database QITAO_API_EXAMPLES=300 cargo test --workspace --test system -- --nocapture api_fuzz; \
	done

simulate: ## The long protocol simulation: a million schedules of faults
	QITAO_SIM_SCHEDULES=1000000 cargo test --release -p qitao-domain --test it -- sim --nocapture

fuzz: ## Fuzz every parser, ten minutes each
	@$(NEED) build fuzz
	for crate in domain domain/labels scanner-drivers firmware-config; do for target in $$(cd $$crate && cargo +nightly fuzz list); do (cd $$crate && cargo +nightly fuzz run $$target -- -max_total_time=600); done; done

screenshots: ## The pictures of the documentation, from a running system
	@$(NEED) build web browser
	@$(MAKE) --no-print-directory $(WEB)/dist/.built
	QITAO_PICTURES=1 cargo test --workspace --test it -- --nocapture pictures::
	QITAO_PICTURES=1 cargo test --workspace --test system -- --nocapture browser::

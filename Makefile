# Machigurumi on a fresh machine: Python 3.11 or later and make are enough.
# Everything is installed into the checkout: .venv, node_modules, and stamps of what is done in .make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
MAKE_DIR := .make
FRONTEND := $(shell find app/frontend/src app/frontend/public -type f 2>/dev/null) app/frontend/fonts.mjs app/frontend/lean-decoder.ts vite.config.ts
# `make demo ARGS="--port 8010"` passes options on; PYTEST does the same for the tests.
ARGS ?=
PYTEST ?=
TESTS := $(BIN)/python -m pytest -n 3 --dist loadfile $(PYTEST)
# What is compiled is kept, whatever the machine says: the tests start many processes and are themselves long to compile.
export PYTHONDONTWRITEBYTECODE :=
# The front end's tools look for node here first: our own copy, when the machine has none. That copy trusts the
# certificates of the machine, as the machine's own programs do.
WITH_NODE := NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/$(MAKE_DIR)/node/bin:$$PATH"

.PHONY: help demo test check bench faults browser frontend format clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F '\t' '{ printf "make %-9s %s\n", $$1, $$2 }'

demo: $(MAKE_DIR)/run $(MAKE_DIR)/frontend ## Run everything in one terminal (ARGS="--port 8010" passes options on)
	@$(BIN)/python -m app.cli demo $(ARGS)

check: $(MAKE_DIR)/dev $(MAKE_DIR)/node_modules ## Lint, types, import contracts, catalogues
	$(BIN)/ruff check app workers tests
	$(BIN)/ruff format --check app workers tests
	$(BIN)/mypy app workers tests
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m app.core.catalogues check
	@$(WITH_NODE) npm run check

test: check $(MAKE_DIR)/frontend chromium ## Every check and every test that CI runs
	@$(WITH_NODE) npm test
	@if sh .ci/chromium.sh found; then \
	    echo "$(TESTS) -m 'not faults'"; $(TESTS) -m 'not faults'; \
	elif [ "$$CI" = true ]; then \
	    echo "There is no chromium, and CI may not skip the browser tests; install Debian's package." >&2; exit 1; \
	else \
	    echo "There is no chromium: the browser tests are left out (make browser says how to get it)."; \
	    $(TESTS) -m 'not faults and not browser'; \
	fi

browser: $(MAKE_DIR)/dev $(MAKE_DIR)/frontend ## Browser tests, the long ones too (installs Debian's chromium when root, otherwise says how)
	@sh .ci/chromium.sh install
	$(BIN)/python -m pytest -m browser $(PYTEST)

bench: $(MAKE_DIR)/dev $(MAKE_DIR)/frontend ## Measure, one line per figure, and write var/bench.json
	@$(BIN)/python -m tests.bench $(ARGS)

faults: $(MAKE_DIR)/dev $(MAKE_DIR)/frontend ## Long tests that kill, cut and stop things
	$(BIN)/python -m pytest -m 'faults and not browser' $(PYTEST)

frontend: $(MAKE_DIR)/frontend ## Build the front end

format: $(MAKE_DIR)/dev ## Lay out the Python code
	$(BIN)/ruff check --fix app workers tests
	$(BIN)/ruff format app workers tests

clean: ## Remove what make has installed and built (data in var stays)
	rm -rf $(MAKE_DIR) $(VENV) node_modules app/frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Root may install chromium for the tests by itself; anybody else is told how when it is missing.
.PHONY: chromium
chromium:
	@if [ "$$(id -u)" = 0 ]; then sh .ci/chromium.sh install; fi

$(MAKE_DIR)/venv:
	@sh .ci/install.sh venv
	@touch $@

$(MAKE_DIR)/run: requirements.lock | $(MAKE_DIR)/venv
	@sh .ci/install.sh python requirements.lock
	@touch $@

$(MAKE_DIR)/dev: requirements-dev.lock | $(MAKE_DIR)/venv
	@sh .ci/install.sh python requirements-dev.lock
	@touch $@ $(MAKE_DIR)/run

$(MAKE_DIR)/node: requirements-node.lock | $(MAKE_DIR)/venv
	@sh .ci/install.sh node requirements-node.lock
	@touch $@

$(MAKE_DIR)/node_modules: package.json package-lock.json | $(MAKE_DIR)/node
	@$(WITH_NODE) npm ci --no-progress --loglevel=error
	@touch $@

$(MAKE_DIR)/frontend: $(FRONTEND) $(MAKE_DIR)/node_modules
	@$(WITH_NODE) npm run --silent build
	@touch $@

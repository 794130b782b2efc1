# Everything needs only Python 3.11 and make; uv is used where it is installed. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
SOURCES := billing bot locales portal selfbill storage tests hatch_build.py
# make test ARGS="-k refund", make demo ARGS="--port 9000"
ARGS ?=
WORKERS ?= 2
# Bytecode is kept wherever we run: tests start many processes, and each would compile the whole product anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help dev demo test test-pg lint format types imports i18n migrate migrate-check bench soak browser \
	screenshots lock package check clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Stamps, so that .venv is made once and again only when a lock, or how to install, changes.
.venv/.running: requirements.lock pyproject.toml hatch_build.py scripts/setup
	@echo "Setting up .venv …"
	@scripts/setup requirements.lock
	@touch $@

.venv/.developing: requirements-dev.lock pyproject.toml hatch_build.py scripts/setup
	@echo "Setting up .venv for development …"
	@scripts/setup requirements-dev.lock
	@touch $@ .venv/.running

dev: .venv/.developing ## Set up .venv with everything that tests and checks need
	@echo "Ready: .venv/bin"

demo: .venv/.running ## Start one merchant with a past; prints what to open and what to type
	@exec $(BIN)/selfbill demo $(ARGS)

test: .venv/.developing browser ## Run every test
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-pg: .venv/.developing ## Run the tests that use PostgreSQL (SELFBILL_TEST_DATABASE_URL: on that server)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m postgresql $(ARGS)

lint: .venv/.developing ## Check style and formatting
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

format: .venv/.developing ## Put style and formatting right
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

types: .venv/.developing ## Check types
	$(BIN)/mypy

imports: .venv/.developing ## Check which package may import which
	$(BIN)/lint-imports --no-cache

i18n: .venv/.developing ## Check that every catalogue is complete and up to date
	$(BIN)/python -m locales.check

migrate: .venv/.running ## Bring the database of SELFBILL_DATABASE_URL up to date
	$(BIN)/selfbill migrate $(ARGS)

migrate-check: .venv/.developing ## Check that migrations and tables agree, on both engines
	$(BIN)/python -m tests.with_postgresql $(BIN)/python -m storage.check

bench: .venv/.developing ## Measure
	$(BIN)/python -m tests.bench $(ARGS)

soak: .venv/.developing ## Run for long under load and faults
	$(BIN)/python -m tests.soak $(ARGS)

screenshots: .venv/.developing browser ## Take a picture of every page
	$(BIN)/python -m tests.screenshots $(ARGS)

browser: ## Install Chromium where it is missing and we may
	@scripts/browser

check: lint types imports migrate-check i18n test ## Everything that CI checks

lock: ## Write both lock files anew (needs uv); ARGS=--upgrade for newer versions
	scripts/lock $(ARGS)

package: .venv/.developing ## Build wheel and sdist into dist/
	$(BIN)/hatchling build -d dist

clean: ## Remove what was built; the demo's data stays
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis locales/*/LC_MESSAGES/*.mo

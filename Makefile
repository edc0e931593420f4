# A bare machine needs make and Python 3.11 or newer; everything else is installed into .venv.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin
# Two workers a core: half of a test's time is spent waiting for partners on loopback.
WORKERS = $(shell $(BIN)/python -c 'import os; print(2 * (os.cpu_count() or 1))')
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Bytecode is kept: every worker, twin and server that a test starts would compile the house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check bench browser clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: .venv/installed ## plays the life of the example invoices, from the ERP export to "paid"; look in demo/
	$(BIN)/voldaan demo

test: .venv/installed-dev ## the tests, without those that take minutes
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow"

test-all: .venv/installed-dev browser ## every test, the slow proofs and the browser included
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

check: .venv/installed-dev ## style, types and the four floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-bench ## measures, and writes benchmarks/latest.json
	$(BIN)/python -m benchmarks

clean: ## removes what was installed, made and played
	rm -rf .venv demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y chromium; } || { \
		echo "The browser tests need Chromium: install it, on Debian with 'apt-get install chromium'." >&2; exit 1; }

.venv/made:
	@test -n "$(PYTHON)" || { echo "Voldaan needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(INSTALL) --editable .
	@touch $@

.venv/installed-dev: .venv/made pyproject.toml constraints.txt
	$(INSTALL) --editable '.[dev]'
	@touch $@ .venv/installed

.venv/installed-bench: .venv/installed-dev
	$(INSTALL) --editable '.[dev,bench]'
	@touch $@

# Everything a newcomer, a developer and CI type. Needs Python 3.11 or newer, make and git; all else goes into .venv.

PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV_VERSION := 0.13.8
BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.ready-to-bench
SPEED ?= 1200
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help setup demo test check lint types imports quick format lock bench crash catalogs docs pictures clean

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(READY)  ## the environment alone

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Genklang needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(BENCH_READY): $(READY) requirements-bench.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(READY)  ## a whole municipality in dialogue, pages at http://127.0.0.1:8000; ONCE=1 plays it through and checks it
	@$(BIN)/genklang demo $(if $(ONCE),--once,--speed $(SPEED))

test: $(READY)  ## every test: PostgreSQL, whole processes and the browser included
	@.ci/browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: lint types imports quick  ## lint, types, import rules, fast tests

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

quick: $(READY)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow"

bench: $(BENCH_READY)  ## the benchmarks, each beside its reference; a table, and bench/results.json
	@$(BIN)/python -m bench $(NAMES)

crash: $(READY)  ## a campaign in which the service is killed again and again: nothing lost, no double unnamed; SEED, MESSAGES, KILLS, DATABASE
	@SEED="$(SEED)" MESSAGES="$(MESSAGES)" KILLS="$(KILLS)" DATABASE="$(DATABASE)" $(BIN)/python -m tests.crash

format: $(READY)  ## put the code into its one form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

catalogs: $(READY)  ## refresh the text catalogs from the code
	@$(BIN)/python -m locales

docs: $(READY)  ## write the pages of settings and commands anew from the code
	@$(BIN)/genklang settings > docs/settings.md
	@$(BIN)/genklang commands > docs/commands.md

pictures: $(READY)  ## take the pictures of the README anew
	@$(BIN)/python docs/pictures/take.py

lock: $(READY)  ## resolve the dependencies anew
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --group dev pyproject.toml \
		--custom-compile-command "make lock" --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --group bench --constraint requirements.lock \
		--custom-compile-command "make lock" --output-file requirements-bench.lock

clean:  ## remove what was made, the environment too
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

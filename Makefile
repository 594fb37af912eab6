# `make quickstart`, `make test` and `make test-slow` do all their set-up on a fresh machine. PYTHON is the interpreter for
# the virtual environment; CONSTRAINTS=/dev/null installs the newest releases that pyproject.toml allows.
PYTHON ?= python3
VENV ?= .venv
LOWEST ?= .venv-lowest
CONSTRAINTS ?= constraints.txt
# Extras for `make test`. `browser` adds the tests of web pages, `docs` those of the site of the documents; without them
# these tests are skipped.
EXTRAS ?= dev,browser,docs
# Which tests `make test` runs, by their marks.
TESTS ?= not slow

BIN := $(VENV)/bin
# Extras for the quickstart, and for everything that the tests need.
RUN_STAMP := $(VENV)/.installed-train
STAMP := $(VENV)/.installed
# One compute thread: two torch threads on a small shared machine wait for each other (see CONTRIBUTING.md).
OMP_NUM_THREADS ?= 1
RUN := env OMP_NUM_THREADS=$(OMP_NUM_THREADS) TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1
# Files in their order: those with few and long tests would otherwise come last, one after the other.
PYTEST = $(RUN) $(BIN)/python -m pytest -rs -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv browser quickstart docs test test-slow test-lowest clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

venv: $(STAMP)  ## create .venv and install the package with everything its tests need

$(RUN_STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "pip>=23.1"
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[train,demo]"
	touch $@

$(STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[$(EXTRAS)]"
	touch $@

browser: $(STAMP)  ## install a Chromium for the tests of web pages, which are skipped without one
	$(BIN)/python tests/chromium.py \
	|| { test "$$(id -u)" = 0 && apt-get -qq update \
	     && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends chromium; } \
	|| $(BIN)/python -m playwright install --only-shell chromium \
	|| echo "There is no Chromium available; tests of web pages will be skipped."

quickstart: $(RUN_STAMP)  ## publish, pull, fine-tune and compare, with data from the package
	$(RUN) $(BIN)/python scripts/quickstart.py

docs: $(STAMP)  ## build the site of the documents in build/site; a broken link is an error
	env NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

test: $(STAMP) $(if $(CI),browser)  ## lint, format check, type check, all tests but the slow ones
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -m "$(TESTS)"

test-slow: $(STAMP) $(if $(CI),browser)  ## the slow tests: long trainings, processes without the package, web pages
	$(PYTEST) -m slow

test-lowest:  ## run the tests with the lowest versions that pyproject.toml allows, in .venv-lowest
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet "pip>=23.1"
	$(LOWEST)/bin/python -m pip install --quiet -c constraints-lowest.txt -e ".[dev]"
	$(RUN) $(LOWEST)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile

clean:  ## remove the virtual environment, caches and runs
	rm -rf $(VENV) $(LOWEST) runs build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

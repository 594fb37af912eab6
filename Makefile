# `make quickstart` and `make test` each do all their set-up on a fresh machine. PYTHON picks the interpreter that the
# virtual environment is made from; CONSTRAINTS=/dev/null installs the newest releases that pyproject.toml allows.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One compute thread: two torch threads on a small shared machine wait for each other (see CONTRIBUTING.md).
OMP_NUM_THREADS ?= 1
RUN := env OMP_NUM_THREADS=$(OMP_NUM_THREADS) TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv quickstart test clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

venv: $(STAMP)  ## create .venv and install the package with everything its tests need

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "pip>=23.1"
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[dev]"
	touch $@

quickstart: $(STAMP)  ## pretrain, publish, pull, fine-tune and compare on the embedded data
	$(RUN) $(BIN)/python scripts/quickstart.py

test: $(STAMP)  ## lint, format check, type check, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(RUN) $(BIN)/python -m pytest

clean:  ## remove the virtual environment, caches and runs
	rm -rf $(VENV) runs build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

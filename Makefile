# A newcomer needs Python 3.11 or later and make; everything else goes into .venv.
PYTHON ?= python3.11
BIN := .venv/bin

# dagster reads dagster.yaml from DAGSTER_HOME only; its history stays out of the checkout's sight.
export DAGSTER_HOME ?= $(CURDIR)/.dagster_home

.PHONY: help install demo ui test lint format constraints clean

help:  ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/installed $(DAGSTER_HOME)/dagster.yaml  ## Install into .venv, versions from constraints.txt

# torch comes first and by itself: another version, or a range with nothing installed, would fetch
# gigabytes of CUDA (README: how to choose another build).
.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check $(shell grep -E '^torch==' constraints.txt)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	mkdir -p $(DAGSTER_HOME)
	ln -sf $(CURDIR)/dagster.yaml $@

demo: install  ## Run everything on synthetic tracks and the sandbox, at quick effort
	SPOTYT_RAW=sample SPOTYT_API=sandbox SPOTYT_EFFORT=quick $(BIN)/spotyt run

ui: install  ## Open Dagster's web UI on http://127.0.0.1:3000
	$(BIN)/dagster dev

# One thread each: the workers share the cores already, and a fit with as many threads as cores costs
# 15 % more seconds of them. Tests of what threads change set their number themselves.
test: install  ## Run the tests
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist worksteal

lint: install  ## Check style, types, layers and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/codespell

format: install  ## Fix the style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

constraints: install  ## Write the installed versions to constraints.txt
	$(BIN)/pip freeze --exclude-editable | sed -E 's/\+cpu$$//' | LC_ALL=C sort -f > constraints.txt

clean:  ## Remove what runs have made: tables, ledger, history
	rm -rf data .dagster_home

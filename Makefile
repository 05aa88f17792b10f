# make demo: the workflow on its embedded sample.   make test: the tests.
# make lint, make bench, make detector, make rulegraph, make lock: for those who change it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= $(shell $(PYTHON) -c 'import os; print(len(os.sched_getaffinity(0)))')
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
# One run at a time; a killed one leaves no lock behind. Snakemake's own lock survives a kill -9.
ALONE := flock --nonblock --no-fork --close .snakemake.lock

.PHONY: demo test lint bench detector rulegraph lock

demo: $(VENV)/installed
	$(SNAKEMAKE) --unlock
	$(SNAKEMAKE)
	$(SNAKEMAKE) --report results/demo/report.html
	@echo "The report: $(CURDIR)/results/demo/report.html"

test: $(VENV)/installed
	$(BIN)/python -m pytest

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

$(VENV)/installed: envs/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement envs/requirements.txt
	touch $@

# make demo      the workflow on its embedded sample
# make identify IMAGES=folder BARCODES=file.fasta     your own specimens
# make test      the tests
# For those who change it:
# make lint, make bench, make test-full, make test-conda, make detector, make docs, make lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(shell nproc)

# One `make` of these at a time. The lock ends with its process, even on kill -9; Snakemake's own
# lock does not, so it is lifted here.
ALONE := flock --nonblock --conflict-exit-code 9 --close results/.make.lock

.PHONY: demo identify test test-unit test-workflow test-full test-conda lint bench detector docs lock

demo: $(VENV)/installed
	@mkdir -p results
	@$(ALONE) sh -c '$(SNAKEMAKE) --unlock --quiet && $(SNAKEMAKE)' \
		|| { [ $$? -ne 9 ] || echo "Another make is running the workflow here."; exit 1; }
	@$(SNAKEMAKE) --quiet all --report results/demo/report.html
	@echo "The report: $(CURDIR)/results/demo/report.html"

# Specimens of your own, by the demo's models or those of another run (CONFIG=my.yaml), which are made
# first where they are missing. REGION is a CSV of species. Each time takes the place of the last one.
# Names are handed on as they were written, whatever make and the shell see in their characters, and
# begin with ./ or /, as Snakemake takes 2024_05 for a number.
identify: export GIVEN_IMAGES := $(value IMAGES)
identify: export GIVEN_BARCODES := $(value BARCODES)
identify: export GIVEN_REGION := $(value REGION)
identify: export GIVEN_CONFIG := $(value CONFIG)
identify: $(VENV)/installed
	@[ -n "$$GIVEN_IMAGES$$GIVEN_BARCODES" ] \
		|| { echo "Name IMAGES=folder, BARCODES=file.fasta, or both."; exit 1; }
	@mkdir -p results
	@path() { case "$$1" in /*) printf %s "$$1";; *) printf ./%s "$$1";; esac; }; \
		set -- --config; \
		[ -z "$$GIVEN_IMAGES" ] || set -- "$$@" "images=$$(path "$$GIVEN_IMAGES")"; \
		[ -z "$$GIVEN_BARCODES" ] || set -- "$$@" "barcodes=$$(path "$$GIVEN_BARCODES")"; \
		[ -z "$$GIVEN_REGION" ] || set -- "$$@" "region=$$(path "$$GIVEN_REGION")"; \
		[ -z "$$GIVEN_CONFIG" ] || set -- "$$@" --configfile "$$GIVEN_CONFIG"; \
		$(ALONE) sh -c '$(SNAKEMAKE) --unlock --quiet && $(SNAKEMAKE) identify "$$@"' sh "$$@" \
		|| { [ $$? -ne 9 ] || echo "Another make is running the workflow here."; exit 1; }
	@echo "Open report/identified.html in results/<run>/specimens; identify/identified.csv is the table."
	@echo "The next specimens take their place: keep a copy of what you need."

# The unit tests keep one core busy, and runs of the workflow wait for much: together they take less.
test: $(VENV)/installed
	@$(MAKE) --jobs=2 --keep-going --no-print-directory test-unit test-workflow

# What it says comes when it has ended, and not between the lines of the other.
test-unit: $(VENV)/installed
	@mkdir -p results
	@$(BIN)/python -m pytest tests/unit > results/.test-unit.txt 2>&1; \
		code=$$?; cat results/.test-unit.txt; exit $$code

test-workflow: $(VENV)/installed
	$(BIN)/python -m pytest tests/workflow tests/slurm tests/conda

# The full reproduction on simulated specimens (half an hour on two cores).
test-full: $(VENV)/installed
	$(BIN)/python -m pytest -s tests/full

# Every rule in its conda environment, made from the packages in .venv (ten minutes on two cores).
test-conda: $(VENV)/installed
	$(BIN)/python -m pytest -m "" tests/conda

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

bench: $(VENV)/installed
	$(BIN)/python -m pytest -o python_files="bench_*.py" -o python_functions="bench_*" -qs tests/benchmarks

# The demo's detectors, trained again: the larger one for hours on a CPU, minutes on a GPU.
detector: $(VENV)/installed
	$(SNAKEMAKE) --configfile config/detector.yaml -- results/detector/detect/report/detectors.html
	$(BIN)/python config/detectors/ship.py results/detector/detect/models

# The table of all config keys in config/README.md, from the schema.
docs: $(VENV)/installed
	$(BIN)/python tests/workflow/docs.py

# envs/requirements.txt from envs/requirements.in.
lock: $(VENV)/installed
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate \
		envs/requirements.in --output-file envs/requirements.txt

$(VENV)/installed: envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@$(PYTHON) -c 'import os, re, sys; path = os.path.abspath("$(VENV)"); \
		found = re.search(r"[\s\x27\x22`$$&;()<>|\\*?{}]", path, re.ASCII); \
		sys.exit(found and f"{path!r} has a {found[0]!r} in it, and Snakemake cannot start scripts there: " \
			"move this folder, or name another one for the environment, make demo VENV=/some/where")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement envs/requirements.txt
	@touch $@

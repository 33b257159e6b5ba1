# Paths are relative, so that a checkout may lie in a folder with spaces in its name.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
CATALOGUES := dti_analysis/locale
# The first interpreter that is new enough; say PYTHON=... to choose another.
PYTHON ?= $(firstword $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(IS_NEW)' 2>/dev/null && echo $$python; done) python3)
IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: env
env: $(STAMP) ## Create the environment in .venv

$(STAMP): pyproject.toml constraints.txt
	@"$(PYTHON)" -c '$(IS_NEW)' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed, found $(or $(shell "$(PYTHON)" --version 2>/dev/null),none).' \
			'Name one, as in: make env PYTHON=python3.12' >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,docs,browser]'
	@touch $@

.PHONY: panel
panel: $(STAMP) ## Build the panel in data/processed from the facts in data/raw
	$(BIN)/dti panel

.PHONY: reports
reports: panel ## Write the report of every province and the index page to reports
	$(BIN)/dti report --all

.PHONY: docs
docs: panel ## Build the documentation in docs/_build/html, all its notebooks run
	$(BIN)/python -m sphinx --builder html \
		--fail-on-warning --keep-going --nitpicky --write-all $(SPHINXOPTS) docs docs/_build/html

.PHONY: hooks
hooks: $(STAMP) ## Have git run the checks of .pre-commit-config.yaml before each commit
	$(BIN)/pre-commit install

.PHONY: lab
lab: panel ## Open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

.PHONY: kernel
kernel: $(STAMP) ## Offer this environment as the kernel dti_analysis to any other JupyterLab
	$(BIN)/python -m ipykernel install --user --name dti_analysis --display-name dti_analysis

.PHONY: catalogues
catalogues: $(STAMP) ## Bring the messages of dti_analysis/locale up to date with the code
	$(BIN)/pybabel -q extract --mapping pyproject.toml --no-location --sort-output --omit-header \
		--width 100 --output $(CATALOGUES)/dti_analysis.pot dti_analysis
	$(BIN)/pybabel -q update --domain dti_analysis --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date \
		--width 100 --input-file $(CATALOGUES)/dti_analysis.pot --output-dir $(CATALOGUES)
	rm $(CATALOGUES)/dti_analysis.pot

.PHONY: lint
lint: $(STAMP) ## Check style and formatting
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

.PHONY: lines
lines: ## Count the lines of Python, blank ones aside, by room
	@find dti_analysis tests -name '*.py' -exec awk 'NF { \
		split(FILENAME, at, "/"); room = at[2]; sub(/\.py$$/, "", room); \
		rooms[room]; count[at[1], room]++; total[at[1]]++ \
	} END { \
		row = "%-20s %8d %8d\n"; printf "%-20s %8s %8s\n", "", "library", "tests"; fflush(); \
		for (room in rooms) \
			printf row, room, count["dti_analysis", room], count["tests", room] | "LC_ALL=C sort"; \
		close("LC_ALL=C sort"); printf row, "total", total["dti_analysis"], total["tests"] \
	}' {} +

.PHONY: types
types: $(STAMP) ## Check types
	$(BIN)/python -m mypy

.PHONY: test
test: lint types ## Check everything: style, types, unit tests, doctests, notebooks
	$(BIN)/python -m pytest -n logical --dist loadfile
	$(BIN)/python -m pytest -n logical --dist loadfile --nbval-lax notebooks

.PHONY: soak
soak: $(STAMP) ## Kill every command that writes, 50 times each (DTI_SEED=... for other moments)
	DTI_SOAK=$${DTI_SOAK:-50} $(BIN)/python -m pytest -rA tests/test_killed.py -k random

.PHONY: mutants
mutants: $(STAMP) ## Change the arithmetic here and there, and see whether the tests notice (an hour)
	tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target "$$tools" 'cosmic-ray>=8.7' && \
	$(BIN)/python tests/mutants.py --with "$$tools" $(MUTANTS)

.PHONY: bench
bench: $(STAMP) ## Time the slow parts
	$(BIN)/python -m pytest benchmarks --benchmark-only

.PHONY: constraints
constraints: ## Pin the newest versions that fit together in constraints.txt
	fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	"$(PYTHON)" -m venv "$$fresh" && \
	"$$fresh/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev,docs,browser]' && \
	{ sed -n '/^#/p' constraints.txt; \
	  "$$fresh/bin/python" -m pip freeze --exclude-editable | grep '^[A-Za-z0-9._-]*=='; } > "$$fresh/pins" && \
	cp "$$fresh/pins" constraints.txt

.PHONY: clean
clean: ## Remove what was built: the panel, the reports, the caches (not .venv)
	find data/processed reports -mindepth 1 ! -name .gitkeep -delete
	rm -rf .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache dist \
		docs/_build docs/notebooks docs/reference
	find benchmarks dti_analysis notebooks tests -depth \
		\( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +

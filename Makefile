# tuimon: what a person working on it types. Each target sets up what it needs; a second run finds it done.
# `make help` prints the lines below that begin with a target's name and two hashes.

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp
# Arguments for the program (`make run`), for pytest (`make test`) or for the benchmarks (`make bench`).
ARGS ?=
# Two workers at most: the tests start programs of their own.
WORKERS ?= 2
QUICK ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format docs pictures snapshots bench wheel clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo '  e.g.  make run ARGS="--simulate busy"    make test ARGS="-k history"    make bench QUICK=1'

run: $(RUN_STAMP) ## open the dashboard; ARGS="..." go to tuimon
	@$(BIN)/tuimon $(ARGS)

test: $(DEV_STAMP) ## run all tests; ARGS="..." go to pytest
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(DEV_STAMP) ## style, types, layers and documents, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_hygiene_docs.py

format: $(DEV_STAMP) ## bring the code into the form that `make check` wants
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEV_STAMP) ## write the pages that are made from the code
	$(BIN)/python -m tools.docs

pictures: $(DEV_STAMP) ## take the pictures of the documents (needs tmux); ARGS="small ..." takes some
	@$(BIN)/python -m tools.pictures $(ARGS)

snapshots: $(DEV_STAMP) ## take the snapshots of the screens that a test holds the dashboard to
	@$(BIN)/python -m tools.snapshots $(ARGS)

bench: $(DEV_STAMP) ## measure, and print the table; QUICK=1 takes six minutes, ARGS="..." go to the benchmarks
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

wheel: $(DEV_STAMP) ## build dist/tuimon-*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove what the other targets made, the virtual environment too
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python that is new enough and can make virtual environments.
$(BIN)/python:
	@python=$$(sh tools/find-python.sh) && $$python -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(RUN_STAMP): $(BIN)/python pyproject.toml
	@echo "setting up $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV_STAMP): $(BIN)/python pyproject.toml
	@echo "setting up $(VENV) with the tools of the tests (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(RUN_STAMP) $@

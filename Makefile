# What a person runs here; `make` alone lists it. Needs Python 3.11 or newer, make and git, nothing else.
# PYTHON names another interpreter, VENV another folder, ARGS goes to the command that a target ends in.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
ROOMS := agent central cli drivers i18n loyalty slips sync

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types imports coverage wheel bench soak audit constraints clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## a register at work on real receipts; ARGS=--once ends by itself
	@$(BIN)/kopilka demo $(ARGS)

test: $(VENV)/.installed-dev ## every test; installs the system packages they need, where it may
	@scripts/system-packages
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev ## ruff: mend what it can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

types: $(VENV)/.installed-dev ## mypy --strict
	@$(BIN)/mypy

imports: $(VENV)/.installed-dev ## who may import whom
	@$(BIN)/lint-imports

coverage: $(VENV)/.installed-dev ## every test again, with branches counted
	@scripts/system-packages
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

wheel: $(VENV)/.installed-dev ## dist/kopilka-*.whl
	@rm -f dist/kopilka-*.whl
	@$(BIN)/python -m build --wheel --outdir dist

bench: $(VENV)/.installed-dev ## the figures, each beside its baseline
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.installed-dev ## all real receipts through a register's API
	@$(BIN)/python -m benchmarks.soak $(ARGS)

audit: $(VENV)/.installed-dev ## known weaknesses in what we depend on; asks the network
	@$(BIN)/pip-audit --skip-editable

constraints: $(VENV)/.installed-dev ## write constraints.txt anew from what is installed and tested
	@scripts/write-constraints $(BIN)/python

clean: ## remove what was built; the virtual environment stays
	@rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find $(ROOMS) benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/make-venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@scripts/install $(VENV) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@scripts/install $(VENV) --editable '.[dev]'
	@touch $(VENV)/.installed $@

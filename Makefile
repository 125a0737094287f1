# demo, test, test-fast, lint, coverage, bench, tools, screenshots. Each installs what it needs: demo what runs, the others what develops too.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.ready
DEVELOPS := $(VENV)/.develops
TOOLS := frontend/tests/node_modules/.package-lock.json
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: demo test test-fast lint coverage bench tools screenshots clean

demo: $(RUNS)
	$(BIN)/huitoukan demo --data demo-data --port $(PORT)

test: $(DEVELOPS) $(TOOLS)
	$(BIN)/python -m tests

test-fast: $(DEVELOPS) $(TOOLS)
	$(BIN)/python -m tests --fast

lint: $(DEVELOPS) $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.scripts lint

coverage: $(DEVELOPS) $(TOOLS)
	$(BIN)/python -m tests --cov --cov-report=term:skip-covered

bench: $(DEVELOPS)
	$(BIN)/python -m benchmarks

$(RUNS): requirements.lock pyproject.toml hatch_build.py frontend/package-lock.json $(wildcard frontend/*.js frontend/src/* frontend/src/*/*)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed.")'
	@test -x $(BIN)/python || { echo "1/3  Making a Python environment in $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "2/3  Installing what the product needs to run …"
	@$(PIP) --require-hashes -r requirements.lock
	@echo "3/3  Building the pages' scripts and styles (only when they changed) …"
	@$(PIP) --no-deps -e .
	@touch $(RUNS)

$(DEVELOPS): $(RUNS) requirements-dev.lock
	@echo "Installing what tests and checks need …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $(DEVELOPS)

screenshots: $(DEVELOPS)
	$(BIN)/python -m tests.screenshots

tools: $(TOOLS)

$(TOOLS): frontend/tests/package-lock.json | $(DEVELOPS)
	@echo "Installing what checks the pages' scripts …"
	@$(BIN)/python -m tests.scripts install

clean:
	rm -rf $(VENV) frontend/tests/node_modules demo-data web/static/dist

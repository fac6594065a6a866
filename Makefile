# The commands of this project; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
SEEDS ?= 100
TEST_PROCESSES ?= 4
VENV := .venv
BIN := $(VENV)/bin
STATE := .state
# Named one by one: what `node --test FOLDER` means differs between Node 18 and 22.
JS_TESTS = $(shell find tests/js -name '*.test.js')
# Most of what tests do is wait for real processes. A file stays in one process, with the servers it starts.
IN_PARALLEL = --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder
# Those that say what the database itself has to keep.
DATABASE_TESTS = tests/contracts/test_eventlog_contract.py tests/runs tests/admin tests/management \
	$(patsubst %,tests/doors/test_%.py,http scenarios clicks lists access costs)

# What would be compiled anew in each of hundreds of processes is written down once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run serve test test-scripts test-python test-postgres test-browser test-fast faults check messages screenshots bench bench-quick bench-browser lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: export DEBUG ?= 1
run: $(VENV)/.runtime ## the site on http://127.0.0.1:$PORT (8000), for development
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo_accounts
	@exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

serve: $(VENV)/.runtime ## the production server: WORKERS processes (2) on PORT (8000), DEBUG off
	@exec env PATH="$(CURDIR)/$(BIN):$$PATH" PORT="$(PORT)" WORKERS="$(WORKERS)" scripts/serve.sh

test: $(VENV)/.development node_modules/.installed ## everything: browser, Redis and PostgreSQL included
	@scripts/install_test_services.sh
	@# One that fails does not hide what the next ones find.
	@$(MAKE) --keep-going test-scripts test-python test-postgres test-browser

test-scripts:
	@node --test $(JS_TESTS)

test-python:
	@$(BIN)/python -m pytest -m "not browser" $(IN_PARALLEL)

# What records and logs promise, once more on the other database.
test-postgres:
	@$(BIN)/python scripts/with_postgres.py $(BIN)/python -m pytest $(DATABASE_TESTS) $(IN_PARALLEL)

# In processes of their own: the browser's driver keeps an event loop running.
test-browser:
	@$(BIN)/python -m pytest -m browser tests/e2e --numprocesses 2 --dist loadfile

test-fast: $(VENV)/.development ## without browser, services and slow tests
	@node --test $(JS_TESTS)
	@$(BIN)/python -m pytest -m "not browser and not services and not slow" $(IN_PARALLEL)

faults: $(VENV)/.development ## random faults: the seeds 1 to SEEDS (100), or one by SEEDS=57-57
	@scripts/install_test_services.sh redis postgres
	@FAULT_SEEDS="$(SEEDS)" $(BIN)/python -m pytest tests/faults/test_random.py

check: $(VENV)/.development node_modules/.installed ## lint, format, types, architecture, audit, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	node_modules/.bin/tsc --project jsconfig.json
	$(BIN)/python scripts/audit_dependencies.py

messages: $(VENV)/.development ## collect and compile the texts to translate; LANGUAGE=fr begins another language
	@BIN="$(BIN)" scripts/collect_messages.sh $(LANGUAGE)

screenshots: $(VENV)/.development ## draw the pictures of the documents from the running program
	@scripts/install_test_services.sh browser font emoji
	@$(BIN)/python scripts/screenshots.py

bench: $(VENV)/.development $(VENV)-bench/.installed ## the benchmark suite with its peers, in 30 minutes
	@scripts/install_test_services.sh postgres redis nginx node
	@$(BIN)/python -m bench

bench-quick: $(VENV)/.development ## did a token become dearer? In 3 minutes
	@scripts/install_test_services.sh postgres redis nginx
	@$(BIN)/python -m bench --quick

bench-browser: $(VENV)/.development ## what an answer, a long conversation and the first load cost the browser
	@scripts/install_test_services.sh browser
	@$(BIN)/python -m bench.browser

lock: $(VENV)/.development ## write the locked requirements anew
	scripts/lock_requirements.sh

clean: ## remove the environment, caches and built files (not the database)
	rm -rf $(VENV) $(STATE) node_modules staticfiles dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@scripts/make_environment.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	@echo "Installing requirements.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime | $(VENV)/bin/python
	@echo "Installing requirements-dev.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)-bench/.installed: bench/requirements.txt bench/peers/express/package-lock.json
	@scripts/make_environment.sh "$(PYTHON)" "$(VENV)-bench"
	@echo "Installing bench/requirements.txt"
	@$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@scripts/install_test_services.sh node
	@mkdir -p $(VENV)-bench/express && cp bench/peers/express/package*.json $(VENV)-bench/express
	@npm ci --prefix $(VENV)-bench/express --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.installed: package-lock.json
	@scripts/install_test_services.sh node
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

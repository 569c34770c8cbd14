# Two commands matter: `make run` and `make test`. `make` alone lists them all.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null)
PACKAGES := kernel branch approvals archives clients teams payroll config

.PHONY: help setup setup-dev run up test test-fast lint types lock migrate seed faults bench docs-check

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

setup: .venv/.runtime ## build .venv with what the product runs on
setup-dev: .venv/.dev ## build .venv with what tests and checks need on top

.venv/bin/python:
ifdef UV
	$(UV) venv -q --no-python-downloads .venv
else
	python3 -m venv .venv
endif

# Hashes are checked by both; a stamp newer than the lock means there is nothing to do.
.venv/.runtime: requirements/runtime.txt | .venv/bin/python
ifdef UV
	$(UV) pip install -q --python $(PY) --require-hashes -r requirements/runtime.txt
else
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
endif
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
ifdef UV
	$(UV) pip install -q --python $(PY) --require-hashes -r requirements/dev.txt
else
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
endif
	@# a suite starts hundreds of processes: none shall compile the libraries first
	@$(PY) -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	@touch $@

run: export SHOW_DEMO_LOGINS ?= 1
run: setup ## from nothing to a running demonstration (PORT=8000, STAGE=october or blank)
	$(PY) manage.py migrate -v 0
	$(PY) manage.py seed_reference
	$(PY) manage.py seed_demo --stage $(or $(STAGE),october)
	$(PY) manage.py up

up: setup ## start web, worker and beat on the database as it is
	$(PY) manage.py up

migrate: setup ## bring the database to the present shape
	$(PY) manage.py migrate

seed: setup ## reference data and the demonstration
	$(PY) manage.py seed_reference
	$(PY) manage.py seed_demo --stage $(or $(STAGE),october)

test: setup-dev ## the whole suite: embedded default, PostgreSQL, browser; what can't run is named
	scripts/test

test-fast: setup-dev ## without servers, browser and slow parts
	scripts/test fast

lint: setup-dev ## style, import order, security of the code
	.venv/bin/ruff check .
	.venv/bin/ruff format --check -q .
	.venv/bin/lint-imports
	.venv/bin/bandit -q -c pyproject.toml -r $(PACKAGES)

types: setup-dev ## mypy
	.venv/bin/mypy $(PACKAGES)

lock: ## compile requirements/*.in to hashed locks (needs uv)
	$(UV) pip compile -q --generate-hashes --no-header --no-emit-index-url -o requirements/runtime.txt requirements/runtime.in
	$(UV) pip compile -q --generate-hashes --no-header --no-emit-index-url -o requirements/dev.txt requirements/dev.in

faults: setup-dev ## killed workers, concurrent writers (REDUCED=1: fewer rounds)
	REDUCED=$(REDUCED) scripts/faults

bench: setup-dev ## speed, side by side with its floors (REDUCED=1: 10k rows)
	REDUCED=$(REDUCED) scripts/bench

docs-check: setup-dev ## links and diagrams of the documents
	.venv/bin/pytest tests/house/test_docs.py

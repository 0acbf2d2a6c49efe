# Every chore of the project, one short command each. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
# Tests run in two processes; those that share the one Prefect server stay together.
SPREAD := -n 2 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help run test test-duckdb2 soak kills fetch-kills long-list bench-storage quick lint fix lock build bench clean docs

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/run ## install, ingest samples/ into news.duckdb, show the rows
	@$(BIN)/dateline ingest samples/ --source samples
	@$(BIN)/dateline sql --file docs/first-look.sql
	@printf '\nNext, try:\n'
	@printf '  %s\n' "$(BIN)/dateline show $$($(BIN)/dateline sql --format csv 'SELECT article_id FROM articles ORDER BY published, article_id LIMIT 1' | tail -n 1)" \
	  "$(BIN)/dateline sql \"SELECT role, rule, text FROM cuts ORDER BY rule LIMIT 10\"" \
	  "$(BIN)/dateline ingest YOUR_FOLDER/"

test: lint .venv/duckdb2 ## lint, types and all tests (what CI runs)
	$(BIN)/python -m pytest $(SPREAD)

quick: .venv/dev ## the fast tests only, in a minute or two
	$(BIN)/python -m pytest $(SPREAD) -m 'not slow'

test-duckdb2: .venv/dev .venv/duckdb2 ## the tests of the warehouse on DuckDB 2.0.0, everything else as locked
	PYTHONPATH=.venv/duckdb2 $(BIN)/python -m pytest tests/warehouse

soak: .venv/dev ## five minutes of readers of every kind beside a writer (docs/durability.md)
	$(BIN)/python -m benchmarks.soak

kills: .venv/dev ## kill -9 a writer a hundred times (docs/durability.md)
	$(BIN)/python -m benchmarks.kills

fetch-kills: .venv/dev ## kill -9 a pass over the local web fifty times (docs/durability.md)
	$(BIN)/python -m benchmarks.fetch_kills

long-list: .venv/dev ## fetch from lists of 10,000 and of 100,000 addresses: memory, and how soon it begins
	$(BIN)/python -m benchmarks.long_list

bench: .venv/dev ## the benchmarks at a small scale, a minute or two
	$(BIN)/python -m benchmarks.storage --scale small

bench-storage: .venv/dev ## the warehouse at 10,000, 100,000 and a million articles, into docs/storage.md (an hour, 12 GB)
	$(BIN)/python -m benchmarks.storage --write

lint: .venv/dev ## ruff and mypy over everything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: .venv/dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev ## write docs/reference.md and the answers in the cookbook anew
	$(BIN)/python docs/write.py

lock: ## resolve both lock files anew (names, versions and hashes; no index addresses)
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	.venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml --group install -o requirements.lock
	.venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  -c requirements.lock pyproject.toml --group install --group dev -o requirements-dev.lock
	echo duckdb==2.0.0 | .venv-lock/bin/uv pip compile -q --no-config --no-deps --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header - -o benchmarks/duckdb2.lock
	rm -rf .venv-lock

build: .venv/dev ## make the wheel and the source distribution in dist/
	$(BIN)/python -m build --no-isolation

clean: ## remove what the other commands made
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/run: requirements.lock pyproject.toml
	@echo "Installing into .venv from the lock file ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# DuckDB 2.0.0 beside the locked packages, for whoever puts its folder before them.
.venv/duckdb2: benchmarks/duckdb2.lock .venv/run
	@rm -rf $@
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes --target $@ -r benchmarks/duckdb2.lock
	@touch $@

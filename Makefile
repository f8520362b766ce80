# Two commands: `make demo` and `make test`. All take VIGIE_DATABASE_URL for a Postgres of your own.
PYTHON ?= python3
BIN := .venv/bin
# dbt-core names this package and runs without it; the lock leaves it out, as pyproject.toml says ([tool.uv]).
LEFT_OUT := ^dbt-core .* requires dbt-core-experimental-parser, which is not installed
# What an extra of pyproject.toml names, and not the project with it: dbt-core's parser cannot be built.
install_extra = $(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['$(1)'], sep='\n')" \
	  | $(BIN)/pip install --quiet --disable-pip-version-check -r /dev/stdin

.PHONY: install demo test test-slow test-any-day test-postgres lint format bench bench-bursts bench-understanding bench-identity screenshots paint lock clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Vigie needs Python 3.11 or newer: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@! $(BIN)/pip check --disable-pip-version-check | grep -v -e '^No broken' -e '$(LEFT_OUT)'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## Everything on this machine, with a small archive in it
	$(BIN)/vigie up --demo

test: install  ## Every test but the slow ones
	$(BIN)/pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder

test-slow: install
	$(BIN)/pytest -m slow

test-any-day: install  ## The tests on other days: AT=leap-day (or any moment) for one, TESTS=tests/cli for some
	$(BIN)/python -m tests.anyday --at $(or $(AT),all) -n 2 --dist loadfile $(TESTS)

test-postgres: install  ## The warehouse, the dbt project and the marts on every other Postgres of this machine: TESTS=… for some
	$(BIN)/python -m tests.servers.postgres -m "not slow" $(or $(TESTS),tests/warehouse tests/dbt tests/marts)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests

format: install
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench-bursts: install  ## Simulates bursts and prints the tables of docs/bursts.md
	$(BIN)/python -m bench.bursts

bench: install  ## Prints the tables of docs/benchmarks.md
	$(call install_extra,bench)
	$(BIN)/python -m bench

bench-understanding: install  ## Measures the analysers on VIGIE_DATA and writes the tables of docs/understanding.md
	$(call install_extra,bench)
	$(BIN)/python -m bench.understanding
	$(BIN)/python -m bench.corrections

bench-identity: install  ## Prints the tables of docs/identity.md: our engine beside Splink and custmatch
	$(call install_extra,identity-bench)
	$(BIN)/python -m bench.identity

screenshots: install  ## Takes the pictures in docs/
	$(BIN)/python -m tests.browser.screenshots

paint: install  ## Measures in a browser how long Today takes to show its first figure
	$(BIN)/python -m tests.browser.paint

lock:  ## Resolve again what pyproject.toml allows; names, versions and hashes only
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --generate-hashes --no-strip-extras --no-header --python-version 3.11 \
	  --extra dev --output-file requirements.lock pyproject.toml
	rm -rf .venv-lock

clean:
	rm -rf .venv .vigie

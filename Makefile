# Two targets do all the set-up by themselves: `make demo` and `make test`.
# Works with GNU make 3.81 (macOS) and later.

# Nothing but a command's own output goes to stdout: `make demo ARGS=--json` is read by programs.
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
# Containers often have Python compile everything anew at each start, which costs three times the
# start itself; what is made here keeps what it compiled.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed.stamp
COMPILED := $(VENV)/compiled.stamp
ARGS ?=
PYTEST_ARGS ?=

# A candidate counts only if it runs: a pyenv shim of a version that is not activated exists and
# fails, and Debian's python3 lacks ensurepip until python3-venv is installed. Hence every
# directory of PATH is tried for every name, newest Python first.
PYTHON_NAMES := python3.14 python3.13 python3.12 python3.11 python3
PYTHON_CHECK := import sys, venv, ensurepip, ssl; sys.exit(sys.version_info < (3, 11))

define FIND_PYTHON
find_python() { \
	for name in $(PYTHON_NAMES); do \
		old_ifs=$$IFS; IFS=:; \
		for directory in $$PATH; do \
			IFS=$$old_ifs; \
			if test -x "$$directory/$$name" \
			&& "$$directory/$$name" -c '$(PYTHON_CHECK)' >/dev/null 2>&1 </dev/null; then \
				echo "$$directory/$$name"; return 0; \
			fi; \
		done; \
		IFS=$$old_ifs; \
	done; \
	echo "No Python 3.11 or later with venv found: install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python)." >&2; \
	return 1; \
}
endef

.PHONY: help demo test jars lint format truth faults bench bench-growth bench-paper detection sentiment clean python

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '%-12s %s\n' "$$name" "$$what"; done

demo: $(COMPILED) ## run everything on an embedded broker and store, with simulated brands; ARGS="--for 40 --json"
	@$(BIN)/influence demo $(ARGS)

# Linting keeps one processor busy for half a minute, and so does compiling; jars wait for the
# network. What takes long comes first, so that in the end no process is left alone with it.
# Some tests wait for commands, those of integration for servers and timeouts: three and four at once
# keep two processors busy.
test: $(STAMP) ## lint, then all tests but the long ones; PYTEST_ARGS="-k name -x"
	@$(MAKE) -j3 lint $(COMPILED) jars
	@$(BIN)/python -m pytest tests/truth tests/operations tests/unit -n 3 --dist worksteal $(PYTEST_ARGS) || test $$? -eq 5
	@$(BIN)/python -m pytest tests/integration -n 4 --dist loadgroup $(PYTEST_ARGS) || test $$? -eq 5

# Where it fails, the tests that need them try again, and say why.
jars: $(STAMP)
	@$(BIN)/python -c 'from tests.integration.rig.kafka import jars; jars.directory()' >/dev/null 2>&1 || true

lint: $(STAMP) ## ruff, mypy --strict and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## rewrite the code in the one format, with the safe fixes
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

truth: $(COMPILED) ## prove the metrics on worlds whose truth is known; ARGS="--seeds 5000:6000 --only goodwill"
	@$(BIN)/python -m tests.truth $(ARGS)

faults: $(COMPILED) ## the long fault runs on real Apache Kafka
	@$(BIN)/python -m pytest -m faults --timeout 1800 $(PYTEST_ARGS)

bench: $(COMPILED) ## the worker beside other engines on real Apache Kafka, 20 minutes; ARGS="--json --gate"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

bench-growth: $(COMPILED) ## how cost grows, an hour and more; ARGS="--scale 0.1 --only brands"
	@$(BIN)/python -m tests.benchmarks.growth $(ARGS)

bench-paper: $(COMPILED) ## what internet scale would need, from the results of both
	@$(BIN)/python -m tests.benchmarks.paper $(ARGS)

sentiment: $(COMPILED) ## how well texts are scored; ARGS="labelled.tsv --part test", ARGS=--help
	@$(BIN)/python -m tests.sentiment $(ARGS)

detection: $(COMPILED) ## measure how well alerts detect: false alarms and drops found (minutes)
	@$(BIN)/python -m tests.detection $(ARGS)

clean: ## remove what make has made: environment, caches, build results
	@rm -rf $(VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find pipeline tests -name __pycache__ -type d -prune -exec rm -rf {} +

python: ## print the Python that would be used
	@$(FIND_PYTHON); find_python

# Kept unless it no longer runs; the stamp comes last, so an interrupted set-up is taken up again.
# Python compiles what is imported when it first is; pip would compile all there is, most of it
# for nobody.
$(STAMP): pyproject.toml constraints.txt
	@set -e; $(FIND_PYTHON); \
	if ! $(BIN)/python -c '$(PYTHON_CHECK)' >/dev/null 2>&1; then \
		python=$$(find_python); \
		echo "Creating $(VENV) with $$python" >&2; \
		"$$python" -m venv --clear $(VENV) >&2; \
	fi; \
	echo "Installing packages (once)" >&2; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary --no-compile \
		--constraint constraints.txt --editable '.[dev]' >&2; \
	touch $(STAMP)

# What is compiled to machine code; apart, because linting needs none of it.
$(COMPILED): $(STAMP)
	@echo "Compiling (once)" >&2
	@$(BIN)/python -c 'import pipeline.app, pipeline.replay'
	@touch $(COMPILED)

# What a developer does; the same commands run in CI.
.DEFAULT_GOAL := help
.PHONY: help install dev test fast lint format docs lock clean

# The system's own Python: a version manager's may lie where the paas user can't read it.
PYTHON ?= /usr/bin/python3
VENV ?= .venv
BIN := $(VENV)/bin
MEMBERS := core $(sort $(wildcard plugins_builtin/* plugins_contrib/*))
# With --universal the lock serves every platform, and an index's address would be of use to nobody else.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

install:  ## install paas on this machine (root)
	./install.sh

dev: $(BIN)/.ready  ## a virtual environment with every member, editable, and the tools

test:  ## run all tests; some need root and real servers
	./tests/run

fast:  ## run the tests that need no servers
	./tests/run --fast

lint: dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy core/src install tests/contracts/hookdocs.py $(wildcard plugins_builtin/*/src plugins_contrib/*/src)
	if command -v shellcheck >/dev/null; then shellcheck install.sh; fi

format: dev  ## put every file in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: dev  ## write hookspecs.md from the docstrings of the hooks
	cd tests && $(abspath $(BIN))/python -m contracts.hookdocs

lock: $(BIN)/.tools  ## pin what the members need, with hashes
	$(PYTHON) install/dependencies.py | $(COMPILE) --output-file requirements.lock -
	$(COMPILE) --constraints requirements.lock --output-file requirements-dev.lock requirements-dev.in

clean:  ## remove what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/.tools: requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	touch $@

# Editable members write one .pth each; their dependencies come from the lock alone.
$(BIN)/.ready: $(BIN)/.tools requirements.lock $(MEMBERS:%=%/pyproject.toml)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps $(MEMBERS:%=--editable %)
	touch $@

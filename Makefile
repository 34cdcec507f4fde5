# make demo   sets everything up and runs a simulated city hall
# make test   sets everything up, installs the real peers where it may, and runs the tests
# Needs only Python >= 3.11 with venv, and make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
JOBS   ?= $(shell nproc)

.PHONY: help install install-dev peers demo run check format test test-long bench docs lock messages clean

help:
	@sed -n 's/^# //p' Makefile; echo; echo "Targets: install demo run check format test test-long bench docs lock messages clean"

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "The Python module venv is missing. On Debian and Ubuntu: apt install python3-venv"; exit 2; }
	@touch $@

$(VENV)/.installed: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing into $(VENV) (once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.python requirements-dev.lock pyproject.toml
	@echo "Installing into $(VENV), with the tools for development (once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed

peers:
	@sh tests/install-peers.sh

demo: install
	@$(BIN)/nms demo $(ARGS)

run: install
	@$(BIN)/nms run $(ARGS)

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nms --config config.yaml check

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: install-dev peers
ifeq ($(ARGS),)
	$(BIN)/pytest -m "not long" -n $(JOBS) --dist worksteal --ignore tests/end_to_end
	$(BIN)/pytest -m "not long" tests/end_to_end
else
	$(BIN)/pytest -m "not long" $(ARGS)
endif

test-long: install-dev
	@sh tests/install-peers.sh peers-long.txt
	-@cd tests/views/web/provider && npm install --silent --no-audit --no-fund --no-package-lock
	$(BIN)/pytest $(ARGS)

bench: install-dev
	$(BIN)/python -m bench

# The lock files: every package, with the hashes of what may be installed. Needs the tool uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --upgrade pyproject.toml requirements-build.in -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra dev -c requirements.lock pyproject.toml requirements-build.in -o requirements-dev.lock

# The parts of the documentation that are drawn from the program.
docs: install-dev
	NMS_WRITE_DOCS=1 $(BIN)/pytest -q tests/test_docs.py tests/test_documentation_of_settings.py

# The catalogues of translations: gather the sentences, then compile.
messages: install-dev
	$(BIN)/python -m nms.locale.catalogues

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis data

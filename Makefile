# Two commands to know: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The versions this was tested with; `make lock` writes them anew.
PIP := $(BIN)/pip install --quiet --constraint constraints.txt

.PHONY: help install install-dev models demo demo-zh demo-restaurant demo-tools check audit docs test test-fast services \
	services-stop format lock clean

help:
	@echo "make demo      run the whole pipeline on examples/automotive_live"
	@echo "make demo-zh   the same on examples/hotel_live_zh (Mandarin)"
	@echo "make demo-tools  dialogues with executable tools over that hotel's rooms"
	@echo "make demo-restaurant  the whole pipeline on examples/restaurant_live (English, from a transcript)"
	@echo "make test      run all tests, the real small models included"
	@echo "make test-fast  those that need no models, no Prefect, no services, no browser and no wheel"
	@echo "make check     ruff and mypy; advisories about the pinned versions are told"
	@echo "make audit     the advisories alone, strictly"
	@echo "make docs      the documentation as a site, in site/"
	@echo "make services  PostgreSQL, Redis, Prefect and a worker on this machine (docs/operations.md)"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/demo.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing (about 1.5 GB, a few minutes the first time)"
	$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing with the development tools (about 3 GB, a few minutes the first time)"
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/demo.stamp

install: $(VENV)/demo.stamp

install-dev: $(VENV)/dev.stamp

models: install
	$(BIN)/streamdial models pull whisper-base

demo: models
	$(BIN)/streamdial run --domain automotive --source examples/automotive_live --out runs/demo --dialogues 16 --min-turns 10

demo-zh: models
	$(BIN)/streamdial run --domain hotel --source examples/hotel_live_zh --out runs/demo-zh --dialogues 16 --min-turns 10

demo-restaurant: models
	$(BIN)/streamdial run --domain restaurant --source examples/restaurant_live --out runs/demo-restaurant --dialogues 16 --min-turns 10

demo-tools: models
	$(BIN)/streamdial tooluse --domain hotel --source examples/hotel_live_zh --out runs/demo-tools --dialogues 8

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	-$(BIN)/python -m streamdial.deployments.audit --advise

# The site of the documentation, in site/; a broken link fails (with --quiet it would not: mkdocs counts what it logs).
docs: install-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Fails on a finding, and where no advisory could be looked up; in `check` both are only told.
audit: install-dev
	$(BIN)/python -m streamdial.deployments.audit

# What has models, servers, browsers or environments of its own runs after everything else, a file in one process:
# half of its time it waits.
ALONE := models or prefect or services or browser or wheel

# Where the system's packages cannot be installed, the tests that need them are skipped and say so.
test: install-dev
	-$(BIN)/python -m streamdial.deployments.services install --with chromium ffmpeg
	$(BIN)/streamdial models pull whisper-base qwen2.5-coder-0.5b
	$(BIN)/python -m pytest -n 2 -m "not ($(ALONE))" --durations=10; fast=$$?; \
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "$(ALONE)" --durations=30 && exit $$fast

test-fast: install-dev
	$(BIN)/python -m pytest -n auto -m "not ($(ALONE)) and not slow"

# Take the versions of the environment as it is; what is installed from elsewhere than an index is left to pyproject.toml.
lock: install-dev
	{ sed '/^[^#]/d' constraints.txt; $(BIN)/pip freeze --exclude-editable | grep -v -e ' @ ' -e '+'; } > constraints.new
	mv constraints.new constraints.txt

services: install
	$(PIP) --editable '.[demo,services]'
	$(BIN)/python -m streamdial.deployments.services start

services-stop:
	$(BIN)/python -m streamdial.deployments.services stop

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache

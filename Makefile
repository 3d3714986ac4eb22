# Needs git, make and Python 3.11 or newer with venv; everything else is installed by these rules.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
PIPENV_VERSION := 2026.10.3

VENV := .venv
BIN := $(VENV)/bin
# Apart from the environment it fills, so that neither changes the other's packages.
PIPENV := $(VENV)/pipenv/bin/pipenv
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
DEMO := reports/demo
SCRAPED := reports/demo-scrape
COLLECTED := reports/demo-reddit
BROWSED := reports/demo-browse
NOTEBOOKS := reports/notebooks
SIZE := small

# An environment that the caller has activated is left alone.
export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_VERBOSITY := -1

.PHONY: help run demo demo-reddit demo-bot demo-browse notebooks test check format bench soak docker lock clean

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: $(RUN_READY)  ## Train on the built-in gallery, then name the colours of a few new pictures
	$(BIN)/python -m src.models.train_model --gallery-count 12000 --name demo --replace
	rm -rf $(DEMO)
	$(BIN)/artlens gallery paint $(DEMO) --count 11 --seed 90
	$(BIN)/artlens predict $(DEMO) --model demo
	@$(say_how_to_go_on)

demo: export ARTLENS_DATA_DIR := $(SCRAPED)/data
demo: export ARTLENS_MODELS_DIR := $(SCRAPED)/models
demo: $(RUN_READY)  ## Scrape the built-in museum in a real browser, train on it, name colours
	@$(need_browser)
	rm -rf $(SCRAPED)
	$(BIN)/artlens scrape --works 60 --browsers 2
	$(BIN)/artlens make-dataset
	$(BIN)/artlens build-features
	$(BIN)/artlens train --name scraped
	$(BIN)/artlens gallery paint $(SCRAPED)/new --count 11 --seed 90
	$(BIN)/artlens predict $(SCRAPED)/new --model scraped
	@$(say_how_to_go_on)

demo-reddit: export ARTLENS_DATA_DIR := $(COLLECTED)/data
demo-reddit: export ARTLENS_MODELS_DIR := $(COLLECTED)/models
demo-reddit: $(RUN_READY)  ## Collect posts of a stand-in for Reddit, train a model of media on them
	rm -rf $(COLLECTED)
	$(BIN)/artlens collect reddit --recipe rart-medium
	$(BIN)/artlens make-dataset --task medium
	$(BIN)/artlens build-features --task medium
	$(BIN)/artlens train --task medium --name collected
	ls $(COLLECTED)/data/raw/medium/images/* | awk 'NR % 40 == 1' | \
	  $(BIN)/artlens predict --paths-from - --model collected
	@$(say_how_to_go_on)

demo-bot: $(RUN_READY)  ## Talk with the bot at a stand-in for Telegram, and print the conversation
	$(BIN)/python -m src.bot.demonstrate

demo-browse: $(RUN_READY)  ## Paint 330 works and make a web site to browse them
	rm -rf $(BROWSED)/paintings
	$(BIN)/artlens gallery paint $(BROWSED)/paintings --count 330
	$(BIN)/artlens browse $(BROWSED)/paintings -o $(BROWSED)/site --title "The painted gallery"
	@echo "Open $(BROWSED)/site/index.html in your browser; no server is needed."

notebooks: export ARTLENS_NOTEBOOK_SIZE := $(SIZE)
# They run beside themselves, where `src` is not.
notebooks: export PYTHONPATH := $(CURDIR)
# Pages that load nothing from elsewhere; no formula or widget needs it.
notebooks: OFFLINE := --HTMLExporter.mathjax_url= --HTMLExporter.require_js_url=
notebooks: $(DEV_READY)  ## Run the notebooks into reports/notebooks/, as HTML too; in full with SIZE=full
	@$(need_browser)
	rm -rf $(NOTEBOOKS)
	mkdir -p $(NOTEBOOKS)
	cp notebooks/*.ipynb $(NOTEBOOKS)
	$(BIN)/jupyter execute --inplace $(NOTEBOOKS)/*.ipynb
	$(BIN)/jupyter nbconvert --to html $(OFFLINE) --log-level ERROR $(NOTEBOOKS)/*.ipynb
	sed -i.old -E 's/(href="[0-9a-z-]+)\.ipynb"/\1.html"/' $(NOTEBOOKS)/*.html
	rm -f $(NOTEBOOKS)/*.old

# A file's tests share what they set up, so one process runs them all.
test: TESTERS := --numprocesses logical --maxprocesses 4 --dist loadfile
test: $(DEV_READY)  ## Run all tests, in a real browser too
	@$(need_browser)
	@$(need_redis)
	$(BIN)/python -m pytest $(TESTERS)

check: $(DEV_READY)  ## Check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_READY)  ## Put the code into the project's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(DEV_READY)  ## Measure speed against plain references, one table
	@$(need_browser)
	@$(need_wrk)
	$(BIN)/python -m benchmarks

soak: $(DEV_READY)  ## Hold the scraper and the service to their large figures, one line each
	@$(need_browser)
	$(BIN)/python -m benchmarks.soak

docker:  ## Build the service's container, artlens
	@docker info >/dev/null 2>&1 || { echo "error: no Docker engine answers (docker info fails);" \
	    "start one, or carry the steps out by hand as docs/deploy.md says" >&2; exit 1; }
	docker build --tag artlens .

lock: $(PIPENV)  ## Lock the newest versions that setup.py admits
	$(PIPENV) lock
	$(BIN)/python -c "$$FORGET_SOURCES"

clean:  ## Remove the environment, caches, builds and reports
	rm -rf $(VENV) build dist reports *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	    "error: Python 3.11 or newer is needed (got: $$($(PYTHON) --version 2>&1 | tail -1));" \
	    "name one with make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(PIPENV): | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/pipenv
	$(VENV)/pipenv/bin/pip install --quiet pipenv==$(PIPENV_VERSION)

$(RUN_READY): Pipfile.lock setup.py | $(PIPENV)
	$(PIPENV) sync
	@$(import_cv2) 2>/dev/null || { $(call apt_install,libgl1 libglib2.0-0); $(import_cv2); }
	touch $@

$(DEV_READY): $(RUN_READY)
	$(PIPENV) sync --dev
	touch $@

define say_how_to_go_on
    echo; echo "Go on with artlens from this shell:  . $(BIN)/activate"; \
    echo "then, for example:                   artlens predict YOUR-PICTURE.jpg"; \
    echo "or, in your browser:                 artlens serve"
endef

# opencv-python links to system libraries for its windows, which a bare server lacks.
import_cv2 = $(BIN)/python -c 'import cv2'

find_browser = { command -v chromium || command -v google-chrome; } >/dev/null \
    && command -v chromedriver >/dev/null

need_browser = $(find_browser) || { $(call apt_install,chromium chromium-driver); $(find_browser); }

need_redis = command -v redis-server >/dev/null || { $(call apt_install,redis-server); }

# Debian's load generator, for the service's benchmark.
need_wrk = command -v wrk >/dev/null || { $(call apt_install,wrk); }

# $(call apt_install,PACKAGES)
define apt_install
    if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
        echo "error: missing on this machine: $(1); install them, as root on Debian with" \
            "'apt-get install $(1)', then run make again" >&2; \
        exit 1; \
    fi; \
    apt-get update -qq; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1)
endef

# Where packages come from is a matter of the machine's own pip settings, not of the lock.
define FORGET_SOURCES
import json, pathlib
path = pathlib.Path("Pipfile.lock")
lock = json.loads(path.read_text())
lock["_meta"]["sources"] = []
for category in lock.keys() - {"_meta"}:
    for package in lock[category].values():
        package.pop("index", None)
path.write_text(json.dumps(lock, indent=4) + "\n")
endef
export FORGET_SOURCES

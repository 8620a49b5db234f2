# Every command of the project. `make help` lists them; docs/operations.md says more.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Somebody's shell may send pip or Python elsewhere; where packages come from (index, certificates) stays theirs.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
# Without kept bytecode every process of ours would compile the whole site anew (5 s of CPU each), and every test file.
unexport PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV PIP_NO_BINARY PIP_ONLY_BINARY PIP_DRY_RUN
export UV_PYTHON_DOWNLOADS := never
# Trust what the machine trusts (a company's own certificate), as pip does.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PY := .venv/bin/python
UV := .boot/bin/uv
EXEC := $(PY) -m devservices exec
# The first Python that fits pyproject's requires-python.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	if $$p -c '$(FITS)' 2>/dev/null; then command -v $$p; break; fi; done)

.PHONY: run test journeys check bench soak messages lock reset stop help install-run install-dev browser

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: install-run  ## The whole site with its demo world at http://127.0.0.1:8000/ (PORT=, ASAR_HOST=, ASAR_DEMO=0)
	@exec $(PY) -m devservices run

# Two runs, the journeys in a process of their own (.ci/tests.py says why). A browser is needed only where they run.
PATHS := $(filter tests tests/ tests/%,$(ARGS))
BROWSER := $(if $(PATHS),$(if $(filter tests tests/ tests/journeys%,$(PATHS)),browser),browser)

test: install-dev $(BROWSER)  ## Every test, unit to browser (ARGS="tests/needs -x" for a part)
	@exec $(EXEC) --fast --dir .run/test -- $(PY) .ci/tests.py quick $(ARGS)

journeys: install-dev browser  ## Only the users' journeys: a real browser on a real stack (ARGS="-k gift")
	@exec $(EXEC) --fast --dir .run/test -- $(PY) -m pytest -m "not soak" $(if $(PATHS),,tests/journeys) $(ARGS)

check: install-dev  ## Style, types, architecture, migrations, deployment settings, translations
	@exec $(EXEC) --fast --dir .run/check -- bash .ci/check

bench: install-dev browser  ## Measure (PART=pages|ledger|gifts|log|replica|surveys|indicators); prints a table, writes .run/bench/<part>.json
	@exec $(PY) tests/bench/run.py $(PART)

soak: install-dev $(BROWSER)  ## The long tests that `make test` leaves out
	@exec $(EXEC) --dir .run/test -- $(PY) .ci/tests.py soak $(ARGS)

messages: install-dev  ## Collect texts for translation and compile the translations
	@exec $(EXEC) --fast --dir .run/check -- $(PY) manage.py messages

lock: .boot/installed  ## Pin every package with its hashes (UPGRADE=1 takes newer versions)
	@for set in boot run dev; do \
		$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
			$(if $(UPGRADE),--upgrade) requirements/$$set.in --output-file requirements/$$set.txt; \
		echo "  requirements/$$set.txt"; \
	done

stop:  ## Stop what `make run` started in another terminal
	@exec $(PY) -m devservices stop

reset:  ## Delete the database and everything else in .run/, after asking (YES=1 does not ask)
	@exec $(PY) -m devservices reset $(if $(YES),--yes)

# uv, from pip, hashes checked. Debian's Python often lacks ensurepip: say so before venv fails halfway.
.boot/installed: requirements/boot.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "asar: Python 3.11, 3.12 or 3.13 is needed and none is here. Install it: apt-get install python3 python3-venv" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "asar: $(PYTHON) cannot make virtual environments. Install what is missing: apt-get install python3-venv" >&2; exit 1; fi
	@echo "  Installing uv into .boot/"
	@rm -rf .boot && $(PYTHON) -m venv .boot
	@.boot/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/boot.txt
	@touch $@

# A note in .venv says which set is installed for which text of the requirements and which folder, so that unchanged
# requirements cost nothing, a copied clone installs itself anew, and `make run` keeps the larger set of the tests.
NOTE := .venv/asar-installed
KEY = $(1) $$(cat requirements/$(1).txt pyproject.toml | sha256sum | cut -c1-32) $(CURDIR)|
define install
	@if ! $(PY) -c '$(FITS)' 2>/dev/null || { [ -e $(NOTE) ] && ! grep -qF " $(CURDIR)|" $(NOTE); }; then rm -rf .venv; $(UV) venv --quiet --python "$(PYTHON)" .venv; fi
	@set="$(1)"; if [ "$$set" = run ] && grep -qs '^dev ' $(NOTE); then set=dev; fi; \
	if [ "$$set" = dev ]; then key="$(call KEY,dev)"; else key="$(call KEY,run)"; fi; \
	if [ "$$(cat $(NOTE) 2>/dev/null)" != "$$key" ]; then \
		echo "  Installing packages into .venv/"; \
		rm -f $(NOTE); \
		$(UV) pip sync --quiet --python $(PY) --require-hashes requirements/$$set.txt; \
		$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .; \
		echo "$$key" > $(NOTE); \
		echo "  Packages installed in $$SECONDS s"; \
	fi
endef

install-run: .boot/installed
	$(call install,run)

install-dev: .boot/installed
	$(call install,dev)

# The browser tests drive the Chromium that the system has. Installed where we may; otherwise said here, with what
# apt-get said, and the journeys fail at once with the same sentence (Ubuntu's package is a snap: install it by hand).
browser:
	@for name in chromium chromium-browser google-chrome; do if $$name --version >/dev/null 2>&1; then exit 0; fi; done; \
	root=""; if [ "$$(id -u)" != 0 ]; then root="sudo -n"; fi; \
	echo "  Installing Chromium for the browser tests"; \
	if ! out=$$({ $$root apt-get update -q && DEBIAN_FRONTEND=noninteractive $$root apt-get install -qy --no-install-recommends chromium; } 2>&1); then \
		printf '%s\n' "$$out" | tail -n 3 | sed 's/^/    /' >&2; \
		echo "asar: Chromium is missing and cannot be installed from here; the browser tests will fail. As root: apt-get install chromium" >&2; \
	fi

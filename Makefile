# What a developer and .ci/run call. Works on a path with spaces, and with GNU make from 3.81 on.
SHELL := /bin/bash
PYTHON ?= python3
PYTEST_ARGS ?=
BIN := .venv/bin
# A copy of the lock file that was installed, written last: an interrupted install has none.
STAMP := .venv/installed-requirements.txt

# Settings as in production; the check connects to nothing.
PRODUCTION = PIERRE_DEVELOPMENT=0 WHATSAPP_SIMULATOR=0 DJANGO_DEBUG=0 \
	DJANGO_SECRET_KEY="$$($(SECRET))" API_KEY_PEPPER="$$($(SECRET))" \
	DJANGO_ALLOWED_HOSTS=example.com TRUSTED_PROXY_COUNT=1 DATABASE_URL=postgres://pierre@127.0.0.1:5432/pierre \
	WHATSAPP_ACCESS_TOKEN=x WHATSAPP_PHONE_NUMBER_ID=1 WHATSAPP_BUSINESS_ACCOUNT_ID=1 \
	WHATSAPP_APP_SECRETS=x WHATSAPP_VERIFY_TOKEN=x PUBLIC_URL=https://example.com LINK_KEY="$$($(SECRET))" \
	ENCRYPTION_KEYS="check:$$($(KEY))" INDEX_KEY="$$($(SECRET))" AUDIT_KEYS="check:$$($(KEY))" \
	AUDIT_SEAL_DIR=/var/lib/pierre/seals \
	EMAIL_URL=smtp+tls://x:x@example.com DEFAULT_FROM_EMAIL=x@example.com
SECRET = $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))'
KEY = $(BIN)/python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'

# An old release with known advisories: an index that tells none of them has no advisories at all,
# and pip-audit could not tell that from a clean bill.
AUDIT := $(BIN)/python -m pip_audit --strict --disable-pip --progress-spinner off
KNOWN_BAD := requests==2.19.0

.PHONY: help setup venv demo run test check audit lock db-stop clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: ## make the virtual environment and install what requirements-dev.txt locks
	@mkdir -p .local
	@if ! command -v flock >/dev/null; then $(MAKE) --no-print-directory venv; exit; fi; \
	flock -n .local/setup.lock true || echo "Waiting for another make to finish installing."; \
	flock .local/setup.lock $(MAKE) --no-print-directory venv

venv:
	@if cmp -s requirements-dev.txt $(STAMP) && $(BIN)/python -c '' 2>/dev/null; then exit; fi; \
	set -e; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not that." \
			"Name one: make PYTHON=python3.12 …" >&2; exit 1; }; \
	if ! [ -f $(STAMP) ] || ! $(BIN)/python -c '' 2>/dev/null; then \
		rm -rf .venv; "$(PYTHON)" -m venv .venv; fi; \
	rm -f $(STAMP); \
	echo "Installing into .venv (a minute or two the first time)…"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-dev.txt; \
	cp requirements-dev.txt $(STAMP).new; mv $(STAMP).new $(STAMP)

demo: setup ## make the call for each demo user, check what comes back, and stop
	@$(BIN)/python manage.py demo

run: setup ## serve on this machine, with the simulator
	@$(BIN)/python manage.py run

test: setup ## run the tests; PYTEST_ARGS="-k flows" chooses
	@$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

check: setup ## lint, types, import contracts, migrations, deployment settings, advisories
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy --fail-level WARNING, with settings as in production"
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory audit

audit: setup
	@mkdir -p .local; echo "$(KNOWN_BAD)" > .local/known-bad.txt; \
	if $(AUDIT) --no-deps -r .local/known-bad.txt 2>&1 | grep -q "known vulnerabilit"; then \
		$(AUDIT) --require-hashes -r requirements.txt; \
	else \
		echo "pip-audit: NOT RUN, the package index tells no advisories to this machine."; \
	fi

lock: setup ## write requirements.txt and requirements-dev.txt again, with hashes
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 \
			--no-emit-index-url --custom-compile-command "make lock" \
			$$name.in --output-file $$name.txt || exit 1; \
	done

db-stop: ## stop the PostgreSQL of this checkout
	@if [ -x $(BIN)/python ]; then $(BIN)/python manage.py db stop; fi

clean: ## stop PostgreSQL, and remove the virtual environment, the caches and local data
	@$(MAKE) --no-print-directory db-stop || echo "Going on, without asking PostgreSQL to stop."
	rm -rf .venv .local staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

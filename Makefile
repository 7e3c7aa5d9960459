# `make help` lists what there is. Needs Python 3.11 or newer with venv, make and git; it fetches everything else.

PYTHON ?= python3
UV_VERSION := 0.13.9

BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(LOCK)
# Test runs are twice as slow without bytecode.
unexport PYTHONDONTWRITEBYTECODE
# The tests bring their own settings; see conftest.py.
SQLITE := env -u DATABASE_URL
POSTGRESQL := $(BIN)/python -m clinic.tests.postgres
PYTEST := $(BIN)/pytest -n 2 --dist loadfile
NO_DATABASE := env DATABASE_URL=sqlite:///:memory:
PRODUCTION := $(NO_DATABASE) DEBUG=false ALLOWED_HOSTS=clinic.example.org \
	PUBLIC_URL=https://clinic.example.org EMAIL_URL=smtp://127.0.0.1:25 \
	DEFAULT_FROM_EMAIL=appointments@alder.example.org CLINIC_EMAIL=frontdesk@alder.example.org \
	SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(64))")

.DEFAULT_GOAL := help
# Where `make sbom` writes to.
SBOM ?= sbom.json
.PHONY: help run test check bench faults storm simulate screenshots translations venv format lock sbom licences

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
	@echo
	@echo "  One part of the tests, on SQLite:      $(BIN)/pytest booking"
	@echo "  The same on PostgreSQL:                $(POSTGRESQL) pytest booking"
	@echo "  A second copy beside the first:        make run PORT=8001 DATA_DIR=/tmp/second"

run: .venv/production ## Start the clinic: web, worker, beat and broker; Ctrl-C stops it
	@$(BIN)/python -m clinic.run

test: venv check ## Everything, on SQLite and on PostgreSQL
	$(SQLITE) $(PYTEST)
	$(POSTGRESQL) $(PYTEST)

check: venv ## Style, types, layers, migrations, production settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NO_DATABASE) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: venv ## Time the engine, open times, bookings, connections, the desk, pages, reports and the outbox; weigh the pages
	$(BIN)/python -m benchmarks

faults: venv ## Kill, hang and fill up what may fail, on both databases; count mails lost and doubled (10 minutes)
	$(BIN)/python -m faults

storm: venv ## Load the product as in production while its processes are killed in turn; judge visits and mail (10 minutes)
	$(BIN)/python -m storm

translations: venv ## Bring locale/ up to date, compile it, list the texts that have no translation
	$(NO_DATABASE) $(BIN)/python manage.py translations

simulate: venv ## Live through sixty days of a made-up clinic, with and without its waitlist, on both databases
	$(BIN)/python -m simulation

screenshots: venv ## Take the pictures of the README again, of the demo practice
	$(BIN)/python -m clinic.screenshots

format: venv ## Lay out the Python files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/bin/uv ## Pin what pyproject.toml wants; LOCK=--upgrade takes what is newer
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group dev --constraints requirements.txt --output-file requirements-dev.txt

sbom: venv ## Write what production is made of, with versions and hashes, to sbom.json (CycloneDX)
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible --output-file $(SBOM) requirements.txt

licences: venv ## List the licence of each package
	@$(BIN)/python -m clinic.tests.licences

venv: .venv/development ## Make or refresh .venv with what the tests need

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv==$(UV_VERSION)

.venv/production: requirements.txt | .venv/bin/uv
	$(INSTALL) --requirements requirements.txt
	@touch $@

.venv/development: requirements-dev.txt | .venv/bin/uv
	$(INSTALL) --requirements requirements-dev.txt
	@touch $@

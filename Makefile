# README's two commands are `make demo` and `make test`; each does all its own set-up on a fresh machine.

# Some shells set it; without compiled files every start of a process takes twice as long.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench format lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Make .venv with everything, from the hash-locked file
	@scripts/install.sh

demo: install ## Run the product with a sandbox registry and a small institution in it
	@exec .venv/bin/python -m scripts.demo

test: install ## Run all tests, on a real PostgreSQL, Redis, Celery worker and Chromium too
	@scripts/test.sh

check: install ## Everything but the tests: format, lint, types, contracts, templates, migrations, deployment
	@scripts/check.sh

bench: install ## Measure what the product is measured by, and print the table
	@exec .venv/bin/python -m bench

format: install ## Put the code into its format
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix-only --quiet .
	@git ls-files -z 'templates/*.html' | xargs -0 -r .venv/bin/djade --target-version 6.1

lock: install ## Write the hashed requirement files anew after a change in requirements/*.in
	@scripts/lock.sh

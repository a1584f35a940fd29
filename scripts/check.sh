#!/usr/bin/env bash
# Everything but the tests. Runs all checks, even after one failed, and says at the end which did.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

failed=()
check() { # NAME COMMAND…: quiet when it passes
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'ok      %s\n' "$name"
  else
    failed+=("$name")
    printf 'FAILED  %s\n%s\n' "$name" "$output"
  fi
}

tracked() { # PATTERN…: files git knows or will know, so that a new file is checked before it is committed
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}
templates() { tracked 'templates/*.html' '*/templates/*.html'; }

has_no_missing_migration() {
  DATABASE_URL=sqlite://:memory: python manage.py makemigrations --check --dry-run
}
deploys() { # with an environment such as production has
  env -u DEBUG \
    DATABASE_URL=postgres://doi@localhost/doi SITE_URL=https://doi.example.org ALLOWED_HOSTS=doi.example.org \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    DOI_ENCRYPTION_KEYS="$(python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')" \
    CELERY_BROKER_URL=redis://localhost/0 EMAIL_URL=smtp://localhost:25 \
    python manage.py check --deploy --fail-level WARNING
}
templates_formatted() { templates | xargs -r djade --check --target-version 6.1; }
templates_linted() { templates | xargs -r djlint --lint --quiet; }
names_no_index() { # neither an index's address nor an option for one
  ! grep -nE '(--(extra-)?index-url|--find-links|https?://)' requirements/*.txt requirements/*.in
}

check "format (ruff)" ruff format --check --quiet .
check "lint (ruff)" ruff check --quiet .
check "types (mypy --strict)" mypy .
check "imports (import-linter)" lint-imports
check "templates' format (djade)" templates_formatted
check "templates (djlint)" templates_linted
check "migrations" has_no_missing_migration
check "deployment (check --deploy)" deploys
check "locked without an index" names_no_index
check "compose file (schema)" check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
check "compose file (lint)" compose-lint docker-compose.yml
check "Dockerfile (hadolint)" hadolint Dockerfile

if [ ${#failed[@]} -gt 0 ]; then
  printf '\n%s of the checks failed: %s\n' "${#failed[@]}" "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi

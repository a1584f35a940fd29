#!/usr/bin/env bash
# All tests: the bulk on SQLite, what depends on the database again on PostgreSQL, then with real servers, then with a
# real browser. Runs all parts, even after one failed. Arguments go to each pytest.
set -uo pipefail
cd "$(dirname "$0")/.."

scripts/browser.sh || exit 1
TEST_LEFT_OUT_FILE=$(mktemp)
export TEST_LEFT_OUT_FILE
trap 'rm -f "$TEST_LEFT_OUT_FILE"' EXIT

failed=()
part() { # NAME PYTEST-ARGUMENT…
  local name=$1 code=0
  shift
  printf '\n=== %s\n' "$name"
  .venv/bin/python -m pytest --quiet --hypothesis-profile=steady "$@" || code=$?
  [ "$code" = 0 ] || failed+=("$name")
}

part "Everything without real servers, on SQLite" -m "not integration and not browser" -n 2 "$@"
TEST_ON=postgresql part "What touches the database, on PostgreSQL" -m "not integration and not browser" -n 2 "$@"
part "With PostgreSQL, Redis, a Celery worker and the sandbox registry" -m integration "$@"
# One module to a worker: each has one running product.
part "In a browser" -m browser -n 2 --dist loadfile "$@"

if [ -s "$TEST_LEFT_OUT_FILE" ]; then
  printf '\nNot run, because DATACITE_REFERENCE_DIR is not set (checks against DataCite'\''s schema and real records):\n'
  sort -u "$TEST_LEFT_OUT_FILE" | sed 's/^/  /'
fi
if [ ${#failed[@]} -gt 0 ]; then
  printf '\nFailed: %s\n' "$(IFS=';'; echo "${failed[*]}")" >&2
  exit 1
fi

#!/usr/bin/env bash
# Makes .venv with everything that requirements/dev.txt locks; does nothing when that is already there.
# uv comes by pip from the same hashed file, then does the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/dev.txt
stamp=.venv/.installed
wanted=$(cksum "$lock" scripts/install.sh)

if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c ''; then
  exit 0
fi
echo "Installing what $lock locks into .venv; this takes about a minute …" >&2

# A shim may be on PATH and still start nothing, so each candidate has to run.
new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}
makes_environments() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1
}

# The part of the lock that is uv alone, so that pip checks its hashes too.
uv_lock() {
  awk '/^[^ ]/ {ours = /^uv==/} ours' "$lock"
}

install_uv() { # PYTHON: puts uv beside it
  local file
  file=$(mktemp)
  uv_lock >"$file"
  "$1" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file" || { rm -f "$file"; return 1; }
  rm -f "$file"
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3; do
    if [ -n "$candidate" ] && new_enough "$candidate" && makes_environments "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# No Python is new enough: uv, here or fetched by an older Python, may know or fetch one.
find_python_by_uv() {
  local uv older
  uv=$(command -v uv || true)
  if [ -z "$uv" ]; then
    for older in python3 python3.11 python3.10 python3.9; do
      if makes_environments "$older"; then
        mkdir -p var
        "$older" -m venv var/uv >/dev/null && install_uv var/uv/bin/python >&2 && uv=var/uv/bin/uv
        break
      fi
    done
  fi
  [ -n "$uv" ] || return 1
  "$uv" python find --quiet '>=3.12' 2>/dev/null && return 0
  "$uv" python install --quiet 3.13 >&2 && "$uv" python find --quiet '>=3.12'
}

if ! { [ -x .venv/bin/python ] && new_enough .venv/bin/python; }; then
  python=$(find_python || find_python_by_uv) || {
    echo "Python 3.12 or newer with its venv module is needed (on Debian or Ubuntu: apt-get install python3 python3-venv); or name one: make install PYTHON=/path/to/python3.13" >&2
    exit 1
  }
  rm -rf .venv
  "$python" -m venv .venv
fi
if ! [ -x .venv/bin/uv ]; then
  .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
  install_uv .venv/bin/python
fi
.venv/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python "$lock"
printf '%s\n' "$wanted" >"$stamp"

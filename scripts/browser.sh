#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests, and says what to install where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

sentence="The browser tests need Chromium: install the package chromium (or google-chrome), run .venv/bin/playwright install chromium, or name one in CHROMIUM."

found() {
  .venv/bin/python -m tests.support.chromium >/dev/null 2>&1
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium with apt-get …" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null || true
fi
if ! found; then
  .venv/bin/playwright install chromium || true
fi
found || { echo "$sentence" >&2; exit 1; }

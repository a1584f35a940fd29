#!/usr/bin/env bash
# Writes requirements/*.txt from requirements/*.in: versions and hashes, without the address of any package index.
# Arguments go to uv, such as: scripts/lock.sh --upgrade-package django
set -euo pipefail
cd "$(dirname "$0")/.."

for name in base dev; do
  .venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
    --no-header --no-annotate "$@" --output-file "requirements/$name.txt" "requirements/$name.in"
done

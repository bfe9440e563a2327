#!/usr/bin/env bash
# Type-checks and builds the VS Code extension into editors/vscode/pyteam.vsix.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
needs npm
cd "$root/editors/vscode"
# npm writes the inner file last of all: when it is older than the lock, something has changed.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --silent --no-audit --no-fund --ignore-scripts
fi
log=$editors/extension.log # of no interest unless it fails
npm run --silent package >"$log" 2>&1 || { cat "$log"; exit 1; }
if grep -n '"resolved"' package-lock.json; then
  echo "package-lock.json names download addresses: see .npmrc"
  exit 1
fi

# shellcheck shell=bash
# What the editor tests share. Sourced; the sourcing script has set $here to this folder.
# shellcheck disable=SC2034,SC2154
root=$(cd "$here/../.." && pwd)
editors=${PYTEAM_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/pyteam-editors}
export PATH=$editors/bin:$PATH
# The wheel's Node trusts its own list of certificates alone, where a machine behind a proxy has others besides.
export NODE_USE_SYSTEM_CA=1

have() { command -v "$1" >/dev/null 2>&1; }

# skip REASON: ends the test as left out (exit 77), which is a failure where CI=true.
skip() { echo "skipped: $1"; exit 77; }

# needs PROGRAM...: installs the editors where that is possible, and skips the test where one is still missing.
# What could not be installed takes its time to fail: tests/run tries once (EDITORS_TRIED).
needs() {
  [ -n "${EDITORS_TRIED:-}" ] || bash "$here/install.sh"
  local program
  for program in "$@"; do have "$program" || skip "there is no $program here"; done
}

# browser: sets $CHROMIUM to the browser to use, or skips the test.
browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if have "$name"; then CHROMIUM=$(command -v "$name"); export CHROMIUM; return; fi
  done
  skip "there is no Chromium here"
}

# begin_workspace: a copy of the small project in $workspace, and the server to test as `pyteam` on PATH, as a user has
# it. $scratch is removed at the end.
begin_workspace() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch" || true' EXIT # an editor on its way out may still write there; that is no failure
  workspace=$scratch/project
  cp -R "$here/project" "$workspace"
  server=${PYTEAM:-$root/target/release/pyteam}
  [ -x "$server" ] || { echo "there is no $server: cargo build --release -p pyteam"; exit 1; }
  mkdir "$scratch/bin"
  ln -s "$(cd "$(dirname "$server")" && pwd)/$(basename "$server")" "$scratch/bin/pyteam"
  export PATH=$scratch/bin:$PATH
}

# assert_repaired FILE...: on disk each parses, and its blocking get has a timeout.
assert_repaired() { python3 "$here/assert_repaired.py" "$@"; }

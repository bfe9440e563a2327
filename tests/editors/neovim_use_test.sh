#!/usr/bin/env bash
# What users of Neovim do and do wrong: neovim_use_test.lua says what. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/neovim.sh"
needs nvim
begin_workspace
begin_neovim
export PYTEAM_CACHE_DIR=$scratch/pyteam-cache PYTEAM_CONFIG_DIR=$scratch/user PYTEAM_STATE_DIR=$scratch/records
# Nothing marks this copy as a project.
cp -R "$root/docs/examples/camera_pipeline" "$scratch/unmarked"

original=$scratch/original
cp -R "$workspace" "$original"
part() { # NAME FILE, in a fresh copy
  echo "-- $1"
  rm -rf "$workspace"
  cp -R "$original" "$workspace"
  neovim neovim_use_test.lua "$1" "$2"
}
part line worker.py
part settings worker.py
part quiet worker.py
part missing worker.py
original=$root/docs/examples/camera_pipeline_repaired
part new detector.py
workspace=$scratch/unmarked
echo "-- folder"
neovim neovim_use_test.lua folder output.py
echo "-- links"
neovim neovim_use_test.lua links output.py

#!/usr/bin/env bash
# A real Neovim, without a screen: neovim_test.lua says what is tested. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
needs nvim
begin_workspace

# The shipped configuration file, where editors/neovim/README.md has the user put it.
mkdir -p "$scratch/config/nvim/lsp"
cp "$root/editors/neovim/pyteam.lua" "$scratch/config/nvim/lsp/"
export XDG_CONFIG_HOME=$scratch/config XDG_STATE_HOME=$scratch/state XDG_DATA_HOME=$scratch/data XDG_CACHE_HOME=$scratch/cache
if ! (cd "$workspace" && nvim --headless -i NONE -u NONE -l "$here/neovim_test.lua" worker.py); then
  echo "--- Neovim's log of the server"
  cat "$scratch"/state/nvim/lsp.log 2>/dev/null || true
  exit 1
fi
assert_repaired "$workspace/worker.py"
# The sample waits for ever as it stands; repaired, it must end. (`timeout` is not everywhere.)
cd "$workspace"
python3 -c 'import subprocess, sys; subprocess.run([sys.executable, "-B", "main.py"], check=True, timeout=20)'

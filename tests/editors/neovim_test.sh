#!/usr/bin/env bash
# A real Neovim, without a screen: neovim_test.lua says what is tested. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/neovim.sh"
needs nvim
begin_workspace
begin_neovim
neovim neovim_test.lua worker.py
assert_repaired "$workspace/worker.py"
# The sample waits for ever as it stands; repaired, it must end. (`timeout` is not everywhere.)
cd "$workspace"
python3 -c 'import subprocess, sys; subprocess.run([sys.executable, "-B", "main.py"], check=True, timeout=20)'

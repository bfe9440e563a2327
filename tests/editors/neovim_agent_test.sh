#!/usr/bin/env bash
# A real agent (qwen-code) behind a real Neovim without a screen; its model is tests/agents/stub_model.py, on loopback.
# neovim_agent_test.lua says what is tested. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/neovim.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/agent.sh"
needs nvim qwen
begin_workspace
begin_neovim
begin_agent

part() { # a script of agent.sh's
  echo "-- $1"
  model "$1"
  neovim neovim_agent_test.lua "$1" restore.py || { agent_logs; exit 1; }
}
part hang
on_disk 'torch.load(path)' 'a canceled request changed the file'
part repair
on_disk 'torch.load(path, weights_only=True)' 'the file on disk is not repaired'
list_runs

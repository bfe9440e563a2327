#!/usr/bin/env bash
# A real agent (qwen-code) behind a real Neovim without a screen; its model is tests/agents/stub_model.py, on loopback.
# neovim_agent_test.lua says what is tested. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
needs nvim qwen
begin_workspace
cat >"$workspace/restore.py" <<'END'
import torch


def restore(path):
    return torch.load(path)


LIMIT = 1
END

mkdir -p "$scratch/config/nvim/lsp" "$scratch/user" "$scratch/tmp"
cp "$root/editors/neovim/pyteam.lua" "$scratch/config/nvim/lsp/"
export XDG_CONFIG_HOME=$scratch/config XDG_STATE_HOME=$scratch/state XDG_DATA_HOME=$scratch/data XDG_CACHE_HOME=$scratch/cache
# The user's own settings: which agent there is, and that the reviewer may propose changes.
export PYTEAM_CONFIG_DIR=$scratch/user PYTEAM_STATE_DIR=$scratch/records
cat >"$PYTEAM_CONFIG_DIR/pyteam.toml" <<'END'
[agents]
back-end = "qwen"

[agents.back-ends.qwen]
kind = "acp"
command = ["qwen", "--acp", "--auth-type", "openai"]
env = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"]

[agents.rights.python-security-reviewer]
edit = true
END
# The copies that agents work in lie here, and nobody else's do.
export TMPDIR=$scratch/tmp
export OPENAI_API_KEY=dummy OPENAI_MODEL=stub
export MODEL_PROGRAM=$root/tests/agents/stub_model.py MODEL_LOG=$scratch/model.log

part() { # NAME
  echo "-- $1"
  if ! (cd "$workspace" && nvim --headless -i NONE -u NONE -l "$here/neovim_agent_test.lua" "$1" restore.py); then
    echo "--- what the model was asked"
    cat "$MODEL_LOG" 2>/dev/null || true
    echo "--- the records"
    cat "$scratch"/records/runs/*.jsonl 2>/dev/null || true
    echo "--- Neovim's log of the server"
    cat "$scratch"/state/nvim/lsp.log 2>/dev/null || true
    exit 1
  fi
}

on_disk() { grep -qF "$1" "$workspace/restore.py" || { echo "FAIL $2"; exit 1; }; }
part cancel
on_disk 'torch.load(path)' 'a cancelled request changed the file'
part apply
on_disk 'torch.load(path, weights_only=True)' 'the file on disk is not repaired'
(cd "$workspace" && pyteam runs) | sed "s|$scratch|...|"

# shellcheck shell=bash
# What the tests share that put a real agent (qwen-code) behind an editor; its model is tests/agents/stub_model.py, on
# loopback. Sourced after common.sh.
# shellcheck disable=SC2154

# begin_agent: after begin_workspace. A file with a finding, the user's own settings, and the model.
begin_agent() {
  # With a torch whose default is unsafe, what is found is a warning.
  echo 'torch>=2.1' >"$workspace/requirements.txt"
  cat >"$workspace/restore.py" <<'END'
import torch


def restore(path):
    return torch.load(path)


LIMIT = 1
END
  # The copies that agents work in lie in TMPDIR, and nobody else's do.
  export TMPDIR=$scratch/tmp PYTEAM_CONFIG_DIR=$scratch/user PYTEAM_STATE_DIR=$scratch/records
  mkdir -p "$TMPDIR" "$PYTEAM_CONFIG_DIR"
  begin_model
  # Whole paths, because an editor need not have this test's PATH: VS Code takes that of a login shell.
  cat >"$PYTEAM_CONFIG_DIR/pyteam.toml" <<END
[agents]
backend = "qwen"
unconfined = "allow"

[agents.backends.qwen]
kind = "acp"
command = ["$(command -v node)", "$(realpath "$(command -v qwen)")", "--acp", "--auth-type", "openai"]
env = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"]

[agents.rights.python-security-reviewer]
edit = true
END
}

# The model ends with its standard input, that is with this shell.
begin_model() {
  export MODEL_SCRIPT=$scratch/model.json MODEL_LOG=$scratch/model.log MODEL_SCRIPTS=$scratch/scripts
  mkdir -p "$MODEL_SCRIPTS"
  script repair --file restore.py --text "$(sed 's/(path)$/(path, weights_only=True)/' "$workspace/restore.py")"$'\n'
  script hang --file restore.py --hang 1
  script read --file restore.py --tool read_file --say $'# What restore.py does\n\nIt loads a model.'
  model repair
  coproc MODEL { python3 "$root/tests/agents/stub_model.py" --script "$MODEL_SCRIPT" 2>>"$MODEL_LOG"; }
  local port
  read -r port <&"${MODEL[0]}"
  export OPENAI_API_KEY=dummy OPENAI_MODEL=stub OPENAI_BASE_URL=http://127.0.0.1:$port/v1
}

# script NAME OPTION...: that is what the model does after `model NAME`.
script() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "${@:2}" >"$MODEL_SCRIPTS/$1.json"; }
model() {
  cp "$MODEL_SCRIPTS/$1.json" "$MODEL_SCRIPT"
  : >"$MODEL_LOG"
}

# What to show of a failure.
agent_logs() {
  echo "--- what the model was asked"
  cat "$MODEL_LOG" 2>/dev/null || true
  echo "--- the records"
  cat "$PYTEAM_STATE_DIR"/runs/*.jsonl 2>/dev/null || true
}

on_disk() { # TEXT, WHAT IT MEANS WHERE IT IS NOT THERE
  grep -qF "$1" "$workspace/restore.py" || { echo "FAIL $2"; exit 1; }
}
list_runs() { (cd "$workspace" && pyteam runs) | sed "s|$scratch|...|"; }

# at_work: the processes that work in a copy of the workspace, which are the agent and what it starts, one a line.
at_work() {
  local folder
  for folder in /proc/[0-9]*; do
    case $(readlink "$folder/cwd" 2>/dev/null || true) in
      "$TMPDIR"/pyteam-run-*) readlink "$folder/exe" || true ;;
    esac
  done
}
# nobody_is_left: no such process, and no copy. (Where there is no /proc, that is all that can be seen.)
nobody_is_left() {
  local copies
  copies=$(find "$TMPDIR" -maxdepth 1 -name 'pyteam-run-*')
  [ -z "$(at_work)$copies" ] || { echo "FAIL left behind: $(at_work) $copies"; agent_logs; exit 1; }
}
is_at_work() { [ ! -e /proc/self/cwd ] || at_work | grep -q node; }
is_asked_in_vain() { grep -q 'no answer' "$MODEL_LOG"; }
is_recorded() { grep -qF "$1" "$PYTEAM_STATE_DIR"/runs/*.jsonl; }

#!/usr/bin/env bash
# A real agent (qwen-code) behind a real Helix; its model is tests/agents/stub_model.py, on loopback. Three requests: one
# is canceled, which Helix can only do by the code action; one is answered by who may not edit; one ends in a change, which
# is shown, applied, and looked at again. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/helix.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/agent.sh"
needs hx tmux qwen
begin_workspace
begin_agent
also_shown() { agent_logs; } # of a failure
begin_helix restore.py

code=unsafe-model-load
reviewer=python-security-reviewer
old='return torch\.load\(path\)$'
new='return torch\.load\(path, weights_only=True\)$'
# act TITLE: chooses what is offered for the finding.
act() {
  keys g g ']' d
  keys Space a
  until_true 10 shows "$1" || fail "nothing offered is called $1"
  choose "$1" || fail "cannot choose $1"
  keys Enter
}
# back_to_file: the way back from what was opened, at most five steps.
in_file() { shows '^ (NOR|SEL) .* restore\.py|^ (NOR|SEL) +restore\.py'; }
back_to_file() {
  local steps=0
  until in_file; do
    ((steps++ < 5)) || fail "CTRL-O does not lead back to the file"
    keys C-o
    until_true 1 in_file || true
  done
  echo "CTRL-O $steps times leads back to the file"
}
until_true 30 listed "$code" || fail "there is no finding $code"
until_true 10 idle || fail "a progress of the server's has no end"

echo "-- cancel"
model hang
act "Ask $reviewer to fix"
until_true 10 shows "Asking $reviewer" || fail "no progress is shown"
until_true 60 is_asked_in_vain || fail "the model was not asked"
is_at_work || fail "the agent is not at work"
screen | tail -n 1
act "Cancel request to $reviewer"
until_true 20 shows 'canceled; no files changed' || fail "nothing is said of the end"
screen | tail -n 1
nobody_is_left
until_true 10 idle || fail "the progress has no end"
{ in_file && shows "$old" && ! shows 'restore\.py *\[\+\]'; } || fail "something was changed, or opened"
is_recorded '"canceled"' || fail "the record does not say so"

echo "-- read"
model read
act 'Ask another agent'
until_true 10 shows 'Select an agent' || fail "no agent is offered"
choose python-architect || fail "cannot choose the architect"
keys Enter
until_true 60 shows '# What restore\.py does' || fail "the answer is not shown"
screen
shows '^ NOR .*/records/runs/.*\.md ' || fail "the answer is not where it is kept"
nobody_is_left
back_to_file

echo "-- repair"
model repair
act "Ask $reviewer to fix"
until_true 60 shows "Apply the change of $reviewer to restore\.py\?" || fail "the change is not asked about"
screen
{ shows '\.diff ' && shows '\+    '"$new"; } || fail "the change is not shown"
nobody_is_left
choose 'Apply' || fail "cannot choose"
keys Enter
until_true 20 shows 'applied; findings: 1 no longer found' || fail "nothing is said of what became of it"
screen | tail -n 1
back_to_file
shows "$new" || fail "the change does not reach the text"
until_true 20 not_listed "$code" || fail "the finding stays"
is_recorded '"accepted":true' || fail "the record does not say so"
on_disk 'torch.load(path)' "Helix has saved by itself"
save
screen
quit 'quit-all'
on_disk 'torch.load(path, weights_only=True)' "the file on disk is not repaired"
list_runs

#!/usr/bin/env bash
# A real Helix in a terminal of tmux: see the finding, go to it, apply "Add a timeout" from the menu, save, quit.
# The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/helix.sh"
needs hx tmux
begin_workspace
begin_helix worker.py

code=blocking-get-without-timeout
until_true 20 listed "$code" || fail "there is no finding $code"
# Helix turns its wheel from the moment a progress is created until it ends, and for ever if no end is sent.
until_true 10 idle || fail "a progress of the server's has no end"
keys g g ']' d # Helix asks for the actions of the selection, so the finding is selected
keys Space k
until_true 10 shows "The rule: $code" || fail "hover does not say what was found"
echo "hover says what was found"
keys Escape
keys Space a
until_true 10 shows 'Add a timeout' || fail 'no action has "Add a timeout" in its title'
choose 'Add a timeout' || fail 'cannot choose "Add a timeout"'
keys Enter
until_true 10 shows 'timeout=' || fail "the repair does not reach the text"
save
until_true 20 not_listed "$code" || fail "the finding stays"
screen | sed -n 1,20p
quit
assert_repaired worker.py

#!/usr/bin/env bash
# What users of Helix do: ask for actions anywhere on a finding's line, and open a file of a folder that nothing marks as a
# project, from elsewhere. The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/helix.sh"
needs hx tmux
begin_workspace
export PYTEAM_CACHE_DIR=$scratch/pyteam-cache PYTEAM_CONFIG_DIR=$scratch/user
# Nothing marks this copy as a project.
cp -R "$root/docs/examples/camera_pipeline" "$scratch/unmarked"

# to_line NUMBER: to its first column, once Helix is done with what was before.
to_line() {
  is_there() { keys Escape; command_line "$1"; keys g h; until_true 1 shows " $1:1\$"; }
  until_true 10 is_there "$1" || fail "cannot go to line $1"
}

echo "-- line"
begin_helix worker.py
code=blocking-get-without-timeout
until_true 20 listed "$code" || fail "there is no finding $code"
line=$(grep -n 'waiting\.get()' worker.py | cut -d : -f 1)

# A file that another program writes: Helix tells of none but its own. With a wrong name beside it a right one selects nothing.
write_until() { printf '%s\n' "$1" >pyteam.toml; until_true 2 "${@:2}"; }
until_true 20 write_until "ignore = [\"$code\"]" not_listed "$code" || fail "a change of pyteam.toml is not noticed"
until_true 20 write_until 'select = ["architecture", "mesaging"]' listed "$code" || fail "a misspelled name switches rules off"
printf 'ignroe = 3\nmax-dept = 4\n' >pyteam.toml
until_true 10 shows '2 errors in pyteam\.toml: line 1: .*; line 2: ' || fail "the errors do not stand in one line"
rm pyteam.toml
until_true 20 listed "$code" || fail "there is no finding $code any more"

to_line "$line" # the cursor goes to the line's first column; Helix names no diagnostics from there
keys Space a
until_true 10 shows 'Add a timeout' || fail "no repair is offered at the line's beginning"
screen | sed -n '/Add a timeout/,/╯/p'
order=$(screen | grep -oE 'Add a timeout|Suppress [a-z-]+ on|Ask (another agent|[a-z-]+) ' | sed 's/ .*//' | uniq | tr '\n' ' ')
[ "$order" = "Add Suppress Ask " ] || fail "repairs come first, then the comment, then whom to ask, not: $order"
choose 'Add a timeout' || fail 'cannot choose "Add a timeout"'
keys Enter
until_true 10 shows 'timeout=' || fail "the repair does not reach the text"
save
until_true 20 not_listed "$code" || fail "the finding stays"
quit

echo "-- folder"
workspace=/
begin_helix "$scratch/unmarked/output.py" output.py
until_true 20 listed "$code" || fail "there is no finding $code"
to_line 24
keys f u # to the `updates` of `msg = updates.get()`
seen_across() { keys Escape; keys Space k; until_true 1 shows 'aggregator\.py:42'; }
until_true 20 seen_across || fail "the hover does not know of the other files"
screen
shows 'in process run_aggregator' || fail "the hover does not say who puts into the queue"
quit

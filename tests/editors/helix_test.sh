#!/usr/bin/env bash
# A real Helix in a terminal of tmux: see the finding, go to it, apply "Add timeout" from the menu, save, quit.
# The server: $PYTEAM, else target/release/pyteam.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
needs hx tmux
begin_workspace

# The shipped configuration, with messages shown at the end of their lines. This theme shows what is chosen in a menu in
# reverse video, which can be told from the screen's text.
export XDG_CONFIG_HOME=$scratch/config XDG_CACHE_HOME=$scratch/cache TERM=xterm-256color
unset COLORTERM
mkdir -p "$scratch/config/helix" "$scratch/cache/helix"
cp "$root/editors/helix/languages.toml" "$scratch/config/helix/"
printf 'theme = "base16_default"\n[editor]\nend-of-line-diagnostics = "hint"\n' >"$scratch/config/helix/config.toml"

in_tmux() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
trap 'in_tmux kill-server 2>/dev/null || true; rm -rf "$scratch" || true' EXIT
screen() { in_tmux capture-pane -p -t hx | sed 's/ *$//' | grep -v '^ *~*$' || true; }
keys() { in_tmux send-keys -t hx "$@"; sleep 0.1; }
command_line() { keys ':'; in_tmux send-keys -t hx -l "$1"; keys Enter; }
fail() {
  echo "FAIL $1"
  screen
  echo "--- the last lines of Helix's log"
  tail -n 20 "$scratch/hx.log" | cut -c 1-300
  exit 1
}
# until_true SECONDS COMMAND...
until_true() { local end=$((SECONDS + $1)); shift; until "$@"; do ((SECONDS < end)) || return 1; sleep 0.1; done; }
shows() { screen | grep -qiE -- "$1"; }
chosen() { in_tmux capture-pane -e -p -t hx | grep -qE $'\e\\[7m(\e\\[[0-9;]*m)*[^\e]*'"$1"; }
choose() { until chosen "$1"; do ((moves++ < 30)) || return 1; keys C-n; done; }

code=blocking-get-without-timeout
# Beside the line stands the message alone; the list of findings has the codes too.
listed() { keys Space d; sleep 0.3; screen | grep -F "$code" || { keys Escape; return 1; }; keys Escape; }
not_listed() { ! listed >/dev/null; }
idle() { ! shows ' (NOR|INS|SEL) [⣾⣽⣻⢿⡿⣟⣯⣷]'; }
ended() { ! in_tmux has-session -t hx 2>/dev/null; }

hx --version
cd "$workspace"
in_tmux new-session -d -x 140 -y 40 -s hx "hx -v --log '$scratch/hx.log' worker.py"
until_true 10 shows 'worker\.py' || fail "Helix does not start"
until_true 20 listed || fail "there is no finding $code"
# Helix turns its wheel from the moment a progress is created until it ends, and for ever if no end is sent.
until_true 10 idle || fail "a progress of the server's has no end"
keys g g ']' d # Helix asks for the actions of the selection, so the finding is selected
keys Space k
until_true 10 shows "$code" || fail "hover does not show the rule's page"
echo "hover shows the rule's page"
keys Escape
keys Space a
until_true 10 shows 'Add timeout' || fail 'no action has "Add timeout" in its title'
moves=0
choose 'Add timeout' || fail 'cannot choose "Add timeout"'
keys Enter
until_true 10 shows 'timeout=' || fail "the repair does not reach the text"
command_line write
until_true 10 shows 'written' || fail "cannot save"
until_true 20 not_listed || fail "the finding stays"
screen | sed -n 1,20p
command_line quit
until_true 10 ended || fail "Helix does not quit"
assert_repaired worker.py

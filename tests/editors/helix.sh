# shellcheck shell=bash
# What the tests that drive Helix share: it runs in a terminal of tmux, and everything is read off the screen.
# Sourced after common.sh.
# shellcheck disable=SC2154

# begin_helix FILE [NAME]: after begin_workspace; NAME is what Helix shows of it.
begin_helix() {
  # The shipped configuration, with messages shown at the end of their lines, and what a progress says. This theme shows
  # what is chosen in a menu in reverse video, which can be told from the screen's text.
  export XDG_CONFIG_HOME=$scratch/config XDG_CACHE_HOME=$scratch/cache TERM=xterm-256color
  unset COLORTERM
  mkdir -p "$scratch/config/helix" "$scratch/cache/helix"
  cp "$root/editors/helix/languages.toml" "$scratch/config/helix/"
  printf 'theme = "base16_default"\n[editor]\nend-of-line-diagnostics = "hint"\n[editor.lsp]\ndisplay-progress-messages = true\n' >"$scratch/config/helix/config.toml"
  trap 'in_tmux kill-server 2>/dev/null || true; rm -rf "$scratch" || true' EXIT
  hx --version
  cd "$workspace" || exit
  in_tmux new-session -d -x 140 -y 40 -s hx "hx -v --log '$scratch/hx.log' '$1'"
  local name=${2:-$1}
  until_true 10 shows "${name//./\\.}" || fail "Helix does not start"
}

in_tmux() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
screen() { in_tmux capture-pane -p -t hx | sed 's/ *$//' | grep -v '^ *~*$' || true; }
keys() { in_tmux send-keys -t hx "$@"; sleep 0.1; }
command_line() { keys ':'; in_tmux send-keys -t hx -l "$1"; keys Enter; }
fail() {
  echo "FAIL $1"
  screen
  echo "--- the last lines of Helix's log"
  tail -n 20 "$scratch/hx.log" | cut -c 1-300
  also_shown
  exit 1
}
also_shown() { :; } # of a failure; a test may have more to show
# until_true SECONDS COMMAND...
until_true() { local end=$((SECONDS + $1)); shift; until "$@"; do ((SECONDS < end)) || return 1; sleep 0.1; done; }
shows() { screen | grep -qiE -- "$1"; }
# choose TEXT: in the menu that is open.
choose() { local moves=0; until chosen "$1"; do ((moves++ < 30)) || return 1; keys C-n; done; }
chosen() { in_tmux capture-pane -e -p -t hx | grep -qE $'\e\\[7m(\e\\[[0-9;]*m)*[^\e]*'"$1"; }

# listed CODE: prints the finding, if there is one. Beside the line stands the message alone; the list has the codes too.
listed() { keys Space d; sleep 0.3; screen | grep -F "$1" || { keys Escape; return 1; }; keys Escape; }
not_listed() { ! listed "$1" >/dev/null; }
idle() { ! shows ' (NOR|INS|SEL) [⣾⣽⣻⢿⡿⣟⣯⣷]'; }
# save: and wait until it is.
save() { command_line write; until_true 10 shows 'written' || fail "cannot save"; }
quit() {
  command_line "${1:-quit}"
  until_true 10 ended || fail "Helix does not quit"
}
ended() { ! in_tmux has-session -t hx 2>/dev/null; }

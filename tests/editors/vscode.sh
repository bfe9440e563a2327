# shellcheck shell=bash
# What the tests that drive VS Code share. Sourced after common.sh.
# shellcheck disable=SC2154

# vscode_session TEST.js: runs it in $workspace. Pictures and logs are kept in $PYTEAM_SHOTS, and of a failure in
# target/editor-tests without it.
vscode_session() {
  local built=$root/editors/vscode/pyteam.vsix
  if [ ! -e "$built" ] || [ -n "$(cd "$root/editors/vscode" && find . -type f -newer "$built" ! -path './node_modules/*')" ]; then
    bash "$here/build_extension.sh" || return
  fi
  mkdir -p "$scratch/shots"
  NODE_PATH=$editors/vscode/node_modules node "$here/$1" "$workspace" "$built" "$scratch"
}

keep_pictures() {
  local kept=${PYTEAM_SHOTS:-$root/target/editor-tests}
  mkdir -p "$kept"
  cp -R "$scratch/shots/." "$kept/"
  cp -R "$scratch/data/logs" "$scratch/code-server.log" "$kept/" 2>/dev/null || true
  echo "pictures and logs: $kept"
}

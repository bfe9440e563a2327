# shellcheck shell=bash
# What the tests that drive Neovim share. Sourced after common.sh.
# shellcheck disable=SC2154

# begin_neovim: after begin_workspace. The shipped configuration file, where editors/neovim/README.md has the user put it.
begin_neovim() {
  mkdir -p "$scratch/config/nvim/lsp"
  cp "$root/editors/neovim/pyteam.lua" "$scratch/config/nvim/lsp/"
  export XDG_CONFIG_HOME=$scratch/config XDG_STATE_HOME=$scratch/state XDG_DATA_HOME=$scratch/data XDG_CACHE_HOME=$scratch/cache
}

# neovim TEST.lua ARGUMENT...: runs it in the workspace, and fails with the log.
neovim() {
  (cd "$workspace" && nvim --headless -i NONE -u NONE -l "$here/$1" "${@:2}") && return
  echo "--- Neovim's log of the server"
  cat "$scratch"/state/nvim/lsp.log 2>/dev/null || true
  return 1
}

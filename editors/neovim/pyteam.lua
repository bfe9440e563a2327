-- pyteam for Neovim 0.11 and newer: lives in lsp/pyteam.lua of your configuration, started by vim.lsp.enable('pyteam').
---@type vim.lsp.Config
return {
  cmd = { 'pyteam', 'server' },
  filetypes = { 'python' },
  -- The markers in braces count alike: the nearest folder with either is the root. A repository's top comes last.
  root_markers = { { 'pyteam.toml', 'pyproject.toml', 'setup.cfg', 'setup.py' }, '.git' },
  -- Settings as in VS Code, without the "pyteam." in front.
  settings = { pyteam = {} },
}

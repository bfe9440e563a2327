-- Run by neovim_test.sh: nvim --headless -l neovim_test.lua FILE, in the workspace, with `pyteam` on PATH.
-- Goes the way of a user: open the file, see the finding, read the rule's page, apply "Add timeout", save, quit.
local CODE = 'blocking-get-without-timeout'
local file = _G.arg[1]

local function say(...) io.stdout:write(string.format(...), '\n') end
local function fail(...) say('FAIL ' .. ...) vim.cmd('cquit 1') end
local function wait(what, milliseconds, condition)
  if not vim.wait(milliseconds, condition, 20) then fail('timed out waiting for ' .. what) end
end

say('Neovim %s', vim.version())
assert(vim.fn.has('nvim-0.11') == 1, 'vim.lsp.config needs Neovim 0.11')

-- `-l` reads no configuration; this is what ~/.config/nvim does for a user.
vim.opt.runtimepath:prepend(vim.fn.stdpath('config'))
local exit_code
vim.lsp.config('pyteam', { on_exit = function(code) exit_code = code end })
vim.lsp.enable('pyteam')
vim.cmd('filetype on')
vim.cmd.edit({ file, mods = { silent = true } })

local function findings()
  return vim.tbl_filter(function(d) return d.code == CODE and d.source == 'pyteam' end, vim.diagnostic.get(0))
end
wait('the finding', 20000, function() return #findings() > 0 end)
assert(#findings() == 1, 'one finding, not ' .. #findings())
local found = findings()[1]
say('%s:%d:%d %s', file, found.lnum + 1, found.col + 1, found.message)
assert(vim.fn.getline(found.lnum + 1):find('waiting.get()', 1, true), 'the finding stands on the call')

vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
vim.lsp.buf.hover()
local page
wait('the hover window', 10000, function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      page = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
      return true
    end
  end
end)
-- Neovim may hide the marks of Markdown, but not in the buffer's lines: a heading, and the code below it.
assert(page:find('^#+ %u[^\n]+\n+`' .. vim.pesc(CODE) .. '`'), "hover shows the rule's page, not: " .. page)
say('hover: %s', page:gsub('\n+', ' / '):sub(1, 160))

-- What vim.lsp.buf.code_action offers, it offers by vim.ui.select: this is the user who picks.
local picked
vim.ui.select = function(choices, _, pick)
  local titles = {}
  for _, choice in ipairs(choices) do
    table.insert(titles, choice.action.title)
    if not picked and choice.action.title:find('Add timeout', 1, true) then picked = choice end
  end
  say('offered: %s', table.concat(titles, ' | '))
  if not picked then fail('no action has "Add timeout" in its title') end
  pick(picked)
end
local before = vim.api.nvim_buf_get_changedtick(0)
vim.lsp.buf.code_action()
wait('the repair', 10000, function() return picked and vim.api.nvim_buf_get_changedtick(0) ~= before end)
vim.cmd.write({ mods = { silent = true } })
wait('the finding to go', 10000, function() return #findings() == 0 end)
say('repaired, saved, and the finding is gone')

vim.lsp.enable('pyteam', false) -- stops the server: shutdown, then exit
wait('the server to end', 10000, function() return exit_code ~= nil end)
assert(exit_code == 0, 'the server ended with ' .. tostring(exit_code))
say('the server ended with 0')
vim.cmd('qall!')

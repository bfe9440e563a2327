-- What the tests that drive Neovim share: a user at a Neovim without a screen, with the shipped configuration.
-- A test begins with: local user = dofile(vim.fs.dirname(_G.arg[0]) .. '/neovim.lua')
local M = {}

function M.say(...) io.stdout:write(string.format(...), '\n') end
function M.fail(...)
  M.say('FAIL ' .. string.format(...))
  vim.cmd('cquit 1')
end
function M.check(truth, what) if not truth then M.fail('%s', what) end end
function M.wait(what, seconds, condition)
  if not vim.wait(seconds * 1000, condition, 20) then M.fail('timed out waiting for %s', what) end
end

-- Opens a file as a user does; the shipped configuration starts the server. Gives the buffer.
function M.open(file)
  -- `-l` reads no configuration; this is what ~/.config/nvim does for a user.
  vim.opt.runtimepath:prepend(vim.fn.stdpath('config'))
  return M.open_plainly(file)
end

local exit_code
-- Opens a file with what vim.lsp.config has been told of pyteam, and nothing else.
function M.open_plainly(file)
  M.check(vim.fn.has('nvim-0.11') == 1, 'vim.lsp.config needs Neovim 0.11')
  vim.lsp.config('pyteam', { on_exit = function(code) exit_code = code end })
  vim.lsp.enable('pyteam')
  vim.cmd('filetype on')
  vim.cmd.edit({ file, mods = { silent = true } })
  return vim.api.nvim_get_current_buf()
end

function M.findings(buffer, code)
  return vim.tbl_filter(function(d) return d.code == code and d.source == 'pyteam' end, vim.diagnostic.get(buffer))
end

-- The one finding of `code`, once it is there, with the cursor at it.
function M.finding(buffer, code)
  M.wait('the finding', 20, function() return #M.findings(buffer, code) > 0 end)
  local all = M.findings(buffer, code)
  M.check(#all == 1, 'one finding, not ' .. #all)
  M.say('%s:%d:%d %s', vim.fs.basename(vim.api.nvim_buf_get_name(buffer)), all[1].lnum + 1, all[1].col + 1, all[1].message)
  vim.api.nvim_win_set_cursor(0, { all[1].lnum + 1, all[1].col })
  return all[1]
end

-- Code actions and questions come by vim.ui.select: this is the user, who picks the first whose title has these words.
-- wanted[kind] is 'words' or { 'words', function() ... before it is picked }.
M.wanted = {}
vim.ui.select = function(choices, options, pick)
  local wanted = M.wanted[options.kind or '']
  local words, before = unpack(type(wanted) == 'table' and wanted or { wanted })
  local titles, picked = {}, nil
  for _, choice in ipairs(choices) do
    local title = choice.action and choice.action.title or choice.title
    table.insert(titles, title)
    if not picked and words and title:find(words, 1, true) then picked = choice end
  end
  M.say('%s\n  %s', options.prompt, table.concat(titles, '\n  '))
  if not picked then M.fail('nothing there has "%s" in its title', tostring(words)) end
  if before then before() end
  pick(picked)
end
function M.act(words)
  M.wanted.codeaction = words
  vim.lsp.buf.code_action()
end

function M.save() vim.cmd.write({ mods = { silent = true } }) end

-- Stops the server, by shutdown and exit, and Neovim.
function M.quit()
  vim.lsp.enable('pyteam', false)
  M.wait('the server to end', 10, function() return exit_code ~= nil end)
  M.check(exit_code == 0, 'the server ended with ' .. tostring(exit_code))
  M.say('the server ended with 0')
  vim.cmd('qall!')
end

return M

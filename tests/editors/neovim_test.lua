-- Run by neovim_test.sh: nvim --headless -l neovim_test.lua FILE, in the workspace, with `pyteam` on PATH.
-- Goes the way of a user: open the file, see the finding, read the rule's page, apply "Add a timeout", save, quit.
local user = dofile(vim.fs.dirname(_G.arg[0]) .. '/neovim.lua')
local CODE = 'blocking-get-without-timeout'

user.say('Neovim %s', vim.version())
local buffer = user.open(_G.arg[1])
local found = user.finding(buffer, CODE)
user.check(vim.fn.getline(found.lnum + 1):find('waiting.get()', 1, true), 'the finding stands on the call')

vim.lsp.buf.hover()
local page
user.wait('the hover window', 10, function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      page = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
      return true
    end
  end
end)
-- Neovim may hide the marks of Markdown, but not in the buffer's lines: the queue first, then the finding and its rule.
user.check(page:find('^%*%*`waiting`%*%*: '), 'hover says first what it is, not: ' .. page)
user.check(page:find('%[' .. vim.pesc(CODE) .. '%]%(file://'), "hover leads to the rule's page, not: " .. page)
user.say('hover: %s', page:gsub('\n+', ' / '):sub(1, 160))

-- The team by name, and words of one's own, at the finding. Its owner comes first.
vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
local names = vim.fn.getcompletion('PyteamAsk python-', 'cmdline')
user.check(names[1] == 'python-async-specialist', 'the owner is completed first, not: ' .. vim.inspect(names))
local answer, is_discarded
user.wanted.lsp_message = { 'Discard', function() is_discarded = true end }
vim.cmd('PyteamAsk anyone Why does this never end?')
user.wait('the answer', 20, function()
  if vim.api.nvim_buf_get_name(0):find('%.md$') then
    answer = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  end
  return answer and is_discarded
end)
user.check(answer:find(CODE, 1, true), 'the answer is about the finding, not: ' .. answer)
user.say('answered: %s', answer:match('[^\n]+'))
vim.cmd('buffer ' .. buffer)

local before = vim.api.nvim_buf_get_changedtick(buffer)
user.act('Add a timeout')
user.wait('the repair', 10, function() return vim.api.nvim_buf_get_changedtick(buffer) ~= before end)
user.save()
user.wait('the finding to go', 10, function() return #user.findings(buffer, CODE) == 0 end)
user.say('repaired, saved, and the finding is gone')
user.quit()

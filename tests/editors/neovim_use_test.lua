-- Run by neovim_use_test.sh: nvim --headless -l neovim_use_test.lua PART FILE, in the workspace, with `pyteam` on PATH.
-- Each part is something that a user of Neovim does, or does wrong:
--   line      asks for actions at the beginning of a finding's line
--   folder    opens a file in a folder that nothing marks as a project, with the README's configuration
--   settings  misspells settings, one thing after the other
--   quiet     wants no rows that ask agents
--   new       lets an agent write new files
--   links     follows the links of a hover
--   missing   has no pyteam on PATH
local user = dofile(vim.fs.dirname(_G.arg[0]) .. '/neovim.lua')
local say, check, wait = user.say, user.check, user.wait
local CODE = 'blocking-get-without-timeout'
local part, file = _G.arg[1], _G.arg[2]

local messages = {}
vim.notify = function(text)
  table.insert(messages, text)
  say('message: %s', text)
end
local function told(words)
  return vim.iter(messages):find(function(text) return text:find(words, 1, true) end)
end

local function hover_text()
  vim.lsp.buf.hover()
  local text
  wait('the hover window', 10, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
  end)
  return text
end

-- What is offered at the cursor.
local function offered(buffer)
  local params = vim.lsp.util.make_range_params(0, 'utf-8')
  params.context = { diagnostics = {}, triggerKind = 1 }
  local answers = vim.lsp.buf_request_sync(buffer, 'textDocument/codeAction', params, 10000)
  local titles = {}
  for _, answer in pairs(answers or {}) do
    for _, action in ipairs(answer.result or {}) do table.insert(titles, action.title) end
  end
  return titles
end

local parts = {}

function parts.line()
  local buffer = user.open(file)
  local found = user.finding(buffer, CODE)
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, 0 })
  vim.cmd.normal({ '^', bang = true })
  check(vim.api.nvim_win_get_cursor(0)[2] < found.col, 'the cursor stands before the finding')
  local titles
  -- Who puts and who ends the worker is known when all files are read.
  vim.wait(10000, function()
    titles = offered(buffer)
    return titles[1] == 'Add a timeout'
  end)
  check(titles[1] == 'Add a timeout', 'the repair comes first: ' .. vim.inspect(titles))
  local seen = {}
  for _, title in ipairs(titles) do
    check(not seen[title], 'offered twice: ' .. title)
    seen[title] = true
  end
  check(seen['Suppress ' .. CODE .. ' on this line'], 'the comment is offered: ' .. vim.inspect(titles))
  user.act('Add a timeout')
  wait('the repair', 10, function() return vim.fn.search('timeout=', 'nw') > 0 end)
  wait('the finding to go', 10, function() return #user.findings(buffer, CODE) == 0 end)
end

function parts.folder()
  vim.lsp.config('pyteam', {
    cmd = { 'pyteam', 'server' },
    filetypes = { 'python' },
    root_markers = { 'pyteam.toml', 'pyproject.toml', '.git' },
  })
  local buffer = user.open_plainly(file)
  user.finding(buffer, CODE)
  wait('the other files', 20, function() return hover_text():find('aggregator.py:42', 1, true) end)
  local text = hover_text()
  say('%s', text)
  check(text:find('^%*%*`self._updates`%*%*: '), 'what it is comes first')
  check(text:find('aggregator.py:42](file://', 1, true), 'places are links')
  check(text:find('in process run_aggregator', 1, true), 'who puts into it')
  check(text:find('**warning**', 1, true) and text:find('- What to do: ', 1, true), 'then the finding')
  check(not text:find('](blocking', 1, true), 'no link leads nowhere')
  check(#vim.split(text, '\n') <= 18, 'it fits on a screen: ' .. #vim.split(text, '\n'))
  -- The page that the hover links to can be opened.
  local page = text:match('The rule: %[[^%]]+%]%(file://([^)]+)%)')
  check(page and vim.fn.filereadable(page) == 1, 'the rule has a page')
  local params = vim.tbl_extend('force', vim.lsp.util.make_position_params(0, 'utf-8'), { context = { includeDeclaration = true } })
  local answer = vim.lsp.buf_request_sync(buffer, 'textDocument/references', params, 10000)
  local places = answer and vim.tbl_values(answer)[1].result or {}
  check(#places == 5, 'five places in three files, not ' .. #places)
  vim.cmd.edit({ 'detector.py', mods = { silent = true } })
  local detector = vim.api.nvim_get_current_buf()
  wait('a finding that rests on another file', 20, function() return #user.findings(detector, 'cpu-bound-in-async') > 0 end)
  check(#user.findings(detector, 'deep-inheritance') > 0, 'the chain of classes goes through other files')
end

function parts.settings()
  local buffer = user.open(file)
  user.finding(buffer, CODE)
  local function write(...)
    messages = {}
    vim.fn.writefile({ ... }, 'pyteam.toml')
  end
  local function still_there() return #user.findings(buffer, CODE) == 1 end
  -- Neovim leaves watching to the server, which begins with it when it knows all files.
  vim.wait(500)
  write('select = ["concurency"]')
  wait('the message', 10, function() return told('pyteam.toml:1: unknown rule or family `concurency`; did you mean `concurrency`?') end)
  vim.wait(500)
  check(still_there(), 'a misspelled name switches nothing off')
  write('select = ["mesaging", "architecture"]')
  wait('the message', 10, function() return told('did you mean `messaging`? All of this `select` is ignored until it is fixed') end)
  vim.wait(500)
  check(still_there(), 'nor does one with a right one beside it')
  write('ignroe = ["x"]', 'max-depth = "x"', 'max-file-size = 0')
  wait('one message of three errors', 10, function() return told('3 errors in pyteam.toml') end)
  check(not messages[1]:find('\n'), 'in one line, which wants no key: ' .. messages[1])
  check(told('line 1: ') and told('line 2: ') and told('line 3: '), 'all of them')
  vim.wait(300)
  check(#messages == 1, 'one message, not ' .. #messages)
  write('max-depth = "x"')
  vim.wait(700)
  check(#messages == 0, 'nothing is new')
  write('exclude = 3')
  wait('the new one', 10, function() return told('pyteam.toml:1: `exclude`: expected a list of strings, found a number') end)
  write('ignore = [')
  wait('what is no TOML', 10, function() return told('invalid TOML') end)
  vim.wait(300)
  check(#messages == 1 and still_there(), 'told once, and nothing is switched off')
  write('ignore = ["' .. CODE .. '"]')
  wait('the finding to go', 10, function() return #user.findings(buffer, CODE) == 0 end)
end

function parts.quiet()
  vim.lsp.config('pyteam', { settings = { pyteam = { askActions = 'never' } } })
  local buffer = user.open(file)
  local function asks() return vim.iter(offered(buffer)):filter(function(title) return vim.startswith(title, 'Ask ') end):totable() end
  user.finding(buffer, CODE)
  check(#asks() == 0, 'nobody is offered: ' .. vim.inspect(asks()))
  -- Where nothing was found nobody is offered by default either, since Neovim lists servers one behind the other.
  vim.lsp.get_clients({ name = 'pyteam' })[1].settings = { pyteam = {} }
  vim.lsp.get_clients({ name = 'pyteam' })[1]:notify('workspace/didChangeConfiguration', { settings = vim.empty_dict() })
  wait('the settings', 10, function() return #asks() > 0 end)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  check(#asks() == 0, 'nobody is offered where nothing was found: ' .. vim.inspect(asks()))
end

function parts.new()
  user.open(file)
  local function test_files() return vim.fn.glob('**/test_*.py', true, true) end
  user.wanted.lsp_message = { 'Apply', function() check(#test_files() == 0, 'nothing is written before it is wanted') end }
  wait('the command', 20, function() return vim.fn.exists(':PyteamAsk') == 2 end)
  vim.cmd('PyteamAsk python-test-writer')
  wait('the message', 30, function() return told('pyteam: applied') end)
  check(not told('not what was proposed'), 'what was applied is what was proposed')
  local files = test_files()
  check(#files > 0, 'new files')
  for _, path in ipairs(files) do
    local text = table.concat(vim.fn.readfile(path), '\n')
    check(text:find('def test_', 1, true), path .. ' is on disk with its text')
    local shown = vim.fn.bufnr(vim.fn.fnamemodify(path, ':p'))
    check(shown > 0 and vim.bo[shown].buflisted and not vim.bo[shown].modified, path .. ' is listed and saved')
    say('new: %s, %d bytes', path, #text)
  end
  check(vim.api.nvim_buf_get_name(0):find('test_', 1, true), 'the new file is in view')
end

function parts.links()
  local buffer = user.open(file)
  user.finding(buffer, CODE)
  wait('the other files', 20, function() return hover_text():find('aggregator.py:42', 1, true) end)
  local function in_hover(words, column)
    vim.lsp.buf.hover()
    local window
    wait('the hover window', 10, function()
      window = vim.iter(vim.api.nvim_list_wins()):find(function(one) return vim.api.nvim_win_get_config(one).relative ~= '' end)
      return window
    end)
    vim.lsp.buf.hover() -- the second time goes into it
    wait('the cursor to be there', 10, function() return vim.api.nvim_get_current_win() == window end)
    local row = vim.fn.search(words, 'w')
    check(row > 0, 'a line with ' .. words)
    if column then vim.api.nvim_win_set_cursor(0, { row, column }) end
    return row
  end
  local here = vim.api.nvim_win_get_cursor(0)
  -- On the link itself, and anywhere on its line.
  for _, column in ipairs({ false, 0 }) do
    in_hover('aggregator.py:42', column)
    vim.cmd.normal('gf')
    local place = vim.api.nvim_win_get_cursor(0)
    local name = vim.fs.basename(vim.api.nvim_buf_get_name(0))
    say('gf leads to %s:%d', name, place[1])
    check(name == 'aggregator.py' and place[1] == 42, 'the link leads to its line')
    check(vim.api.nvim_win_get_config(0).relative == '' and #vim.api.nvim_list_wins() == 1, 'in the window of the code')
    vim.cmd.normal({ vim.keycode('<C-o>'), bang = true })
    check(vim.api.nvim_get_current_buf() == buffer, 'CTRL-O leads back')
    vim.api.nvim_win_set_cursor(0, here)
  end
  in_hover('The rule: ')
  vim.cmd.normal('gF')
  check(vim.api.nvim_buf_get_name(0):find('blocking_get_without_timeout.md', 1, true), 'the rule has a page')
end

function parts.missing()
  vim.env.PATH = '/nowhere'
  user.open(file)
  wait('the message', 10, function() return told('there is no program `pyteam` on PATH') end)
  check(#vim.lsp.get_clients({ name = 'pyteam' }) == 0, 'nothing runs')
  vim.cmd('qall!')
end

parts[part]()
if part == 'missing' then return end
user.quit()

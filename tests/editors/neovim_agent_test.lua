-- Run by neovim_agent_test.sh: nvim --headless -l neovim_agent_test.lua PART FILE, in the workspace.
-- PART apply:  see the finding, ask its owner to repair it, watch, look at the change, apply it, see the finding gone.
-- PART cancel: ask likewise, of a model that never answers, and cancel that by the code action.
-- All handlers are Neovim's own; replaced is what a user's plugins replace: vim.ui.select, and vim.notify.
local CODE = 'unsafe-model-load'
local AGENT = 'python-security-reviewer'
local part, file = _G.arg[1], _G.arg[2]

local function say(...) io.stdout:write(string.format(...), '\n') end
local requests = '' -- what the model says of each on its standard error
local function fail(...)
  say('FAIL ' .. string.format(...))
  vim.fn.writefile(vim.split(requests, '\n'), vim.env.MODEL_LOG)
  vim.cmd('cquit 1')
end
local function check(truth, what) if not truth then fail('%s', what) end end
local function wait(what, seconds, condition)
  if not vim.wait(seconds * 1000, condition, 20) then fail('timed out waiting for %s', what) end
end

-- The model: it ends with its standard input, that is with this Neovim.
local script = {
  apply = { '--text', 'import torch\n\n\ndef restore(path):\n    return torch.load(path, weights_only=True)\n\n\nLIMIT = 1\n' },
  cancel = { '--hang', '1' },
}
local port
local model = vim.system(
  vim.list_extend({ 'python3', vim.env.MODEL_PROGRAM, '--file', file }, script[part]),
  {
    stdin = true,
    stdout = function(_, text) if text then port = text:match('%d+') end end,
    stderr = function(_, text) requests = requests .. (text or '') end,
  }
)
wait("the model's port", 20, function() return port end)
vim.env.OPENAI_BASE_URL = 'http://127.0.0.1:' .. port .. '/v1'

-- What the user sees: messages, and the steps of a request under way.
local messages, steps = {}, {}
vim.notify = function(text)
  table.insert(messages, text)
  say('message: %s', text)
end
local function told(words)
  return function()
    return vim.iter(messages):find(function(text) return text:find(words, 1, true) end)
  end
end
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local params = event.data.params
    if not tostring(params.token):find('^pyteam/run/') then return end
    table.insert(steps, params.value)
    say('progress: %s: %s %s', params.value.kind, params.value.title, params.value.message or '')
  end,
})
local function stepped(kind)
  return function() return vim.iter(steps):find(function(step) return step.kind == kind end) end
end
-- What is offered by vim.ui.select, and the user who picks the first whose title begins so.
local wanted, before_decision = {}, nil
vim.ui.select = function(choices, options, pick)
  local kind = options.kind or ''
  local titles, picked = {}, nil
  for _, choice in ipairs(choices) do
    local title = choice.action and choice.action.title or choice.title
    table.insert(titles, title)
    if not picked and wanted[kind] and vim.startswith(title, wanted[kind]) then picked = choice end
  end
  say('%s\n  %s', options.prompt, table.concat(titles, '\n  '))
  if not picked then fail('nothing there begins with "%s"', tostring(wanted[kind])) end
  if kind == 'lsp_message' then before_decision() end
  pick(picked)
end

-- Processes that work in a copy of the workspace: qwen-code and what it starts. None where there is no /proc.
local function at_work()
  local found = {}
  for _, folder in ipairs(vim.fn.glob('/proc/[0-9]*', true, true)) do
    local cwd = vim.uv.fs_readlink(folder .. '/cwd')
    if cwd and vim.startswith(cwd, vim.env.TMPDIR .. '/pyteam-run-') then
      table.insert(found, vim.uv.fs_readlink(folder .. '/exe') or folder)
    end
  end
  return found
end
local has_proc = vim.uv.fs_stat('/proc/self/cwd') ~= nil
local function nobody_is_left()
  local copies = vim.fn.glob(vim.env.TMPDIR .. '/pyteam-run-*', true, true)
  check(#at_work() == 0, 'the agent has ended, but not ' .. table.concat(at_work(), ', '))
  check(#copies == 0, 'a copy of the workspace is left: ' .. table.concat(copies, ', '))
end
local function records()
  local text = ''
  for _, path in ipairs(vim.fn.glob(vim.env.PYTEAM_STATE_DIR .. '/runs/*.jsonl', true, true)) do
    text = text .. table.concat(vim.fn.readfile(path), '\n')
  end
  return text
end

-- `-l` reads no configuration; this is what ~/.config/nvim does for a user.
vim.opt.runtimepath:prepend(vim.fn.stdpath('config'))
local exit_code
vim.lsp.config('pyteam', { on_exit = function(code) exit_code = code end })
vim.lsp.enable('pyteam')
vim.cmd('filetype on')
vim.cmd.edit({ file, mods = { silent = true } })
local buffer, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
local function lines() return vim.api.nvim_buf_get_lines(buffer, 0, -1, false) end
local before = lines()

local function findings()
  return vim.tbl_filter(function(d) return d.code == CODE and d.source == 'pyteam' end, vim.diagnostic.get(buffer))
end
wait('the finding', 20, function() return #findings() == 1 end)
local found = findings()[1]
say('%s:%d:%d %s', file, found.lnum + 1, found.col + 1, found.message)

-- Asks the owner of the finding under the cursor.
vim.api.nvim_win_set_cursor(window, { found.lnum + 1, found.col })
wanted.codeaction = ('Ask %s to repair %s'):format(AGENT, CODE)
before_decision = function() fail('nothing is to be decided here') end

if part == 'cancel' then
  vim.lsp.buf.code_action()
  wait('a step', 60, stepped('report'))
  wait('the request that hangs', 60, function() return requests:find('no answer', 1, true) end)
  if has_proc then
    say('at work: %s', table.concat(at_work(), ', '))
    check(vim.iter(at_work()):any(function(exe) return exe:find('node', 1, true) end), 'the agent is at work')
  end
  wanted.codeaction = 'Cancel the request to ' .. AGENT
  vim.lsp.buf.code_action()
  wait('the message', 20, told('cancelled'))
  nobody_is_left()
  wait('the end of the progress', 5, stepped('end'))
  check(vim.deep_equal(lines(), before) and not vim.bo[buffer].modified, 'nothing was changed')
  check(vim.api.nvim_win_get_buf(window) == buffer, 'nothing else was opened')
  check(records():find('"cancelled"', 1, true), 'the record says so: ' .. records())
else
  -- Neovim opens the answer, and then the change, in the window that has the focus.
  local diff
  before_decision = function()
    check(vim.deep_equal(lines(), before), 'nothing is changed before the user has decided')
    local shown = vim.api.nvim_get_current_buf()
    diff = table.concat(vim.api.nvim_buf_get_lines(shown, 0, -1, false), '\n')
    say('shown beside the question: %s (%s)', vim.fs.basename(vim.api.nvim_buf_get_name(shown)), vim.bo[shown].filetype)
    say('%s', diff)
  end
  wanted.lsp_message = 'Apply'
  vim.lsp.buf.code_action()
  wait('the change', 90, function() return not vim.deep_equal(lines(), before) end)
  check(diff and diff:find('+    return torch.load(path, weights_only=True)', 1, true), 'the change was shown')
  wait('the message', 20, told('applied'))
  check(stepped('begin')() and stepped('report')() and stepped('end')(), 'the progress of the request')
  local answers = vim.tbl_filter(
    function(name) return vim.startswith(name, vim.env.PYTEAM_STATE_DIR) and vim.endswith(name, '.md') end,
    vim.tbl_map(vim.api.nvim_buf_get_name, vim.api.nvim_list_bufs())
  )
  check(#answers == 1, 'the answer was opened: ' .. vim.inspect(answers))
  say('answer: %s', table.concat(vim.fn.readfile(answers[1]), ' / '))
  check(records():find('"accepted":true', 1, true), 'the record says so: ' .. records())
  nobody_is_left()

  -- Back to the file, the way a user goes.
  local back = 0
  while vim.api.nvim_get_current_buf() ~= buffer and back < 5 do
    vim.cmd.normal({ vim.keycode('<C-o>'), bang = true })
    back = back + 1
  end
  say('CTRL-O %d times leads back to %s', back, vim.fs.basename(vim.api.nvim_buf_get_name(0)))
  check(vim.api.nvim_get_current_buf() == buffer, 'the way back to the file')
  wait('the finding to go', 10, function() return #findings() == 0 end)
  vim.cmd.write({ mods = { silent = true } })
  say('applied, saved, and the finding is gone')
end

vim.lsp.enable('pyteam', false) -- stops the server: shutdown, then exit
wait('the server to end', 10, function() return exit_code ~= nil end)
check(exit_code == 0, 'the server ended with ' .. tostring(exit_code))
model:write(nil)
vim.cmd('qall!')

-- Run by neovim_agent_test.sh: nvim --headless -l neovim_agent_test.lua PART FILE, in the workspace.
-- PART repair: see the finding, ask its owner to repair it, watch, look at the change, apply it, see the finding gone.
-- PART hang:   ask likewise, of a model that never answers, and cancel that by the code action.
-- All handlers are Neovim's own; replaced is what a user's plugins replace: vim.ui.select, and vim.notify.
local user = dofile(vim.fs.dirname(_G.arg[0]) .. '/neovim.lua')
local say, check, wait = user.say, user.check, user.wait
local CODE = 'unsafe-model-load'
local AGENT = 'python-security-reviewer'
local part, file = _G.arg[1], _G.arg[2]

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

local function content(path) return table.concat(vim.fn.readfile(path), '\n') end
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
  return vim.iter(vim.fn.glob(vim.env.PYTEAM_STATE_DIR .. '/runs/*.jsonl', true, true)):map(content):join('\n')
end

local buffer = user.open(file)
local window = vim.api.nvim_get_current_win()
local function lines() return vim.api.nvim_buf_get_lines(buffer, 0, -1, false) end
local before = lines()
user.finding(buffer, CODE)
local ask = ('Ask %s to fix %s'):format(AGENT, CODE)

if part == 'hang' then
  user.act(ask)
  wait('a step', 60, stepped('report'))
  wait('the request that hangs', 60, function() return content(vim.env.MODEL_LOG):find('no answer', 1, true) end)
  if has_proc then
    say('at work: %s', table.concat(at_work(), ', '))
    check(vim.iter(at_work()):any(function(exe) return exe:find('node', 1, true) end), 'the agent is at work')
  end
  user.act('Cancel request to ' .. AGENT)
  wait('the message', 20, told('canceled'))
  nobody_is_left()
  wait('the end of the progress', 5, stepped('end'))
  check(vim.deep_equal(lines(), before) and not vim.bo[buffer].modified, 'nothing was changed')
  check(vim.api.nvim_win_get_buf(window) == buffer, 'nothing else was opened')
  check(records():find('"canceled"', 1, true), 'the record says so: ' .. records())
else
  -- Neovim opens the answer, and then the change, in the window that has the focus.
  local diff
  local function look()
    check(vim.deep_equal(lines(), before), 'nothing is changed before the user has decided')
    local shown = vim.api.nvim_get_current_buf()
    diff = table.concat(vim.api.nvim_buf_get_lines(shown, 0, -1, false), '\n')
    say('shown beside the question: %s (%s)', vim.fs.basename(vim.api.nvim_buf_get_name(shown)), vim.bo[shown].filetype)
    say('%s', diff)
  end
  user.wanted.lsp_message = { 'Apply', look }
  user.act(ask)
  wait('the change', 90, function() return not vim.deep_equal(lines(), before) end)
  check(diff and diff:find('+    return torch.load(path, weights_only=True)', 1, true), 'the change was shown')
  wait('the message', 20, told('applied'))
  check(stepped('begin')() and stepped('report')() and stepped('end')(), 'the progress of the request')
  local answers = vim.tbl_filter(
    function(name) return vim.startswith(name, vim.env.PYTEAM_STATE_DIR) and vim.endswith(name, '.md') end,
    vim.tbl_map(vim.api.nvim_buf_get_name, vim.api.nvim_list_bufs())
  )
  check(#answers == 1, 'the answer was opened: ' .. vim.inspect(answers))
  say('answer: %s', content(answers[1]):gsub('\n', ' / '))
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
  wait('the finding to go', 10, function() return #user.findings(buffer, CODE) == 0 end)
  user.save()
  say('applied, saved, and the finding is gone')
end
user.quit()

-- pyteam for Neovim 0.11 and newer: lives in lsp/pyteam.lua of your configuration, started by vim.lsp.enable('pyteam').

---What the server is told of where the cursor stands.
local function place(client, buffer)
  return {
    document = vim.uri_from_bufnr(buffer),
    about = { place = vim.lsp.util.make_range_params(0, client.offset_encoding).range },
  }
end

---Names of those who can be asked, the ones first that the place speaks for.
local function agents(client, buffer)
  local params = { command = 'pyteam.agents', arguments = { place(client, buffer) } }
  local answer = client:request_sync('workspace/executeCommand', params, 1000, buffer)
  return vim.tbl_map(function(agent) return agent.name end, answer and answer.result or {})
end

---:PyteamAsk [agent [what you want]]: about the function, class or file at the cursor. <Tab> completes the agent.
local function ask_command(client, buffer)
  vim.api.nvim_buf_create_user_command(buffer, 'PyteamAsk', function(command)
    local agent, goal = command.args:match('^(%S*)%s*(.-)%s*$')
    local wish = place(client, buffer)
    wish.agent = agent
    wish.goal = goal ~= '' and goal or nil
    client:exec_cmd({ title = 'Ask', command = 'pyteam.ask', arguments = { wish } }, { bufnr = buffer })
  end, {
    nargs = '*',
    desc = 'Ask an agent of the team',
    complete = function(lead, line)
      -- Behind the agent come words of your own.
      if line:match('^%S+%s+%S+%s') then return {} end
      return vim.tbl_filter(function(name) return vim.startswith(name, lead) end, agents(client, buffer))
    end,
  })
end

---The file and line that a link leads to: the link under the cursor, else the only one of the line.
local function link_at_cursor()
  local line, column = vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)[2] + 1
  local links, from = {}, 1
  while true do
    local first, last, target = line:find('%[.-%]%((file://[^)%s]+)%)', from)
    if not first then break end
    if first <= column and column <= last then
      links = { target }
      break
    end
    table.insert(links, target)
    from = last + 1
  end
  if #links ~= 1 then return end
  local uri, number = links[1]:match('^(.-)#L(%d+)$')
  return vim.uri_to_fname(uri or links[1]), tonumber(number or 1)
end

---Lets `gf` and `gF` follow the links of a hover window: by themselves they know no `#L34`, and would open the file in the
---small window.
local function follow_links()
  vim.api.nvim_create_autocmd('WinEnter', {
    group = vim.api.nvim_create_augroup('pyteam.hover', {}),
    callback = function()
      local hover = vim.api.nvim_get_current_win()
      if not vim.w[hover]['textDocument/hover'] then return end
      for _, key in ipairs({ 'gf', 'gF' }) do
        vim.keymap.set('n', key, function()
          local file, line = link_at_cursor()
          if not file then return vim.cmd.normal({ key, bang = true }) end
          local window = vim.fn.win_getid(vim.fn.winnr('#'))
          vim.api.nvim_win_close(hover, true)
          if vim.api.nvim_win_is_valid(window) then vim.api.nvim_set_current_win(window) end
          -- `CTRL-O` leads back.
          vim.cmd("normal! m'")
          if vim.api.nvim_buf_get_name(0) ~= file then vim.cmd.edit(vim.fn.fnameescape(file)) end
          vim.api.nvim_win_set_cursor(0, { math.min(line, vim.api.nvim_buf_line_count(0)), 0 })
          vim.cmd('normal! ^')
        end, { buffer = 0, desc = 'Follow the link' })
      end
    end,
  })
end
follow_links()

---Neovim writes of a program that is not there into its log, and starts nothing.
local function say_what_is_missing()
  local cmd = vim.lsp.config.pyteam.cmd
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    local text = 'pyteam: there is no program `%s` on PATH; `cargo install --path server/pyteam` puts it into ~/.cargo/bin'
    vim.notify_once(text:format(cmd[1]), vim.log.levels.WARN)
  end
end
vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('pyteam.program', {}),
  pattern = 'python',
  once = true,
  callback = vim.schedule_wrap(say_what_is_missing),
})
-- This file is read when the first buffer gets its type.
if vim.bo.filetype == 'python' then vim.schedule(say_what_is_missing) end

---@type vim.lsp.Config
return {
  cmd = { 'pyteam', 'server' },
  filetypes = { 'python' },
  -- The markers in braces count alike: the nearest folder with either is the root. A repository's top comes last.
  root_markers = { { 'pyteam.toml', 'pyproject.toml', 'setup.cfg', 'setup.py' }, '.git' },
  -- Settings as in VS Code, without the "pyteam." in front.
  settings = { pyteam = {} },
  on_attach = ask_command,
}

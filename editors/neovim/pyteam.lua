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

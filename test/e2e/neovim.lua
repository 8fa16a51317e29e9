-- Loads the snippet of docs/editors.md, opens a file, and writes what a person would see as JSON.
-- Works from Neovim 0.7 on. Arguments come as global variables: g:gup_snippet, g:gup_file, g:gup_out.
local LIMIT = 60000
local out = {}

local function finish(code)
  vim.fn.writefile({ vim.fn.json_encode(out) }, vim.g.gup_out)
  vim.cmd(code .. 'cquit')
end

local function main()
  dofile(vim.g.gup_snippet)
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.g.gup_file))
  -- `-u NONE` leaves detection out; the language's id is taken from it.
  vim.cmd('setlocal filetype=c')
  local buffer = vim.api.nvim_get_current_buf()
  local client
  assert(
    vim.wait(LIMIT, function()
      client = vim.tbl_keys(vim.lsp.buf_get_clients(buffer))[1]
      return client ~= nil
    end, 10),
    'the client did not start'
  )
  out.root = vim.lsp.get_client_by_id(client).config.root_dir

  local function params(needle)
    for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
      local column = line:find(needle, 1, true)
      if column then
        return {
          textDocument = { uri = vim.uri_from_bufnr(buffer) },
          position = { line = number - 1, character = column },
        }
      end
    end
    error('no line with ' .. needle)
  end

  local function request(method, arguments)
    local answers, problem = vim.lsp.buf_request_sync(buffer, method, arguments, LIMIT)
    assert(answers, method .. ': ' .. tostring(problem))
    local answer = answers[client]
    assert(answer and not answer.error, method .. ': ' .. vim.inspect(answer))
    return answer.result
  end

  local function diagnostics(wanted)
    local found = {}
    assert(
      vim.wait(LIMIT, function()
        found = vim.diagnostic.get(buffer)
        return (#found > 0) == wanted
      end, 10),
      'diagnostics did not ' .. (wanted and 'come' or 'go')
    )
    return vim.tbl_map(function(one)
      return { line = one.lnum + 1, code = one.code or one.user_data and one.user_data.lsp.code, message = one.message }
    end, found)
  end

  out.diagnostics = diagnostics(true)
  out.hover = request('textDocument/hover', params('pin_user_pages_fast')).contents.value
  out.flag = request('textDocument/hover', params('FOLL_LONGTERM')).contents.value
  out.lenses = #request('textDocument/codeLens', { textDocument = { uri = vim.uri_from_bufnr(buffer) } })

  out.definition = vim.tbl_map(function(place)
    return place.uri .. ':' .. place.range.start.line + 1
  end, request('textDocument/definition', params('FOLL_LONGTERM')))
  out.reached_by = {}
  local item = request('textDocument/prepareCallHierarchy', params('get_user_pages_remote'))[1]
  while item do
    local call = request('callHierarchy/incomingCalls', { item = item })[1]
    item = call and call.from
    table.insert(out.reached_by, item and item.name)
  end
  local tokens = request('textDocument/semanticTokens/full', { textDocument = { uri = vim.uri_from_bufnr(buffer) } })
  out.marked = #tokens.data / 5

  -- The right release function: the finding goes while the file is not saved.
  vim.cmd([[%s/\<put_page(page)/unpin_user_page(page)/]])
  out.after_edit = diagnostics(false)
  vim.cmd('undo')
  out.after_undo = diagnostics(true)
end

local ok, problem = xpcall(main, debug.traceback)
if not ok then
  out.error = tostring(problem)
end
finish(ok and 0 or 1)

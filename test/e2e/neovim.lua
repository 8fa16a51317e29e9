-- Loads the snippet of docs/editors.md, opens files, and writes what a person would see as JSON.
-- Works from Neovim 0.7 on. Arguments come as global variables: g:gup_snippet, g:gup_file (a sample), g:gup_core and
-- g:gup_driver (files of the kernel), g:gup_out.
local LIMIT = 60000
local out = {}

local function finish(code)
  vim.fn.writefile({ vim.fn.json_encode(out) }, vim.g.gup_out)
  vim.cmd(code .. 'cquit')
end

-- Files that the server has told something about, be it that there is nothing to tell.
local told = {}
local publish = vim.lsp.handlers['textDocument/publishDiagnostics']
vim.lsp.handlers['textDocument/publishDiagnostics'] = function(problem, result, ...)
  if result then
    told[result.uri] = true
  end
  return publish(problem, result, ...)
end

-- Opens a file; what can be asked of it.
local function open(path)
  vim.cmd('edit ' .. vim.fn.fnameescape(path))
  -- `-u NONE` leaves detection out; the language's id is taken from it.
  vim.cmd('setlocal filetype=c')
  local file = { buffer = vim.api.nvim_get_current_buf() }
  file.uri = vim.uri_from_bufnr(file.buffer)
  file.document = { textDocument = { uri = file.uri } }
  assert(
    vim.wait(LIMIT, function()
      file.client = vim.tbl_keys(vim.lsp.buf_get_clients(file.buffer))[1]
      return file.client ~= nil
    end, 10),
    'the client did not start'
  )

  -- The place of a text; of the first behind another one where `after` is given.
  function file.place(needle, after)
    local behind = after == nil
    for number, line in ipairs(vim.api.nvim_buf_get_lines(file.buffer, 0, -1, false)) do
      behind = behind or line:find(after, 1, true) ~= nil
      local column = behind and line:find(needle, 1, true)
      if column then
        return { textDocument = { uri = file.uri }, position = { line = number - 1, character = column } }
      end
    end
    error('no line with ' .. needle)
  end

  function file.request(method, arguments)
    local answers, problem = vim.lsp.buf_request_sync(file.buffer, method, arguments, LIMIT)
    assert(answers, method .. ': ' .. tostring(problem))
    local answer = answers[file.client]
    assert(answer and not answer.error, method .. ': ' .. vim.inspect(answer))
    return answer.result
  end

  function file.hover(needle, after)
    return file.request('textDocument/hover', file.place(needle, after)).contents.value
  end

  function file.diagnostics()
    return vim.tbl_map(function(one)
      return { line = one.lnum + 1, code = one.code or one.user_data and one.user_data.lsp.code, message = one.message }
    end, vim.diagnostic.get(file.buffer))
  end

  -- Waits until what is found is as `wanted` says.
  function file.diagnostics_when(what, wanted)
    local found = {}
    assert(
      vim.wait(LIMIT, function()
        found = file.diagnostics()
        return wanted(found)
      end, 10),
      what .. ' did not come: ' .. vim.inspect(found)
    )
    return found
  end
  return file
end

local function none(found)
  return #found == 0
end

local function some(found)
  return #found > 0
end

local function sample()
  local file = open(vim.g.gup_file)
  out.root = vim.lsp.get_client_by_id(file.client).config.root_dir
  out.diagnostics = file.diagnostics_when('a diagnostic', some)
  out.hover = file.hover('pin_user_pages_fast')
  out.flag = file.hover('FOLL_LONGTERM')
  out.lenses = #file.request('textDocument/codeLens', file.document)

  out.definition = vim.tbl_map(function(place)
    return place.uri .. ':' .. place.range.start.line + 1
  end, file.request('textDocument/definition', file.place('FOLL_LONGTERM')))
  out.reached_by = {}
  local item = file.request('textDocument/prepareCallHierarchy', file.place('get_user_pages_remote'))[1]
  while item do
    local call = file.request('callHierarchy/incomingCalls', { item = item })[1]
    item = call and call.from
    table.insert(out.reached_by, item and item.name)
  end
  local tokens = file.request('textDocument/semanticTokens/full', file.document)
  out.marked = #tokens.data / 5

  -- The right release function: the finding goes while the file is not saved.
  vim.cmd([[%s/\<put_page(page)/unpin_user_page(page)/]])
  out.after_edit = file.diagnostics_when('the end of the diagnostic', none)
  vim.cmd('undo')
  out.after_undo = file.diagnostics_when('the diagnostic', some)
end

-- What hints say from one line to another, both from 0.
local function hints(file, first, last)
  local range = { start = { line = first, character = 0 }, ['end'] = { line = last, character = 0 } }
  local found = file.request('textDocument/inlayHint', { textDocument = { uri = file.uri }, range = range })
  return vim.tbl_map(function(hint)
    local label = hint.label
    if type(label) == 'table' then
      label = table.concat(vim.tbl_map(function(part)
        return part.value
      end, label))
    end
    return { line = hint.position.line + 1, label = label }
  end, found)
end

local function core()
  local file = open(vim.g.gup_core)
  assert(
    vim.wait(LIMIT, function()
      return told[file.uri]
    end, 10),
    'nothing was told about ' .. file.uri
  )
  out.core_diagnostics = file.diagnostics()
  out.core_hover = file.hover('handle_mm_fault(', 'int fixup_user_fault(')
  local line = file.place('return __gup_longterm_locked(', 'long pin_user_pages_remote(').position.line
  out.core_hints = hints(file, line, line + 4)
end

local function driver()
  local file = open(vim.g.gup_driver)
  out.driver_diagnostics = file.diagnostics_when('both findings', function(found)
    return #found == 2
  end)
  local line = vim.tbl_filter(function(one)
    return one.code == 'gup-error-path-leak'
  end, out.driver_diagnostics)[1].line - 1
  local place = { line = line, character = #vim.fn.getline(line + 1):match('^%s*') }
  local actions = file.request('textDocument/codeAction', {
    textDocument = { uri = file.uri },
    range = { start = place, ['end'] = place },
    context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(file.buffer, line, {}, file.client) },
  })
  out.driver_actions = vim.tbl_map(function(action)
    return action.title
  end, actions)
  for _, action in ipairs(actions) do
    if action.title:find('Suppress', 1, true) then
      vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
    end
  end
  -- What silences a finding without a reason is a finding itself.
  vim.cmd([[%s/gup-lens: ignore gup-error-path-leak -- \zs/known /]])
  out.driver_after_action = file.diagnostics_when('one finding', function(found)
    return #found == 1
  end)
end

local ok, problem = xpcall(function()
  dofile(vim.g.gup_snippet)
  sample()
  core()
  driver()
end, debug.traceback)
if not ok then
  out.error = tostring(problem)
end
finish(ok and 0 or 1)

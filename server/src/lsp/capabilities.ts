/** What the client can do, as far as we care, and what we offer it. */

import {
  CodeActionKind,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { EXPLAIN_COMMAND } from '../../protocol/index.js';
import { LEGEND } from './semanticTokens.js';
import { SOURCE } from './toProto.js';

/** The client's abilities, all false before `initialize`. */
export interface ClientAbilities {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesInlayHints: boolean;
  readonly refreshesCodeLenses: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly markdownHover: boolean;
  readonly workDoneProgress: boolean;
  readonly registersWatchers: boolean;
  /** It has the commands of server/protocol. */
  readonly hasCommands: boolean;
}

/** Reads the abilities from the parameters of `initialize`. */
export function clientAbilities({ capabilities }: InitializeParams): ClientAbilities {
  const { textDocument, workspace, window, experimental } = capabilities;
  const formats = textDocument?.hover?.contentFormat;
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    refreshesInlayHints: workspace?.inlayHint?.refreshSupport === true,
    refreshesCodeLenses: workspace?.codeLens?.refreshSupport === true,
    relatedInformation:
      textDocument?.publishDiagnostics?.relatedInformation === true ||
      textDocument?.diagnostic?.relatedInformation === true,
    codeDescription:
      textDocument?.publishDiagnostics?.codeDescriptionSupport === true ||
      textDocument?.diagnostic?.codeDescriptionSupport === true,
    markdownHover: formats === undefined || formats.includes('markdown'),
    workDoneProgress: window?.workDoneProgress === true,
    registersWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    hasCommands: experimental?.gupLens?.commands === true,
  };
}

/** The URIs of the folders that the client has open. */
export function foldersOf(params: InitializeParams): readonly string[] {
  const { workspaceFolders, rootUri } = params;
  if (workspaceFolders !== undefined && workspaceFolders !== null)
    return workspaceFolders.map(({ uri }) => uri);
  return rootUri === null ? [] : [rootUri];
}

/** Our answer to `initialize`. Diagnostics are offered to be asked for only where the client will ask. */
export function initializeResult(abilities: ClientAbilities): InitializeResult {
  return {
    serverInfo: { name: SOURCE },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      hoverProvider: true,
      inlayHintProvider: true,
      codeLensProvider: {},
      definitionProvider: true,
      referencesProvider: { workDoneProgress: true },
      documentLinkProvider: {},
      // VS Code asks one server alone, which clangd has to be: the extension asks for these itself.
      ...(!abilities.hasCommands && {
        callHierarchyProvider: true,
        semanticTokensProvider: { legend: LEGEND, full: true },
      }),
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      ...(!abilities.hasCommands && { executeCommandProvider: { commands: [EXPLAIN_COMMAND] } }),
      ...(abilities.pullsDiagnostics && {
        diagnosticProvider: {
          identifier: SOURCE,
          interFileDependencies: false,
          workspaceDiagnostics: false,
        },
      }),
    },
  };
}

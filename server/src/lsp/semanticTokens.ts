/** The marks of a file as semantic tokens. Only what is marked is a token: the rest is other servers'. */

import {
  type Connection,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensLegend,
} from 'vscode-languageserver';
import { MARK_MODIFIERS } from '../../protocol/index.js';
import type { SemanticMark } from '../ide/index.js';
import type { Dispatcher } from './dispatch.js';

/** The types are the protocol's own, so that themes know them; what is special is in the modifiers. */
export const LEGEND: SemanticTokensLegend = {
  tokenTypes: ['enumMember', 'function'],
  tokenModifiers: [...MARK_MODIFIERS],
};

const TOKENS: Readonly<Record<SemanticMark['kind'], { readonly type: string; readonly modifier: string }>> = {
  'internal-flag': { type: 'enumMember', modifier: 'internal' },
  'may-drop-lock': { type: 'function', modifier: 'mayDropLock' },
};

/** Installs the handler of `semanticTokens/full`. */
export function registerSemanticTokens(connection: Connection, dispatcher: Dispatcher): void {
  connection.languages.semanticTokens.on(
    dispatcher.about(
      'textDocument/semanticTokens/full',
      { data: [] } as SemanticTokens,
      ({ analysis, path, lines }) => {
        const builder = new SemanticTokensBuilder();
        for (const { span, kind } of analysis.semanticMarks(path)) {
          const { line, character } = lines.positionAt(span.start);
          const { type, modifier } = TOKENS[kind];
          const bit = 1 << LEGEND.tokenModifiers.indexOf(modifier);
          builder.push(line, character, span.end - span.start, LEGEND.tokenTypes.indexOf(type), bit);
        }
        return builder.build();
      },
    ),
  );
}

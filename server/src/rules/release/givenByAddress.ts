/** Arrays of pins whose variable is given by address to a helper that drops references. */

import { PAGE_RELEASES, siteFunction } from '../../../../kernel/src/index.js';
import {
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import { callTokens, type Expression, spanOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf } from '../callers.js';
import { pageRoot } from '../pageWrites.js';
import type { Finding } from '../rule.js';
import { hasOtherPages } from './pageOrigins.js';

const REFERENCES: ReadonlySet<string> = new Set(
  PAGE_RELEASES.flatMap(({ name, releases }) => (releases === 'reference' ? [name] : [])),
);

/** The releases of a helper that finds the array behind its parameter, in a file that has nothing but pins. */
export function givenByAddress(file: FileAnalysis): readonly Finding[] {
  const { source, profile } = file;
  const kinds = file.sites.flatMap(({ kind, callee }) =>
    kind === 'gup' ? (siteFunction(profile, callee)?.acquires ?? []) : [],
  );
  if (!kinds.includes('pin') || kinds.includes('reference') || hasOtherPages(source.text)) return [];
  return callTokens(source, REFERENCES).flatMap(({ span, ...token }) => {
    const item = source.functions[token.function];
    const fn = item?.alternative === null ? file.functionNamed(item.name) : null;
    const call = fn?.callAt(span.start) ?? null;
    const [page] = call?.args ?? [];
    const root = page === undefined ? null : pageRoot(page);
    const index = fn === null || root === null ? -1 : parameterBehind(fn, root);
    if (fn === null || call === null || index < 0) return [];
    for (const { fn: caller, call: given } of callersOf(file, fn)) {
      const array = addressed(given.args[index], '&');
      const site = caller.sites.find(one => {
        const pages = one.args[siteFunction(profile, one.callee)?.argument('pages') ?? -1];
        return array !== null && pages !== undefined && pageRoot(pages) === array;
      });
      if (site === undefined) continue;
      const name = calleeName(call) ?? '';
      return {
        span: spanOf(call.callee),
        message: `pages pinned by ${site.callee}() are released with ${name}(), so their pins are never dropped`,
        related: [
          { span: site.span, message: `pinned here by ${site.callee}()` },
          { span: spanOf(given.callee), message: `${fn.item.name}() is given the array here` },
        ],
        confidence: 'medium' as const,
        fix: null,
        severity: 'warning' as const,
      };
    }
    return [];
  });
}

/** The index of the parameter that a variable is only ever given what it points to; -1: none. */
function parameterBehind(fn: FunctionAnalysis, name: string): number {
  const [value, ...others] = assignedTo(fn, name);
  const behind = others.length > 0 ? null : addressed(value, '*');
  return behind === null ? -1 : fn.ast.parameters.findIndex(parameter => parameter.name === behind);
}

/** The variable in `&name`, or in `*name`. */
function addressed(node: Expression | undefined, op: '&' | '*'): string | null {
  const value = node === undefined ? null : valueExpression(node);
  return value?.kind === 'unary' && value.op === op ? variableName(value.operand) : null;
}

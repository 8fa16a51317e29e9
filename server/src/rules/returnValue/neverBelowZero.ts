/** Tests for an error of a result that is kept in a variable without a sign: they never come true. */

import type { Cfg, FileAnalysis, PageCall } from '../../analysis/index.js';
import { integerTypesOf, lvalueText, pagePathsOf } from '../../analysis/index.js';
import type { Expression, Span } from '../../syntax/index.js';
import { spanOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';

/** Such a test, and the call whose result it asks about. */
export interface DeadTest {
  readonly page: PageCall;
  readonly at: Span;
}

/** The comparisons with zero, behind a call that gets pages, of a variable without a sign that has its result. */
export function neverBelowZero(file: FileAnalysis): readonly DeadTest[] {
  return pagePathsOf(file)
    .calls()
    .filter(page => !page.through)
    .flatMap(page => {
      const cfg = file.functionNamed(page.function)?.cfg;
      const fn = file.functionNamed(page.function);
      const types = integerTypesOf(file, page.function);
      if (cfg === undefined || fn === null || types === null) return [];
      const kept = new Set(
        cfg.elements().flatMap(({ element: { kind, node } }) => {
          const name = kind === 'declare' ? node.name : kind === 'assignment' ? lvalueText(node.left) : null;
          const value = kind === 'declare' ? node.init : kind === 'assignment' ? node.right : null;
          return name !== null && value?.start === page.call.start && types.isSigned(name) === false
            ? name
            : [];
        }),
      );
      if (kept.size === 0) return [];
      for (const condition of conditionsOf(cfg)) {
        if (condition.kind !== 'binary') continue;
        const { op, left, right, start } = condition;
        const text = left.kind === 'cast' ? '' : (lvalueText(left) ?? '');
        const isBelow = (op === '<' || op === '<=') && right.kind === 'number' && right.value === 0;
        if (!isBelow || !kept.has(text) || start < page.call.end) continue;
        const isOther = assignedTo(fn, text).some(one => one.start > page.call.start && one.start < start);
        if (!isOther) return [{ page, at: spanOf(condition) }];
      }
      return [];
    });
}

/** What a function branches on, and what it chooses a value by. */
function conditionsOf(cfg: Cfg): readonly Expression[] {
  const conditions = cfg.blocks.flatMap(({ out }) =>
    out.flatMap(({ label }) => (label.kind === 'branch' ? label.condition : [])),
  );
  for (const { element } of cfg.elements()) {
    if (element.kind !== 'assignment') continue;
    if (element.node.right.kind === 'conditional') conditions.push(element.node.right.test);
  }
  return conditions;
}

/** Tests for an error of a result that is kept in a variable without a sign: they never come true. */

import type { FileAnalysis, PageCall } from '../../analysis/index.js';
import { integerTypesOf, lvalueText, pagePathsOf } from '../../analysis/index.js';
import type { Span } from '../../syntax/index.js';
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
      for (const { out } of cfg.blocks) {
        for (const { label } of out) {
          if (label.kind !== 'branch' || label.condition.kind !== 'binary') continue;
          const { op, left, right, start } = label.condition;
          const text = left.kind === 'cast' ? '' : (lvalueText(left) ?? '');
          if ((op !== '<' && op !== '<=') || right.kind !== 'number' || right.value !== 0 || !kept.has(text))
            continue;
          const isOther = assignedTo(fn, text).some(one => one.start > page.call.start && one.start < start);
          if (start > page.call.end && !isOther) return [{ page, at: spanOf(label.condition) }];
        }
      }
      return [];
    });
}

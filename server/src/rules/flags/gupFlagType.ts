/** A value that is not made of flags where flags are wanted. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FunctionAnalysis } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { spanOf } from '../../syntax/index.js';
import { defineRule, type Finding } from '../rule.js';
import { declaredType, flagLeaves, functionOf } from './flagLeaves.js';

/** Directions of a transfer: DMA_TO_DEVICE is 1, the value of FOLL_WRITE, although the device only reads. */
const DIRECTIONS =
  /^(?:DMA_(?:BIDIRECTIONAL|TO_DEVICE|FROM_DEVICE|NONE)|PCI_DMA_\w+|READ|WRITE|REQ_OP_(?:READ|WRITE)|ITER_(?:SOURCE|DEST))$/;
const DIRECTION_TYPE = /^(?:const )?enum (?:dma_data_direction|req_op\w*)$/;
const BOOL_TYPE = /^(?:const )?(?:bool|_Bool)$/;
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', '&&', '||']);
const SAYS_WRITE = /(?:^|_)(?:wr(?:ite|iteable|itable)?|is_write|rw)$/i;

export const gupFlagType = defineRule({
  id: 'gup-flag-type',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'A bool, a direction or a comparison is passed as FOLL_ flags, or `write` and `force` are swapped.',
  why:
    'The flags are a mask. Until v4.8 (get_user_pages_fast() until v5.1) integers `write` and `force` stood in their place, and calls that were ' +
    'not converted still compile. `true` has the value of FOLL_WRITE by accident; of the directions of a transfer ' +
    'DMA_TO_DEVICE has it, for which nothing is written, and DMA_FROM_DEVICE has another. Swapped, `force` without ' +
    '`write` breaks into pages that the task may not read, and does not make them writable.',
  remedy: 'Write which flags are meant: `write ? FOLL_WRITE : 0`, `dir != DMA_TO_DEVICE ? FOLL_WRITE : 0`.',
  examples: [
    {
      release: '6.12',
      bad: `static int map(unsigned long uaddr, int n, enum dma_data_direction dir, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, dir, pages);
}
`,
      good: `static int map(unsigned long uaddr, int n, enum dma_data_direction dir, struct page **pages)
{
	return pin_user_pages_fast(uaddr, n, dir == DMA_TO_DEVICE ? 0 : FOLL_WRITE, pages);
}
`,
    },
  ],
  related: ['gup-flag-namespace', 'gup-write-param-ignored'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const site of file.sites) {
      const fn = siteFunction(profile, site.callee);
      const inside = functionOf(file, site);
      if (fn === null || inside === null) continue;
      const swapped = swappedForce(site, fn.argument('write'), fn.argument('force'));
      if (swapped !== null) findings.push(swapped);
      const argument = site.args[fn.argument('flags')];
      if (argument === undefined || site.flags?.namespace !== 'FOLL') continue;
      for (const { node, through } of flagLeaves(inside, argument)) {
        const what = notFlags(node, inside);
        if (what === null) continue;
        findings.push({
          span: spanOf(node),
          message: `${what} is passed to ${site.callee}() as FOLL_ flags in Linux ${profile.release}: ${CONSEQUENCE}`,
          related: through === null ? [] : [{ span: site.span, message: `passed to ${site.callee}() here` }],
          confidence: 'high',
          fix: null,
        });
      }
    }
    return findings;
  },
});

const CONSEQUENCE = 'its value is taken for a mask, in which 1 is FOLL_WRITE';

/** What an expression is, if it can be no mask of flags; null if it may be one. */
function notFlags(node: Expression, fn: FunctionAnalysis): string | null {
  if (node.kind === 'binary' && COMPARISONS.has(node.op)) return 'the truth value of a comparison';
  if (node.kind === 'unary' && node.op === '!') return 'the truth value of a condition';
  if (node.kind !== 'identifier') return null;
  if (node.name === 'true' || node.name === 'false') return `\`${node.name}\``;
  if (DIRECTIONS.test(node.name)) return `${node.name}, a direction,`;
  const type = declaredType(fn, node.name);
  if (type === null) return null;
  if (BOOL_TYPE.test(type)) return `the bool \`${node.name}\``;
  return DIRECTION_TYPE.test(type) ? `the direction \`${node.name}\`` : null;
}

/** `write` 0 and `force` something that says it is about writing. */
function swappedForce(site: CallSite, write: number, force: number): Finding | null {
  const [writes, forces] = [site.args[write], site.args[force]];
  if (writes?.kind !== 'number' || writes.value !== 0 || forces === undefined) return null;
  const name = forces.kind === 'identifier' || forces.kind === 'member' ? forces.name : '';
  if (!SAYS_WRITE.test(name)) return null;
  return {
    span: spanOf(forces),
    message: `\`${name}\` is passed to ${site.callee}() as \`force\`, and \`write\` is 0: the two arguments are swapped`,
    related: [],
    confidence: 'high',
    fix: null,
  };
}

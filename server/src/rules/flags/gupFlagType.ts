/** A value that is not made of flags where flags are wanted. */

import { siteFunction } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import type { Expression } from '../../syntax/ast.js';
import { type Node, spanOf, walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { declaredType, type FlagLeaf, flagLeaves, functionOf, parameterOf } from './flagLeaves.js';

/** Directions of a transfer: DMA_TO_DEVICE is 1, the value of FOLL_WRITE, although the device only reads. */
const DIRECTIONS =
  /^(?:DMA_(?:BIDIRECTIONAL|TO_DEVICE|FROM_DEVICE|NONE)|PCI_DMA_\w+|READ|WRITE|REQ_OP_(?:READ|WRITE)|ITER_(?:SOURCE|DEST))$/;
const DIRECTION_TYPE = /^(?:const )?enum (?:dma_data_direction|req_op\w*)$/;
const BOOL_TYPE = /^(?:const )?(?:bool|_Bool)$/;
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', '&&', '||']);
const INTEGER_TYPE = /^(?:const )?(?:int|unsigned(?: int)?|u?int(?:8|32)_t|u8|u32|bool|_Bool)$/;
const SAYS_WRITE = /(?:^|_)(?:wr(?:ite|iteable|itable)?|is_write|rw)$/i;

export const gupFlagType = defineRule({
  id: 'gup-flag-type',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'A bool, an int `write`, a direction or a comparison is passed as flags, or `write` and `force` are swapped.',
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
      for (const leaf of flagLeaves(inside, argument)) {
        const { node, through } = leaf;
        const isOne = node.kind === 'number' && node.value === 1;
        const what = isOne ? 'the number 1' : (notFlags(node, inside) ?? chosenByName(leaf, inside, file));
        if (what === null) continue;
        findings.push({
          span: spanOf(node),
          message: `${what} is passed to ${site.callee}() as FOLL_ flags in Linux ${profile.release}: ${CONSEQUENCE}`,
          related: through === null ? [] : [{ span: site.span, message: `passed to ${site.callee}() here` }],
          confidence: 'high',
          fix: null,
          // What is meant is what happens.
          ...(isOne ? { severity: 'info' as const } : {}),
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

/**
 * What a leaf is by the name of the variable or member that brings it, where it says whether to write: a truth value of the
 * time when the argument was called `write`. Null if it may be a mask, because somebody gives it FOLL_ flags.
 */
function chosenByName({ node, through }: FlagLeaf, fn: FunctionAnalysis, file: FileAnalysis): string | null {
  if (node.kind === 'member') return SAYS_WRITE.test(node.name) ? `the choice \`${node.name}\`` : null;
  const name = node.kind === 'call' ? through : node.kind === 'identifier' ? node.name : null;
  if (name === null || !SAYS_WRITE.test(name) || !INTEGER_TYPE.test(declaredType(fn, name) ?? ''))
    return null;
  return getsFlags(fn, name) || callersPassFlags(file, fn, name) ? null : `the choice \`${name}\``;
}

/** Whether the function itself puts FOLL_ flags into a variable. */
function getsFlags(fn: FunctionAnalysis, name: string): boolean {
  return assignedTo(fn, name).some(namesFlag);
}

/** Whether a function of the file passes FOLL_ flags, or what is called flags, for a parameter. */
function callersPassFlags(file: FileAnalysis, fn: FunctionAnalysis, name: string): boolean {
  if (parameterOf(fn, name) === null) return false;
  const index = fn.ast.parameters.findIndex(parameter => parameter.name === name);
  return callersOf(file, fn).some(({ fn: caller, call }) => {
    const argument = call.args[index];
    return argument !== undefined && flagLeaves(caller, argument).some(leaf => namesFlag(leaf.node));
  });
}

function namesFlag(node: Node): boolean {
  let named = false;
  walk(node, inner => {
    if (inner.kind === 'identifier' && /^FOLL_|flags/.test(inner.name)) named = true;
  });
  return named;
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

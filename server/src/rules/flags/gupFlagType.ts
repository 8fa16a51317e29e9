/** A value that is not made of flags where flags are wanted. */

import { type Profile, type ResolvedFunction, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  structMembersOf,
  variableName,
} from '../../analysis/index.js';
import type { Binary, Expression, Member } from '../../syntax/ast.js';
import { type Node, spanOf, walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callersOf } from '../callers.js';
import { defineRule, type Finding } from '../rule.js';
import { declaredType, type FlagLeaf, flagLeaves, functionOf, parameterOf } from './flagLeaves.js';
import { kindOfFlag } from './gupFlagNamespace.js';
import { REQUEST_DIRECTION } from './writeDirection.js';

/** Directions of a transfer: DMA_TO_DEVICE is 1, the value of FOLL_WRITE, although the device only reads. */
const DIRECTIONS =
  /^(?:DMA_(?:BIDIRECTIONAL|TO_DEVICE|FROM_DEVICE|NONE)|PCI_DMA_\w+|READ|WRITE|REQ_OP_(?:READ|WRITE)|ITER_(?:SOURCE|DEST))$/;
const DMA_DIRECTIONS = /^(?:PCI_)?DMA_(?:BIDIRECTIONAL|TO_?DEVICE|FROM_?DEVICE)$/;
const DIRECTION_TYPE = /^(?:const )?enum (?:dma_data_direction|req_op\w*)$/;
/** What a member is called that has such a direction. */
const DIRECTION_NAME = /^(?:dma_)?(?:dir|direction|data_dir)$/;
const BOOL_TYPE = /^(?:const )?(?:bool|_Bool)$/;
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', '&&', '||']);
const INTEGER_TYPE = /^(?:const )?(?:int|unsigned(?: int)?|u?int(?:8|32)_t|u8|u32|bool|_Bool)$/;
const SAYS_WRITE = /(?:^|_)(?:wr(?:ite|iteable|itable)?|is_write|rw)$/i;

export const gupFlagType = defineRule({
  id: 'gup-flag-type',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary:
    'A bool, an int `write` or a direction is passed as flags, flags as `write`, or arguments are swapped.',
  why:
    'The flags are a mask. Until v4.8 (get_user_pages_fast() until v5.1) integers `write` and `force` stood in their place, and calls that were ' +
    'not converted still compile. `true` has the value of FOLL_WRITE by accident; of the directions of a transfer ' +
    'DMA_TO_DEVICE has it, for which nothing is written, and DMA_FROM_DEVICE has another. Swapped, `force` without ' +
    '`write` breaks into pages that the task may not read, and does not make them writable.',
  remedy: 'Write which flags are meant: `write ? FOLL_WRITE : 0`, `dir != DMA_TO_DEVICE ? FOLL_WRITE : 0`.',
  unreported:
    'A variable that gets FOLL_ flags anywhere, whatever it is called; 0; a product that chooses a flag; and the int of releases whose function takes one.',
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
      const old = site.args.length === fn.parameters.length ? oldArguments(site, fn, inside) : null;
      if (old !== null) findings.push(old);
      const argument = site.args[fn.argument('flags')];
      if (argument === undefined || site.flags === null) continue;
      if (site.flags.namespace === 'FAULT_FLAG') {
        findings.push(...notFaultFlags(site, argument, inside));
        continue;
      }
      const misplaced = site.args.length === fn.parameters.length ? misplacedFlag(site, fn, inside) : null;
      if (misplaced !== null) findings.push(misplaced);
      const narrow = cutByType(site, argument, inside, profile);
      if (narrow !== null) findings.push(narrow);
      for (const leaf of flagLeaves(inside, argument)) {
        const { node, through } = leaf;
        const isOne = node.kind === 'number' && node.value === 1;
        const what = isOne
          ? 'the number 1'
          : (notFlags(node, inside, 'FOLL') ?? chosenByName(leaf, inside, file) ?? requestDirection(node));
        if (what === null) continue;
        // A variable that says that it has flags is given the wrong thing; of another the wrong thing is made where it is passed.
        const atCall = through !== null && argument.kind === 'identifier' && !/flag|foll/i.test(through);
        const passed = [{ span: site.span, message: `passed to ${site.callee}() here` }];
        findings.push({
          span: spanOf(atCall ? argument : node),
          message: `${what} is passed to ${site.callee}() as FOLL_ flags in Linux ${profile.release}: ${CONSEQUENCE}`,
          related: atCall
            ? [{ span: spanOf(node), message: `\`${through}\` gets its value here` }]
            : through === null
              ? []
              : passed,
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

const ASKS_ALWAYS = 'any but DMA_BIDIRECTIONAL, which is 0, asks for pages to write to';
const CONSEQUENCE = 'its value is taken for a mask, in which 1 is FOLL_WRITE';

/** The bits that a type keeps; a bool keeps only that there are some. */
const NARROW_TYPES: readonly { readonly type: RegExp; readonly keeps: number }[] = [
  { type: BOOL_TYPE, keeps: 1 },
  { type: /^(?:const )?(?:(?:un)?signed )?char$|^(?:const )?(?:u8|s8|u?int8_t|__u8)$/, keeps: 0xff },
  {
    type: /^(?:const )?(?:(?:un)?signed )?short(?: int)?$|^(?:const )?(?:u16|s16|u?int16_t|__u16)$/,
    keeps: 0xffff,
  },
];

/** A variable whose type cannot hold the flags that it is given: `bool flags = FOLL_WRITE | FOLL_LONGTERM`. */
function cutByType(
  site: CallSite,
  argument: Expression,
  fn: FunctionAnalysis,
  profile: Profile,
): Finding | null {
  if (argument.kind !== 'identifier' || site.flags === null) return null;
  const type = declaredType(fn, argument.name) ?? '';
  const keeps = NARROW_TYPES.find(one => one.type.test(type))?.keeps;
  if (keeps === undefined) return null;
  const lost = site.flags.may.find(flag => ((profile.flags.get(flag)?.value ?? 0) & ~keeps) !== 0);
  if (lost === undefined) return null;
  return plainFinding(
    argument,
    `\`${argument.name}\` is a ${type}, which cannot hold ${lost}: ${site.callee}() gets other flags than those written`,
  );
}

/** What an expression is, if it can be no mask of flags; null if it may be one. */
function notFlags(node: Expression, fn: FunctionAnalysis, wanted: 'FOLL' | 'FAULT_FLAG'): string | null {
  if (node.kind === 'binary' && COMPARISONS.has(node.op)) return 'the truth value of a comparison';
  if (node.kind === 'unary' && node.op === '!') return 'the truth value of a condition';
  if (node.kind === 'binary' && node.op === '&') return foreignBit(node, fn, wanted);
  if (node.kind !== 'identifier') return null;
  if (node.name === 'true' || node.name === 'false') return `\`${node.name}\``;
  if (DIRECTIONS.test(node.name)) return `${node.name}, a direction,`;
  const type = declaredType(fn, node.name);
  if (type === null) return null;
  if (BOOL_TYPE.test(type)) return `the bool \`${node.name}\``;
  return DIRECTION_TYPE.test(type) ? `the direction \`${node.name}\`` : null;
}

/** What is no flag of a fault: truth values, and bits of other masks; FAULT_FLAG_WRITE is 1, what devices say of a write hardly ever. */
function notFaultFlags(site: CallSite, argument: Expression, fn: FunctionAnalysis): readonly Finding[] {
  return flagLeaves(fn, argument).flatMap(({ node }) => {
    const what = notFlags(node, fn, 'FAULT_FLAG');
    if (what === null) return [];
    const isBit = node.kind === 'binary' && node.op === '&';
    const value = isBit ? 'that of another flag' : 'taken for a mask, in which 1 is FAULT_FLAG_WRITE';
    return plainFinding(
      node,
      `${what} is passed to ${site.callee}() as FAULT_FLAG_ flags: its value is ${value}`,
    );
  });
}

/** `prot & RMA_PROT_WRITE`: a bit of a mask of the file's own, if nothing says that it is made of the flags wanted. */
function foreignBit(node: Binary, fn: FunctionAnalysis, wanted: 'FOLL' | 'FAULT_FLAG'): string | null {
  const bit = nameOf(node.right);
  const mask = nameOf(node.left);
  if (!/^[A-Z][A-Z\d_]*_(?:WRITE|WRITABLE|WRITEABLE|WR|RW|RDWR)$/.test(bit) || kindOfFlag(bit) !== null)
    return null;
  if (mask === '' || /foll|gup/i.test(mask) || /FOLL|GUP|FAULT_FLAG/.test(bit)) return null;
  const own = new RegExp(`\\bdefine[ \\t]+${bit}\\b.*${wanted}_|\\b${bit}[ \\t]*=[ \\t]*${wanted}_`);
  if (own.test(fn.file.text)) return null;
  return `${bit}, a bit of \`${mask}\`,`;
}

/**
 * What a leaf is by the name of the variable or member that brings it, where it says whether to write: a truth value of the
 * time when the argument was called `write`. Null if it may be a mask, because somebody gives it FOLL_ flags.
 */
function chosenByName({ node, through }: FlagLeaf, fn: FunctionAnalysis, file: FileAnalysis): string | null {
  if (node.kind === 'member') return memberByType(node, fn);
  const name = node.kind === 'call' ? through : node.kind === 'identifier' ? node.name : null;
  if (name === null || !SAYS_WRITE.test(name) || !INTEGER_TYPE.test(declaredType(fn, name) ?? ''))
    return null;
  return getsFlags(fn, name) || callersPassFlags(file, fn, name) ? null : `the choice \`${name}\``;
}

/** What a member is: by the type that a structure of the file declares for it, or by its name where that is not seen. */
function memberByType({ object, name }: Member, fn: FunctionAnalysis): string | null {
  const owner = /\bstruct\s+(\w+)/.exec(declaredType(fn, variableName(object) ?? '') ?? '')?.[1];
  const type = owner === undefined ? undefined : structMembersOf(fn.file.text).get(owner)?.get(name);
  if (type !== undefined && BOOL_TYPE.test(type)) return `the bool \`${name}\``;
  if (type === undefined ? DIRECTION_NAME.test(name) : DIRECTION_TYPE.test(type))
    return `the direction \`${name}\``;
  return SAYS_WRITE.test(name) ? `the choice \`${name}\`` : null;
}

/** The direction of a request, which is READ or WRITE; null for any other value. */
function requestDirection(node: Expression): string | null {
  const name = node.kind === 'call' ? (calleeName(node) ?? '') : '';
  return REQUEST_DIRECTION.test(name) ? `the direction that ${name}() tells` : null;
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

/** What is wrong with the integers that a function takes in the place of flags. */
function oldArguments(site: CallSite, fn: ResolvedFunction, inside: FunctionAnalysis): Finding | null {
  const write = site.args[fn.argument('write')];
  if (write === undefined) return null;
  const swapped = swappedForce(site, write, site.args[fn.argument('force')]);
  if (swapped !== null) return swapped;
  for (const { node } of flagLeaves(inside, write)) {
    const member = node.kind === 'member' ? memberByType(node, inside) : null;
    if (member?.startsWith('the direction') === true)
      return plainFinding(node, `${member} is passed to ${site.callee}() as \`write\`: ${ASKS_ALWAYS}`);
    if (node.kind !== 'identifier') continue;
    const isFlag = /^FOLL_[A-Z]/.test(node.name) && node.name !== 'FOLL_WRITE';
    if (isFlag) {
      const lost = `${node.name} is passed to ${site.callee}() as \`write\`, an integer: only whether it is zero counts`;
      return plainFinding(node, lost);
    }
    const type = declaredType(inside, node.name);
    if (!DMA_DIRECTIONS.test(node.name) && !(type !== null && DIRECTION_TYPE.test(type))) continue;
    const what = `the direction \`${node.name}\` is passed to ${site.callee}() as \`write\``;
    return plainFinding(node, `${what}: ${ASKS_ALWAYS}`);
  }
  return null;
}

/** `force` is something that says it is about writing, and `write` is a constant, or is called `force`. */
function swappedForce(site: CallSite, writes: Expression, forces: Expression | undefined): Finding | null {
  const constant =
    writes.kind === 'number' && (writes.value === 0 || writes.value === 1) ? writes.value : null;
  if (forces === undefined || !(constant !== null || /force/i.test(nameOf(writes)))) return null;
  if (!SAYS_WRITE.test(nameOf(forces))) return null;
  const first = constant === null ? `\`${nameOf(writes)}\`` : `${constant}`;
  return plainFinding(
    forces,
    `\`${nameOf(forces)}\` is passed to ${site.callee}() as \`force\`, and \`write\` is ${first}: the two arguments are swapped`,
  );
}

/** A FOLL_ flag that stands where something else is wanted: the order of arguments is not that of the other functions. */
function misplacedFlag(site: CallSite, fn: ResolvedFunction, inside: FunctionAnalysis): Finding | null {
  for (const [index, argument] of site.args.entries()) {
    const parameter = fn.parameters[index];
    if (index === fn.argument('flags') || parameter === undefined) continue;
    const flag = argument.kind === 'binary' && argument.op === '|' ? argument.left : argument;
    const name = nameOf(flag);
    if (!/^FOLL_[A-Z]/.test(name) && !(flag.kind === 'identifier' && isMadeOfFlags(inside, name))) continue;
    const message = `${name} is passed to ${site.callee}() as \`${parameter.name}\`: the order is that of ${fn.signature}`;
    return plainFinding(argument, message);
  }
  return null;
}

/** Whether all that a variable gets are FOLL_ flags. */
function isMadeOfFlags(fn: FunctionAnalysis, name: string): boolean {
  const values = assignedTo(fn, name);
  return values.length > 0 && values.every(value => /^FOLL_[A-Z]/.test(nameOf(leftmost(value))));
}

function leftmost(value: Expression): Expression {
  return value.kind === 'binary' ? leftmost(value.left) : value;
}

/** The name of a variable, constant or member; empty for anything else. */
function nameOf(node: Expression): string {
  return node.kind === 'identifier' || node.kind === 'member' ? node.name : '';
}

function plainFinding(node: Expression, message: string): Finding {
  return { span: spanOf(node), message, related: [], confidence: 'high', fix: null };
}

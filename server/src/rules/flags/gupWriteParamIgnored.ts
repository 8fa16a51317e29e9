/** A function is told whether pages are written, and does not pass it on. */

import { type Profile, siteFunction } from '../../../../kernel/src/index.js';
import {
  type CallSite,
  calleeName,
  type FileAnalysis,
  type FunctionAnalysis,
  valueExpression,
  variableName,
} from '../../analysis/index.js';
import type { Expression, Member, Parameter } from '../../syntax/ast.js';
import { spanOf, walk } from '../../syntax/index.js';
import { pageRoot } from '../pageWrites.js';
import { defineRule, type Finding } from '../rule.js';
import { declaredType } from './flagLeaves.js';

const SAYS_WRITE =
  /^(?:is_?|do_|for_|want_?|need_?)?(?:write|writes|writing|writable|writeable|wr|rw)$|_(?:write|writable|writeable)$|^write_?(?:fault|access|pages?|buf(?:fer)?)$|^(?:is_?)?(?:readonly|read_only|ro)$/i;
const SAID_OF_MEMORY = /write?able$|^write_?(?:fault|access)$/i;
const WRITABLE = /write?able$/i;
const SAYS_MEMBER = /->(?:write|writable|writeable)\b/;
/** Give pages back, and take whether they are dirty. */
const RELEASES = /(?:^|_)(?:unpin|put|free|release)(?:_|$)/;
/** Types in which such a parameter is a choice; a pointer or a structure of that name is something else. */
const CHOICE = /^(?:const )?(?:bool|_Bool|int|unsigned(?: int)?|u8|u32)$/;
const DIRECTION = /^\s*(?:const )?enum dma_data_direction\s*$/;

export const gupWriteParamIgnored = defineRule({
  id: 'gup-write-param-ignored',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A parameter, or a member, says whether pages are written, and the flags do not depend on it.',
  why:
    'Callers think that they choose between reading and writing. With FOLL_WRITE always, a buffer that the task may only read is refused, ' +
    'and one that is only read loses its COW sharing; without it ever, the device writes to pages of others. It came ' +
    'in where calls were converted from a `write` argument to flags.',
  remedy: 'Pass `write ? FOLL_WRITE : 0`, or take the parameter away from the function and its callers.',
  unreported:
    'Flags that are chosen in another way or given by the caller, a parameter that is used for anything else, two of them, and a pointer.',
  examples: [
    {
      bad: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	return get_user_pages_unlocked(uaddr, n, pages, FOLL_WRITE);
}
`,
      good: `static int hold(unsigned long uaddr, int n, bool write, struct page **pages)
{
	return get_user_pages_unlocked(uaddr, n, pages, write ? FOLL_WRITE : 0);
}
`,
    },
  ],
  related: ['gup-flag-type', 'gup-write-flag-cleared'],
  check({ file, profile }) {
    const findings: Finding[] = [];
    for (const fn of file.functions) {
      findings.push(...ignoredMembers(file, fn, profile));
      const choice = onlyChoice(fn);
      if (choice === null) continue;
      const use = useOf(fn, choice);
      // `write` may as well say that the device is written to; `writable` is said of memory.
      if (use === 'other' || (use === 'noted' && !SAID_OF_MEMORY.test(choice.name ?? ''))) continue;
      for (const site of fn.sites) {
        const { flags } = site;
        const known = siteFunction(profile, site.callee);
        if (known?.kind !== 'gup' || flags?.namespace !== 'FOLL' || flags.possible === null) continue;
        const writes = flags.must.includes('FOLL_WRITE');
        // What somebody else chooses, here or in a caller, may stand for the parameter.
        if (use === 'noted' && writes && !isPlainWrite(choice, site)) continue;
        if (flags.may.some(flag => flag.includes(':') || (flag === 'FOLL_WRITE' && !writes))) continue;
        findings.push({
          span: site.span,
          message: `\`${choice.name}\` does not reach ${site.callee}(), which is ${writes ? 'always' : 'never'} asked for pages to write to`,
          related: [
            {
              span: { start: choice.start, end: choice.end },
              message: use === 'noted' ? 'only noted in this function' : 'not used in this function',
            },
          ],
          confidence: 'high',
          fix: null,
        });
      }
    }
    return findings;
  },
});

/**
 * Calls that always ask for pages to write to, of which a release in another function asks a member of the same object whether they
 * were written to: the function that gets them does not name it.
 */
function ignoredMembers(
  { source, functions, functionNamed }: FileAnalysis,
  fn: FunctionAnalysis,
  profile: Profile,
): readonly Finding[] {
  return fn.sites.flatMap(site => {
    const callee = siteFunction(profile, site.callee);
    const pages = site.args[callee?.kind === 'gup' ? callee.argument('pages') : -1];
    // A long-term pin for reading needed FOLL_WRITE.
    const [flag, ...others] = site.flags?.may ?? [];
    if (pages === undefined || flag !== 'FOLL_WRITE' || others.length > 0) return [];
    if (site.flags?.must.includes('FOLL_WRITE') !== true) return [];
    const [, object, member] = /^(\w+)->(\w+)$/.exec(pageRoot(pages) ?? '') ?? [];
    const type = object === undefined ? null : declaredType(fn, object);
    if (member === undefined || type === null) return [];
    for (const { name, alternative, body } of source.functions) {
      const text = source.text.slice(body.start, body.end);
      if (alternative !== null || name === fn.item.name || !SAYS_MEMBER.test(text)) continue;
      const user = text.includes(member) ? functionNamed(name) : null;
      const asked = user === null ? null : askedAtRelease(user, member, type);
      // Where some function that gets pages looks at it, another may do without.
      if (asked === null || functions.some(getter => namesMember(getter, asked.name))) continue;
      return {
        span: site.span,
        message: `\`${asked.name}\`, which ${name}() goes by, does not reach ${site.callee}(), which is always asked for pages to write to`,
        related: [{ span: spanOf(asked), message: 'says here whether they were written to' }],
        confidence: 'medium' as const,
        fix: null,
      };
    }
    return [];
  });
}

function namesMember(fn: FunctionAnalysis, member: string): boolean {
  let named = false;
  walk(fn.ast, node => {
    if (node.kind === 'member' && node.name === member) named = true;
  });
  return named;
}

/** The member of an object of a type by which a function gives back the pages of another member, dirty or not. */
function askedAtRelease(fn: FunctionAnalysis, member: string, type: string): Member | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || !RELEASES.test(calleeName(element.node) ?? '')) continue;
    const [pages, ...others] = element.node.args;
    const [, object, released] =
      /^(\w+)->(\w+)$/.exec(pages === undefined ? '' : (pageRoot(pages) ?? '')) ?? [];
    if (object === undefined || released !== member || declaredType(fn, object) !== type) continue;
    for (const other of others) {
      const value = valueExpression(other);
      const isOwn = value.kind === 'member' && variableName(value.object) === object;
      if (isOwn && SAYS_WRITE.test(value.name)) return value;
    }
  }
  return null;
}

/** The only parameter that says whether to write: a direction does, whatever its name is. */
function onlyChoice(fn: FunctionAnalysis): Parameter | null {
  const choices = fn.ast.parameters.filter(({ name, type, pointers }) => {
    return (
      name !== null &&
      pointers === 0 &&
      (DIRECTION.test(type) || (SAYS_WRITE.test(name) && CHOICE.test(type.trim())))
    );
  });
  const [choice] = choices;
  return choice === undefined || choices.length > 1 || !fn.complete ? null : choice;
}

/** Whether a call for a while asks to write to memory of which somebody says whether it can be written to. */
function isPlainWrite({ name }: Parameter, { flags }: CallSite): boolean {
  // A long-term pin for reading needed FOLL_WRITE, and a device may keep its own marks in a table.
  const [flag, ...others] = flags?.may ?? [];
  return flag === 'FOLL_WRITE' && others.length === 0 && WRITABLE.test(name ?? '');
}

/** Whether an lvalue is a member, or what a pointer points to. */
function isElsewhere(left: Expression): boolean {
  return left.kind === 'member' || (left.kind === 'unary' && left.op === '*');
}

/** What a function does with a parameter: nothing; it puts it where others may read it; something else. */
function useOf(fn: FunctionAnalysis, { name }: Parameter): 'none' | 'noted' | 'other' {
  let mentions = 0;
  let notes = 0;
  walk(fn.ast, node => {
    if (node.kind === 'identifier' && node.name === name) mentions++;
    if (node.kind !== 'assignment' || node.op !== '=' || !isElsewhere(node.left)) return undefined;
    if (node.right.kind === 'identifier' && node.right.name === name) notes++;
    return undefined;
  });
  return mentions === 0 ? 'none' : mentions === notes ? 'noted' : 'other';
}

/** Pages of a task marked dirty without the lock of their folio. */

import { PAGE_RELEASE_NAMES } from '../../../../kernel/src/index.js';
import { type CallSite, calleeName, type FileAnalysis, type FunctionAnalysis } from '../../analysis/index.js';
import { type Call, callTokens, type Expression, namesIdentifier, textOf } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { callInstead, maySleep } from '../fixes.js';
import { pageRoot } from '../pageWrites.js';
import { defineRule, type Finding, type Fix } from '../rule.js';
import { releasesInHelpers, type TracedRelease, tracedReleases } from '../tracedReleases.js';
import { hasReferencesOfOthers } from './pageOrigins.js';

/** A call that gives pages back. */
interface Released {
  readonly callee: string;
  readonly call: Call;
}

/** What marks a page dirty without taking the lock, and what to call instead. */
const UNLOCKED: ReadonlyMap<string, string> = new Map([
  ['set_page_dirty', 'set_page_dirty_lock'],
  ['SetPageDirty', 'set_page_dirty_lock'],
  ['folio_mark_dirty', 'unpin_user_pages_dirty_lock'],
  ['folio_set_dirty', 'unpin_user_pages_dirty_lock'],
]);
/** Names that say that a buffer is user space's. */
const USER_BUFFER = /user|frame_vector/i;
/** Directions in which a device writes to memory. */
const TO_MEMORY = ['DMA_FROM_DEVICE', 'DMA_BIDIRECTIONAL', 'PCI_DMA_FROMDEVICE', 'PCI_DMA_BIDIRECTIONAL'];
/** Somebody who takes the lock, or asks for it, knows what it is for. */
const LOCKS =
  /\b(?:__)?(?:lock_page|trylock_page|folio_lock|folio_trylock|PageLocked|folio_test_locked)\w*\s*\(/;

export const gupSetPageDirtyUnlocked = defineRule({
  id: 'gup-set-page-dirty-unlocked',
  severity: 'warning',
  releases: [{ since: '4.8' }],
  summary: 'A page of a task is marked dirty without the lock of its folio.',
  why:
    'The task may have mapped a file. set_page_dirty() looks at the mapping of the page, and without the lock truncation ' +
    'can take the page out of the mapping at that moment: the kernel follows a pointer to what was freed, or dirties a ' +
    'page of which the file system knows nothing. SetPageDirty() sets the bit only: the file system is not told at all.',
  remedy:
    'Call set_page_dirty_lock(), or unpin_user_pages_dirty_lock() for pinned pages. Both sleep: where that is not ' +
    'possible, hand the pages to a work item.',
  unreported:
    "Pages that may be the driver's own, a lock that a caller of the file holds, and pages of which it is not seen where they come from.",
  examples: [
    {
      release: '6.12',
      bad: `static int fill(unsigned long uaddr, struct engine *eng)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	engine_fill(eng, page);
	set_page_dirty(page);
	unpin_user_page(page);
	return 0;
}
`,
      good: `static int fill(unsigned long uaddr, struct engine *eng)
{
	struct page *page;

	if (pin_user_pages_fast(uaddr, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	engine_fill(eng, page);
	unpin_user_pages_dirty_lock(&page, 1, true);
	return 0;
}
`,
    },
  ],
  related: ['gup-missing-dirty', 'gup-atomic-context', 'Documentation/core-api/pin_user_pages.rst'],
  check({ file, path }) {
    if (![...UNLOCKED.keys()].some(name => file.source.text.includes(name))) return [];
    const findings = new Map<number, Finding>();
    for (const { call, release, sites } of onlyOfTasks(file, path ?? '')) {
      findings.set(call.start, findingOf(call, { release, sites }));
    }
    for (const traced of tracedReleases(file)) {
      const fn = file.functionNamed(traced.fn.name);
      if (fn === null || locks(fn)) continue;
      for (const call of unlockedMarks(fn, traced.release.call))
        findings.set(call.start, { ...findingOf(call, traced), fix: lockingFix(fn, call) });
    }
    for (const { helper, caller, sites } of releasesInHelpers(file, markingHelpers(file))) {
      const [fn, from] = [file.functionNamed(helper), file.functionNamed(caller)];
      if (fn === null || from === null || locks(fn) || locks(from)) continue;
      for (const { element } of fn.cfg.elements()) {
        if (element.kind !== 'call' || !PAGE_RELEASE_NAMES.has(calleeName(element.node) ?? '')) continue;
        const release = { callee: calleeName(element.node) ?? '', call: element.node };
        for (const call of unlockedMarks(fn, element.node)) {
          if (!isParameter(fn, call)) continue;
          findings.set(call.start, findingOf(call, { release, sites }));
        }
      }
    }
    return [...findings.values()];
  },
});

/** The functions that mark pages and give some back. */
function markingHelpers({ source }: FileAnalysis): ReadonlySet<string> {
  const calling = (names: ReadonlySet<string>): Set<string> =>
    new Set(callTokens(source, names).flatMap(token => source.functions[token.function]?.name ?? []));
  const marking = calling(new Set(UNLOCKED.keys()));
  return new Set([...calling(PAGE_RELEASE_NAMES)].filter(name => marking.has(name)));
}

/** Both take the page. Where the function may sleep is not known, a person has to see to it. */
function lockingFix(fn: FunctionAnalysis, call: Call): Fix | null {
  const locking = UNLOCKED.get(calleeName(call) ?? '');
  return locking === 'set_page_dirty_lock' && maySleep(fn) ? callInstead(call, locking) : null;
}

/** Marks in files that have no pages but those of tasks, and in functions where a device that fills a buffer decides. */
function onlyOfTasks(
  file: FileAnalysis,
  path: string,
): { readonly call: Call; readonly release: Released | null; readonly sites: readonly CallSite[] }[] {
  const { source } = file;
  const sites = file.sites.filter(
    ({ kind, flags }) => kind === 'gup' && flags?.may.includes('FOLL_WRITE') === true,
  );
  const inMm = /(^|\/)mm\//.test(path);
  const others = sites.length === 0 || inMm || LOCKS.test(source.text) || hasReferencesOfOthers(source.text);
  const marking = new Set(callTokens(source, new Set(UNLOCKED.keys())).map(token => token.function));
  return [...marking].flatMap(index => {
    const item = source.functions[index];
    const fn = item?.alternative === null ? file.functionNamed(item.name) : null;
    if (fn === null || !fn.complete || locks(fn)) return [];
    const calls = callsIn(fn);
    const releases = others ? [] : calls.filter(call => PAGE_RELEASE_NAMES.has(calleeName(call) ?? ''));
    return [
      ...releases.flatMap(release => {
        const callee = calleeName(release) ?? '';
        return unlockedMarks(fn, release).map(call => ({ call, release: { callee, call: release }, sites }));
      }),
      ...calls.flatMap(call =>
        UNLOCKED.has(calleeName(call) ?? '') && isFilledByDevice(fn, call)
          ? [{ call, release: null, sites: [] }]
          : [],
      ),
    ];
  });
}

/** Whether a page is one of the buffer of a task that a device fills: then the direction of the transfer is asked. */
function isFilledByDevice(fn: FunctionAnalysis, { args: [page] }: Call): boolean {
  const root = page === undefined ? null : pageRoot(page);
  if (root === null || !USER_BUFFER.test(`${fn.item.name} ${root} ${assignedText(fn, root)}`)) return false;
  return fn.cfg.blocks.some(({ out }) =>
    out.some(
      ({ label }) =>
        label.kind === 'branch' && TO_MEMORY.some(name => namesIdentifier(label.condition, name)),
    ),
  );
}

function assignedText(fn: FunctionAnalysis, name: string): string {
  return assignedTo(fn, name)
    .map(value => textOf(fn.file, value))
    .join(' ');
}

function callsIn(fn: FunctionAnalysis): readonly Call[] {
  return [...fn.cfg.elements()].flatMap(({ element }) => (element.kind === 'call' ? [element.node] : []));
}

function locks(fn: FunctionAnalysis): boolean {
  return LOCKS.test(fn.file.text.slice(fn.item.body.start, fn.item.body.end));
}

/** Whether the page that a call marks was given to the function, alone or in an array. */
function isParameter(fn: FunctionAnalysis, { args: [page] }: Call): boolean {
  const root = page === undefined ? null : pageRoot(page);
  return root !== null && fn.ast.parameters.some(({ name }) => name === root);
}

/** The calls that mark the page dirty which the release gives back. */
function unlockedMarks(fn: FunctionAnalysis, release: Call): readonly Call[] {
  const [released] = release.args;
  const roots = released === undefined ? [] : rootsOf(fn, released);
  if (roots.length === 0) return [];
  const calls: Call[] = [];
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call' || !UNLOCKED.has(calleeName(element.node) ?? '')) continue;
    const [page] = element.node.args;
    if (page !== undefined && rootsOf(fn, page).some(root => roots.includes(root))) calls.push(element.node);
  }
  return calls;
}

/** What a page is read from, by the variable that has it and by what that variable is given, if it is given one thing only. */
function rootsOf(fn: FunctionAnalysis, page: Expression): readonly string[] {
  const root = pageRoot(page);
  if (root === null) return [];
  const [value, ...others] = assignedTo(fn, root);
  const behind = value === undefined || others.length > 0 ? null : pageRoot(value);
  return behind === null ? [root] : [root, behind];
}

function findingOf(
  call: Call,
  { release, sites }: { readonly release: Released | null; readonly sites: TracedRelease['sites'] },
): Finding {
  const name = calleeName(call) ?? '';
  const [site] = sites;
  return {
    span: { start: call.callee.start, end: call.callee.end },
    message: `${name}() marks a page of a task dirty without the lock of its folio: ${UNLOCKED.get(name) ?? ''}() takes it`,
    related: [
      ...(site === undefined ? [] : [{ span: site.span, message: `${site.callee}() got the page here` }]),
      ...(release === null
        ? []
        : [
            {
              span: { start: release.call.callee.start, end: release.call.callee.end },
              message: `${release.callee}() gives it back`,
            },
          ]),
    ],
    confidence: 'medium',
    fix: null,
  };
}

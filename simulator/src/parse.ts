/** From a value read from outside (a file, a request) to a scenario, or to what is wrong with it, field by field. */

import { NEWEST_RELEASE, resolveRelease } from '../../kernel/src/index.js';
import { type FieldProblem, FieldReader, isFields, isText, isTexts } from './fieldReader.js';
import type { PteBefore, Scenario, VmaSetup } from './scenario.js';
import {
  MAX_PAGES,
  MAX_REGION,
  MMS,
  PROT_PATTERN,
  SHARES,
  VARIANTS,
  VM_FLAGS_PATTERN,
} from './scenarioSchema.js';

export type ParsedScenario = { readonly scenario: Scenario } | { readonly problems: readonly FieldProblem[] };

const HUGE_PAGE = 2 ** 21;

/**
 * The scenario in `value`, an object with the input fields of the recordings. `kernel`, `fn` and `vma` must be there;
 * what else is absent gets a default: flags none, locked null, mm current, opts none, page_state unpopulated, nr 1,
 * addr_offset 0, variant base. Fields it does not know are ignored. Never throws.
 */
export function parseScenario(value: unknown): ParsedScenario {
  if (!isFields(value)) return { problems: [{ field: '', message: 'a scenario is a JSON object' }] };
  const problems: FieldProblem[] = [];
  const read = new FieldReader(value, '', problems);
  const kernel = read.text('kernel', null, NEWEST_RELEASE);
  checkKernel(kernel, problems);
  const fn = read.text('fn', null, 'get_user_pages');
  const nr = read.integer('nr', 1, MAX_PAGES);
  const offset = read.integer('addr_offset', 0, MAX_REGION);
  const before = pteBeforeOf(read);
  const scenario: Scenario = {
    kernel,
    variant: read.oneOf('variant', VARIANTS, 'base'),
    fn,
    flags: read.texts('flags'),
    locked: read.nullOrBit('locked', 'NULL pointer'),
    mm: read.oneOf('mm', MMS, 'current'),
    opts: read.texts('opts'),
    vma: parseVma(value.vma, Math.floor(offset / 4096) + nr, problems),
    page_state: read.text('page_state', 'unpopulated'),
    nr,
    addr_offset: offset,
    ...(before !== null && { pte_before: before }),
  };
  return problems.length > 0 ? { problems } : { scenario };
}

function checkKernel(kernel: string, problems: FieldProblem[]): void {
  if (kernel === '') return;
  const resolved = resolveRelease(kernel);
  if ('error' in resolved) problems.push({ field: 'kernel', message: resolved.error });
}

/** `pages`: the region has as many if it does not say. */
function parseVma(value: unknown, pages: number, problems: FieldProblem[]): VmaSetup {
  const length = Math.max(pages, 4) * 4096;
  const nothing: VmaSetup = { kind: 'anon', share: 'private', prot: 'rw-', len: length };
  if (!isFields(value)) {
    const message = 'an object with kind, share, prot and len is needed, e.g. {"kind":"anon","prot":"rw-"}';
    problems.push({ field: 'vma', message });
    return nothing;
  }
  const read = new FieldReader(value, 'vma.', problems);
  const prot = read.text('prot', 'rw-');
  if (!new RegExp(PROT_PATTERN).test(prot)) {
    problems.push({
      field: 'vma.prot',
      message: `${JSON.stringify(prot)} is no protection; write it like "rw-"`,
    });
  }
  const flags = value.vm_flags;
  if (
    flags !== undefined &&
    flags !== null &&
    (typeof flags !== 'string' || !new RegExp(VM_FLAGS_PATTERN).test(flags))
  ) {
    problems.push({
      field: 'vma.vm_flags',
      message: 'VM_ bits are written as hexadecimal text, e.g. "0x8100073"',
    });
  }
  if (value.uffd !== undefined && value.uffd !== null) checkUffd(value.uffd, problems);
  checkDriver(read);
  const order = value.folio_order;
  if (order !== undefined && !(Number.isInteger(order) && Number(order) >= 2 && Number(order) <= 9))
    problems.push({ field: 'vma.folio_order', message: 'a whole number from 2 to 9 is needed: 4 is 64 KiB' });
  const { vm_flags: _, ...rest } = value;
  const kind = read.text('kind', 'anon');
  const hugeLength = Math.ceil(length / HUGE_PAGE) * HUGE_PAGE;
  return {
    ...rest,
    ...(typeof flags === 'string' && { vm_flags: flags }),
    kind,
    share: read.oneOf('share', SHARES, 'private'),
    prot,
    len: read.integer('len', kind === 'hugetlb' ? hugeLength : length, MAX_REGION),
  };
}

/** The fields of a userfaultfd; setupVma.ts says which of their values the model knows. */
function checkUffd(value: unknown, problems: FieldProblem[]): void {
  if (!isFields(value)) {
    const message = 'an object or null is needed, e.g. {"mode":"missing","plan":"C"}';
    problems.push({ field: 'vma.uffd', message });
    return;
  }
  const read = new FieldReader(value, 'vma.uffd.', problems);
  const isMode = isText(value.mode) || isTexts(value.mode);
  if (!isMode) read.problem('mode', 'missing, wp or minor is needed, or a list of these');
  const { features, user_only: userOnly, plan } = value;
  const isFeatures = typeof features === 'string' || Number.isInteger(features) || isTexts(features);
  if (features !== undefined && !isFeatures)
    read.problem('features', 'bits are needed as a number or as text such as "0x4000", or a list of names');
  if (userOnly !== undefined && typeof userOnly !== 'boolean')
    read.problem('user_only', 'true or false is needed');
  if (plan !== undefined && typeof plan !== 'string')
    read.problem('plan', 'a text is needed, a letter for each event, e.g. "CW"');
}

/** The fields of a driver and of a file; setupDriver.ts says which of their values the model knows. */
function checkDriver(read: FieldReader): void {
  const { driver, readonly_fd: readonlyFd } = read.fields;
  if (driver !== undefined && !isText(driver)) read.problem('driver', 'a text is needed, e.g. "fault"');
  if (readonlyFd !== undefined && typeof readonlyFd !== 'boolean')
    read.problem('readonly_fd', 'true or false is needed');
  for (const name of ['fault_prog', 'mkwrite_prog']) {
    const program = read.fields[name];
    if (program === undefined || program === null) continue;
    if (!Array.isArray(program) || !program.every(isDriverStep))
      read.problem(name, 'a list of steps is needed, e.g. [{"act":"RET","ret":["SIGBUS"]}]');
  }
}

function isDriverStep(value: unknown): boolean {
  return isFields(value) && isText(value.act) && (value.ret === undefined || isTexts(value.ret));
}

/** The entries of the page table before the call; null: they are not given, or wrong. */
function pteBeforeOf(read: FieldReader): readonly PteBefore[] | null {
  const value = read.fields.pte_before;
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.every(isPteBefore)) return value;
  read.problem('pte_before', 'a list of entries is needed, e.g. [{"lvl":0,"f":["none"]}]');
  return null;
}

function isPteBefore(value: unknown): value is PteBefore {
  if (!isFields(value)) return false;
  const { lvl, f, ref, map, pin, swp_type: swapType } = value;
  if (lvl !== 0 && lvl !== 1 && lvl !== 2) return false;
  if (!isTexts(f)) return false;
  // page->_mapcount of a head page of hugetlb holds the type of the page, a negative number.
  if (map !== undefined && !Number.isInteger(map)) return false;
  return [ref, pin, swapType].every(count => count === undefined || isCount(count));
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

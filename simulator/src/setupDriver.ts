/** The driver behind a mapping of kind `driver`: its handlers' programs. */

import { VM_FAULT_SET } from './flagSets.js';
import { NotModelled } from './notModelled.js';
import type { VmaSetup } from './scenario.js';
import type { Driver, DriverStep } from './state/index.js';

/** What ->fault does once its program is over, by the driver's name. */
const ORDINARY: ReadonlyMap<string, DriverStep['act']> = new Map<string, DriverStep['act']>([
  ['fault', 'PAGE'],
  ['fault_with_map_pages', 'PAGE'],
  ['fault_and_page_mkwrite', 'PAGE'],
  ['vm_io', 'PAGE'],
  ['mixedmap_insert_page', 'INSERT'],
  ['mixedmap_special_pfn', 'PFN'],
  ['pfnmap_fault', 'PFN'],
  // It has no ->fault: everything is mapped from the start.
  ['remap_pfn_range', 'RET'],
]);

const ACTS: ReadonlySet<string> = new Set([
  'PAGE',
  'PAGE_RET',
  'LOCKED',
  'RET',
  'RETRY',
  'INSERT',
  'COMPLETED',
]);

/** Drivers whose pages nobody has written to: GUP never reaches them. */
const CLEAN: ReadonlySet<string> = new Set(['vm_io', 'pfnmap_fault', 'remap_pfn_range']);

/** The driver, or {@link NotModelled}. Its map_pages maps nothing, so that ->fault is asked all the same. */
export function driverFromSetup(vma: VmaSetup): Driver {
  const name = String(vma.driver);
  const ordinary = ORDINARY.get(name);
  if (ordinary === undefined) throw new NotModelled(`the driver ${name}`);
  return {
    ordinary,
    faultProgram: programOf(vma.fault_prog),
    hasPageMkwrite: name === 'fault_and_page_mkwrite',
    mkwriteProgram: programOf(vma.mkwrite_prog),
    hasMapPages: name === 'fault_with_map_pages',
    pagesDirty: !CLEAN.has(name),
  };
}

function programOf(value: unknown): readonly DriverStep[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new NotModelled("a driver's program of an unknown form");
  return value.map(stepOf);
}

function stepOf(value: unknown): DriverStep {
  if (typeof value !== 'object' || value === null)
    throw new NotModelled("a driver's step of an unknown form");
  const { act, ret } = value as Readonly<Record<string, unknown>>;
  if (typeof act !== 'string' || !ACTS.has(act)) throw new NotModelled(`the driver's step ${String(act)}`);
  const names = Array.isArray(ret) ? ret : [];
  let mask = 0;
  for (const name of names) {
    const bit = VM_FAULT_SET.bit(String(name));
    if (bit === 0) throw new NotModelled(`the result ${String(name)} of a driver`);
    mask |= bit;
  }
  return { act: act === 'PAGE_RET' ? 'PAGE' : (act as DriverStep['act']), ret: mask };
}

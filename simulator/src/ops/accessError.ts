/** access_error() and bad_area_access_error() of arch/x86/mm/fault.c: whether a vma forbids an access for good. */

import type { Machine } from '../machine.js';
import { type Vma, vmaIsAccessible } from '../state/index.js';
import { archVmaAccessPermitted } from './archVmaAccessPermitted.js';

/** What the processor says of a page fault: bits of the error code. */
export interface ErrorCode {
  readonly write: boolean;
  /** The access was the fetch of an instruction. */
  readonly instruction: boolean;
  /** X86_PF_PROT: there was an entry, and it forbids the access. */
  readonly protection: boolean;
  /** X86_PF_PK: the protection key forbids it. */
  readonly protectionKey: boolean;
}

/** A signal as the touch gets it. */
export interface FaultSignal {
  readonly signal: number;
  readonly siCode: number;
}

export const SIGBUS = 7;
export const SIGSEGV = 11;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const SEGV_PKUERR = 4;
export const SI_KERNEL = 0x80;
export const BUS_ADRERR = 2;
export const BUS_MCEERR_AR = 4;

/** The signal an access that the vma forbids ends with, null: the vma allows it. */
export function accessError(machine: Machine, vma: Vma, code: ErrorCode): FaultSignal | null {
  const byKey =
    code.protectionKey || (!code.instruction && !archVmaAccessPermitted(machine, vma, code.write, false));
  if (byKey) return { signal: SIGSEGV, siCode: SEGV_PKUERR };
  const allowed = code.write ? vma.write : !code.protection && vmaIsAccessible(vma);
  return allowed ? null : { signal: SIGSEGV, siCode: SEGV_ACCERR };
}

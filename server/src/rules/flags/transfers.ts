/** What tells pins for a transfer, which are over soon, from those of memory that is used until somebody takes it back. */

import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { calleeName, constantTruth } from '../../analysis/index.js';
import { callTokens, textOf } from '../../syntax/index.js';
import { writeChoices } from '../writeChoice.js';
import { declaredType } from './flagLeaves.js';

/** A function that waits for the transfer has it done when it returns, and takes the object out again. */
export const WAITS =
  /\b(?:wait_for_completion|wait_event|dma_wait_for|wait_on|dma_sync_wait|list_del|flush_work)\w*\s*\(/;
/** Pages that are given back as soon as the mapping changes: nobody has to wait for the pin. */
export const LETS_GO = /\bmmu_(?:interval_)?notifier_|\bmmu_interval_read_/;
/** Who tells somebody that a transfer is over, or has work to do when one is. */
const COMPLETES =
  /\b(?:complete(?:_all)?|bio_\w+|wake_up\w*|irqreturn_t|tasklet_\w+|INIT_(?:DELAYED_)?WORK|\w*issue_pending|dmaengine_\w+|blk_\w+|usb_submit_urb|iov_iter_\w+)\b/;
/** A condition that says which way data goes; memory that is registered is writable or not, and `read_only` is no direction. */
const DIRECTION =
  /(?:\b|_)(?:dir\w*|DMA_\w+|READ|rw|(?:is)?read|reading|to_?user|to_?device|from_?\w+|in|input|rx|recv)\b/;
/** Words of names for what is over when a transfer is: such pins are short, however they are kept meanwhile. */
const TRANSFERS: ReadonlySet<string> = new Set(
  (
    'req reqs request requests job jobs xfer transfer transfers cmd command cmds op ops bio io aio iov urb tx rx send recv ' +
    'msg message pkt packet skb desc descriptor pending inflight work read write submit batch async completion wait ' +
    'transaction txn zerocopy zcopy bufs queue queued udma cmdbuf iocb kiocb dio seg segs frag frags'
  ).split(' '),
);
/** Which end of a link memory is registered, or pooled, for says nothing of how long. */
const ENDS_OF_LINK: ReadonlySet<string> = new Set(['rx', 'tx']);
const OUTLIVES: ReadonlySet<string> = new Set('umem mr registered registration pool'.split(' '));
/** A name of what is called when a device is done, or to hand it something. */
const TRANSFER_STEP =
  /done|compl|finish|irq|intr|tasklet|callback|_cb$|timeout|submit|_end(?:_|$)|_io(?:_|$)/;
/** How many callers of callers are looked at. */
const HIGHEST = 4;

/** The words of a name. The `io_` that all names of io_uring begin with says nothing of a transfer. */
export function words(text: string): readonly string[] {
  return text
    .toLowerCase()
    .replace(/^(?:struct\s+)?io_/, '')
    .split(/[^a-z]+/);
}

/** The words of the names of a function, of one of its variables, and of the type of that. */
export function wordsOf(fn: FunctionAnalysis, root: string): readonly string[] {
  // A queue that has pages of its own outlives what is queued.
  const type = words(declaredType(fn, root) ?? '').filter(word => word !== 'queue');
  return [...[fn.item.name, root].flatMap(words), ...type];
}

/** Whether a word is one for a transfer, or for something that lives as long as one. */
export function namesTransfer(all: readonly string[]): boolean {
  const lasts = all.some(word => OUTLIVES.has(word));
  return all.some(word => TRANSFERS.has(word) && !(lasts && ENDS_OF_LINK.has(word)));
}

/** Whether a function of that name is a step of a transfer: the end of one, or what starts it. */
export function isTransferStep(name: string): boolean {
  return TRANSFER_STEP.test(name);
}

/** Whether the file has to do with the end of transfers. */
export function completesTransfers({ source }: FileAnalysis): boolean {
  return COMPLETES.test(source.text);
}

/** Whether a call asks for FOLL_WRITE by the direction in which data goes. */
export function goesOneWay(fn: FunctionAnalysis, site: CallSite): boolean {
  return writeChoices(fn, site).some(condition => DIRECTION.test(textOf(fn.file, condition)));
}

/** The functions of the file that call one, or one that does; without itself. */
export function callersUp(file: FileAnalysis, name: string): ReadonlySet<string> {
  const { source } = file;
  const found = new Set<string>();
  let last: ReadonlySet<string> = new Set([name]);
  for (let height = 0; height < HIGHEST; height++) {
    last = new Set(callTokens(source, last).flatMap(token => source.functions[token.function]?.name ?? []));
    for (const one of last) found.add(one);
  }
  // It may call itself.
  found.delete(name);
  return found;
}

/**
 * Whether some function of the file gets pages by one function and has them given back by another before it succeeds: no way
 * from the one to a `return 0` goes past the other.
 */
export function inOneGo(file: FileAnalysis, getter: string, releaser: string): boolean {
  const getting = new Set([getter, ...callersUp(file, getter)]);
  const releasing = new Set([releaser, ...callersUp(file, releaser)]);
  return [...getting].some(name => {
    if (name === getter || name === releaser || !releasing.has(name)) return false;
    const caller = file.functionNamed(name);
    return caller === null || !caller.complete || !mayKeep(caller, getting, releasing);
  });
}

/**
 * Whether a function may return 0 past a call of the one set without one of the other. Of one without a result that can't be told: it
 * returns in the same way where it could not get the pages.
 */
function mayKeep(
  fn: FunctionAnalysis,
  getting: ReadonlySet<string>,
  releasing: ReadonlySet<string>,
): boolean {
  const { cfg } = fn;
  const seen = new Set<string>();
  const work = [{ block: cfg.entry, got: false }];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    let { got } = at;
    let over = false;
    for (const element of cfg.blocks[at.block]?.elements ?? []) {
      const name = element.kind === 'call' ? (calleeName(element.node) ?? '') : '';
      if (releasing.has(name) && !getting.has(name)) over = true;
      if (getting.has(name) && !releasing.has(name)) got = true;
      if (over) break;
      if (element.kind !== 'return' || !got) continue;
      const { value } = element.node;
      if (value !== null && constantTruth(value) === false) return true;
    }
    if (over) continue;
    for (const { to } of cfg.blocks[at.block]?.out ?? []) {
      const key = `${to} ${got}`;
      if (seen.has(key)) continue;
      seen.add(key);
      work.push({ block: to, got });
    }
  }
  return false;
}

/** Where a function keeps an object for later calls: in a list, a tree, an index of handles, or a global variable. */

import { PAGE_RELEASE_NAMES } from '../../../../kernel/src/index.js';
import type { CallSite, FileAnalysis, FunctionAnalysis } from '../../analysis/index.js';
import { calleeName, lvalueText, variableName } from '../../analysis/index.js';
import { type Expression, namesIdentifier, type Span, spanOf, textOf, walk } from '../../syntax/index.js';
import { assignedTo } from '../assignments.js';
import { pageRoot } from '../pageWrites.js';
import { mayKeep } from '../release/writtenInOneGo.js';
import { declaredType, parameterOf } from './flagLeaves.js';
import { chargedFor, leftInOwner } from './leftInOwner.js';
import { ofFrames, releasedAtTheEnd } from './longtermOwners.js';
import { isOutParameter } from './passedOn.js';
import { LETS_GO, namesTransfer, WAITS, words, wordsOf } from './transfers.js';

/** What keeps an object beyond the call. */
export interface Keeper {
  readonly span: Span;
  /** Completes "is kept by …". */
  readonly by: string;
  /** It is nothing that may as well be said of a reference which is taken for a short time. */
  readonly sure?: true;
  /** Its names say that it is memory registered with a device for remote access. */
  readonly isRegistration?: true;
}

const REGISTERS =
  /^(?:_*list_add\w*|hlist_add\w*|hash_add\w*|_*xa_(?:store|insert|alloc)\w*|radix_tree_insert|idr_alloc\w*|idr_replace|rb_insert_color\w*|rb_link_node\w*|rb_add\w*|\w*tree_insert|rhashtable_\w*insert\w*|mtree_(?:store|insert)\w*|mas_store\w*|drm_gem_handle_create|anon_inode_getf(?:d|ile)\w*|(?:dev|platform|pci)_set_drvdata)$/;
/** Names of what puts an object where it is found again, which are used for others too. */
const LINKS = /(?:^|_)(?:tree|insert|link|add|register|publish|store)(?:_|$)/;
const UNLINKS = /(?:^|_)(?:del|delete|remove|unlink|unregister|erase|lookup|find|first|next)(?:_|$)/;
/** What enters frames into the tables of an IOMMU or of a device; to map for one transfer takes pages or a scatterlist. */
const TRANSLATES = /iotlb_add|(?:^|_)(?:iommu_|iopt_)?map(?:_|$)/;
const FOR_KERNEL = /^(?:dma|pci|sg|vm|kmap|vmap|io)_/;
/** What makes a file of an object that is told to it in a structure. */
const EXPORTS = /\bdma_buf_export\s*\(/;
/** The members that a file, a mapping or an exported buffer has its object in. */
const PRIVATE = /(?:->(?:vm_)?private_data|\.priv)$/;
/** Words of names for memory that a task hands over once and that is used until it takes it back. */
const REGISTRATIONS: ReadonlySet<string> = new Set(
  'umem userptr mr region regions register registered reg shm bo gem shmem bufmap userbuf pinned'.split(' '),
);
/** Words that are never used for anything shorter; an entry of a device's own page table is one. */
const LASTING: ReadonlySet<string> = new Set(
  'umem userptr mr userbuf registered registration pte ptes'.split(' '),
);

/** Those of memory registered for remote access, which keeps its pages whatever becomes of the mapping. */
const REMOTE: ReadonlySet<string> = new Set('umem mr registered registration'.split(' '));

/** Whether the names say that the memory is used until somebody takes it back. */
export function namesRegistration(fn: FunctionAnalysis, root: string): boolean {
  return wordsOf(fn, root).some(word => REGISTRATIONS.has(word));
}

/**
 * What keeps an object of a function for later calls.
 * @param root the variable that points to the object
 * @param held the call that got the pages, and the lvalue that has them
 * @returns null if nothing is seen to, or if it is only until a transfer is done
 */
export function keeperOf(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  root: string,
  held: { readonly site: CallSite; readonly holder: string },
): Keeper | null {
  const body = file.source.text.slice(fn.item.body.start, fn.item.body.end);
  const names = wordsOf(fn, root);
  const isRegistration = names.some(word => REMOTE.has(word));
  if (!fn.complete || WAITS.test(body)) return null;
  if (namesTransfer(names)) return null;
  const keeper =
    registeredBy(file, fn, root, true) ??
    callersRegistration(fn, root) ??
    ownerOf(file, fn, held.site, held.holder) ??
    leftInOwner(file, fn, held.site, held.holder);
  if (keeper === null || LETS_GO.test(file.source.text)) return null;
  return isRegistration ? { ...keeper, isRegistration } : keeper;
}

/**
 * What keeps pages of which a function only leaves the frames in the tables of an IOMMU or in an index, where another function of
 * the file finds them to give them back, or the task is charged for them.
 *
 * @param holder the variable with the pages
 */
export function translationOf(file: FileAnalysis, fn: FunctionAnalysis, holder: string): Keeper | null {
  const text = textOf(fn.file, fn.item.body);
  const frame = new RegExp(`\\bpage_to_(?:pfn|phys)\\s*\\([\\s*&]*${holder}\\b`);
  if (!fn.complete || WAITS.test(text) || LETS_GO.test(file.source.text)) return null;
  if (namesTransfer(wordsOf(fn, holder))) return null;
  const last = ofFrames(file, null);
  const isElsewhere = last !== null && last.name !== fn.item.name;
  const handed = handedToIommu(fn, holder);
  if (handed !== null) return handed;
  // Who charges the task lets the tables keep the pages, wherever they are given back.
  if (!isElsewhere && chargedFor(fn) === null) return null;
  for (const { element } of fn.cfg.elements()) {
    if (element.kind !== 'call') continue;
    const name = calleeName(element.node) ?? '';
    if (!REGISTERS.test(name) && (!TRANSLATES.test(name) || FOR_KERNEL.test(name))) continue;
    const hasFrame = element.node.args.some(argument => {
      const values = [argument, ...namesIn(argument).flatMap(one => assignedTo(fn, one))];
      return values.some(value => frame.test(textOf(fn.file, value)));
    });
    if (hasFrame) {
      const until = isElsewhere ? `until ${last.name}()` : 'as locked memory that the task is charged for';
      return { span: spanOf(element.node.callee), by: `${name}() ${until}` };
    }
  }
  return null;
}

/** The tables of an IOMMU, if a function hands them the array itself, and on some way goes on without giving the pages back. */
function handedToIommu(fn: FunctionAnalysis, holder: string): Keeper | null {
  const calls = [...fn.cfg.elements()].flatMap(({ element, at }) =>
    element.kind === 'call' && element.node.args.some(argument => pageRoot(argument) === holder)
      ? { node: element.node, name: calleeName(element.node) ?? '', ...at }
      : [],
  );
  const releases = new Set(calls.flatMap(({ name, node }) => (PAGE_RELEASE_NAMES.has(name) ? node : [])));
  const maps = calls.find(({ name }) => /(?:^|_)(?:iommu|iotlb)(?:_|$)/.test(name) && TRANSLATES.test(name));
  if (maps === undefined || !mayKeep(fn, maps, releases, null)) return null;
  return { span: spanOf(maps.node.callee), by: `the tables that ${maps.name}() fills` };
}

function namesIn(node: Expression): readonly string[] {
  const names: string[] = [];
  walk(node, inner => {
    if (inner.kind === 'identifier') names.push(inner.name);
  });
  return names;
}

/** The owner of an object, where a function that ends its life gives the pages back. */
function ownerOf(file: FileAnalysis, fn: FunctionAnalysis, site: CallSite, holder: string): Keeper | null {
  const member = /(?:->|\.)(\w+)(?:\[[^\]]*\])*$/.exec(holder)?.[1];
  const last = member === undefined ? null : releasedAtTheEnd(file, fn, site, member);
  if (last === null || namesTransfer([holder, last.name].flatMap(words))) return null;
  return { span: last.span, by: `its owner until ${last.name}()` };
}

/** The object of a caller, if its name or type, or that of the function, says that it is a registration. */
function callersRegistration(fn: FunctionAnalysis, root: string): Keeper | null {
  const parameter = parameterOf(fn, root);
  if (parameter === null) return null;
  const registers =
    [fn.item.name, root, parameter.type].flatMap(words).some(word => LASTING.has(word)) ||
    words(fn.item.name).some(word => word.startsWith('regist'));
  return registers
    ? { span: { start: parameter.start, end: parameter.end }, by: 'the caller, whose registration it is' }
    : null;
}

function registeredBy(
  file: FileAnalysis,
  fn: FunctionAnalysis,
  root: string,
  followHelpers: boolean,
): Keeper | null {
  for (const { element } of fn.cfg.elements()) {
    if (element.kind === 'assignment') {
      const target = element.node.left;
      if (variableName(element.node.right) !== root) continue;
      if (isOutParameter(fn, target) && namesRegistration(fn, root)) {
        return { span: spanOf(target), by: 'its caller, which gets it as a handle' };
      }
      if (PRIVATE.test(lvalueText(target) ?? '') && isExported(fn, target)) {
        return { span: spanOf(target), by: lvalueText(target) ?? '' };
      }
      if (target.kind === 'member' && isLasting(fn, root) && hangsOnParameter(fn, target)) {
        return { span: spanOf(target), by: lvalueText(target) ?? target.name };
      }
      if (target.kind !== 'identifier') continue;
      if (declaredType(fn, target.name) !== null || parameterOf(fn, target.name) !== null) continue;
      return { span: spanOf(target), by: `the global ${target.name}` };
    }
    if (element.kind === 'return' && element.node.value !== null) {
      if (variableName(element.node.value) === root && namesRegistration(fn, root)) {
        return { span: spanOf(element.node), by: 'its caller, which gets it as a handle' };
      }
    }
    if (element.kind !== 'call') continue;
    const name = calleeName(element.node);
    if (name === null) continue;
    if (REGISTERS.test(name)) {
      const { args } = element.node;
      if (!args.some(arg => namesIdentifier(arg, root))) continue;
      const where = args.flatMap(arg => words(lvalueText(arg.kind === 'unary' ? arg.operand : arg) ?? ''));
      if (namesTransfer(where)) return null;
      return { span: spanOf(element.node.callee), by: `${name}()`, sure: true };
    }
    const isGiven = element.node.args.some(argument => variableName(argument) === root);
    if (isGiven && LINKS.test(name) && !UNLINKS.test(name) && isLasting(fn, root)) {
      return { span: spanOf(element.node.callee), by: `${name}()` };
    }
    if (!followHelpers) continue;
    const index = element.node.args.findIndex(arg => variableName(arg) === root);
    const helper = index < 0 ? null : file.functionNamed(name);
    const parameter = helper?.ast.parameters[index]?.name ?? null;
    if (helper === null || parameter === null || !helper.complete) continue;
    if (registeredBy(file, helper, parameter, false) === null) continue;
    return { span: spanOf(element.node.callee), by: `${name}()` };
  }
  return null;
}

/** Whether what has an object for its private data is another's, or is made a file here. */
function isExported(fn: FunctionAnalysis, target: Expression): boolean {
  return hangsOnParameter(fn, target) || EXPORTS.test(textOf(fn.file, fn.ast));
}

/** Whether the name or the type of a variable says that nothing shorter than a registration is meant. */
function isLasting(fn: FunctionAnalysis, root: string): boolean {
  return [root, declaredType(fn, root) ?? ''].flatMap(words).some(word => LASTING.has(word));
}

/** Whether a member is one of an object of the caller. */
function hangsOnParameter(fn: FunctionAnalysis, target: Expression): boolean {
  const base = /^\w+/.exec(lvalueText(target) ?? '')?.[0];
  return base !== undefined && parameterOf(fn, base) !== null;
}

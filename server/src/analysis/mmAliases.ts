/** Which expressions of a function name the same `struct mm_struct`. */

import type { Expression, FunctionAst } from '../syntax/index.js';
import type { Cfg } from './cfg.js';
import { calleeName, isNull, lvalueText, valueExpression } from './expressions.js';

/** Functions whose result is a VMA of the mm that is their first argument, or NULL. */
export const FINDS_VMA: ReadonlySet<string> = new Set([
  'find_vma',
  'find_vma_prev',
  'find_vma_intersection',
  'find_exact_vma',
  'find_extend_vma',
  'find_extend_vma_locked',
  'find_mergeable_vma',
  'expand_stack',
  'lock_mm_and_find_vma',
  'lock_vma_under_rcu',
  'uffd_lock_vma',
  'vma_lookup',
]);

/**
 * Functions that may drop the lock of current->mm, which their caller took and is told of: where it has another mm as well, its
 * caller gave it that of the task.
 */
const DROPS_OWN_LOCK: ReadonlySet<string> = new Set(['get_user_pages_locked', 'pin_user_pages_locked']);

const CURRENT_MM = 'current->mm';
const DEEPEST = 6;

/** The names of mms in one function. A variable with one meaning in the whole function is replaced by it. */
export class MmAliases {
  readonly #definitions = new Map<string, Expression[]>();
  /** Variables that something else than a plain assignment may change. */
  readonly #changed = new Set<string>();
  readonly #parameters: ReadonlySet<string>;
  /** The parameter that can only be the mm of the task itself; null if there is none. */
  #own: string | null = null;

  constructor(ast: FunctionAst, cfg: Cfg) {
    this.#parameters = new Set(ast.parameters.flatMap(p => (p.name === null ? [] : [p.name])));
    const [mm, ...more] = ast.parameters.filter(p => p.type.endsWith('mm_struct') && p.pointers === 1);
    for (const { element } of cfg.elements()) {
      if (element.kind === 'declare') {
        if (element.node.init !== null) this.#define(element.node.name, element.node.init);
      } else if (element.kind === 'assignment') {
        const left = lvalueText(element.node.left);
        if (left === null) continue;
        if (element.node.op === '=') this.#define(left, element.node.right);
        else this.#changed.add(left);
      } else if (element.kind === 'macro-loop') {
        for (const arg of element.node.args) {
          const text = lvalueText(arg);
          if (text !== null && /^\w+$/.test(text)) this.#changed.add(text);
        }
      } else if (element.kind === 'call') {
        if (more.length === 0 && DROPS_OWN_LOCK.has(calleeName(element.node) ?? ''))
          this.#own = mm?.name ?? null;
        for (const arg of element.node.args) {
          if (arg.kind !== 'unary' || arg.op !== '&' || arg.operand.kind !== 'identifier') continue;
          this.#changed.add(arg.operand.name);
        }
      }
    }
  }

  #define(name: string, value: Expression): void {
    const known = this.#definitions.get(name);
    if (known === undefined) this.#definitions.set(name, [value]);
    else known.push(value);
  }

  /** The name of the mm that an expression is, e.g. `current->mm`; null if it has no name. */
  mm(expression: Expression): string | null {
    return this.#name(expression, DEEPEST);
  }

  /** The name of the mm that a VMA belongs to. */
  mmOfVma(vma: Expression): string | null {
    const name = this.#name(vma, DEEPEST);
    return name === null ? null : memberName(name, 'vm_mm', true);
  }

  /** The name of the mm whose lock is given as `&mm->mmap_lock` or `&mm->mmap_sem`; null for any other lock. */
  mmOfLock(lock: Expression): string | null {
    const node = lock.kind === 'cast' ? lock.operand : lock;
    if (node.kind !== 'unary' || node.op !== '&' || node.operand.kind !== 'member') return null;
    const member = node.operand;
    if (member.name !== 'mmap_lock' && member.name !== 'mmap_sem') return null;
    return this.#name(member.object, DEEPEST);
  }

  /** The name of the mm of the VMA that a `struct vm_fault` is about. */
  mmOfVmf(vmf: Expression): string | null {
    const name = this.#name(vmf, DEEPEST);
    return name === null ? null : memberName(`${name}->vma`, 'vm_mm', true);
  }

  /** Whether a name still hangs on a VMA whose mm is not known. */
  static isOpen(name: string): boolean {
    return name.endsWith('->vm_mm');
  }

  static readonly current = CURRENT_MM;

  #name(expression: Expression, depth: number): string | null {
    const node = valueExpression(expression);
    switch (node.kind) {
      case 'identifier':
        return this.#resolve(node.name, depth);
      case 'member': {
        const object = this.#name(node.object, depth);
        if (object === null) return null;
        return this.#resolve(memberName(object, node.name, node.arrow), depth);
      }
      case 'unary': {
        const operand = this.#name(node.operand, depth);
        return operand === null || (node.op !== '&' && node.op !== '*') ? null : `${node.op}${operand}`;
      }
      case 'call': {
        const callee = calleeName(node);
        const first = node.args[0];
        if (callee === null || first === undefined || !FINDS_VMA.has(callee)) return null;
        const mm = this.#name(first, depth);
        return mm === null ? null : `vma<${mm}>`;
      }
      default:
        return lvalueText(node);
    }
  }

  /** What a name stands for: the one meaning of all its definitions, else the name itself. */
  #resolve(name: string, depth: number): string {
    if (name === this.#own) return CURRENT_MM;
    if (depth === 0 || name === CURRENT_MM || this.#changed.has(name) || this.#parameters.has(name))
      return name;
    const meanings = new Set<string | null>();
    for (const definition of this.#definitions.get(name) ?? []) {
      if (isNull(definition)) continue;
      meanings.add(this.#name(definition, depth - 1));
    }
    const [only] = meanings;
    return meanings.size === 1 && only !== null && only !== undefined ? only : name;
  }
}

function memberName(object: string, name: string, arrow: boolean): string {
  if (name === 'vm_mm' && object.startsWith('vma<')) return object.slice(4, -1);
  if (arrow && object.startsWith('&')) return `${object.slice(1)}.${name}`;
  return `${object}${arrow ? '->' : '.'}${name}`;
}

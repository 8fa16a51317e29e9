/** Whose members the fields are that a function names: the structures, by the declared types of what leads to them. */

import type { Expression } from '../syntax/index.js';
import { walkExpressions } from '../syntax/index.js';
import type { FileAnalysis } from './analyseFile.js';
import { constantTruth } from './expressions.js';
import { TypeScope } from './pagePaths/integerType.js';
import { type StructMembers, structMembersOf, structsDefined } from './structMembers.js';
import { isHeader } from './treeKnowledge.js';

/** Of one function: the members that it names. */
interface NamedMembers {
  readonly types: TypeScope;
  /** What each member is named of, as an expression. */
  readonly objects: ReadonlyMap<string, readonly Expression[]>;
  /** Members that an initialiser or a compound literal gives a value. */
  readonly initialised: ReadonlySet<string>;
}

/** Works out what it is asked for, once. */
export class FieldOwners {
  readonly #file: FileAnalysis;
  readonly #byFunction = new Map<string, NamedMembers | null>();
  #own: StructMembers | null = null;
  #defined: ReadonlySet<string> | null = null;

  constructor(file: FileAnalysis) {
    this.#file = file;
  }

  /**
   * The structures whose member of this name a function names; null among them: one that cannot be told. Empty where
   * the function does not name it; null for a function that could not be read whole.
   */
  of(name: string, member: string): ReadonlySet<string | null> | null {
    const named = this.#namedIn(name);
    if (named === null) return null;
    return new Set(named.objects.get(member)?.map(object => this.#structOf(object, named.types)));
  }

  /** The one structure whose member of this name a function names; null if that cannot be told. */
  onlyOf(name: string, member: string): string | null {
    const [owner = null, ...others] = this.of(name, member) ?? [];
    return others.length === 0 ? owner : null;
  }

  /** Whether a function gives a member of this name a value in an initialiser: whose member it is, is not looked at. */
  initialises(name: string, member: string): boolean {
    return this.#namedIn(name)?.initialised.has(member) ?? false;
  }

  /** Whether the file itself, and no header, defines a structure: other files cannot name its members. */
  isPrivate(owner: string): boolean {
    if (isHeader(this.#file.path ?? '')) return false;
    this.#defined ??= new Set(structsDefined(this.#file.source.text));
    // `outer.member` is defined where `outer` is.
    return this.#defined.has(owner.split('.')[0] ?? '');
  }

  #namedIn(name: string): NamedMembers | null {
    let named = this.#byFunction.get(name);
    if (named === undefined) {
      named = this.#read(name);
      this.#byFunction.set(name, named);
    }
    return named;
  }

  #read(name: string): NamedMembers | null {
    const fn = this.#file.functionNamed(name);
    if (fn === null || !fn.complete) return null;
    const types = new TypeScope(fn.ast, fn.cfg, this.#structs);
    const objects = new Map<string, Expression[]>();
    const initialised = new Set<string>();
    walkExpressions(fn.ast, node => {
      if (node.kind === 'member') {
        const known = objects.get(node.name);
        if (known === undefined) objects.set(node.name, [node.object]);
        else known.push(node.object);
      } else if (node.kind === 'initializer-list') {
        for (const { designator, value } of node.items) {
          if (designator !== null && constantTruth(value) !== false) initialised.add(designator.slice(1));
        }
      }
    });
    return { types, objects, initialised };
  }

  /** The structure that an expression is, or points to. */
  #structOf(node: Expression, types: TypeScope): string | null {
    switch (node.kind) {
      case 'index':
        return this.#structOf(node.object, types);
      case 'unary':
        return node.op === '*' || node.op === '&' ? this.#structOf(node.operand, types) : null;
      case 'cast':
        return structNamed(node.type);
      case 'member': {
        const owner = this.#structOf(node.object, types);
        const type = owner === null ? undefined : this.#structs.get(owner)?.get(node.name);
        return type === undefined ? null : structNamed(type);
      }
      case 'identifier': {
        const type = types.declared(node);
        return type === null ? null : structNamed(type);
      }
      default:
        return null;
    }
  }

  /** What the file itself defines goes before what others do. */
  readonly #structs = {
    get: (name: string): ReadonlyMap<string, string> | undefined => {
      this.#own ??= structMembersOf(this.#file.source.text);
      return this.#own.get(name) ?? this.#file.scope.questions.struct(name) ?? undefined;
    },
  };
}

/** `struct ctx *` as `ctx`; null for what is no structure. */
function structNamed(type: string): string | null {
  return /^(?:(?:const|static|volatile|register) )*struct ([\w.]+)(?: ?\*+)*$/.exec(type)?.[1] ?? null;
}

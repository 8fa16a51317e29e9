import { describe, expect, it } from 'vitest';
import { CallGraph } from '../../server/src/analysis/callGraph.js';
import { readSource } from '../../server/src/syntax/index.js';

/** A file of functions, each of which calls those that follow its name. */
function graphOf(...functions: readonly string[]): CallGraph {
  const text = functions.map(line => {
    const [name = '', ...callees] = line.split(' ');
    return `static void ${name}(void)\n{\n${callees.map(callee => `\t${callee}();\n`).join('')}}\n`;
  });
  return CallGraph.of(readSource(text.join('\n')));
}

describe('the call graph of a file', () => {
  it('has the calls of functions of the file', () => {
    const graph = graphOf('a b printk c', 'b', 'c b');
    expect([...graph.callees('a')]).toEqual(['b', 'c']);
    expect([...graph.callees('b')]).toEqual([]);
    expect([...graph.callees('printk')]).toEqual([]);
  });

  it('tells recursion from calls that come together again', () => {
    const graph = graphOf('a b c', 'b d', 'c d', 'd');
    for (const [caller, callee] of ['ab', 'ac', 'bd', 'cd']) {
      expect(graph.isRecursive(caller ?? '', callee ?? '')).toBe(false);
    }
  });

  it('finds functions that call themselves, each other, and each other by way of others', () => {
    const graph = graphOf('self self', 'one two', 'two three', 'three one leaf', 'leaf', 'out one');
    expect(graph.isRecursive('self', 'self')).toBe(true);
    expect(graph.isRecursive('one', 'two')).toBe(true);
    expect(graph.isRecursive('three', 'one')).toBe(true);
    expect(graph.isRecursive('three', 'leaf')).toBe(false);
    expect(graph.isRecursive('out', 'one')).toBe(false);
  });

  it('keeps two cycles apart', () => {
    const graph = graphOf('a b', 'b a c', 'c d', 'd c');
    expect(graph.isRecursive('a', 'b')).toBe(true);
    expect(graph.isRecursive('c', 'd')).toBe(true);
    expect(graph.isRecursive('b', 'c')).toBe(false);
  });

  it('follows a chain of any length', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `f${i}`);
    const graph = graphOf(...names.map((name, i) => `${name} ${names[(i + 1) % names.length]}`));
    expect(graph.isRecursive('f0', 'f4999')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { structMembersOf } from '../../server/src/analysis/structMembers.js';

const membersOf = (text: string): Record<string, Record<string, string>> =>
  Object.fromEntries(
    [...structMembersOf(text)].map(([name, members]) => [name, Object.fromEntries(members)]),
  );

describe('the members of structures', () => {
  it('have the types that are written, and are pointers where they are arrays', () => {
    const text =
      'struct a {\n\tunsigned int n, *p; /* } */\n\tstruct page *pages[4];\n\tu8 bits:3; // }\n};\n';
    expect(membersOf(text)).toEqual({
      a: { n: 'unsigned int', p: 'unsigned int *', pages: 'struct page *', bits: 'u8' },
    });
  });

  it('of a structure inside another one are of the outer one, or have a name from both', () => {
    const text = `struct a {
	struct { int x; union { int y; struct page *page; }; };
	struct { struct page *head; } ring[2];
	struct b { int z; } b;
	union { int w; } u;
	enum { ONE, TWO } kind;
	int last;
};
`;
    expect(membersOf(text)).toEqual({
      a: {
        x: 'int',
        y: 'int',
        page: 'struct page *',
        ring: 'struct a.ring *',
        b: 'struct b',
        u: 'struct a.u',
        last: 'int',
      },
      'a.ring': { head: 'struct page *' },
      b: { z: 'int' },
      'a.u': { w: 'int' },
    });
  });

  it('are read without what is said of them, and without functions', () => {
    const text =
      'struct a {\n\tstruct page **pages __counted_by(n);\n\tint (*run)(int x);\n\tint n;\n} __packed;\n';
    expect(membersOf(text)).toEqual({ a: { pages: 'struct page *', n: 'int' } });
  });

  it('of a structure that is cut off are not known, those of the next one are', () => {
    expect(membersOf('struct a { int x; struct b { int y; };\nstruct c { int z; };')).toEqual({
      b: { y: 'int' },
      c: { z: 'int' },
    });
  });
});

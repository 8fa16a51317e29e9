import { describe, expect, it } from 'vitest';
import { analyse, callPaths, cfgOf, inFunction } from './snippet.js';

const paths = (body: string): readonly string[] => callPaths(cfgOf(inFunction(body)));

describe('the control-flow graph', () => {
  it('splits conditions at && and ||, so that what is behind them may be left out', () => {
    expect(paths('if (p() && q()) x(); else y();')).toEqual(['p q x', 'p q y', 'p y']);
    expect(paths('if (p() || !q()) x();')).toEqual(['p q', 'p q x', 'p x']);
  });

  it('splits ?: and && in values where an arm has an effect', () => {
    expect(paths('a = b ? p() : q();')).toEqual(['p', 'q']);
    expect(paths('a = p() && q();')).toEqual(['p', 'p q']);
    expect(paths('a = b ? 1 : 2; p();')).toEqual(['p']);
  });

  it('labels edges with the condition and its truth', () => {
    const cfg = cfgOf(inFunction('if (!(a & b)) p();'));
    const labels = cfg.blocks.flatMap(block => block.out.map(edge => edge.label));
    const branches = labels.filter(label => label.kind === 'branch');
    expect(branches.map(label => label.truth).sort()).toEqual([false, true]);
    expect(branches.every(label => label.condition.kind === 'binary')).toBe(true);
  });

  it('looks through likely() and WARN_ON()', () => {
    expect(paths('if (likely(p()) && !WARN_ON_ONCE(a && q())) x();')).toEqual(['p', 'p q', 'p q x', 'p x']);
  });

  it('evaluates arguments before the call', () => {
    expect(paths('p(q(), r());')).toEqual(['q r p']);
  });

  it('runs loops any number of times', () => {
    expect(paths('while (p()) q(); r();')).toEqual(['p q p r', 'p r']);
    expect(paths('do { p(); } while (a); r();')).toContain('p r');
    expect(paths('for (p(); a; q()) r();')).toEqual(['p', 'p r q']);
    expect(paths('do { p(); } while (0);')).toEqual(['p']);
    expect(paths('while (1) { if (p()) break; q(); } r();')).toEqual(['p r']);
  });

  it('takes loop macros as loops', () => {
    expect(paths('for_each_vma(vmi, vma) { p(); if (a) continue; q(); } r();')).toEqual([
      'p q r',
      'p r',
      'r',
    ]);
  });

  it('falls through in a switch, and leaves it without a default', () => {
    expect(paths('switch (a) { case 1: p(); case 2: q(); break; case 3 ... 5: r(); }')).toEqual([
      '',
      'p q',
      'q',
      'r',
    ]);
    expect(paths('switch (a) { case 1: p(); break; default: q(); }')).toEqual(['p', 'q']);
  });

  it('continues the loop around a switch', () => {
    expect(paths('while (p()) { switch (a) { case 1: continue; default: break; } q(); }')).toEqual([
      'p',
      'p p',
      'p q p',
    ]);
  });

  it('follows goto, forwards and backwards', () => {
    expect(paths('if (a) goto out; p(); out: q(); return 0;')).toEqual(['p q', 'q']);
    expect(paths('again: p(); if (a) goto again; q();')).toEqual(['p p q', 'p q']);
  });

  it('takes a label that is not there for one of those that are', () => {
    const cfg = cfgOf(
      inFunction('if (a) goto TARGET; p(); return 0; one: q(); return 1; two: r(); return 2;'),
    );
    expect(callPaths(cfg)).toEqual(['p', 'q', 'r']);
    expect(cfg.complete).toBe(true);
  });

  it('is not complete where a label cannot be there', () => {
    expect(cfgOf(inFunction('goto nowhere;')).complete).toBe(false);
  });

  it('ends at calls that do not return', () => {
    expect(paths('if (a) { p(); BUG(); q(); } r();')).toEqual(['r']);
    expect(paths('BUG_ON(p()); r();')).toEqual(['p r']);
  });

  it('leaves guards on every way out of their block, innermost first', () => {
    expect(paths('{ guard(one)(x); guard(two)(y); if (a) return 1; p(); } q();')).toEqual([
      '+one +two -two -one',
      '+one +two p -two -one q',
    ]);
    expect(paths('{ guard(one)(x); if (a) goto out; p(); } q(); out: r();')).toEqual([
      '+one -one r',
      '+one p -one q r',
    ]);
    expect(paths('while (p()) { guard(one)(x); if (a) break; q(); } r();')).toContain('p +one -one r');
  });

  it('leaves a scoped_guard behind its statement', () => {
    expect(paths('scoped_guard(one, x) { if (a) return 1; p(); } q();')).toEqual([
      '+one -one',
      '+one p -one q',
    ]);
  });

  it('leaves the block of a guard out whose lock may not be got', () => {
    expect(paths('scoped_guard(mutex_try, x) { p(); } q();')).toEqual(['+mutex_try p -mutex_try q', 'q']);
    expect(paths('scoped_cond_guard(mutex_intr, return -EINTR, x) { p(); } q();')).toEqual([
      '',
      '+mutex_intr p -mutex_intr q',
    ]);
    expect(paths('scoped_cond_guard(claim, fail(), x) { return 1; } q();')).toEqual([
      '+claim -claim',
      'fail q',
    ]);
    // The macro is a loop of one pass: `continue` leaves it, and not the loop around.
    expect(paths('do { scoped_cond_guard(mutex_intr, continue, x) p(); q(); } while (0);')).toEqual([
      '+mutex_intr p -mutex_intr q',
      'q',
    ]);
  });

  it('may run a statement that a macro is given, any number of times', () => {
    expect(paths('WRAP(a, return -EINVAL); p();')).toEqual(['', 'WRAP p']);
    expect(paths('WRAP(p(); q();); r();')).toEqual(['WRAP r', 'p q WRAP r']);
    expect(paths('WRAP(({ p(); })); r();')).toEqual(['p WRAP r']);
  });

  it('may jump to the labels of an asm goto, and to one that a macro is given', () => {
    const body = (jump: string): string => `${jump} p(); return 0; one: q(); return 1; two: r();`;
    expect(paths(body('asm goto("jmp %l[one]" : : : : one, two);'))).toEqual(['p', 'q', 'r']);
    expect(paths(body('asm volatile goto("" :: "r" (a ? b : 0), "m" (b) : "memory" : two);'))).toEqual([
      'p',
      'r',
    ]);
    expect(paths(body('asm_volatile_goto("" : "=r" (a) : : "cc" : one);'))).toEqual(['p', 'q']);
    expect(paths(body('asm volatile("" : "=r" (one) : "r" (two) : "memory");'))).toEqual(['p']);
    expect(paths(body('unsafe_get_user(a, b, two);'))).toEqual(['unsafe_get_user p', 'unsafe_get_user r']);
    expect(paths('int two; take(two); p(); return 0; two: q();')).toEqual(['take p']);
    expect(paths('{ guard(one)(x); unsafe_put_user(a, b, out); p(); return 0; } out: q();')).toEqual([
      '+one unsafe_put_user -one q',
      '+one unsafe_put_user p -one',
    ]);
  });

  it('returns at return_ptr()', () => {
    expect(paths('void *x __free(kfree) = p(); if (a) return_ptr(x); q();')).toEqual([
      'p q ~kfree',
      'p ~kfree',
    ]);
  });

  it('goes into statement expressions', () => {
    expect(paths('a = ({ p(); q(); });')).toEqual(['p q']);
  });

  it('has every call as an element once', () => {
    const cfg = cfgOf(inFunction('if ((a = p(q())) < 0 || r(a)) x(y() ? z() : 0);'));
    const names = [...cfg.elements()].flatMap(({ element }) =>
      element.kind === 'call' && element.node.callee.kind === 'identifier' ? [element.node.callee.name] : [],
    );
    expect(names.sort()).toEqual(['p', 'q', 'r', 'x', 'y', 'z']);
  });

  it('takes a range of cases, and labels the edge with both ends', () => {
    const cfg = cfgOf(inFunction('switch (a) { case A ... B: p(); break; case C: q(); } r();'));
    expect(callPaths(cfg)).toEqual(['p r', 'q r', 'r']);
    const cases = cfg.blocks
      .flatMap(block => block.out.map(({ label }) => label))
      .filter(l => l.kind === 'case');
    expect(cases.map(label => label.case.to !== null)).toEqual([true, false]);
  });

  it('follows goto into blocks and loops', () => {
    expect(paths('if (a) goto in; p(); if (b) { in: q(); } r();')).toEqual(['p q r', 'p r', 'q r']);
    expect(paths('if (a) goto in; while (b) { p(); in: q(); } r();')).toEqual(['p q r', 'q r', 'r']);
  });

  it('is not complete where a goto leads past a guard into its scope', () => {
    const body = 'if (a) goto in; { guard(one)(x); p(); in: q(); } r();';
    expect(cfgOf(inFunction(body)).complete).toBe(false);
  });

  it('leaves a guard by a goto back to before it', () => {
    expect(paths('again: p(); { guard(one)(x); if (a) goto again; q(); } r();')).toEqual([
      'p +one -one p +one q -one r',
      'p +one q -one r',
    ]);
  });

  it('runs the cleanup of a variable wherever its scope is left, in the opposite order', () => {
    const body =
      'void *x __free(kfree) = p(); if (a) return 1; { guard(one)(y); void *z __free(kvfree) = q(); } r();';
    expect(paths(body)).toEqual(['p +one q ~kvfree -one r ~kfree', 'p ~kfree']);
    expect(paths('while (p()) { void *x __free(kfree); if (a) continue; q(); } r();')).toEqual([
      'p q ~kfree p r',
      'p r',
      'p ~kfree p r',
    ]);
    expect(paths('void *x, *y __free(kfree) = p(); q();')).toEqual(['p q ~kfree']);
  });

  it('may leave at a macro of the file that holds a return or a goto', () => {
    const graph = (macro: string, body: string): readonly string[] => {
      const fn = analyse(`${macro}\n${inFunction(body)}`).functionNamed('f');
      return fn === null ? [] : callPaths(fn.cfg);
    };
    const check = '#define CHECK(x) do { \\\n\tif (!(x)) \\\n\t\treturn -EINVAL; \\\n} while (0)';
    expect(graph(check, 'CHECK(a); p();')).toEqual(['CHECK', 'CHECK p']);
    expect(graph(check, '{ guard(one)(x); CHECK(a); p(); } q();')).toEqual([
      '+one CHECK -one',
      '+one CHECK p -one q',
    ]);
    const fail = '#define FAIL(e) do { err = e; goto out; } while (0)';
    expect(graph(fail, 'if (a) FAIL(1); p(); out: q();')).toEqual(['FAIL q', 'p q']);
    expect(graph('#define PLAIN(x) do { returned(x); } while (0)', 'PLAIN(a); p();')).toEqual(['PLAIN p']);
    const fn = '#define DEFINE_F(n) static int n(void) { return 1; }';
    expect(graph(fn, 'DEFINE_F(a); p();')).toEqual(['DEFINE_F p']);
  });

  it('returns from within a statement expression', () => {
    expect(paths('a = ({ if (b) return 1; p(); }); q();')).toEqual(['', 'p q']);
    expect(paths('a = ({ if (b) p(); q(); 1; }) + r();')).toEqual(['p q r', 'q r']);
  });

  it('tests both arms of ?: and the GNU form', () => {
    expect(paths('if (a ? p() : q()) r(); else x();')).toEqual(['p r', 'p x', 'q r', 'q x']);
    expect(paths('a = p() ?: q(); r();')).toEqual(['p q r', 'p r']);
  });

  it('goes back to the condition of a do loop at continue', () => {
    expect(paths('do { if (a) continue; p(); } while (q()); r();')).toContain('q r');
  });
});

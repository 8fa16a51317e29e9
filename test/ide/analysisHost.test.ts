import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE, kernel, newHost, open, settings, TestLog } from './host.js';
import { CONDITIONAL, FAULT_ENTRY, HELD, MISMATCH, PASSED_ON } from './snippets.js';

const text = MISMATCH.replace('¦', '');
const fixed = text.replace('put_page(page)', 'unpin_user_page(page)');

describe('AnalysisHost', () => {
  it('hands out snapshots that later changes do not reach', () => {
    const host = newHost();
    host.applyChange({ files: [{ path: FILE, text, version: 1, kernel: kernel('6.12') }] });
    const before = host.snapshot();
    expect(host.snapshot()).toBe(before);
    host.applyChange({ files: [{ path: FILE, text: fixed, version: 2, kernel: kernel('6.12') }] });
    const after = host.snapshot();
    expect([before.version(FILE), after.version(FILE)]).toEqual([1, 2]);
    expect(before.diagnostics(FILE)).toHaveLength(1);
    expect(after.diagnostics(FILE)).toEqual([]);
    host.applyChange({ files: [{ path: FILE, text: null, version: 3, kernel: kernel('6.12') }] });
    expect(host.snapshot().has(FILE)).toBe(false);
    expect(after.has(FILE)).toBe(true);
  });

  it('reads the same text for another release', () => {
    const host = newHost();
    host.applyChange({ files: [{ path: FILE, text, version: 1, kernel: kernel('6.12') }] });
    expect(host.snapshot().diagnostics(FILE)[0]?.release).toBe('6.12');
    host.applyChange({ files: [{ path: FILE, text, version: 1, kernel: kernel('6.1') }] });
    expect(host.snapshot().diagnostics(FILE)[0]?.release).toBe('6.1');
    expect(host.snapshot().kernel(FILE)).toMatchObject({ release: '6.1', text: '6.1.1' });
  });

  it('takes settings for all files, and for one', () => {
    const host = newHost();
    const off = settings({ diagnostics: { enable: false } });
    const other = '/linux/drivers/test/other.c';
    host.applyChange({
      files: [
        { path: FILE, text, version: 1, kernel: kernel('6.12') },
        { path: other, text, version: 1, kernel: kernel('6.12'), settings: settings(null) },
      ],
    });
    host.applyChange({ settings: off });
    const counts = [FILE, other].map(path => host.snapshot().diagnostics(path).length);
    expect(counts).toEqual([0, 1]);
  });

  it('lists direct calls of handlers that other files install', () => {
    const host = newHost();
    const call = 'vm_fault_t a(struct vm_fault *vmf)\n{\n\treturn demo_fault(vmf);\n}\n';
    host.applyChange({ files: [{ path: FILE, text: call, version: 1, kernel: kernel('6.12') }] });
    expect(host.snapshot().sites(FILE).sites).toEqual([]);
    host.applyChange({ handlers: new Map([['demo_fault', 'fault']]) });
    const [site] = host.snapshot().sites(FILE).sites;
    expect(site).toMatchObject({
      callee: 'demo_fault',
      kind: 'handler',
      handler: { role: 'direct-call', op: 'fault' },
    });
  });

  it('answers for a file that it does not have as for an empty one', () => {
    const analysis = newHost().snapshot();
    expect(analysis.diagnostics('/none.c')).toEqual([]);
    expect(analysis.hover('/none.c', 5)).toBeNull();
    expect(analysis.inlayHints('/none.c', { start: 0, end: 9 })).toEqual([]);
    expect(analysis.codeLenses('/none.c')).toEqual([]);
    expect(analysis.semanticMarks('/none.c')).toEqual([]);
    expect(analysis.documentLinks('/none.c')).toEqual([]);
    expect(analysis.nameAt('/none.c', 5)).toBeNull();
    expect(analysis.scenarioAt('/none.c', 3)).toBeNull();
    expect(analysis.kernel('/none.c').source).toBe('default');
    expect(analysis.lines('/none.c').count).toBe(1);
  });

  it('answers every question about broken text, and logs no failure', () => {
    const snippets = [CONDITIONAL, HELD, PASSED_ON, FAULT_ENTRY, MISMATCH].map(marked =>
      marked.replace('¦', ''),
    );
    const log = new TestLog();
    fc.assert(
      fc.property(
        fc.constantFrom(...snippets),
        fc.nat(),
        fc.nat(40),
        fc.constantFrom('', '{', '}', '(', ')', '"', '/*', '#if 0\n', '\0', '¹', ';', ', '),
        (snippet, at, length, put) => {
          const from = at % snippet.length;
          const broken = snippet.slice(0, from) + put + snippet.slice(from + length);
          const { analysis } = open(broken, { log });
          analysis.diagnostics(FILE);
          analysis.codeLenses(FILE);
          const hints = analysis.inlayHints(FILE, { start: 0, end: broken.length });
          for (const { span } of analysis.sites(FILE).sites) {
            analysis.hover(FILE, span.start);
            analysis.scenarioAt(FILE, span.start);
          }
          expect(hints.every(({ offset }) => offset >= 0 && offset <= broken.length)).toBe(true);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
    expect(log.lines).toEqual([]);
  });
});

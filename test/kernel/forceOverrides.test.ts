import { describe, expect, it } from 'vitest';
import { overridesOfForce, profileFor, type Release } from '../../kernel/src/index.js';

const READ = [['FOLL_FORCE']];
const WRITE = [['FOLL_FORCE', 'FOLL_WRITE']];

function texts(release: Release, sets: readonly (readonly string[])[] | null): string {
  return overridesOfForce(profileFor(release), sets).join('\n');
}

describe('what FOLL_FORCE overrides', () => {
  it('of a read and of a write are different checks', () => {
    expect(texts('6.12', READ)).toContain('reads without VM_READ');
    expect(texts('6.12', READ)).not.toContain('VM_WRITE');
    expect(texts('6.12', WRITE)).toContain('writes without VM_WRITE');
    expect(texts('6.12', WRITE)).not.toContain('VM_READ');
  });

  it('of flags that are not known, or that a caller gives, is both', () => {
    for (const sets of [null, [['FOLL_FORCE', 'param:flags']], [...READ, ...WRITE]]) {
      expect(texts('6.12', sets)).toContain('reads without VM_READ');
      expect(texts('6.12', sets)).toContain('writes without VM_WRITE');
    }
  });

  it('does not count sets without it', () => {
    expect(texts('6.12', [...READ, ['FOLL_WRITE']])).not.toContain('VM_WRITE');
    expect(texts('6.12', [['FOLL_WRITE']])).toBe('');
  });

  it('follows the release', () => {
    expect(texts('6.4', READ)).toContain('PROT_NONE');
    expect(texts('6.5', READ)).not.toContain('PROT_NONE');
    expect(texts('6.5', WRITE)).not.toContain('shadow stack');
    expect(texts('6.6', WRITE)).toContain('shadow stack');
    expect(texts('6.0', WRITE)).not.toContain('hugetlb');
    expect(texts('6.13', WRITE)).toContain('hugetlb');
  });
});

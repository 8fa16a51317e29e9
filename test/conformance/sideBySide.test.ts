import { expect, it } from 'vitest';
import type { TraceStep } from '../../simulator/src/index.js';
import { sideBySide } from './sideBySide.js';

function step(routine: string, text: string): TraceStep {
  return { step: 0, task: 0, routine, text, lock: 'read' };
}

it('puts a step beside the next event of its routine', () => {
  const recorded = [
    '>__get_user_pages 0x10022 nr=1',
    '>gup_vma_lookup 0x0',
    '>check_vma_flags 0x10022',
    '<check_vma_flags 0',
  ];
  const lines = sideBySide(recorded, [
    step('__get_user_pages', 'walks'),
    step('extra', 'is not recorded'),
    step('check_vma_flags', 'allows'),
  ]);
  expect(lines.map(line => line.trim().split(/ *\| */))).toEqual([
    ['kernel', 'simulator'],
    ['>__get_user_pages 0x10022 nr=1', '__get_user_pages: walks'],
    ['', 'extra: is not recorded'],
    ['>gup_vma_lookup 0x0', ''],
    ['>check_vma_flags 0x10022', 'check_vma_flags: allows'],
    ['<check_vma_flags 0', ''],
  ]);
});

it('is empty for a recording without a trace', () => {
  expect(sideBySide(undefined, [step('cpu', 'reads')])).toEqual([]);
});

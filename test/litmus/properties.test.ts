/** Each property is silent on a right run and fires on one that breaks it. */

import { describe, expect, it } from 'vitest';
import type { Release } from '../../kernel/src/index.js';
import { profileFor } from '../../kernel/src/index.js';
import { behaviourOf } from '../../simulator/src/behaviour.js';
import type { Run } from '../../simulator/src/explore/program.js';
import { PROPERTIES } from '../../simulator/src/explore/properties/index.js';
import { LOCK_AS_PROMISED } from '../../simulator/src/explore/properties/lockAsPromised.js';
import { noDeeds } from '../../simulator/src/explore/properties/property.js';
import { RETRIED_ONCE } from '../../simulator/src/explore/properties/retriedOnce.js';
import { drop, modeHeld, removeTask } from '../../simulator/src/state/index.js';
import { made, programOf, runInOrder, UNWATCHED } from './files.js';

/** What is wrong with the property at the end of the run in order, or null. */
function wrong(property: string, tasks: object, release: Release): string | null {
  const run = runInOrder(programOf(made(tasks, { property }), release));
  return run.check(0)?.text ?? null;
}

const PIN = { do: 'pin_user_pages', flags: ['FOLL_WRITE'], as: 'p' };
const FORK = { do: 'fork', as: 'child' };

describe('pinned-page-not-replaced', () => {
  const tasks = { only: { does: [PIN, FORK, { do: 'write' }] } };

  it('fires where fork() shares pinned pages, so that the next write is to a copy', () => {
    expect(wrong('pinned-page-not-replaced', tasks, '5.7')).toBe(
      'page 0, pinned as p, has been replaced by another',
    );
  });

  it('is silent where fork() copies pinned pages', () => {
    expect(wrong('pinned-page-not-replaced', tasks, '6.12')).toBeNull();
  });

  it('is silent where the owner gave the page up, or the pin is given back', () => {
    const givenUp = { only: { does: [PIN, { do: 'madvise_dontneed' }, { do: 'write' }] } };
    const unpinned = { only: { does: [PIN, FORK, { do: 'unpin', of: 'p' }, { do: 'write' }] } };
    expect(wrong('pinned-page-not-replaced', givenUp, '6.12')).toBeNull();
    expect(wrong('pinned-page-not-replaced', unpinned, '5.7')).toBeNull();
  });
});

describe('shared-page-not-pinned', () => {
  const tasks = { only: { does: [PIN, FORK] } };

  it('fires where fork() shares pinned pages', () => {
    expect(wrong('shared-page-not-pinned', tasks, '5.7')).toBe(
      'page 0, pinned for writing as p, is mapped by another process',
    );
  });

  it('is silent where fork() copies pinned pages', () => {
    expect(wrong('shared-page-not-pinned', tasks, '6.12')).toBeNull();
  });
});

describe('reader-sees-owner-writes', () => {
  it('fires on a reference, which fork() does not heed', () => {
    const reference = { ...PIN, do: 'get_user_pages' };
    const tasks = { only: { does: [reference, FORK, { do: 'write' }] } };
    expect(wrong('reader-sees-owner-writes', tasks, '6.12')).toContain(
      'holds old; its owner has written since and sees new',
    );
  });

  it('is silent on a pin', () => {
    expect(
      wrong('reader-sees-owner-writes', { only: { does: [PIN, FORK, { do: 'write' }] } }, '6.12'),
    ).toBeNull();
  });
});

describe('child-never-sees-parent-writes', () => {
  // CVE-2020-29374: the child keeps the page in a pipe and gives up its mapping; the parent is alone with it then.
  const tasks = {
    parent: { does: [FORK] },
    child: { mm: 'child', does: [{ do: 'vmsplice', as: 'pipe' }, { do: 'munmap' }] },
    writer: { after: ['child'], does: [{ do: 'write', value: 'secret' }] },
    reader: { mm: 'child', after: ['writer'], does: [{ do: 'read_pages', of: 'pipe', as: 'r' }] },
  };

  it('fires where a write reuses a page that nobody else maps', () => {
    expect(wrong('child-never-sees-parent-writes', tasks, '5.4')).toBe(
      'page 0 of the child holds secret, which its parent has written',
    );
  });

  it('is silent where a write heeds references', () => {
    expect(wrong('child-never-sees-parent-writes', tasks, '6.12')).toBeNull();
  });

  it('is silent about what was written before the fork', () => {
    const before = {
      parent: { does: [{ do: 'write', value: 'before' }, FORK] },
      child: { mm: 'child', does: [{ do: 'read', as: 'r' }] },
    };
    expect(wrong('child-never-sees-parent-writes', before, '6.12')).toBeNull();
  });
});

describe('lock-as-promised', () => {
  it('fires where the lock is not left as the function promises', () => {
    const { state } = runInOrder(
      programOf(made({ only: { does: [FORK] } }, { property: 'lock-as-promised' }), '6.12'),
    );
    const behaviour = behaviourOf(profileFor('6.12'));
    const call = { fn: 'get_user_pages', promised: 'held', found: 'dropped' } as const;
    const deeds = { ...noDeeds(), lockAfterCall: { 0: call } };
    const view = { behaviour, state, deeds, ended: false, unexplained: [] };
    expect(LOCK_AS_PROMISED.check(view)).toEqual({
      text: 'get_user_pages() leaves mmap_lock dropped, and promises held',
      task: 0,
    });
  });

  it.each(['get_user_pages', 'get_user_pages_unlocked', 'get_user_pages_fast'])('is silent on %s()', name => {
    expect(wrong('lock-as-promised', { only: { does: [{ do: name }] } }, '6.12')).toBeNull();
  });
});

describe('retried-once', () => {
  it('fires where a call gives mmap_lock up twice for a page', () => {
    const { state } = runInOrder(
      programOf(made({ only: { does: [FORK] } }, { property: 'retried-once' }), '6.12'),
    );
    const deeds = { ...noDeeds(), retries: { 0: { fn: 'get_user_pages_unlocked', page: 3, times: 2 } } };
    const view = { behaviour: behaviourOf(profileFor('6.12')), state, deeds, ended: false, unexplained: [] };
    expect(RETRIED_ONCE.check(view)).toEqual({
      text: 'get_user_pages_unlocked() gives mmap_lock up 2 times for page 3',
      task: 0,
    });
  });

  it('is silent on a page that is read from swap once', () => {
    const memory = { vma: {}, page_state: 'swapped_out' };
    const tasks = { only: { does: [{ do: 'get_user_pages_unlocked' }] } };
    const run = runInOrder(programOf(made(tasks, { property: 'retried-once' }, { memory }), '6.12'));
    expect(run.check(0)).toBeNull();
  });
});

/** A run that is disturbed once `when` holds of it, to its end. */
function disturbed(
  property: string,
  tasks: object,
  when: (run: Run) => boolean,
  disturb: (run: Run) => void,
): Run {
  const program = programOf(made(tasks, { property }), '6.12');
  const run = program.begin(UNWATCHED);
  for (let done = false; run.status(0) === 'ready' && run.check(0) === null; ) {
    if (!done && when(run)) {
      disturb(run);
      done = true;
    }
    run.step(0);
  }
  return run;
}

describe('locks-balance', () => {
  const tasks = { only: { does: [{ do: 'madvise_dontneed' }] } };
  const isHeld = (run: Run) => run.state.mms[0]?.mmapLock.readers[0] === true;

  it('fires where a lock is dropped that is not held', () => {
    const run = disturbed('locks-balance', tasks, isHeld, ({ state }) => {
      const [mm] = state.mms;
      if (mm !== undefined) removeTask(mm.mmapLock.readers, 0);
    });
    expect(run.status(0)).toBe('ended');
    expect(run.check(0)).toEqual({
      property: 'locks-balance',
      text: 'mmap_read_unlock() while mmap_lock is not held',
      task: 0,
    });
  });

  it('is silent where nobody disturbs', () => {
    expect(disturbed('locks-balance', tasks, isHeld, () => undefined).check(0)).toBeNull();
  });
});

describe('vma-under-lock', () => {
  const dump = { only: { does: [{ do: 'get_dump_page' }] } };

  it('fires on get_dump_page(), which up to v5.9 looked at vmas of a process that was dying without mmap_lock', () => {
    expect(wrong('vma-under-lock', dump, '5.9')).toBe(
      'check_vma_flags() looks at the vma of page 0 without its lock',
    );
    expect(wrong('vma-under-lock', dump, '5.10')).toBeNull();
  });

  it.each(['4.8', '5.10', '6.3', '6.6', '6.12', '7.3'] as const)(
    'is silent on ordinary ways through v%s',
    release => {
      const does = [
        { do: 'read', page: 1 },
        { do: 'write' },
        { do: 'get_user_pages_unlocked', nr: 2 },
        { do: 'get_user_pages_fast', nr: 2 },
        { do: 'mprotect', prot: 'r--' },
        { do: 'write' },
        FORK,
        { do: 'munmap' },
        { do: 'read' },
      ];
      expect(wrong('vma-under-lock', { only: { does } }, release)).toBeNull();
    },
  );

  it('fires where a lock is lost on the way', () => {
    const isHeld = (run: Run) =>
      run.state.mms[0] !== undefined && modeHeld(run.state.mms[0].mmapLock, 0) === 'read';
    const tasks = { only: { does: [{ do: 'get_user_pages_unlocked', page: 1 }] } };
    const run = disturbed('vma-under-lock', tasks, isHeld, ({ state }) => {
      const [mm] = state.mms;
      if (mm !== undefined) drop(mm.mmapLock, 0);
    });
    expect(run.check(0)?.text).toMatch(/looks at the vma of page 0 without its lock$/);
  });
});

describe('references-balance', () => {
  const does = [
    PIN,
    FORK,
    { do: 'write' },
    { do: 'unpin', of: 'p' },
    { do: 'migrate' },
    { do: 'swap_out' },
    { do: 'read' },
  ];
  const tasks = { only: { does } };

  it('fires on a reference that nobody explains', () => {
    const run = disturbed(
      'references-balance',
      tasks,
      () => true,
      ({ state }) => {
        const folio = state.folios.at(-1);
        if (folio !== undefined) folio.ref += 1;
      },
    );
    expect(run.check(0)?.text).toMatch(/^folio \d+ has 1 reference too many$/);
  });

  it.each(['5.6', '5.7', '5.10', '5.19', '6.1', '6.12', '7.3'] as const)('is silent on v%s', release => {
    expect(wrong('references-balance', tasks, release)).toBeNull();
    const held = { only: { does: [PIN, { do: 'vmsplice', page: 1 }, { do: 'get_user_pages_fast', nr: 2 }] } };
    expect(wrong('references-balance', held, release)).toBeNull();
  });
});

describe('properties', () => {
  it('each has a test here, and says what has to hold', () => {
    const tested = [
      'pinned-page-not-replaced',
      'shared-page-not-pinned',
      'reader-sees-owner-writes',
      'child-never-sees-parent-writes',
      'lock-as-promised',
      'locks-balance',
      'retried-once',
      'vma-under-lock',
      'references-balance',
    ];
    expect(PROPERTIES.map(({ id }) => id)).toEqual(tested);
    for (const { about } of PROPERTIES) expect(about).toMatch(/\.$/);
  });
});

/** Reading code of the kernel: hints, hovers, lenses, marks, and what the editor makes of names. */

import type { Locator } from 'playwright-core';
import { hovering, status, textMatching } from '../pageChecks.js';
import { expectMatch, expectTrue, type Report } from '../report.js';
import { repeat, TRY, until } from '../wait.js';
import type { Workbench } from '../workbench.js';
import { cursorIn, FILES, goTo, lineOf, middleOf, openAt, shownLine, wordIn } from './kernelFile.js';

/** What a hover says; a picture of it is kept. */
async function hover(code: Workbench, word: Locator, pattern: RegExp, name: string): Promise<string> {
  const told = await hovering(code, '', pattern, word);
  await code.picture(name);
  await code.page.keyboard.press('Escape');
  return told;
}

/** A driver: what stands at its call, and what hovers tell there. */
export async function driver(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const file = FILES.usnic;
  await report.need(
    `${theme}: a driver of the kernel opens, and its release is that of the Makefile`,
    async () => {
      await openAt(code, file, 'pin_user_pages(cur_base');
      await textMatching(status(code), /Linux 6\.12 \(Makefile\)/);
      await page.waitForSelector('.squiggly-warning');
    },
  );
  await report.check(`${theme}: hints tell flags, lock and fault at the call`, async () => {
    await textMatching(shownLine(code, 'gup_flags'), /./);
    await textMatching(
      page.locator('.monaco-editor .view-line'),
      /gup_flags\s*LONGTERM\s±WRITE\s·\s\+PIN,\spage_list\)\s*mmap_lock:\sread/,
    );
    await code.picture(`kernel-driver-${theme}`);
  });
  await report.check(
    `${theme}: a hint tells the reason, and leads to the line that took the lock`,
    async () => {
      const hint = wordIn(code, 'mmap_lock: read', 'mmap_lock: read');
      const line = await lineOf(code, file, 'mmap_read_lock(mm)');
      expectMatch(
        await hover(code, hint, /mmap_lock\sbefore\sand\safter/, `kernel-hint-${theme}`),
        new RegExp(`locking\\sin\\sthis\\sfunction;\\sline\\s${line}`),
      );
      await follow(code, hint, line);
    },
  );
  await report.check(`${theme}: a flag in a hint leads to the line that sets it`, async () => {
    await goTo(code, file, 'pin_user_pages(cur_base');
    await follow(
      code,
      wordIn(code, 'mmap_lock: read', '±WRITE'),
      await lineOf(code, file, 'gup_flags |= FOLL_WRITE'),
    );
  });
  await report.check(`${theme}: a hover on the function tells contract, flags and outcomes`, async () => {
    const told = await hover(
      code,
      wordIn(code, 'ret = pin_user_pages(cur_base', 'pin_user_pages'),
      /Simulated/,
      `kernel-hover-call-${theme}`,
    );
    expectMatch(told, /mmap_lock must be held ✓ held for reading here/);
    expectMatch(told, /LONGTERM always; WRITE if writable/);
    expectMatch(told, /swapped out.*Release with unpin_user_page/s);
  });
  await report.check(
    `${theme}: a hover on a flag tells its value in this tree, and what it does at the call`,
    async () => {
      const told = await hover(
        code,
        wordIn(code, 'gup_flags |=', 'FOLL_WRITE'),
        /FOLL_WRITE/,
        `kernel-hover-flag-${theme}`,
      );
      expectMatch(told, /0x1 in Linux 6\.12 \(Makefile\) · public/);
      expectMatch(
        told,
        /Here, simulated at pin_user_pages\(\).*read-only mapping: -EFAULT instead of 1 page/,
      );
    },
  );
  await report.check(`${theme}: a hover on the variable of the result tells what it can be`, async () => {
    const told = await repeat(async () => {
      await page.mouse.move(1, 1);
      const { x, y } = await middleOf(shownLine(code, 'ret = pin_user_pages('), 'ret');
      await page.mouse.move(x, y);
      return textMatching(page.locator('.monaco-hover:visible'), /is the result of/, TRY);
    });
    await code.picture(`kernel-hover-result-${theme}`);
    await page.keyboard.press('Escape');
    expectMatch(told, /pin_user_pages\(\).*-EFAULT.*Simulated/s);
  });
  await report.check(`${theme}: nothing is said where clangd answers`, async () => {
    await page.mouse.move(1, 1);
    await wordIn(code, 'atomic64_add_return', 'atomic64_add_return').hover();
    // A hover that is there for certain comes after this one would have.
    const told = await hover(
      code,
      wordIn(code, 'gup_flags |=', 'FOLL_WRITE'),
      /FOLL_WRITE/,
      `kernel-hover-other-${theme}`,
    );
    expectTrue(!/atomic64/.test(told), told);
  });
}

/** Holds Control and clicks, as a link is followed, until the cursor is in a line. */
async function follow(code: Workbench, word: Locator, line: number): Promise<void> {
  const { page } = code;
  await repeat(async () => {
    await page.keyboard.press('Escape');
    await page.mouse.move(1, 1);
    await word.hover({ timeout: TRY });
    await page.keyboard.down('Control');
    try {
      // The link appears as the mouse moves.
      await page.mouse.move(2, 2);
      await word.hover({ timeout: TRY });
      await word.click({ timeout: TRY });
    } finally {
      await page.keyboard.up('Control');
    }
    await cursorIn(code, line, TRY);
  });
}

/** A call that may drop the lock: its mark, its lenses, and `locked`. */
export async function droppedLock(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  await openAt(code, FILES.asyncPf, 'get_user_pages_remote(mm');
  await report.check(`${theme}: a hover on locked tells when it is 0`, async () => {
    const told = await hover(
      code,
      wordIn(code, '&locked)', /^\W*locked\W*$/),
      /of get_user_pages_remote/,
      `kernel-hover-locked-${theme}`,
    );
    expectMatch(told, /0: it was dropped and is not held.*Simulated: .*userfaultfd/s);
  });
  await report.check(`${theme}: the call that may drop the lock is marked`, async () => {
    const call = await wordIn(code, 'get_user_pages_remote(mm', 'get_user_pages_remote').boundingBox();
    await until(
      'a dotted line below the call',
      async () => {
        const places = await page
          .locator('.monaco-editor .view-overlays .cdr')
          .evaluateAll(all =>
            all
              .filter(one => getComputedStyle(one).borderBottomStyle === 'dotted')
              .map(one => one.getBoundingClientRect().y),
          );
        return places.some(y => Math.abs(y - (call?.y ?? Number.NaN)) < 4);
      },
      2 * TRY,
    );
  });
  await report.check(
    `${theme}: lenses offer the simulator, and tell how often the lock is dropped`,
    async () => {
      await textMatching(page.locator('.codelens-decoration a'), /Simulate this call/);
      await textMatching(page.locator('.codelens-decoration a'), /^\d+ of \d+ situations drop mmap_lock$/);
      await code.picture(`kernel-locked-${theme}`);
    },
  );
}

/** mm/gup.c itself: what its inner functions are told. */
export async function gup(code: Workbench, report: Report, theme: string): Promise<void> {
  const { page } = code;
  const file = FILES.gup;
  await openAt(code, file, 'return __gup_longterm_locked(', 'long pin_user_pages_remote(');
  await report.check(`${theme}: mm/gup.c: hints stand at calls of inner functions`, async () => {
    await textMatching(page.locator('.monaco-editor .view-line'), /TOUCH\|REMOTE\|PIN\|gup_flags…/);
    await code.picture(`kernel-gup-${theme}`);
  });
  await report.check(`${theme}: mm/gup.c: the lockless function is not said to take the lock`, async () => {
    await goTo(code, file, 'return gup_fast_fallback(', 'int get_user_pages_fast_only(');
    const line = await textMatching(
      page.locator('.monaco-editor .view-line'),
      /gup_fast_fallback\(.*GET\|FAST_ONLY/,
    );
    expectTrue(!/takes\smmap_lock/.test(line), line);
  });
  await report.check(`${theme}: mm/gup.c has no finding`, async () => {
    await page.locator('#status\\.problems [aria-label="No Problems"]').waitFor();
    expectTrue(
      (await page.locator('.squiggly-error, .squiggly-warning').count()) === 0,
      'something is underlined',
    );
  });
}

/** The page fault of x86: results of a fault, and the lock behind them. */
export async function faultPath(code: Workbench, report: Report, theme: string): Promise<void> {
  const file = FILES.fault;
  const call = 'fault = handle_mm_fault(vma, address, flags, regs)';
  await openAt(code, file, call);
  await report.check(
    `${theme}: fault.c: hints tell the flags of the fault and when the lock is gone`,
    async () => {
      await textMatching(
        code.page.locator('.monaco-editor .view-line'),
        /flags\s*ALLOW_RETRY\|KILLABLE\|INTERRUPTIBLE/,
      );
      await code.picture(`kernel-fault-${theme}`);
    },
  );
  await report.check(`${theme}: fault.c: a hover on the call tells where each flag comes from`, async () => {
    const told = await hover(
      code,
      wordIn(code, 'fault = handle_mm_fault(vma, address, flags', 'handle_mm_fault'),
      /you pass/,
      `kernel-hover-fault-${theme}`,
    );
    expectMatch(
      told,
      /mmap_lock or the VMA lock must be held ✓ held for reading here.*USER if user_mode\(regs\)/s,
    );
  });
  await report.check(
    `${theme}: fault.c: a hover on VM_FAULT_COMPLETED tells what becomes of the lock here`,
    async () => {
      const told = await hover(
        code,
        wordIn(code, 'fault & VM_FAULT_COMPLETED', 'VM_FAULT_COMPLETED'),
        /Here:/,
        `kernel-hover-completed-${theme}`,
      );
      expectMatch(told, /returns it with mmap_lock dropped: no unlock/);
    },
  );
  await report.check(`${theme}: fault.c: a hover on the unlock tells which results lead there`, async () => {
    await goTo(code, file, 'mmap_read_unlock(mm);', call);
    const told = await hover(
      code,
      wordIn(code, 'mmap_read_unlock(mm);', 'mmap_read_unlock'),
      /Reached after/,
      `kernel-hover-unlock-${theme}`,
    );
    expectMatch(told, /before: held for reading/);
  });
  await report.check(`${theme}: fault.c: names of the family have scopes of their own`, async () => {
    await goTo(code, file, 'flags |= FAULT_FLAG_TRIED', call);
    await wordIn(code, 'flags |= FAULT_FLAG_TRIED', 'FAULT_FLAG_TRIED').click();
    await code.command('Developer: Inspect Editor Tokens and Scopes');
    await textMatching(
      code.page.locator('.token-inspect-widget'),
      /variable\.other\.enummember\.fault-flag\.gup-lens/,
    );
    await code.picture(`kernel-scopes-${theme}`);
    await code.page.keyboard.press('Escape');
  });
}

/** What a call returned: counts, errors, and the pages that go with them. */

import type { Rule } from '../rule.js';
import { gupDoubleRelease } from './gupDoubleRelease.js';
import { gupErrnoMapping } from './gupErrnoMapping.js';
import { gupErrorPathLeak } from './gupErrorPathLeak.js';
import { gupNegativeReleaseCount } from './gupNegativeReleaseCount.js';
import { gupNrPagesOverflow } from './gupNrPagesOverflow.js';
import { gupPageCount } from './gupPageCount.js';
import { gupPartialPinLeak } from './gupPartialPinLeak.js';
import { gupReleaseUninitPage } from './gupReleaseUninitPage.js';
import { gupReturnIgnored } from './gupReturnIgnored.js';
import { gupShortReturnUnchecked } from './gupShortReturnUnchecked.js';
import { gupSignedUnsigned } from './gupSignedUnsigned.js';
import { gupZeroPages } from './gupZeroPages.js';

/** In order of id. */
export const RETURN_VALUE_RULES: readonly Rule[] = [
  gupDoubleRelease,
  gupErrnoMapping,
  gupErrorPathLeak,
  gupNegativeReleaseCount,
  gupNrPagesOverflow,
  gupPageCount,
  gupPartialPinLeak,
  gupReleaseUninitPage,
  gupReturnIgnored,
  gupShortReturnUnchecked,
  gupSignedUnsigned,
  gupZeroPages,
];

/** The fields of a scenario as a JSON schema: what parseScenario() accepts, for editors and for people. */

/** More pages than this are refused: a run is linear in them. */
export const MAX_PAGES = 4096;

/** More bytes than any region of the model has: page numbers have to fit in 31 bits. */
export const MAX_REGION = 2 ** 42;

/** As in /proc/pid/maps, without the letter for shared or private. */
export const PROT_PATTERN = '^[r-][w-][x-]$';

/** VM_ bits: those of the model end at bit 36, protection keys included. */
export const VM_FLAGS_PATTERN = '^0x[0-9a-fA-F]{1,12}$';

export const VARIANTS = ['base', 'movable'] as const;
export const SHARES = ['private', 'shared'] as const;
export const MMS = ['current', 'remote'] as const;

/** Options of a call. */
export const OPTS = [
  'pages_null',
  'sigkill_pending',
  'signal_pending',
  'mmap_write_lock_held',
  'write_protect_seq_odd',
  'write_protect_seq_bumped_during_fast',
] as const;

/** A part of the schema: plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const NAME: JsonSchema = { type: 'string', minLength: 1 };
const NAMES: JsonSchema = { type: 'array', items: { type: 'string' } };
const COUNT: JsonSchema = { type: 'integer', minimum: 0 };

const PROGRAM: JsonSchema = {
  type: ['array', 'null'],
  items: {
    type: 'object',
    required: ['act'],
    properties: {
      act: { ...NAME, examples: ['PAGE', 'PAGE_RET', 'LOCKED', 'RET', 'RETRY', 'INSERT', 'COMPLETED'] },
      ret: { ...NAMES, description: 'VM_FAULT_ names without the prefix.' },
    },
  },
};

const UFFD: JsonSchema = {
  description: 'The userfaultfd that the mapping is registered with; null: none.',
  type: ['object', 'null'],
  required: ['mode'],
  properties: {
    mode: {
      description: 'missing, wp or minor; several as a list.',
      anyOf: [NAME, NAMES],
      examples: ['missing'],
    },
    features: {
      description: 'UFFD_FEATURE_ bits as a number or hexadecimal text, or their names.',
      anyOf: [{ type: ['string', 'integer'] }, NAMES],
    },
    user_only: { description: 'The descriptor takes faults of user mode only.', type: 'boolean' },
    plan: {
      description:
        'What the monitor does, a letter an event: C copy, Z zero page, W wake only, U munmap, D unregister, ' +
        'm mprotect(PROT_NONE) and go on, S send SIGUSR1 and go on, K SIGKILL, P poison, w write-unprotect, c continue.',
      type: 'string',
    },
  },
};

const VMA: JsonSchema = {
  description: 'The mapping that the call meets.',
  type: 'object',
  properties: {
    kind: {
      ...NAME,
      description: 'What is mapped.',
      default: 'anon',
      examples: [
        'anon',
        'anon_thp',
        'tmpfs_memfd',
        'ext4',
        'ext4_dax',
        'hugetlb',
        'secretmem',
        'driver',
        'special',
      ],
    },
    share: { description: 'MAP_PRIVATE or MAP_SHARED.', enum: SHARES, default: 'private' },
    prot: {
      description: 'As in /proc/PID/maps.',
      type: 'string',
      pattern: PROT_PATTERN,
      default: 'rw-',
    },
    vm_flags: {
      description: 'VM_ bits as hexadecimal text. Absent: what mmap() sets for prot and share.',
      anyOf: [{ type: 'string', pattern: VM_FLAGS_PATTERN }, { type: 'null' }],
    },
    len: {
      description: 'Bytes. Absent: four pages, or as many as are asked for; of hugetlb whole huge pages.',
      type: 'integer',
      minimum: 0,
      maximum: MAX_REGION,
    },
    folio_order: {
      description:
        'Of kind anon_thp: order of the large folio that the memory was allocated in; 9, a huge page, if it is absent. Less is there from v6.8 on.',
      type: 'integer',
      minimum: 2,
      maximum: 9,
    },
    uffd: UFFD,
    readonly_fd: { description: 'The file is open for reading only.', type: 'boolean' },
    driver: {
      ...NAME,
      description: 'Of kind driver: which driver it is.',
      examples: [
        'fault',
        'fault_with_map_pages',
        'fault_and_page_mkwrite',
        'mixedmap_insert_page',
        'mixedmap_special_pfn',
        'pfnmap_fault',
        'remap_pfn_range',
        'vm_io',
      ],
    },
    fault_prog: {
      ...PROGRAM,
      description: 'What ->fault does, call after call; when it is over, what the driver ordinarily does.',
    },
    mkwrite_prog: { ...PROGRAM, description: 'The same of ->page_mkwrite.' },
  },
};

const PTE_BEFORE: JsonSchema = {
  description:
    'The page table before the call, the first four pages at most. Where it and page_state differ, it is right.',
  type: ['array', 'null'],
  items: {
    type: 'object',
    required: ['lvl', 'f'],
    properties: {
      lvl: { description: '0 no table, 1 pte, 2 pmd.', enum: [0, 1, 2] },
      f: { ...NAMES, description: 'Flags of the entry and of the folio it maps.' },
      ref: { ...COUNT, description: 'References of the folio.' },
      map: { type: 'integer', description: 'page->_mapcount + 1.' },
      pin: { ...COUNT, description: 'Pins of the folio.' },
      swp_type: { ...COUNT, description: 'Type of a swap entry.' },
    },
  },
};

/** The schema. Other fields are let through and ignored, so that a recording is a scenario as it stands. */
export const SCENARIO_SCHEMA: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'GUP Lens scenario',
  description: 'One call, in one memory situation, for one release: the input of gup-lens simulate.',
  type: 'object',
  required: ['kernel', 'fn', 'vma'],
  properties: {
    kernel: { ...NAME, description: 'The release.', examples: ['6.12', '6.1.192', '6.1.0-56-amd64'] },
    variant: {
      description: 'movable: user memory lies in ZONE_MOVABLE.',
      enum: VARIANTS,
      default: 'base',
    },
    fn: {
      ...NAME,
      description: 'The function called, a touch or a system call.',
      examples: ['get_user_pages_remote', 'user_write', 'process_vm_readv'],
    },
    flags: {
      ...NAMES,
      description: "The caller's FOLL_ flags; of fixup_user_fault FAULT_FLAG_ names.",
      default: [],
      examples: [['FOLL_WRITE', 'FOLL_LONGTERM']],
    },
    locked: {
      description: 'null: a NULL pointer; 1 or 0: a pointer to that value.',
      enum: [null, 0, 1],
      default: null,
    },
    mm: { description: "The caller's own mm or that of another process.", enum: MMS, default: 'current' },
    opts: {
      ...NAMES,
      description: 'Circumstances of the call.',
      default: [],
      examples: OPTS.map(opt => [opt]),
    },
    vma: VMA,
    page_state: {
      ...NAME,
      description: 'How the pages were prepared.',
      default: 'unpopulated',
      examples: [
        'write_populated',
        'swapped_out',
        'written_then_forked_child_alive',
        'file_cached_not_mapped',
      ],
    },
    nr: { description: 'Pages asked for.', type: 'integer', minimum: 0, maximum: MAX_PAGES, default: 1 },
    addr_offset: {
      description: 'Offset of the address in the region, bytes.',
      type: 'integer',
      minimum: 0,
      maximum: MAX_REGION,
      default: 0,
    },
    pte_before: PTE_BEFORE,
  },
};

/** Names of the fields of a scenario, of its `vma` and of `vma.uffd`, under the path that problems name them by. */
export const SCENARIO_FIELDS: readonly { readonly path: string; readonly fields: readonly string[] }[] = [
  { path: '', fields: fieldsOf(SCENARIO_SCHEMA) },
  { path: 'vma', fields: fieldsOf(VMA) },
  { path: 'vma.uffd', fields: fieldsOf(UFFD) },
];

function fieldsOf({ properties }: JsonSchema): readonly string[] {
  return Object.keys(properties ?? {});
}

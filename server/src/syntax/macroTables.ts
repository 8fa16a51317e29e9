/** Names of kernel macros that the front end must know to read C the way the compiler does. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** C keywords that cannot be an operand or a macro. */
export const KEYWORDS = words(`
  if else while do for switch case default break continue return goto sizeof typedef struct union enum
  static extern inline register const volatile restrict signed unsigned void char short int long float double auto
  _Bool _Alignof _Generic _Static_assert typeof __typeof__ __typeof typeof_unqual __inline __inline__ __volatile__ __const
  asm __asm__ __asm __attribute__ __attribute __alignof__ __alignof __extension__ __label__ __restrict __restrict__
  __signed__ __auto_type _Noreturn _Thread_local`);

/** Words that begin a statement and are no call, declaration or expression. */
export const STATEMENT_KEYWORDS = words(
  'if else while do for switch case default break continue return goto',
);

/** Words that can only be part of a type. */
export const TYPE_KEYWORDS = words(`
  struct union enum const volatile signed unsigned void char short int long float double _Bool bool
  __signed__ __const __volatile__ __restrict restrict __int128`);

export const STORAGE_WORDS = words(
  'static extern register inline __inline __inline__ __always_inline auto typedef',
);

/** Names used as types everywhere in the kernel, beside those that end in `_t`. */
export const TYPE_NAMES = words(`
  u8 u16 u32 u64 u128 s8 s16 s32 s64 s128 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 __u128 __s128
  __le16 __le32 __le64 __be16 __be32 __be64 __sum16 __wsum __poll_t uint ulong ushort uchar unchar
  uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t uintptr_t intptr_t size_t ssize_t loff_t
  bool __int128 __uint128_t BYTE WORD DWORD UINT32 UINT64 UINT8 UINT16 cputime64_t efi_char16_t acpi_handle`);

/** Whether a name is, as far as its spelling tells, that of a type. */
export function looksLikeType(name: string): boolean {
  return TYPE_NAMES.has(name) || TYPE_KEYWORDS.has(name) || /_t$/.test(name);
}

/** Attribute macros without arguments: they stand where no operand can. */
export const ATTRIBUTES = words(`
  __user __kernel __iomem __percpu __rcu __force __bitwise __safe __private __nocast __chk_user_ptr __seg_gs __seg_fs
  __init __exit __initdata __exitdata __initconst __init_or_module __initdata_or_module __initconst_or_module
  __meminit __memexit __meminitdata __meminitconst __devinit __devexit __devinitdata __devinitconst __devexit_p
  __cpuinit __cpuexit __cpuinitdata __cpuinitconst __net_init __net_exit __net_initdata __ref __refdata __refconst __sched
  __lockfunc __kprobes nokprobe_inline __latent_entropy __cacheline_aligned __cacheline_aligned_in_smp
  ____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp ____ptr_aligned __page_aligned_data
  __page_aligned_bss __read_mostly __ro_after_init __maybe_unused __always_unused __unused __used __visible __weak
  __packed __pure __attribute_const__ __must_check __deprecated __malloc __cold __hot __noreturn __noclone __noinline
  noinline notrace noinstr noinline_for_stack noinline_for_tracing __noinitretpoline __always_inline __no_kcsan __no_kasan
  __no_sanitize_address __no_sanitize_undefined __no_sanitize_or_inline __no_kcsan_or_inline __no_profile __no_ret_protection
  __nostackprotector __no_stack_protector __no_kmsan_checks __no_sanitize_memory __nocfi __nocfi_generic __uninitialized
  __cpuidle __irq_entry __softirq_entry __entry_text __head __flatten __inittext __noendbr __ibt_noendbr __intel_cond_mitigation
  __bpf_kfunc __bpf_hook_start __bpf_kfunc_start_defs __designated_init __mode __no_randomize_layout __randomize_layout
  __nonstring __initcall __xipram __vdso_data __hyp_text __nvhe_percpu __pgtable_l4_enabled __compat_only asmlinkage
  __visible_for_testing VISIBLE_IF_KUNIT __private_extern __efi_rt_code __efi_init __efistub_global __rethook_nokprobe
  __ref_or_module __nosavedata __kconstant __tracepoint_string __mutable __noscs __noreorder __assume_aligned
  __aligned_u64_attr __aligned_largest __lockless __guarded_by __iomem_force __nlattr __sramdata __nonleaf __vmlinux
  __function_aligned __noauto __no_caller_saved_registers __gnu_inline __no_caller_saved_registers fastcall FASTCALL
  __no_mte __tlb_oneword __vvar_page __bss_decrypted __ATTR_UNUSED_MAYBE __genksyms __ksym __arena __arg_nullable
  __prombss __unused__ __sanitize_address`);

/** Address spaces for sparse, never an operand: gone wherever they stand. */
export const ADDRESS_SPACES = words(
  '__user __kernel __iomem __percpu __rcu __force __bitwise __nocast __private __safe',
);

/** Attribute macros with arguments. `__releases(x)` and the like say something, so they are kept as annotations. */
export const ATTRIBUTE_CALLS = words(`
  __attribute__ __attribute __aligned __section __printf __scanf __releases __acquires __must_hold __cond_acquires
  __cond_releases __releases_shared __acquires_shared __must_hold_shared __cond_lock_attr __alloc_size __realloc_size
  __assume_aligned __counted_by __counted_by_le __counted_by_be __counted_by_ptr __free __cleanup __cleanup__
  __no_sanitize __nonnull __error __warning __alias __copy __diagnose_as __format __diagnose_if __overloadable
  __pass_object_size __pass_dynamic_object_size __compiletime_error __compiletime_warning __mode __context__ __guarded_by
  __rcu_guarded __rcu_dereference_attr __designated __flatten_attr __target __visibility __optimize __holds
  __acquires_ret __releases_ret __excludes __compiletime_warn __percpu_seg __bpf_md_ptr_attr __alignas _Alignas __ident
  __cond_acquires_shared __assign_type __sized_by __aligned_to __no_context_analysis __context_unsafe noinline_attr
  __attribute_nonnull __attribute_format_printf PRINTF_ATTR __nonnull_args __init_memblock_attr __aligned_data`);

/** Functions and macros whose operands are not evaluated. */
export const TYPE_QUERIES = words(`
  sizeof offsetof offsetofend sizeof_field __builtin_offsetof _Alignof __alignof__ __alignof
  __builtin_types_compatible_p __same_type struct_field_size typecheck_fn field_sizeof FIELD_SIZEOF`);

/** `typeof` in its spellings, and macros that make a type of their argument. */
export const TYPE_OF = words(
  'typeof __typeof__ __typeof typeof_unqual __typeof_unqual__ __unqual_scalar_typeof TYPEOF_UNQUAL',
);

/** Loops written with a macro: `name (…) statement`. Used where no brace follows. */
const LOOP =
  /(^|_)for_?each|foreach|^for_|_for_|^list_for|^do_for|^while_|^until_|^repeat_|_loop$|^loop_|^hash_for|_each(_|$)|^FOR_|^FOREACH|FOR_?EACH|^ITERATE_|^scoped_|_scoped$|^with_|^if_|^read_poll_loop$|^nested_for|^rb_for|^ice_for|^i40e_for|^hdac_for|^dml2?_for|^gsb_for|iterate_|^each_/i;

/** Whether `name (…)` before a statement without braces is a loop, going by its name. */
export function isLoopName(name: string): boolean {
  return LOOP.test(name);
}

/** Inline assembly in its spellings. */
export const ASM = words(`
  asm __asm__ __asm asm_volatile_goto asm_goto_output asm_inline asm_goto alternative_io alternative_io_2
  alternative_input alternative_input_2 alternative_call alternative_call_2 __alternative_io`);

/** Whether a name is spelt like an attribute: for the end of a function's header, where nothing else can stand. */
export function looksLikeAttribute(name: string): boolean {
  return ATTRIBUTES.has(name) || /^__[a-z]/.test(name) || /^(no|asm|VISIBLE)[a-z_]*$/.test(name);
}

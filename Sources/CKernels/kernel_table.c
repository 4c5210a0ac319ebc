#include <stdatomic.h>

#include "kernels.h"
#include "pointwise_kernels.h"
#include "product.h"
#include "reduction.h"

const char *tk_instruction_set_name(tk_instruction_set set) {
  switch (set) {
    case TK_PORTABLE: return "portable";
    case TK_AVX2: return "avx2";
    case TK_AVX512: return "avx512";
    case TK_AMX: return "amx";
  }
  return "unknown";
}

static const tk_kernels portable = {
    .set = TK_PORTABLE, .product = &tk_product_portable, .reduction = &tk_reduction_portable, .pointwise = &tk_pointwise_portable};

#if defined(__x86_64__)
static const tk_kernels avx2 = {
    .set = TK_AVX2, .product = &tk_product_avx2, .reduction = &tk_reduction_avx2, .pointwise = &tk_pointwise_avx2};
static const tk_kernels avx512 = {
    .set = TK_AVX512, .product = &tk_product_avx512, .reduction = &tk_reduction_avx512, .pointwise = &tk_pointwise_avx512};
static const tk_kernels amx = {
    .set = TK_AMX, .product = &tk_product_amx, .reduction = &tk_reduction_avx512, .pointwise = &tk_pointwise_avx512};
#endif

// The compiler's run-time support asks the processor and looks whether the operating system saves the registers.
const tk_kernels *tk_kernels_for(tk_instruction_set set) {
  switch (set) {
    case TK_PORTABLE: return &portable;
#if defined(__x86_64__)
    case TK_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2 : NULL;
    case TK_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                 ? &avx512
                 : NULL;
    case TK_AMX: return tk_kernels_for(TK_AVX512) && tk_has_amx() ? &amx : NULL;
#endif
    default: return NULL;
  }
}

tk_instruction_set tk_best_instruction_set(void) {
  for (int set = TK_INSTRUCTION_SET_COUNT - 1; set > TK_PORTABLE; set -= 1) {
    if (tk_kernels_for((tk_instruction_set)set)) return (tk_instruction_set)set;
  }
  return TK_PORTABLE;
}

uint64_t tk_next_storage_number(void) {
  static _Atomic uint64_t next = 1;
  return atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
}

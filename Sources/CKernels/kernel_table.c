#include <stdatomic.h>

#include "kernels.h"

const char *tk_instruction_set_name(tk_instruction_set set) {
  switch (set) {
    case TK_PORTABLE: return "portable";
    case TK_AVX2: return "avx2";
    case TK_AVX512: return "avx512";
  }
  return "unknown";
}

uint64_t tk_next_storage_number(void) {
  static _Atomic uint64_t next = 1;
  return atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
}

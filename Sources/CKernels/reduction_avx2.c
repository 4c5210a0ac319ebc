// Reductions for AVX2 with FMA.
#if defined(__x86_64__)
#include <immintrin.h>

#include "reduction.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR_BYTES 32
#define SCALAR_BYTES 4
#include "reduction_template.h"
#define SCALAR_BYTES 8
#include "reduction_template.h"
#pragma clang attribute pop

const tk_reduction_kernels tk_reduction_avx2 = {
    .scalar = {TK_REDUCTION_FUNCTIONS(f32), TK_REDUCTION_FUNCTIONS(f64)}, .read = read_all};
#endif

// The pointwise interpreter with AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "include/thread_team.h"
#include "pointwise_kernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), \
                             apply_to = function)

#define TK_VECTOR_BYTES 64
#define TK_HEAVY 4
#define TK_HAS_FMA 1
#define TK_HAS_ROUNDING 1
#define TK_TABLE tk_pointwise_avx512
#include "pointwise_instance.h"

#pragma clang attribute pop
#endif

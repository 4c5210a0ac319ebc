// The matrix product for AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#include "include/thread_team.h"
#include "product.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define VECTOR_BYTES 64
#define TILE_ROWS 8
#define SCALAR_BYTES 4
#include "product_template.h"
#define SCALAR_BYTES 8
#include "product_template.h"
#pragma clang attribute pop

const tk_product_kernels tk_product_avx512 = TK_PRODUCT_KERNELS(16, TILE_ROWS, NULL);
const tk_product_kernels tk_product_amx = TK_PRODUCT_KERNELS(16, TILE_ROWS, &tk_product_parts);
#endif

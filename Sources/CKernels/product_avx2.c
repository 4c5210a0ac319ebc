// The matrix product for AVX2 with FMA.
#if defined(__x86_64__)
#include <immintrin.h>

#include "include/thread_team.h"
#include "product.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR_BYTES 32
#define TILE_ROWS 4
#define SCALAR_BYTES 4
#include "product_template.h"
#define SCALAR_BYTES 8
#include "product_template.h"
#pragma clang attribute pop

const tk_product_kernels tk_product_avx2 = TK_PRODUCT_KERNELS(8, TILE_ROWS, NULL);
#endif

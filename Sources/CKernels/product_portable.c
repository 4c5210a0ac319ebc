// The matrix product for 16-byte vectors, which every 64-bit machine has (SSE2, NEON).
#include "include/thread_team.h"
#include "product.h"

#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define TILE_ROWS 8  // 32 registers
#else
#define TILE_ROWS 4
#endif
#define SCALAR_BYTES 4
#include "product_template.h"
#define SCALAR_BYTES 8
#include "product_template.h"

const tk_product_kernels tk_product_portable = TK_PRODUCT_KERNELS(4, TILE_ROWS, NULL);

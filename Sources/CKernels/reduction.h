// Internal: the reduction kernels of one instruction set.
#ifndef TAPESTRY_REDUCTION_H
#define TAPESTRY_REDUCTION_H

#include "include/reductions.h"
#include "kernels.h"

/// The kernels for one scalar type. All pointers are to that type and need only its alignment.
typedef struct {
  /// The sum of n contiguous elements (n at most TK_CHUNK): 8 vectors of partial sums, folded in a fixed order.
  double (*sum)(ptrdiff_t n, const void *x);
  /// The greatest of n >= 1 contiguous elements; NaN when any is.
  double (*max)(ptrdiff_t n, const void *x);
  /// out[j] = sum over i of x[i * stride + j], rows added in order by fours, j in 0..<columns.
  void (*sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const void *x, ptrdiff_t stride, void *out);
  /// out[j] = the greatest x[i * stride + j].
  void (*max_rows)(ptrdiff_t rows, ptrdiff_t columns, const void *x, ptrdiff_t stride, void *out);
  /// out[i] = x[i] + y[i]; `out` may be x or y.
  void (*add)(ptrdiff_t n, const void *x, const void *y, void *out);
  /// The index of the first NaN or infinity, or -1.
  ptrdiff_t (*first_non_finite)(ptrdiff_t n, const void *x);
} tk_reduction_functions;

#define TK_REDUCTION_FUNCTIONS(suffix)                                                               \
  {.sum = sum_##suffix, .max = max_##suffix, .sum_rows = sum_rows_##suffix, .max_rows = max_rows_##suffix, \
   .add = add_##suffix, .first_non_finite = first_non_finite_##suffix}

struct tk_reduction_kernels {
  tk_reduction_functions scalar[2];  // TK_FLOAT32, TK_FLOAT64
  /// Reads `bytes` (a multiple of 1024) from `buffer`, aligned to 64; the result only keeps the reads alive.
  uint64_t (*read)(const void *buffer, size_t bytes);
};

extern const tk_reduction_kernels tk_reduction_portable;
#if defined(__x86_64__)
extern const tk_reduction_kernels tk_reduction_avx2;
extern const tk_reduction_kernels tk_reduction_avx512;
#endif

#endif

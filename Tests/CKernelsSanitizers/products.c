#include <string.h>

#include "families.h"

typedef struct {
  const tk_kernels *kernels;
  tk_scalar scalar;
  ptrdiff_t m, n, k;
  int transposed, start, threads;  // bit 0: A, bit 1: B; 0: zero, 1: a row, 2: C, 3: a matrix
} example;

static int failures_of(example e) {
  ptrdiff_t m = e.m, n = e.n, k = e.k, wide = n + 3;
  void *a = filled(e.scalar, m * k, 1), *b = filled(e.scalar, k * n, 2), *bias = filled(e.scalar, e.start == 3 ? m * n : n, 3);
  void *before = filled(e.scalar, m * wide, 4), *c = filled(e.scalar, m * wide, 4), *again = filled(e.scalar, m * wide, 4);
  void *packed = NULL;
  const tk_product_form form = tk_product_form_for(e.kernels, e.scalar, m, n, k);
  if (posix_memalign(&packed, 64, tk_packed_bytes(e.kernels, e.scalar, form, k, n) + 64) != 0) abort();
  int ta = e.transposed & 1, tb = e.transposed >> 1;
  tk_product p = {.form = form, .m = m, .n = n, .k = k, .a = a, .a_row_stride = ta ? 1 : k, .a_column_stride = ta ? m : 1,
                  .b = b, .b_row_stride = tb ? 1 : n, .b_column_stride = tb ? k : 1, .c = c, .c_row_stride = wide,
                  .bias = e.start == 0 ? NULL : e.start == 2 ? c : bias,
                  .bias_row_stride = e.start == 0 || e.start == 1 ? 0 : e.start == 2 ? wide : n, .batch = 1};
  tk_matrix_product(e.kernels, e.threads, e.scalar, &p);
  tk_pack(e.kernels, e.threads, e.scalar, form, k, n, b, p.b_row_stride, p.b_column_stride, packed);
  p.packed_b = packed;
  p.b = NULL;
  p.c = again;
  if (e.start == 2) p.bias = again;
  tk_matrix_product(e.kernels, 1, e.scalar, &p);
  int failures = memcmp(c, again, (size_t)(m * wide) * (e.scalar == TK_FLOAT64 ? 8 : 4)) != 0;
  for (ptrdiff_t i = 0; i < m; i += 1) {
    for (ptrdiff_t j = 0; j < wide; j += 1) {
      double sum = element(e.scalar, before, i * wide + j);
      if (j < n) {
        if (e.start == 0) sum = 0;
        if (e.start == 1) sum = element(e.scalar, bias, j);
        if (e.start == 3) sum = element(e.scalar, bias, i * n + j);
        for (ptrdiff_t l = 0; l < k; l += 1) {
          sum += element(e.scalar, a, i * p.a_row_stride + l * p.a_column_stride) *
                 element(e.scalar, b, l * p.b_row_stride + j * p.b_column_stride);
        }
      }
      failures += differs(e.scalar, element(e.scalar, c, i * wide + j), sum);
    }
  }
  free(a), free(b), free(bias), free(before), free(c), free(again), free(packed);
  return failures;
}

int run_products(void) {
  const ptrdiff_t sizes[] = {0, 1, 3, 8, 17, 50, 100}, depths[] = {0, 1, 5, 64, 700};
  int failures = 0;
  for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set += 1) {
    const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
    if (!kernels) continue;
    int count = 0;
    for (int m = 0; m < 7; m += 1)
      for (int n = 0; n < 7; n += 1)
        for (int k = 0; k < 5; k += 1) {
          count += 1;
          example e = {kernels, count % 3 == 0 ? TK_FLOAT64 : TK_FLOAT32, sizes[m], sizes[n], depths[k], count / 4 % 4, count % 4, 2};
          failures += failures_of(e);
          e.transposed = (e.transposed + 1) % 4;
          e.scalar = e.scalar == TK_FLOAT64 ? TK_FLOAT32 : TK_FLOAT64;
          failures += failures_of(e);
        }
    // Large enough for two threads and several blocks, by rows and by columns.
    failures += failures_of((example){kernels, TK_FLOAT32, 150, 40, 900, 1, 2, 2});
    failures += failures_of((example){kernels, TK_FLOAT64, 20, 333, 300, 2, 1, 2});
  }
  return failures;
}

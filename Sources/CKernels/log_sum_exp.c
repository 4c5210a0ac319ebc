// log(sum(exp(x))) of each row, by the C library's functions.
#include "include/reductions.h"

#include <math.h>

#define TK_LOG_SUM_EXP(name, real, expfn, logfn)                                          \
  static void name(ptrdiff_t rows, ptrdiff_t columns, const real *in, real *out) {        \
    for (ptrdiff_t row = 0; row < rows; row++) {                                          \
      const real *x = in + row * columns;                                                 \
      real largest = x[0];                                                                \
      for (ptrdiff_t j = 1; j < columns; j++) largest = x[j] > largest ? x[j] : largest;  \
      if (isinf(largest)) {                                                               \
        out[row] = largest;                                                               \
        continue;                                                                         \
      }                                                                                   \
      real sum = 0;                                                                       \
      for (ptrdiff_t j = 0; j < columns; j++) sum += expfn(x[j] - largest);               \
      out[row] = largest + logfn(sum);                                                    \
    }                                                                                     \
  }

TK_LOG_SUM_EXP(rows_float32, float, expf, logf)
TK_LOG_SUM_EXP(rows_float64, double, exp, log)

void tk_log_sum_exp(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t rows, ptrdiff_t columns,
                    const void *in, void *out) {
  (void)kernels;
  (void)threads;
  if (scalar == TK_FLOAT64) {
    rows_float64(rows, columns, in, out);
  } else {
    rows_float32(rows, columns, in, out);
  }
}

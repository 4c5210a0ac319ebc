// Internal: the pointwise interpreter, and what else needs vector mathematics, for one instruction set.
#ifndef TAPESTRY_POINTWISE_KERNELS_H
#define TAPESTRY_POINTWISE_KERNELS_H

#include "include/pointwise.h"

typedef void tk_pointwise_run(int threads, const tk_program *program, ptrdiff_t rows, ptrdiff_t columns,
                              const tk_operand *operands, const double *constants);

typedef void tk_elementwise_run(int threads, const tk_program *program, ptrdiff_t count, const tk_operand *operands,
                                const double *constants);

typedef void tk_log_sum_exp_rows(ptrdiff_t rows, ptrdiff_t columns, const void *in, void *out);

struct tk_pointwise_kernels {
  tk_pointwise_run *run_float32, *run_float64;
  tk_elementwise_run *run_elementwise_float32, *run_elementwise_float64;
  tk_log_sum_exp_rows *log_sum_exp_float32, *log_sum_exp_float64;
};

extern const struct tk_pointwise_kernels tk_pointwise_portable;
#if defined(__x86_64__)
extern const struct tk_pointwise_kernels tk_pointwise_avx2, tk_pointwise_avx512;
#endif

#endif

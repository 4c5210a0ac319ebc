#include "include/pointwise.h"

#include "kernels.h"
#include "pointwise_kernels.h"

int tk_operation_sources(tk_operation operation) {
  static const unsigned char counts[TK_OPERATION_COUNT] = {
#define TK_COUNT(name, sources) sources,
      TK_OPERATIONS(TK_COUNT)
#undef TK_COUNT
  };
  return counts[operation];
}

void tk_run_pointwise(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_program *program,
                      ptrdiff_t rows, ptrdiff_t columns, const tk_operand *operands, const double *constants) {
  const tk_pointwise_kernels *pointwise = kernels->pointwise;
  tk_pointwise_run *run = scalar == TK_FLOAT64 ? pointwise->run_float64 : pointwise->run_float32;
  run(threads, program, rows, columns, operands, constants);
}

void tk_run_elementwise(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_program *program,
                        ptrdiff_t count, const tk_operand *operands, const double *constants) {
  const tk_pointwise_kernels *pointwise = kernels->pointwise;
  tk_elementwise_run *run =
      scalar == TK_FLOAT64 ? pointwise->run_elementwise_float64 : pointwise->run_elementwise_float32;
  run(threads, program, count, operands, constants);
}

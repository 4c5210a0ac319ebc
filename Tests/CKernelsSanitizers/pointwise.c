// The interpreter: every operation over awkward shapes, in buffers of exactly the size they need, against itself, element
// by element (the bits must not depend on where an element stands), sums over rows, and log-sum-exp.
#include <string.h>

#include "families.h"

enum { OPERANDS = 4, SLOTS = 2 };

// slot 0 = op(inputs); slot 1 = slot 0 + constant; output = slot 0 * slot 1, so that scratch memory is used too.
static void make_program(tk_operation operation, tk_instruction instructions[3], tk_program *program,
                         const double *literals) {
  const uint16_t output = OPERANDS, constant = OPERANDS + 1, literal = OPERANDS + 2, slot = OPERANDS + 3;
  instructions[0] = (tk_instruction){(uint16_t)operation, slot, 0, 1, 2, 3};
  instructions[1] = (tk_instruction){TK_OP_multiply_add, slot + 1, slot, constant, literal, 0};
  instructions[2] = (tk_instruction){TK_OP_multiply, output, slot, slot + 1, 0, 0};
  *program = (tk_program){instructions, literals, 3, OPERANDS, 1, 1, 1, SLOTS, 10};
}

static int check_shape(const tk_kernels *kernels, tk_scalar scalar, tk_operation operation, ptrdiff_t rows,
                       ptrdiff_t columns, int threads) {
  const double constant = 0.75, literal = -0.5;
  tk_instruction instructions[3];
  tk_program program;
  make_program(operation, instructions, &program, &literal);
  // Dense, strided, one row for all rows, one number a row.
  const ptrdiff_t row_strides[OPERANDS] = {columns, columns + 1, 0, 1};
  const ptrdiff_t column_strides[OPERANDS] = {1, 1, 1, columns == 1 ? 1 : 0};
  const size_t size = scalar == TK_FLOAT64 ? 8 : 4;
  tk_operand operands[OPERANDS + 1];
  for (int k = 0; k < OPERANDS; k++) {
    const ptrdiff_t count = (rows - 1) * row_strides[k] + (columns - 1) * column_strides[k] + 1;
    operands[k] = (tk_operand){filled(scalar, count, (unsigned)k + 1), row_strides[k], column_strides[k], TK_STORE};
  }
  int failures = 0;
  for (int mode = 0; mode < 2; mode++) {
    const ptrdiff_t stride = columns + 2, count = (rows - 1) * stride + columns;
    char *out = filled(scalar, count, 9), *before = filled(scalar, count, 9);
    operands[OPERANDS] = (tk_operand){out, stride, 1, mode ? TK_ADD : TK_STORE};
    tk_run_pointwise(kernels, threads, scalar, &program, rows, columns, operands, &constant);
    for (ptrdiff_t r = 0; r < rows; r++) {
      for (ptrdiff_t c = 0; c < columns; c++) {
        char single[8];
        memcpy(single, before + (size_t)(r * stride + c) * size, size);
        tk_operand one[OPERANDS + 1];
        for (int k = 0; k < OPERANDS; k++) {
          char *data = operands[k].data;
          one[k] = (tk_operand){data + (size_t)(r * row_strides[k] + c * column_strides[k]) * size, 1, 1, TK_STORE};
        }
        one[OPERANDS] = (tk_operand){single, 1, 1, mode ? TK_ADD : TK_STORE};
        tk_run_pointwise(kernels, 1, scalar, &program, 1, 1, one, &constant);
        if (memcmp(single, out + (size_t)(r * stride + c) * size, size) != 0) {
          const double a = element(scalar, single, 0), b = element(scalar, out, r * stride + c);
          failures += !(a != a && b != b);
        }
      }
    }
    free(out), free(before);
  }
  for (int k = 0; k < OPERANDS; k++) free(operands[k].data);
  return failures;
}

// The sum over the rows of a product of two operands.
static int check_row_sums(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t rows, ptrdiff_t columns, int threads) {
  const tk_instruction instruction = {TK_OP_multiply, 2, 0, 1, 0, 0};
  const tk_program program = {&instruction, NULL, 1, 2, 1, 0, 0, 0, 10};
  void *a = filled(scalar, rows * columns, 1), *b = filled(scalar, rows, 2), *out = filled(scalar, columns, 3);
  const tk_operand operands[3] = {
      {a, columns, 1, TK_STORE}, {b, 1, columns == 1 ? 1 : 0, TK_STORE}, {out, 0, 1, TK_SUM_ROWS}};
  tk_run_pointwise(kernels, threads, scalar, &program, rows, columns, operands, NULL);
  int failures = 0;
  for (ptrdiff_t c = 0; c < columns; c++) {
    double sum = 0;
    for (ptrdiff_t r = 0; r < rows; r++) sum += element(scalar, a, r * columns + c) * element(scalar, b, r);
    failures += differs(scalar, element(scalar, out, c), sum);
  }
  free(a), free(b), free(out);
  return failures;
}

static int check_log_sum_exp(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t rows, ptrdiff_t columns) {
  void *in = filled(scalar, rows * columns, 5), *out = filled(scalar, rows, 6);
  tk_log_sum_exp(kernels, 2, scalar, rows, columns, in, out);
  int failures = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    double sum = 0;
    for (ptrdiff_t c = 0; c < columns; c++) sum += exp(element(scalar, in, r * columns + c));
    failures += differs(scalar, element(scalar, out, r), log(sum));
  }
  free(in), free(out);
  return failures;
}

int run_pointwise(void) {
  static const ptrdiff_t shapes[][2] = {{1, 1}, {1, 7}, {3, 1}, {5, 3}, {2, 17}, {1, 530}, {3, 520}, {70, 8}};
  int failures = 0;
  for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
    const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
    if (!kernels) continue;
    for (tk_scalar scalar = TK_FLOAT32; scalar <= TK_FLOAT64; scalar++) {
      for (int operation = 0; operation < TK_OPERATION_COUNT; operation++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
          failures += check_shape(kernels, scalar, (tk_operation)operation, shapes[s][0], shapes[s][1], 1);
        }
      }
      for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        failures += check_row_sums(kernels, scalar, shapes[s][0], shapes[s][1], 1);
      }
      failures += check_row_sums(kernels, scalar, 200, 600, 2);
      failures += check_shape(kernels, scalar, TK_OP_tanh, 130, 300, 2);
      failures += check_shape(kernels, scalar, TK_OP_tanh, 1, 20000, 2);
      for (ptrdiff_t columns = 1; columns < 40; columns += 3) {
        failures += check_log_sum_exp(kernels, scalar, 3, columns);
      }
      failures += check_log_sum_exp(kernels, scalar, 300, 130);
    }
  }
  return failures;
}

// Elementwise programs: the interpreter.
#ifndef TAPESTRY_POINTWISE_H
#define TAPESTRY_POINTWISE_H

#include "kernel_table.h"

/// What one instruction computes from its sources a, b, c, d: X(name, number of sources).
/// A mask is a lane of all ones (true) or all zeros (false); only `select`, `and`, `or` and `not` read masks.
#define TK_OPERATIONS(X)                                                                                             \
  X(copy, 1)                                                                                                         \
  X(add, 2)                                                                                                          \
  X(subtract, 2)                                                                                                     \
  X(multiply, 2)                                                                                                     \
  X(divide, 2)                                                                                                       \
  X(negate, 1)                                                                                                       \
  X(absolute, 1)                                                                                                     \
  X(minimum, 2)  /* NaN when either is */                                                                            \
  X(maximum, 2)                                                                                                      \
  X(floor, 1)                                                                                                        \
  X(ceil, 1)                                                                                                         \
  X(round, 1)  /* to nearest, ties to even */                                                                        \
  X(modulo, 2) /* a - b floor(a / b): the sign of b */                                                               \
  X(sign, 1)   /* -1, 1, the zero itself, or NaN */                                                                  \
  X(power, 2)                                                                                                        \
  X(exp, 1)                                                                                                          \
  X(log, 1)                                                                                                          \
  X(log1p, 1)                                                                                                        \
  X(expm1, 1)                                                                                                        \
  X(tanh, 1)                                                                                                         \
  X(sigmoid, 1)                                                                                                      \
  X(softplus, 1)                                                                                                     \
  X(sin, 1)                                                                                                          \
  X(cos, 1)                                                                                                          \
  X(square_root, 1)                                                                                                  \
  X(erf, 1)                                                                                                          \
  X(less, 2)          /* mask: a < b */                                                                              \
  X(less_or_equal, 2) /* mask: a <= b */                                                                             \
  X(equal, 2)         /* mask: a == b */                                                                             \
  X(and, 2)                                                                                                          \
  X(or, 2)                                                                                                           \
  X(not, 1)                                                                                                          \
  X(select, 3) /* a ? b : c */                                                                                       \
  /* Superinstructions: what the compiler of programs merges. */                                                     \
  X(multiply_add, 3)               /* a b + c */                                                                     \
  X(multiply_subtract, 3)          /* a b - c */                                                                     \
  X(subtract_product, 3)           /* a - b c */                                                                     \
  X(add_products, 4)               /* a b + c d */                                                                   \
  X(multiply3, 3)                  /* a b c */                                                                       \
  X(add3, 3)                       /* a + b + c */                                                                   \
  X(multiply_difference, 3)        /* a (b - c) */                                                                   \
  X(add_multiplied_difference, 4)  /* a + b (c - d) */                                                               \
  X(divide_by_sum, 3)              /* a / (b + c) */                                                                 \
  X(sigmoid_of_sum, 2)             /* sigmoid(a + b) */                                                              \
  X(sigmoid_of_sum3, 3)            /* sigmoid(a + b + c) */                                                          \
  X(tanh_of_sum, 2)                                                                                                  \
  X(tanh_of_sum3, 3)                                                                                                 \
  X(softplus_of_sum, 2)                                                                                              \
  X(softplus_of_sum3, 3)                                                                                             \
  X(sigmoid_derivative, 2)         /* a b (1 - b) */                                                                 \
  X(sigmoid_derivative3, 3)        /* a b c (1 - c) */                                                               \
  X(tanh_derivative, 2)            /* a (1 - b b) */                                                                 \
  X(tanh_derivative3, 3)           /* a b (1 - c c) */                                                               \
  X(add_tanh_derivative, 3)        /* a + b (1 - c c) */                                                             \
  X(multiply_softplus_derivative, 2) /* a (1 - exp(-b)) */

// Largest errors in units of the last place, for every instruction set; Scripts/check-ulp.sh checks them over all
// float32 numbers and float64 samples:
//
//              float32  float64                float32  float64
//    exp         1        1        softplus      2.4      2.4
//    expm1       2        2        sin, cos      1.75     1
//    log         1        1        square_root   0.5      0.5
//    log1p       1.75     1.5      erf           1.5      1.5
//    tanh        1.6      1.6      power         0.6      1.5
//    sigmoid     2.5      2.5
//
// Zeros keep their sign where the function is odd; infinities, NaN, denormal arguments and denormal results are as the
// functions demand. Sines and cosines are right at any argument, and slow (some 20 ns) beyond 2^20. A transcendental
// superinstruction adds the rounding of its sum.

typedef enum {
#define TK_DECLARE(name, sources) TK_OP_##name,
  TK_OPERATIONS(TK_DECLARE)
#undef TK_DECLARE
  TK_OPERATION_COUNT
} tk_operation;

/// How many sources an operation reads.
int tk_operation_sources(tk_operation operation);

/// Registers are numbered: inputs, outputs, constants, literals, slots.
typedef struct {
  uint16_t operation;  // tk_operation
  uint16_t target;     // an output or a slot
  uint16_t a, b, c, d; // any register; those that the operation does not read are 0
} tk_instruction;

/// A straight-line program over the elements of a block. Immutable, shared by threads.
typedef struct {
  const tk_instruction *instructions;
  const double *literals;
  int32_t instruction_count, input_count, output_count, constant_count, literal_count, slot_count;
  double nanoseconds_per_element; // an estimate, to decide whether a call is worth several threads
} tk_program;

/// How an output's memory takes the results.
typedef enum {
  TK_STORE = 0,
  TK_ADD = 1,           // added to what is there
  TK_SUM_ROWS = 2,      // one row: the sum of the results over the rows
  TK_ADD_SUM_ROWS = 3,  // the same, added to what is there
} tk_output_mode;

/// Element [row, column] lies at data + row * row_stride + column * column_stride, in elements.
/// column_stride is 0 or 1; 0 only for inputs (or when there is one column). A stride of 0 repeats an input.
/// An output that sums over the rows has one row; its row_stride is ignored.
typedef struct {
  void *data;
  ptrdiff_t row_stride, column_stride;
  tk_output_mode mode;  // ignored for inputs
} tk_operand;

/// Runs `program` on every element of [rows, columns]: operands are inputs, then outputs; `constants` has
/// constant_count values, converted to `scalar` (float32 or float64). At most `threads` threads.
///
/// Memory needs no alignment. Outputs must not overlap each other. An output may be exactly an input (same data and
/// strides) when no later instruction than the one that writes it reads that input; other overlaps are not allowed.
/// The bits of an element depend on its operands and the kernels only: not on its position, the strides or `threads`.
/// Sums over rows add 64 rows in ascending order at a time, and these partial sums in ascending order.
void tk_run_pointwise(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_program *program,
                      ptrdiff_t rows, ptrdiff_t columns, const tk_operand *operands, const double *constants);

/// The same for operands of `count` elements each, without gaps, that are read or stored: of an operand only `data` is
/// looked at.
void tk_run_elementwise(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_program *program,
                        ptrdiff_t count, const tk_operand *operands, const double *constants);

#endif

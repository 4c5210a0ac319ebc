#include "movement_rows.h"

#include <stdint.h>

// Bits of any type.
typedef uint32_t __attribute__((may_alias)) bits32;
typedef uint64_t __attribute__((may_alias)) bits64;

// Planes are walked in squares, so that a transposition uses a cache line for all that is in it before it goes.
enum { SIDE = 16 };

#define PLANE_MOVER(name, type, assign)                                                                               \
  void name(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column, void *out,      \
            ptrdiff_t out_row, ptrdiff_t out_column) {                                                                \
    for (ptrdiff_t i0 = 0; i0 < rows; i0 += SIDE) {                                                                   \
      ptrdiff_t i1 = i0 + SIDE < rows ? i0 + SIDE : rows;                                                             \
      for (ptrdiff_t j0 = 0; j0 < columns; j0 += SIDE) {                                                              \
        ptrdiff_t j1 = j0 + SIDE < columns ? j0 + SIDE : columns;                                                     \
        for (ptrdiff_t i = i0; i < i1; i += 1) {                                                                      \
          const type *x = (const type *)in + i * in_row;                                                              \
          type *y = (type *)out + i * out_row;                                                                        \
          for (ptrdiff_t j = j0; j < j1; j += 1) y[j * out_column] assign x[j * in_column];                           \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

PLANE_MOVER(tk_copy_4, bits32, =)
PLANE_MOVER(tk_copy_8, bits64, =)
PLANE_MOVER(tk_add_f32, float, +=)
PLANE_MOVER(tk_add_f64, double, +=)

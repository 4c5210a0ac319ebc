// Internal: moving one plane (rows x columns) between two strided places, element by element.
#ifndef TAPESTRY_MOVEMENT_ROWS_H
#define TAPESTRY_MOVEMENT_ROWS_H

#include <stddef.h>

/// Strides count elements and may have any sign; a read stride may be 0. `in` and `out` do not overlap.
typedef void (*tk_plane_mover)(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column,
                               void *out, ptrdiff_t out_row, ptrdiff_t out_column);

void tk_copy_4(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column, void *out,
               ptrdiff_t out_row, ptrdiff_t out_column);
void tk_copy_8(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column, void *out,
               ptrdiff_t out_row, ptrdiff_t out_column);
void tk_add_f32(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column, void *out,
                ptrdiff_t out_row, ptrdiff_t out_column);
void tk_add_f64(ptrdiff_t rows, ptrdiff_t columns, const void *in, ptrdiff_t in_row, ptrdiff_t in_column, void *out,
                ptrdiff_t out_row, ptrdiff_t out_column);

#endif

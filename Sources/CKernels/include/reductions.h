// Reductions and data movement.
#ifndef TAPESTRY_REDUCTIONS_H
#define TAPESTRY_REDUCTIONS_H

#include "kernel_table.h"

/// out[outer, inner] (+)= sum over the middle axis of in[outer, count, inner].
/// Fixed chunks added in index order: the bits do not depend on the thread count.
void tk_sum(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
            const void *in, void *out, bool accumulate);

/// out[outer, inner] = max over the middle axis of in[outer, count, inner]; NaN when any is NaN. count >= 1.
void tk_max(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
            const void *in, void *out);

/// out[row] = log(sum over columns of exp(in[row, column])), safe for any range. columns >= 1; all -inf gives -inf.
void tk_log_sum_exp(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t rows, ptrdiff_t columns,
                    const void *in, void *out);

/// out[outer, count, inner] = running sums of in along the middle axis, from the end when `reversed`.
void tk_cumulative_sum(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
                       const void *in, void *out, bool reversed);

/// out (contiguous, shape[0...rank-1]) = in read through `strides` (in elements; 0 broadcasts, any sign), or added when
/// `accumulate`. rank <= 6. Any scalar for copies, floats for accumulation.
void tk_copy_strided(const tk_kernels *kernels, int threads, tk_scalar scalar, int rank, const ptrdiff_t *shape,
                     const void *in, const ptrdiff_t *strides, void *out, bool accumulate);

/// out (written through `strides`) = in (contiguous, shape), or added when `accumulate`. rank <= 6.
void tk_scatter_strided(const tk_kernels *kernels, int threads, tk_scalar scalar, int rank, const ptrdiff_t *shape,
                        const void *in, void *out, const ptrdiff_t *strides, bool accumulate);

/// y[i] += x[i].
void tk_add_in_place(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t count, const void *x, void *y);

/// The index of the first element that is NaN or infinite, or -1.
ptrdiff_t tk_first_non_finite(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t count, const void *x);

#endif

// Matrix products with packed right operands.
#ifndef TAPESTRY_MATRIX_PRODUCT_H
#define TAPESTRY_MATRIX_PRODUCT_H

#include "kernel_table.h"

/// Rows of memory.
typedef struct {
  const void *base;
  ptrdiff_t rows, row_bytes, stride;  // bytes from a row to the next
} tk_region;

/// How the elements of a product are summed.
typedef enum {
  /// One chain of (fused) multiply-adds in ascending k.
  TK_CHAINS = 0,
  /// Numbers in three parts of 8 bits of precision and six products of parts, 32 of k at a time: product_amx.c. For
  /// float32, and only where tk_product_form_for may choose it.
  TK_PARTS = 1,
} tk_product_form;

/// The faster form for a product of this size; a caller that cuts a product asks with the size of the whole.
tk_product_form tk_product_form_for(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// C[m, n] = A[m, k] B[k, n], or bias + A B, for each member of a batch.
/// Strides count elements; any of the four transpositions is a choice of strides. The columns of C and of the bias are
/// contiguous. Every element of C is a sum in the order of the form, which starts from 0 or the bias, so that its bits
/// depend on neither the thread count nor on whether B was packed before.
typedef struct {
  tk_product_form form;
  ptrdiff_t m, n, k;
  const void *a;
  ptrdiff_t a_row_stride, a_column_stride;
  const void *b;  // ignored when `packed_b` is given
  ptrdiff_t b_row_stride, b_column_stride;
  const void *packed_b;  // made by tk_pack for the same form, k, n, scalar and kernels; NULL otherwise. Only with batch == 1.
  // What is added to A B: a row when its row stride is 0, else a matrix like C; NULL for nothing. It may be C itself,
  // with C's strides, and does not overlap C otherwise.
  const void *bias;
  ptrdiff_t bias_row_stride;
  void *c;
  ptrdiff_t c_row_stride;
  ptrdiff_t batch, a_batch_stride, b_batch_stride, bias_batch_stride, c_batch_stride;
  // What the caller needs after the product: a hint, brought near meanwhile and never read, so that any address will do.
  const tk_region *soon;
  ptrdiff_t soon_count;
} tk_product;

/// Bytes that tk_pack writes for a right operand of k x n.
size_t tk_packed_bytes(const tk_kernels *kernels, tk_scalar scalar, tk_product_form form, ptrdiff_t k, ptrdiff_t n);

/// Packs B[k, n] (any strides) into panels. `destination` is aligned to 64 bytes.
void tk_pack(const tk_kernels *kernels, int threads, tk_scalar scalar, tk_product_form form, ptrdiff_t k, ptrdiff_t n,
             const void *b, ptrdiff_t b_row_stride, ptrdiff_t b_column_stride, void *destination);

/// Runs the product on at most `threads` threads. Scratch memory is kept by the thread team and reused.
void tk_matrix_product(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_product *product);

#endif

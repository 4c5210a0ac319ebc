// Internal: the matrix-product kernels of one instruction set.
#ifndef TAPESTRY_PRODUCT_H
#define TAPESTRY_PRODUCT_H

#include "include/matrix_product.h"
#include "kernels.h"

/// The kernels for one scalar type and form.
typedef struct {
  /// Rows that are multiplied together.
  ptrdiff_t tile_rows;
  /// Columns of a panel of B, which the last ones may not fill.
  ptrdiff_t panel_columns;
  /// Panels of B[k, n].
  ptrdiff_t (*panel_count)(ptrdiff_t n);
  /// Bytes of all panels.
  size_t (*packed_bytes)(ptrdiff_t k, ptrdiff_t n);
  /// Writes panels [first, last) of B[k, n] to their places in `destination`.
  void (*pack)(ptrdiff_t k, ptrdiff_t n, const void *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
               ptrdiff_t first, ptrdiff_t last, void *destination);
  /// Rows [i0, i1) of panels [first, last) of one member of the batch, on the calling thread.
  void (*multiply)(const tk_product *product, ptrdiff_t i0, ptrdiff_t i1, ptrdiff_t first, ptrdiff_t last);
} tk_product_functions;

#define TK_PRODUCT_FUNCTIONS(suffix, lanes, rows)                                                               \
  {.tile_rows = rows, .panel_columns = TK_PANEL_VECTORS * lanes, .panel_count = panel_count_##suffix,              \
   .packed_bytes = packed_bytes_##suffix, .pack = pack_##suffix, .multiply = multiply_##suffix}
#define TK_PRODUCT_KERNELS(lanes, rows, parts_or_null)                                                      \
  {.scalar = {TK_PRODUCT_FUNCTIONS(f32, lanes, rows), TK_PRODUCT_FUNCTIONS(f64, lanes / 2, rows)},           \
   .chains = {chains_f32, chains_f64},                                                                      \
   .parts = parts_or_null}

struct tk_product_kernels {
  tk_product_functions scalar[2];     // TK_CHAINS of TK_FLOAT32, TK_FLOAT64
  const tk_product_functions *parts;  // TK_PARTS of TK_FLOAT32, or NULL
  /// Runs `rounds` rounds of independent chains of multiply-adds in registers; returns the flops of one round.
  double (*chains[2])(ptrdiff_t rounds);
};

// For chains, B is cut into panels of 3 vectors; a rest of 4 vectors makes two panels of 2, so that no tile gets too narrow. The
// panel that starts at column c stands at element c * k of the packed form, row by row, zero-filled to whole vectors.
enum { TK_PANEL_VECTORS = 3 };

/// Whole panels of 3 vectors.
static inline ptrdiff_t tk_full_panels(ptrdiff_t vectors) {
  return vectors % 3 == 1 && vectors >= 4 ? (vectors - 4) / 3 : vectors / 3;
}

static inline ptrdiff_t tk_panel_count(ptrdiff_t vectors) {
  ptrdiff_t full = tk_full_panels(vectors);
  return full + (vectors - 3 * full + 1) / 2;
}

/// The first vector of panel `index`, or the number of vectors when `index` is the number of panels.
static inline ptrdiff_t tk_panel_start(ptrdiff_t vectors, ptrdiff_t index) {
  ptrdiff_t full = tk_full_panels(vectors);
  ptrdiff_t start = index <= full ? 3 * index : 3 * full + 2 * (index - full);
  return start < vectors ? start : vectors;
}

extern const tk_product_kernels tk_product_portable;
#if defined(__x86_64__)
extern const tk_product_kernels tk_product_avx2;
extern const tk_product_kernels tk_product_avx512;
extern const tk_product_kernels tk_product_amx;
extern const tk_product_functions tk_product_parts;
/// Whether the processor has the tiles and the operating system lends them to this process, which it is asked to.
bool tk_has_amx(void);
#endif

#endif

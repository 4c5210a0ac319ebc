// Packing for the matrix product: a part of product_template.h. B becomes panels, A becomes tiles.

#include "vector_transpose.h"

/// Packs `width` columns that are contiguous in themselves, each beside the other, into a panel.
static void NAME(pack_across)(ptrdiff_t k, ptrdiff_t width, const SCALAR *b, ptrdiff_t column_stride, SCALAR *out) {
  ptrdiff_t whole = (width + LANES - 1) / LANES * LANES, row = 0;
  for (; row + LANES <= k; row += LANES) {
    for (ptrdiff_t column = 0; column < whole; column += LANES) {
      const SCALAR *from = b + column * column_stride + row;
      VECTOR x[LANES];
      if (column + LANES <= width) {
        UNROLL for (int i = 0; i < LANES; i += 1) x[i] = NAME(load)(from + i * column_stride);
      } else {
        UNROLL for (int i = 0; i < LANES; i += 1) {
          x[i] = column + i < width ? NAME(load)(from + i * column_stride) : (VECTOR){0};
        }
      }
      NAME(transpose)(LANES, x);
      UNROLL for (int i = 0; i < LANES; i += 1) NAME(store)(out + (row + i) * whole + column, x[i]);
    }
  }
  for (; row < k; row += 1) {
    for (ptrdiff_t j = 0; j < whole; j += 1) out[row * whole + j] = j < width ? b[row + j * column_stride] : 0;
  }
}

/// Packs rows [0, k) of `width` columns of B into one panel of whole vectors.
INLINE void NAME(pack_panel)(ptrdiff_t k, ptrdiff_t width, const SCALAR *b, ptrdiff_t row_stride,
                             ptrdiff_t column_stride, SCALAR *out) {
  ptrdiff_t whole = (width + LANES - 1) / LANES * LANES;
  if (column_stride == 1 && width == TK_PANEL_VECTORS * LANES && k == 8) {
    UNROLL for (int i = 0; i < 8; i += 1) {
      UNROLL for (int j = 0; j < TK_PANEL_VECTORS; j += 1) {
        NAME(store)(out + (i * TK_PANEL_VECTORS + j) * LANES, NAME(load)(b + i * row_stride + j * LANES));
      }
    }
  } else if (column_stride == 1 && width == TK_PANEL_VECTORS * LANES) {
    for (ptrdiff_t i = 0; i < k; i += 1) {
      UNROLL for (int j = 0; j < TK_PANEL_VECTORS; j += 1) NAME(store)(out + j * LANES, NAME(load)(b + j * LANES));
      b += row_stride;
      out += TK_PANEL_VECTORS * LANES;
    }
  } else if (column_stride == 1) {
    ptrdiff_t vectors = width / LANES, rest = width % LANES;
    for (ptrdiff_t i = 0; i < k; i += 1) {
      for (ptrdiff_t j = 0; j < vectors; j += 1) NAME(store)(out + j * LANES, NAME(load)(b + j * LANES));
      if (rest) NAME(store)(out + vectors * LANES, NAME(load_part)(b + vectors * LANES, rest));
      b += row_stride;
      out += whole;
    }
  } else if (row_stride == 1 && k >= LANES) {
    NAME(pack_across)(k, width, b, column_stride, out);
  } else {
    for (ptrdiff_t i = 0; i < k; i += 1) {
      for (ptrdiff_t j = 0; j < width; j += 1) out[j] = b[j * column_stride];
      for (ptrdiff_t j = width; j < whole; j += 1) out[j] = 0;
      b += row_stride;
      out += whole;
    }
  }
}

/// Packs rows [k0, k1) of panels [first, last); `out` is where column `origin` begins, panels have `depth` rows. The
/// panels take turns after some rows, so that memory is read in long runs.
static void NAME(pack_panels)(ptrdiff_t k0, ptrdiff_t k1, ptrdiff_t depth, ptrdiff_t n, const SCALAR *b,
                              ptrdiff_t row_stride, ptrdiff_t column_stride, ptrdiff_t first, ptrdiff_t last,
                              ptrdiff_t origin, SCALAR *out) {
  ptrdiff_t vectors = (n + LANES - 1) / LANES, turn = column_stride == 1 ? 8 : depth;
  for (; k0 < k1; k0 += turn) {
    ptrdiff_t rows = k1 - k0 < turn ? k1 - k0 : turn;
    for (ptrdiff_t panel = first; panel < last; panel += 1) {
      ptrdiff_t start = tk_panel_start(vectors, panel) * LANES, end = tk_panel_start(vectors, panel + 1) * LANES;
      NAME(pack_panel)(rows, (end < n ? end : n) - start, b + start * column_stride + k0 * row_stride, row_stride,
                       column_stride, out + (start - origin) * depth + k0 * (end - start));
    }
  }
}

static void NAME(pack)(ptrdiff_t k, ptrdiff_t n, const void *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       ptrdiff_t first, ptrdiff_t last, void *destination) {
  NAME(pack_panels)(0, k, k, n, b, row_stride, column_stride, first, last, 0, destination);
}

/// The height of tile number `tile` of `tiles` over `rows` rows: all are about equally high.
INLINE ptrdiff_t NAME(tile_height)(ptrdiff_t rows, ptrdiff_t tiles, ptrdiff_t tile) {
  return rows / tiles + (tile < rows % tiles);
}

/// Elements from a packed tile of A to the next: a cache line more than it has, so that tiles share no set of a cache.
INLINE ptrdiff_t NAME(packed_tile)(ptrdiff_t depth) { return TILE_ROWS * depth + 64 / SCALAR_BYTES; }

/// Packs a tile of `height` rows that are contiguous in themselves: out[k * TILE_ROWS + i].
static void NAME(pack_tile)(ptrdiff_t depth, ptrdiff_t height, const SCALAR *a, ptrdiff_t a_row, SCALAR *out) {
  enum { TOGETHER = TILE_ROWS < LANES ? TILE_ROWS : LANES };  // rows that are transposed together
  const SCALAR *rows[TILE_ROWS];
  for (ptrdiff_t i = 0; i < TILE_ROWS; i += 1) rows[i] = a + (i < height ? i : 0) * a_row;
  ptrdiff_t k = 0;
  for (; k + LANES <= depth; k += LANES) {
    UNROLL for (int row = 0; row < TILE_ROWS; row += TOGETHER) {
      VECTOR x[TOGETHER];
      UNROLL for (int i = 0; i < TOGETHER; i += 1) x[i] = NAME(load)(rows[row + i] + k);
      NAME(transpose)(TOGETHER, x);
      UNROLL for (int i = 0; i < TOGETHER; i += 1) {
        // Each vector holds LANES / TOGETHER links of TOGETHER rows: one where the tile has more rows than that.
        NAME(store)(out + (k + i * LANES / TOGETHER) * TILE_ROWS + row, x[i]);
      }
    }
  }
  for (; k < depth; k += 1) {
    for (ptrdiff_t i = 0; i < height; i += 1) out[k * TILE_ROWS + i] = rows[i][k];
  }
}

/// Packs tiles [first, last) of `tiles` over `rows` rows of A, each as out[k * TILE_ROWS + i]; tile `first` is at `a`.
static void NAME(pack_tiles)(ptrdiff_t depth, ptrdiff_t rows, ptrdiff_t tiles, ptrdiff_t first, ptrdiff_t last,
                             const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column, SCALAR *out) {
  // Read across its rows, a cache line of A holds elements of several tiles: the tiles take turns after a few k, before
  // the lines, which may compete for one set of the cache, are gone.
  const ptrdiff_t turn = a_column == 1 ? depth : 8;
  for (ptrdiff_t k0 = 0; k0 < depth; k0 += turn) {
    ptrdiff_t count = depth - k0 < turn ? depth - k0 : turn;
    const SCALAR *from = a + k0 * a_column;
    SCALAR *to = out + k0 * TILE_ROWS;
    for (ptrdiff_t tile = first; tile < last; tile += 1) {
      ptrdiff_t height = NAME(tile_height)(rows, tiles, tile);
      if (a_column == 1) {
        NAME(pack_tile)(depth, height, from, a_row, to);
      } else if (height == TILE_ROWS && a_row == 1 && count == 8) {
        UNROLL for (int k = 0; k < 8; k += 1) {
          __builtin_memcpy(to + k * TILE_ROWS, from + k * a_column, TILE_ROWS * sizeof(SCALAR));
        }
      } else {
        for (ptrdiff_t k = 0; k < count; k += 1) {
          for (ptrdiff_t i = 0; i < height; i += 1) to[k * TILE_ROWS + i] = from[k * a_column + i * a_row];
        }
      }
      from += height * a_row;
      to += NAME(packed_tile)(depth);
    }
  }
}

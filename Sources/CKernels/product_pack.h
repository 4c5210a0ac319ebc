// Packing for the matrix product: a part of product_template.h. B becomes panels, A becomes tiles.

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
  } else {
    for (ptrdiff_t i = 0; i < k; i += 1) {
      for (ptrdiff_t j = 0; j < width; j += 1) out[j] = b[j * column_stride];
      for (ptrdiff_t j = width; j < whole; j += 1) out[j] = 0;
      b += row_stride;
      out += whole;
    }
  }
}

/// Packs rows [k0, k1) of panels [first, last); `out` is where column `origin` begins, panels have `depth` rows. The panels take
/// turns after some rows, so that memory is read in long runs.
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

/// Elements from a copied tile of A to the next: a cache line more than it has, so that tiles do not compete for one set.
INLINE ptrdiff_t NAME(copied_tile)(ptrdiff_t depth) { return TILE_ROWS * depth + 64 / SCALAR_BYTES; }

/// Copies k in [k0, k1) of tiles [first, last) of A, each as out[k * height + i].
static void NAME(copy_tiles)(ptrdiff_t k0, ptrdiff_t k1, ptrdiff_t depth, ptrdiff_t rows, ptrdiff_t tiles,
                             ptrdiff_t first, ptrdiff_t last, const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column,
                             SCALAR *out) {
  // Read across its rows, a cache line of A holds elements of several tiles: the tiles take turns after a few k, before the
  // lines, which may compete for one set of the cache, are gone.
  enum { TURN = 8 };
  for (; k0 < k1; k0 += TURN) {
    ptrdiff_t count = k1 - k0 < TURN ? k1 - k0 : TURN;
    const SCALAR *from = a + k0 * a_column;
    SCALAR *to = out;
    for (ptrdiff_t tile = first; tile < last; tile += 1) {
      ptrdiff_t height = NAME(tile_height)(rows, tiles, tile);
      if (height == TILE_ROWS && a_row == 1 && count == TURN) {
        UNROLL for (int k = 0; k < TURN; k += 1) {
          __builtin_memcpy(to + (k0 + k) * TILE_ROWS, from + k * a_column, TILE_ROWS * sizeof(SCALAR));
        }
      } else {
        for (ptrdiff_t k = 0; k < count; k += 1) {
          for (ptrdiff_t i = 0; i < height; i += 1) to[(k0 + k) * height + i] = from[k * a_column + i * a_row];
        }
      }
      from += height * a_row;
      to += NAME(copied_tile)(depth);
    }
  }
}

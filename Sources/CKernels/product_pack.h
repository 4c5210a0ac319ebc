// Packing for the matrix product: a part of product_template.h. B becomes panels, A becomes tiles.

/// Packs rows [0, k) of `width` columns of B into one panel of whole vectors.
INLINE void NAME(pack_panel)(ptrdiff_t k, ptrdiff_t width, const SCALAR *b, ptrdiff_t row_stride,
                             ptrdiff_t column_stride, SCALAR *out) {
  ptrdiff_t whole = (width + LANES - 1) / LANES * LANES;
  if (column_stride == 1 && width == TK_PANEL_VECTORS * LANES) {
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

/// Packs panels [first, last) of k rows; column `origin` is where `out` begins. The panels take turns after some rows, so that
/// memory is read in long runs.
static void NAME(pack_panels)(ptrdiff_t k, ptrdiff_t n, const SCALAR *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                              ptrdiff_t first, ptrdiff_t last, ptrdiff_t origin, SCALAR *out) {
  ptrdiff_t vectors = (n + LANES - 1) / LANES, turn = column_stride == 1 ? 8 : k;
  for (ptrdiff_t done = 0; done < k; done += turn) {
    for (ptrdiff_t panel = first; panel < last; panel += 1) {
      ptrdiff_t start = tk_panel_start(vectors, panel) * LANES, end = tk_panel_start(vectors, panel + 1) * LANES;
      ptrdiff_t width = (end < n ? end : n) - start;
      NAME(pack_panel)(k - done < turn ? k - done : turn, width, b + start * column_stride + done * row_stride,
                       row_stride, column_stride, out + (start - origin) * k + done * (end - start));
    }
  }
}

static void NAME(pack)(ptrdiff_t k, ptrdiff_t n, const void *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       ptrdiff_t first, ptrdiff_t last, void *destination) {
  NAME(pack_panels)(k, n, b, row_stride, column_stride, first, last, 0, destination);
}

/// The height of tile number `tile` of `tiles` over `rows` rows: all are about equally high.
INLINE ptrdiff_t NAME(tile_height)(ptrdiff_t rows, ptrdiff_t tiles, ptrdiff_t tile) {
  return rows / tiles + (tile < rows % tiles);
}

/// Copies `height` rows of A over `depth` as out[k * height + i].
INLINE void NAME(pack_left)(ptrdiff_t height, ptrdiff_t depth, const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column,
                            SCALAR *out) {
  if (height == TILE_ROWS && a_row == 1) {
    for (ptrdiff_t k = 0; k < depth; k += 1) {
      __builtin_memcpy(out + k * TILE_ROWS, a + k * a_column, TILE_ROWS * sizeof(SCALAR));
    }
  } else {
    for (ptrdiff_t k = 0; k < depth; k += 1) {
      for (ptrdiff_t i = 0; i < height; i += 1) out[k * height + i] = a[k * a_column + i * a_row];
    }
  }
}

/// Copies tiles [first, last) one after the other. Reading across rows, a cache line holds several tiles' elements: the tiles
/// take turns after a few k, before the lines, which may compete for one set of the cache, are gone.
static void NAME(pack_left_tiles)(ptrdiff_t rows, ptrdiff_t tiles, ptrdiff_t first, ptrdiff_t last, ptrdiff_t depth,
                                  const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column, SCALAR *out) {
  enum { TURN = 8 };
  for (ptrdiff_t k = 0; k < depth; k += TURN) {
    const SCALAR *from = a + k * a_column;
    SCALAR *to = out;
    for (ptrdiff_t tile = first; tile < last; tile += 1) {
      ptrdiff_t height = NAME(tile_height)(rows, tiles, tile);
      NAME(pack_left)(height, depth - k < TURN ? depth - k : TURN, from, a_row, a_column, to + k * height);
      from += height * a_row;
      to += height * depth;
    }
  }
}

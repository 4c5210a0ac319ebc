// Register tiles of the matrix product: a part of product_template.h.

/// Where a tile stands: C's element (i, j) is at c[i * c_row + j], B's (k, j) at b[k * b_step + j]. A is read along its
/// rows, a[i * a_row + k], or across them, a[i + k * a_column].
typedef struct {
  ptrdiff_t depth;
  const SCALAR *a;
  ptrdiff_t a_row, a_column;
  const SCALAR *b;
  ptrdiff_t b_step;
  const SCALAR *start;  // what the chains start from: the bias or C; NULL for 0
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
  ptrdiff_t last;  // columns of the last vector, 1...LANES; B is readable to its end
  SCALAR *c_ahead;  // where the next tile's C stands
  tk_ahead *ahead;  // what later stages need, and the lines of it that this tile brings near for each few k
  ptrdiff_t ahead_lines;
} NAME(tile);

INLINE VECTOR NAME(start)(const SCALAR *start, bool part, ptrdiff_t last) {
  if (!start) return (VECTOR){0};
  return part && last < LANES ? NAME(load_part)(start, last) : NAME(load)(start);
}

INLINE void NAME(finish)(SCALAR *c, VECTOR sum, bool part, ptrdiff_t last) {
  if (part && last < LANES) NAME(store_part)(c, sum, last);
  else NAME(store)(c, sum);
}

/// One link of all chains of a tile.
INLINE void NAME(link)(const int rows, const int vectors, const SCALAR *a, const ptrdiff_t *offsets, const SCALAR *b,
                       VECTOR sum[TILE_ROWS][TK_PANEL_VECTORS]) {
  VECTOR right[TK_PANEL_VECTORS];
  UNROLL for (int j = 0; j < vectors; j += 1) right[j] = NAME(load)(b + j * LANES);
  UNROLL for (int i = 0; i < rows; i += 1) {
    VECTOR left = NAME(broadcast)(a[offsets ? offsets[i] : i]);
    UNROLL for (int j = 0; j < vectors; j += 1) sum[i][j] = NAME(multiply_add)(left, right[j], sum[i][j]);
  }
}

// Keeps the optimiser from trading an address of base and offset for an addition per row: additions take turns with the
// multiply-adds at the same ports.
#define OPAQUE(x) __asm__("" : "+r"(x))

INLINE void NAME(run_tile)(const int rows, const int vectors, const bool across, const NAME(tile) *t) {
  VECTOR sum[TILE_ROWS][TK_PANEL_VECTORS];
  const ptrdiff_t last = t->last;
  if (t->start) {
    UNROLL for (int i = 0; i < rows; i += 1) {
      const SCALAR *start = t->start + i * t->start_row;
      UNROLL for (int j = 0; j < vectors; j += 1) sum[i][j] = NAME(start)(start + j * LANES, j == vectors - 1, last);
    }
  } else {
    UNROLL for (int i = 0; i < rows; i += 1) {
      UNROLL for (int j = 0; j < vectors; j += 1) sum[i][j] = (VECTOR){0};
    }
  }
  const SCALAR *a = t->a, *b = t->b, *c_ahead = t->c_ahead;
  const ptrdiff_t a_column = across ? t->a_column : 1, b_step = t->b_step;
  ptrdiff_t offsets[8];
  for (int i = 0; i < 8; i += 1) offsets[i] = i * t->a_row;
  if (!across) {
    OPAQUE(offsets[1]);
    if (rows > 2) offsets[2] = 2 * offsets[1];
    if (rows > 3) OPAQUE(offsets[3]);
    if (rows > 4) offsets[4] = 4 * offsets[1];
    if (rows > 5) OPAQUE(offsets[5]);
    if (rows > 6) offsets[6] = 2 * offsets[3];
    if (rows > 7) OPAQUE(offsets[7]);
  }
  // Eight k at a time, and between them a little of what is needed later: all at once, it would delay the tile's reads.
  const ptrdiff_t ahead_lines = t->ahead_lines;
  for (ptrdiff_t left = t->depth / 8, row = 0; left > 0; left -= 1, row += 1) {
    if (row < rows) {
      UNROLL for (int j = 0; j < vectors; j += 1) __builtin_prefetch(c_ahead + j * LANES);
      c_ahead += t->c_row;
    }
    for (ptrdiff_t line = ahead_lines; line > 0 && t->ahead->total > 0; line -= 1) tk_approach(t->ahead);
    UNROLL for (int step = 0; step < 8; step += 1) {
      NAME(link)(rows, vectors, a, across ? NULL : offsets, b, sum);
      a += a_column;
      b += b_step;
    }
  }
  for (ptrdiff_t k = t->depth % 8; k > 0; k -= 1) {
    NAME(link)(rows, vectors, a, across ? NULL : offsets, b, sum);
    a += a_column;
    b += b_step;
  }
  UNROLL for (int i = 0; i < rows; i += 1) {
    SCALAR *c = t->c + i * t->c_row;
    UNROLL for (int j = 0; j < vectors; j += 1) NAME(finish)(c + j * LANES, sum[i][j], j == vectors - 1, last);
  }
}

#define TILE(rows, vectors)                                                                                            \
  static void NAME(along_##rows##_##vectors)(const NAME(tile) *t) { NAME(run_tile)(rows, vectors, false, t); }         \
  static void NAME(across_##rows##_##vectors)(const NAME(tile) *t) { NAME(run_tile)(rows, vectors, true, t); }
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3)
#define TILE_ROW(kind, rows) {NAME(kind##_##rows##_1), NAME(kind##_##rows##_2), NAME(kind##_##rows##_3)}

TILES(1) TILES(2) TILES(3) TILES(4)
#if TILE_ROWS == 8
TILES(5) TILES(6) TILES(7) TILES(8)
#define TILE_TABLE(kind)                                                                                         \
  {TILE_ROW(kind, 1), TILE_ROW(kind, 2), TILE_ROW(kind, 3), TILE_ROW(kind, 4),                                   \
   TILE_ROW(kind, 5), TILE_ROW(kind, 6), TILE_ROW(kind, 7), TILE_ROW(kind, 8)}
#else
#define TILE_TABLE(kind) {TILE_ROW(kind, 1), TILE_ROW(kind, 2), TILE_ROW(kind, 3), TILE_ROW(kind, 4)}
#endif

/// [across][rows - 1][vectors - 1]
static void (*const NAME(tiles)[2][TILE_ROWS][TK_PANEL_VECTORS])(const NAME(tile) *) = {
    TILE_TABLE(along), TILE_TABLE(across)};

#undef TILE
#undef TILES
#undef TILE_ROW
#undef TILE_TABLE
#undef OPAQUE

// The matrix product for one scalar type and one instruction set (see vector_begin.h); TILE_ROWS is 4 or 8.
//
// Every function here has the same contract on order: an element of C is one chain of multiply_add in ascending k. Tiles,
// panels and parts of the depth only decide when a link of the chain is made; between parts C itself carries the chain.
#include "vector_begin.h"

/// Where a tile begins: element (i, j) of A, B and C is at a[i * a_row + k * a_column], b[k * b_step + j], c[i * c_row + j].
typedef struct {
  ptrdiff_t depth;
  const SCALAR *a;
  ptrdiff_t a_row, a_column;
  const SCALAR *b;
  ptrdiff_t b_step;
  const SCALAR *start;  // what the chains start from: C or the bias; NULL for 0
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
  ptrdiff_t last;  // columns of the last vector, 1...LANES; B is readable to its end
} NAME(tile);

INLINE void NAME(run_tile)(const int rows, const int vectors, const NAME(tile) *t) {
  VECTOR sum[TILE_ROWS][TK_PANEL_VECTORS];
  const ptrdiff_t last = t->last;
  if (t->start) {
    UNROLL for (int i = 0; i < rows; i += 1) {
      const SCALAR *start = t->start + i * t->start_row;
      UNROLL for (int j = 0; j < vectors; j += 1) {
        if (j == vectors - 1 && last < LANES) sum[i][j] = NAME(load_part)(start + j * LANES, last);
        else sum[i][j] = NAME(load)(start + j * LANES);
      }
    }
  } else {
    UNROLL for (int i = 0; i < rows; i += 1) {
      UNROLL for (int j = 0; j < vectors; j += 1) sum[i][j] = (VECTOR){0};
    }
  }
  const SCALAR *a = t->a, *b = t->b;
  const ptrdiff_t a_row = t->a_row, a_column = t->a_column, b_step = t->b_step;
  for (ptrdiff_t k = t->depth; k > 0; k -= 1) {
    VECTOR right[TK_PANEL_VECTORS];
    UNROLL for (int j = 0; j < vectors; j += 1) right[j] = NAME(load)(b + j * LANES);
    UNROLL for (int i = 0; i < rows; i += 1) {
      VECTOR left = NAME(broadcast)(a[i * a_row]);
      UNROLL for (int j = 0; j < vectors; j += 1) sum[i][j] = NAME(multiply_add)(left, right[j], sum[i][j]);
    }
    a += a_column;
    b += b_step;
  }
  UNROLL for (int i = 0; i < rows; i += 1) {
    SCALAR *c = t->c + i * t->c_row;
    UNROLL for (int j = 0; j < vectors; j += 1) {
      if (j == vectors - 1 && last < LANES) NAME(store_part)(c + j * LANES, sum[i][j], last);
      else NAME(store)(c + j * LANES, sum[i][j]);
    }
  }
}

#define TILE(rows)                                                                               \
  static void NAME(tile_##rows##_1)(const NAME(tile) *t) { NAME(run_tile)(rows, 1, t); }         \
  static void NAME(tile_##rows##_2)(const NAME(tile) *t) { NAME(run_tile)(rows, 2, t); }         \
  static void NAME(tile_##rows##_3)(const NAME(tile) *t) { NAME(run_tile)(rows, 3, t); }
#define TILE_ENTRIES(rows) {NAME(tile_##rows##_1), NAME(tile_##rows##_2), NAME(tile_##rows##_3)}
TILE(1)
TILE(2)
TILE(3)
TILE(4)
#if TILE_ROWS == 8
TILE(5)
TILE(6)
TILE(7)
TILE(8)
#endif
static void (*const NAME(tiles)[TILE_ROWS][TK_PANEL_VECTORS])(const NAME(tile) *) = {
    TILE_ENTRIES(1), TILE_ENTRIES(2), TILE_ENTRIES(3), TILE_ENTRIES(4),
#if TILE_ROWS == 8
    TILE_ENTRIES(5), TILE_ENTRIES(6), TILE_ENTRIES(7), TILE_ENTRIES(8),
#endif
};
#undef TILE
#undef TILE_ENTRIES

// MARK: Packing

/// Packs rows [0, k) of columns [column, column + width) of B into one panel of whole vectors.
static void NAME(pack_panel)(ptrdiff_t k, ptrdiff_t width, const SCALAR *b, ptrdiff_t row_stride,
                             ptrdiff_t column_stride, SCALAR *out) {
  ptrdiff_t whole = (width + LANES - 1) / LANES * LANES;
  if (column_stride == 1) {
    ptrdiff_t vectors = width / LANES, rest = width % LANES;
    for (ptrdiff_t i = 0; i < k; i += 1) {
      const SCALAR *row = b + i * row_stride;
      for (ptrdiff_t j = 0; j < vectors; j += 1) NAME(store)(out + j * LANES, NAME(load)(row + j * LANES));
      if (rest) NAME(store)(out + vectors * LANES, NAME(load_part)(row + vectors * LANES, rest));
      out += whole;
    }
  } else {
    for (ptrdiff_t i = 0; i < k; i += 1) {
      const SCALAR *row = b + i * row_stride;
      for (ptrdiff_t j = 0; j < width; j += 1) out[j] = row[j * column_stride];
      for (ptrdiff_t j = width; j < whole; j += 1) out[j] = 0;
      out += whole;
    }
  }
}

/// Packs panels [first, last) of k rows; column `origin` is where `out` begins.
static void NAME(pack_panels)(ptrdiff_t k, ptrdiff_t n, const SCALAR *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                              ptrdiff_t first, ptrdiff_t last, ptrdiff_t origin, SCALAR *out) {
  ptrdiff_t vectors = (n + LANES - 1) / LANES;
  for (ptrdiff_t panel = first; panel < last; panel += 1) {
    ptrdiff_t start = tk_panel_start(vectors, panel) * LANES, end = tk_panel_start(vectors, panel + 1) * LANES;
    if (end > n) end = n;
    NAME(pack_panel)(k, end - start, b + start * column_stride, row_stride, column_stride, out + (start - origin) * k);
  }
}

static void NAME(pack)(ptrdiff_t k, ptrdiff_t n, const void *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       ptrdiff_t first, ptrdiff_t last, void *destination) {
  NAME(pack_panels)(k, n, b, row_stride, column_stride, first, last, 0, destination);
}

/// Packs rows [0, rows) of A, `depth` columns, as out[k][row].
static void NAME(pack_left)(ptrdiff_t rows, ptrdiff_t depth, const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column,
                            SCALAR *out) {
  for (ptrdiff_t k = 0; k < depth; k += 1) {
    for (ptrdiff_t i = 0; i < rows; i += 1) out[i] = a[i * a_row];
    a += a_column;
    out += rows;
  }
}

// MARK: Blocks

/// The product of some rows with some panels over a part of the depth.
typedef struct {
  ptrdiff_t i0, i1;        // rows of C
  ptrdiff_t first, last;   // panels
  ptrdiff_t vectors, n;    // of the whole of C
  ptrdiff_t depth;         // of this part
  const SCALAR *a;         // row 0 at the part's first k
  ptrdiff_t a_row, a_column;
  const SCALAR *b;         // what stands at column `origin`
  ptrdiff_t origin;
  ptrdiff_t b_column;      // elements from the start of a panel to that of the next, a column
  ptrdiff_t b_step;        // elements from a k to the next; 0 for packed panels, where it is the panel's width
  ptrdiff_t skipped;       // rows of a packed panel that come before this part
  const SCALAR *start;
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
} NAME(block);

static void NAME(run_block)(const NAME(block) *x) {
  ptrdiff_t rows = x->i1 - x->i0, tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  // A left operand read across its rows touches a cache line for each k: once copied, it is read n / 48 times.
  bool copy = x->a_column != 1 && rows > 1 && x->last - x->first > 4;
  SCALAR *copied = copy ? tk_scratch(1, sizeof(SCALAR) * TILE_ROWS * (size_t)x->depth) : NULL;
  ptrdiff_t i = x->i0;
  for (ptrdiff_t tile = 0; tile < tiles; tile += 1) {
    ptrdiff_t height = rows / tiles + (tile < rows % tiles);
    NAME(tile) t = {.depth = x->depth,
                    .a = x->a + i * x->a_row,
                    .a_row = x->a_row,
                    .a_column = x->a_column,
                    .start_row = x->start_row,
                    .c_row = x->c_row};
    if (copy) {
      NAME(pack_left)(height, x->depth, t.a, x->a_row, x->a_column, copied);
      t.a = copied;
      t.a_row = 1;
      t.a_column = height;
    }
    for (ptrdiff_t panel = x->first; panel < x->last; panel += 1) {
      ptrdiff_t from = tk_panel_start(x->vectors, panel), to = tk_panel_start(x->vectors, panel + 1);
      ptrdiff_t column = from * LANES;
      t.b_step = x->b_step ? x->b_step : (to - from) * LANES;
      t.b = x->b + (column - x->origin) * x->b_column + x->skipped * t.b_step;
      t.last = to * LANES <= x->n ? LANES : x->n - (to - 1) * LANES;
      t.start = x->start ? x->start + i * x->start_row + column : NULL;
      t.c = x->c + i * x->c_row + column;
      NAME(tiles)[height - 1][to - from - 1](&t);
    }
    i += height;
  }
}

static ptrdiff_t NAME(min)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// Depth of a block, and bytes of packed B that a block may have: together they keep B in the second-level cache.
enum { NAME(block_depth) = 512, NAME(block_bytes) = 1 << 20 };

/// Cuts the depth into equal parts of at most about `block_depth`.
static ptrdiff_t NAME(part_of_depth)(ptrdiff_t k) {
  ptrdiff_t parts = (k + NAME(block_depth) - 1) / NAME(block_depth);
  return parts > 1 ? (k + parts - 1) / parts : k;
}

/// Continues the chains that stand in C.
static void NAME(resume)(NAME(block) *x) {
  x->start = x->c;
  x->start_row = x->c_row;
}

static void NAME(multiply_packed)(const tk_product *p, NAME(block) x) {
  ptrdiff_t k = p->k, depth = NAME(part_of_depth)(k);
  x.b = p->packed_b;
  x.b_column = k;
  do {
    x.depth = NAME(min)(depth, k - x.skipped);
    NAME(run_block)(&x);
    NAME(resume)(&x);
    x.skipped += x.depth;
    x.a += x.depth * x.a_column;
  } while (x.skipped < k);
}

static void NAME(multiply_packing)(const tk_product *p, NAME(block) x) {
  ptrdiff_t k = p->k, depth = NAME(part_of_depth)(k), last = x.last;
  ptrdiff_t width = NAME(block_bytes) / (ptrdiff_t)sizeof(SCALAR) / (depth + 1) / (TK_PANEL_VECTORS * LANES) + 1;
  width = NAME(min)(width, last - x.first);
  SCALAR *packed = tk_scratch(0, sizeof(SCALAR) * (size_t)((depth + 1) * width * TK_PANEL_VECTORS * LANES));
  for (; x.first < last; x.first += width) {
    NAME(block) y = x;
    y.last = NAME(min)(x.first + width, last);
    y.b = packed;
    y.origin = tk_panel_start(x.vectors, x.first) * LANES;
    ptrdiff_t done = 0;
    do {
      y.depth = y.b_column = NAME(min)(depth, k - done);
      NAME(pack_panels)(y.depth, p->n, (const SCALAR *)p->b + done * p->b_row_stride, p->b_row_stride,
                        p->b_column_stride, y.first, y.last, y.origin, packed);
      NAME(run_block)(&y);
      NAME(resume)(&y);
      done += y.depth;
      y.a += y.depth * y.a_column;
    } while (done < k);
  }
}

/// B read where it stands, its columns being contiguous; only a last panel that is not whole vectors is packed.
static void NAME(multiply_direct)(const tk_product *p, NAME(block) x) {
  bool ragged = p->n % LANES != 0 && x.last == tk_panel_count(x.vectors);
  NAME(block) y = x;
  y.b = p->b;
  y.b_column = 1;
  y.b_step = p->b_row_stride;
  y.depth = p->k;
  y.last -= ragged;
  if (y.first < y.last) NAME(run_block)(&y);
  if (ragged) {
    x.first = x.last - 1;
    NAME(multiply_packing)(p, x);
  }
}

static void NAME(multiply)(const tk_product *p, ptrdiff_t i0, ptrdiff_t i1, ptrdiff_t first, ptrdiff_t last) {
  NAME(block) x = {.i0 = i0,
                   .i1 = i1,
                   .first = first,
                   .last = last,
                   .vectors = (p->n + LANES - 1) / LANES,
                   .n = p->n,
                   .a = p->a,
                   .a_row = p->a_row_stride,
                   .a_column = p->a_column_stride,
                   .start = p->accumulate ? p->c : p->bias,
                   .start_row = p->accumulate ? p->c_row_stride : 0,
                   .c = p->c,
                   .c_row = p->c_row_stride};
  if (i1 <= i0 || last <= first) return;
  if (p->packed_b) NAME(multiply_packed)(p, x);
  else if (p->b_column_stride == 1 && i1 - i0 <= 2 * TILE_ROWS) NAME(multiply_direct)(p, x);
  else NAME(multiply_packing)(p, x);
}

// MARK: The peak

/// 24 independent chains (as many as a tile has), each 16 links a round.
static double NAME(chains)(ptrdiff_t rounds) {
  enum { CHAINS = TILE_ROWS * TK_PANEL_VECTORS };
  volatile SCALAR factor_source = (SCALAR)0.5, term_source = (SCALAR)1;
  VECTOR factor = NAME(broadcast)(factor_source), term = NAME(broadcast)(term_source);
  VECTOR sum[CHAINS];
  UNROLL for (int j = 0; j < CHAINS; j += 1) sum[j] = term * (SCALAR)j;
  for (ptrdiff_t round = 0; round < rounds * 16; round += 1) {
    UNROLL for (int j = 0; j < CHAINS; j += 1) sum[j] = NAME(multiply_add)(sum[j], factor, term);
  }
  VECTOR total = (VECTOR){0};
  UNROLL for (int j = 0; j < CHAINS; j += 1) total += sum[j];
  volatile SCALAR sink = total[0];
  (void)sink;
  return 2.0 * LANES * CHAINS * 16;
}

#include "vector_end.h"

// The matrix product for one scalar type and one instruction set (see vector_begin.h); TILE_ROWS is 4 or 8.
//
// Every function here has the same contract on order: an element of C is one chain of multiply_add in ascending k.
// Tiles, panels and parts of the depth only decide when a link of the chain is made; between parts C itself carries it.
#include "vector_begin.h"

/// How B is read.
enum { NAME(packed) = 0, NAME(packing) = 1, NAME(direct) = 2 };

#include "product_ahead.h"
#include "product_tile.h"

#include "product_pack.h"

#include "product_rows.h"

#include "product_blocks.h"

// MARK: Little work

enum {
  NAME(small_depth) = 512,         // k that takes no parts
  NAME(small_bytes) = 1 << 18,     // of B that takes no blocks
  NAME(near_bytes) = 1 << 12,      // of packed B on the stack
  NAME(readable_bytes) = 1 << 15,  // of A that need not be packed to be read across its rows
};

/// Without packing and stages: what is left is the tiles. B is `near`, packed or readable as it is.
static void NAME(run_small)(const NAME(plan) *x) {
  const tk_product *p = x->product;
  const bool across = p->a_column_stride != 1, packed = x->near || x->mode == NAME(packed);
  const SCALAR *b = x->near ? x->near : packed ? p->packed_b : p->b, *start = p->bias;
  const ptrdiff_t vectors = (p->n + LANES - 1) / LANES, start_row = p->bias_row_stride;
  const ptrdiff_t origin = x->near ? tk_panel_start(vectors, x->first) * LANES : 0;
  const ptrdiff_t tiles = (x->rows + TILE_ROWS - 1) / TILE_ROWS;
  NAME(tile) t;
  t.depth = p->k;
  t.a_row = p->a_row_stride;
  t.a_column = p->a_column_stride;
  t.b_step = p->b_row_stride;
  t.start_row = start_row;
  t.c_row = p->c_row_stride;
  tk_ahead soon = tk_ahead_of(p->soon, p->soon_count);
  soon.is_later = true;
  t.ahead = &soon;
  t.ahead_lines = 0;
  if (soon.total > 0) {
    const ptrdiff_t eighths = tiles * (x->last - x->first) * (p->k / 8 > 0 ? p->k / 8 : 1);
    t.ahead_lines = (soon.total + eighths - 1) / eighths;
  }
  ptrdiff_t row = x->i0;
  for (ptrdiff_t tile = 0; tile < tiles; tile += 1) {
    ptrdiff_t height = NAME(tile_height)(x->rows, tiles, tile);
    t.a = (const SCALAR *)p->a + row * p->a_row_stride;
    for (ptrdiff_t panel = x->first; panel < x->last; panel += 1) {
      ptrdiff_t from = tk_panel_start(vectors, panel), to = tk_panel_start(vectors, panel + 1), column = from * LANES;
      t.b = b + (packed ? (column - origin) * p->k : column);
      if (packed) t.b_step = (to - from) * LANES;
      t.last = to * LANES <= p->n ? LANES : p->n - (to - 1) * LANES;
      t.start = start ? start + row * start_row + column : NULL;
      t.c = (SCALAR *)p->c + row * p->c_row_stride + column;
      t.c_ahead = t.c;
      NAME(tiles)[across][height - 1][to - from - 1](&t);
    }
    row += height;
  }
}

/// Packs little B on the stack.
static __attribute__((noinline)) void NAME(run_near)(NAME(plan) *x) {
  const tk_product *p = x->product;
  _Alignas(64) SCALAR near[NAME(near_bytes) / SCALAR_BYTES];
  ptrdiff_t origin = tk_panel_start((p->n + LANES - 1) / LANES, x->first) * LANES;
  NAME(pack_panels)(0, p->k, p->k, p->n, p->b, p->b_row_stride, p->b_column_stride, x->first, x->last, origin, near);
  x->near = near;
  NAME(run_small)(x);
}

/// Chooses the way by the shape alone.
static void NAME(run)(NAME(plan) *x) {
  const tk_product *p = x->product;
  const ptrdiff_t k = p->k;
  const bool readable = p->a_column_stride == 1 || x->rows == 1 ||
                        (p->a_row_stride == 1 && x->rows * k * SCALAR_BYTES <= NAME(readable_bytes));
  if (x->mode == NAME(packing)) {
    ptrdiff_t bytes = (x->last - x->first) * TK_PANEL_VECTORS * VECTOR_BYTES * k;
    if (readable && bytes <= NAME(near_bytes)) NAME(run_near)(x);
    else NAME(run_blocks)(x);
  } else if (x->rows <= NAME(few_rows)) {
    NAME(multiply_rows)(p, x->i0, x->rows, x->first, x->last);
  } else if (readable && k <= NAME(small_depth) && k * p->n * SCALAR_BYTES <= NAME(small_bytes)) {
    NAME(run_small)(x);
  } else {
    NAME(run_blocks)(x);
  }
}

static ptrdiff_t NAME(panel_count)(ptrdiff_t n) { return tk_panel_count((n + LANES - 1) / LANES); }

static size_t NAME(packed_bytes)(ptrdiff_t k, ptrdiff_t n) {
  return (size_t)((n + LANES - 1) / LANES * LANES * k) * SCALAR_BYTES;
}

static void NAME(multiply)(const tk_product *p, ptrdiff_t i0, ptrdiff_t i1, ptrdiff_t first, ptrdiff_t last) {
  if (i1 <= i0 || last <= first) return;
  NAME(plan) x = {.product = p, .i0 = i0, .rows = i1 - i0, .first = first, .last = last};
  if (p->packed_b) {
    x.mode = NAME(packed);
  } else if (p->b_column_stride != 1 || x.rows > 2 * TILE_ROWS) {
    x.mode = NAME(packing);
  } else {
    // B read where it stands; only a last panel that is not whole vectors is packed.
    bool ragged = p->n % LANES != 0 && last == NAME(panel_count)(p->n);
    x.mode = NAME(direct);
    x.last -= ragged;
    if (x.first < x.last) NAME(run)(&x);
    if (!ragged) return;
    x.first = last - 1;
    x.last = last;
    x.mode = NAME(packing);
  }
  NAME(run)(&x);
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

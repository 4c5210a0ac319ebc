// The matrix product for one scalar type and one instruction set (see vector_begin.h); TILE_ROWS is 4 or 8.
//
// Every function here has the same contract on order: an element of C is one chain of multiply_add in ascending k. Tiles,
// panels and parts of the depth only decide when a link of the chain is made; between parts C itself carries the chain.
#include "vector_begin.h"

#include "product_tile.h"

#include "product_pack.h"
#include "product_row.h"

// MARK: Stages

/// How B is read.
enum { NAME(packed) = 0, NAME(packing) = 1, NAME(direct) = 2 };

/// A product of some rows with some panels, and how it is cut into stages: parts of the depth, in these blocks of panels, in
/// these groups of tiles.
typedef struct {
  const tk_product *product;
  int mode;
  ptrdiff_t i0, rows, tiles;
  ptrdiff_t first, last;          // panels
  ptrdiff_t vectors;              // of the whole of C
  ptrdiff_t depth, width, group;  // most of a stage: k, panels, tiles
  bool copies;                    // A is copied, tile by tile
  SCALAR *packed[2], *copied[2];  // of this stage and the next
  const SCALAR *near;             // for little work: all of its panels
} NAME(plan);

typedef struct {
  ptrdiff_t done, depth;  // k before this part; of this part
  ptrdiff_t first, last;  // panels
  ptrdiff_t tile, end;    // tiles
  int packed, copied;     // which of the two buffers hold its operands
} NAME(stage);

static ptrdiff_t NAME(min)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// The first column of a panel.
INLINE ptrdiff_t NAME(column)(const NAME(plan) *x, ptrdiff_t panel) { return tk_panel_start(x->vectors, panel) * LANES; }

/// The first row of A and C of a tile.
INLINE ptrdiff_t NAME(row)(const NAME(plan) *x, ptrdiff_t tile) {
  return x->i0 + x->rows / x->tiles * tile + NAME(min)(tile, x->rows % x->tiles);
}

/// The stage after `s`; false when there is none.
static bool NAME(next_stage)(const NAME(plan) *x, const NAME(stage) *s, NAME(stage) *next) {
  ptrdiff_t k = x->product->k;
  *next = *s;
  next->tile = s->end;
  if (next->tile == x->tiles) {
    next->tile = 0;
    next->first = s->last;
    if (next->first == x->last) {
      next->first = x->first;
      next->done += s->depth;
      if (next->done >= k) return false;
      next->depth = NAME(min)(x->depth, k - next->done);
    }
    next->last = NAME(min)(next->first + x->width, x->last);
  }
  next->end = NAME(min)(next->tile + x->group, x->tiles);
  if (next->first != s->first || next->done != s->done) next->packed ^= 1;
  if (next->tile != s->tile || next->done != s->done) next->copied ^= 1;
  return true;
}

/// Packs rows [k0, k1) of the stage's part of B; column `origin` is where the buffer begins.
static void NAME(pack_some)(const NAME(plan) *x, const NAME(stage) *s, ptrdiff_t origin, ptrdiff_t k0, ptrdiff_t k1) {
  const tk_product *p = x->product;
  NAME(pack_panels)(k0, k1, s->depth, p->n, (const SCALAR *)p->b + s->done * p->b_row_stride, p->b_row_stride,
                    p->b_column_stride, s->first, s->last, origin, x->packed[s->packed]);
}

/// Copies k in [k0, k1) of the stage's part of A.
static void NAME(copy_some)(const NAME(plan) *x, const NAME(stage) *s, ptrdiff_t k0, ptrdiff_t k1) {
  const tk_product *p = x->product;
  const SCALAR *a = (const SCALAR *)p->a + NAME(row)(x, s->tile) * p->a_row_stride + s->done * p->a_column_stride;
  NAME(copy_tiles)(k0, k1, s->depth, x->rows, x->tiles, s->tile, s->end, a, p->a_row_stride, p->a_column_stride,
                   x->copied[s->copied]);
}

/// What is done for the next stage while a stage runs: each tile prefetches some rows, and copies those that the tile before has
/// prefetched.
typedef struct {
  ptrdiff_t total, prefetched, copied;  // rows
  const char *base;
  ptrdiff_t stride, lines;
  ptrdiff_t run, jump, boundary;  // after `run` rows, `jump` bytes are left out, unless `run` is 0
} NAME(chore);

/// The rows that the tile prefetches which brings the share of the work done to (step + 1) / steps.
INLINE NAME(region) NAME(share)(NAME(chore) *c, ptrdiff_t step, ptrdiff_t steps) {
  ptrdiff_t end = c->total * (step + 1) / steps;
  if (c->run > 0 && end > c->boundary + c->run) end = c->boundary + c->run;
  NAME(region) region = {c->base + c->prefetched * c->stride, c->stride, end - c->prefetched, c->lines};
  c->prefetched = end;
  if (c->run > 0 && end == c->boundary + c->run) {
    c->boundary = end;
    c->base += c->jump;
  }
  return region;
}

/// The transfer of the rows that have been prefetched.
INLINE void NAME(advance)(NAME(chore) *c, NAME(transfer) *x) {
  x->from += x->rows * x->from_row;
  x->to += x->rows * x->to_row;
  x->rows = c->prefetched - c->copied;
  c->copied = c->prefetched;
}

/// The chore of the next stage's B, and the transfer of its whole panels: none when its columns are not contiguous.
static NAME(chore) NAME(chore_for_b)(const NAME(plan) *x, const NAME(stage) *next, NAME(transfer) *transfer) {
  const tk_product *p = x->product;
  ptrdiff_t column = NAME(column)(x, next->first), end = NAME(min)(NAME(column)(x, next->last), p->n);
  if (x->mode == NAME(packing) && p->b_column_stride == 1) {
    const SCALAR *b = (const SCALAR *)p->b + next->done * p->b_row_stride + column;
    ptrdiff_t whole = NAME(min)(next->last, NAME(min)(tk_full_panels(x->vectors), p->n / (TK_PANEL_VECTORS * LANES)));
    *transfer = (NAME(transfer)){.from = b,
                                 .to = x->packed[next->packed],
                                 .from_row = p->b_row_stride,
                                 .to_row = TK_PANEL_VECTORS * LANES,
                                 .to_chunk = TK_PANEL_VECTORS * LANES * next->depth,
                                 .chunks = whole > next->first ? whole - next->first : 0};
    return (NAME(chore)){.total = next->depth,
                         .base = (const char *)b,
                         .stride = p->b_row_stride * SCALAR_BYTES,
                         .lines = ((end - column) * SCALAR_BYTES + 63) / 64};
  }
  if (x->mode == NAME(packed) && x->tiles > 1) {
    const SCALAR *b = (const SCALAR *)p->packed_b + column * p->k + next->done * TK_PANEL_VECTORS * LANES;
    ptrdiff_t run = next->depth * TK_PANEL_VECTORS * VECTOR_BYTES / 128;
    return (NAME(chore)){.total = (next->last - next->first) * run,
                         .base = (const char *)b,
                         .stride = 128,
                         .lines = 2,
                         .run = run,
                         .jump = (p->k - next->depth) * TK_PANEL_VECTORS * VECTOR_BYTES};
  }
  return (NAME(chore)){0};
}

/// The same for A, whose tiles are transferred when all are full.
static NAME(chore) NAME(chore_for_a)(const NAME(plan) *x, const NAME(stage) *next, NAME(transfer) *transfer) {
  const tk_product *p = x->product;
  if (p->a_row_stride != 1) return (NAME(chore)){0};
  ptrdiff_t row = NAME(row)(x, next->tile), bytes = (NAME(row)(x, next->end) - row) * SCALAR_BYTES;
  const SCALAR *a = (const SCALAR *)p->a + row + next->done * p->a_column_stride;
  *transfer = (NAME(transfer)){.from = a,
                               .to = x->copied[next->copied],
                               .from_row = p->a_column_stride,
                               .to_row = TILE_ROWS,
                               .to_chunk = NAME(copied_tile)(next->depth),
                               .chunks = x->rows % TILE_ROWS == 0 ? next->end - next->tile : 0};
  return (NAME(chore)){.total = next->depth,
                       .base = (const char *)a,
                       .stride = p->a_column_stride * SCALAR_BYTES,
                       .lines = (bytes + 63) / 64};
}

/// Does what the transfers have left.
static void NAME(complete)(const NAME(plan) *x, const NAME(stage) *s, const NAME(stage) *next, const NAME(tile) *t,
                           const NAME(chore) *b, const NAME(chore) *a) {
  if (x->mode == NAME(packing) && next->packed != s->packed) {
    NAME(stage) rest = *next;
    ptrdiff_t origin = NAME(column)(x, next->first);
    if (t->b_transfer.chunks > 0) {
      rest.last = next->first + t->b_transfer.chunks;
      NAME(pack_some)(x, &rest, origin, b->copied - t->b_transfer.rows, next->depth);
      rest.first = rest.last;
      rest.last = next->last;
    }
    NAME(pack_some)(x, &rest, origin, 0, next->depth);
  }
  if (x->copies && next->copied != s->copied) {
    NAME(copy_some)(x, next, t->a_transfer.chunks > 0 ? a->copied - t->a_transfer.rows : 0, next->depth);
  }
}

/// Runs a stage, whose operands are ready, and makes those of the next one, if there is one, ready.
static void NAME(run_stage)(const NAME(plan) *x, const NAME(stage) *s, const NAME(stage) *next) {
  const tk_product *p = x->product;
  // The chains start from zero or the bias, and go on from where the part before left them in C.
  const SCALAR *start = s->done > 0 ? p->c : p->bias;
  ptrdiff_t start_row = s->done > 0 ? p->c_row_stride : p->bias_row_stride;
  ptrdiff_t origin = NAME(column)(x, s->first);
  const bool across = x->copies || p->a_column_stride != 1;
  NAME(tile) t = {.depth = s->depth,
                  .a_row = p->a_row_stride,
                  .a_column = p->a_column_stride,
                  .b_step = x->mode == NAME(direct) ? p->b_row_stride : 0,
                  .start_row = start_row,
                  .c_row = p->c_row_stride};
  NAME(chore) b_chore = {0}, a_chore = {0};
  if (next && next->packed != s->packed) b_chore = NAME(chore_for_b)(x, next, &t.b_transfer);
  if (next && x->copies && next->copied != s->copied) a_chore = NAME(chore_for_a)(x, next, &t.a_transfer);
  ptrdiff_t step = 0, steps = (s->end - s->tile) * (s->last - s->first);
  ptrdiff_t lines = (s->depth * SCALAR_BYTES + 63) / 64, share = (lines - 1) / (s->last - s->first) + 1;
  for (ptrdiff_t tile = s->tile; tile < s->end; tile += 1) {
    ptrdiff_t height = NAME(tile_height)(x->rows, x->tiles, tile), row = NAME(row)(x, tile);
    if (x->copies) {
      t.a = x->copied[s->copied] + (tile - s->tile) * NAME(copied_tile)(s->depth);
      t.a_column = height;
    } else {
      t.a = (const SCALAR *)p->a + row * p->a_row_stride + s->done * p->a_column_stride;
    }
    SCALAR *c = (SCALAR *)p->c + row * p->c_row_stride;
    for (ptrdiff_t panel = s->first; panel < s->last; panel += 1, step += 1) {
      ptrdiff_t from = tk_panel_start(x->vectors, panel), to = tk_panel_start(x->vectors, panel + 1);
      ptrdiff_t column = from * LANES, width = (to - from) * LANES;
      if (x->mode == NAME(direct)) {
        t.b = (const SCALAR *)p->b + s->done * p->b_row_stride + column;
      } else if (x->mode == NAME(packing)) {
        t.b = x->packed[s->packed] + (column - origin) * s->depth;
        t.b_step = width;
      } else {
        t.b = (const SCALAR *)p->packed_b + column * p->k + s->done * width;
        t.b_step = width;
      }
      t.last = to * LANES <= p->n ? LANES : p->n - (to - 1) * LANES;
      t.start = start ? start + row * start_row + column : NULL;
      t.c = c + column;
      t.c_ahead = panel + 1 < s->last ? t.c + width : tile + 1 < s->end ? c + height * p->c_row_stride + origin : t.c;
      NAME(advance)(&b_chore, &t.b_transfer);
      t.ahead[0] = NAME(share)(&b_chore, step, steps);
      NAME(advance)(&a_chore, &t.a_transfer);
      if (!across && tile + 1 < s->end) {
        ptrdiff_t line = (panel - s->first) * share;
        t.ahead[1] = (NAME(region)){(const char *)(t.a + height * p->a_row_stride) + line * 64,
                                    p->a_row_stride * SCALAR_BYTES, height, NAME(min)(share, lines - line)};
      } else {
        t.ahead[1] = NAME(share)(&a_chore, step, steps);
      }
      NAME(tiles)[across][height - 1][to - from - 1](&t);
    }
  }
  if (next) {
    // The last tile's prefetched rows have not been copied.
    NAME(advance)(&b_chore, &t.b_transfer);
    NAME(advance)(&a_chore, &t.a_transfer);
    NAME(complete)(x, s, next, &t, &b_chore, &a_chore);
  }
}

// MARK: Plans

enum {
  NAME(part_depth) = 512,             // k of a part
  NAME(block_bytes) = 1 << 19,        // of packed B
  NAME(narrow_block_bytes) = 1 << 18, // of packed B beside a copy of A that serves all blocks
  NAME(group_bytes) = 1 << 18,        // of copied A
  NAME(wide_group_bytes) = 5 << 17,   // of copied A that serves all blocks
  NAME(small_bytes) = 1 << 18,        // of B that takes no blocks
  NAME(near_bytes) = 1 << 12,         // of packed B on the stack
  NAME(readable_bytes) = 1 << 15,     // of A that need not be copied to be read across its rows
};

static void NAME(run_plan)(NAME(plan) *x) {
  const tk_product *p = x->product;
  ptrdiff_t k = p->k, panels = x->last - x->first;
  x->tiles = (x->rows + TILE_ROWS - 1) / TILE_ROWS;
  x->vectors = (p->n + LANES - 1) / LANES;
  // Equal parts of the depth.
  ptrdiff_t parts = (k + NAME(part_depth) - 1) / NAME(part_depth);
  x->depth = parts > 1 ? (k + parts - 1) / parts : k;
  ptrdiff_t panel_bytes = TK_PANEL_VECTORS * VECTOR_BYTES * (x->depth + 1);
  ptrdiff_t tile_bytes = NAME(copied_tile)(x->depth) * SCALAR_BYTES;
  // A left operand read across its rows touches a cache line for each k; once copied, it is read panel after panel.
  x->copies = p->a_column_stride != 1 && x->rows > 1 &&
              (p->a_row_stride != 1 || panels > 2 || x->rows * k * SCALAR_BYTES > NAME(readable_bytes));
  x->width = NAME(block_bytes) / panel_bytes;
  if (x->mode == NAME(packed) && panels * panel_bytes <= 3 * NAME(block_bytes)) x->width = panels;
  x->group = x->tiles;
  if (x->copies) {
    bool whole = x->tiles * tile_bytes <= NAME(wide_group_bytes) && panels > x->width;
    if (whole) x->width = NAME(narrow_block_bytes) / panel_bytes;
    else x->group = NAME(group_bytes) / tile_bytes;
    if (x->group < 1) x->group = 1;
    if (x->group > x->tiles) x->group = x->tiles;
    for (int i = 0; i < 2; i += 1) x->copied[i] = tk_scratch(2 + i, (size_t)(tile_bytes * x->group));
  }
  // B that is used by one row of tiles only passes by once, whatever the order.
  if (x->width < 1) x->width = 1;
  if (x->width > panels || (x->tiles == 1 && x->mode != NAME(packing))) x->width = panels;
  if (x->mode == NAME(packing)) {
    for (int i = 0; i < 2; i += 1) x->packed[i] = tk_scratch(i, (size_t)(panel_bytes * x->width));
  }
  NAME(stage) s = {.depth = x->depth,
                   .first = x->first,
                   .last = NAME(min)(x->first + x->width, x->last),
                   .end = x->group};
  if (x->mode == NAME(packing)) NAME(pack_some)(x, &s, NAME(column)(x, s.first), 0, s.depth);
  if (x->copies) NAME(copy_some)(x, &s, 0, s.depth);
  NAME(stage) next;
  while (NAME(next_stage)(x, &s, &next)) {
    NAME(run_stage)(x, &s, &next);
    s = next;
  }
  NAME(run_stage)(x, &s, NULL);
}

/// Without copies and stages, for little work: what is left is the tiles. B is `near`, packed or readable as it is.
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
  t.ahead[0].rows = t.ahead[1].rows = t.b_transfer.rows = t.a_transfer.rows = 0;
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
    else NAME(run_plan)(x);
  } else if (x->rows == 1) {
    NAME(multiply_row)(p, x->i0, x->first, x->last);
  } else if (readable && k <= NAME(part_depth) && k * p->n * SCALAR_BYTES <= NAME(small_bytes)) {
    NAME(run_small)(x);
  } else {
    NAME(run_plan)(x);
  }
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
    bool ragged = p->n % LANES != 0 && last == tk_panel_count((p->n + LANES - 1) / LANES);
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

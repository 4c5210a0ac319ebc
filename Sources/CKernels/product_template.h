// The matrix product for one scalar type and one instruction set (see vector_begin.h); TILE_ROWS is 4 or 8.
//
// Every function here has the same contract on order: an element of C is one chain of multiply_add in ascending k. Tiles,
// panels and parts of the depth only decide when a link of the chain is made; between parts C itself carries the chain.
#include "vector_begin.h"

#include "product_tile.h"

#include "product_pack.h"

// MARK: Bringing memory near

/// Memory that will be read soon: `streams` streams, `stride` bytes apart, each of `count` steps of `step` bytes. The tiles that run
/// before prefetch it, two streams at a time, a step for every four k: all at once, it would delay their own reads.
typedef struct {
  const char *base;
  ptrdiff_t step, count, stride, streams;
  ptrdiff_t next_stream, next_step;
} NAME(region);

INLINE bool NAME(take)(NAME(region) *r, NAME(tile) *t) {
  if (r->next_stream >= r->streams) return false;
  ptrdiff_t odd = r->next_stream + 1 < r->streams ? r->stride : 0;
  t->ahead[0] = r->base + r->next_stream * r->stride + r->next_step * r->step;
  t->ahead[1] = t->ahead[0] + odd;
  t->ahead_step = r->step;
  r->next_step += t->depth / 4;
  if (r->next_step >= r->count) {
    r->next_step = 0;
    r->next_stream += 2;
  }
  return true;
}

/// The region of `rows` rows of `bytes` contiguous bytes each.
INLINE NAME(region) NAME(rows_region)(const void *base, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t bytes) {
  return (NAME(region)){
      .base = base, .step = row_stride * SCALAR_BYTES, .count = rows, .stride = 64, .streams = (bytes + 63) / 64};
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
  const SCALAR *copied;    // the left operand's tiles, one after the other, when they were copied as a whole
  const SCALAR *b;         // what stands at column `origin`
  ptrdiff_t origin;
  ptrdiff_t b_column;      // elements from the start of a panel to that of the next, a column
  ptrdiff_t b_step;        // elements from a k to the next; 0 for packed panels, where it is the panel's width
  ptrdiff_t skipped;       // rows of a packed panel that come before this part
  const SCALAR *start;
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
  NAME(region) ahead[2];   // what the next block reads
} NAME(block);

/// Whether A is read better as a copy: one read across its rows touches a cache line for each k.
static bool NAME(wants_copy)(const NAME(block) *x) {
  return x->a_column != 1 && x->i1 - x->i0 > 1 && (x->a_row != 1 || x->last - x->first > 2);
}

static void NAME(run_block)(NAME(block) *x) {
  enum { GROUP = 4 };  // tiles whose left operands are copied together
  ptrdiff_t rows = x->i1 - x->i0, tiles = (rows + TILE_ROWS - 1) / TILE_ROWS, i = x->i0;
  bool copy = !x->copied && NAME(wants_copy)(x);
  SCALAR *copied = copy ? tk_scratch(1, sizeof(SCALAR) * GROUP * TILE_ROWS * (size_t)(x->depth + 1)) : NULL;
  bool across = copy || x->copied || x->a_column != 1;
  NAME(tile) t = {.depth = x->depth,
                  .a = x->copied,
                  .a_row = x->a_row,
                  .a_column = x->a_column,
                  .start_row = x->start_row,
                  .c_row = x->c_row};
  for (ptrdiff_t tile = 0; tile < tiles; tile += 1) {
    ptrdiff_t height = NAME(tile_height)(rows, tiles, tile);
    if (copy && tile % GROUP == 0) {
      ptrdiff_t end = tile + GROUP < tiles ? tile + GROUP : tiles;
      NAME(pack_left_tiles)(rows, tiles, tile, end, x->depth, x->a + i * x->a_row, x->a_row, x->a_column, copied);
      t.a = copied;
    }
    NAME(region) next_rows = {0};
    if (copy || x->copied) {
      t.a_column = height;
    } else {
      t.a = x->a + i * x->a_row;
      if (!across && tile + 1 < tiles) {
        next_rows = (NAME(region)){.base = (const char *)(t.a + height * x->a_row),
                                   .step = 4 * SCALAR_BYTES,
                                   .count = x->depth / 4,
                                   .stride = x->a_row * SCALAR_BYTES,
                                   .streams = height};
      }
    }
    SCALAR *c = x->c + i * x->c_row, *first_c = c + tk_panel_start(x->vectors, x->first) * LANES;
    t.c = first_c;
    for (ptrdiff_t panel = x->first; panel < x->last; panel += 1) {
      ptrdiff_t from = tk_panel_start(x->vectors, panel), to = tk_panel_start(x->vectors, panel + 1);
      ptrdiff_t column = from * LANES;
      t.b_step = x->b_step ? x->b_step : (to - from) * LANES;
      t.b = x->b + (column - x->origin) * x->b_column + x->skipped * t.b_step;
      t.last = to * LANES <= x->n ? LANES : x->n - (to - 1) * LANES;
      t.start = x->start ? x->start + i * x->start_row + column : NULL;
      t.c_ahead = panel + 1 < x->last ? c + to * LANES : tile + 1 < tiles ? first_c + height * x->c_row : t.c;
      if (!NAME(take)(&next_rows, &t) && !NAME(take)(&x->ahead[0], &t) && !NAME(take)(&x->ahead[1], &t)) {
        t.ahead[0] = t.ahead[1] = (const char *)t.b;
        t.ahead_step = 0;
      }
      NAME(tiles)[across][height - 1][to - from - 1](&t);
      t.c = t.c_ahead;
    }
    i += height;
    if (copy || x->copied) t.a += height * x->depth;
  }
}

static ptrdiff_t NAME(min)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// The depth of a block; the bytes of its packed B, beside which a tile's left operand, or that of all of its rows, is kept
/// near: together they stay in the second-level cache.
enum {
  NAME(block_depth) = 512,
  NAME(block_bytes) = 1 << 20,
  NAME(narrow_block_bytes) = 1 << 18,
  NAME(left_bytes) = 1 << 20
};

/// Cuts the depth into equal parts of at most about `block_depth`.
static ptrdiff_t NAME(part_of_depth)(ptrdiff_t k) {
  ptrdiff_t parts = (k + NAME(block_depth) - 1) / NAME(block_depth);
  return parts > 1 ? (k + parts - 1) / parts : k;
}

/// Part by part of the depth, block by block of the panels; packs B unless it is packed already.
static void NAME(multiply_blocks)(const tk_product *p, NAME(block) x) {
  ptrdiff_t k = p->k, depth = NAME(part_of_depth)(k), panels = x.last - x.first, rows = x.i1 - x.i0;
  ptrdiff_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  ptrdiff_t panel_bytes = TK_PANEL_VECTORS * VECTOR_BYTES * (depth + 1), left_bytes = rows * (depth + 1) * SCALAR_BYTES;
  // A copied left operand serves all blocks, if it may stay.
  bool copies = NAME(wants_copy)(&x) && left_bytes <= NAME(left_bytes) && panels * panel_bytes > NAME(block_bytes);
  SCALAR *copied = copies ? tk_scratch(1, (size_t)left_bytes) : NULL;
  ptrdiff_t width = (copies ? NAME(narrow_block_bytes) : NAME(block_bytes)) / panel_bytes;
  if (width < 1) width = 1;
  // Used by one row of tiles only, B passes by once, whatever the order.
  if (width > panels || (p->packed_b && tiles == 1)) width = panels;
  SCALAR *packed = p->packed_b ? NULL : tk_scratch(0, (size_t)(panel_bytes * width));
  ptrdiff_t done = 0;
  do {
    x.depth = NAME(min)(depth, k - done);
    if (copies) {
      NAME(pack_left_tiles)(rows, tiles, 0, tiles, x.depth, x.a + x.i0 * x.a_row, x.a_row, x.a_column, copied);
      x.copied = copied;
    }
    for (ptrdiff_t panel = x.first; panel < x.last; panel += width) {
      NAME(block) y = x;
      y.first = panel;
      y.last = NAME(min)(panel + width, x.last);
      // The next block, of this part or the next.
      ptrdiff_t next = y.last < x.last ? y.last : x.first, next_done = y.last < x.last ? done : done + x.depth;
      ptrdiff_t next_depth = NAME(min)(x.depth, k - next_done);
      ptrdiff_t next_column = tk_panel_start(x.vectors, next) * LANES;
      ptrdiff_t next_end = NAME(min)(p->n, tk_panel_start(x.vectors, NAME(min)(next + width, x.last)) * LANES);
      if (p->packed_b) {
        y.b = p->packed_b;
        y.b_column = k;
        y.skipped = done;
        if (tiles > 1 && x.depth == k && y.last < x.last) {
          y.ahead[0] = NAME(rows_region)(y.b + next_column * k, (next_end - next_column) * k / (128 / SCALAR_BYTES),
                                         128 / SCALAR_BYTES, 128);
        }
      } else {
        const SCALAR *b = p->b;
        y.b = packed;
        y.b_column = x.depth;
        y.origin = tk_panel_start(x.vectors, panel) * LANES;
        NAME(pack_panels)(x.depth, p->n, b + done * p->b_row_stride, p->b_row_stride, p->b_column_stride, y.first,
                          y.last, y.origin, packed);
        if (p->b_column_stride == 1 && next_depth > 0) {
          y.ahead[0] = NAME(rows_region)(b + next_done * p->b_row_stride + next_column, next_depth, p->b_row_stride,
                                         (next_end - next_column) * SCALAR_BYTES);
        }
      }
      if (copies && x.a_row == 1 && y.last == x.last && next_depth > 0) {
        y.ahead[1] = NAME(rows_region)(x.a + x.i0 + x.depth * x.a_column, next_depth, x.a_column, rows * SCALAR_BYTES);
      }
      NAME(run_block)(&y);
    }
    // The chains go on from where they stand in C.
    x.start = x.c;
    x.start_row = x.c_row;
    x.a += x.depth * x.a_column;
    done += x.depth;
  } while (done < k);
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
    NAME(multiply_blocks)(p, x);
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
  if (!p->packed_b && p->b_column_stride == 1 && i1 - i0 <= 2 * TILE_ROWS) NAME(multiply_direct)(p, x);
  else NAME(multiply_blocks)(p, x);
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

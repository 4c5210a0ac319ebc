// Large products: a part of product_template.h. The depth is cut into parts, B into blocks of panels and A into groups
// of tiles, all packed; in a stage, each tile of a group meets each panel of a block. While one stage runs, its tiles
// bring the memory near that the next one packs.

/// Sizes that were the fastest with a second-level cache of 2 MB. Parts are shorter where B is packed on the way: its
/// source and what comes next need room, too.
enum {
  NAME(packed_depth) = 512,          // k of a part, with B packed before
  NAME(packing_depth) = 352,         // the same, with B packed here
  NAME(whole_bytes) = 5 << 17,       // of A that is one group
  NAME(group_bytes) = 1 << 19,       // of A otherwise
  NAME(group_bytes_far) = 1 << 18,   // of A beside B that is far
  NAME(block_bytes) = 1 << 19,       // of B beside A that is one group
  NAME(wide_block_bytes) = 1 << 22,  // of B otherwise
  NAME(far_bytes) = 5 << 18,         // of B that leaves the second-level cache
};

/// A product of some rows with some panels.
typedef struct {
  const tk_product *product;
  int mode;
  ptrdiff_t i0, rows, tiles;
  ptrdiff_t first, last;          // panels
  ptrdiff_t vectors;              // of the whole of C
  ptrdiff_t depth, width, group;  // most of a stage: k, panels, tiles
  bool packs_a;
  bool far;                       // B leaves the second-level cache before it is met again
  SCALAR *panel_memory, *tile_memory;
  const SCALAR *near;             // for little work: all of its panels
} NAME(plan);

typedef struct {
  ptrdiff_t done, depth;   // k before this part; of this part
  ptrdiff_t first, last;   // panels
  ptrdiff_t tile, end;     // tiles
  bool has_new_b, has_new_a;
} NAME(stage);

static ptrdiff_t NAME(min)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// The first column of a panel.
INLINE ptrdiff_t NAME(column)(const NAME(plan) *x, ptrdiff_t panel) {
  return tk_panel_start(x->vectors, panel) * LANES;
}

/// The first row of A and C of a tile.
INLINE ptrdiff_t NAME(row)(const NAME(plan) *x, ptrdiff_t tile) {
  return x->i0 + x->rows / x->tiles * tile + NAME(min)(tile, x->rows % x->tiles);
}

/// The stage after `s`; false when there is none.
static bool NAME(next_stage)(const NAME(plan) *x, const NAME(stage) *s, NAME(stage) *next) {
  *next = *s;
  next->tile = s->end;
  if (next->tile == x->tiles) {
    next->tile = 0;
    next->first = s->last;
    if (next->first == x->last) {
      next->first = x->first;
      next->done += s->depth;
      if (next->done >= x->product->k) return false;
      next->depth = NAME(min)(x->depth, x->product->k - next->done);
    }
    next->last = NAME(min)(next->first + x->width, x->last);
  }
  next->end = NAME(min)(next->tile + x->group, x->tiles);
  next->has_new_b = next->first != s->first || next->done != s->done;
  next->has_new_a = next->tile != s->tile || next->done != s->done;
  return true;
}

static const SCALAR *NAME(a_of)(const NAME(plan) *x, const NAME(stage) *s) {
  const tk_product *p = x->product;
  return (const SCALAR *)p->a + NAME(row)(x, s->tile) * p->a_row_stride + s->done * p->a_column_stride;
}

static const SCALAR *NAME(b_of)(const NAME(plan) *x, const NAME(stage) *s) {
  const tk_product *p = x->product;
  return (const SCALAR *)p->b + s->done * p->b_row_stride;
}

/// Packs the operands of a stage that are not those of the stage before.
static void NAME(pack_stage)(const NAME(plan) *x, const NAME(stage) *s) {
  const tk_product *p = x->product;
  if (x->mode == NAME(packing) && s->has_new_b) {
    NAME(pack_panels)(0, s->depth, s->depth, p->n, NAME(b_of)(x, s), p->b_row_stride, p->b_column_stride, s->first,
                      s->last, NAME(column)(x, s->first), x->panel_memory);
  }
  if (x->packs_a && s->has_new_a) {
    NAME(pack_tiles)(s->depth, x->rows, x->tiles, s->tile, s->end, NAME(a_of)(x, s), p->a_row_stride,
                     p->a_column_stride, x->tile_memory);
  }
}

/// The lines of rows x columns elements; none when neither are contiguous.
static tk_ahead NAME(lines)(const SCALAR *base, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t columns,
                            ptrdiff_t column_stride) {
  if (column_stride != 1) {
    if (row_stride != 1) return (tk_ahead){0};
    return NAME(lines)(base, columns, column_stride, rows, 1);
  }
  const tk_region region = {base, rows, columns * SCALAR_BYTES, row_stride * SCALAR_BYTES};
  return tk_ahead_of(&region, 1);
}

/// Where a panel of a stage stands: the rows of this part.
static const SCALAR *NAME(panel_of)(const NAME(plan) *x, const NAME(stage) *s, ptrdiff_t panel) {
  const tk_product *p = x->product;
  const ptrdiff_t column = NAME(column)(x, panel), width = NAME(column)(x, panel + 1) - column;
  if (x->mode == NAME(direct)) return NAME(b_of)(x, s) + column;
  if (x->mode == NAME(packing)) return x->panel_memory + (column - NAME(column)(x, s->first)) * s->depth;
  return (const SCALAR *)p->packed_b + column * p->k + s->done * width;
}

/// The lines of the panel that comes after a panel, unless it is yet to be packed.
static tk_ahead NAME(panel_lines)(const NAME(plan) *x, const NAME(stage) *s, const NAME(stage) *next,
                                  ptrdiff_t panel) {
  panel += 1;
  if (panel == s->last) {
    if (!next || (x->mode == NAME(packing) && next->has_new_b)) return (tk_ahead){0};
    s = next;
    panel = next->first;
  }
  const ptrdiff_t width = NAME(column)(x, panel + 1) - NAME(column)(x, panel);
  return NAME(lines)(NAME(panel_of)(x, s, panel), 1, 0, s->depth * width, 1);
}

/// Runs a stage, whose operands are ready, and brings those of the next one near, if there is one.
static void NAME(run_stage)(const NAME(plan) *x, const NAME(stage) *s, const NAME(stage) *next) {
  const tk_product *p = x->product;
  // The chains start from zero or the bias, and go on from where the part before left them in C.
  const SCALAR *start = s->done > 0 ? p->c : p->bias;
  const ptrdiff_t start_row = s->done > 0 ? p->c_row_stride : p->bias_row_stride;
  const bool across = x->packs_a || p->a_column_stride != 1;
  // The next panel, the next block of B and the next group of A; at the end, what comes after the product.
  tk_ahead regions[3] = {0};
  if (!next) regions[2] = tk_ahead_of(p->soon, p->soon_count), regions[2].is_later = true;
  if (next && x->mode == NAME(packing) && next->has_new_b) {
    ptrdiff_t from = NAME(column)(x, next->first), to = NAME(min)(NAME(column)(x, next->last), p->n);
    regions[1] = NAME(lines)(NAME(b_of)(x, next) + from * p->b_column_stride, next->depth, p->b_row_stride, to - from,
                             p->b_column_stride);
  }
  if (next && x->packs_a && next->has_new_a) {
    ptrdiff_t rows = NAME(row)(x, next->end) - NAME(row)(x, next->tile);
    regions[2] = NAME(lines)(NAME(a_of)(x, next), rows, p->a_row_stride, next->depth, p->a_column_stride);
  }
  NAME(tile) t = {.depth = s->depth,
                  .a_row = p->a_row_stride,
                  .a_column = x->packs_a ? TILE_ROWS : p->a_column_stride,
                  .b_step = p->b_row_stride,
                  .start_row = start_row,
                  .c_row = p->c_row_stride};
  ptrdiff_t steps = (s->end - s->tile) * (s->last - s->first), eighths = s->depth / 8 > 0 ? s->depth / 8 : 1;
  const ptrdiff_t later = (regions[1].total + regions[2].total + steps - 1) / steps;
  t.ahead_lines = (later + eighths - 1) / eighths;
  // A block that is near passes by for each tile, whose A stays in the first-level cache; from one that is far, a panel
  // is fetched once for all tiles.
  const ptrdiff_t tiles = s->end - s->tile, panels = s->last - s->first, inner = x->far ? tiles : panels;
  for (ptrdiff_t i = 0; i < tiles * panels; i += inner) {
    for (ptrdiff_t j = 0; j < inner; j += 1) {
      const ptrdiff_t panel = s->first + (x->far ? i / inner : j), tile = s->tile + (x->far ? j : i / inner);
      const ptrdiff_t from = tk_panel_start(x->vectors, panel), to = tk_panel_start(x->vectors, panel + 1);
      const ptrdiff_t column = from * LANES, width = (to - from) * LANES;
      const ptrdiff_t height = NAME(tile_height)(x->rows, x->tiles, tile), row = NAME(row)(x, tile);
      t.a = x->packs_a ? x->tile_memory + (tile - s->tile) * NAME(packed_tile)(s->depth)
                      : (const SCALAR *)p->a + row * p->a_row_stride + s->done * p->a_column_stride;
      t.b = NAME(panel_of)(x, s, panel);
      if (x->mode != NAME(direct)) t.b_step = width;
      t.last = to * LANES <= p->n ? LANES : p->n - (to - 1) * LANES;
      t.start = start ? start + row * start_row + column : NULL;
      t.c = (SCALAR *)p->c + row * p->c_row_stride + column;
      t.c_ahead = t.c + (x->far ? height * p->c_row_stride : width);
      if (x->far && j == 0) {
        regions[0] = NAME(panel_lines)(x, s, next, panel);
        t.ahead_lines = (later + (regions[0].total + tiles - 1) / tiles + eighths - 1) / eighths;
      }
      t.ahead = regions[0].total > 0 ? &regions[0] : regions[1].total > 0 ? &regions[1] : &regions[2];
      NAME(tiles)[across][height - 1][to - from - 1](&t);
    }
  }
}

static void NAME(run_blocks)(NAME(plan) *x) {
  const tk_product *p = x->product;
  const ptrdiff_t k = p->k, panels = x->last - x->first;
  x->tiles = (x->rows + TILE_ROWS - 1) / TILE_ROWS;
  x->vectors = (p->n + LANES - 1) / LANES;
  // Equal parts of the depth.
  const ptrdiff_t most = x->mode == NAME(packing) ? NAME(packing_depth) : NAME(packed_depth);
  const ptrdiff_t parts = (k + most - 1) / most;
  x->depth = parts > 1 ? (k + parts - 1) / parts : k;
  const ptrdiff_t panel_bytes = TK_PANEL_VECTORS * VECTOR_BYTES * (x->depth > 0 ? x->depth : 1);
  const ptrdiff_t tile_bytes = NAME(packed_tile)(x->depth) * SCALAR_BYTES;
  // A that is one group is packed once a part and meets block after block of B; else B meets group after group of A.
  const bool whole = x->tiles * tile_bytes <= NAME(whole_bytes);
  x->width = x->mode != NAME(packing) ? panels : (whole ? NAME(block_bytes) : NAME(wide_block_bytes)) / panel_bytes;
  if (x->width < 1) x->width = 1;
  if (x->width > panels) x->width = panels;
  // Packed before, all parts of B pass by in turn, and none of it waits in the second-level cache for the next product.
  const ptrdiff_t passing = x->width * panel_bytes * (x->mode == NAME(packed) ? parts : 1);
  x->far = x->mode != NAME(direct) && x->tiles > 1 && passing > NAME(far_bytes);
  // Beside B that is near, rows that are contiguous in themselves and short are read where they stand, and longer ones
  // packed tile by tile when the tile meets all of B.
  const bool along = p->a_column_stride == 1 && !x->far;
  x->packs_a = !along || (panels > 1 && parts > 1);
  x->group = (x->far ? NAME(group_bytes_far) : NAME(group_bytes)) / tile_bytes;
  if (x->packs_a && along && x->width == panels) x->group = 1;
  else if (whole || !x->packs_a) x->group = x->tiles;
  if (x->group < 1) x->group = 1;
  if (x->packs_a) x->tile_memory = tk_scratch(1, (size_t)(tile_bytes * x->group));
  if (x->mode == NAME(packing)) x->panel_memory = tk_scratch(0, (size_t)(panel_bytes * x->width));
  NAME(stage) s = {.depth = x->depth,
                   .first = x->first,
                   .last = NAME(min)(x->first + x->width, x->last),
                   .end = NAME(min)(x->group, x->tiles),
                   .has_new_b = true,
                   .has_new_a = true};
  NAME(pack_stage)(x, &s);
  NAME(stage) next;
  while (NAME(next_stage)(x, &s, &next)) {
    NAME(run_stage)(x, &s, &next);
    NAME(pack_stage)(x, &next);
    s = next;
  }
  NAME(run_stage)(x, &s, NULL);
}

// Products of a single row: a part of product_template.h. B passes by once, so its bandwidth is the limit; several panels run side
// by side, because the chains of one would wait for their own multiply-adds.

typedef struct {
  ptrdiff_t depth;
  const SCALAR *a;
  ptrdiff_t a_column;
  const SCALAR *b;               // the first panel
  ptrdiff_t b_panel, b_step;     // elements from a whole panel to the next; from a k to the next
  const SCALAR *tail[2];         // the narrower panels at the end
  ptrdiff_t tail_step;
  const SCALAR *start;           // NULL for 0
  SCALAR *c;
  ptrdiff_t last;                // columns of the last vector, 1...LANES
} NAME(row_strip);

/// `panels` whole panels and then `tails` panels of `width` vectors.
INLINE void NAME(run_row)(const int panels, const int tails, const int width, const NAME(row_strip) *x) {
  const int whole = panels * TK_PANEL_VECTORS, vectors = whole + tails * width;
  VECTOR sum[4 * TK_PANEL_VECTORS + 1];
  const ptrdiff_t last = x->last;
  UNROLL for (int j = 0; j < vectors; j += 1) {
    sum[j] = NAME(start)(x->start ? x->start + j * LANES : NULL, j == vectors - 1, last);
  }
  const SCALAR *a = x->a, *b = x->b, *tail0 = x->tail[0], *tail1 = x->tail[1];
  const ptrdiff_t a_column = x->a_column, b_step = x->b_step, tail_step = x->tail_step, b_panel = x->b_panel;
  const SCALAR *high = b + 2 * b_panel;
  for (ptrdiff_t k = x->depth; k > 0; k -= 1) {
    VECTOR left = NAME(broadcast)(*a);
    a += a_column;
    UNROLL for (int j = 0; j < whole; j += 1) {
      const SCALAR *panel = (j / TK_PANEL_VECTORS < 2 ? b : high) + j / TK_PANEL_VECTORS % 2 * b_panel;
      sum[j] = NAME(multiply_add)(left, NAME(load)(panel + j % TK_PANEL_VECTORS * LANES), sum[j]);
    }
    UNROLL for (int j = whole; j < vectors; j += 1) {
      const SCALAR *tail = j - whole < width ? tail0 : tail1;
      sum[j] = NAME(multiply_add)(left, NAME(load)(tail + (j - whole) % (width > 0 ? width : 1) * LANES), sum[j]);
    }
    b += b_step;
    high += b_step;
    tail0 += tail_step;
    tail1 += tail_step;
  }
  UNROLL for (int j = 0; j < vectors; j += 1) NAME(finish)(x->c + j * LANES, sum[j], j == vectors - 1, last);
}

#define ROW(panels, name, tails, width) \
  static void NAME(row_##panels##_##name)(const NAME(row_strip) *x) { NAME(run_row)(panels, tails, width, x); }
#define ROWS(panels) ROW(panels, 0, 0, 0) ROW(panels, 1, 1, 1) ROW(panels, 2, 1, 2) ROW(panels, 3, 2, 2)
#define ROW_ENTRIES(panels) {NAME(row_##panels##_0), NAME(row_##panels##_1), NAME(row_##panels##_2), NAME(row_##panels##_3)}
ROWS(0) ROWS(1) ROWS(2) ROWS(3) ROW(4, 0, 0, 0)

/// [whole panels][what comes after: nothing, a panel of 1 vector, of 2, two panels of 2]
static void (*const NAME(rows)[5][4])(const NAME(row_strip) *) = {
    ROW_ENTRIES(0), ROW_ENTRIES(1), ROW_ENTRIES(2), ROW_ENTRIES(3), {NAME(row_4_0)}};
#undef ROW
#undef ROWS
#undef ROW_ENTRIES

/// Row i of panels [first, last); B is packed, or its columns are contiguous and the last vector is whole.
static void NAME(multiply_row)(const tk_product *p, ptrdiff_t i, ptrdiff_t first, ptrdiff_t last) {
  ptrdiff_t vectors = (p->n + LANES - 1) / LANES, panels = tk_full_panels(vectors), whole = last < panels ? last : panels;
  ptrdiff_t tails = last - whole, tail_column = tk_panel_start(vectors, whole) * LANES;
  ptrdiff_t width = tails > 0 ? tk_panel_start(vectors, whole + 1) - tk_panel_start(vectors, whole) : 0;
  const bool packed = p->packed_b != NULL;
  const SCALAR *b = packed ? p->packed_b : p->b;
  const ptrdiff_t b_column = packed ? p->k : 1;
  const SCALAR *start = p->bias ? (const SCALAR *)p->bias + i * p->bias_row_stride : NULL;
  NAME(row_strip) x = {.depth = p->k,
                       .a = (const SCALAR *)p->a + i * p->a_row_stride,
                       .a_column = p->a_column_stride,
                       .b_panel = TK_PANEL_VECTORS * LANES * b_column,
                       .b_step = packed ? TK_PANEL_VECTORS * LANES : p->b_row_stride,
                       .tail = {b + tail_column * b_column, b + (tail_column + width * LANES * (tails > 1)) * b_column},
                       .tail_step = packed ? width * LANES : p->b_row_stride,
                       .last = LANES};
  ptrdiff_t panel = first;
  do {
    // About equal strips of at most four panels, the last one with what is narrower.
    ptrdiff_t left = whole - panel, most = tails > 0 ? 3 : 4;
    bool end = left <= most;
    ptrdiff_t count = end ? left : left >= 8 ? 4 : left - left / 2;
    ptrdiff_t column = panel * TK_PANEL_VECTORS * LANES;
    x.b = b + column * b_column;
    x.start = start ? start + column : NULL;
    x.c = (SCALAR *)p->c + i * p->c_row_stride + column;
    if (end && last == tk_panel_count(vectors)) x.last = p->n - (vectors - 1) * LANES;
    NAME(rows)[count][end ? (tails > 1 ? 3 : width) : 0](&x);
    panel += count;
    if (end) break;
  } while (true);
}

// Products of one to three rows: a part of product_template.h. B passes by once, so its bandwidth is the limit; several
// panels run side by side, because the chains of one would wait for their own multiply-adds.

enum { NAME(few_rows) = TILE_ROWS == 8 ? 3 : 2 };  // as many as the registers have room for

typedef struct {
  ptrdiff_t depth;
  const SCALAR *a;
  ptrdiff_t a_row, a_column;
  const SCALAR *b;               // the first panel
  ptrdiff_t b_panel, b_step;     // elements from a whole panel to the next; from a k to the next
  const SCALAR *tail[2];         // the narrower panels at the end
  ptrdiff_t tail_step;
  const SCALAR *start;           // NULL for 0
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
  ptrdiff_t last;                // columns of the last vector, 1...LANES
} NAME(row_strip);

/// `panels` whole panels and then `tails` panels of `width` vectors.
INLINE void NAME(run_rows)(const int rows, const int panels, const int tails, const int width,
                           const NAME(row_strip) *x) {
  const int whole = panels * TK_PANEL_VECTORS, vectors = whole + tails * width;
  VECTOR sum[3][4 * TK_PANEL_VECTORS + 1];
  const ptrdiff_t last = x->last;
  UNROLL for (int i = 0; i < rows; i += 1) {
    UNROLL for (int j = 0; j < vectors; j += 1) {
      const SCALAR *start = x->start ? x->start + i * x->start_row + j * LANES : NULL;
      sum[i][j] = NAME(start)(start, j == vectors - 1, last);
    }
  }
  const SCALAR *a = x->a, *b = x->b, *tail0 = x->tail[0], *tail1 = x->tail[1];
  const ptrdiff_t a_row = x->a_row, a_column = x->a_column, b_panel = x->b_panel;
  const ptrdiff_t b_step = x->b_step, tail_step = x->tail_step;
  const SCALAR *high = b + 2 * b_panel;
  for (ptrdiff_t k = x->depth; k > 0; k -= 1) {
    VECTOR left[3];
    UNROLL for (int i = 0; i < rows; i += 1) left[i] = NAME(broadcast)(a[i * a_row]);
    a += a_column;
    UNROLL for (int j = 0; j < whole; j += 1) {
      const SCALAR *panel = (j / TK_PANEL_VECTORS < 2 ? b : high) + j / TK_PANEL_VECTORS % 2 * b_panel;
      VECTOR right = NAME(load)(panel + j % TK_PANEL_VECTORS * LANES);
      UNROLL for (int i = 0; i < rows; i += 1) sum[i][j] = NAME(multiply_add)(left[i], right, sum[i][j]);
    }
    UNROLL for (int j = whole; j < vectors; j += 1) {
      const SCALAR *tail = j - whole < width ? tail0 : tail1;
      VECTOR right = NAME(load)(tail + (j - whole) % (width > 0 ? width : 1) * LANES);
      UNROLL for (int i = 0; i < rows; i += 1) sum[i][j] = NAME(multiply_add)(left[i], right, sum[i][j]);
    }
    b += b_step;
    high += b_step;
    tail0 += tail_step;
    tail1 += tail_step;
  }
  UNROLL for (int i = 0; i < rows; i += 1) {
    UNROLL for (int j = 0; j < vectors; j += 1) {
      NAME(finish)(x->c + i * x->c_row + j * LANES, sum[i][j], j == vectors - 1, last);
    }
  }
}

#define STRIP(rows, panels, name, tails, width)                              \
  static void NAME(strip_##rows##_##panels##_##name)(const NAME(row_strip) *x) { \
    NAME(run_rows)(rows, panels, tails, width, x);                           \
  }
#define STRIPS(rows, panels) \
  STRIP(rows, panels, 0, 0, 0) STRIP(rows, panels, 1, 1, 1) STRIP(rows, panels, 2, 1, 2) STRIP(rows, panels, 3, 2, 2)
#define ENTRIES(rows, panels)                                                  \
  {NAME(strip_##rows##_##panels##_0), NAME(strip_##rows##_##panels##_1),       \
   NAME(strip_##rows##_##panels##_2), NAME(strip_##rows##_##panels##_3)}
STRIPS(1, 0) STRIPS(1, 1) STRIPS(1, 2) STRIPS(1, 3) STRIP(1, 4, 0, 0, 0)
STRIPS(2, 0) STRIPS(2, 1) STRIP(2, 2, 0, 0, 0)
#if TILE_ROWS == 8
STRIPS(3, 0) STRIPS(3, 1) STRIP(3, 2, 0, 0, 0)
#endif

/// [rows - 1][whole panels][what comes after: nothing, a panel of 1 vector, of 2, two panels of 2]
static void (*const NAME(strips)[NAME(few_rows)][5][4])(const NAME(row_strip) *) = {
    {ENTRIES(1, 0), ENTRIES(1, 1), ENTRIES(1, 2), ENTRIES(1, 3), {NAME(strip_1_4_0)}},
    {ENTRIES(2, 0), ENTRIES(2, 1), {NAME(strip_2_2_0)}},
#if TILE_ROWS == 8
    {ENTRIES(3, 0), ENTRIES(3, 1), {NAME(strip_3_2_0)}},
#endif
};
#undef STRIP
#undef STRIPS
#undef ENTRIES

/// Rows [i, i + rows) of panels [first, last); B is packed, or its columns are contiguous and the last vector is whole.
static void NAME(multiply_rows)(const tk_product *p, ptrdiff_t i, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t last) {
  ptrdiff_t vectors = (p->n + LANES - 1) / LANES, panels = tk_full_panels(vectors);
  ptrdiff_t whole = last < panels ? last : panels;
  ptrdiff_t tails = last - whole, tail_column = tk_panel_start(vectors, whole) * LANES;
  ptrdiff_t width = tails > 0 ? tk_panel_start(vectors, whole + 1) - tk_panel_start(vectors, whole) : 0;
  const bool packed = p->packed_b != NULL;
  const SCALAR *b = packed ? p->packed_b : p->b;
  const ptrdiff_t b_column = packed ? p->k : 1;
  const SCALAR *start = p->bias ? (const SCALAR *)p->bias + i * p->bias_row_stride : NULL;
  NAME(row_strip) x = {.depth = p->k,
                       .a = (const SCALAR *)p->a + i * p->a_row_stride,
                       .a_row = p->a_row_stride,
                       .a_column = p->a_column_stride,
                       .start_row = p->bias_row_stride,
                       .c_row = p->c_row_stride,
                       .b_panel = TK_PANEL_VECTORS * LANES * b_column,
                       .b_step = packed ? TK_PANEL_VECTORS * LANES : p->b_row_stride,
                       .tail = {b + tail_column * b_column, b + (tail_column + width * LANES * (tails > 1)) * b_column},
                       .tail_step = packed ? width * LANES : p->b_row_stride,
                       .last = LANES};
  ptrdiff_t panel = first;
  do {
    // About equal strips, the last one with what is narrower.
    ptrdiff_t left = whole - panel, widest = rows == 1 ? 4 : 2;
    bool end = left <= (tails > 0 ? widest - 1 : widest);
    ptrdiff_t count = end ? left : left >= 2 * widest ? widest : left - left / 2;
    ptrdiff_t column = panel * TK_PANEL_VECTORS * LANES;
    x.b = b + column * b_column;
    x.start = start ? start + column : NULL;
    x.c = (SCALAR *)p->c + i * p->c_row_stride + column;
    if (end && last == tk_panel_count(vectors)) x.last = p->n - (vectors - 1) * LANES;
    NAME(strips)[rows - 1][count][end ? (tails > 1 ? 3 : width) : 0](&x);
    panel += count;
    if (end) break;
  } while (true);
}

// Packing for AMX: a part of product_amx.c. Both operands become units of tiles, in three parts each.

// A unit is 32 rows (of A) or columns (of B) by 32 k, in parts 0, 1, 2 of two tiles each. A tile has 16 registers' rows of
// 64 bytes; the pair at j is that of k = j and k = j + 16. In a tile of A a row of memory is a row of A, in one of B it is a
// pair: the two are transposed to each other, as the processor wants it.
enum {
  UNIT = 32,
  TILE = 16,
  TILE_BYTES = 1024,
  PART_BYTES = 2 * TILE_BYTES,
  UNIT_BYTES = 3 * PART_BYTES,
};

static ptrdiff_t amx_units(ptrdiff_t count) { return (count + UNIT - 1) / UNIT; }

static ptrdiff_t amx_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static ptrdiff_t amx_clamp(ptrdiff_t x, ptrdiff_t most) { return x < 0 ? 0 : x < most ? x : most; }

/// The parts of 16 pairs of numbers, at `out`, `out` + PART_BYTES and `out` + 2 PART_BYTES.
INLINE void amx_split(VECTOR low, VECTOR high, char *out) {
  const __m512i mask = _mm512_set1_epi32((int)0xffff0000), half = _mm512_set1_epi32(0x8000);
  // Rounded half up in magnitude. An infinity or NaN is cut: the addition might make a number of it.
  enum { NOT_FINITE = 0x99 };
  __mmask16 low_finite = (__mmask16)~_mm512_fpclass_ps_mask(low, NOT_FINITE);
  __mmask16 high_finite = (__mmask16)~_mm512_fpclass_ps_mask(high, NOT_FINITE);
  __m512i a = _mm512_castps_si512(low), b = _mm512_castps_si512(high);
  a = _mm512_mask_add_epi32(a, low_finite, a, half);
  b = _mm512_mask_add_epi32(b, high_finite, b, half);
  UNROLL for (int part = 0; part < 3; part += 1) {
    // The upper halves of both: a >> 16 | (b & mask).
    _mm512_store_si512(out + part * PART_BYTES, _mm512_ternarylogic_epi32(_mm512_srli_epi32(a, 16), b, mask, 0xf8));
    if (part == 2) break;
    low = _mm512_sub_ps(low, _mm512_castsi512_ps(_mm512_and_si512(a, mask)));
    high = _mm512_sub_ps(high, _mm512_castsi512_ps(_mm512_and_si512(b, mask)));
    a = _mm512_add_epi32(_mm512_castps_si512(low), half);
    b = _mm512_add_epi32(_mm512_castps_si512(high), half);
  }
}

/// `lanes` elements from `x`, the others 0.
INLINE VECTOR amx_load(const SCALAR *x, ptrdiff_t lanes) {
  return _mm512_maskz_loadu_ps((__mmask16)((1u << lanes) - 1), x);
}

/// 16 vectors of 16 elements; what is beyond `vectors` and `lanes` is 0.
INLINE void amx_read(const SCALAR *x, ptrdiff_t vector_stride, ptrdiff_t lane_stride, ptrdiff_t vectors, ptrdiff_t lanes,
                     VECTOR *out) {
  if (vector_stride == 1) {
    UNROLL for (int i = 0; i < TILE; i += 1) {
      out[i] = i < lanes ? amx_load(x + i * lane_stride, vectors) : (VECTOR){0};
    }
    NAME(transpose)(TILE, out);
    return;
  }
  for (int i = 0; i < TILE; i += 1) {
    SCALAR row[TILE] = {0};
    if (i < vectors) {
      for (ptrdiff_t j = 0; j < lanes; j += 1) row[j] = x[i * vector_stride + j * lane_stride];
    }
    out[i] = NAME(load)(row);
  }
}

/// One tile of all three parts. `x` has `vectors` rows of 16 + 16 elements of k.
static __attribute__((noinline)) void amx_pack_tile_of_a(const SCALAR *x, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows,
                                                         ptrdiff_t depth, char *out) {
  const ptrdiff_t low = amx_clamp(depth, TILE), high = amx_clamp(depth - TILE, TILE);
  if (column == 1) {
    for (ptrdiff_t i = 0; i < rows; i += 1) {
      amx_split(amx_load(x + i * row, low), high > 0 ? amx_load(x + i * row + TILE, high) : (VECTOR){0}, out + 64 * i);
    }
    for (ptrdiff_t i = rows; i < TILE; i += 1) amx_split((VECTOR){0}, (VECTOR){0}, out + 64 * i);
    return;
  }
  VECTOR a[TILE], b[TILE];
  amx_read(x, row, column, rows, low, a);
  amx_read(x + (high > 0 ? TILE * column : 0), row, column, rows, high, b);
  for (int i = 0; i < TILE; i += 1) amx_split(a[i], b[i], out + 64 * i);
}

/// The same for B: `x` has 16 + 16 rows of k with `columns` elements.
static __attribute__((noinline)) void amx_pack_tile_of_b(const SCALAR *x, ptrdiff_t row, ptrdiff_t column,
                                                         ptrdiff_t columns, ptrdiff_t depth, char *out) {
  if (column == 1) {
    for (ptrdiff_t i = 0; i < TILE; i += 1) {
      const VECTOR low = i < depth ? amx_load(x + i * row, columns) : (VECTOR){0};
      amx_split(low, i + TILE < depth ? amx_load(x + (i + TILE) * row, columns) : (VECTOR){0}, out + 64 * i);
    }
    return;
  }
  VECTOR a[TILE], b[TILE];
  const ptrdiff_t high = amx_clamp(depth - TILE, TILE);
  amx_read(x, row, column, amx_clamp(depth, TILE), columns, a);
  amx_read(x + (high > 0 ? TILE * row : 0), row, column, high, columns, b);
  for (int i = 0; i < TILE; i += 1) amx_split(a[i], b[i], out + 64 * i);
}

/// Brings a tile of A near that is packed next: 16 rows by 32 k, as far as they are there.
INLINE void amx_approach_a(const SCALAR *x, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows, ptrdiff_t depth) {
  if (column == 1) {
    for (ptrdiff_t i = 0; i < rows; i += 1) {
      __builtin_prefetch(x + i * row);
      if (depth > TILE) __builtin_prefetch(x + i * row + TILE);
    }
  } else {
    for (ptrdiff_t k = 0; k < depth; k += 1) __builtin_prefetch(x + k * column);
  }
}

/// Rows [0, rows) of A, k of [0, depth): group after group of 32 rows, unit after unit.
static void amx_pack_a(const SCALAR *a, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows, ptrdiff_t depth, char *out) {
  const ptrdiff_t units = amx_units(depth);
  // Read across its rows, what is near in memory is packed together.
  const ptrdiff_t span = column == 1 ? UNIT : rows;
  for (ptrdiff_t first = 0; first < rows; first += span) {
    const ptrdiff_t last = amx_min(first + span, rows);
    for (ptrdiff_t unit = 0; unit < units; unit += 1) {
      for (ptrdiff_t i = first; i < last; i += TILE) {
        const bool stays = i + TILE < last;
        const ptrdiff_t next_unit = stays ? unit : unit + 1 < units ? unit + 1 : 0;
        const ptrdiff_t next = stays ? i + TILE : next_unit > 0 ? first : last;
        if (next < rows) {
          amx_approach_a(a + next * row + next_unit * UNIT * column, row, column, amx_min(rows - next, TILE),
                         amx_min(depth - next_unit * UNIT, UNIT));
        }
        amx_pack_tile_of_a(a + i * row + unit * UNIT * column, row, column, amx_min(rows - i, TILE),
                           amx_min(depth - unit * UNIT, UNIT),
                           out + (i / UNIT * units + unit) * UNIT_BYTES + i % UNIT / TILE * TILE_BYTES);
      }
    }
  }
}

/// Panels [first, last), of 32 columns each, k of [0, depth): panel after panel, unit after unit.
static void amx_pack_b(const SCALAR *b, ptrdiff_t row, ptrdiff_t column, ptrdiff_t n, ptrdiff_t depth, ptrdiff_t first,
                       ptrdiff_t last, char *out) {
  const ptrdiff_t units = amx_units(depth);
  for (ptrdiff_t unit = 0; unit < units; unit += 1) {
    for (ptrdiff_t panel = first; panel < last; panel += 1) {
      for (ptrdiff_t half = 0; half < 2; half += 1) {
        // A tile behind the last column is all zeros, and its place in B that of the first.
        const ptrdiff_t j = panel * UNIT + half * TILE;
        amx_pack_tile_of_b(b + (j < n ? j : 0) * column + unit * UNIT * row, row, column, amx_clamp(n - j, TILE),
                           amx_min(depth - unit * UNIT, UNIT),
                           out + ((panel - first) * units + unit) * UNIT_BYTES + half * TILE_BYTES);
      }
    }
  }
}

static void amx_pack(ptrdiff_t k, ptrdiff_t n, const void *b, ptrdiff_t row_stride, ptrdiff_t column_stride, ptrdiff_t first,
                     ptrdiff_t last, void *destination) {
  amx_pack_b(b, row_stride, column_stride, n, k, first, last, (char *)destination + first * amx_units(k) * UNIT_BYTES);
}

static size_t amx_packed_bytes(ptrdiff_t k, ptrdiff_t n) { return (size_t)(amx_units(k) * amx_units(n) * UNIT_BYTES); }

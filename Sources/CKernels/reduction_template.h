// Reductions for one scalar type and one instruction set (see vector_begin.h). The order of additions depends on the lengths
// alone.
#include "vector_begin.h"

enum { NAME(partials) = 8 };

static double NAME(sum)(ptrdiff_t n, const void *from) {
  const SCALAR *x = from;
  VECTOR sum[NAME(partials)];
  UNROLL for (int j = 0; j < NAME(partials); j += 1) sum[j] = (VECTOR){0};
  ptrdiff_t i = 0;
  for (; i + NAME(partials) * LANES <= n; i += NAME(partials) * LANES) {
    UNROLL for (int j = 0; j < NAME(partials); j += 1) sum[j] += NAME(load)(x + i + j * LANES);
  }
  for (; i + LANES <= n; i += LANES) sum[0] += NAME(load)(x + i);
  if (i < n) sum[1] += NAME(load_part)(x + i, n - i);
  UNROLL for (int width = NAME(partials) / 2; width > 0; width /= 2) {
    UNROLL for (int j = 0; j < width; j += 1) sum[j] += sum[j + width];
  }
  double total = 0;
  UNROLL for (int j = 0; j < LANES; j += 1) total += (double)sum[0][j];
  return total;
}

/// The greater of two; NaN when one is.
INLINE VECTOR NAME(greater)(VECTOR best, VECTOR x) {
  MASK take = (x > best) | (x != x);
  return (VECTOR)(((MASK)x & take) | ((MASK)best & ~take));
}

static double NAME(max)(ptrdiff_t n, const void *from) {
  const SCALAR *x = from;
  VECTOR best[4];
  UNROLL for (int j = 0; j < 4; j += 1) best[j] = NAME(broadcast)(x[0]);
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    UNROLL for (int j = 0; j < 4; j += 1) best[j] = NAME(greater)(best[j], NAME(load)(x + i + j * LANES));
  }
  for (; i + LANES <= n; i += LANES) best[0] = NAME(greater)(best[0], NAME(load)(x + i));
  best[0] = NAME(greater)(NAME(greater)(best[0], best[1]), NAME(greater)(best[2], best[3]));
  SCALAR most = best[0][0];
  UNROLL for (int j = 1; j < LANES; j += 1) {
    SCALAR lane = best[0][j];
    if (lane > most || lane != lane) most = lane;
  }
  for (; i < n; i += 1) {
    if (x[i] > most || x[i] != x[i]) most = x[i];
  }
  return (double)most;
}

/// `vectors` vectors of columns, the last one cut to `part` elements unless that is 0.
INLINE void NAME(sum_some_columns)(const int vectors, ptrdiff_t rows, const SCALAR *x, ptrdiff_t stride, SCALAR *out,
                                   ptrdiff_t part) {
  VECTOR sum[8];
  UNROLL for (int j = 0; j < vectors; j += 1) sum[j] = (VECTOR){0};
  ptrdiff_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const SCALAR *row = x + i * stride;
    UNROLL for (int j = 0; j < vectors; j += 1) {
      VECTOR r[4];
      UNROLL for (int l = 0; l < 4; l += 1) {
        const SCALAR *p = row + l * stride + j * LANES;
        r[l] = part ? NAME(load_part)(p, part) : NAME(load)(p);
      }
      sum[j] += (r[0] + r[1]) + (r[2] + r[3]);
    }
  }
  for (; i < rows; i += 1) {
    UNROLL for (int j = 0; j < vectors; j += 1) {
      const SCALAR *p = x + i * stride + j * LANES;
      sum[j] += part ? NAME(load_part)(p, part) : NAME(load)(p);
    }
  }
  UNROLL for (int j = 0; j < vectors; j += 1) {
    if (part) NAME(store_part)(out + j * LANES, sum[j], part);
    else NAME(store)(out + j * LANES, sum[j]);
  }
}

static void NAME(sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const void *from, ptrdiff_t stride, void *to) {
  const SCALAR *x = from;
  SCALAR *out = to;
  ptrdiff_t j = 0;
  for (; j + 8 * LANES <= columns; j += 8 * LANES) NAME(sum_some_columns)(8, rows, x + j, stride, out + j, 0);
  for (; j + 2 * LANES <= columns; j += 2 * LANES) NAME(sum_some_columns)(2, rows, x + j, stride, out + j, 0);
  for (; j + LANES <= columns; j += LANES) NAME(sum_some_columns)(1, rows, x + j, stride, out + j, 0);
  if (j < columns) NAME(sum_some_columns)(1, rows, x + j, stride, out + j, columns - j);
}

static void NAME(max_rows)(ptrdiff_t rows, ptrdiff_t columns, const void *from, ptrdiff_t stride, void *to) {
  const SCALAR *x = from;
  SCALAR *out = to;
  ptrdiff_t j = 0;
  for (; j + LANES <= columns; j += LANES) {
    VECTOR best = NAME(load)(x + j);
    for (ptrdiff_t i = 1; i < rows; i += 1) best = NAME(greater)(best, NAME(load)(x + i * stride + j));
    NAME(store)(out + j, best);
  }
  if (j < columns) {
    VECTOR best = NAME(load_part)(x + j, columns - j);
    for (ptrdiff_t i = 1; i < rows; i += 1) {
      best = NAME(greater)(best, NAME(load_part)(x + i * stride + j, columns - j));
    }
    NAME(store_part)(out + j, best, columns - j);
  }
}

static void NAME(add)(ptrdiff_t n, const void *left, const void *right, void *to) {
  const SCALAR *x = left, *y = right;
  SCALAR *out = to;
  ptrdiff_t i = 0;
  for (; i + LANES <= n; i += LANES) NAME(store)(out + i, NAME(load)(x + i) + NAME(load)(y + i));
  if (i < n) NAME(store_part)(out + i, NAME(load_part)(x + i, n - i) + NAME(load_part)(y + i, n - i), n - i);
}

static ptrdiff_t NAME(first_non_finite)(ptrdiff_t n, const void *from) {
  const SCALAR *x = from;
  ptrdiff_t i = 0;
  // x - x is 0 for finite x and NaN otherwise, and a sum of such differences is 0 or NaN.
  for (; i + 8 * LANES <= n; i += 8 * LANES) {
    VECTOR sum = (VECTOR){0};
    UNROLL for (int j = 0; j < 8; j += 1) {
      VECTOR v = NAME(load)(x + i + j * LANES);
      sum += v - v;
    }
    SCALAR all = 0;
    UNROLL for (int j = 0; j < LANES; j += 1) all += sum[j];
    if (all != 0) break;
  }
  for (; i < n; i += 1) {
    if (x[i] - x[i] != 0) return i;
  }
  return -1;
}

#if SCALAR_BYTES == 8
static uint64_t read_all(const void *buffer, size_t bytes) {
  typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));
  words sum[8];
  UNROLL for (int j = 0; j < 8; j += 1) sum[j] = (words){0};
  const char *p = buffer, *end = p + bytes;
  for (; p < end; p += 8 * sizeof(words)) {
    UNROLL for (int j = 0; j < 8; j += 1) {
      words w;
      __builtin_memcpy(&w, p + (size_t)j * sizeof w, sizeof w);
      sum[j] |= w;
    }
  }
  UNROLL for (int j = 1; j < 8; j += 1) sum[0] |= sum[j];
  return sum[0][0] | sum[0][1];
}
#endif

#include "vector_end.h"

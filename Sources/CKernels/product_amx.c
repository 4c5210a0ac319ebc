// float32 products for AMX, the tile registers of some x86-64 processors; everything else of that instruction set is
// that of AVX-512.
//
// A tile register multiplies bfloat16, 8 bits of precision, and adds in float32. A float32 is the exact sum of three
// bfloat16, x = x0 + x1 + x2, each the rounded rest of what is before it, and a product is made of the six
// products of parts that are not below its last bit: x0 y2, x0 y1, x1 y1, x1 y0, x2 y0 and x0 y0, in this order for each
// 32 of k. The three that are left out are below 2^-23 |x y| together. A chain of multiply-adds rounds a term up to k
// times; here it is up to 18 times in its 32 of k and then 6 times in each 32 after it. The error of an element is at most
//
//     (21 + 3 k / 16) 2^-24 (|start| + sum of |a b|) + 2^-125 sum of (4 + |a| + |b|)
//
// whose second part is of subnormal numbers, parts and products of parts, which count as 0: where all numbers are above
// 2^-102 and all products of two above 2^-98, it is below the first. Numbers from 3.396e38 on and those that are not
// finite make the elements NaN or infinite that depend on them; an element above 3.37e38 may be infinite.
#if defined(__x86_64__)
#include <immintrin.h>
#include <pthread.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "include/thread_team.h"
#include "product.h"
#include "product_ahead.h"

#pragma clang attribute push( \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define VECTOR_BYTES 64
#define SCALAR_BYTES 4
#include "vector_begin.h"
#include "vector_transpose.h"

#include "product_amx_pack.h"

enum {
  PACKED_DEPTH = 1024,   // k of a stage, with B packed before
  PACKING_DEPTH = 256,   // the same, with B packed here
  GROUP_BYTES = 1 << 20, // of packed A
};

// MARK: Blocks of C

/// A block of C, 32 x 32 or 16 x 64.
typedef struct {
  ptrdiff_t units;
  const char *a, *b;
  ptrdiff_t b_panel;    // bytes from a panel to the next
  const SCALAR *start;  // NULL for 0
  ptrdiff_t start_row;
  SCALAR *c;
  ptrdiff_t c_row;
  ptrdiff_t rows, columns;
  const SCALAR *c_ahead;  // a block that comes next or soon
  tk_ahead *ahead;        // what is needed later, and the lines of it that a unit brings near
  ptrdiff_t ahead_lines;
} amx_block;

/// Brings 4 lines of the next unit near, the `step`th of 24: the tiles' own reads wait for what is not in the first-level
/// cache, and four times as long when another process shares the core.
#define NEAR(unit, step)                                                                          \
  UNROLL for (int line = 4 * (step); line < 4 * (step) + 4; line += 1) {                          \
    __builtin_prefetch((unit) + UNIT_BYTES + line * 64);                                          \
  }

/// The same for the next block of C and for what is needed later.
INLINE void amx_look_ahead(const amx_block *x, ptrdiff_t unit, ptrdiff_t height) {
  for (ptrdiff_t i = height * unit / x->units, end = height * (unit + 1) / x->units; i < end; i += 1) {
    UNROLL for (ptrdiff_t j = 0; j < UNIT * UNIT / height; j += TILE) __builtin_prefetch(x->c_ahead + i * x->c_row + j);
  }
  for (ptrdiff_t line = x->ahead_lines; line > 0 && x->ahead->total > 0; line -= 1) tk_approach(x->ahead);
}

/// What C starts from: tiles 0...3, of which numbers 0 and 1, and 2 and 3, stand `side` elements apart.
INLINE void amx_begin(const SCALAR *start, ptrdiff_t row, ptrdiff_t side) {
  if (!start) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    return;
  }
  const ptrdiff_t stride = row * SCALAR_BYTES;
  _tile_loadd(0, start, stride);
  _tile_loadd(1, start + TILE, stride);
  _tile_loadd(2, start + side, stride);
  _tile_loadd(3, start + side + TILE, stride);
}

INLINE void amx_end(SCALAR *c, ptrdiff_t row, ptrdiff_t side) {
  const ptrdiff_t stride = row * SCALAR_BYTES;
  _tile_stored(0, c, stride);
  _tile_stored(1, c + TILE, stride);
  _tile_stored(2, c + side, stride);
  _tile_stored(3, c + side + TILE, stride);
}

/// 32 x 32: tiles 0...3 are C, 4 and 5 rows of A, 6 and 7 columns of B.
static void amx_run_square(const amx_block *x, const SCALAR *start, ptrdiff_t start_row, SCALAR *c, ptrdiff_t c_row) {
  amx_begin(start, start_row, TILE * start_row);
#define LEFT(part)                           \
  _tile_loadd(4, a + part * PART_BYTES, 64); \
  _tile_loadd(5, a + part * PART_BYTES + TILE_BYTES, 64);
#define RIGHT(part)                          \
  _tile_loadd(6, b + part * PART_BYTES, 64); \
  _tile_loadd(7, b + part * PART_BYTES + TILE_BYTES, 64);
#define ONE(step, sum, left, right)   \
  _tile_dpbf16ps(sum, left, right);   \
  NEAR(a, step)                       \
  NEAR(b, step)
#define MULTIPLY(turn)                \
  ONE(4 * turn, 0, 4, 6)              \
  ONE(4 * turn + 1, 1, 4, 7)          \
  ONE(4 * turn + 2, 2, 5, 6)          \
  ONE(4 * turn + 3, 3, 5, 7)
  const char *a = x->a, *b = x->b;
  for (ptrdiff_t unit = 0; unit < x->units; unit += 1) {
    LEFT(0) RIGHT(2) MULTIPLY(0)
    amx_look_ahead(x, unit, UNIT);
    RIGHT(1) MULTIPLY(1)
    LEFT(1) MULTIPLY(2)
    RIGHT(0) MULTIPLY(3)
    LEFT(2) MULTIPLY(4)
    LEFT(0) MULTIPLY(5)
    a += UNIT_BYTES;
    b += UNIT_BYTES;
  }
#undef LEFT
#undef RIGHT
#undef ONE
#undef MULTIPLY
  amx_end(c, c_row, TILE * c_row);
}

/// 16 x 64: tiles 0...3 are C, 4, 5 and 6 the parts of A, 7 columns of B. The order of the sums is that of a square.
static void amx_run_strip(const amx_block *x, const SCALAR *start, ptrdiff_t start_row, SCALAR *c, ptrdiff_t c_row) {
  amx_begin(start, start_row, 2 * TILE);
#define RIGHT(tile, part) _tile_loadd(7, (tile < 2 ? b : next) + part * PART_BYTES + tile % 2 * TILE_BYTES, 64);
#define ONE(step, sum, left)          \
  _tile_dpbf16ps(sum, left, 7);       \
  NEAR(b, step)                       \
  NEAR(next, step)
#define LAST(tile) RIGHT(tile, 2) ONE(tile, tile, 4)
#define MIDDLE(tile) RIGHT(tile, 1) ONE(4 + 2 * tile, tile, 4) ONE(5 + 2 * tile, tile, 5)
#define FIRST(tile) RIGHT(tile, 0) ONE(12 + 3 * tile, tile, 5) ONE(13 + 3 * tile, tile, 6) ONE(14 + 3 * tile, tile, 4)
  const char *a = x->a, *b = x->b, *next = x->b + x->b_panel;
  for (ptrdiff_t unit = 0; unit < x->units; unit += 1) {
    _tile_loadd(4, a, 64);
    _tile_loadd(5, a + PART_BYTES, 64);
    _tile_loadd(6, a + 2 * PART_BYTES, 64);
    LAST(0) LAST(1) LAST(2) LAST(3)
    amx_look_ahead(x, unit, TILE);
    MIDDLE(0) MIDDLE(1) MIDDLE(2) MIDDLE(3)
    FIRST(0) FIRST(1) FIRST(2) FIRST(3)
    a += UNIT_BYTES;
    b += UNIT_BYTES;
    next += UNIT_BYTES;
  }
#undef RIGHT
#undef ONE
#undef LAST
#undef MIDDLE
#undef FIRST
#undef NEAR
  amx_end(c, c_row, 2 * TILE);
}

/// A block of any size up to the whole: what is not whole goes through a copy.
static void amx_run_block(const amx_block *x, bool square) {
  const ptrdiff_t height = square ? UNIT : TILE, width = square ? UNIT : 2 * UNIT;
  if (x->rows == height && x->columns == width) {
    if (square) amx_run_square(x, x->start, x->start_row, x->c, x->c_row);
    else amx_run_strip(x, x->start, x->start_row, x->c, x->c_row);
    return;
  }
  _Alignas(64) SCALAR copy[UNIT * UNIT];
  if (x->start) {
    for (ptrdiff_t i = 0; i < x->rows; i += 1) {
      for (ptrdiff_t j = 0; j < width; j += TILE) {
        NAME(store)(copy + i * width + j, amx_load(x->start + i * x->start_row + j, amx_clamp(x->columns - j, TILE)));
      }
    }
  }
  if (square) amx_run_square(x, x->start ? copy : NULL, width, copy, width);
  else amx_run_strip(x, x->start ? copy : NULL, width, copy, width);
  for (ptrdiff_t i = 0; i < x->rows; i += 1) {
    for (ptrdiff_t j = 0; j < width; j += TILE) {
      const __mmask16 mask = (__mmask16)((1u << amx_clamp(x->columns - j, TILE)) - 1);
      _mm512_mask_storeu_ps(x->c + i * x->c_row + j, mask, NAME(load)(copy + i * width + j));
    }
  }
}

// MARK: The product

typedef struct {
  uint8_t palette, first_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} amx_configuration;

/// Rows [row, row + rows), packed as `left`, times two panels at `b`.
static void amx_run_panels(const tk_product *p, ptrdiff_t done, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t panel,
                           ptrdiff_t panels, const char *left, const char *b, amx_block *x) {
  // The sums start from zero or the bias, and go on from where the part before left them in C.
  const SCALAR *start = done > 0 ? p->c : p->bias;
  x->start_row = done > 0 ? p->c_row_stride : p->bias_row_stride;
  // Whole or nearly whole squares, and a strip for 16 rows or less.
  const ptrdiff_t squares = (rows + TILE - 1) / UNIT;
  for (ptrdiff_t side = 0; side <= panels; side += 1) {
    const bool square = side < panels;
    if (!square && squares * UNIT >= rows) break;
    const ptrdiff_t column = (panel + (square ? side : 0)) * UNIT;
    for (ptrdiff_t group = square ? 0 : squares; group < squares + !square; group += 1) {
      const ptrdiff_t i = row + group * UNIT;
      x->a = left + group * x->units * UNIT_BYTES;
      x->b = b + (square ? side * x->b_panel : 0);
      x->rows = amx_min(row + rows - i, square ? UNIT : TILE);
      x->columns = amx_min(p->n - column, square ? UNIT : panels * UNIT);
      x->start = start ? start + i * x->start_row + column : NULL;
      x->c = (SCALAR *)p->c + i * p->c_row_stride + column;
      x->c_ahead = x->c + (group + 1 < squares ? UNIT * p->c_row_stride : UNIT - group * UNIT * p->c_row_stride);
      amx_run_block(x, square);
    }
  }
}

static void amx_multiply(const tk_product *p, ptrdiff_t i0, ptrdiff_t i1, ptrdiff_t first, ptrdiff_t last) {
  if (i1 <= i0 || last <= first) return;
  const amx_configuration tiles = {
      .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
  _tile_loadconfig(&tiles);
  const ptrdiff_t k = p->k, most = p->packed_b ? PACKED_DEPTH : PACKING_DEPTH;
  const ptrdiff_t parts = k > most ? (k + most - 1) / most : 1;
  const ptrdiff_t depth = amx_units((k + parts - 1) / parts) * UNIT, units = depth / UNIT;
  ptrdiff_t height = GROUP_BYTES / (UNIT_BYTES * (units > 0 ? units : 1)) * UNIT;
  if (height < UNIT) height = UNIT;
  if (height > i1 - i0) height = i1 - i0;
  char *left = tk_scratch(1, (size_t)(amx_units(height) * units * UNIT_BYTES + 64));
  char *right = p->packed_b ? NULL : tk_scratch(0, (size_t)(2 * units * UNIT_BYTES + 64));
  ptrdiff_t done = 0;
  do {
    const ptrdiff_t stage = amx_min(depth, k - done), stage_units = amx_units(stage);
    for (ptrdiff_t row = i0; row < i1; row += height) {
      const ptrdiff_t rows = amx_min(height, i1 - row), next_row = row + height < i1 ? row + height : i0;
      amx_pack_a((const SCALAR *)p->a + row * p->a_row_stride + done * p->a_column_stride, p->a_row_stride,
                 p->a_column_stride, rows, stage, left);
      for (ptrdiff_t panel = first; panel < last; panel += 2) {
        const ptrdiff_t panels = amx_min(2, last - panel);
        amx_block x = {.units = stage_units, .c_row = p->c_row_stride};
        const char *b;
        if (p->packed_b) {
          x.b_panel = panels > 1 ? amx_units(k) * UNIT_BYTES : 0;
          b = (const char *)p->packed_b + (panel * amx_units(k) + done / UNIT) * UNIT_BYTES;
        } else {
          x.b_panel = panels > 1 ? stage_units * UNIT_BYTES : 0;
          amx_pack_b((const SCALAR *)p->b + done * p->b_row_stride, p->b_row_stride, p->b_column_stride, p->n, stage, panel,
                     panel + panels, right);
          b = right;
        }
        // What is packed next, or what the caller needs at the end.
        const ptrdiff_t next = panel + 2 < last ? panel + 2 : first;
        const ptrdiff_t next_done = next > panel || next_row > row ? done : done + depth;
        tk_region source = {0};
        tk_ahead ahead = {0};
        if (next_done >= k) {
          ahead = tk_ahead_of(p->soon, p->soon_count);
        } else if (!p->packed_b && p->b_column_stride == 1) {
          source.base = (const SCALAR *)p->b + next_done * p->b_row_stride + next * UNIT;
          source.rows = amx_min(depth, k - next_done);
          source.row_bytes = amx_min(p->n - next * UNIT, 2 * UNIT) * SCALAR_BYTES;
          source.stride = p->b_row_stride * SCALAR_BYTES;
          ahead = tk_ahead_of(&source, 1);
        }
        ahead.is_later = true;
        x.ahead = &ahead;
        const ptrdiff_t blocks = panels * ((rows + TILE - 1) / UNIT) + (rows % UNIT > 0 && rows % UNIT <= TILE);
        x.ahead_lines = (ahead.total + blocks * stage_units - 1) / (blocks * (stage_units > 0 ? stage_units : 1));
        amx_run_panels(p, done, row, rows, panel, panels, left, b, &x);
      }
    }
    done += depth;
  } while (done < k);
  _tile_release();
}
#include "vector_end.h"
#pragma clang attribute pop

const tk_product_functions tk_product_parts = {.tile_rows = UNIT,
                                               .panel_columns = UNIT,
                                               .panel_count = amx_units,
                                               .packed_bytes = amx_packed_bytes,
                                               .pack = amx_pack,
                                               .multiply = amx_multiply};

static bool has_amx;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void ask(void) {
#if defined(__linux__)
  // The kernel saves the tiles, some 8 KB a thread, only for processes that ask for them.
  enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
  has_amx = __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
            syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#endif
}

bool tk_has_amx(void) {
  pthread_once(&once, ask);
  return has_amx;
}
#endif

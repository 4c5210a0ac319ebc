// Matrix products: how they are cut into pieces for the threads. A piece is some rows of some panels; every element is
// made by one thread, in one order, so that the cut changes no bits.
#include "include/matrix_product.h"

#include "include/reductions.h"
#include "include/thread_team.h"
#include "product.h"

enum {
  WORTH_A_THREAD = 100000,      // multiply-adds below which another thread does not pay
  SHALLOWEST = 64,              // k that is worth a transposition of a narrow C,
  SHALLOWEST_OF_PANELS = 2048,  // and of a wider one
  WIDEST = 256,
  PARTS_ROWS = 32,  // from which on parts are faster than chains, also when two threads share the rows
  PARTS_COLUMNS = 32,
  PARTS_DEPTH = 16,
  PARTS_WORK = 1 << 16,
};

tk_product_form tk_product_form_for(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const bool is_large = m >= PARTS_ROWS && n >= PARTS_COLUMNS && k >= PARTS_DEPTH &&
                        (double)m * (double)n * (double)k >= PARTS_WORK;
  return scalar == TK_FLOAT32 && kernels->product->parts && is_large ? TK_PARTS : TK_CHAINS;
}

static const tk_product_functions *functions_for(const tk_kernels *kernels, tk_scalar scalar, tk_product_form form) {
  return form == TK_PARTS ? kernels->product->parts : &kernels->product->scalar[scalar];
}

static int useful_threads(int threads, double work) {
  double useful = work / WORTH_A_THREAD;
  return useful < threads ? (useful < 1 ? 1 : (int)useful) : threads;
}

size_t tk_packed_bytes(const tk_kernels *kernels, tk_scalar scalar, tk_product_form form, ptrdiff_t k, ptrdiff_t n) {
  return functions_for(kernels, scalar, form)->packed_bytes(k, n);
}

typedef struct {
  const tk_product_functions *functions;
  ptrdiff_t k, n, panels, pieces;
  const void *b;
  ptrdiff_t row_stride, column_stride;
  void *destination;
} packing;

static void pack_piece(void *context, ptrdiff_t piece) {
  const packing *p = context;
  p->functions->pack(p->k, p->n, p->b, p->row_stride, p->column_stride, p->panels * piece / p->pieces,
                     p->panels * (piece + 1) / p->pieces, p->destination);
}

void tk_pack(const tk_kernels *kernels, int threads, tk_scalar scalar, tk_product_form form, ptrdiff_t k, ptrdiff_t n,
             const void *b, ptrdiff_t b_row_stride, ptrdiff_t b_column_stride, void *destination) {
  const tk_product_functions *f = functions_for(kernels, scalar, form);
  packing p = {f, k, n, f->panel_count(n), 1, b, b_row_stride, b_column_stride, destination};
  p.pieces = useful_threads(threads, 8.0 * (double)k * (double)n);
  tk_team_run((int)p.pieces, p.pieces, pack_piece, &p);
}

typedef struct {
  const tk_product_functions *functions;
  const tk_product *product;
  ptrdiff_t size;
  ptrdiff_t panels, pieces;
  bool by_columns;
} run;

static void run_piece(void *context, ptrdiff_t piece) {
  const run *r = context;
  ptrdiff_t m = r->product->m, panels = r->panels, tile = r->functions->tile_rows;
  if (r->by_columns) {
    r->functions->multiply(r->product, 0, m, panels * piece / r->pieces, panels * (piece + 1) / r->pieces);
  } else {
    ptrdiff_t tiles = (m + tile - 1) / tile;
    ptrdiff_t i0 = tiles * piece / r->pieces * tile, i1 = tiles * (piece + 1) / r->pieces * tile;
    r->functions->multiply(r->product, i0, i1 < m ? i1 : m, 0, panels);
  }
}

static tk_product member_of(const tk_product *product, ptrdiff_t member, ptrdiff_t size) {
  tk_product one = *product;
  one.a = (const char *)one.a + member * one.a_batch_stride * size;
  one.b = (const char *)one.b + member * one.b_batch_stride * size;
  if (one.bias) one.bias = (const char *)one.bias + member * one.bias_batch_stride * size;
  one.c = (char *)one.c + member * one.c_batch_stride * size;
  return one;
}

static void run_members(void *context, ptrdiff_t piece) {
  const run *r = context;
  ptrdiff_t batch = r->product->batch;
  for (ptrdiff_t i = batch * piece / r->pieces, end = batch * (piece + 1) / r->pieces; i < end; i += 1) {
    tk_product one = member_of(r->product, i, r->size);
    r->functions->multiply(&one, 0, one.m, 0, r->panels);
  }
}

/// Whether C' = B' A' is faster, with a transposition at the end: A is read across its rows, and either C is narrower
/// than a panel or so deep that packing A as panels, in longer runs than as tiles, gains more than that costs.
static bool is_better_transposed(const tk_product_functions *f, const tk_product *p) {
  if (p->form != TK_CHAINS || p->batch != 1 || p->packed_b || p->bias) return false;
  if (p->a_row_stride != 1 || p->a_column_stride == 1) return false;
  if (2 * p->n > p->m) return false;
  return p->n < f->panel_columns ? p->k >= SHALLOWEST : p->n <= WIDEST && p->k >= SHALLOWEST_OF_PANELS;
}

/// The same chains, whose factors have changed places.
static void run_transposed(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_product *product) {
  const tk_product *p = product;
  const size_t bytes = (size_t)(p->m * p->n) * (scalar == TK_FLOAT64 ? 8 : 4);
  tk_product t = {.m = p->n, .n = p->m, .k = p->k, .batch = 1, .soon = p->soon, .soon_count = p->soon_count};
  t.a = p->b;
  t.a_row_stride = p->b_column_stride;
  t.a_column_stride = p->b_row_stride;
  t.b = p->a;
  t.b_row_stride = p->a_column_stride;
  t.b_column_stride = p->a_row_stride;
  t.c = tk_scratch(2, bytes);
  t.c_row_stride = p->m;
  tk_matrix_product(kernels, threads, scalar, &t);
  const ptrdiff_t shape[2] = {p->n, p->m}, strides[2] = {1, p->c_row_stride};
  tk_scatter_strided(kernels, threads, scalar, 2, shape, t.c, p->c, strides, false);
}

void tk_matrix_product(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_product *product) {
  const tk_product_functions *f = functions_for(kernels, scalar, product->form);
  ptrdiff_t m = product->m, n = product->n, batch = product->batch;
  if (m <= 0 || n <= 0 || batch <= 0) return;
  if (is_better_transposed(f, product)) {
    run_transposed(kernels, threads, scalar, product);
    return;
  }
  if (threads <= 1 && batch == 1) {
    f->multiply(product, 0, m, 0, f->panel_count(n));
    return;
  }
  run r = {f, product, scalar == TK_FLOAT64 ? 8 : 4, f->panel_count(n), 1, false};
  double work = (double)m * (double)n * (double)product->k;
  if (batch > 1 && (batch >= threads || work < 2 * WORTH_A_THREAD)) {
    r.pieces = useful_threads(threads, work * (double)batch);
    tk_team_run((int)r.pieces, r.pieces, run_members, &r);
    return;
  }
  ptrdiff_t tiles = (m + f->tile_rows - 1) / f->tile_rows;
  r.pieces = useful_threads(threads, work);
  r.by_columns = n >= m && r.panels >= r.pieces;
  ptrdiff_t most = r.by_columns ? r.panels : tiles;
  if (r.pieces > most) r.pieces = most;
  if (r.pieces <= 1 && batch == 1) {
    f->multiply(product, 0, m, 0, r.panels);
    return;
  }
  for (ptrdiff_t member = 0; member < batch; member += 1) {
    tk_product one = batch > 1 ? member_of(product, member, r.size) : *product;
    r.product = &one;
    tk_team_run((int)r.pieces, r.pieces, run_piece, &r);
  }
}

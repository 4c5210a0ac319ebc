// Matrix products: how they are cut into pieces for the threads. A piece is some rows of some panels; every element is
// made by one thread, in one chain, so that the cut changes no bits.
#include "include/matrix_product.h"

#include "include/thread_team.h"
#include "product.h"

enum { WORTH_A_THREAD = 100000 };  // multiply-adds below which another thread does not pay

static const tk_product_functions *functions_for(const tk_kernels *kernels, tk_scalar scalar) {
  return &kernels->product->scalar[scalar];
}

static ptrdiff_t vectors_of(const tk_product_functions *f, ptrdiff_t n) { return (n + f->lanes - 1) / f->lanes; }

static int useful_threads(int threads, double work) {
  double useful = work / WORTH_A_THREAD;
  return useful < threads ? (useful < 1 ? 1 : (int)useful) : threads;
}

size_t tk_packed_bytes(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t k, ptrdiff_t n) {
  const tk_product_functions *f = functions_for(kernels, scalar);
  return (size_t)(vectors_of(f, n) * f->lanes * k) * (scalar == TK_FLOAT64 ? 8 : 4);
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

void tk_pack(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t k, ptrdiff_t n, const void *b,
             ptrdiff_t b_row_stride, ptrdiff_t b_column_stride, void *destination) {
  const tk_product_functions *f = functions_for(kernels, scalar);
  packing p = {f, k, n, tk_panel_count(vectors_of(f, n)), 1, b, b_row_stride, b_column_stride, destination};
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

void tk_matrix_product(const tk_kernels *kernels, int threads, tk_scalar scalar, const tk_product *product) {
  const tk_product_functions *f = functions_for(kernels, scalar);
  ptrdiff_t m = product->m, n = product->n, batch = product->batch;
  if (m <= 0 || n <= 0 || batch <= 0) return;
  if (threads <= 1 && batch == 1) {
    f->multiply(product, 0, m, 0, tk_panel_count(vectors_of(f, n)));
    return;
  }
  run r = {f, product, scalar == TK_FLOAT64 ? 8 : 4, tk_panel_count(vectors_of(f, n)), 1, false};
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

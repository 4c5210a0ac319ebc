// Data movement between strided arrays: one engine for gathering (strided to contiguous) and scattering (the reverse).
#include <string.h>

#include "include/reductions.h"
#include "include/thread_team.h"
#include "movement_rows.h"
#include "reduction.h"

enum { MOST_DIMENSIONS = 6, WORTH_A_THREAD = 32768 };

typedef struct {
  ptrdiff_t size, in, out;  // elements along a dimension; strides in elements
} dimension;

typedef struct {
  int rank;
  dimension dimensions[MOST_DIMENSIONS];
  size_t bytes;  // of an element
  tk_plane_mover move;
  const tk_reduction_functions *adder;  // for contiguous runs; NULL for copies
  const char *in;
  char *out;
  ptrdiff_t pieces;
} movement;

/// Drops dimensions of size 1 and joins neighbours that both sides walk through without a jump.
static int simplify(int rank, dimension *d) {
  int kept = 0;
  for (int i = 0; i < rank; i += 1) {
    if (d[i].size == 1) continue;
    dimension *last = kept > 0 ? &d[kept - 1] : NULL;
    if (last && last->in == d[i].in * d[i].size && last->out == d[i].out * d[i].size) {
      last->size *= d[i].size;
      last->in = d[i].in;
      last->out = d[i].out;
    } else {
      d[kept++] = d[i];
    }
  }
  // The two innermost dimensions are a plane.
  while (kept < 2) {
    for (int i = kept; i > 0; i -= 1) d[i] = d[i - 1];
    d[0] = (dimension){1, 0, 0};
    kept += 1;
  }
  return kept;
}

static void move_plane(const movement *m, const char *in, char *out) {
  const dimension *rows = &m->dimensions[m->rank - 2], *columns = &m->dimensions[m->rank - 1];
  if (columns->in == 1 && columns->out == 1) {
    ptrdiff_t bytes = (ptrdiff_t)m->bytes;
    for (ptrdiff_t i = 0; i < rows->size; i += 1) {
      char *to = out + i * rows->out * bytes;
      const char *from = in + i * rows->in * bytes;
      if (m->adder) m->adder->add(columns->size, to, from, to);
      else memcpy(to, from, (size_t)(columns->size * bytes));
    }
  } else {
    m->move(rows->size, columns->size, in, rows->in, columns->in, out, rows->out, columns->out);
  }
}

static void move_from(const movement *m, int depth, const char *in, char *out) {
  if (depth == m->rank - 2) {
    move_plane(m, in, out);
    return;
  }
  const dimension *d = &m->dimensions[depth];
  for (ptrdiff_t i = 0; i < d->size; i += 1) {
    ptrdiff_t bytes = (ptrdiff_t)m->bytes;
    move_from(m, depth + 1, in + i * d->in * bytes, out + i * d->out * bytes);
  }
}

/// A range of the outermost dimension, or of the columns of a single row.
static void move_piece(void *context, ptrdiff_t piece) {
  movement m = *(const movement *)context;
  dimension *d = &m.dimensions[0];
  if (m.rank == 2 && d->size == 1) d = &m.dimensions[1];
  ptrdiff_t first = d->size * piece / m.pieces, last = d->size * (piece + 1) / m.pieces;
  d->size = last - first;
  move_from(&m, 0, m.in + first * d->in * (ptrdiff_t)m.bytes, m.out + first * d->out * (ptrdiff_t)m.bytes);
}

/// Whether no two indices write to one element: only then may threads share the work. Each stride has to step over all that the
/// smaller ones reach; what this refuses is moved by one thread.
static bool writes_apart(const movement *m) {
  bool done[MOST_DIMENSIONS] = {false};
  ptrdiff_t reach = 0;
  for (int count = 0; count < m->rank; count += 1) {
    int smallest = -1;
    ptrdiff_t step = 0;
    for (int i = 0; i < m->rank; i += 1) {
      ptrdiff_t out = m->dimensions[i].out < 0 ? -m->dimensions[i].out : m->dimensions[i].out;
      if (!done[i] && (smallest < 0 || out < step)) {
        smallest = i;
        step = out;
      }
    }
    done[smallest] = true;
    if (m->dimensions[smallest].size == 1) continue;
    if (step <= reach) return false;
    reach += step * (m->dimensions[smallest].size - 1);
  }
  return true;
}

static void start(movement *m, const tk_kernels *kernels, tk_scalar scalar, int threads, int rank, bool accumulate) {
  ptrdiff_t elements = 1;
  for (int i = 0; i < rank; i += 1) elements *= m->dimensions[i].size;
  if (elements == 0) return;
  m->bytes = scalar == TK_FLOAT64 ? 8 : 4;
  m->adder = accumulate ? &kernels->reduction->scalar[scalar] : NULL;
  m->move = !accumulate ? (scalar == TK_FLOAT64 ? tk_copy_8 : tk_copy_4)
                        : (scalar == TK_FLOAT64 ? tk_add_f64 : tk_add_f32);
  m->rank = simplify(rank, m->dimensions);
  ptrdiff_t longest = m->dimensions[0].size;
  if (m->rank == 2 && longest == 1) longest = m->dimensions[1].size;
  m->pieces = elements / WORTH_A_THREAD + 1;
  if (m->pieces > threads) m->pieces = threads;
  if (m->pieces > longest) m->pieces = longest;
  if (m->pieces > 1 && !writes_apart(m)) m->pieces = 1;
  tk_team_run((int)m->pieces, m->pieces, move_piece, m);
}

void tk_copy_strided(const tk_kernels *kernels, int threads, tk_scalar scalar, int rank, const ptrdiff_t *shape,
                     const void *in, const ptrdiff_t *strides, void *out, bool accumulate) {
  movement m = {.in = in, .out = out};
  ptrdiff_t stride = 1;
  for (int i = rank - 1; i >= 0; i -= 1) {
    m.dimensions[i] = (dimension){shape[i], strides[i], stride};
    stride *= shape[i];
  }
  start(&m, kernels, scalar, threads, rank, accumulate);
}

void tk_scatter_strided(const tk_kernels *kernels, int threads, tk_scalar scalar, int rank, const ptrdiff_t *shape,
                        const void *in, void *out, const ptrdiff_t *strides, bool accumulate) {
  movement m = {.in = in, .out = out};
  ptrdiff_t stride = 1;
  for (int i = rank - 1; i >= 0; i -= 1) {
    m.dimensions[i] = (dimension){shape[i], stride, strides[i]};
    stride *= shape[i];
  }
  start(&m, kernels, scalar, threads, rank, accumulate);
}

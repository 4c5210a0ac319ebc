// Reductions: how they are cut into tasks. What is added to what depends on the shape alone.
#include "include/reductions.h"

#include <string.h>

#include "include/thread_team.h"
#include "reduction.h"

enum {
  CHUNK = 4096,            // contiguous elements that one kernel call sums
  ROW_CHUNK = 256,         // rows that one kernel call sums
  COLUMN_BLOCK = 1024,     // columns of a task
  WORTH_A_THREAD = 32768,  // elements below which another thread does not pay
};

static size_t size_of(tk_scalar scalar) { return scalar == TK_FLOAT64 ? 8 : 4; }
static ptrdiff_t chunks_of(ptrdiff_t count, ptrdiff_t chunk) { return (count + chunk - 1) / chunk; }
static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static int useful_threads(int threads, ptrdiff_t elements) {
  ptrdiff_t useful = elements / WORTH_A_THREAD + 1;
  return useful < threads ? (int)useful : threads;
}

static inline void write_scalar(tk_scalar scalar, void *out, ptrdiff_t index, double value, bool accumulate) {
  if (scalar == TK_FLOAT64) {
    double *p = (double *)out + index;
    *p = accumulate ? *p + value : value;
  } else {
    float *p = (float *)out + index;
    *p = accumulate ? *p + (float)value : (float)value;
  }
}

typedef struct {
  const tk_reduction_functions *kernels;
  tk_scalar scalar;
  size_t size;
  bool maximum, accumulate;
  ptrdiff_t outer, count, inner;
  const char *in;
  char *out;
  ptrdiff_t chunks, blocks;  // of the middle axis; of columns
  void *partial;             // one result a chunk, when the chunks are the tasks
} reduction;

static double combine(const reduction *r, double a, double b) {
  if (!r->maximum) return a + b;
  return b > a || b != b ? b : a;
}

// MARK: Contiguous rows (inner == 1)

static double reduce_chunk(const reduction *r, ptrdiff_t row, ptrdiff_t chunk) {
  ptrdiff_t start = chunk * CHUNK, n = least(CHUNK, r->count - start);
  const char *x = r->in + (size_t)(row * r->count + start) * r->size;
  return r->maximum ? r->kernels->max(n, x) : r->kernels->sum(n, x);
}

static void reduce_row(void *context, ptrdiff_t row) {
  const reduction *r = context;
  double total = 0;
  for (ptrdiff_t chunk = 0; chunk < r->chunks; chunk += 1) {
    double part = reduce_chunk(r, row, chunk);
    total = chunk == 0 ? part : combine(r, total, part);
  }
  write_scalar(r->scalar, r->out, row, total, r->accumulate);
}

enum { ROWS_OF_A_TASK = 16 };

static void reduce_some_rows(void *context, ptrdiff_t task) {
  const reduction *r = context;
  ptrdiff_t end = least(r->outer, (task + 1) * ROWS_OF_A_TASK);
  for (ptrdiff_t row = task * ROWS_OF_A_TASK; row < end; row += 1) reduce_row(context, row);
}

static void reduce_chunk_of_row(void *context, ptrdiff_t task) {
  const reduction *r = context;
  ((double *)r->partial)[task] = reduce_chunk(r, task / r->chunks, task % r->chunks);
}

static void reduce_contiguous(reduction *r, int threads) {
  r->chunks = chunks_of(r->count, CHUNK);
  if (threads == 1 || r->outer >= 2 * threads || r->chunks <= 1) {
    tk_team_run(threads, chunks_of(r->outer, ROWS_OF_A_TASK), reduce_some_rows, r);
    return;
  }
  r->partial = tk_scratch(2, sizeof(double) * (size_t)(r->outer * r->chunks));
  tk_team_run(threads, r->outer * r->chunks, reduce_chunk_of_row, r);
  const double *partial = r->partial;
  for (ptrdiff_t row = 0; row < r->outer; row += 1) {
    double total = partial[row * r->chunks];
    for (ptrdiff_t chunk = 1; chunk < r->chunks; chunk += 1) {
      total = combine(r, total, partial[row * r->chunks + chunk]);
    }
    write_scalar(r->scalar, r->out, row, total, r->accumulate);
  }
}

// MARK: Rows over one another (inner > 1)

static void reduce_columns_of_chunk(const reduction *r, ptrdiff_t plane, ptrdiff_t chunk, ptrdiff_t column,
                                    ptrdiff_t columns, void *out) {
  ptrdiff_t start = chunk * ROW_CHUNK, rows = least(ROW_CHUNK, r->count - start);
  const char *x = r->in + (size_t)((plane * r->count + start) * r->inner + column) * r->size;
  if (r->maximum) r->kernels->max_rows(rows, columns, x, r->inner, out);
  else r->kernels->sum_rows(rows, columns, x, r->inner, out);
}

/// total = total and part, element by element.
static void combine_rows(const reduction *r, ptrdiff_t columns, char *total, const char *part) {
  if (!r->maximum) {
    r->kernels->add(columns, total, part, total);
  } else if (r->scalar == TK_FLOAT64) {
    for (ptrdiff_t j = 0; j < columns; j += 1)
      ((double *)total)[j] = combine(r, ((double *)total)[j], ((const double *)part)[j]);
  } else {
    for (ptrdiff_t j = 0; j < columns; j += 1)
      ((float *)total)[j] = (float)combine(r, ((float *)total)[j], ((const float *)part)[j]);
  }
}

static void finish_columns(const reduction *r, ptrdiff_t columns, const char *total, char *out) {
  if (r->accumulate) r->kernels->add(columns, out, total, out);
  else memcpy(out, total, (size_t)columns * r->size);
}

static void reduce_block_of_columns(void *context, ptrdiff_t task) {
  const reduction *r = context;
  ptrdiff_t plane = task / r->blocks, column = task % r->blocks * COLUMN_BLOCK;
  ptrdiff_t columns = least(COLUMN_BLOCK, r->inner - column);
  double total[COLUMN_BLOCK], part[COLUMN_BLOCK];
  for (ptrdiff_t chunk = 0; chunk < r->chunks; chunk += 1) {
    reduce_columns_of_chunk(r, plane, chunk, column, columns, chunk == 0 ? total : part);
    if (chunk > 0) combine_rows(r, columns, (char *)total, (const char *)part);
  }
  finish_columns(r, columns, (const char *)total, r->out + (size_t)(plane * r->inner + column) * r->size);
}

static void reduce_chunk_of_columns(void *context, ptrdiff_t task) {
  const reduction *r = context;
  reduce_columns_of_chunk(r, task / r->chunks, task % r->chunks, 0, r->inner,
                          (char *)r->partial + (size_t)(task * r->inner) * r->size);
}

static void reduce_strided(reduction *r, int threads) {
  r->chunks = chunks_of(r->count, ROW_CHUNK);
  r->blocks = chunks_of(r->inner, COLUMN_BLOCK);
  if (threads == 1 || r->outer * r->blocks >= threads || r->chunks <= 1) {
    tk_team_run(threads, r->outer * r->blocks, reduce_block_of_columns, r);
    return;
  }
  r->partial = tk_scratch(2, r->size * (size_t)(r->outer * r->chunks * r->inner));
  tk_team_run(threads, r->outer * r->chunks, reduce_chunk_of_columns, r);
  size_t row = (size_t)r->inner * r->size;
  for (ptrdiff_t plane = 0; plane < r->outer; plane += 1) {
    char *total = (char *)r->partial + (size_t)(plane * r->chunks) * row;
    for (ptrdiff_t chunk = 1; chunk < r->chunks; chunk += 1) {
      combine_rows(r, r->inner, total, total + (size_t)chunk * row);
    }
    finish_columns(r, r->inner, total, r->out + (size_t)plane * row);
  }
}

static void reduce(reduction *r, int threads) {
  if (r->outer == 0 || r->inner == 0) return;
  threads = useful_threads(threads, r->outer * r->count * r->inner);
  if (r->count == 0) {
    if (!r->accumulate) memset(r->out, 0, (size_t)(r->outer * r->inner) * r->size);
  } else if (r->inner == 1) {
    reduce_contiguous(r, threads);
  } else {
    reduce_strided(r, threads);
  }
}

void tk_sum(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
            const void *in, void *out, bool accumulate) {
  reduction r = {.kernels = &kernels->reduction->scalar[scalar],
                 .scalar = scalar,
                 .size = size_of(scalar),
                 .accumulate = accumulate,
                 .outer = outer,
                 .count = count,
                 .inner = inner,
                 .in = in,
                 .out = out};
  reduce(&r, threads);
}

void tk_max(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
            const void *in, void *out) {
  reduction r = {.kernels = &kernels->reduction->scalar[scalar],
                 .scalar = scalar,
                 .size = size_of(scalar),
                 .maximum = true,
                 .outer = outer,
                 .count = count,
                 .inner = inner,
                 .in = in,
                 .out = out};
  reduce(&r, threads);
}

// MARK: Along and over

void tk_cumulative_sum(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner,
                       const void *in, void *out, bool reversed) {
  const tk_reduction_functions *functions = &kernels->reduction->scalar[scalar];
  size_t size = size_of(scalar), row = (size_t)inner * size;
  if (count == 0 || inner == 0) return;
  for (ptrdiff_t plane = 0; plane < outer; plane += 1) {
    const char *x = (const char *)in + (size_t)(plane * count) * row;
    char *y = (char *)out + (size_t)(plane * count) * row;
    ptrdiff_t first = reversed ? count - 1 : 0, step = reversed ? -1 : 1;
    if (inner == 1 && scalar == TK_FLOAT64) {
      double sum = 0;
      for (ptrdiff_t i = 0, at = first; i < count; i += 1, at += step) {
        sum += ((const double *)x)[at];
        ((double *)y)[at] = sum;
      }
    } else if (inner == 1) {
      float sum = 0;
      for (ptrdiff_t i = 0, at = first; i < count; i += 1, at += step) {
        sum += ((const float *)x)[at];
        ((float *)y)[at] = sum;
      }
    } else {
      memmove(y + (size_t)first * row, x + (size_t)first * row, row);
      for (ptrdiff_t i = 1, at = first + step; i < count; i += 1, at += step) {
        functions->add(inner, y + (at - step) * (ptrdiff_t)row, x + at * (ptrdiff_t)row, y + at * (ptrdiff_t)row);
      }
    }
  }
}

typedef struct {
  const tk_reduction_functions *kernels;
  size_t size;
  ptrdiff_t count;
  const char *x;
  char *y;
} addition;

static void add_some(void *context, ptrdiff_t task) {
  const addition *a = context;
  ptrdiff_t start = task * WORTH_A_THREAD, n = least(WORTH_A_THREAD, a->count - start);
  char *y = a->y + (size_t)start * a->size;
  a->kernels->add(n, y, a->x + (size_t)start * a->size, y);
}

void tk_add_in_place(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t count, const void *x, void *y) {
  addition a = {&kernels->reduction->scalar[scalar], size_of(scalar), count, x, y};
  tk_team_run(threads, chunks_of(count, WORTH_A_THREAD), add_some, &a);
}

ptrdiff_t tk_first_non_finite(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t count, const void *x) {
  return kernels->reduction->scalar[scalar].first_non_finite(count, x);
}

#include "include/reductions.h"
#include "include/thread_team.h"
#include "kernels.h"
#include "pointwise_kernels.h"

typedef struct {
  tk_log_sum_exp_rows *run;
  ptrdiff_t rows, columns, chunk;
  const char *in;
  char *out;
  ptrdiff_t size;
} call;

static void run_chunk(void *context, ptrdiff_t index) {
  const call *c = context;
  const ptrdiff_t first = index * c->chunk;
  const ptrdiff_t count = c->rows - first < c->chunk ? c->rows - first : c->chunk;
  c->run(count, c->columns, c->in + first * c->columns * c->size, c->out + first * c->size);
}

void tk_log_sum_exp(const tk_kernels *kernels, int threads, tk_scalar scalar, ptrdiff_t rows, ptrdiff_t columns,
                    const void *in, void *out) {
  if (rows <= 0) return;
  const tk_pointwise_kernels *pointwise = kernels->pointwise;
  call c = {.run = scalar == TK_FLOAT64 ? pointwise->log_sum_exp_float64 : pointwise->log_sum_exp_float32,
            .rows = rows,
            .columns = columns,
            .in = in,
            .out = out,
            .size = scalar == TK_FLOAT64 ? 8 : 4};
  enum { ELEMENTS_PER_PART = 16384 };
  const ptrdiff_t parts = rows * columns / ELEMENTS_PER_PART;
  const ptrdiff_t count = parts < threads ? parts : threads;
  if (count < 2) {
    c.run(rows, columns, in, out);
    return;
  }
  c.chunk = (rows + count - 1) / count;
  tk_team_run(threads, (rows + c.chunk - 1) / c.chunk, run_chunk, &c);
}

// Bringing memory near that will be needed soon, a little at a time.
#ifndef TAPESTRY_PRODUCT_AHEAD_H
#define TAPESTRY_PRODUCT_AHEAD_H

#include "include/matrix_product.h"

/// Memory that will be needed soon, as runs of cache lines.
typedef struct {
  const char *line;
  ptrdiff_t left;               // lines of this run
  ptrdiff_t runs, run, stride;  // runs with this one; lines of a run; bytes from a run to the next
  ptrdiff_t total;              // lines left in all, with those of `next`
  const tk_region *next;        // what comes after these runs, `more` regions
  ptrdiff_t more;
  bool is_later;                // not at once: the second-level cache is near enough
} tk_ahead;

/// Lines that a row touches.
static inline __attribute__((always_inline)) ptrdiff_t tk_lines_of_run(const void *base, ptrdiff_t bytes) {
  return ((ptrdiff_t)((uintptr_t)base % 64) + bytes + 63) / 64;
}

/// Brings the next line near.
static inline __attribute__((always_inline)) void tk_approach(tk_ahead *x) {
  if (x->is_later) __builtin_prefetch(x->line, 0, 2);
  else __builtin_prefetch(x->line);
  x->line += 64;
  x->left -= 1;
  x->total -= 1;
  if (x->left > 0) return;
  x->line += x->stride - 64 * x->run;
  x->runs -= 1;
  if (x->runs == 0 && x->more > 0) {
    x->line = (const char *)x->next->base - (uintptr_t)x->next->base % 64;
    x->runs = x->next->rows;
    x->run = tk_lines_of_run(x->next->base, x->next->row_bytes);
    x->stride = x->next->stride;
    x->next += 1;
    x->more -= 1;
  }
  x->left = x->run;
}

/// The lines of some regions, none of which is empty.
static inline tk_ahead tk_ahead_of(const tk_region *regions, ptrdiff_t count) {
  tk_ahead x = {.next = regions, .more = count};
  for (ptrdiff_t i = 0; i < count; i += 1) {
    x.total += regions[i].rows * tk_lines_of_run(regions[i].base, regions[i].row_bytes);
  }
  if (count == 0) return x;
  x.line = (const char *)regions->base - (uintptr_t)regions->base % 64;
  x.runs = regions->rows;
  x.left = x.run = tk_lines_of_run(regions->base, regions->row_bytes);
  x.stride = regions->stride;
  x.next += 1;
  x.more -= 1;
  return x;
}

#endif

// One function a family of kernels; each returns the number of failed checks.
#ifndef FAMILIES_H
#define FAMILIES_H

#include <math.h>
#include <stdlib.h>

#include "CKernels.h"

int run_pointwise(void);
int run_products(void);
int run_reductions(void);
int run_team(void);

int check_family(const char *name, int (*family)(void));

/// A buffer of exactly `count` elements, so that one element too far is noticed, with small numbers that a seed decides.
static inline void *filled(tk_scalar scalar, ptrdiff_t count, unsigned seed) {
  float *f = malloc((size_t)(count > 0 ? count : 1) * (scalar == TK_FLOAT64 ? 8 : 4));
  for (ptrdiff_t i = 0; i < count; i += 1) {
    seed = seed * 1664525u + 1013904223u;
    double x = (double)(seed >> 8) / (1 << 24) - 0.5;
    if (scalar == TK_FLOAT64) ((double *)f)[i] = x;
    else f[i] = (float)x;
  }
  return f;
}

static inline double element(tk_scalar scalar, const void *p, ptrdiff_t i) {
  return scalar == TK_FLOAT64 ? ((const double *)p)[i] : (double)((const float *)p)[i];
}

static inline int differs(tk_scalar scalar, double a, double b) {
  return !(fabs(a - b) <= (scalar == TK_FLOAT64 ? 1e-12 : 1e-4) * (1 + fabs(b)));
}

#endif

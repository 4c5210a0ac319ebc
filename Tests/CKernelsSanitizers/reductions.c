#include "families.h"

static int check_reduction(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t outer, ptrdiff_t count, ptrdiff_t inner) {
  void *in = filled(scalar, outer * count * inner, 5), *running = filled(scalar, outer * count * inner, 6);
  void *sum = filled(scalar, outer * inner, 7), *max = filled(scalar, outer * inner, 8);
  int failures = 0;
  tk_sum(kernels, 2, scalar, outer, count, inner, in, sum, false);
  tk_sum(kernels, 2, scalar, outer, count, inner, in, sum, true);
  if (count > 0) tk_max(kernels, 2, scalar, outer, count, inner, in, max);
  tk_cumulative_sum(kernels, scalar, outer, count, inner, in, running, outer % 2 == 0);
  for (ptrdiff_t i = 0; i < outer; i += 1)
    for (ptrdiff_t j = 0; j < inner; j += 1) {
      double total = 0, most = -1;
      for (ptrdiff_t l = 0; l < count; l += 1) {
        double x = element(scalar, in, (i * count + l) * inner + j);
        total += x;
        if (x > most) most = x;
      }
      failures += differs(scalar, element(scalar, sum, i * inner + j), 2 * total);
      if (count == 0) continue;
      failures += differs(scalar, element(scalar, max, i * inner + j), most);
      ptrdiff_t end = outer % 2 == 0 ? 0 : count - 1;
      failures += differs(scalar, element(scalar, running, (i * count + end) * inner + j), total);
    }
  ptrdiff_t elements = outer * count * inner;
  failures += tk_first_non_finite(kernels, scalar, elements, in) != -1;
  tk_add_in_place(kernels, 2, scalar, elements, in, running);
  free(in), free(running), free(sum), free(max);
  return failures;
}

static int check_movement(const tk_kernels *kernels, tk_scalar scalar, ptrdiff_t a, ptrdiff_t b, ptrdiff_t c) {
  void *in = filled(scalar, a * b * c, 9), *out = filled(scalar, a * b * c, 10), *back = filled(scalar, a * b * c, 11);
  ptrdiff_t shape[] = {c, a, b}, strides[] = {1, b * c, c};
  tk_copy_strided(kernels, 2, scalar, 3, shape, in, strides, out, false);
  tk_scatter_strided(kernels, 2, scalar, 3, shape, out, back, strides, false);
  tk_scatter_strided(kernels, 2, scalar, 3, shape, out, back, strides, true);
  int failures = 0;
  for (ptrdiff_t i = 0; i < a * b * c; i += 1) {
    failures += element(scalar, back, i) != 2 * element(scalar, in, i);
  }
  free(in), free(out), free(back);
  return failures;
}

int run_reductions(void) {
  const ptrdiff_t outers[] = {0, 1, 2, 35}, counts[] = {0, 1, 7, 300}, inners[] = {1, 2, 17, 130};
  int failures = 0;
  for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set += 1) {
    const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
    if (!kernels) continue;
    for (int scalar = TK_FLOAT32; scalar <= TK_FLOAT64; scalar += 1) {
      for (int i = 0; i < 64; i += 1) {
        failures += check_reduction(kernels, (tk_scalar)scalar, outers[i / 16], counts[i / 4 % 4], inners[i % 4]);
      }
      failures += check_reduction(kernels, (tk_scalar)scalar, 1, 100001, 1);
      failures += check_reduction(kernels, (tk_scalar)scalar, 1, 3001, 40);
      failures += check_movement(kernels, (tk_scalar)scalar, 3, 5, 7);
      failures += check_movement(kernels, (tk_scalar)scalar, 61, 33, 50);
    }
  }
  return failures;
}

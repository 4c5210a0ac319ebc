#include "include/random_normals.h"

#include <string.h>

// A fused multiply-add rounds once where two operations round twice: the bits are to be the same with and without.
#pragma clang fp contract(off)

#define INLINE static inline __attribute__((always_inline))

INLINE double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// With x = 2^e m and m in sqrt(1/2) ..< sqrt(2), log x = e log 2 + 2 artanh(s) for s = (m - 1) / (m + 1), whose series in
// s * s <= 0.0295 ends below 2^-55 after eleven terms.
INLINE double logarithm(double x) {
  // Adding the distance from sqrt(1/2) to 1 in bits carries into the exponent exactly when the mantissa is in the upper
  // part, so that 1 itself and its neighbours have e = 0 and lose no digit.
  const uint64_t half_root = 0x3FE6A09E667F3BCDu, one = 0x3FF0000000000000u;
  const uint64_t shifted = bits_of(x) + (one - half_root);
  const double e = (double)((int64_t)(shifted >> 52) - 1023);
  const double mantissa = from_bits((shifted & 0x000FFFFFFFFFFFFFu) + half_root);
  const double s = (mantissa - 1) / (mantissa + 1), z = s * s;
  double series = 1.0 / 21;
  series = series * z + 1.0 / 19;
  series = series * z + 1.0 / 17;
  series = series * z + 1.0 / 15;
  series = series * z + 1.0 / 13;
  series = series * z + 1.0 / 11;
  series = series * z + 1.0 / 9;
  series = series * z + 1.0 / 7;
  series = series * z + 1.0 / 5;
  series = series * z + 1.0 / 3;
  // log 2 in two parts, the first with 21 trailing zero bits, so that its product with e is exact.
  return e * 0x1.62E42FEEp-1 + (2 * s + (2 * s * z * series + e * 0x1.A39EF35793C76p-33));
}

// The nearest quarter turn is taken off exactly; the rest, at most an eighth of a turn, goes into Taylor series that end
// below 2^-54.
INLINE void cosine_and_sine(double turns, double *cosine, double *sine) {
  const double quarters = turns * 4;
  const int64_t nearest = (int64_t)(quarters + 0.5);
  const double x = (quarters - (double)nearest) * 0x1.921FB54442D18p+0, z = x * x;
  double s = -1.0 / 1307674368000;
  s = s * z + 1.0 / 6227020800;
  s = s * z - 1.0 / 39916800;
  s = s * z + 1.0 / 362880;
  s = s * z - 1.0 / 5040;
  s = s * z + 1.0 / 120;
  s = s * z - 1.0 / 6;
  s = x + x * z * s;
  double c = 1.0 / 20922789888000;
  c = c * z - 1.0 / 87178291200;
  c = c * z + 1.0 / 479001600;
  c = c * z - 1.0 / 3628800;
  c = c * z + 1.0 / 40320;
  c = c * z - 1.0 / 720;
  c = c * z + 1.0 / 24;
  c = 1 + z * (c * z - 0.5);
  // Odd quarters exchange the two; the signs follow the quadrant.
  const double horizontal = nearest & 1 ? s : c, vertical = nearest & 1 ? c : s;
  *cosine = (nearest + 1) & 2 ? -horizontal : horizontal;
  *sine = nearest & 2 ? -vertical : vertical;
}

INLINE void normals(const uint64_t *restrict words, ptrdiff_t pairs, double *restrict numbers) {
#pragma clang loop vectorize(enable) interleave(disable)
  for (ptrdiff_t i = 0; i < pairs; i += 1) {
    // In 2^-53 ... 1, so that the logarithm is finite.
    const double fraction = (double)(int64_t)((words[2 * i] >> 11) + 1) * 0x1p-53;
    const double radius = __builtin_elementwise_sqrt(-2 * logarithm(fraction));
    double cosine, sine;
    cosine_and_sine((double)(int64_t)(words[2 * i + 1] >> 11) * 0x1p-53, &cosine, &sine);
    numbers[2 * i] = radius * cosine;
    numbers[2 * i + 1] = radius * sine;
  }
}

double tk_portable_logarithm(double x) { return logarithm(x); }

void tk_portable_cosine_and_sine(double turns, double *cosine, double *sine) { cosine_and_sine(turns, cosine, sine); }

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq,avx512vl"))) static void normals_avx512(const uint64_t *words, ptrdiff_t pairs,
                                                                               double *numbers) {
  normals(words, pairs, numbers);
}
#endif

void tk_portable_normals(const uint64_t *words, ptrdiff_t pairs, double *numbers) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    normals_avx512(words, pairs, numbers);
    return;
  }
#endif
  normals(words, pairs, numbers);
}

// What the transcendental functions need for float64: bounds and minimax polynomials (Scripts/fit-polynomials.py).

// Beyond these the exponential overflows to infinity, or rounds to 0.
static const double exp_overflow_float64 = 710, exp_underflow_float64 = -746;

#if TK_VECTOR_BYTES == 64
TK_INLINE V TK(scale_by)(V p, V n) { return (V)_mm512_scalef_pd((__m512d)p, (__m512d)n); }
#endif

// (e^r - 1 - r) / r^2
TK_INLINE V TK(exp_polynomial)(V r) {
  return HORNER(r, 0x1.0000000000000p-1, 0x1.5555555555559p-3, 0x1.5555555555559p-5, 0x1.111111110f70cp-7,
                0x1.6c16c16c16841p-10, 0x1.a01a01af9ad8ep-13, 0x1.a01a019e2dbaap-16, 0x1.71ddf93e12f9fp-19,
                0x1.27e4f9416bbb6p-22, 0x1.af5cfb16ecaefp-26, 0x1.1f37bff596f54p-29);
}

// (tanh(x) / x - 1) / x^2 in x^2, for |x| <= 0.35
TK_INLINE V TK(tanh_polynomial)(V square) {
  return HORNER(square, -0x1.55555555554c1p-2, 0x1.11111110fde0fp-3, -0x1.ba1ba19eecf15p-5, 0x1.664f3f2eeda7dp-6,
                -0x1.226c6ee14e4c6p-7, 0x1.d66e8babb3194p-9, -0x1.77091e6668742p-10, 0x1.f1967ddaa0bd5p-12);
}

// log((1 + f) 2^n) for 1 + f between sqrt(1/2) and sqrt(2), by s = f / (2 + f): log(1 + f) = 2 s + s^3 P(s^2)
TK_INLINE V TK(log_of_parts)(V f, V n) {
  const V s = f / (TK(splat)(2) + f);
  const V z = s * s;
  const V p = HORNER(z, 0x1.5555555555555p-1, 0x1.9999999999d12p-2, 0x1.24924924395d4p-2, 0x1.c71c724b9c093p-3,
                     0x1.745ce1b4f137fp-3, 0x1.3b20285a5f914p-3, 0x1.0f66e4721274ap-3, 0x1.0f118087ea0d8p-3);
  const V half_square = TK(splat)(0.5) * f * f;
  const V small = TK(fma)(s, TK(fma)(z, p, half_square), n * TK(splat)(0x1.473de6af278edp-34));
  return TK(fma)(n, TK(splat)(0x1.62e42fefp-1), f - (half_square - small));
}

// log(1 + u) for 0 <= u <= 1
TK_INLINE V TK(log1p_of_fraction)(V u) {
  const TK(integers) large = u > TK(splat)(0.41421356237309504880);
  const V f = large ? (u - TK(splat)(1)) * TK(splat)(0.5) : u;
  return TK(log_of_parts)(f, large ? TK(splat)(1) : TK(splat)(0));
}

// erf(x) / x - 1 in x^2, for |x| <= 1
TK_INLINE V TK(erf_polynomial)(V square) {
  return HORNER(square, 0x1.06eba8214db69p-3, -0x1.812746b037a25p-2, 0x1.ce2f21a0458d6p-4, -0x1.b82ce31354c63p-6,
                0x1.565bcd2c647cep-8, -0x1.c02db93481852p-11, 0x1.f9a3b9b155b8ep-14, -0x1.f4dcfdf15d175p-17,
                0x1.ba6a0ef312dc1p-20, -0x1.639c7ff80be75p-23, 0x1.1374505d2a743p-26, -0x1.c747c843dde32p-30,
                0x1.3fd65f7957490p-33);
}

// -log(erfc(1 + t)) for 0 <= t <= 4.95
TK_INLINE V TK(erfc_exponent)(V t) {
  return HORNER(t, 0x1.d97fbf27aa2a1p+0, 0x1.51c9b0006c243p+1, 0x1.afabc11a28bdfp-1, 0x1.5477f09ccd15bp-5,
                -0x1.48c9d40c14612p-7, 0x1.033f68ed4e484p-9, -0x1.f1b45e4c05c06p-13, -0x1.b8cbd20f83df1p-16,
                0x1.c781a2bd3f672p-16, -0x1.41fc79f891a8ap-17, 0x1.12902533ae357p-19, -0x1.1a2f01b774dd7p-23,
                -0x1.c0dc80577027dp-24, 0x1.d9e5b150548a4p-25, -0x1.11d07bae955d1p-26, 0x1.aa546953aa4b9p-29,
                -0x1.bd673c0e53881p-32, 0x1.1b7f63bd50348p-35, -0x1.4cb7626e77191p-40);
}

#include "vector_math_functions.h"

// The nearest multiple of pi/2, as its number; |x| below 2^20.
TK_INLINE V TK(round_quarter_turns)(V x) {
  const V magic = TK(splat)(6755399441055744.0);
  return TK(fma)(x, TK(splat)(0x1.45f306dc9c883p-1), magic) - magic;
}

// x - n pi/2, with pi/2 in three parts of which the first two give exact products; *low is what the result lacks.
TK_INLINE V TK(subtract_quarter_turns)(V x, V n, V *low) {
  const V middle = TK(splat)(0x1.0b4611a6p-34), last = TK(splat)(0x1.3198a2e037073p-69);
  const V first = TK(fma)(-n, TK(splat)(0x1.921fb544p+0), x);
  const V second = TK(fma)(-n, middle, first);
  const V r = TK(fma)(-n, last, second);
  *low = TK(fma)(-n, last, second - r) + TK(fma)(-n, middle, first - second);
  return r;
}

typedef struct {
  V r, low;
  integers_float64 quadrant;
} TK(angle);

TK_INLINE TK(angle) TK(reduce_angle)(V x) {
  const V n = TK(round_quarter_turns)(x);
  TK(angle) result;
  result.r = TK(subtract_quarter_turns)(x, n, &result.low);
  result.quadrant = (integers_float64)(n + TK(splat)(6755399441055744.0));
  return result;
}

TK_INLINE V TK(sin_of_angle)(TK(angle) angle, V square) {
  const V p = HORNER(square, -0x1.5555555555548p-3, 0x1.111111110f730p-7, -0x1.a01a019be91cep-13, 0x1.71de355521d53p-19,
                     -0x1.ae5e4b77ce7dap-26, 0x1.5d8b50b2506acp-33);
  return angle.r + TK(fma)(angle.r * square, p, angle.low);
}
TK_INLINE V TK(cos_of_angle)(TK(angle) angle, V square) {
  const V p = HORNER(square, 0x1.555555555554bp-5, -0x1.6c16c16c15016p-10, 0x1.a01a019c8f3c8p-16,
                     -0x1.27e4f7f199e28p-22, 0x1.1ee9dbcd76601p-29, -0x1.8fa67f9f9a74ep-37);
  const V one = TK(splat)(1), half = TK(splat)(0.5) * square, most = one - half;
  return most + (((one - most) - half) + TK(fma)(square * square, p, -(angle.r * angle.low)));
}

// Where the reduction is not exact enough: large arguments, and the neighbourhood of multiples of pi/2.
TK_INLINE integers_float64 TK(angle_is_hard)(V x, V r) {
  return (TK(abs)(x) > TK(splat)(1048576)) | ((TK(abs)(r) < TK(splat)(0x1p-24)) & (TK(abs)(x) > TK(splat)(1)));
}

#include "vector_math_angles.h"

// a b as an unevaluated sum of two numbers.
typedef struct {
  V high, low;
} TK(pair);

TK_INLINE TK(pair) TK(two_product)(V a, V b) {
  TK(pair) result;
  result.high = a * b;
#if TK_HAS_FMA
  result.low = TK(fma)(a, b, -result.high);
#else
  // Halves of 26 bits, whose products are exact.
  const TK(integers) mask = (TK(integers))0xfffffffff8000000;
  const V ah = (V)((TK(integers))a & mask), al = a - ah, bh = (V)((TK(integers))b & mask), bl = b - bh;
  result.low = ((ah * bh - result.high) + ah * bl + al * bh) + al * bl;
#endif
  return result;
}

// a - quotient b, where the product is nearly a.
TK_INLINE V TK(remainder)(V a, V quotient, V b) {
  const TK(pair) product = TK(two_product)(quotient, b);
  return (a - product.high) - product.low;
}
TK_INLINE V TK(modulo)(V a, V b) { return TK(modulo_of)(a, b, TK(remainder)); }

// |high| >= |low|
TK_INLINE TK(pair) TK(quick_two_sum)(V high, V low) {
  TK(pair) result;
  result.high = high + low;
  result.low = low - (result.high - high);
  return result;
}

// log(x) with about 12 more bits than float64 has, for positive x: the error of y log(x) counts y log(x) times.
TK_INLINE TK(pair) TK(log_extended)(V x) {
  const V one = TK(splat)(1);
  const TK(integers) is_denormal = x < TK(splat)(0x1p-1022);
  const TK(parts) u = TK(split)(is_denormal ? x * TK(splat)(0x1p53) : x);
  const V n = __builtin_convertvector(u.k - (is_denormal & 53), V);
  const V f = u.m - one;
  // s = f / (2 + f), to twice the precision
  const V d = TK(splat)(2) + f, d_low = f - (d - TK(splat)(2));
  const V s = f / d;
  const TK(pair) back = TK(two_product)(s, d);
  const V s_low = (((f - back.high) - back.low) - s * d_low) / d;
  // log(1 + f) = 2 (s + s^3 (1/3 + z P(z))), z = s^2
  TK(pair) z = TK(two_product)(s, s);
  z.low = TK(fma)(s + s, s_low, z.low);
  const V p = z.high * HORNER(z.high, 0x1.999999999999ap-3, 0x1.2492492492363p-3, 0x1.c71c71c747e9dp-4,
                              0x1.745d172bc9151p-4, 0x1.3b13ba5a5e08ap-4, 0x1.110f1c445e77ep-4, 0x1.e2657b6430e55p-5,
                              0x1.a5091b802df7dp-5, 0x1.eca0dc74ee588p-5);
  TK(pair) a = TK(quick_two_sum)(TK(splat)(0x1.5555555555555p-2), p);
  a.low = a.low + TK(splat)(0x1.5555555555555p-56);
  TK(pair) t = TK(two_product)(z.high, a.high);
  t.low = t.low + TK(fma)(z.high, a.low, z.low * a.high);
  TK(pair) cube = TK(two_product)(s, t.high);
  cube.low = cube.low + TK(fma)(s, t.low, s_low * t.high);
  TK(pair) sum = TK(quick_two_sum)(s, cube.high);
  sum.low = sum.low + (s_low + cube.low);
  // n ln 2 in two parts, the first exact
  const V high = n * TK(splat)(0x1.62e42fefa3p-1), twice = sum.high + sum.high;
  TK(pair) result;
  result.high = high + twice;
  const V part = result.high - high;
  const V error = (high - (result.high - part)) + (twice - part);
  const V low = TK(fma)(n, TK(splat)(0x1.3de6af278ece6p-42), sum.low + sum.low) + error;
  return TK(quick_two_sum)(result.high, low);
}

TK_INLINE V TK(power)(V x, V y) {
  const V magnitude = TK(abs)(x), zero = TK(splat)(0), infinity = TK(splat)(INFINITY);
  const TK(pair) logarithm = TK(log_extended)(magnitude);
  const TK(pair) product = TK(two_product)(y, logarithm.high);
  const V low = TK(fma)(y, logarithm.low, product.low);
  // Where the result is neither 0 nor infinite, the exponent is moderate.
  const TK(integers) moderate = TK(abs)(product.high) < TK(splat)(1000);
  TK(reduced) reduced = TK(reduce)(moderate ? product.high : zero);
  reduced.r = reduced.r + (moderate ? low : zero);
  V result = TK(exp_of_reduced)(reduced);
  result = moderate ? result : (product.high > zero ? infinity : zero);
  // log(0) and log(infinity), and infinite y
  const V extreme = magnitude == zero ? -y : (magnitude == infinity ? y : (magnitude > TK(splat)(1) ? y : -y));
  const TK(integers) is_extreme = (magnitude == zero) | (magnitude == infinity) | (TK(abs)(y) == infinity);
  result = is_extreme ? (extreme > zero ? infinity : zero) : result;
  result = y != y ? y : result;
  return TK(power_special)(result, x, y);
}

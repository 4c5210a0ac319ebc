// What the transcendental functions need for float32: bounds and minimax polynomials (Scripts/fit-polynomials.py).

// Beyond these the exponential overflows to infinity, or rounds to 0.
static const float exp_overflow_float32 = 89, exp_underflow_float32 = -104;

#if TK_VECTOR_BYTES == 64
TK_INLINE V TK(scale_by)(V p, V n) { return (V)_mm512_scalef_ps((__m512)p, (__m512)n); }
#endif

// (e^r - 1 - r) / r^2
TK_INLINE V TK(exp_polynomial)(V r) {
  return HORNER(r, 0x1.000000p-1f, 0x1.55552cp-3f, 0x1.555502p-5f, 0x1.11566cp-7f, 0x1.6d2e8ep-10f, 0x1.39365ap-13f);
}

// (tanh(x) / x - 1) / x^2 in x^2, for |x| <= 0.35
TK_INLINE V TK(tanh_polynomial)(V square) {
  return HORNER(square, -0x1.55554ep-2f, 0x1.110c34p-3f, -0x1.b8272ep-5f, 0x1.3ea26cp-6f);
}

// log((1 + f) 2^n) for 1 + f between sqrt(1/2) and sqrt(2)
TK_INLINE V TK(log_of_parts)(V f, V n) {
  const V cubic = HORNER(f, 0x1.555554p-2f, -0x1.000228p-2f, 0x1.99a036p-3f, -0x1.54721ep-3f, 0x1.22d5fcp-3f,
                         -0x1.0d82dap-3f, 0x1.057826p-3f, -0x1.390a56p-4f);
  const V square = f * f;
  V sum = TK(fma)(cubic, f, TK(splat)(-0.5f)) * square;
  sum = TK(fma)(n, TK(splat)(0x1.7f7d1cp-20f), sum);
  return TK(fma)(n, TK(splat)(0x1.62e4p-1f), sum + f);
}

// log(1 + u) for 0 <= u <= 1
TK_INLINE V TK(log1p_of_fraction)(V u) {
  const V p = HORNER(u, -0x1.fffff8p-2f, 0x1.5553b6p-2f, -0x1.ffc59ep-3f, 0x1.978b56p-3f, -0x1.4a72c6p-3f,
                     0x1.ff2976p-4f, -0x1.54f2acp-4f, 0x1.590208p-5f, -0x1.c0a860p-7f, 0x1.113c38p-9f);
  return TK(fma)(u * u, p, u);
}

// erf(x) / x - 1 in x^2, for |x| <= 1
TK_INLINE V TK(erf_polynomial)(V square) {
  return HORNER(square, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f, -0x1.b7f71ap-6f, 0x1.53f224p-8f,
                -0x1.a3516ap-11f, 0x1.477264p-14f);
}

// -log(erfc(1 + t)) for 0 <= t <= 2.92
TK_INLINE V TK(erfc_exponent)(V t) {
  return HORNER(t, 0x1.d97fc0p+0f, 0x1.51c988p+1f, 0x1.afb44cp-1f, 0x1.5203e2p-5f, -0x1.35aff0p-7f, 0x1.83b88ep-10f,
                -0x1.76b388p-14f);
}

#include "vector_math_functions.h"

typedef float tk_half_float32 __attribute__((ext_vector_type(TK_VECTOR_BYTES / 8)));
typedef int32_t tk_half_integers __attribute__((ext_vector_type(TK_VECTOR_BYTES / 8)));

// x = quadrant pi/2 + r with |r| <= pi/4: computed in float64, exact enough up to 2^20 (at larger x, r is not used).
typedef struct {
  V r;
  integers_float32 quadrant;
} TK(angle);

TK_INLINE TK(angle) TK(reduce_angle)(V x) {
  TK(angle) result;
  tk_float64_vector low = __builtin_convertvector(x.lo, tk_float64_vector);
  tk_float64_vector high = __builtin_convertvector(x.hi, tk_float64_vector);
  const tk_float64_vector low_n = round_quarter_turns_float64(low), high_n = round_quarter_turns_float64(high);
  tk_float64_vector rest;
  low = subtract_quarter_turns_float64(low, low_n, &rest);
  high = subtract_quarter_turns_float64(high, high_n, &rest);
  result.r.lo = __builtin_convertvector(low, tk_half_float32);
  result.r.hi = __builtin_convertvector(high, tk_half_float32);
  // The integers stand in the low bits of n + 1.5 2^52.
  const tk_float64_vector magic = splat_float64(6755399441055744.0);
  result.quadrant.lo = __builtin_convertvector((integers_float64)(low_n + magic), tk_half_integers);
  result.quadrant.hi = __builtin_convertvector((integers_float64)(high_n + magic), tk_half_integers);
  return result;
}

TK_INLINE V TK(sin_of_angle)(TK(angle) angle, V square) {
  const V p = HORNER(square, -0x1.555546p-3f, 0x1.110778p-7f, -0x1.995410p-13f);
  return TK(fma)(angle.r * square, p, angle.r);
}
TK_INLINE V TK(cos_of_angle)(TK(angle) angle, V square) {
  (void)angle;
  const V p = HORNER(square, 0x1.55554ap-5f, -0x1.6c0c28p-10f, 0x1.99e882p-16f);
  return TK(fma)(square * square, p, TK(fma)(square, TK(splat)(-0.5f), TK(splat)(1)));
}

// Where the reduction is not exact enough: large arguments, and the neighbourhood of multiples of pi/2.
TK_INLINE integers_float32 TK(angle_is_hard)(V x, V r) {
  (void)r;
  return TK(abs)(x) > TK(splat)(1048576);
}

#include "vector_math_angles.h"

// In float64, whose logarithm and exponential are exact enough.
TK_INLINE V TK(power)(V x, V y) {
  const V magnitude = TK(abs)(x);
  V result;
  const tk_float64_vector low = log_float64(__builtin_convertvector(magnitude.lo, tk_float64_vector)) *
                                __builtin_convertvector(y.lo, tk_float64_vector);
  const tk_float64_vector high = log_float64(__builtin_convertvector(magnitude.hi, tk_float64_vector)) *
                                 __builtin_convertvector(y.hi, tk_float64_vector);
  result.lo = __builtin_convertvector(exp_float64(low), tk_half_float32);
  result.hi = __builtin_convertvector(exp_float64(high), tk_half_float32);
  return TK(power_special)(result, x, y);
}

#if TK_HAS_FMA
TK_INLINE V TK(remainder)(V a, V quotient, V b) { return TK(fma)(-quotient, b, a); }
TK_INLINE V TK(modulo)(V a, V b) { return TK(modulo_of)(a, b, TK(remainder)); }
#else
TK_INLINE V TK(modulo)(V a, V b) {
  V result;
  result.lo = __builtin_convertvector(modulo_float64(__builtin_convertvector(a.lo, tk_float64_vector),
                                                     __builtin_convertvector(b.lo, tk_float64_vector)),
                                      tk_half_float32);
  result.hi = __builtin_convertvector(modulo_float64(__builtin_convertvector(a.hi, tk_float64_vector),
                                                     __builtin_convertvector(b.hi, tk_float64_vector)),
                                      tk_half_float32);
  return result;
}
#endif

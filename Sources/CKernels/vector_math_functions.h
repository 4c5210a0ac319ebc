// The transcendental functions, for either scalar type. vector_math_float32.h or vector_math_float64.h gives the
// polynomials; the error bounds stand in include/pointwise.h.

TK_INLINE V TK(at_most)(V x, T bound) { return TK(splat)(bound) < x ? TK(splat)(bound) : x; }   // NaN stays
TK_INLINE V TK(at_least)(V x, T bound) { return TK(splat)(bound) > x ? TK(splat)(bound) : x; }  // NaN stays

enum {
  TK(fraction_bits) = sizeof(T) == 4 ? 23 : 52,
  TK(exponent_bias) = sizeof(T) == 4 ? 127 : 1023,
};

// 2^k for integers that give a normal number.
TK_INLINE V TK(power_of_two)(TK(integers) k) {
  return (V)((TK(unsigned))(k + TK(exponent_bias)) << TK(fraction_bits));
}

// x = n ln 2 + r with |r| about ln(2) / 2 at most, for |x| < 2000.
typedef struct {
  V n, r;
  TK(integers) k;  // n as an integer
} TK(reduced);

TK_INLINE TK(reduced) TK(reduce)(V x) {
  // Adding 1.5 2^23 (2^52) rounds to an integer, which then stands in the low bits.
  const V magic = TK(splat)(sizeof(T) == 4 ? (T)12582912.0 : (T)6755399441055744.0);
  const V shifted = TK(fma)(x, TK(splat)((T)0x1.71547652b82fep+0), magic);
  TK(reduced) result;
  result.n = shifted - magic;
  result.k = (TK(integers))shifted - (TK(integers))magic;
  // The high part of ln 2 has few enough bits for n times it to be exact.
  const T high = sizeof(T) == 4 ? (T)0x1.62e4p-1 : (T)0x1.62e42fefp-1;
  const T low = sizeof(T) == 4 ? (T)0x1.7f7d1cp-20 : (T)0x1.473de6af278edp-34;
  result.r = TK(fma)(-result.n, TK(splat)(high), x);
  result.r = TK(fma)(-result.n, TK(splat)(low), result.r);
  return result;
}

// The same for |x| < 64, where the difference between ln 2 and its nearest float32 does not matter.
TK_INLINE TK(reduced) TK(reduce_moderate)(V x) {
  if (sizeof(T) == 8 || !TK_HAS_FMA) return TK(reduce)(x);
  const V magic = TK(splat)((T)12582912.0);
  const V shifted = TK(fma)(x, TK(splat)((T)0x1.71547652b82fep+0), magic);
  TK(reduced) result;
  result.n = shifted - magic;
  result.k = (TK(integers))shifted - (TK(integers))magic;
  result.r = TK(fma)(-result.n, TK(splat)((T)0x1.62e43p-1), x);
  return result;
}

// e^r - 1 for a reduced r.
TK_INLINE V TK(expm1_reduced)(V r) { return TK(fma)(r * r, TK(exp_polynomial)(r), r); }

// p 2^n for p near 1, rounded once, down to denormals and up to infinity; |n| < 2^9 (2^12).
TK_INLINE V TK(scale)(V p, V n, TK(integers) k) {
#if TK_VECTOR_BYTES == 64
  (void)k;
  return TK(scale_by)(p, n);
#else
  (void)n;
  const TK(integers) half = k >> 1;
  return p * TK(power_of_two)(half) * TK(power_of_two)(k - half);
#endif
}

TK_INLINE V TK(exp_of_reduced)(TK(reduced) x) {
  return TK(scale)(TK(expm1_reduced)(x.r) + TK(splat)(1), x.n, x.k);
}

TK_INLINE V TK(exp)(V x) {
  return TK(exp_of_reduced)(TK(reduce)(TK(at_least)(TK(at_most)(x, TK(exp_overflow)), TK(exp_underflow))));
}

// e^-|x|
TK_INLINE V TK(exp_of_negative)(V x) {
  return TK(exp_of_reduced)(TK(reduce)(TK(at_least)(-TK(abs)(x), TK(exp_underflow))));
}

TK_INLINE V TK(expm1)(V x) {
  const TK(reduced) y = TK(reduce)(TK(at_least)(TK(at_most)(x, TK(exp_overflow)), sizeof(T) == 4 ? -18 : -40));
  // Half the result, for 2^n may be too large a number where the result is not.
  const V half = TK(power_of_two)(y.k - 1);
  const V sum = TK(fma)(half, TK(expm1_reduced)(y.r), half - TK(splat)((T)0.5));
  const V result = sum + sum;
  // Where the result is x itself: the sign of zero and denormal numbers.
  return TK(abs)(x) < TK(splat)(sizeof(T) == 4 ? (T)0x1p-26 : (T)0x1p-55) ? x : result;
}

// e^-|x| is at most 1, so that nothing overflows: 1 / (1 + e^-x) or e^x / (1 + e^x).
TK_INLINE V TK(sigmoid)(V x) {
  const V one = TK(splat)(1);
  const V e = TK(exp_of_negative)(x);
  return (x < TK(splat)(0) ? e : one) / (one + e);
}

// With e = e^2|x| - 1, e / (e + 2) keeps its relative accuracy near 0; a polynomial is more exact there.
TK_INLINE V TK(tanh)(V x) {
  const V magnitude = TK(abs)(x);
  const TK(reduced) y = TK(reduce_moderate)(TK(at_most)(magnitude + magnitude, sizeof(T) == 4 ? 22 : 44));
  const V power = TK(power_of_two)(y.k);
  const V e = TK(fma)(power, TK(expm1_reduced)(y.r), power - TK(splat)(1));
  const V square = magnitude * magnitude;
  const V near = TK(fma)(magnitude * square, TK(tanh_polynomial)(square), magnitude);
  const V result = magnitude < TK(splat)((T)0.35) ? near : e / (e + TK(splat)(2));
  return TK(with_sign)(result, x);
}

// m 2^k for u: m between sqrt(1/2) and sqrt(2).
typedef struct {
  V m;
  TK(integers) k;
} TK(parts);

TK_INLINE TK(parts) TK(split)(V u) {
  const TK(integers) bits = (TK(integers))u;
  const TK(integers) root = (TK(integers))TK(splat)((T)0.70710678118654752440);
  TK(parts) result;
  result.k = (bits - root) >> TK(fraction_bits);
  result.m = (V)(bits - (TK(integers))((TK(unsigned))result.k << TK(fraction_bits)));
  return result;
}

// What the logarithm's formula does not give: zero, negative numbers, infinity, NaN.
TK_INLINE V TK(log_special)(V result, V x) {
  const V infinity = TK(splat)((T)INFINITY), zero = TK(splat)(0);
  result = x < infinity ? result : x;
  result = x == zero ? -infinity : result;
  return x < zero ? TK(splat)((T)NAN) : result;
}

// A denormal x is scaled to a normal number.
TK_INLINE V TK(log)(V x) {
  const T least = sizeof(T) == 4 ? (T)0x1p-126 : (T)0x1p-1022;
  const T up = sizeof(T) == 4 ? (T)0x1p24 : (T)0x1p53;
  const TK(integers) is_denormal = x < TK(splat)(least);
  const TK(parts) u = TK(split)(is_denormal ? x * TK(splat)(up) : x);
  const TK(integers) k = u.k - (is_denormal & (TK(fraction_bits) + 1));
  return TK(log_special)(TK(log_of_parts)(u.m - TK(splat)(1), __builtin_convertvector(k, V)), x);
}

TK_INLINE V TK(log1p)(V x) {
  const V one = TK(splat)(1);
  const V u = one + x;
  // u + rest is 1 + x exactly.
  const V other = u - one;
  const V rest = (one - (u - other)) + (x - other);
  const TK(parts) y = TK(split)(u);
  const TK(integers) k = y.k < TK(exponent_bias) ? y.k : (TK(integers))TK(exponent_bias);
  const V f = (y.m - one) + rest * TK(power_of_two)(-k);
  const V result = TK(log_special)(TK(log_of_parts)(f, __builtin_convertvector(y.k, V)), u);
  return TK(abs)(x) < TK(splat)(sizeof(T) == 4 ? (T)0x1p-26 : (T)0x1p-55) ? x : result;
}

TK_INLINE V TK(softplus)(V x) {
  const V zero = TK(splat)(0);
  return (x > zero ? x : zero) + TK(log1p_of_fraction)(TK(exp_of_negative)(x));
}

TK_INLINE V TK(erf)(V x) {
  const V one = TK(splat)(1);
  const V magnitude = TK(abs)(x);
  const V near = TK(fma)(x, TK(erf_polynomial)(x * x), x);
  // erfc is at most half a unit in the last place of 1 from here on.
  const V beyond = TK(at_most)(magnitude, sizeof(T) == 4 ? (T)3.92 : (T)5.95) - one;
  const V far = one - TK(exp_of_reduced)(TK(reduce)(-TK(erfc_exponent)(beyond)));
  return magnitude < one ? near : TK(with_sign)(far, x);
}

// The values that a power has beside |x|^y: signs, 1, NaN.
TK_INLINE V TK(power_special)(V magnitude, V x, V y) {
  const V zero = TK(splat)(0), one = TK(splat)(1), half_y = y * TK(splat)((T)0.5);
  const TK(integers) negative = (TK(integers))x < 0;  // with -0
  const TK(integers) y_is_integer = TK(floor)(y) == y;
  const TK(integers) y_is_odd = y_is_integer & ~(TK(floor)(half_y) == half_y);
  V result = TK(abs)(x) == one ? (y == y ? one : y) : magnitude;
  result = (negative & y_is_odd) ? -result : result;
  result = (negative & ~y_is_integer & (x != zero) & (x > TK(splat)(-(T)INFINITY))) ? TK(splat)((T)NAN) : result;
  result = x != x ? x : result;
  return ((y == zero) | (x == one)) ? one : result;
}

// a - b floor(a / b): between 0 and b, where both ends can be reached by rounding. NaN for b = 0 and for infinite a.
TK_INLINE V TK(modulo_of)(V a, V b, V (*remainder)(V a, V quotient, V b)) {
  const V quotient = TK(floor)(a / b), zero = TK(splat)(0);
  const V rest = remainder(a, quotient, b);
  // The rounded quotient may have been one too large; a tiny a of the other sign gives b - |a|.
  const TK(integers) is_outside = ((rest < zero) != (b < zero)) & (rest != zero);
  return is_outside ? rest + b : rest;
}

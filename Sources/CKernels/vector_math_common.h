// Arithmetic on vectors that is the same for both scalar types, beside what the language's operators give.

TK_INLINE V TK(splat)(T x) { return (V)x; }

// a b + c, with one rounding where the instruction set has it.
TK_INLINE V TK(fma)(V a, V b, V c) {
#if TK_HAS_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

TK_INLINE V TK(abs)(V x) { return __builtin_elementwise_abs(x); }

TK_INLINE V TK(square_root)(V x) { return __builtin_elementwise_sqrt(x); }

// The sign bit of `sign` on the (non-negative) magnitude.
TK_INLINE V TK(with_sign)(V magnitude, V sign) {
  const TK(integers) bit = (TK(integers))TK(splat)(-(T)0);
  return (V)((TK(integers))magnitude | ((TK(integers))sign & bit));
}

// NaN when either is NaN. When both are equal, b.
TK_INLINE V TK(min)(V a, V b) {
  const V smaller = a < b ? a : b;  // b when one is NaN
  return a != a ? a : smaller;
}
TK_INLINE V TK(max)(V a, V b) {
  const V greater = a > b ? a : b;
  return a != a ? a : greater;
}

// To an integer, ties to even, the sign of zero kept.
TK_INLINE V TK(round)(V x) {
#if TK_HAS_ROUNDING
  return __builtin_elementwise_roundeven(x);
#else
  // Adding 2^23 or 2^52 leaves no bits for a fraction; larger values have none.
  const V magic = TK(splat)(sizeof(T) == 4 ? (T)8388608.0 : (T)4503599627370496.0);
  const V magnitude = TK(abs)(x);
  V rounded = magnitude + magic;
  rounded = rounded - magic;
  return TK(with_sign)(magnitude < magic ? rounded : magnitude, x);
#endif
}

TK_INLINE V TK(floor)(V x) {
#if TK_HAS_ROUNDING
  return __builtin_elementwise_floor(x);
#else
  const V nearest = TK(round)(x);
  return nearest > x ? nearest - TK(splat)(1) : nearest;
#endif
}

TK_INLINE V TK(sign)(V x) {
  const V zero = TK(splat)(0), one = TK(splat)(1);
  return x > zero ? one : (x < zero ? -one : x);
}

// coefficients[0] + coefficients[1] x + ...
TK_INLINE V TK(horner)(V x, const T *coefficients, int count) {
  V sum = TK(splat)(coefficients[count - 1]);
  _Pragma("clang loop unroll(full)") for (int k = count - 2; k >= 0; k--) {
    sum = TK(fma)(sum, x, TK(splat)(coefficients[k]));
  }
  return sum;
}
#define HORNER(x, ...) \
  TK(horner)(x, (const T[]){__VA_ARGS__}, (int)(sizeof((const T[]){__VA_ARGS__}) / sizeof(T)))

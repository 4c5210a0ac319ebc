// Sine and cosine of any argument, for either scalar type. Few arguments are hard: those go to the C library one by
// one.

static __attribute__((noinline)) void TK(hard_angles)(T *results, const T *x, unsigned lanes, bool is_cosine) {
  for (int k = 0; k < W; k++) {
    if (lanes >> k & 1) results[k] = (T)(is_cosine ? cos((double)x[k]) : sin((double)x[k]));
  }
}

TK_INLINE V TK(sine_or_cosine)(V x, bool is_cosine) {
  const TK(angle) angle = TK(reduce_angle)(x);
  const V square = angle.r * angle.r;
  const TK(integers) quadrant = is_cosine ? angle.quadrant + 1 : angle.quadrant;
  const TK(integers) odd = (quadrant & 1) != 0;
  V result = odd ? TK(cos_of_angle)(angle, square) : TK(sin_of_angle)(angle, square);
  result = (quadrant & 2) != 0 ? -result : result;
  if (!is_cosine) result = TK(abs)(x) < TK(splat)((T)0x1p-28) ? x : result;
  const TK(integers) hard = TK(angle_is_hard)(x, angle.r);
  if (__builtin_expect(__builtin_reduce_or(hard) != 0, 0)) {
    T lanes[W], inputs[W];
    unsigned mask = 0;
    memcpy(lanes, &result, sizeof result);
    memcpy(inputs, &x, sizeof x);
    for (int k = 0; k < W; k++) mask |= (unsigned)(hard[k] != 0) << k;
    TK(hard_angles)(lanes, inputs, mask, is_cosine);
    memcpy(&result, lanes, sizeof result);
  }
  return result;
}

TK_INLINE V TK(sin)(V x) { return TK(sine_or_cosine)(x, false); }
TK_INLINE V TK(cos)(V x) { return TK(sine_or_cosine)(x, true); }

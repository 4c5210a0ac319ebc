// log(sum(exp(x))) of rows, for one instruction set and scalar type; see pointwise_template.h for what must be defined.
// A row is summed by vectors from its beginning, the last one filled up with -infinity, and the lanes in order at the
// end.

static T TK(log_sum_exp_row)(const T *x, ptrdiff_t columns) {
  const V least = TK(splat)(-(T)INFINITY);
  const ptrdiff_t whole = columns & -W;
  const TK(integers) inside = __builtin_convertvector(TK(lane_numbers)(), V) < TK(splat)((T)(columns - whole));
  const V rest = columns > whole ? TK(load_partial)((const char *)(x + whole), columns - whole) : least;
  const V filled = columns > whole ? (inside ? rest : least) : least;
  V largest = filled;
  for (ptrdiff_t k = 0; k < whole; k += W) largest = TK(max)(largest, TK(load)((const char *)(x + k)));
  T maximum = largest[0];
  for (ptrdiff_t lane = 1; lane < W; lane++) {
    maximum = maximum != maximum || maximum > largest[lane] ? maximum : largest[lane];
  }
  if (!(maximum < (T)INFINITY && maximum > -(T)INFINITY)) return maximum;  // infinite or NaN
  const V shift = TK(splat)(maximum);
  V sum = TK(exp)(filled - shift);
  for (ptrdiff_t k = 0; k < whole; k += W) sum += TK(exp)(TK(load)((const char *)(x + k)) - shift);
  T total = sum[0];
  for (ptrdiff_t lane = 1; lane < W; lane++) total += sum[lane];
  return maximum + TK(log)(TK(splat)(total))[0];
}

static void TK(log_sum_exp)(ptrdiff_t rows, ptrdiff_t columns, const void *in, void *out) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    ((T *)out)[row] = TK(log_sum_exp_row)((const T *)in + row * columns, columns);
  }
}

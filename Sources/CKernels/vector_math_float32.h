// STAND-IN: lanes of the C library.
#define LANES1(name, function) \
  TK_INLINE V TK(name)(V x) { for (int i = 0; i < W; i++) x[i] = function(x[i]); return x; }
LANES1(exp, expf)
LANES1(log, logf)
LANES1(log1p, log1pf)
LANES1(expm1, expm1f)
LANES1(tanh, tanhf)
LANES1(sin, sinf)
LANES1(cos, cosf)
LANES1(erf, erff)
TK_INLINE V TK(sigmoid)(V x) { for (int i = 0; i < W; i++) x[i] = 1 / (1 + exp(-(double)x[i])); return x; }
TK_INLINE V TK(softplus)(V x) { for (int i = 0; i < W; i++) x[i] = fmax(x[i], 0) + log1p(exp(-fabs((double)x[i]))); return x; }
TK_INLINE V TK(power)(V x, V y) { for (int i = 0; i < W; i++) x[i] = powf(x[i], y[i]); return x; }
#undef LANES1

// STAND-IN: lanes of the C library.
#define LANES1(name, function) \
  TK_INLINE V TK(name)(V x) { for (int i = 0; i < W; i++) x[i] = function(x[i]); return x; }
LANES1(exp, exp)
LANES1(log, log)
LANES1(log1p, log1p)
LANES1(expm1, expm1)
LANES1(tanh, tanh)
LANES1(sin, sin)
LANES1(cos, cos)
LANES1(erf, erf)
TK_INLINE V TK(sigmoid)(V x) { for (int i = 0; i < W; i++) x[i] = 1 / (1 + exp(-(double)x[i])); return x; }
TK_INLINE V TK(softplus)(V x) { for (int i = 0; i < W; i++) x[i] = fmax(x[i], 0) + log1p(exp(-fabs((double)x[i]))); return x; }
TK_INLINE V TK(power)(V x, V y) { for (int i = 0; i < W; i++) x[i] = pow(x[i], y[i]); return x; }
#undef LANES1

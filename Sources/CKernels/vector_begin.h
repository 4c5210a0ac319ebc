// Opens a template: vectors of one scalar type for one instruction set. The including file defines VECTOR_BYTES (16, 32, 64) and
// SCALAR_BYTES (4, 8) and stands under the target attribute of that instruction set; vector_end.h closes the template.
#if SCALAR_BYTES == 4
#define SCALAR float
#define INTEGER int32_t
#define NAME(x) x##_f32
#else
#define SCALAR double
#define INTEGER int64_t
#define NAME(x) x##_f64
#endif

#define LANES (VECTOR_BYTES / SCALAR_BYTES)
#define VECTOR NAME(vector)
#define MASK NAME(mask)
#define INLINE static inline __attribute__((always_inline, unused))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef SCALAR VECTOR __attribute__((vector_size(VECTOR_BYTES)));
typedef INTEGER MASK __attribute__((vector_size(VECTOR_BYTES)));
/// A vector anywhere in an array. Without optimisation, copying one by memcpy would be a call.
typedef SCALAR NAME(vector_in_array) __attribute__((vector_size(VECTOR_BYTES), aligned(SCALAR_BYTES), may_alias));

INLINE VECTOR NAME(load)(const SCALAR *p) { return *(const NAME(vector_in_array) *)p; }

INLINE void NAME(store)(SCALAR *p, VECTOR v) { *(NAME(vector_in_array) *)p = v; }

/// x in every lane; x - 0 is x, whatever its sign.
INLINE VECTOR NAME(broadcast)(SCALAR x) { return x - (VECTOR){0}; }

/// The first n < LANES elements, 0 in the other lanes; reads nothing beyond them.
INLINE VECTOR NAME(load_part)(const SCALAR *p, ptrdiff_t n) {
#if VECTOR_BYTES == 64 && SCALAR_BYTES == 4
  return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif VECTOR_BYTES == 64
  return _mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
#elif VECTOR_BYTES == 32 && SCALAR_BYTES == 4
  return _mm256_maskload_ps(p, (__m256i)((MASK){0, 1, 2, 3, 4, 5, 6, 7} < (INTEGER)n));
#elif VECTOR_BYTES == 32
  return _mm256_maskload_pd(p, (__m256i)((MASK){0, 1, 2, 3} < (INTEGER)n));
#else
  VECTOR v = {0};
  for (ptrdiff_t i = 0; i < n; i += 1) v[i] = p[i];
  return v;
#endif
}

/// Writes the first n < LANES elements and nothing else.
INLINE void NAME(store_part)(SCALAR *p, VECTOR v, ptrdiff_t n) {
#if VECTOR_BYTES == 64 && SCALAR_BYTES == 4
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
#elif VECTOR_BYTES == 64
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), v);
#elif VECTOR_BYTES == 32 && SCALAR_BYTES == 4
  _mm256_maskstore_ps(p, (__m256i)((MASK){0, 1, 2, 3, 4, 5, 6, 7} < (INTEGER)n), v);
#elif VECTOR_BYTES == 32
  _mm256_maskstore_pd(p, (__m256i)((MASK){0, 1, 2, 3} < (INTEGER)n), v);
#else
  for (ptrdiff_t i = 0; i < n; i += 1) p[i] = v[i];
#endif
}

/// a * b + c, with one rounding or two, but always the same on one instruction set.
INLINE VECTOR NAME(multiply_add)(VECTOR a, VECTOR b, VECTOR c) {
#if VECTOR_BYTES > 16 || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#else
#pragma clang fp contract(off)
  return a * b + c;
#endif
}

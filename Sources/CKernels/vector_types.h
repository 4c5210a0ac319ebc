// Vectors of TK_VECTOR_BYTES and their partial loads and stores.
#ifndef TAPESTRY_VECTOR_TYPES_H
#define TAPESTRY_VECTOR_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define TK_INLINE static inline __attribute__((always_inline))

typedef float tk_float32_vector __attribute__((ext_vector_type(TK_VECTOR_BYTES / 4)));
typedef int32_t integers_float32 __attribute__((ext_vector_type(TK_VECTOR_BYTES / 4)));
typedef uint32_t unsigned_float32 __attribute__((ext_vector_type(TK_VECTOR_BYTES / 4)));
typedef tk_float32_vector tk_float32_unaligned __attribute__((aligned(4), may_alias));

typedef double tk_float64_vector __attribute__((ext_vector_type(TK_VECTOR_BYTES / 8)));
typedef int64_t integers_float64 __attribute__((ext_vector_type(TK_VECTOR_BYTES / 8)));
typedef uint64_t unsigned_float64 __attribute__((ext_vector_type(TK_VECTOR_BYTES / 8)));
typedef tk_float64_vector tk_float64_unaligned __attribute__((aligned(8), may_alias));

// 0, 1, 2, ...
TK_INLINE integers_float32 lane_numbers_float32(void) {
  integers_float32 lanes;
  for (int k = 0; k < TK_VECTOR_BYTES / 4; k++) lanes[k] = k;
  return lanes;
}
TK_INLINE integers_float64 lane_numbers_float64(void) {
  integers_float64 lanes;
  for (int k = 0; k < TK_VECTOR_BYTES / 8; k++) lanes[k] = k;
  return lanes;
}

// The first n elements (0 < n < a vector's), the others 0; nothing beyond them is touched.
#if TK_VECTOR_BYTES == 64
TK_INLINE tk_float32_vector load_partial_float32(const char *p, ptrdiff_t n) {
  return (tk_float32_vector)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
TK_INLINE void store_partial_float32(char *p, tk_float32_vector v, ptrdiff_t n) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
TK_INLINE tk_float64_vector load_partial_float64(const char *p, ptrdiff_t n) {
  return (tk_float64_vector)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
}
TK_INLINE void store_partial_float64(char *p, tk_float64_vector v, ptrdiff_t n) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
}
#elif TK_VECTOR_BYTES == 32
TK_INLINE integers_float32 first_lanes_float32(ptrdiff_t n) {
  return lane_numbers_float32() < (integers_float32)(int32_t)n;
}
TK_INLINE integers_float64 first_lanes_float64(ptrdiff_t n) {
  return lane_numbers_float64() < (integers_float64)(int64_t)n;
}
TK_INLINE tk_float32_vector load_partial_float32(const char *p, ptrdiff_t n) {
  return (tk_float32_vector)_mm256_maskload_ps((const float *)p, (__m256i)first_lanes_float32(n));
}
TK_INLINE void store_partial_float32(char *p, tk_float32_vector v, ptrdiff_t n) {
  _mm256_maskstore_ps((float *)p, (__m256i)first_lanes_float32(n), (__m256)v);
}
TK_INLINE tk_float64_vector load_partial_float64(const char *p, ptrdiff_t n) {
  return (tk_float64_vector)_mm256_maskload_pd((const double *)p, (__m256i)first_lanes_float64(n));
}
TK_INLINE void store_partial_float64(char *p, tk_float64_vector v, ptrdiff_t n) {
  _mm256_maskstore_pd((double *)p, (__m256i)first_lanes_float64(n), (__m256d)v);
}
#else
TK_INLINE tk_float32_vector load_partial_float32(const char *p, ptrdiff_t n) {
  float lanes[TK_VECTOR_BYTES / 4] = {0};
  for (ptrdiff_t k = 0; k < n; k++) memcpy(&lanes[k], p + 4 * k, 4);
  tk_float32_vector v;
  memcpy(&v, lanes, sizeof v);
  return v;
}
TK_INLINE void store_partial_float32(char *p, tk_float32_vector v, ptrdiff_t n) {
  float lanes[TK_VECTOR_BYTES / 4];
  memcpy(lanes, &v, sizeof v);
  for (ptrdiff_t k = 0; k < n; k++) memcpy(p + 4 * k, &lanes[k], 4);
}
TK_INLINE tk_float64_vector load_partial_float64(const char *p, ptrdiff_t n) {
  double lanes[TK_VECTOR_BYTES / 8] = {0};
  for (ptrdiff_t k = 0; k < n; k++) memcpy(&lanes[k], p + 8 * k, 8);
  tk_float64_vector v;
  memcpy(&v, lanes, sizeof v);
  return v;
}
TK_INLINE void store_partial_float64(char *p, tk_float64_vector v, ptrdiff_t n) {
  double lanes[TK_VECTOR_BYTES / 8];
  memcpy(lanes, &v, sizeof v);
  for (ptrdiff_t k = 0; k < n; k++) memcpy(p + 8 * k, &lanes[k], 8);
}
#endif

#endif

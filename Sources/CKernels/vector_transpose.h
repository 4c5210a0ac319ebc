// Transposition in registers, for a template opened by vector_begin.h.

#if LANES == 16
#define INTERLEAVED(a, b, f)                                                                                        \
  __builtin_shufflevector(a, b, f, f + 16, f + 1, f + 17, f + 2, f + 18, f + 3, f + 19, f + 4, f + 20, f + 5, f + 21, \
                          f + 6, f + 22, f + 7, f + 23)
#elif LANES == 8
#define INTERLEAVED(a, b, f) __builtin_shufflevector(a, b, f, f + 8, f + 1, f + 9, f + 2, f + 10, f + 3, f + 11)
#elif LANES == 4
#define INTERLEAVED(a, b, f) __builtin_shufflevector(a, b, f, f + 4, f + 1, f + 5)
#else
#define INTERLEAVED(a, b, f) __builtin_shufflevector(a, b, f, f + 2)
#endif

/// Transposes `rows` vectors, a power of two up to LANES: element k of vector i becomes number k * rows + i of all.
INLINE void NAME(transpose)(const int rows, VECTOR *x) {
  // To interleave the first half with the second is to rotate the bits of an element's place by one.
  UNROLL for (int done = 1; done < rows; done *= 2) {
    VECTOR y[16];
    UNROLL for (int i = 0; i < rows / 2; i += 1) {
      y[2 * i] = INTERLEAVED(x[i], x[i + rows / 2], 0);
      y[2 * i + 1] = INTERLEAVED(x[i], x[i + rows / 2], LANES / 2);
    }
    UNROLL for (int i = 0; i < rows; i += 1) x[i] = y[i];
  }
}
#undef INTERLEAVED

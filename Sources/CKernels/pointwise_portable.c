// The pointwise interpreter with vectors of 16 bytes, which every target has (SSE2, NEON).
#define TK_VECTOR_BYTES 16
#define TK_HEAVY 2
#if defined(__x86_64__)
#define TK_HAS_FMA 0
#define TK_HAS_ROUNDING 0
#else
#define TK_HAS_FMA 1
#define TK_HAS_ROUNDING 1
#endif
#define TK_TABLE tk_pointwise_portable
#include "pointwise_instance.h"

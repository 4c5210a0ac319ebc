// Both scalar types of the interpreter for one instruction set. The including file defines TK_VECTOR_BYTES, TK_HEAVY
// (how many vectors a transcendental kernel keeps in flight), TK_HAS_FMA, TK_HAS_ROUNDING, TK_TABLE (the name of the
// table), and a target pragma.
#include <math.h>

#include "include/thread_team.h"
#include "pointwise_kernels.h"
#include "vector_types.h"

enum {
  TK_LOCAL_SCRATCH = 16384,
  TK_POINTWISE_SCRATCH = 7,  // the number of tk_scratch's buffer
};

// How many vectors a cheap kernel keeps in flight. The sanitizers multiply the code: two show what four would.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TK_LIGHT 2
#undef TK_HEAVY
#define TK_HEAVY 1
#else
#define TK_LIGHT 4
#endif

// Loops over a few operands: vector code would cost more than it saves.
#define TK_SCALAR_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

// A call is given to several threads when each gets about this much work.
static const double TK_NANOSECONDS_PER_PART = 8000;

#define T double
#define V tk_float64_vector
#define U tk_float64_unaligned
#define W ((ptrdiff_t)(TK_VECTOR_BYTES / sizeof(double)))
#define TK(name) name##_float64
#include "vector_math_common.h"
#include "vector_math_float64.h"
#include "pointwise_template.h"
#include "log_sum_exp_template.h"
#undef T
#undef V
#undef U
#undef W
#undef TK

#define T float
#define V tk_float32_vector
#define U tk_float32_unaligned
#define W ((ptrdiff_t)(TK_VECTOR_BYTES / sizeof(float)))
#define TK(name) name##_float32
#include "vector_math_common.h"
#include "vector_math_float32.h"
#include "pointwise_template.h"
#include "log_sum_exp_template.h"
#undef T
#undef V
#undef U
#undef W
#undef TK

const struct tk_pointwise_kernels TK_TABLE = {
    .run_float32 = run_float32,
    .run_float64 = run_float64,
    .run_elementwise_float32 = run_elementwise_float32,
    .run_elementwise_float64 = run_elementwise_float64,
    .log_sum_exp_float32 = log_sum_exp_float32,
    .log_sum_exp_float64 = log_sum_exp_float64,
};

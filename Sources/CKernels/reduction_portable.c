// Reductions for 16-byte vectors, which every 64-bit machine has (SSE2, NEON).
#include "reduction.h"

#define VECTOR_BYTES 16
#define SCALAR_BYTES 4
#include "reduction_template.h"
#define SCALAR_BYTES 8
#include "reduction_template.h"

const tk_reduction_kernels tk_reduction_portable = {
    .scalar = {TK_REDUCTION_FUNCTIONS(f32), TK_REDUCTION_FUNCTIONS(f64)}, .read = read_all};

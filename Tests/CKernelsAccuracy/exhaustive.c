// Runs float32 bit patterns through each function of the interpreter, for every instruction set of the machine, and
// prints the largest error in units of the last place against the C library in float64; then float64 samples against
// long double.
//   exhaustive [STEP] [THREADS] [FUNCTION]    STEP 1: all patterns; a larger odd number: every STEP-th one.
// Fails (1) when an error passes the bound stated in pointwise.h, or a special value is wrong.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { BLOCK = 4096 };

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double softplus(double x) { return x != x ? x : fmax(x, 0) + log1p(exp(-fabs(x))); }
static long double sigmoidl(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static long double softplusl(long double x) { return x != x ? x : fmaxl(x, 0) + log1pl(expl(-fabsl(x))); }

typedef struct {
  const char *name;
  tk_operation operation;
  double (*reference)(double);
  long double (*long_reference)(long double);
  double bound32, bound64;  // as stated in pointwise.h
  double low64, high64;     // range of the float64 samples
} function;

static const function functions[] = {
    {"exp", TK_OP_exp, exp, expl, 1, 1, -750, 715},
    {"expm1", TK_OP_expm1, expm1, expm1l, 2, 2, -50, 715},
    {"log", TK_OP_log, log, logl, 1, 1, 0, 1e300},
    {"log1p", TK_OP_log1p, log1p, log1pl, 1.75, 1.5, -1, 1e300},
    {"tanh", TK_OP_tanh, tanh, tanhl, 1.6, 1.6, -30, 30},
    {"sigmoid", TK_OP_sigmoid, sigmoid, sigmoidl, 2.5, 2.5, -750, 50},
    {"softplus", TK_OP_softplus, softplus, softplusl, 2.4, 2.4, -750, 1e3},
    {"sin", TK_OP_sin, sin, sinl, 1.75, 1, -1e7, 1e7},
    {"cos", TK_OP_cos, cos, cosl, 1.75, 1, -1e7, 1e7},
    {"sqrt", TK_OP_square_root, sqrt, sqrtl, 0.5, 0.5, 0, 1e300},
    {"erf", TK_OP_erf, erf, erfl, 1.5, 1.5, -7, 7},
};
enum { FUNCTION_COUNT = sizeof functions / sizeof *functions };

static void apply(const tk_kernels *kernels, tk_operation operation, tk_scalar scalar, const void *x, void *y,
                  ptrdiff_t count) {
  const tk_instruction instruction = {(uint16_t)operation, 1, 0, 0, 0, 0};
  const tk_program program = {&instruction, NULL, 1, 1, 1, 0, 0, 0, 0};
  const tk_operand operands[2] = {{(void *)(uintptr_t)x, 0, 1, TK_STORE}, {y, 0, 1, TK_STORE}};
  tk_run_pointwise(kernels, 1, scalar, &program, 1, count, operands, NULL);
}

typedef struct {
  double worst;
  double at;
  long wrong;  // special values
  double wrong_at;
} outcome;

// The error of `got` in units of the last place of a number with `digits` bits and least exponent `least`.
static void compare(outcome *outcome, double x, long double expected, double got, int digits, int least,
                    double largest) {
  double error;
  if (expected != expected || got != got) {
    if (expected != expected && got != got) return;
    error = INFINITY;
  } else {
    int exponent;
    frexpl(expected, &exponent);
    if (expected == 0 || exponent < least) exponent = least;
    const long double unit = ldexpl(1, exponent - digits);
    const bool overflows = fabsl(expected) >= largest + (long double)ldexp(largest, -digits) / 2;
    if (isinf(got) || overflows) {
      // Within the bound of the largest number, both it and infinity are near enough.
      if (isinf(got) && overflows && (got > 0) == (expected > 0)) return;
      const long double rounded = isinf(got) ? copysignl(largest, got) : got;
      error = (double)(fabsl(expected - rounded) / ldexpl(1, ilogb(largest) + 1 - digits));
      if (error > 4) error = INFINITY;
    } else {
      error = (double)(fabsl(got - expected) / unit);
      if (expected == 0 && got == 0 && signbit(got) != signbit((double)expected)) error = INFINITY;
    }
  }
  if (isinf(error)) {
    outcome->wrong++;
    outcome->wrong_at = x;
  } else if (error > outcome->worst) {
    outcome->worst = error;
    outcome->at = x;
  }
}

// The same for float32 with a float64 reference, quickly: ordinary values first.
static void compare_float32(outcome *outcome, float x, double expected, float got) {
  uint64_t bits;
  memcpy(&bits, &expected, 8);
  const int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
  if (exponent < -126 || exponent > 126 || !(fabsf(got) <= 0x1.fffffep127f)) {
    compare(outcome, x, expected, got, 24, -125, 0x1.fffffep127);
    return;
  }
  const uint64_t inverse_bits = (uint64_t)(23 - exponent + 1023) << 52;
  double inverse;
  memcpy(&inverse, &inverse_bits, 8);
  const double error = fabs(got - expected) * inverse;
  if (error > outcome->worst) outcome->worst = error, outcome->at = x;
}

typedef struct {
  const function *function;
  uint64_t step;
  int part, parts;
  outcome outcomes[TK_INSTRUCTION_SET_COUNT];
} job;

static void *run_float32(void *argument) {
  job *job = argument;
  float x[BLOCK], y[BLOCK];
  double expected[BLOCK];
  const uint64_t patterns = (uint64_t)1 << 32;
  uint64_t index = 0;
  for (uint64_t pattern = 0; pattern < patterns; index++) {
    int count = 0;
    for (; count < BLOCK && pattern < patterns; count++, pattern += job->step) {
      const uint32_t bits = (uint32_t)pattern;
      memcpy(&x[count], &bits, 4);
    }
    if (index % (uint64_t)job->parts != (uint64_t)job->part) continue;
    for (int k = 0; k < count; k++) expected[k] = job->function->reference(x[k]);
    for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
      const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
      if (!kernels) continue;
      apply(kernels, job->function->operation, TK_FLOAT32, x, y, count);
      for (int k = 0; k < count; k++) {
        compare_float32(&job->outcomes[set], x[k], expected[k], y[k]);
      }
    }
  }
  return NULL;
}

static uint64_t state = 88172645463325252u;
static double uniform(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

static void run_float64(const function *function, long blocks, outcome *outcomes) {
  double x[BLOCK], y[BLOCK];
  long double expected[BLOCK];
  const double span = function->high64 - function->low64;
  for (long block = 0; block < blocks; block++) {
    for (int k = 0; k < BLOCK; k++) {
      const double u = uniform(), sign = function->low64 < -1 && uniform() < 0.5 ? -1 : 1;
      switch (block % 4) {
        case 0: x[k] = function->low64 + span * u; break;
        case 1: x[k] = sign * ldexp(1 + uniform(), (int)(u * 2090) - 1074); break;
        case 2: x[k] = sign * ldexp(1 + uniform(), (int)(u * 40) - 36); break;
        default: x[k] = 1 + ldexp(uniform() - 0.5, -(int)(u * 50)); break;
      }
    }
    for (int k = 0; k < BLOCK; k++) expected[k] = function->long_reference(x[k]);
    for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
      const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
      if (!kernels) continue;
      apply(kernels, function->operation, TK_FLOAT64, x, y, BLOCK);
      for (int k = 0; k < BLOCK; k++) {
        compare(&outcomes[set], x[k], expected[k], y[k], 53, -1021, 0x1.fffffffffffffp1023);
      }
    }
  }
}

static void sample_power(long blocks, outcome *single, outcome *twice) {
  double x[BLOCK], y[BLOCK], z[BLOCK];
  float x32[BLOCK], y32[BLOCK], z32[BLOCK];
  const tk_instruction instruction = {TK_OP_power, 2, 0, 1, 0, 0};
  const tk_program program = {&instruction, NULL, 1, 2, 1, 0, 0, 0, 0};
  static const double specials[] = {0.0,       -0.0,   1,    -1,     2,     -2,       3,
                                    -3,        0.5,    -0.5, 4,      1.5,   INFINITY, -INFINITY,
                                    NAN,       1e-310, -5,   -1e300, 1e300, 0x1p-149, 4503599627370497.0,
                                    16777217.0};
  enum { SPECIALS = sizeof specials / sizeof *specials };
  for (long block = 0; block < blocks; block++) {
    for (int k = 0; k < BLOCK; k++) {
      if (block == 0) {
        x[k] = specials[k % SPECIALS], y[k] = specials[k / SPECIALS % SPECIALS];
      } else {
        const int range = block % 3 == 0 ? 2000 : block % 3 == 1 ? 250 : 8;
        x[k] = ldexp(1 + uniform(), (int)(uniform() * range) - range / 2);
        y[k] = (uniform() - 0.5) * 1500 / (fabs(log(x[k])) + 1e-3);
        if (uniform() < 0.2) y[k] = rint(y[k]), x[k] = -x[k];
      }
      x32[k] = (float)x[k], y32[k] = (float)y[k];
    }
    for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
      const tk_kernels *kernels = tk_kernels_for((tk_instruction_set)set);
      if (!kernels) continue;
      const tk_operand operands[3] = {{x, 0, 1, 0}, {y, 0, 1, 0}, {z, 0, 1, 0}};
      tk_run_pointwise(kernels, 1, TK_FLOAT64, &program, 1, BLOCK, operands, NULL);
      const tk_operand operands32[3] = {{x32, 0, 1, 0}, {y32, 0, 1, 0}, {z32, 0, 1, 0}};
      tk_run_pointwise(kernels, 1, TK_FLOAT32, &program, 1, BLOCK, operands32, NULL);
      for (int k = 0; k < BLOCK; k++) {
        compare(&twice[set], x[k], powl(x[k], y[k]), z[k], 53, -1021, 0x1.fffffffffffffp1023);
        compare(&single[set], x32[k], powl(x32[k], y32[k]), z32[k], 24, -125, 0x1.fffffep127);
      }
    }
  }
}

static bool report(const char *name, const char *scalar, const outcome *outcomes, double bound) {
  bool good = true;
  for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
    if (!tk_kernels_for((tk_instruction_set)set)) continue;
    const outcome *o = &outcomes[set];
    const bool fits = o->worst <= bound && o->wrong == 0;
    printf("%-9s %-8s %-8s %8.4f ulp at %-24.17g bound %.4g%s", name, scalar,
           tk_instruction_set_name((tk_instruction_set)set), o->worst, o->at, bound, fits ? "\n" : "  FAILED");
    if (!fits) printf("  %ld special values wrong, such as %.17g\n", o->wrong, o->wrong_at);
    good = good && fits;
  }
  fflush(stdout);
  return good;
}

int main(int argc, char **argv) {
  const long step = argc > 1 ? atol(argv[1]) : 1;
  const int threads = argc > 2 ? atoi(argv[2]) : 2;
  const char *only = argc > 3 ? argv[3] : NULL;
  if (step < 1 || threads < 1 || threads > 256) return fprintf(stderr, "exhaustive [STEP] [THREADS] [FUNCTION]\n"), 2;
  bool good = true;
  for (int f = 0; f < FUNCTION_COUNT; f++) {
    if (only && strcmp(only, functions[f].name) != 0) continue;
    pthread_t ids[256];
    static job jobs[256];
    for (int t = 0; t < threads; t++) {
      jobs[t] = (job){.function = &functions[f], .step = (uint64_t)step, .part = t, .parts = threads};
      if (pthread_create(&ids[t], NULL, run_float32, &jobs[t]) != 0) return 1;
    }
    outcome single[TK_INSTRUCTION_SET_COUNT] = {0}, twice[TK_INSTRUCTION_SET_COUNT] = {0};
    for (int t = 0; t < threads; t++) {
      pthread_join(ids[t], NULL);
      for (int set = 0; set < TK_INSTRUCTION_SET_COUNT; set++) {
        const outcome *o = &jobs[t].outcomes[set];
        if (o->worst > single[set].worst) single[set].worst = o->worst, single[set].at = o->at;
        if (o->wrong) single[set].wrong += o->wrong, single[set].wrong_at = o->wrong_at;
      }
    }
    good &= report(functions[f].name, "float32", single, functions[f].bound32);
    run_float64(&functions[f], step == 1 ? 4000 : 400, twice);
    good &= report(functions[f].name, "float64", twice, functions[f].bound64);
  }
  if (!only || strcmp(only, "pow") == 0) {
    outcome single[TK_INSTRUCTION_SET_COUNT] = {0}, twice[TK_INSTRUCTION_SET_COUNT] = {0};
    sample_power(step == 1 ? 4000 : 400, single, twice);
    good &= report("pow", "float32", single, 0.6);
    good &= report("pow", "float64", twice, 1.5);
  }
  return good ? 0 : 1;
}

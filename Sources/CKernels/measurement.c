#include "include/measurement.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "product.h"
#include "reduction.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double tk_measure_fma_peak(const tk_kernels *kernels, tk_scalar scalar, double seconds) {
  double (*chains)(ptrdiff_t) = kernels->product->chains[scalar];
  double begin = now(), best = 0;
  do {
    const ptrdiff_t rounds = 2000;  // some 100 microseconds to a millisecond: shorter than a time slice
    double start = now();
    double flops = chains(rounds) * (double)rounds;
    double rate = flops / (now() - start);
    if (rate > best) best = rate;
  } while (now() - begin < seconds);
  return best;
}

double tk_measure_read_bandwidth(const tk_kernels *kernels, size_t bytes, double seconds) {
  bytes = (bytes + 1023) / 1024 * 1024;
  if (bytes == 0) bytes = 1024;
  void *buffer = NULL;
  if (posix_memalign(&buffer, 4096, bytes) != 0) return 0;
  memset(buffer, 1, bytes);
  size_t times = ((size_t)1 << 22) / bytes + 1;
  double begin = now(), best = 0;
  volatile uint64_t sink = 0;
  do {
    double start = now();
    for (size_t i = 0; i < times; i += 1) sink = sink | kernels->reduction->read(buffer, bytes);
    double rate = (double)bytes * (double)times / (now() - start);
    if (rate > best) best = rate;
  } while (now() - begin < seconds);
  free(buffer);
  return best;
}

// What a core can do at most: the yardsticks that benchmarks print beside what the kernels reach.
#ifndef TAPESTRY_MEASUREMENT_H
#define TAPESTRY_MEASUREMENT_H

#include "kernel_table.h"

/// Flops a second of the calling thread on multiply-adds that stay in registers: as many independent chains as the
/// product's register tile has. The best of several rounds within about `seconds`.
double tk_measure_fma_peak(const tk_kernels *kernels, tk_scalar scalar, double seconds);

/// Bytes a second that the calling thread reads from one buffer of `bytes` (rounded up to 1024), over and over with the widest
/// loads of `kernels`. The best of several rounds within about `seconds`; 0 without memory for the buffer.
double tk_measure_read_bandwidth(const tk_kernels *kernels, size_t bytes, double seconds);

/// Keeps the calling thread, and those that it starts from then on, on the first `count` of the cores that it may use;
/// false where the system does not let it.
bool tk_limit_to_cores(int count);

/// Seconds since the process began, its loading included; up to a hundredth too many. Negative where the system does not
/// tell.
double tk_process_seconds(void);

/// The most bytes of the process that were in memory at one time; 0 where the system does not tell.
size_t tk_peak_resident_bytes(void);

#endif

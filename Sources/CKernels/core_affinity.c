// sched_setaffinity and the macros of cpu_set_t are GNU extensions.
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "include/measurement.h"

#ifdef __linux__
#include <sched.h>
#endif

bool tk_limit_to_cores(int count) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return false;
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (!CPU_ISSET(core, &set)) continue;
    if (count > 0) {
      count--;
    } else {
      CPU_CLR(core, &set);
    }
  }
  return sched_setaffinity(0, sizeof set, &set) == 0;
#else
  (void)count;
  return false;
#endif
}

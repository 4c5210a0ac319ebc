#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "include/measurement.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/resource.h>
#endif

#ifdef __linux__
double tk_process_seconds(void) {
  char text[2048];
  FILE *file = fopen("/proc/self/stat", "r");
  if (!file) return -1;
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[count] = 0;
  // The second field is the name in parentheses, which may hold blanks; the 22nd is when the process began, in clock ticks.
  const char *rest = strrchr(text, ')');
  unsigned long long ticks;
  if (!rest || sscanf(rest + 1, " %*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%llu", &ticks) != 1) return -1;
  struct timespec now;
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return -1;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
#else
double tk_process_seconds(void) { return -1; }
#endif

size_t tk_peak_resident_bytes(void) {
#if defined(__unix__) || defined(__APPLE__)
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return (size_t)usage.ru_maxrss;
#else
  return (size_t)usage.ru_maxrss << 10;
#endif
#else
  return 0;
#endif
}

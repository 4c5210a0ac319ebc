// Runs every family of kernels over small awkward shapes, for the sanitizers to watch; results are checked roughly, the Swift
// tests check them exactly. Prints one line a family and ends with 1 when a check fails.
#include <stdio.h>

#include "families.h"

int main(void) {
  int failures = 0;
  failures += check_family("pointwise programs", run_pointwise);
  failures += check_family("matrix products", run_products);
  failures += check_family("reductions and data movement", run_reductions);
  failures += check_family("thread team", run_team);
  return failures == 0 ? 0 : 1;
}

int check_family(const char *name, int (*family)(void)) {
  int failures = family();
  printf("%s: %s\n", name, failures == 0 ? "passed" : "FAILED");
  fflush(stdout);
  return failures;
}

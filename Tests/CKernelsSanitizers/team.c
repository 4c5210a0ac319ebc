#include <pthread.h>
#include <string.h>

#include "families.h"

enum { ITEMS = 37, ROUNDS = 300 };

typedef struct {
  int counts[ITEMS];
  int inner[ITEMS];
} tally;

static void count_inner(void *context, ptrdiff_t index) { ((int *)context)[index] += 1; }

static void count_item(void *context, ptrdiff_t index) {
  tally *t = context;
  t->counts[index] += 1;
  char *scratch = tk_scratch(0, 1000 + (size_t)index);
  memset(scratch, (int)index, 1000);
  if (index == 5) tk_team_run(4, ITEMS, count_inner, t->inner);
  if (scratch[999] != (char)index) abort();
}

static void *caller(void *argument) {
  tally *t = argument;
  for (int round = 0; round < ROUNDS; round += 1) tk_team_run(2 + round % 3, ITEMS, count_item, t);
  return NULL;
}

/// Two callers at a time, with nested calls: each item runs once a round.
int run_team(void) {
  static tally tallies[2];
  memset(tallies, 0, sizeof tallies);
  pthread_t other;
  if (pthread_create(&other, NULL, caller, &tallies[1]) != 0) abort();
  caller(&tallies[0]);
  pthread_join(other, NULL);
  int failures = 0;
  for (int i = 0; i < 2; i += 1)
    for (int j = 0; j < ITEMS; j += 1) failures += tallies[i].counts[j] != ROUNDS || tallies[i].inner[j] != ROUNDS;
  return failures;
}

// Scratch buffers: per thread, kept, grown, freed when the thread ends.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/thread_team.h"

enum { BUFFERS = 8, ALIGNMENT = 64 };

typedef struct {
  void *memory[BUFFERS];
  size_t bytes[BUFFERS];
} buffers;

static _Thread_local buffers *own;
static _Atomic uint64_t allocations;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *pointer) {
  buffers *all = pointer;
  for (int which = 0; which < BUFFERS; which += 1) free(all->memory[which]);
  free(all);
  own = NULL;
}

static void make_key(void) { pthread_key_create(&key, release); }

static _Noreturn void out_of_memory(size_t bytes) {
  fprintf(stderr, "Out of memory: no scratch buffer of %zu bytes\n", bytes);
  abort();
}

static __attribute__((noinline)) void *grow(int which, size_t bytes) {
  if (!own) {
    pthread_once(&once, make_key);
    own = calloc(1, sizeof *own);
    if (!own) out_of_memory(bytes);
    pthread_setspecific(key, own);
  }
  // Whole pages and half as much again as before: a slowly growing need settles soon.
  size_t wanted = own->bytes[which] + own->bytes[which] / 2;
  if (wanted < bytes) wanted = bytes;
  wanted = (wanted + 4095) / 4096 * 4096;
  free(own->memory[which]);
  own->memory[which] = NULL;
  own->bytes[which] = 0;
  void *memory = NULL;
  if (posix_memalign(&memory, ALIGNMENT, wanted) != 0) out_of_memory(wanted);
  own->memory[which] = memory;
  own->bytes[which] = wanted;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  return memory;
}

void *tk_scratch(int which, size_t bytes) {
  if (own && own->bytes[which] >= bytes && own->memory[which]) return own->memory[which];
  return grow(which, bytes);
}

uint64_t tk_scratch_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }

// The thread team. One job at a time; a job's state is one 64-bit word, so that a worker that wakes up late finds the job
// closed and never delays its caller: bit 0 is "open", bits 1...15 count the workers inside, the rest is the job's number.
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "include/thread_team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_THREADS = 64, SPINS_BEFORE_YIELD = 2000, YIELDS_BEFORE_PARKING = 200 };
static const uint64_t OPEN = 1, ONE_WORKER = 2, WORKERS = 0xfffe, ONE_JOB = 0x10000;

typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  _Atomic bool parked;
} worker;

static struct {
  _Alignas(64) _Atomic uint64_t state;
  _Alignas(64) _Atomic ptrdiff_t next;
  _Alignas(64) _Atomic bool busy;
  // Written by the owner of `busy` while no job is open.
  ptrdiff_t count;
  void (*work)(void *, ptrdiff_t);
  void *context;
  _Atomic int participants;  // workers asked to take part
  int workers;               // workers started
  worker worker[MOST_THREADS];
} team;

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take_items(void) {
  ptrdiff_t count = team.count;
  for (;;) {
    ptrdiff_t index = atomic_fetch_add_explicit(&team.next, 1, memory_order_relaxed);
    if (index >= count) return;
    team.work(team.context, index);
  }
}

/// Enters the open job if there is one that wants worker `id`; true when it has been in.
static bool join(int id) {
  uint64_t state = atomic_load_explicit(&team.state, memory_order_acquire);
  while (state & OPEN) {
    if (id >= atomic_load_explicit(&team.participants, memory_order_relaxed)) return false;
    if (atomic_compare_exchange_weak_explicit(&team.state, &state, state + ONE_WORKER, memory_order_acquire,
                                              memory_order_acquire)) {
      take_items();
      atomic_fetch_sub_explicit(&team.state, ONE_WORKER, memory_order_release);
      return true;
    }
  }
  return false;
}

static void *run_worker(void *argument) {
  int id = (int)(intptr_t)argument;
  worker *self = &team.worker[id];
  uint64_t seen = 0;  // number of the last job looked at
  for (;;) {
    int spins = 0, yields = 0;
    uint64_t state;
    while (state = atomic_load_explicit(&team.state, memory_order_acquire), !(state & OPEN) || state / ONE_JOB == seen) {
      if (++spins < SPINS_BEFORE_YIELD) {
        pause_briefly();
      } else if (++yields < YIELDS_BEFORE_PARKING) {
        sched_yield();
      } else {
        pthread_mutex_lock(&self->mutex);
        atomic_store(&self->parked, true);
        while (state = atomic_load(&team.state), !(state & OPEN) || state / ONE_JOB == seen)
          pthread_cond_wait(&self->wake, &self->mutex);
        atomic_store(&self->parked, false);
        pthread_mutex_unlock(&self->mutex);
      }
    }
    seen = state / ONE_JOB;
    join(id);
  }
  return NULL;
}

/// Starts workers until there are `wanted`; returns how many there are.
static int grow(int wanted) {
  while (team.workers < wanted) {
    worker *new = &team.worker[team.workers];
    pthread_mutex_init(&new->mutex, NULL);
    pthread_cond_init(&new->wake, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_worker, (void *)(intptr_t)team.workers) != 0) break;
    pthread_detach(thread);
    team.workers += 1;
  }
  return team.workers < wanted ? team.workers : wanted;
}

void tk_team_run(int threads, ptrdiff_t count, void (*work)(void *context, ptrdiff_t index), void *context) {
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  if (threads > count) threads = (int)count;
  if (threads <= 1 || atomic_exchange_explicit(&team.busy, true, memory_order_acquire)) {
    for (ptrdiff_t index = 0; index < count; index += 1) work(context, index);
    return;
  }
  int participants = grow(threads - 1);
  team.count = count;
  team.work = work;
  team.context = context;
  atomic_store_explicit(&team.participants, participants, memory_order_relaxed);
  atomic_store_explicit(&team.next, 0, memory_order_relaxed);
  atomic_fetch_add(&team.state, ONE_JOB + OPEN);
  for (int id = 0; id < participants; id += 1) {
    worker *sleeper = &team.worker[id];
    if (atomic_load(&sleeper->parked)) {
      pthread_mutex_lock(&sleeper->mutex);
      pthread_cond_signal(&sleeper->wake);
      pthread_mutex_unlock(&sleeper->mutex);
    }
  }
  take_items();
  uint64_t state = atomic_fetch_sub_explicit(&team.state, OPEN, memory_order_acquire);
  for (int spins = 0; state & WORKERS; spins += 1) {
    if (spins < SPINS_BEFORE_YIELD) pause_briefly();
    else sched_yield();
    state = atomic_load_explicit(&team.state, memory_order_acquire);
  }
  atomic_store_explicit(&team.busy, false, memory_order_release);
}

int tk_core_count(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : (int)cores;
}

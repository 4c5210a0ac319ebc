// A small persistent team of threads: the only global state.
#ifndef TAPESTRY_THREAD_TEAM_H
#define TAPESTRY_THREAD_TEAM_H

#include "kernel_table.h"

/// Runs work(context, index) for index 0..<count on at most `threads` threads, the caller among them; returns when all are
/// done. A caller that finds the team busy, and a nested call, runs everything itself. `work` must not depend on which
/// thread runs it.
void tk_team_run(int threads, ptrdiff_t count, void (*work)(void *context, ptrdiff_t index), void *context);

/// The cores this process may run on.
int tk_core_count(void);

/// A scratch buffer of the calling thread, 64-byte aligned, at least `bytes` long, kept and grown, never shrunk.
/// `which` (0..<8) tells buffers apart that are in use at the same time.
void *tk_scratch(int which, size_t bytes);

/// Scratch allocations made so far by all threads: constant once warm.
uint64_t tk_scratch_allocations(void);

#endif

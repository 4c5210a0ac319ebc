#ifndef TAPESTRY_MEMORY_BYTES_H
#define TAPESTRY_MEMORY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/// Sets bytes to 0.
static inline void tk_clear(void *_Nonnull bytes, ptrdiff_t count) { memset(bytes, 0, (size_t)count); }

/// Whether two places hold the same bytes.
static inline bool tk_same_bytes(const void *_Nonnull a, const void *_Nonnull b, ptrdiff_t count) {
  return memcmp(a, b, (size_t)count) == 0;
}

#endif

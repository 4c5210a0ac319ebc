// Instruction sets, scalar types and the table of kernels for one instruction set.
#ifndef TAPESTRY_KERNEL_TABLE_H
#define TAPESTRY_KERNEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { TK_FLOAT32 = 0, TK_FLOAT64 = 1, TK_INT32 = 2 } tk_scalar;

typedef enum { TK_PORTABLE = 0, TK_AVX2 = 1, TK_AVX512 = 2, TK_AMX = 3 } tk_instruction_set;

enum { TK_INSTRUCTION_SET_COUNT = 4 };

/// The kernels compiled for one instruction set: a value that is passed to every call.
typedef struct tk_kernels tk_kernels;

/// "portable", "avx2", "avx512" or "amx".
const char *tk_instruction_set_name(tk_instruction_set set);

/// The table for `set`, or NULL when this machine cannot run it. Thread-safe, never freed.
const tk_kernels *tk_kernels_for(tk_instruction_set set);

/// The best instruction set that this machine can run.
tk_instruction_set tk_best_instruction_set(void);

/// A number that has never been returned before in this process (thread-safe); it identifies a storage.
uint64_t tk_next_storage_number(void);

#endif

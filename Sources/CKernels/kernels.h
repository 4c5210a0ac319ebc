// Internal: the table of kernels for one instruction set. Each family of kernels has its own sub-table, filled in by the
// file that compiles the family's template for that instruction set (product_avx512.c, pointwise_avx2.c, ...).
#ifndef TAPESTRY_KERNELS_H
#define TAPESTRY_KERNELS_H

#include "include/kernel_table.h"

typedef struct tk_product_kernels tk_product_kernels;      // defined in product.h
typedef struct tk_reduction_kernels tk_reduction_kernels;  // defined in reduction.h
typedef struct tk_pointwise_kernels tk_pointwise_kernels;  // defined in pointwise_kernels.h

struct tk_kernels {
  tk_instruction_set set;
  const tk_product_kernels *product;
  const tk_reduction_kernels *reduction;
  const tk_pointwise_kernels *pointwise;
};

#endif

// The one header of CKernels: everything that runs in an inner loop.
#ifndef TAPESTRY_CKERNELS_H
#define TAPESTRY_CKERNELS_H

#include "kernel_table.h"
#include "matrix_product.h"
#include "measurement.h"
#include "memory_bytes.h"
#include "pointwise.h"
#include "random_normals.h"
#include "reductions.h"
#include "thread_team.h"

#endif

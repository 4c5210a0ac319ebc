// Elementwise programs: the interpreter.
#ifndef TAPESTRY_POINTWISE_H
#define TAPESTRY_POINTWISE_H

#include "kernel_table.h"

#endif

// Vectors of eight floats, for x86-64 processors since 2013.
#if defined(__x86_64__)
#include "mini_kernels.h"

#define MINI_WIDTH 8
#define MINI_FMA 1
#define MINI_NAME "avx2"
#define MINI_TABLE mini_kernels_avx2

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "vector.h"
#include "functions.h"
#include "elementwise.h"
#include "reductions.h"
#include "rows.h"
#include "table.h"
#pragma clang attribute pop
#endif

// Vectors of sixteen floats, for x86-64 processors with AVX-512.
#if defined(__x86_64__)
#include "mini_kernels.h"

#define MINI_WIDTH 16
#define MINI_FMA 1
#define MINI_NAME "avx512"
#define MINI_TABLE mini_kernels_avx512

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "vector.h"
#include "functions.h"
#include "elementwise.h"
#include "reductions.h"
#include "rows.h"
#include "table.h"
#pragma clang attribute pop
#endif

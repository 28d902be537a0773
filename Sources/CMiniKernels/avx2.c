// Vectors of eight, for x86-64 with AVX2, FMA and F16C (2013 on).
#if defined(__x86_64__)
#define LANES 8
#define AVX2 1
#define TABLE mini_kernels_avx2
#define WEIGHTS_TABLE mini_weights_avx2
#define TABLE_NAME "avx2"

// Before the attribute: the headers bring their own.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "kernels.h"
#include "weights.h"
#pragma clang attribute pop
#endif

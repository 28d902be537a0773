// Vectors of sixteen, for x86-64 with AVX-512 F, BW, DQ and VL.
#if defined(__x86_64__)
#define LANES 16
#define AVX512 1
#define TABLE mini_kernels_avx512
#define WEIGHTS_TABLE mini_weights_avx512
#define TABLE_NAME "avx512"

// Before the attribute: the headers bring their own.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "kernels.h"
#include "weights.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)
#include "weights_vnni.h"
#pragma clang attribute pop
#endif

// The vector types every kernel is written with, and the few operations clang has no operator for.
//
// The including file defines
//   LANES   floats in a vector: 4, 8 or 16
//   AVX2, AVX512   (optionally) when it is compiled for that instruction set
//
// Arithmetic, comparisons and shifts are clang's own operators on vectors; a comparison gives an
// `ints` with 0 or −1 in every lane. `a * b + c` written as one expression becomes a fused
// multiply-add where the instruction set has one.
#ifndef MINI_VECTOR_H
#define MINI_VECTOR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "mini_kernels.h"

// 1 when a·b + c is rounded once here.
#if defined(AVX2) || defined(AVX512) || defined(__FMA__) || defined(__aarch64__)
#define FUSED 1
#else
#define FUSED 0
#endif

#pragma STDC FP_CONTRACT ON

// Clang warns that vectors wider than a register change how functions are called. No function here
// is called with one: those that take vectors are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"

// Small helpers are always inlined: that keeps debug builds bearable, and a vector never crosses a
// function boundary, where its calling convention would depend on the instruction set.
#define INLINE static inline __attribute__((always_inline, unused))

/// Hides from the compiler how the pointer came about.
#define KEEP_IN_REGISTER(pointer) __asm__("" : "+r"(pointer))

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef double doubles __attribute__((ext_vector_type(LANES)));
typedef int32_t ints __attribute__((ext_vector_type(LANES)));
typedef uint32_t uints __attribute__((ext_vector_type(LANES)));
typedef int64_t longs __attribute__((ext_vector_type(LANES)));

// The same vector at any address that is good enough for a float.
typedef floats unaligned_floats __attribute__((aligned(4), may_alias));

// ---- Loads and stores --------------------------------------------------------------------------

INLINE floats load(const float *p) { return *(const unaligned_floats *)p; }

INLINE void store(float *p, floats v) { *(unaligned_floats *)p = v; }

INLINE floats splat(float s) { return (floats)s; }

INLINE ints splat_int(int32_t s) { return (ints)s; }

/// 0, 1, 2, … in the lanes.
INLINE ints lane_numbers(void) {
#if LANES == 4
    return (ints){0, 1, 2, 3};
#elif LANES == 8
    return (ints){0, 1, 2, 3, 4, 5, 6, 7};
#else
    return (ints){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#endif
}

/// mask ? a : b, lane by lane. Lanes of `mask` are 0 or −1.
INLINE floats choose(ints mask, floats a, floats b) { return mask ? a : b; }

/// The first `count` < LANES elements of p, and `rest` in the other lanes. Reads nothing beyond.
INLINE floats load_first(const float *p, size_t count, float rest) {
#if defined(AVX512)
    return (floats)_mm512_mask_loadu_ps(
        _mm512_set1_ps(rest), (__mmask16)((1u << count) - 1u), p);
#elif defined(AVX2)
    ints mask = lane_numbers() < splat_int((int32_t)count);
    return choose(mask, (floats)_mm256_maskload_ps(p, (__m256i)mask), splat(rest));
#else
    floats v = splat(rest);
    for (size_t i = 0; i < count; i++) v[i] = p[i];
    return v;
#endif
}

/// Writes the first `count` < LANES lanes of v, and nothing beyond.
INLINE void store_first(float *p, floats v, size_t count) {
#if defined(AVX512)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1u), (__m512)v);
#elif defined(AVX2)
    ints mask = lane_numbers() < splat_int((int32_t)count);
    _mm256_maskstore_ps(p, (__m256i)mask, (__m256)v);
#else
    for (size_t i = 0; i < count; i++) p[i] = v[i];
#endif
}

// ---- Bits --------------------------------------------------------------------------------------

INLINE ints bits_of(floats v) { return (ints)v; }

INLINE floats from_bits(ints v) { return (floats)v; }

INLINE floats absolute_value(floats x) { return from_bits(bits_of(x) & 0x7fffffff); }

/// |magnitude| with the sign of `sign`.
INLINE floats copy_sign(floats magnitude, floats sign) {
    return from_bits((bits_of(magnitude) & 0x7fffffff) | (bits_of(sign) & (int32_t)0x80000000));
}

// ---- Arithmetic --------------------------------------------------------------------------------

INLINE floats square_root_of(floats x) { return __builtin_elementwise_sqrt(x); }

/// The larger one, NaN when either is NaN.
INLINE floats larger(floats a, floats b) {
    floats m = choose(a > b, a, b);  // b when unordered
    return choose(a != a, a, m);
}

/// The smaller one, NaN when either is NaN.
INLINE floats smaller(floats a, floats b) {
    floats m = choose(a < b, a, b);
    return choose(a != a, a, m);
}

INLINE doubles to_doubles(floats v) { return __builtin_convertvector(v, doubles); }

INLINE floats to_floats(doubles v) { return __builtin_convertvector(v, floats); }

// ---- Across the lanes: always the same tree ----------------------------------------------------

/// Combines the lower half a of a vector with its upper half b.
#define FOLD(v, combination)                              \
    ({                                                    \
        __typeof__((v).lo) a = (v).lo, b = (v).hi;        \
        combination;                                      \
    })

#if LANES == 16
#define FOLD_TO_FOUR(v, combination) FOLD(FOLD(v, combination), combination)
#elif LANES == 8
#define FOLD_TO_FOUR(v, combination) FOLD(v, combination)
#else
#define FOLD_TO_FOUR(v, combination) (v)
#endif

#define FOLD_LANES(v, combination) FOLD(FOLD(FOLD_TO_FOUR(v, combination), combination), combination)

INLINE float sum_lanes(floats v) { return FOLD_LANES(v, a + b); }

INLINE double sum_double_lanes(doubles v) { return FOLD_LANES(v, a + b); }

/// Without NaN in v.
INLINE float max_lanes(floats v) { return FOLD_LANES(v, a > b ? a : b); }

/// Without NaN in v.
INLINE float min_lanes(floats v) { return FOLD_LANES(v, a < b ? a : b); }

/// 1 when any lane is not 0.
INLINE int any(ints mask) { return __builtin_reduce_or(mask) != 0; }

#endif

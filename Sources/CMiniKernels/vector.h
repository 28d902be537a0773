// One vector of W floats and what can be done with it. Included by each instruction set's file,
// which defines MINI_WIDTH (floats in a vector) and MINI_FMA (1 if a·b + c is one instruction).
//
// The types are the compiler's own vector types, so the same lines become SSE2, AVX2, AVX-512 or
// NEON; the optimiser is not asked to find the vectors itself.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { W = MINI_WIDTH };

typedef float vf __attribute__((vector_size(MINI_WIDTH * 4)));
typedef int32_t vi __attribute__((vector_size(MINI_WIDTH * 4)));
typedef uint32_t vu __attribute__((vector_size(MINI_WIDTH * 4)));
typedef float vf_unaligned __attribute__((vector_size(MINI_WIDTH * 4), aligned(4), may_alias));

// ---- Memory --------------------------------------------------------------------------------------

INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }

/// The first n < W floats; the other lanes hold `padding`.
INLINE vf load_part(const float *p, size_t n, float padding) {
    float lanes[W];
    for (size_t i = 0; i < W; i++) lanes[i] = i < n ? p[i] : padding;
    return load(lanes);
}

INLINE void store_part(float *p, vf v, size_t n) {
    float lanes[W];
    store(lanes, v);
    for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}

// ---- Lanes ---------------------------------------------------------------------------------------

INLINE vf splat(float s) { return (vf){} + s; }
INLINE vi as_int(vf v) { return (vi)v; }
INLINE vf as_float(vi v) { return (vf)v; }
INLINE vf to_float(vi v) { return __builtin_convertvector(v, vf); }
INLINE vi to_int(vf v) { return __builtin_convertvector(v, vi); }

/// mask ? a : b, lane by lane; mask lanes are 0 or −1.
INLINE vf choose(vi mask, vf a, vf b) { return as_float((as_int(a) & mask) | (as_int(b) & ~mask)); }

INLINE vf absolute(vf x) { return as_float(as_int(x) & 0x7FFFFFFF); }

/// a·b + c
INLINE vf fma_(vf a, vf b, vf c) {
#if MINI_FMA
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// The larger lane; NaN if either is NaN.
INLINE vf larger(vf a, vf b) { return choose((a > b) | (a != a), a, b); }
INLINE vf smaller(vf a, vf b) { return choose((a < b) | (a != a), a, b); }

/// The sum of all lanes, by halves.
INLINE float lane_sum(vf v) {
    float lanes[W];
    store(lanes, v);
    for (int half = W / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

INLINE float lane_max(vf v) {
    float lanes[W], best;
    store(lanes, v);
    best = lanes[0];
    for (int i = 1; i < W; i++) best = (lanes[i] > best || lanes[i] != lanes[i]) ? lanes[i] : best;
    return best;
}

INLINE float lane_min(vf v) { return -lane_max(-v); }

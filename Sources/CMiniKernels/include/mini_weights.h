// The kernels of inference: products with weights that were packed once and are read once for every
// token, so that their bytes are what a token costs.
//
// Packed weights
//   A matrix of `rows` × k is cut into panels of 16 rows; the last one is filled up with zeros. What
//   belongs to one k of all 16 rows lies side by side, so a vector register holds different rows and
//   no sum runs across its lanes:
//     f32         [k][16] floats
//     f16         [k][16] halves
//     bf16        [⌈k/2⌉][16][2]: two neighbours of a row in 32 bits (an odd k is followed by zero)
//     q8_0        for each 32 of k: [16] scales (halves), then [8][16][4] signed bytes
//     q4_0        for each 32 of k: [16] scales (halves), then [4][16][4] bytes; the low half of byte
//                 (g, i, j) is number 4g + j of row i, the high half number 4g + j + 16, both plus 8
//   The blocks are llama.cpp's with their rows interleaved: as many bytes, and the same numbers.
//
// Inputs of q8_0 and q4_0 are themselves turned into blocks of 32 signed bytes (mini_levels), as
// llama.cpp does, so that products are of whole numbers.
//
// Every result is one chain of additions in the order of k. So it has the same bits however many rows
// of inputs are multiplied in one call, whichever panels are: alone or in a batch, token by token or
// a whole prompt, on any number of threads.
#ifndef MINI_WEIGHTS_H
#define MINI_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

enum { MINI_PANEL = 16, MINI_BLOCK = 32 };

/// Rows of k numbers as blocks of 32 signed bytes from −127 to 127: x ≈ scale · level.
typedef struct mini_levels {
    int8_t *levels;   // [rows][k]
    float *scales;    // [rows][k / 32]
    int32_t *sums;    // [rows][k / 32]: of the levels of a block
} mini_levels;

/// y[r·y_stride + 16p + i] = Σ_k w(p, i, k)·x[r·x_stride + k] for m rows r and `count` panels p.
typedef void (*mini_multiply_floats)(const void *panels, size_t count, size_t k, const float *x, size_t x_stride,
                                     size_t m, float *y, size_t y_stride);
/// The same for inputs in blocks. k is a multiple of 32.
typedef void (*mini_multiply_levels)(const void *panels, size_t count, size_t k, const mini_levels *x, size_t m,
                                     float *y, size_t y_stride);

/// All of them for one instruction set. The table never changes, so Swift may share it.
typedef struct __attribute__((swift_attr("@Sendable"))) mini_weights {
    /// "portable", "avx2", "avx512", "avx512vnni" or "neon".
    const char *name;
    mini_multiply_floats multiply_f32, multiply_f16, multiply_bf16;
    mini_multiply_levels multiply_q8_0, multiply_q4_0;
    /// One row of k numbers into blocks: scale = max |x| / 127, level = x / scale rounded to nearest.
    /// A block with a number that is not finite has the scale NaN.
    void (*quantize)(const float *x, size_t k, int8_t *levels, float *scales, int32_t *sums);
    /// Attention of one query to n >= 1 keys: y = softmax(scale·q·kᵀ)·v. Keys are packed f32 panels
    /// of `width` (one row for each position), values n rows of `width`, `value_stride` apart.
    /// `weights` has room for n rounded up to whole panels; its first n are the softmax afterwards.
    void (*attend)(const float *q, const float *keys, const float *values, size_t value_stride, size_t n,
                   size_t width, float scale, float *weights, float *y);
} mini_weights;

/// The best table for this CPU; MINIGPT_KERNELS chooses as it does for mini_kernels_best
/// ("avx512" means the one without VNNI).
const mini_weights *mini_weights_best(void);

/// The table of that name, or NULL if it was not built here or this CPU cannot run it.
const mini_weights *_Nullable mini_weights_named(const char *name);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif

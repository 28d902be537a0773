// Products of packed weights and inputs; the layouts are described in mini_weights.h. Included after
// kernels.h by the file of each instruction set.

#include "mini_weights.h"

enum {
    PANEL = MINI_PANEL,
    // Vectors for the sixteen results of a panel.
    PARTS = PANEL / LANES,
    // Results of a tile are kept in registers: at most TILE_VECTORS of them.
    TILE_VECTORS = LANES == 4 ? 8 : LANES == 8 ? 12 : 24,
    // Panels that several rows of inputs are multiplied with at a time.
    GROUPED = LANES == 16 ? 2 : 1,
    // Panels that one row of inputs is multiplied with at a time: enough sums at once to hide the
    // latency of an addition.
    GROUP = 8 / PARTS,
    // Part of k that stays in the first cache while many rows of inputs pass.
    DEPTH = 256,
};

// How far ahead of its use a weight is asked for, in bytes: hardware stops at the end of a page.
enum { AHEAD = 2048 };

INLINE void fetch(const void *p) { __builtin_prefetch((const char *)p + AHEAD, 0, 3); }

// ---- Floats ------------------------------------------------------------------------------------

/// sums += panels · x for `groups` panels `panel_stride` floats apart and `rows` rows of inputs; both
/// are constants after inlining.
INLINE void float_tile(const int groups, const int rows, const float *w, size_t panel_stride, size_t k,
                       const float *x, size_t x_stride, int accumulate, float *y, size_t y_stride) {
    floats sums[TILE_VECTORS];
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int g = 0; g < groups * PARTS; g++)
            sums[r * groups * PARTS + g] =
                accumulate ? load(y + (size_t)r * y_stride + (size_t)g * LANES) : splat(0);
    for (size_t i = 0; i < k; i++) {
        floats weights[GROUP * PARTS];
#pragma unroll
        for (int g = 0; g < groups; g++) {
            const float *p = w + (size_t)g * panel_stride + i * PANEL;
            fetch(p);
#pragma unroll
            for (int part = 0; part < PARTS; part++)
                weights[g * PARTS + part] = load(p + part * LANES);
        }
#pragma unroll
        for (int r = 0; r < rows; r++) {
            const floats value = splat(x[(size_t)r * x_stride + i]);
#pragma unroll
            for (int g = 0; g < groups * PARTS; g++)
                sums[r * groups * PARTS + g] = weights[g] * value + sums[r * groups * PARTS + g];
        }
    }
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int g = 0; g < groups * PARTS; g++)
            store(y + (size_t)r * y_stride + (size_t)g * LANES, sums[r * groups * PARTS + g]);
}

/// GROUPED neighbouring panels, or one, or a part of their k, and any number of rows of inputs.
INLINE void float_panels(
    const int groups, const float *w, size_t panel_stride, size_t k, const float *x, size_t x_stride, size_t m,
    int accumulate, float *y, size_t y_stride) {
    enum { ROWS = TILE_VECTORS / PARTS / GROUPED };
    while (m > 0) {
        // 8 rows go as 4 + 4, not as 6 + 2.
        size_t rows = m <= ROWS ? m : m < 2 * ROWS ? (m + 1) / 2 : ROWS;
#define CASE(number)                                                                                  \
    case number:                                                                                      \
        float_tile(groups, number, w, panel_stride, k, x, x_stride, accumulate, y, y_stride);         \
        break;
        switch (rows) {
            CASE(1) CASE(2)
#if LANES >= 8
            CASE(3) CASE(4) CASE(5) CASE(6)
#endif
#if LANES >= 16
            CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
        }
#undef CASE
        m -= rows;
        x += rows * x_stride;
        y += rows * y_stride;
    }
}

/// One panel, or a part of its k, and any number of rows of inputs.
static void float_panel(const float *w, size_t k, const float *x, size_t x_stride, size_t m, int accumulate,
                        float *y, size_t y_stride) {
    float_panels(1, w, 0, k, x, x_stride, m, accumulate, y, y_stride);
}

/// GROUPED panels: where there are registers enough, an input that was read meets twice the weights.
static void grouped_float_panels(const float *w, size_t panel_stride, size_t k, const float *x, size_t x_stride,
                                 size_t m, int accumulate, float *y, size_t y_stride) {
    float_panels(GROUPED, w, panel_stride, k, x, x_stride, m, accumulate, y, y_stride);
}

static void weights_multiply_f32(const void *panels, size_t count, size_t k, const float *x, size_t x_stride,
                                 size_t m, float *y, size_t y_stride) {
    const float *w = panels;
    if (m == 1) {
        size_t p = 0;
        for (; p + GROUP <= count; p += GROUP)
            float_tile(GROUP, 1, w + p * k * PANEL, k * PANEL, k, x, 0, 0, y + p * PANEL, 0);
        for (; p < count; p++) float_tile(1, 1, w + p * k * PANEL, 0, k, x, 0, 0, y + p * PANEL, 0);
        return;
    }
    for (size_t start = 0; start < k || start == 0; start += DEPTH) {
        const size_t depth = k - start < DEPTH ? k - start : DEPTH;
        size_t p = 0;
        for (; p + GROUPED <= count; p += GROUPED)
            grouped_float_panels(w + (p * k + start) * PANEL, k * PANEL, depth, x + start, x_stride, m,
                                 start > 0, y + p * PANEL, y_stride);
        for (; p < count; p++)
            float_panel(w + (p * k + start) * PANEL, depth, x + start, x_stride, m, start > 0, y + p * PANEL,
                        y_stride);
    }
}

// ---- Halves ------------------------------------------------------------------------------------

/// A half as a float, exactly, by whole-number arithmetic.
INLINE float float_of_half(uint16_t half) {
    // With exponent and fraction where a float has them the value is too small by 2^112; the product
    // is exact for subnormal numbers too. Infinity and NaN keep an exponent of ones.
    const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
    float value;
    memcpy(&value, &magnitude, 4);
    value *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits |= (magnitude >= 0x0f800000u ? 0x7f800000u : 0) | (uint32_t)(half & 0x8000) << 16;
    memcpy(&value, &bits, 4);
    return value;
}

/// LANES halves as floats.
INLINE floats load_halves(const uint16_t *p) {
#if defined(AVX512)
    return (floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(AVX2)
    return (floats)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#else
    floats v;
    for (int i = 0; i < LANES; i++) v[i] = float_of_half(p[i]);
    return v;
#endif
}

INLINE void half_tile(const int groups, const uint16_t *w, size_t panel_stride, size_t k, const float *x,
                      float *y) {
    floats sums[GROUP * PARTS];
#pragma unroll
    for (int g = 0; g < groups * PARTS; g++) sums[g] = splat(0);
    for (size_t i = 0; i < k; i++) {
        const floats value = splat(x[i]);
#pragma unroll
        for (int g = 0; g < groups; g++) {
            const uint16_t *p = w + (size_t)g * panel_stride + i * PANEL;
            if ((i & 1) == 0) fetch(p);
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                const int n = g * PARTS + part;
                sums[n] = load_halves(p + part * LANES) * value + sums[n];
            }
        }
    }
#pragma unroll
    for (int g = 0; g < groups * PARTS; g++) store(y + (size_t)g * LANES, sums[g]);
}

static void weights_multiply_f16(const void *panels, size_t count, size_t k, const float *x, size_t x_stride,
                                 size_t m, float *y, size_t y_stride) {
    const uint16_t *w = panels;
    if (m == 1) {
        size_t p = 0;
        for (; p + GROUP <= count; p += GROUP)
            half_tile(GROUP, w + p * k * PANEL, k * PANEL, k, x, y + p * PANEL);
        for (; p < count; p++) half_tile(1, w + p * k * PANEL, 0, k, x, y + p * PANEL);
        return;
    }
    for (size_t start = 0; start < k || start == 0; start += DEPTH) {
        const size_t depth = k - start < DEPTH ? k - start : DEPTH;
        for (size_t p = 0; p < count; p++) {
            float strip[DEPTH * PANEL] __attribute__((aligned(64)));
            const uint16_t *source = w + (p * k + start) * PANEL;
            for (size_t i = 0; i < depth * PANEL; i += LANES) store(strip + i, load_halves(source + i));
            float_panel(strip, depth, x + start, x_stride, m, start > 0, y + p * PANEL, y_stride);
        }
    }
}

// ---- Upper halves of floats (bfloat16) ---------------------------------------------------------

/// The first and the second of LANES pairs.
INLINE floats first_of_pairs(ints pairs) { return from_bits(pairs << 16); }
INLINE floats second_of_pairs(ints pairs) { return from_bits(pairs & (int32_t)0xffff0000); }
INLINE ints load_pairs(const uint16_t *p) { return bits_of(load((const float *)(const void *)p)); }

INLINE void brain_tile(const int groups, const uint16_t *w, size_t panel_stride, size_t k, const float *x,
                       float *y) {
    floats sums[GROUP * PARTS];
#pragma unroll
    for (int g = 0; g < groups * PARTS; g++) sums[g] = splat(0);
    for (size_t i = 0; i < k; i += 2) {
        // An odd k ends with a pair whose second number is not used: 0 times what follows x could be
        // NaN.
        const floats first = splat(x[i]), second = splat(i + 1 < k ? x[i + 1] : 0);
#pragma unroll
        for (int g = 0; g < groups; g++) {
            const uint16_t *p = w + (size_t)g * panel_stride + i * PANEL;
            fetch(p);
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                const int n = g * PARTS + part;
                const ints pairs = load_pairs(p + 2 * part * LANES);
                sums[n] = first_of_pairs(pairs) * first + sums[n];
                sums[n] = second_of_pairs(pairs) * second + sums[n];
            }
        }
    }
#pragma unroll
    for (int g = 0; g < groups * PARTS; g++) store(y + (size_t)g * LANES, sums[g]);
}

static void weights_multiply_bf16(const void *panels, size_t count, size_t k, const float *x, size_t x_stride,
                                  size_t m, float *y, size_t y_stride) {
    const uint16_t *w = panels;
    const size_t even = (k + 1) & ~(size_t)1;
    if (m == 1) {
        size_t p = 0;
        for (; p + GROUP <= count; p += GROUP)
            brain_tile(GROUP, w + p * even * PANEL, even * PANEL, k, x, y + p * PANEL);
        for (; p < count; p++) brain_tile(1, w + p * even * PANEL, 0, k, x, y + p * PANEL);
        return;
    }
    for (size_t start = 0; start < k || start == 0; start += DEPTH) {
        const size_t depth = k - start < DEPTH ? k - start : DEPTH;
        for (size_t p = 0; p < count; p++) {
            float strip[DEPTH * PANEL] __attribute__((aligned(64)));
            const uint16_t *source = w + (p * even + start) * PANEL;
            for (size_t i = 0; i < depth; i += 2) {
#pragma unroll
                for (int part = 0; part < PARTS; part++) {
                    const ints pairs = load_pairs(source + i * PANEL + 2 * part * LANES);
                    store(strip + i * PANEL + part * LANES, first_of_pairs(pairs));
                    store(strip + (i + 1) * PANEL + part * LANES, second_of_pairs(pairs));
                }
            }
            float_panel(strip, depth, x + start, x_stride, m, start > 0, y + p * PANEL, y_stride);
        }
    }
}

// ---- Inputs in blocks --------------------------------------------------------------------------

static void weights_quantize(const float *x, size_t k, int8_t *levels, float *scales, int32_t *sums) {
    for (size_t block = 0; block < k / MINI_BLOCK; block++) {
        const float *from = x + block * MINI_BLOCK;
        floats largest = splat(0);
        ints bad = splat_int(0);
#pragma unroll
        for (int i = 0; i < MINI_BLOCK; i += LANES) {
            const floats magnitude = absolute_value(load(from + i));
            largest = choose(magnitude > largest, magnitude, largest);
            bad |= ~(magnitude < splat(INFINITY));
        }
        float scale = max_lanes(largest) / 127.0f;
        float inverse = scale > 0 ? 1.0f / scale : 0.0f;
        // The inverse of a tiny scale is infinite; such numbers count as 0.
        if (!(inverse < INFINITY)) scale = inverse = 0.0f;
        if (any(bad)) {
            scale = NAN;
            inverse = 0.0f;
        }
        scales[block] = scale;
        int8_t *to = levels + block * MINI_BLOCK;
        ints sum = splat_int(0);
        const floats magic = splat(12582912.0f), factor = splat(inverse);
#pragma unroll
        for (int i = 0; i < MINI_BLOCK; i += LANES) {
            // Adding 1.5·2^23 leaves the nearest whole number in the low bits. NaN becomes 0.
            const floats value = load(from + i) * factor;
            const ints level = bits_of(choose(value == value, value, splat(0)) + magic) - bits_of(magic);
            sum += level;
            typedef int8_t bytes __attribute__((ext_vector_type(LANES)));
            const bytes narrow = __builtin_convertvector(level, bytes);
            memcpy(to + i, &narrow, LANES);
        }
        int32_t total = 0;
        for (int i = 0; i < LANES; i++) total += sum[i];
        sums[block] = total;
    }
}

// ---- Attention ---------------------------------------------------------------------------------

/// y = Σ_j p[j]·v[j·stride] over `vectors` whole vectors. Always one chain for each number of y.
INLINE void mix_tile(const int vectors, const float *p, const float *v, size_t stride, size_t n, float *y) {
    floats sums[8];
#pragma unroll
    for (int i = 0; i < vectors; i++) sums[i] = splat(0);
    for (size_t j = 0; j < n; j++) {
        const floats weight = splat(p[j]);
#pragma unroll
        for (int i = 0; i < vectors; i++) sums[i] = weight * load(v + j * stride + i * LANES) + sums[i];
    }
#pragma unroll
    for (int i = 0; i < vectors; i++) store(y + i * LANES, sums[i]);
}

static void weights_attend(const float *q, const float *keys, const float *values, size_t value_stride, size_t n,
                           size_t width, float scale, float *weights, float *y) {
    weights_multiply_f32(keys, (n + PANEL - 1) / PANEL, width, q, 0, 1, weights, 0);
    kernel_softmax(weights, scale, weights, n);
    size_t c = 0;
    for (; c + 8 * LANES <= width; c += 8 * LANES) mix_tile(8, weights, values + c, value_stride, n, y + c);
    for (; c + 4 * LANES <= width; c += 4 * LANES) mix_tile(4, weights, values + c, value_stride, n, y + c);
    for (; c + LANES <= width; c += LANES) mix_tile(1, weights, values + c, value_stride, n, y + c);
    for (; c < width; c++) {
        float sum = 0;
        for (size_t j = 0; j < n; j++) sum = weights[j] * values[j * value_stride + c] + sum;
        y[c] = sum;
    }
}

#include "weight_blocks.h"

#define WEIGHT_ENTRY(name) .name = weights_##name

const mini_weights WEIGHTS_TABLE = {
    .name = TABLE_NAME,
    WEIGHT_ENTRY(multiply_f32), WEIGHT_ENTRY(multiply_f16), WEIGHT_ENTRY(multiply_bf16),
    WEIGHT_ENTRY(multiply_q8_0), WEIGHT_ENTRY(multiply_q4_0), WEIGHT_ENTRY(quantize),
    WEIGHT_ENTRY(attend),
};

// Weights in llama.cpp's blocks of 32 times inputs in blocks of 32: products of whole numbers.
//
// For each block and row: d·e·Σ q·a with the scales d of the weights and e of the inputs. q4_0 stores
// q + 8, so 8·Σ a, which the inputs bring along, is subtracted.

enum {
    Q8_BLOCK_BYTES = PANEL * 34,
    Q4_BLOCK_BYTES = PANEL * 18,
    SCALE_BYTES = PANEL * 2,
    // Rows of inputs that share what was loaded.
    LEVEL_ROWS = 4,
};

/// A block's whole-number sums for one row of inputs become part of its results.
INLINE floats add_scaled(ints sum, floats scale, float factor, floats total) {
    return __builtin_convertvector(sum, floats) * (scale * splat(factor)) + total;
}

#if defined(AVX2) || defined(AVX512)

/// Two halves of eight rows as the vectors of a panel.
INLINE void store_halves(ints *result, __m256i low, __m256i high) {
    memcpy(result, &low, sizeof low);
    memcpy((char *)result + sizeof low, &high, sizeof high);
}

INLINE __m256i broadcast_four(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}

/// The sums of a block of q8_0: one vector for rows 0–7 and one for 8–15.
INLINE void q8_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k, const int32_t *sums,
                     size_t blocks, ints *result) {
    (void)sums, (void)blocks;
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i low[LEVEL_ROWS], high[LEVEL_ROWS];
#pragma unroll
    for (int r = 0; r < rows; r++) low[r] = high[r] = _mm256_setzero_si256();
#pragma unroll
    for (int g = 0; g < 8; g++) {
        const uint8_t *p = block + SCALE_BYTES + g * 64;
        const __m256i w0 = _mm256_loadu_si256((const __m256i *)p);
        const __m256i w1 = _mm256_loadu_si256((const __m256i *)(p + 32));
#pragma unroll
        for (int r = 0; r < rows; r++) {
            // The product of signed bytes as |a| times w with the sign of a.
            const __m256i a = broadcast_four(levels + (size_t)r * k + 4 * g), size = _mm256_abs_epi8(a);
            const __m256i s0 = _mm256_maddubs_epi16(size, _mm256_sign_epi8(w0, a));
            const __m256i s1 = _mm256_maddubs_epi16(size, _mm256_sign_epi8(w1, a));
            low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(s0, ones));
            high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(s1, ones));
        }
    }
#pragma unroll
    for (int r = 0; r < rows; r++) {
        store_halves(result + r * PARTS, low[r], high[r]);
    }
}

/// The same for q4_0. Sixteen bits hold the sum of a block: 16 · 15 · 127 < 2¹⁵.
INLINE void q4_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k, const int32_t *sums,
                     size_t blocks, ints *result) {
    const __m256i ones = _mm256_set1_epi16(1), mask = _mm256_set1_epi8(15);
    __m256i low[LEVEL_ROWS], high[LEVEL_ROWS];
#pragma unroll
    for (int r = 0; r < rows; r++) low[r] = high[r] = _mm256_setzero_si256();
#pragma unroll
    for (int g = 0; g < 4; g++) {
        const uint8_t *p = block + SCALE_BYTES + g * 64;
        const __m256i w0 = _mm256_loadu_si256((const __m256i *)p);
        const __m256i w1 = _mm256_loadu_si256((const __m256i *)(p + 32));
        const __m256i first0 = _mm256_and_si256(w0, mask), first1 = _mm256_and_si256(w1, mask);
        const __m256i second0 = _mm256_and_si256(_mm256_srli_epi16(w0, 4), mask);
        const __m256i second1 = _mm256_and_si256(_mm256_srli_epi16(w1, 4), mask);
#pragma unroll
        for (int r = 0; r < rows; r++) {
            const __m256i a = broadcast_four(levels + (size_t)r * k + 4 * g);
            const __m256i b = broadcast_four(levels + (size_t)r * k + 4 * g + 16);
            low[r] = _mm256_add_epi16(low[r], _mm256_maddubs_epi16(first0, a));
            high[r] = _mm256_add_epi16(high[r], _mm256_maddubs_epi16(first1, a));
            low[r] = _mm256_add_epi16(low[r], _mm256_maddubs_epi16(second0, b));
            high[r] = _mm256_add_epi16(high[r], _mm256_maddubs_epi16(second1, b));
        }
    }
#pragma unroll
    for (int r = 0; r < rows; r++) {
        const __m256i rest = _mm256_set1_epi32(-8 * sums[(size_t)r * blocks]);
        store_halves(result + r * PARTS, _mm256_add_epi32(_mm256_madd_epi16(low[r], ones), rest),
                     _mm256_add_epi32(_mm256_madd_epi16(high[r], ones), rest));
    }
}

#else

/// The sums of a block of q8_0 for all rows of a panel.
INLINE void q8_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k, const int32_t *sums,
                     size_t blocks, ints *result) {
    (void)sums, (void)blocks;
    const int8_t *w = (const int8_t *)(block + SCALE_BYTES);
    for (int r = 0; r < rows; r++) {
        int32_t total[PANEL] = {0};
        for (int g = 0; g < 8; g++)
            for (int i = 0; i < PANEL; i++)
                for (int j = 0; j < 4; j++)
                    total[i] += w[(g * PANEL + i) * 4 + j] * levels[(size_t)r * k + 4 * g + j];
        memcpy(result + r * PARTS, total, sizeof total);
    }
}

/// The same for q4_0.
INLINE void q4_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k, const int32_t *sums,
                     size_t blocks, ints *result) {
    const uint8_t *w = block + SCALE_BYTES;
    for (int r = 0; r < rows; r++) {
        int32_t total[PANEL];
        for (int i = 0; i < PANEL; i++) total[i] = -8 * sums[(size_t)r * blocks];
        const int8_t *a = levels + (size_t)r * k;
        for (int g = 0; g < 4; g++)
            for (int i = 0; i < PANEL; i++)
                for (int j = 0; j < 4; j++) {
                    const uint8_t pair = w[(g * PANEL + i) * 4 + j];
                    total[i] += (pair & 15) * a[4 * g + j] + (pair >> 4) * a[4 * g + j + 16];
                }
        memcpy(result + r * PARTS, total, sizeof total);
    }
}

#endif

/// The results of one panel for `rows` rows of inputs.
#define BLOCK_PANEL(name, block_sums, BLOCK_BYTES)                                                     \
    INLINE void name(const int rows, const uint8_t *panel, size_t k, const mini_levels *x, size_t row, \
                     float *y, size_t y_stride) {                                                      \
        const size_t blocks = k / MINI_BLOCK;                                                          \
        floats totals[LEVEL_ROWS * PARTS];                                                                   \
        _Pragma("unroll") for (int i = 0; i < rows * PARTS; i++) totals[i] = splat(0);                 \
        for (size_t b = 0; b < blocks; b++) {                                                          \
            const uint8_t *block = panel + b * BLOCK_BYTES;                                            \
            if (rows == 1) for (int i = 0; i < BLOCK_BYTES; i += 64) fetch(block + i);                 \
            ints sums[LEVEL_ROWS * PARTS];                                                                   \
            block_sums(rows, block, x->levels + row * k + b * MINI_BLOCK, k,                           \
                       x->sums + row * blocks + b, blocks, sums);                                      \
            floats scales[PARTS];                                                                      \
            _Pragma("unroll") for (int part = 0; part < PARTS; part++)                                 \
                scales[part] = load_halves((const uint16_t *)(const void *)block + part * LANES);      \
            _Pragma("unroll") for (int r = 0; r < rows; r++) {                                         \
                const float factor = x->scales[(row + (size_t)r) * blocks + b];                        \
                _Pragma("unroll") for (int part = 0; part < PARTS; part++) {                           \
                    const int n = r * PARTS + part;                                                    \
                    totals[n] = add_scaled(sums[n], scales[part], factor, totals[n]);                  \
                }                                                                                      \
            }                                                                                          \
        }                                                                                              \
        _Pragma("unroll") for (int r = 0; r < rows; r++)                                               \
            _Pragma("unroll") for (int part = 0; part < PARTS; part++)                                 \
                store(y + (row + (size_t)r) * y_stride + part * LANES, totals[r * PARTS + part]);      \
    }

#define BLOCK_MULTIPLY(name, panel_product, BLOCK_BYTES)                                               \
    static void name(const void *panels, size_t count, size_t k, const mini_levels *x, size_t m,       \
                     float *y, size_t y_stride) {                                                      \
        const size_t panel_bytes = k / MINI_BLOCK * BLOCK_BYTES;                                       \
        for (size_t p = 0; p < count; p++) {                                                           \
            const uint8_t *panel = (const uint8_t *)panels + p * panel_bytes;                          \
            float *to = y + p * PANEL;                                                                 \
            size_t row = 0;                                                                            \
            if (m > 1) {                                                                               \
                for (; row + LEVEL_ROWS <= m; row += LEVEL_ROWS)                                       \
                    panel_product(LEVEL_ROWS, panel, k, x, row, to, y_stride);                         \
                for (; row + 2 <= m; row += 2) panel_product(2, panel, k, x, row, to, y_stride);       \
            }                                                                                          \
            if (row < m) panel_product(1, panel, k, x, row, to, y_stride);                             \
        }                                                                                              \
    }

BLOCK_PANEL(q8_panel, q8_block, Q8_BLOCK_BYTES)
BLOCK_PANEL(q4_panel, q4_block, Q4_BLOCK_BYTES)
BLOCK_MULTIPLY(weights_multiply_q8_0, q8_panel, Q8_BLOCK_BYTES)
BLOCK_MULTIPLY(weights_multiply_q4_0, q4_panel, Q4_BLOCK_BYTES)

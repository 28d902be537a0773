// The products of blocks with AVX-512 VNNI, which multiplies unsigned by signed bytes and adds four
// products at once. The unsigned factor is the weight plus 128 (q8_0) or plus 8 (q4_0), so that much of
// the sum of the inputs is subtracted again.

INLINE __m512i four_products(__m512i sum, __m512i w, int32_t a) {
    return _mm512_dpbusd_epi32(sum, w, _mm512_set1_epi32(a));
}

INLINE int32_t four_levels(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return four;
}

INLINE void q8_vnni_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k,
                          const int32_t *sums, size_t blocks, ints *result) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i total[LEVEL_ROWS];
#pragma unroll
    for (int r = 0; r < rows; r++) total[r] = _mm512_set1_epi32(-128 * sums[(size_t)r * blocks]);
#pragma unroll
    for (int g = 0; g < 8; g++) {
        const __m512i w = _mm512_xor_si512(_mm512_loadu_si512(block + SCALE_BYTES + g * 64), flip);
#pragma unroll
        for (int r = 0; r < rows; r++)
            total[r] = four_products(total[r], w, four_levels(levels + (size_t)r * k + 4 * g));
    }
#pragma unroll
    for (int r = 0; r < rows; r++) result[r] = (ints)total[r];
}

INLINE void q4_vnni_block(const int rows, const uint8_t *block, const int8_t *levels, size_t k,
                          const int32_t *sums, size_t blocks, ints *result) {
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i total[LEVEL_ROWS];
#pragma unroll
    for (int r = 0; r < rows; r++) total[r] = _mm512_set1_epi32(-8 * sums[(size_t)r * blocks]);
#pragma unroll
    for (int g = 0; g < 4; g++) {
        const __m512i w = _mm512_loadu_si512(block + SCALE_BYTES + g * 64);
        const __m512i first = _mm512_and_si512(w, mask);
        const __m512i second = _mm512_and_si512(_mm512_srli_epi16(w, 4), mask);
#pragma unroll
        for (int r = 0; r < rows; r++) {
            const int8_t *a = levels + (size_t)r * k + 4 * g;
            total[r] = four_products(total[r], first, four_levels(a));
            total[r] = four_products(total[r], second, four_levels(a + 16));
        }
    }
#pragma unroll
    for (int r = 0; r < rows; r++) result[r] = (ints)total[r];
}

BLOCK_PANEL(q8_vnni_panel, q8_vnni_block, Q8_BLOCK_BYTES)
BLOCK_PANEL(q4_vnni_panel, q4_vnni_block, Q4_BLOCK_BYTES)
BLOCK_MULTIPLY(weights_multiply_q8_0_vnni, q8_vnni_panel, Q8_BLOCK_BYTES)
BLOCK_MULTIPLY(weights_multiply_q4_0_vnni, q4_vnni_panel, Q4_BLOCK_BYTES)

const mini_weights mini_weights_avx512vnni = {
    .name = "avx512vnni",
    WEIGHT_ENTRY(multiply_f32), WEIGHT_ENTRY(multiply_f16), WEIGHT_ENTRY(multiply_bf16),
    .multiply_q8_0 = weights_multiply_q8_0_vnni, .multiply_q4_0 = weights_multiply_q4_0_vnni,
    WEIGHT_ENTRY(quantize), WEIGHT_ENTRY(attend),
};

// The checksum of checkpoints; see mini_checksum.h.
#include "mini_checksum.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FOLDING __attribute__((target("pclmul,sse4.1")))

int mini_checksum_can_fold(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

// lane · x^n + next, where `powers` holds x^(n+63) and x^(n-1): the product of two reflected numbers
// of 64 bits has 127, one power less than its place says.
FOLDING static inline __m128i fold(__m128i lane, __m128i powers, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(lane, powers, 0x00);
    __m128i high = _mm_clmulepi64_si128(lane, powers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

FOLDING void mini_checksum_fold(
    uint64_t remainder, const void *bytes, size_t count, const uint64_t powers[4],
    uint8_t folded[16]) {
    const __m128i *block = bytes;
    const __m128i by512 = _mm_set_epi64x((long long)powers[1], (long long)powers[0]);
    const __m128i by128 = _mm_set_epi64x((long long)powers[3], (long long)powers[2]);
    __m128i lanes[4];
    for (int i = 0; i < 4; i++) lanes[i] = _mm_loadu_si128(block + i);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, (long long)remainder));
    for (size_t at = 4; at < count / 16; at += 4)
        for (int i = 0; i < 4; i++) lanes[i] = fold(lanes[i], by512, _mm_loadu_si128(block + at + i));
    __m128i sum = lanes[0];
    for (int i = 1; i < 4; i++) sum = fold(sum, by128, lanes[i]);
    _mm_storeu_si128((__m128i *)folded, sum);
}

#else

int mini_checksum_can_fold(void) { return 0; }

void mini_checksum_fold(
    uint64_t remainder, const void *bytes, size_t count, const uint64_t powers[4],
    uint8_t folded[16]) {
    // Nobody calls it.
    (void)remainder, (void)bytes, (void)count, (void)powers, (void)folded;
}

#endif

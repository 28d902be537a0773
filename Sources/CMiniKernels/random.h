// Counter-based randomness: 32 bits from a hash of (seed, index), so that any part of a mask can be
// made again, by any thread, in any order.

/// A 64-bit mixer (xor-shift, multiply) that makes keys from the seed. The factors are the first
/// bits of the fractions of √2 and √3.
INLINE uint64_t mix_key(uint64_t z) {
    z = (z ^ (z >> 32)) * 0x6a09e667f3bcc909u;
    z = (z ^ (z >> 29)) * 0xbb67ae8584caa73bu;
    return z ^ (z >> 32);
}

/// A hash of the counter under two keys. Every step is invertible for given keys; the key enters
/// before and between the multiplications, so streams of two seeds are not shifted copies.
/// The factors were searched for by avalanche: every bit of the counter flips every bit of the hash
/// in half of all cases, to within the noise of 200,000 trials.
INLINE uints hash_counter(uints counter, uint32_t key0, uint32_t key1) {
    uints h = counter + key0;
    h = (h ^ (h >> 16)) * 0xcee2c21bu;
    h = (h ^ (h >> 15)) + key1;
    h = (h ^ (h >> 13)) * 0x0984d2b1u;
    h = (h ^ (h >> 16)) * 0x4506a731u;
    return h ^ (h >> 15);
}

/// y = keep ? x·scale : 0
static void kernel_dropout(const float *x, float *y, uint64_t seed, uint64_t first,
                           uint32_t threshold, float scale, size_t n) {
    const floats vscale = splat(scale);
    size_t i = 0;
    while (i < n) {
        // The upper half of the index goes into the keys, the lower half into the lanes.
        uint64_t index = first + i;
        uint64_t key = mix_key(seed + mix_key((index >> 32) + 0x3c6ef372fe94f82bu));
        uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
        uint64_t until_wrap = 0x100000000u - (index & 0xffffffffu);
        size_t end = n - i < until_wrap ? n : i + (size_t)until_wrap;
        uints counter = (uints)lane_numbers() + (uint32_t)index;
        for (; i < end; i += LANES, counter += LANES) {
            size_t count = end - i;
            int whole = count >= LANES;
            ints keep = hash_counter(counter, key0, key1) >= (uints)threshold;
            floats a = whole ? load(x + i) : load_first(x + i, count, 0.0f);
            a = choose(keep, a * vscale, splat(0.0f));
            if (whole) {
                store(y + i, a);
            } else {
                store_first(y + i, a, count);
                i = end;
                break;
            }
        }
    }
}

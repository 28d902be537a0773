// Counter-based randomness: 32 bits from a hash of (seed, index), so that any part of a mask can be
// made again, by any thread, in any order.

/// One round of a 64-bit mixer (multiply, xor-shift): makes keys from the seed.
INLINE uint64_t mix_key(uint64_t z) {
    z = (z ^ (z >> 32)) * 0xd6e8feb86659fd93u;
    z = (z ^ (z >> 29)) * 0xa0761d6478bd642fu;
    return z ^ (z >> 32);
}

/// A hash of the counter under two keys. Every step is invertible for given keys; the key enters
/// before and between the multiplications, so streams of two seeds are not shifted copies.
INLINE uints hash_counter(uints counter, uint32_t key0, uint32_t key1) {
    uints h = counter + key0;
    h = (h ^ (h >> 16)) * 0x7a4b6d35u;
    h = (h ^ (h >> 15)) + key1;
    h = (h ^ (h >> 13)) * 0xb52c9e6du;
    h = (h ^ (h >> 16)) * 0x94d049bbu;
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
        uint64_t key = mix_key(seed + mix_key((index >> 32) + 0x9e3779b97f4a7c15u));
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

// The product of two matrices whose right factor was packed: for small products, where a BLAS call
// costs more than its arithmetic, and for processors whose vectors the installed BLAS does not use.
//
// The right factor is cut into strips of two vectors; a strip is k rows of STRIP neighbours. A tile of
// TILE_ROWS × STRIP results is kept in registers while k runs (Goto & van de Geijn 2008, "Anatomy of
// high-performance matrix multiplication").

enum {
    STRIP = 2 * LANES,
    TILE_ROWS = LANES == 16 ? 8 : LANES == 8 ? 6 : 4,
    // Steps of k that share the fetching of a cache line. Only the widest vectors use up a strip faster
    // than it comes by itself; elsewhere longer loops were slower.
    STEPS = LANES == 16 ? 4 : 1,
};

/// Packs b, element (i, j) at b[i·row + j·column], into strips; the last one is padded with zeros.
static void kernel_pack_right(
    const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n) {
    size_t start = 0;
    if (column == 1) {
        // Four strips at a time: rows are often a power of two apart, and a longer piece of each
        // can be fetched ahead.
        for (; start + 4 * STRIP <= n; start += 4 * STRIP) {
            for (size_t i = 0; i < k; i++) {
                const float *from = b + (ptrdiff_t)i * row + start;
                for (int l = 0; l < 4 * STRIP; l += 16) __builtin_prefetch(from + 8 * row + l);
                float *to = packed + i * STRIP;
#pragma unroll
                for (int strip = 0; strip < 4; strip++) {
                    store(to + strip * k * STRIP, load(from + strip * STRIP));
                    store(to + strip * k * STRIP + LANES, load(from + strip * STRIP + LANES));
                }
            }
            packed += 4 * k * STRIP;
        }
    }
    for (; start < n; start += STRIP) {
        const size_t width = n - start < STRIP ? n - start : STRIP;
        const float *source = b + (ptrdiff_t)start * column;
        if (width < STRIP) kernel_fill(0, packed, k * STRIP);
        if (column == 1) {
            for (size_t i = 0; i < k; i++) {
                const float *from = source + (ptrdiff_t)i * row;
                if (width == STRIP) {
                    store(packed + i * STRIP, load(from));
                    store(packed + i * STRIP + LANES, load(from + LANES));
                } else {
                    for (size_t j = 0; j < width; j++) packed[i * STRIP + j] = from[j];
                }
            }
        } else if (row == 1) {
            kernel_transpose(source, (size_t)column, packed, STRIP, width, k);
        } else {
            for (size_t i = 0; i < k; i++)
                for (size_t j = 0; j < width; j++)
                    packed[i * STRIP + j] = source[(ptrdiff_t)i * row + (ptrdiff_t)j * column];
        }
        packed += k * STRIP;
    }
}

/// Packs a, element (i, j) at a[i·row + j·column], into tiles of TILE_ROWS rows: column after column.
static void kernel_pack_left(
    const float *a, ptrdiff_t row, ptrdiff_t column, float *packed, size_t m, size_t k) {
    if (row != 1) {
        for (size_t start = 0; start < m; start += TILE_ROWS) {
            const size_t height = m - start < TILE_ROWS ? m - start : TILE_ROWS;
            const float *source = a + (ptrdiff_t)start * row;
            for (size_t j = 0; j < k; j++)
                for (size_t i = 0; i < height; i++)
                    packed[j * height + i] = source[(ptrdiff_t)i * row + (ptrdiff_t)j * column];
            packed += k * height;
        }
        return;
    }
    // A column lies side by side and is read once, into all tiles: columns are often a power of two
    // apart, and a cache line that is left and come back to would have been displaced.
    const size_t whole = m / TILE_ROWS, rest = m % TILE_ROWS;
    for (size_t j = 0; j < k; j++) {
        const float *source = a + (ptrdiff_t)j * column;
        for (size_t i = 0; i < m; i += 16) __builtin_prefetch(source + 8 * column + i);
        float *to = packed + j * TILE_ROWS;
        for (size_t tile = 0; tile < whole; tile++) {
            memcpy(to, source, TILE_ROWS * sizeof(float));
            to += TILE_ROWS * k;
            source += TILE_ROWS;
        }
        float *last = packed + whole * TILE_ROWS * k + j * rest;
        for (size_t i = 0; i < rest; i++) last[i] = source[i];
    }
}

/// The sums of a tile, and one more column of a and row of the strip added to them.
INLINE void add_products(
    const int rows, const int vectors, const float *a, ptrdiff_t row, const float *strip, floats *left,
    floats *right) {
    const floats b0 = load(strip), b1 = vectors == 2 ? load(strip + LANES) : splat(0);
#pragma unroll
    for (int i = 0; i < rows; i++) {
        const floats x = splat(a[i * row]);
        left[i] = x * b0 + left[i];
        if (vectors == 2) right[i] = x * b1 + right[i];
    }
}

/// c (rows × width) = a · strip, or added to c: the first one or both `vectors` of the strip, width <=
/// vectors · LANES. `rows` and `vectors` are constants after inlining. From `ahead` on, k / STEPS cache
/// lines are fetched into the second cache meanwhile, if STEPS are more than one.
INLINE void multiply_tile(
    const int rows, const int vectors, const float *a, ptrdiff_t row, ptrdiff_t column, const float *strip,
    const float *ahead, int accumulate, float *c, size_t c_stride, size_t k, size_t width) {
    floats left[TILE_ROWS], right[TILE_ROWS];
#pragma unroll
    for (int i = 0; i < rows; i++) {
        left[i] = right[i] = splat(0);
        // The tile of c arrives while k runs.
        __builtin_prefetch(c + (size_t)i * c_stride, 1);
        if (LANES == 16 && vectors == 2) __builtin_prefetch(c + (size_t)i * c_stride + LANES, 1);
    }
    size_t j = 0;
    for (; j + STEPS <= k; j += STEPS) {
        if (STEPS > 1) __builtin_prefetch(ahead + j / STEPS * 16, 0, 2);
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            add_products(rows, vectors, a, row, strip, left, right);
            a += column;
            strip += STRIP;
        }
    }
    for (; j < k; j++) {
        add_products(rows, vectors, a, row, strip, left, right);
        a += column;
        strip += STRIP;
    }
    const size_t first = width < LANES ? width : LANES, second = width - first;
#pragma unroll
    for (int i = 0; i < rows; i++) {
        float *to = c + (size_t)i * c_stride;
        if (first == LANES) store(to, accumulate ? load(to) + left[i] : left[i]);
        else store_first(to, accumulate ? load_first(to, first, 0) + left[i] : left[i], first);
        if (vectors == 1) continue;
        to += LANES;
        if (second == LANES) store(to, accumulate ? load(to) + right[i] : right[i]);
        else if (second > 0)
            store_first(to, accumulate ? load_first(to, second, 0) + right[i] : right[i], second);
    }
}

/// c = a·b, or c += a·b when `accumulate`: a is m × k with element (i, j) at a[i·row + j·column], or
/// packed tiles when row is 0; b was packed by pack_right.
static void kernel_multiply_packed(
    const float *a, ptrdiff_t row, ptrdiff_t column, const float *packed, int accumulate, float *c,
    size_t c_stride, size_t m, size_t n, size_t k) {
    for (size_t start = 0; start < n; start += STRIP) {
        const size_t width = n - start < STRIP ? n - start : STRIP;
        const float *strip = packed + start * k;
        for (size_t i = 0; i < m;) {
            const size_t height = m - i < TILE_ROWS ? m - i : TILE_ROWS;
            const float *tile = row == 0 ? a + i * k : a + (ptrdiff_t)i * row;
            const ptrdiff_t step = row == 0 ? 1 : row, next = row == 0 ? (ptrdiff_t)height : column;
            float *to = c + i * c_stride + start;
            // The next strip comes from the third cache the first time, and each tile fetches a part.
            const float *ahead = strip + STRIP * k + i / TILE_ROWS * (k / STEPS) * 16;
#define ROWS(number)                                                                               \
    case number:                                                                                   \
        if (width > LANES)                                                                         \
            multiply_tile(                                                                         \
                number, 2, tile, step, next, strip, ahead, accumulate, to, c_stride, k, width);    \
        else                                                                                       \
            multiply_tile(                                                                         \
                number, 1, tile, step, next, strip, ahead, accumulate, to, c_stride, k, width);    \
        break;
            switch (height) {
                ROWS(1) ROWS(2) ROWS(3) ROWS(4)
#if LANES >= 8
                ROWS(5) ROWS(6)
#endif
#if LANES == 16
                ROWS(7) ROWS(8)
#endif
            }
#undef ROWS
            i += height;
        }
    }
}

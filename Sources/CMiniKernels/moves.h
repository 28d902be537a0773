// Strided copies and the blocked transpose.

static void kernel_gather_strided(const float *x, ptrdiff_t stride, float *y, size_t n) {
    if (stride == 1) {
        memmove(y, x, n * sizeof(float));
    } else if (stride == 0) {
        if (n > 0) kernel_fill(x[0], y, n);
    } else {
        for (size_t i = 0; i < n; i++) y[i] = x[(ptrdiff_t)i * stride];
    }
}

static void kernel_scatter_add_strided(const float *x, float *y, ptrdiff_t stride, size_t n) {
    if (stride == 1) {
        kernel_add(y, x, y, n);
    } else {
        for (size_t i = 0; i < n; i++) y[(ptrdiff_t)i * stride] += x[i];
    }
}

/// The lower halves of a and b, woven: a0 b0 a1 b1 …
INLINE floats weave_low(floats a, floats b) {
#if LANES == 4
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
#elif LANES == 8
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#else
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#endif
}

/// The upper halves of a and b, woven.
INLINE floats weave_high(floats a, floats b) {
#if LANES == 4
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
#elif LANES == 8
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
    return __builtin_shufflevector(
        a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#endif
}

/// Transposes LANES × LANES elements: weaving row i with row i + LANES/2, log2(LANES) times, moves
/// every index bit of the row into the column and back.
INLINE void transpose_tile(const float *x, size_t x_stride, float *y, size_t y_stride) {
    floats rows[LANES], woven[LANES];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < LANES; i++) rows[i] = load(x + i * x_stride);
#pragma clang loop unroll(full)
    for (size_t bit = 1; bit < LANES; bit *= 2) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < LANES / 2; i++) {
            woven[2 * i] = weave_low(rows[i], rows[i + LANES / 2]);
            woven[2 * i + 1] = weave_high(rows[i], rows[i + LANES / 2]);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < LANES; i++) rows[i] = woven[i];
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < LANES; i++) store(y + i * y_stride, rows[i]);
}

/// Tile by tile down a band of 16 columns, one cache line of x, so that y is written in long runs:
/// the loads that jump from row to row can wait side by side, stores cannot. Blocks of 512 rows keep
/// the pages of x at hand for the next band.
static void kernel_transpose(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows,
                             size_t width) {
    const size_t band = 16, block = 512;
    size_t whole_rows = rows - rows % LANES, whole_columns = width - width % LANES;
    for (size_t top = 0; top < whole_rows; top += block) {
        size_t bottom = whole_rows - top < block ? whole_rows : top + block;
        for (size_t left = 0; left < whole_columns; left += band) {
            size_t right = whole_columns - left < band ? whole_columns : left + band;
            for (size_t r = top; r < bottom; r += LANES) {
                for (size_t c = left; c < right; c += LANES) {
                    transpose_tile(x + r * x_stride + c, x_stride, y + c * y_stride + r, y_stride);
                }
            }
        }
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = r < whole_rows ? whole_columns : 0; c < width; c++) {
            y[c * y_stride + r] = x[r * x_stride + c];
        }
    }
}

// The softmax family on one row: the maximum, then exponentials and their sum, then the result.

/// Σ exp(scale·x − shift); the terms are written to y unless it is NULL.
INLINE float sum_of_exponentials(const float *x, float scale, float shift, float *y, size_t n) {
    const floats vs = splat(scale), vshift = splat(shift);
    floats sum0 = splat(0.0f), sum1 = sum0;
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        floats a = vector_exp(load(x + i) * vs - vshift);
        floats b = vector_exp(load(x + i + LANES) * vs - vshift);
        if (y) {
            store(y + i, a);
            store(y + i + LANES, b);
        }
        sum0 += a;
        sum1 += b;
    }
    for (; i + LANES <= n; i += LANES) {
        floats a = vector_exp(load(x + i) * vs - vshift);
        if (y) store(y + i, a);
        sum0 += a;
    }
    if (i < n) {
        // exp(−∞) adds nothing.
        floats a = vector_exp(load_first(x + i, n - i, -INFINITY) * vs - vshift);
        if (y) store_first(y + i, a, n - i);
        sum1 += a;
    }
    return sum_lanes(sum0 + sum1);
}

/// log Σ exp(scale·x) from the shift and the shifted sum. A row of −∞ only has the sum 0.
INLINE float finish_log_sum_exp(float shift, float sum) {
    if (isinf(shift)) return shift;
    return shift + scalar_log(sum);
}

/// A row of at most two vectors never leaves the registers.
INLINE float short_softmax(const float *x, float scale, float *y, size_t n) {
    const size_t first = n < LANES ? n : LANES, second = n - first;
    floats a = first == LANES ? load(x) : load_first(x, first, -INFINITY);
    floats b = second == 0         ? splat(-INFINITY)
               : second == LANES ? load(x + LANES)
                                 : load_first(x + LANES, second, -INFINITY);
    const float largest = any((a != a) | (b != b)) ? NAN : max_lanes(larger(a, b));
    const float shift = scale * largest;
    const floats vs = splat(scale), vshift = splat(shift);
    a = vector_exp(a * vs - vshift);
    b = vector_exp(b * vs - vshift);
    const float sum = sum_lanes(a + b);
    const floats inverse = splat(1.0f / sum);
    if (first == LANES) store(y, a * inverse);
    else store_first(y, a * inverse, first);
    if (second == LANES) store(y + LANES, b * inverse);
    else if (second > 0) store_first(y + LANES, b * inverse, second);
    return finish_log_sum_exp(shift, sum);
}

static float kernel_softmax(const float *x, float scale, float *y, size_t n) {
    if (n <= 2 * LANES) return short_softmax(x, scale, y, n);
    float shift = scale * kernel_max(x, n);
    float sum = sum_of_exponentials(x, scale, shift, y, n);
    kernel_multiply_scalar(y, 1.0f / sum, y, n);
    return finish_log_sum_exp(shift, sum);
}

static float kernel_log_softmax(const float *x, float scale, float *y, size_t n) {
    float shift = scale * kernel_max(x, n);
    float total = finish_log_sum_exp(shift, sum_of_exponentials(x, scale, shift, NULL, n));
    const floats vs = splat(scale), vtotal = splat(total);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(y + i, load(x + i) * vs - vtotal);
    if (i < n) store_first(y + i, load_first(x + i, n - i, 0.0f) * vs - vtotal, n - i);
    return total;
}

static float kernel_log_sum_exp(const float *x, size_t n) {
    float shift = kernel_max(x, n);
    return finish_log_sum_exp(shift, sum_of_exponentials(x, 1.0f, shift, NULL, n));
}

/// dx = scale·p·(dp − Σ p·dp)
static void kernel_softmax_gradient(const float *p, const float *dp, float scale, float *dx,
                                    size_t n) {
    const floats vs = splat(scale), vdelta = splat(kernel_dot(p, dp, n));
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        store(dx + i, vs * load(p + i) * (load(dp + i) - vdelta));
    }
    if (i < n) {
        floats a = load_first(p + i, n - i, 0.0f), b = load_first(dp + i, n - i, 0.0f);
        store_first(dx + i, vs * a * (b - vdelta), n - i);
    }
}

/// d/dx (log Σ exp(x) − x[target]) = softmax(x) − onehot(target)
static float kernel_cross_entropy_gradient(float *x, size_t n, size_t target, float scale) {
    float shift = kernel_max(x, n), logit = x[target];
    float sum = sum_of_exponentials(x, 1.0f, shift, x, n);
    float probability = x[target] / sum;
    kernel_multiply_scalar(x, scale / sum, x, n);
    x[target] = scale * (probability - 1.0f);
    return (shift - logit) + scalar_log(sum);
}

static float kernel_cross_entropy(const float *x, size_t n, size_t target) {
    float shift = kernel_max(x, n);
    float sum = sum_of_exponentials(x, 1.0f, shift, NULL, n);
    return (shift - x[target]) + scalar_log(sum);
}

// ---- Columns -----------------------------------------------------------------------------------------

/// What to subtract before the exponential: the maximum, but 0 where all is −∞, which must give 0.
INLINE floats finite_shift(floats maximum) {
    return choose(maximum == splat(-INFINITY), splat(0), maximum);
}

static void kernel_exponentials_of_columns(float *x, size_t stride, float *maxima, float *sums,
                                           size_t rows, size_t width) {
    // Row after row, as they lie in memory; the maxima and sums of a few hundred columns stay in the
    // first cache.
    kernel_fill(-INFINITY, maxima, width);
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * stride;
        size_t i = 0;
        for (; i + LANES <= width; i += LANES)
            store(maxima + i, larger(load(maxima + i), load(from + i)));
        if (i < width) {
            const size_t count = width - i;
            store_first(maxima + i,
                        larger(load_first(maxima + i, count, 0), load_first(from + i, count, 0)), count);
        }
    }
    kernel_fill(0, sums, width);
    for (size_t row = 0; row < rows; row++) {
        float *place = x + row * stride;
        for (size_t i = 0; i < width; i += LANES) {
            const size_t count = width - i < LANES ? width - i : LANES;
            if (count == LANES) {
                const floats e = vector_exp(load(place + i) - finite_shift(load(maxima + i)));
                store(place + i, e);
                store(sums + i, load(sums + i) + e);
            } else {
                const floats shift = finite_shift(load_first(maxima + i, count, 0));
                const floats e = vector_exp(load_first(place + i, count, 0) - shift);
                store_first(place + i, e, count);
                store_first(sums + i, load_first(sums + i, count, 0) + e, count);
            }
        }
    }
}

// ---- Rows of attention -----------------------------------------------------------------------------

/// How many numbers of row `row` may be seen: `first` of the first row, and `step` more of each next.
INLINE size_t visible_numbers(ptrdiff_t first, ptrdiff_t step, size_t row, size_t width) {
    const ptrdiff_t count = first + step * (ptrdiff_t)row;
    return count <= 0 ? 0 : (size_t)count < width ? (size_t)count : width;
}

/// totals[r] += log(sums[r]), but −∞ stays.
INLINE void add_logs(float *totals, const float *sums, size_t n) {
    for (size_t i = 0; i < n; i += LANES) {
        const size_t count = n - i < LANES ? n - i : LANES;
        const floats shift = load_first(totals + i, count, 0.0f);
        const floats total = shift + vector_log(load_first(sums + i, count, 1.0f));
        store_first(totals + i, choose(shift == splat(-INFINITY), shift, total), count);
    }
}

/// Rows of at most two vectors, without a branch that the number of what is visible decides, so that
/// the processor works on several of them at once.
INLINE void short_softmax_rows(float *x, size_t stride, float scale, float *totals, size_t rows,
                               size_t width, ptrdiff_t first, ptrdiff_t step) {
    const floats vs = splat(scale);
    const size_t left = width < LANES ? width : LANES, right = width - left;
    float sums[LANES];
    for (size_t row = 0; row < rows; row++, x += stride) {
        const size_t count = visible_numbers(first, step, row, width);
        const size_t some = count < LANES ? count : LANES;
        floats a = load_first(x, some, -INFINITY);
        floats b = load_first(x + left, count - some, -INFINITY);
        const float shift = scale * max_lanes(larger(a, b));
        // What is hidden becomes exp(−∞) = 0; where all is, nothing may be subtracted from −∞.
        const floats vshift = splat(count == 0 ? 0.0f : shift);
        a = vector_exp(a * vs - vshift);
        b = vector_exp(b * vs - vshift);
        const float sum = count == 0 ? 1.0f : sum_lanes(a + b);
        const floats inverse = splat(1.0f / sum);
        store_first(x, a * inverse, left);
        store_first(x + left, b * inverse, right);
        sums[row % LANES] = sum;
        totals[row] = shift;
        if (row % LANES == LANES - 1) add_logs(totals + row + 1 - LANES, sums, LANES);
    }
    add_logs(totals + rows / LANES * LANES, sums, rows % LANES);
}

static void kernel_softmax_rows(float *x, size_t stride, float scale, float *totals, size_t rows,
                                size_t width, ptrdiff_t first, ptrdiff_t step) {
    // Partial vectors cost nothing where the processor has masks.
    if (LANES >= 8 && width <= 2 * LANES)
        return short_softmax_rows(x, stride, scale, totals, rows, width, first, step);
    for (size_t row = 0; row < rows; row++, x += stride) {
        const size_t count = visible_numbers(first, step, row, width);
        totals[row] = count == 0 ? -INFINITY : kernel_softmax(x, scale, x, count);
        kernel_fill(0, x + count, width - count);
    }
}

static void kernel_softmax_rows_gradient(float *x, float *dp, size_t stride, float scale,
                                         const float *totals, const float *deltas, size_t rows,
                                         size_t width, ptrdiff_t first, ptrdiff_t step) {
    const floats vs = splat(scale);
    for (size_t row = 0; row < rows; row++, x += stride, dp += stride) {
        const size_t count = visible_numbers(first, step, row, width);
        const floats total = splat(totals[row]), delta = splat(deltas[row]);
        size_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            const floats p = vector_exp(load(x + i) * vs - total);
            store(x + i, p);
            store(dp + i, vs * p * (load(dp + i) - delta));
        }
        if (i < count) {
            const floats p = vector_exp(load_first(x + i, count - i, 0.0f) * vs - total);
            store_first(x + i, p, count - i);
            store_first(dp + i, vs * p * (load_first(dp + i, count - i, 0.0f) - delta), count - i);
        }
        kernel_fill(0, x + count, width - count);
        kernel_fill(0, dp + count, width - count);
    }
}

static void kernel_dot_rows(const float *a, size_t a_stride, const float *b, size_t b_stride,
                            float *y, size_t rows, size_t width) {
    for (size_t row = 0; row < rows; row++)
        y[row] = kernel_dot(a + row * a_stride, b + row * b_stride, width);
}

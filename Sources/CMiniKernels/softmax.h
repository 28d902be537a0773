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

static void kernel_exp_shifted(const float *x, float scale, float shift, float *y, size_t n) {
    const floats vs = splat(scale), vshift = splat(shift);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(y + i, vector_exp(load(x + i) * vs - vshift));
    if (i < n) {
        floats a = vector_exp(load_first(x + i, n - i, 0.0f) * vs - vshift);
        store_first(y + i, a, n - i);
    }
}

/// dx = scale·p·(dp − delta)
static void kernel_softmax_gradient_with_delta(const float *p, const float *dp, float delta,
                                               float scale, float *dx, size_t n) {
    const floats vs = splat(scale), vdelta = splat(delta);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        store(dx + i, vs * load(p + i) * (load(dp + i) - vdelta));
    }
    if (i < n) {
        floats a = load_first(p + i, n - i, 0.0f), b = load_first(dp + i, n - i, 0.0f);
        store_first(dx + i, vs * a * (b - vdelta), n - i);
    }
}

static void kernel_softmax_gradient(const float *p, const float *dp, float scale, float *dx,
                                    size_t n) {
    kernel_softmax_gradient_with_delta(p, dp, kernel_dot(p, dp, n), scale, dx, n);
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

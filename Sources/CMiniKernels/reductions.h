// Sums, extremes and softmax over a row. Four accumulators hide the latency of an addition; they are
// combined in a fixed order, so the bits depend on n and the instruction set only.

#define REDUCE(initial, combine, load_tail)                                                        \
    vf r0 = initial, r1 = initial, r2 = initial, r3 = initial;                                     \
    size_t i = 0;                                                                                  \
    for (; i + 4 * W <= n; i += 4 * W) {                                                           \
        r0 = combine(r0, i);                                                                       \
        r1 = combine(r1, i + W);                                                                   \
        r2 = combine(r2, i + 2 * W);                                                               \
        r3 = combine(r3, i + 3 * W);                                                               \
    }                                                                                              \
    for (; i + W <= n; i += W) r0 = combine(r0, i);                                                \
    if (i < n) r1 = load_tail(r1, i);

static float sum_kernel(const float *x, size_t n) {
#define STEP(r, at) (r + load(x + (at)))
#define TAIL(r, at) (r + load_part(x + (at), n - (at), 0))
    REDUCE(splat(0), STEP, TAIL)
#undef STEP
#undef TAIL
    return lane_sum((r0 + r1) + (r2 + r3));
}

static float dot_kernel(const float *a, const float *b, size_t n) {
#define STEP(r, at) fma_(load(a + (at)), load(b + (at)), r)
#define TAIL(r, at) fma_(load_part(a + (at), n - (at), 0), load_part(b + (at), n - (at), 0), r)
    REDUCE(splat(0), STEP, TAIL)
#undef STEP
#undef TAIL
    return lane_sum((r0 + r1) + (r2 + r3));
}

static float sum_of_squared_differences_kernel(const float *x, float mean, size_t n) {
    const vf m = splat(mean);
#define DIFFERENCE(at) (load(x + (at)) - m)
#define STEP(r, at) fma_(DIFFERENCE(at), DIFFERENCE(at), r)
#define TAIL_DIFFERENCE(at) (load_part(x + (at), n - (at), mean) - m)
#define TAIL(r, at) fma_(TAIL_DIFFERENCE(at), TAIL_DIFFERENCE(at), r)
    REDUCE(splat(0), STEP, TAIL)
#undef DIFFERENCE
#undef TAIL_DIFFERENCE
#undef STEP
#undef TAIL
    return lane_sum((r0 + r1) + (r2 + r3));
}

/// In double: a sum over millions of gradients keeps its digits. Blocks are summed in float first.
static double sum_of_squares_kernel(const float *x, size_t n) {
    enum { block = 256 };
    double total = 0;
    for (size_t start = 0; start < n; start += block)
        total += dot_kernel(x + start, x + start, n - start < block ? n - start : block);
    return total;
}

static float max_kernel(const float *x, size_t n) {
    const vf first = splat(x[0]);
#define STEP(r, at) larger(load(x + (at)), r)
#define TAIL(r, at) larger(load_part(x + (at), n - (at), x[0]), r)
    REDUCE(first, STEP, TAIL)
#undef STEP
#undef TAIL
    return lane_max(larger(larger(r0, r1), larger(r2, r3)));
}

static float min_kernel(const float *x, size_t n) {
    vf r = splat(x[0]);
    size_t i = 0;
    for (; i + W <= n; i += W) r = smaller(load(x + i), r);
    if (i < n) r = smaller(load_part(x + i, n - i, x[0]), r);
    return lane_min(r);
}

static size_t arg_max_kernel(const float *x, size_t n) {
    const float best = max_kernel(x, n);
    if (best != best) {
        for (size_t i = 0; i < n; i++)
            if (x[i] != x[i]) return i;
    }
    for (size_t i = 0; i < n; i++)
        if (x[i] == best) return i;
    return 0;
}

static void add_column_sums_kernel(
    const float *x, size_t stride, float *y, size_t rows, size_t width) {
    size_t c = 0;
    for (; c + 2 * W <= width; c += 2 * W) {
        vf first = load(y + c), second = load(y + c + W);
        for (size_t r = 0; r < rows; r++) {
            first += load(x + r * stride + c);
            second += load(x + r * stride + c + W);
        }
        store(y + c, first);
        store(y + c + W, second);
    }
    for (; c < width; c++) {
        float sum = y[c];
        for (size_t r = 0; r < rows; r++) sum += x[r * stride + c];
        y[c] = sum;
    }
}

static int all_finite_kernel(const float *x, size_t n) {
    // x − x is 0 for a finite x and NaN otherwise.
    vf sum = splat(0);
    size_t i = 0;
    for (; i + W <= n; i += W) sum += load(x + i) - load(x + i);
    if (i < n) {
        const vf tail = load_part(x + i, n - i, 0);
        sum += tail - tail;
    }
    return lane_sum(sum) == 0;
}

// ---- Softmax family ------------------------------------------------------------------------------

/// y = exp(scale·x − shift); returns the sum of y.
INLINE float exp_sum(const float *x, float scale, float shift, float *y, size_t n) {
    const vf s = splat(scale), minus_shift = splat(-shift);
    vf sum = splat(0), other = splat(0);
    size_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        const vf first = v_exp(fma_(s, load(x + i), minus_shift));
        const vf second = v_exp(fma_(s, load(x + i + W), minus_shift));
        store(y + i, first);
        store(y + i + W, second);
        sum += first;
        other += second;
    }
    for (; i + W <= n; i += W) {
        const vf e = v_exp(fma_(s, load(x + i), minus_shift));
        store(y + i, e);
        sum += e;
    }
    if (i < n) {
        const vf e = v_exp(fma_(s, load_part(x + i, n - i, -INFINITY), minus_shift));
        store_part(y + i, e, n - i);
        other += e;
    }
    return lane_sum(sum + other);
}

/// Σ exp(x − shift) without writing the terms.
INLINE float exp_sum_only(const float *x, float shift, size_t n) {
    const vf minus_shift = splat(-shift);
    vf sum = splat(0), other = splat(0);
    size_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        sum += v_exp(load(x + i) + minus_shift);
        other += v_exp(load(x + i + W) + minus_shift);
    }
    for (; i + W <= n; i += W) sum += v_exp(load(x + i) + minus_shift);
    if (i < n) other += v_exp(load_part(x + i, n - i, -INFINITY) + minus_shift);
    return lane_sum(sum + other);
}

static float softmax_kernel(const float *x, float scale, float *y, size_t n) {
    const float shift = scale * max_kernel(x, n);
    const float sum = exp_sum(x, scale, shift, y, n);
    multiply_scalar_kernel(y, 1.0f / sum, y, n);
    return shift + logf(sum);
}

static float log_sum_exp_kernel(const float *x, size_t n) {
    const float shift = max_kernel(x, n);
    if (isinf(shift)) return shift;
    return shift + logf(exp_sum_only(x, shift, n));
}

static float log_softmax_kernel(const float *x, float scale, float *y, size_t n) {
    multiply_scalar_kernel(x, scale, y, n);
    const float shift = log_sum_exp_kernel(y, n);
    add_scalar_kernel(y, -shift, y, n);
    return shift;
}

static void exp_shifted_kernel(const float *x, float scale, float shift, float *y, size_t n) {
    exp_sum(x, scale, shift, y, n);
}

static void softmax_gradient_with_delta_kernel(
    const float *p, const float *dp, float delta, float scale, float *dx, size_t n) {
    const vf d = splat(delta), s = splat(scale);
    size_t i = 0;
    for (; i + W <= n; i += W) store(dx + i, s * load(p + i) * (load(dp + i) - d));
    if (i < n) {
        const vf part = s * load_part(p + i, n - i, 0) * (load_part(dp + i, n - i, 0) - d);
        store_part(dx + i, part, n - i);
    }
}

static void softmax_gradient_kernel(
    const float *p, const float *dp, float scale, float *dx, size_t n) {
    softmax_gradient_with_delta_kernel(p, dp, dot_kernel(p, dp, n), scale, dx, n);
}

static float cross_entropy_kernel(const float *x, size_t n, size_t target) {
    return log_sum_exp_kernel(x, n) - x[target];
}

static float cross_entropy_gradient_kernel(float *x, size_t n, size_t target, float scale) {
    const float shift = max_kernel(x, n);
    const float correct = x[target];
    const float sum = exp_sum(x, 1.0f, shift, x, n);
    multiply_scalar_kernel(x, scale / sum, x, n);
    x[target] -= scale;
    return shift + logf(sum) - correct;
}

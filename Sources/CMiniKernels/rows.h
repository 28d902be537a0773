// Kernels over matrices, row by row, and the optimizer's pass.

static void add_bias_kernel(
    float *x, size_t stride, const float *bias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) add_kernel(x + r * stride, bias, x + r * stride, width);
}

#define BIAS_ACTIVATION(name, function)                                                            \
    static void name##_kernel(                                                                     \
        float *x, size_t x_stride, const float *bias, float *y, size_t y_stride, size_t rows,      \
        size_t width) {                                                                            \
        for (size_t r = 0; r < rows; r++) {                                                        \
            float *in = x + r * x_stride, *out = y + r * y_stride;                                 \
            size_t i = 0;                                                                          \
            for (; i + W <= width; i += W) {                                                       \
                const vf sum = load(in + i) + load(bias + i);                                      \
                store(in + i, sum);                                                                \
                store(out + i, function(sum));                                                     \
            }                                                                                      \
            if (i < width) {                                                                       \
                const size_t n = width - i;                                                        \
                const vf sum = load_part(in + i, n, 0) + load_part(bias + i, n, 0);                \
                store_part(in + i, sum, n);                                                        \
                store_part(out + i, function(sum), n);                                             \
            }                                                                                      \
        }                                                                                          \
    }

BIAS_ACTIVATION(bias_gelu, v_gelu)
BIAS_ACTIVATION(bias_gelu_tanh, v_gelu_tanh)

// ---- Layer norm ----------------------------------------------------------------------------------
// Ba, Kiros & Hinton 2016, "Layer normalization". Mean first, then the squared distances from it: one
// pass over x and x² loses digits when the mean is large.

/// (x·scale + shift)·weight + bias for one row.
INLINE void normalize_row(
    const float *x, float mean, float rstd, const float *weight, const float *bias, float *y,
    size_t width) {
    const vf m = splat(mean), s = splat(rstd);
    size_t i = 0;
    for (; i + W <= width; i += W) {
        vf value = (load(x + i) - m) * s;
        if (weight) value = value * load(weight + i);
        if (bias) value = value + load(bias + i);
        store(y + i, value);
    }
    if (i < width) {
        const size_t n = width - i;
        vf value = (load_part(x + i, n, 0) - m) * s;
        if (weight) value = value * load_part(weight + i, n, 0);
        if (bias) value = value + load_part(bias + i, n, 0);
        store_part(y + i, value, n);
    }
}

static void layer_norm_kernel(
    const float *x, const float *weight, const float *bias, float eps, float *y, float *mean,
    float *rstd, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * width;
        mean[r] = sum_kernel(in, width) / (float)width;
        const float variance = sum_of_squared_differences_kernel(in, mean[r], width) / (float)width;
        rstd[r] = 1.0f / sqrtf(variance + eps);
        normalize_row(in, mean[r], rstd[r], weight, bias, y + r * width, width);
    }
}

static void residual_layer_norm_kernel(
    const float *x, const float *residual, const float *weight, const float *bias, float eps,
    float *s, float *y, float *mean, float *rstd, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        add_kernel(x + r * width, residual + r * width, s + r * width, width);
        layer_norm_kernel(
            s + r * width, weight, bias, eps, y + r * width, mean + r, rstd + r, 1, width);
    }
}

/// Adds one row's share to dweight and dbias and returns Σ g and Σ g·x̂ with g = dy·weight.
INLINE void layer_norm_gradient_sums(
    const float *x, const float *dy, const float *weight, float mean, float rstd, float *dweight,
    float *dbias, size_t width, float *sum_g, float *sum_gx) {
    const vf m = splat(mean), s = splat(rstd);
    vf total_g = splat(0), total_gx = splat(0);
    for (size_t i = 0; i < width; i += W) {
        const size_t n = width - i < W ? width - i : W;
        const int whole = n == W;
        const vf d = whole ? load(dy + i) : load_part(dy + i, n, 0);
        const vf normalized = ((whole ? load(x + i) : load_part(x + i, n, mean)) - m) * s;
        vf g = d;
        if (weight) g = g * (whole ? load(weight + i) : load_part(weight + i, n, 0));
        total_g += g;
        total_gx = fma_(g, normalized, total_gx);
        if (dweight) {
            const vf old = whole ? load(dweight + i) : load_part(dweight + i, n, 0);
            const vf sum = fma_(d, normalized, old);
            if (whole) store(dweight + i, sum); else store_part(dweight + i, sum, n);
        }
        if (dbias) {
            const vf sum = (whole ? load(dbias + i) : load_part(dbias + i, n, 0)) + d;
            if (whole) store(dbias + i, sum); else store_part(dbias + i, sum, n);
        }
    }
    *sum_g = lane_sum(total_g);
    *sum_gx = lane_sum(total_gx);
}

static void layer_norm_gradient_kernel(
    const float *x, const float *dy, const float *weight, const float *mean, const float *rstd,
    const float *dresidual, float *dx, float *dweight, float *dbias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * width, *d_out = dy + r * width;
        const float *past = dresidual ? dresidual + r * width : NULL;
        float sum_g, sum_gx;
        layer_norm_gradient_sums(
            in, d_out, weight, mean[r], rstd[r], dweight, dbias, width, &sum_g, &sum_gx);
        const vf m = splat(mean[r]), s = splat(rstd[r]);
        const vf mean_g = splat(sum_g / (float)width), mean_gx = splat(sum_gx / (float)width);
        for (size_t i = 0; i < width; i += W) {
            const size_t n = width - i < W ? width - i : W;
            const int whole = n == W;
            vf g = whole ? load(d_out + i) : load_part(d_out + i, n, 0);
            if (weight) g = g * (whole ? load(weight + i) : load_part(weight + i, n, 0));
            const vf normalized = ((whole ? load(in + i) : load_part(in + i, n, 0)) - m) * s;
            vf result = s * (g - mean_g - normalized * mean_gx);
            if (past) result = result + (whole ? load(past + i) : load_part(past + i, n, 0));
            if (whole) store(dx + r * width + i, result);
            else store_part(dx + r * width + i, result, n);
        }
    }
}

// ---- AdamW ---------------------------------------------------------------------------------------

INLINE void adamw_step(vf *p, vf g, vf *m, vf *v, const mini_adamw *o) {
    g = g * o->gradient_scale;
    *m = *m * o->beta1 + g * (1.0f - o->beta1);
    *v = *v * o->beta2 + g * g * (1.0f - o->beta2);
    const vf denominator = __builtin_elementwise_sqrt(*v / o->correction2) + o->eps;
    *p = *p * (1.0f - o->learning_rate * o->weight_decay)
        - (o->learning_rate / o->correction1) * *m / denominator;
}

static void adamw_kernel(
    float *parameter, const float *gradient, float *m, float *v, const mini_adamw *options, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W) {
        vf p = load(parameter + i), first = load(m + i), second = load(v + i);
        adamw_step(&p, load(gradient + i), &first, &second, options);
        store(parameter + i, p);
        store(m + i, first);
        store(v + i, second);
    }
    if (i < n) {
        const size_t rest = n - i;
        vf p = load_part(parameter + i, rest, 0), first = load_part(m + i, rest, 0),
           second = load_part(v + i, rest, 0);
        adamw_step(&p, load_part(gradient + i, rest, 0), &first, &second, options);
        store_part(parameter + i, p, rest);
        store_part(m + i, first, rest);
        store_part(v + i, second, rest);
    }
}

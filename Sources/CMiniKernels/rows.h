// Kernels over the rows of a matrix: bias, bias + GELU, layer norm.

static void kernel_add_bias(float *x, size_t stride, const float *bias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) kernel_add(x + r * stride, bias, x + r * stride, width);
}

#define BIAS_ACTIVATION(name, function)                                                     \
    static void name(float *px, size_t x_stride, const float *bias, float *py, size_t y_stride, \
                     size_t rows, size_t width) {                                           \
        for (size_t r = 0; r < rows; r++) {                                                 \
            float *x = px + r * x_stride, *y = py + r * y_stride;                           \
            size_t c = 0;                                                                   \
            for (; c + LANES <= width; c += LANES) {                                        \
                floats a = load(x + c) + load(bias + c);                                    \
                store(x + c, a);                                                            \
                store(y + c, function(a));                                                  \
            }                                                                               \
            if (c < width) {                                                                \
                floats a = load_first(x + c, width - c, 0) + load_first(bias + c, width - c, 0); \
                store_first(x + c, a, width - c);                                           \
                store_first(y + c, function(a), width - c);                                 \
            }                                                                               \
        }                                                                                   \
    }

BIAS_ACTIVATION(kernel_bias_gelu_tanh, vector_gelu_tanh)
BIAS_ACTIVATION(kernel_bias_gelu, vector_gelu)

/// y = (x − mean)·rstd·weight + bias over one row, with mean and rstd of the row.
INLINE void normalize_row(const float *x, const float *weight, const float *bias, float eps,
                          float *y, float *mean_out, float *rstd_out, size_t width) {
    double share = 1.0 / (double)width;
    float mean = (float)((double)kernel_sum(x, width) * share);
    // A second pass over the deviations keeps the digits that E[x²] − mean² would lose.
    double variance = (double)kernel_sum_of_squared_differences(x, mean, width) * share;
    float rstd = (float)(1.0 / sqrt(variance + (double)eps));
    *mean_out = mean;
    *rstd_out = rstd;
    const floats vmean = splat(mean), vrstd = splat(rstd);
    size_t c = 0;
    for (; c + LANES <= width; c += LANES) {
        floats a = (load(x + c) - vmean) * vrstd;
        if (weight) a = a * load(weight + c);
        if (bias) a = a + load(bias + c);
        store(y + c, a);
    }
    if (c < width) {
        size_t count = width - c;
        floats a = (load_first(x + c, count, 0.0f) - vmean) * vrstd;
        if (weight) a = a * load_first(weight + c, count, 0.0f);
        if (bias) a = a + load_first(bias + c, count, 0.0f);
        store_first(y + c, a, count);
    }
}

static void kernel_layer_norm(const float *x, const float *weight, const float *bias, float eps,
                              float *y, float *mean, float *rstd, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        normalize_row(x + r * width, weight, bias, eps, y + r * width, mean + r, rstd + r, width);
    }
}

/// The first pass over one row of the backward: adds to dweight and dbias, and leaves
/// Σ g and Σ g·x̂ in *sum_g and *sum_gx.
INLINE void layer_norm_gradient_sums(const float *x, const float *dy, const float *weight,
                                     float mean, float rstd, float *dweight, float *dbias,
                                     float *sum_g, float *sum_gx, size_t width) {
    const floats vmean = splat(mean), vrstd = splat(rstd);
    floats total_g = splat(0.0f), total_gx = total_g;
    for (size_t c = 0; c < width; c += LANES) {
        size_t count = width - c;
        int whole = count >= LANES;
        floats d = whole ? load(dy + c) : load_first(dy + c, count, 0.0f);
        floats a = whole ? load(x + c) : load_first(x + c, count, 0.0f);
        floats normal = (a - vmean) * vrstd;
        floats g = d;
        if (weight) g = d * (whole ? load(weight + c) : load_first(weight + c, count, 0.0f));
        total_g += g;
        total_gx = g * normal + total_gx;
        if (dweight) {
            floats old = whole ? load(dweight + c) : load_first(dweight + c, count, 0.0f);
            floats new = d * normal + old;
            if (whole) store(dweight + c, new);
            else store_first(dweight + c, new, count);
        }
        if (dbias) {
            floats new = d + (whole ? load(dbias + c) : load_first(dbias + c, count, 0.0f));
            if (whole) store(dbias + c, new);
            else store_first(dbias + c, new, count);
        }
    }
    *sum_g = sum_lanes(total_g);
    *sum_gx = sum_lanes(total_gx);
}

/// dx = rstd·(g − mean(g) − x̂·mean(g·x̂)) [+ dresidual], g = dy·weight
static void kernel_layer_norm_gradient(const float *px, const float *pdy, const float *weight,
                                       const float *mean, const float *rstd,
                                       const float *pdresidual, float *pdx, float *dweight,
                                       float *dbias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const float *x = px + r * width, *dy = pdy + r * width;
        const float *dresidual = pdresidual ? pdresidual + r * width : NULL;
        float *dx = pdx + r * width;
        float sum_g, sum_gx;
        layer_norm_gradient_sums(x, dy, weight, mean[r], rstd[r], dweight, dbias, &sum_g, &sum_gx,
                                 width);
        const floats mean_g = splat(sum_g / (float)width), mean_gx = splat(sum_gx / (float)width);
        const floats vmean = splat(mean[r]), vrstd = splat(rstd[r]);
        for (size_t c = 0; c < width; c += LANES) {
            size_t count = width - c;
            int whole = count >= LANES;
            floats g = whole ? load(dy + c) : load_first(dy + c, count, 0.0f);
            floats a = whole ? load(x + c) : load_first(x + c, count, 0.0f);
            if (weight) g = g * (whole ? load(weight + c) : load_first(weight + c, count, 0.0f));
            floats normal = (a - vmean) * vrstd;
            floats d = vrstd * ((g - mean_g) - normal * mean_gx);
            if (dresidual) {
                d = d + (whole ? load(dresidual + c) : load_first(dresidual + c, count, 0.0f));
            }
            if (whole) store(dx + c, d);
            else store_first(dx + c, d, count);
        }
    }
}

// Kernels over the rows of today's decoders: root mean square norm and rotary positions.

// ---- RMS norm ----------------------------------------------------------------------------------

/// y = x·rstd·weight with rstd = 1/√(mean x² + eps), row by row.
static void kernel_rms_norm(const float *px, const float *weight, float eps, float *py, float *rstd,
                            size_t rows, size_t width) {
    const double share = 1.0 / (double)width;
    for (size_t r = 0; r < rows; r++) {
        const float *x = px + r * width;
        float *y = py + r * width;
        rstd[r] = (float)(1.0 / sqrt((double)kernel_dot(x, x, width) * share + (double)eps));
        const floats scale = splat(rstd[r]);
        for (size_t c = 0; c < width; c += LANES) {
            const size_t count = width - c;
            const int whole = count >= LANES;
            floats a = (whole ? load(x + c) : load_first(x + c, count, 0.0f)) * scale;
            if (weight) a = a * (whole ? load(weight + c) : load_first(weight + c, count, 0.0f));
            if (whole) store(y + c, a);
            else store_first(y + c, a, count);
        }
    }
}

/// The first pass over one row of the backward: adds dy·x̂ to dweight and returns Σ dy·weight·x̂.
INLINE float rms_norm_gradient_sum(const float *x, const float *dy, const float *weight, float rstd,
                                   float *dweight, size_t width) {
    const floats scale = splat(rstd);
    floats total = splat(0.0f);
    for (size_t c = 0; c < width; c += LANES) {
        const size_t count = width - c;
        const int whole = count >= LANES;
        const floats a = (whole ? load(x + c) : load_first(x + c, count, 0.0f)) * scale;
        const floats d = (whole ? load(dy + c) : load_first(dy + c, count, 0.0f)) * a;
        if (weight) {
            total = d * (whole ? load(weight + c) : load_first(weight + c, count, 0.0f)) + total;
        } else {
            total += d;
        }
        if (!dweight) continue;
        if (whole) store(dweight + c, load(dweight + c) + d);
        else store_first(dweight + c, load_first(dweight + c, count, 0.0f) + d, count);
    }
    return sum_lanes(total);
}

/// dx = rstd·(g − x̂·mean(g·x̂)) [+ dresidual], g = dy·weight
static void kernel_rms_norm_gradient(const float *px, const float *pdy, const float *weight,
                                     const float *rstd, const float *pdresidual, float *pdx,
                                     float *dweight, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const float *x = px + r * width, *dy = pdy + r * width;
        const float *dresidual = pdresidual ? pdresidual + r * width : NULL;
        float *dx = pdx + r * width;
        const float sum = rms_norm_gradient_sum(x, dy, weight, rstd[r], dweight, width);
        const floats scale = splat(rstd[r]), mean = splat(sum / (float)width);
        for (size_t c = 0; c < width; c += LANES) {
            const size_t count = width - c;
            const int whole = count >= LANES;
            floats g = whole ? load(dy + c) : load_first(dy + c, count, 0.0f);
            if (weight) g = g * (whole ? load(weight + c) : load_first(weight + c, count, 0.0f));
            const floats normal = (whole ? load(x + c) : load_first(x + c, count, 0.0f)) * scale;
            floats d = scale * (g - normal * mean);
            if (dresidual) d = d + (whole ? load(dresidual + c) : load_first(dresidual + c, count, 0.0f));
            if (whole) store(dx + c, d);
            else store_first(dx + c, d, count);
        }
    }
}

// ---- Rotary positions --------------------------------------------------------------------------

/// Copies what a rotation leaves as it is.
INLINE void copy_rest(const float *x, float *y, size_t from, size_t width) {
    if (x == y || from == width) return;
    memmove(y + from, x + from, (width - from) * sizeof(float));
}

/// Rotates the pairs (x[i], x[half + i]) of each row by the angles whose cosines and sines are given; with
/// sign −1, back.
static void kernel_rotate_halves(const float *px, size_t x_stride, const float *cosines,
                                 const float *sines, float sign, float *py, size_t y_stride,
                                 size_t rows, size_t half, size_t width) {
    const floats direction = splat(sign);
    for (size_t r = 0; r < rows; r++) {
        const float *x = px + r * x_stride;
        float *y = py + r * y_stride;
        for (size_t i = 0; i < half; i += LANES) {
            const size_t count = half - i;
            if (count >= LANES) {
                const floats c = load(cosines + i), s = load(sines + i) * direction;
                const floats a = load(x + i), b = load(x + half + i);
                store(y + i, a * c - b * s);
                store(y + half + i, b * c + a * s);
            } else {
                const floats c = load_first(cosines + i, count, 1.0f);
                const floats s = load_first(sines + i, count, 0.0f) * direction;
                const floats a = load_first(x + i, count, 0.0f);
                const floats b = load_first(x + half + i, count, 0.0f);
                store_first(y + i, a * c - b * s, count);
                store_first(y + half + i, b * c + a * s, count);
            }
        }
        copy_rest(x, y, 2 * half, width);
    }
}

typedef float pairs __attribute__((ext_vector_type(2 * LANES)));

/// LANES pairs of neighbours, rotated.
INLINE void rotate_vector_of_pairs(const float *x, floats c, floats s, float *y) {
    pairs v;
    memcpy(&v, x, sizeof v);
    const floats a = v.even, b = v.odd;
    v.even = a * c - b * s;
    v.odd = b * c + a * s;
    memcpy(y, &v, sizeof v);
}

/// Rotates the pairs (x[2i], x[2i + 1]) of each row; with sign −1, back.
static void kernel_rotate_pairs(const float *px, size_t x_stride, const float *cosines,
                                const float *sines, float sign, float *py, size_t y_stride,
                                size_t rows, size_t half, size_t width) {
    const floats direction = splat(sign);
    for (size_t r = 0; r < rows; r++) {
        const float *x = px + r * x_stride;
        float *y = py + r * y_stride;
        size_t i = 0;
        for (; i + LANES <= half; i += LANES) {
            rotate_vector_of_pairs(x + 2 * i, load(cosines + i), load(sines + i) * direction, y + 2 * i);
        }
        if (i < half) {
            const size_t count = half - i;
            float buffer[2 * LANES] = {0};
            memcpy(buffer, x + 2 * i, 2 * count * sizeof(float));
            rotate_vector_of_pairs(buffer, load_first(cosines + i, count, 1.0f),
                                   load_first(sines + i, count, 0.0f) * direction, buffer);
            memcpy(y + 2 * i, buffer, 2 * count * sizeof(float));
        }
        copy_rest(x, y, 2 * half, width);
    }
}

// Optimizer steps: one pass over the arrays, at the speed of memory.

/// See mini_adamw for the formula. m / correction1 is folded into the step size.
static void kernel_adamw(float *parameter, const float *gradient, float *m, float *v,
                         const mini_adamw *options, size_t n) {
    const floats scale = splat(options->gradient_scale);
    const floats beta1 = splat(options->beta1), rest1 = splat(options->rest1);
    const floats beta2 = splat(options->beta2), rest2 = splat(options->rest2);
    const floats decay = splat(1.0f - options->learning_rate * options->weight_decay);
    const floats step = splat(options->learning_rate / options->correction1);
    const floats inverse2 = splat(1.0f / options->correction2);
    const floats eps = splat(options->eps);
    for (size_t i = 0; i < n; i += LANES) {
        size_t count = n - i;
        int whole = count >= LANES;
        floats g = scale * (whole ? load(gradient + i) : load_first(gradient + i, count, 0.0f));
        floats m1 = whole ? load(m + i) : load_first(m + i, count, 0.0f);
        floats v1 = whole ? load(v + i) : load_first(v + i, count, 0.0f);
        floats p = whole ? load(parameter + i) : load_first(parameter + i, count, 0.0f);
        m1 = beta1 * m1 + rest1 * g;
        v1 = beta2 * v1 + rest2 * (g * g);
        p = p * decay - step * m1 / (square_root_of(v1 * inverse2) + eps);
        if (whole) {
            store(m + i, m1);
            store(v + i, v1);
            store(parameter + i, p);
        } else {
            store_first(m + i, m1, count);
            store_first(v + i, v1, count);
            store_first(parameter + i, p, count);
        }
    }
}

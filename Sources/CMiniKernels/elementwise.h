// Kernels that treat every element alike. The tail of an array runs the same vector code on a
// padded copy, so an element's result does not depend on where it stands.

#define UNARY(name, expression)                                                                    \
    static void name##_kernel(const float *in, float *out, size_t n) {                             \
        size_t i = 0;                                                                              \
        for (; i + W <= n; i += W) {                                                               \
            const vf x = load(in + i);                                                             \
            store(out + i, expression);                                                            \
        }                                                                                          \
        if (i < n) {                                                                               \
            const vf x = load_part(in + i, n - i, 1);                                              \
            store_part(out + i, expression, n - i);                                                \
        }                                                                                          \
    }

#define BINARY(name, expression)                                                                   \
    static void name##_kernel(const float *in_a, const float *in_b, float *out, size_t n) {        \
        size_t i = 0;                                                                              \
        for (; i + W <= n; i += W) {                                                               \
            const vf a = load(in_a + i), b = load(in_b + i);                                       \
            store(out + i, expression);                                                            \
        }                                                                                          \
        if (i < n) {                                                                               \
            const vf a = load_part(in_a + i, n - i, 1), b = load_part(in_b + i, n - i, 1);         \
            store_part(out + i, expression, n - i);                                                \
        }                                                                                          \
    }

#define SCALAR(name, expression)                                                                   \
    static void name##_kernel(const float *in, float scalar, float *out, size_t n) {               \
        const vf s = splat(scalar);                                                                \
        size_t i = 0;                                                                              \
        for (; i + W <= n; i += W) {                                                               \
            const vf a = load(in + i);                                                             \
            store(out + i, expression);                                                            \
        }                                                                                          \
        if (i < n) {                                                                               \
            const vf a = load_part(in + i, n - i, 1);                                              \
            store_part(out + i, expression, n - i);                                                \
        }                                                                                          \
    }

#define TRUTH(comparison) choose((comparison), splat(1.0f), splat(0.0f))

UNARY(negate, -x)
UNARY(absolute, absolute(x))
UNARY(square, x * x)
UNARY(reciprocal, 1.0f / x)
UNARY(square_root, __builtin_elementwise_sqrt(x))
UNARY(exp, v_exp(x))
UNARY(log, v_log(x))
UNARY(tanh, v_tanh(x))
UNARY(sigmoid, v_sigmoid(x))
UNARY(relu, choose((x > 0.0f) | (x != x), x, splat(0.0f)))
UNARY(gelu, v_gelu(x))
UNARY(gelu_tanh, v_gelu_tanh(x))

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a * b)
BINARY(divide, a / b)
BINARY(maximum, larger(a, b))
BINARY(minimum, smaller(a, b))
BINARY(equal, TRUTH(a == b))
BINARY(not_equal, TRUTH(a != b))
BINARY(less, TRUTH(a < b))
BINARY(less_equal, TRUTH(a <= b))

// Derivatives: b is the gradient of the output; a is the input x or the output y.
BINARY(relu_gradient, choose(a > 0.0f, b, splat(0.0f)))
BINARY(gelu_gradient, v_gelu_slope(a) * b)
BINARY(gelu_tanh_gradient, v_gelu_tanh_slope(a) * b)
BINARY(tanh_gradient, b * (1.0f - a * a))
BINARY(sigmoid_gradient, b * a * (1.0f - a))

SCALAR(add_scalar, a + s)
SCALAR(multiply_scalar, a * s)
SCALAR(divide_scalar, a / s)
SCALAR(subtract_from_scalar, s - a)
SCALAR(divide_scalar_by, s / a)
SCALAR(maximum_scalar, larger(a, s))
SCALAR(minimum_scalar, smaller(a, s))
SCALAR(equal_scalar, TRUTH(a == s))
SCALAR(not_equal_scalar, TRUTH(a != s))
SCALAR(less_scalar, TRUTH(a < s))
SCALAR(less_equal_scalar, TRUTH(a <= s))
SCALAR(greater_scalar, TRUTH(a > s))
SCALAR(greater_equal_scalar, TRUTH(a >= s))

// The C library's functions, one element at a time: nothing in a training step waits for these.
static void sine_kernel(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = sinf(x[i]);
}
static void cosine_kernel(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = cosf(x[i]);
}
static void power_kernel(const float *a, const float *b, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = powf(a[i], b[i]);
}
static void power_scalar_kernel(const float *a, float s, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = powf(a[i], s);
}
static void scalar_power_kernel(const float *a, float s, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = powf(s, a[i]);
}

static void select_kernel(const float *mask, const float *a, const float *b, float *y, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W)
        store(y + i, choose(load(mask + i) != 0.0f, load(a + i), load(b + i)));
    for (; i < n; i++) y[i] = mask[i] != 0 ? a[i] : b[i];
}

static void fill_kernel(float s, float *y, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W) store(y + i, splat(s));
    for (; i < n; i++) y[i] = s;
}

static void scale_add_kernel(float alpha, const float *x, float beta, float *y, size_t n) {
    const vf a = splat(alpha), b = splat(beta);
    size_t i = 0;
    if (beta == 0.0f) {
        multiply_scalar_kernel(x, alpha, y, n);
    } else {
        for (; i + W <= n; i += W) store(y + i, fma_(a, load(x + i), b * load(y + i)));
        if (i < n) {
            const vf sum = fma_(a, load_part(x + i, n - i, 0), b * load_part(y + i, n - i, 0));
            store_part(y + i, sum, n - i);
        }
    }
}

static void multiply_add_kernel(const float *a, const float *b, float *y, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W) store(y + i, fma_(load(a + i), load(b + i), load(y + i)));
    if (i < n) {
        const vf sum = fma_(
            load_part(a + i, n - i, 0), load_part(b + i, n - i, 0), load_part(y + i, n - i, 0));
        store_part(y + i, sum, n - i);
    }
}

// ---- Strided moves -------------------------------------------------------------------------------

static void gather_strided_kernel(const float *x, ptrdiff_t stride, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = x[(ptrdiff_t)i * stride];
}

static void scatter_add_strided_kernel(const float *x, float *y, ptrdiff_t stride, size_t n) {
    for (size_t i = 0; i < n; i++) y[(ptrdiff_t)i * stride] += x[i];
}

/// Blocks of 16 × 16 stay in the first cache, read along rows and written along columns.
static void transpose_kernel(
    const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t width) {
    enum { block = 16 };
    for (size_t r0 = 0; r0 < rows; r0 += block) {
        const size_t r1 = r0 + block < rows ? r0 + block : rows;
        for (size_t c0 = 0; c0 < width; c0 += block) {
            const size_t c1 = c0 + block < width ? c0 + block : width;
            for (size_t c = c0; c < c1; c++)
                for (size_t r = r0; r < r1; r++) y[c * y_stride + r] = x[r * x_stride + c];
        }
    }
}

// ---- Counter-based randomness --------------------------------------------------------------------

/// 32 random bits from a counter and a key: two rounds of multiply and xor-shift (constants found by
/// C. Wellons' search for low-bias 32-bit hashes, "lowbias32"), with half of the key before each.
INLINE vu v_hash(vu counter, uint32_t key_low, uint32_t key_high) {
    vu h = counter ^ key_low;
    h = (h ^ (h >> 16)) * 0x7FEB352Du;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    h = (h ^ (h >> 16)) + key_high;
    h = (h ^ (h >> 16)) * 0x7FEB352Du;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    return h ^ (h >> 16);
}

static void dropout_kernel(
    const float *x, float *y, uint64_t seed, uint64_t first, uint32_t threshold, float scale, size_t n) {
    vu lanes;
    for (int i = 0; i < W; i++) lanes[i] = (uint32_t)i;
    for (size_t i = 0; i < n; i += W) {
        const uint64_t index = first + i;
        const size_t count = n - i < W ? n - i : W;
        // The upper half of the index changes the key, so 2^32 elements are not the end.
        const uint32_t high = (uint32_t)(seed >> 32) ^ (uint32_t)(index >> 32) * 0x9E3779B9u;
        const vu hash = v_hash(lanes + (uint32_t)index, (uint32_t)seed, high);
        const vi keep = (vi)(hash >= threshold);
        const vf in = count == W ? load(x + i) : load_part(x + i, count, 0);
        const vf out = choose(keep, in * scale, splat(0.0f));
        if (count == W) store(y + i, out); else store_part(y + i, out, count);
    }
}

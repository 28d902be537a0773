// Element by element: whole vectors, then one partial vector that runs the same code, so that the
// result for an element does not depend on where it stands.

#define UNARY(name, expression)                                                       \
    static void name(const float *px, float *py, size_t n) {                          \
        size_t i = 0;                                                                 \
        for (; i + LANES <= n; i += LANES) {                                          \
            floats x = load(px + i);                                                  \
            store(py + i, expression);                                                \
        }                                                                             \
        if (i < n) {                                                                  \
            floats x = load_first(px + i, n - i, 1.0f);                               \
            store_first(py + i, expression, n - i);                                   \
        }                                                                             \
    }

#define BINARY(name, expression)                                                      \
    static void name(const float *pa, const float *pb, float *py, size_t n) {         \
        size_t i = 0;                                                                 \
        for (; i + LANES <= n; i += LANES) {                                          \
            floats a = load(pa + i), b = load(pb + i);                                \
            store(py + i, expression);                                                \
        }                                                                             \
        if (i < n) {                                                                  \
            floats a = load_first(pa + i, n - i, 1.0f);                               \
            floats b = load_first(pb + i, n - i, 1.0f);                               \
            store_first(py + i, expression, n - i);                                   \
        }                                                                             \
    }

#define SCALAR(name, expression)                                                      \
    static void name(const float *pa, float scalar, float *py, size_t n) {            \
        const floats s = splat(scalar);                                               \
        size_t i = 0;                                                                 \
        for (; i + LANES <= n; i += LANES) {                                          \
            floats a = load(pa + i);                                                  \
            store(py + i, expression);                                                \
        }                                                                             \
        if (i < n) {                                                                  \
            floats a = load_first(pa + i, n - i, 1.0f);                               \
            store_first(py + i, expression, n - i);                                   \
        }                                                                             \
    }

/// 1 where the comparison holds, else 0.
INLINE floats truth(ints mask) { return from_bits(mask & 0x3f800000); }

UNARY(kernel_negate, -x)
UNARY(kernel_absolute, absolute_value(x))
UNARY(kernel_square, x *x)
UNARY(kernel_reciprocal, splat(1.0f) / x)
UNARY(kernel_square_root, square_root_of(x))
UNARY(kernel_exp, vector_exp(x))
UNARY(kernel_log, vector_log(x))
UNARY(kernel_tanh, vector_tanh(x))
UNARY(kernel_sigmoid, vector_sigmoid(x))
UNARY(kernel_relu, choose(x < splat(0.0f), splat(0.0f), x))
UNARY(kernel_sine, vector_sine(x, 0))
UNARY(kernel_cosine, vector_sine(x, 1))
UNARY(kernel_gelu, vector_gelu(x))
UNARY(kernel_gelu_tanh, vector_gelu_tanh(x))
UNARY(kernel_silu, vector_silu(x))

BINARY(kernel_add, a + b)
BINARY(kernel_subtract, a - b)
BINARY(kernel_multiply, a *b)
BINARY(kernel_divide, a / b)
BINARY(kernel_power, vector_power(a, b))
BINARY(kernel_maximum, larger(a, b))
BINARY(kernel_minimum, smaller(a, b))
BINARY(kernel_equal, truth(a == b))
BINARY(kernel_not_equal, truth(a != b))
BINARY(kernel_less, truth(a < b))
BINARY(kernel_less_equal, truth(a <= b))
BINARY(kernel_gated_silu, vector_silu(a) * b)

SCALAR(kernel_add_scalar, a + s)
SCALAR(kernel_multiply_scalar, a *s)
SCALAR(kernel_divide_scalar, a / s)
SCALAR(kernel_power_scalar, vector_power(a, s))
SCALAR(kernel_maximum_scalar, larger(a, s))
SCALAR(kernel_minimum_scalar, smaller(a, s))
SCALAR(kernel_subtract_from_scalar, s - a)
SCALAR(kernel_divide_scalar_by, s / a)
SCALAR(kernel_scalar_power, vector_power(s, a))
SCALAR(kernel_equal_scalar, truth(a == s))
SCALAR(kernel_not_equal_scalar, truth(a != s))
SCALAR(kernel_less_scalar, truth(a < s))
SCALAR(kernel_less_equal_scalar, truth(a <= s))
SCALAR(kernel_greater_scalar, truth(a > s))
SCALAR(kernel_greater_equal_scalar, truth(a >= s))

// Derivatives: a is the input (or the output) of the function, b the gradient of its output.
BINARY(kernel_relu_gradient, choose(a > splat(0.0f), b, splat(0.0f)))
BINARY(kernel_gelu_gradient, b *vector_gelu_derivative(a))
BINARY(kernel_gelu_tanh_gradient, b *vector_gelu_tanh_derivative(a))
BINARY(kernel_silu_gradient, b *vector_silu_derivative(a))
BINARY(kernel_tanh_gradient, b *(splat(1.0f) - a * a))
BINARY(kernel_sigmoid_gradient, b *a *(splat(1.0f) - a))

/// y[i] = mask[i] != 0 ? a[i] : b[i]
static void kernel_select(const float *mask, const float *a, const float *b, float *y, size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        store(y + i, choose(load(mask + i) != splat(0.0f), load(a + i), load(b + i)));
    }
    for (; i < n; i++) y[i] = mask[i] != 0.0f ? a[i] : b[i];
}

static void kernel_fill(float s, float *y, size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(y + i, splat(s));
    for (; i < n; i++) y[i] = s;
}

/// y = alpha·x + beta·y
static void kernel_scale_add(float alpha, const float *x, float beta, float *y, size_t n) {
    if (beta == 0.0f) {
        kernel_multiply_scalar(x, alpha, y, n);
        return;
    }
    const floats va = splat(alpha), vb = splat(beta);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        floats old = vb * load(y + i);
        store(y + i, va * load(x + i) + old);
    }
    if (i < n) {
        floats old = vb * load_first(y + i, n - i, 0.0f);
        store_first(y + i, va * load_first(x + i, n - i, 0.0f) + old, n - i);
    }
}

/// y += a·b
static void kernel_multiply_add(const float *a, const float *b, float *y, size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        store(y + i, load(a + i) * load(b + i) + load(y + i));
    }
    if (i < n) {
        floats product_with = load_first(b + i, n - i, 0.0f);
        floats old = load_first(y + i, n - i, 0.0f);
        store_first(y + i, load_first(a + i, n - i, 0.0f) * product_with + old, n - i);
    }
}

/// The derivatives of silu(a)·b: da = dy·b·silu′(a), db = dy·silu(a).
static void kernel_gated_silu_gradient(const float *pa, const float *pb, const float *pdy, float *pda,
                                       float *pdb, size_t n) {
    for (size_t i = 0; i < n; i += LANES) {
        const size_t count = n - i < LANES ? n - i : LANES;
        const int whole = count == LANES;
        const floats a = whole ? load(pa + i) : load_first(pa + i, count, 0.0f);
        const floats b = whole ? load(pb + i) : load_first(pb + i, count, 0.0f);
        const floats dy = whole ? load(pdy + i) : load_first(pdy + i, count, 0.0f);
        // Both from one exponential and one division.
        const floats z = vector_exp(-absolute_value(a));
        const floats inverse = splat(1.0f) / (splat(1.0f) + z);
        const floats s = choose(a < splat(0.0f), z, splat(1.0f)) * inverse;
        const floats finite = within_finite(a);
        const floats da = dy * b * (finite * (z * inverse * inverse) + s);
        const floats db = dy * (finite * s);
        if (whole) {
            store(pda + i, da);
            store(pdb + i, db);
        } else {
            store_first(pda + i, da, count);
            store_first(pdb + i, db, count);
        }
    }
}

// Reductions in a fixed order: four accumulators of LANES each take turns, and are added as a tree.
// Long sums are cut into blocks whose totals are added in double, which bounds the rounding error.

enum { reduction_block = 1024 };

/// Defines a function adding `expression` of the vectors a = pa[i…] and b = pb[i…] over n elements;
/// the lanes beyond the end are taken as a = pad, b = pad and must contribute 0.
#define BLOCK_SUM(name, expression)                                                           \
    INLINE float name(const float *pa, const float *pb, float parameter, float pad, size_t n) { \
        const floats s = splat(parameter);                                                    \
        (void)s;                                                                              \
        floats sum0 = splat(0.0f), sum1 = sum0, sum2 = sum0, sum3 = sum0;                     \
        size_t i = 0;                                                                         \
        floats a, b;                                                                          \
        for (; i + 4 * LANES <= n; i += 4 * LANES) {                                          \
            a = load(pa + i), b = load(pb + i);                                               \
            sum0 = (expression) + sum0;                                                       \
            a = load(pa + i + LANES), b = load(pb + i + LANES);                               \
            sum1 = (expression) + sum1;                                                       \
            a = load(pa + i + 2 * LANES), b = load(pb + i + 2 * LANES);                       \
            sum2 = (expression) + sum2;                                                       \
            a = load(pa + i + 3 * LANES), b = load(pb + i + 3 * LANES);                       \
            sum3 = (expression) + sum3;                                                       \
        }                                                                                     \
        for (; i + LANES <= n; i += LANES) {                                                  \
            a = load(pa + i), b = load(pb + i);                                               \
            sum0 = (expression) + sum0;                                                       \
        }                                                                                     \
        if (i < n) {                                                                          \
            a = load_first(pa + i, n - i, pad), b = load_first(pb + i, n - i, pad);           \
            sum1 = (expression) + sum1;                                                       \
        }                                                                                     \
        (void)b;                                                                              \
        return sum_lanes((sum0 + sum2) + (sum1 + sum3));                                      \
    }

BLOCK_SUM(block_sum, a)
BLOCK_SUM(block_dot, a *b)
BLOCK_SUM(block_squared_differences, (a - s) * (a - s))

/// Calls `block(start, length)` on blocks of the n elements and adds the results in double.
#define ADD_BLOCKS(total, n, block)                                                           \
    double total = 0;                                                                         \
    for (size_t start = 0; start < (n); start += reduction_block) {                           \
        size_t length = (n)-start < reduction_block ? (n)-start : reduction_block;            \
        total += (double)(block);                                                             \
    }

static float kernel_sum(const float *x, size_t n) {
    ADD_BLOCKS(total, n, block_sum(x + start, x + start, 0, 0, length))
    return (float)total;
}

static float kernel_dot(const float *a, const float *b, size_t n) {
    ADD_BLOCKS(total, n, block_dot(a + start, b + start, 0, 0, length))
    return (float)total;
}

static float kernel_sum_of_squared_differences(const float *x, float mean, size_t n) {
    ADD_BLOCKS(total, n, block_squared_differences(x + start, x + start, mean, mean, length))
    return (float)total;
}

static double kernel_sum_of_squares(const float *x, size_t n) {
    doubles sum0 = (doubles)0.0, sum1 = sum0;
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        doubles a = to_doubles(load(x + i)), b = to_doubles(load(x + i + LANES));
        sum0 = a * a + sum0;
        sum1 = b * b + sum1;
    }
    for (; i < n; i += LANES) {
        doubles a = to_doubles(i + LANES <= n ? load(x + i) : load_first(x + i, n - i, 0.0f));
        sum0 = a * a + sum0;
    }
    return sum_double_lanes(sum0 + sum1);
}

/// The larger one; once NaN, always NaN. `larger` would do, at twice the price.
static float kernel_max(const float *x, size_t n) {
    floats best0 = splat(x[0]), best1 = best0;
    ints unordered = splat_int(0);
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        floats a = load(x + i), b = load(x + i + LANES);
        best0 = choose(a > best0, a, best0);
        best1 = choose(b > best1, b, best1);
        unordered |= (a != a) | (b != b);
    }
    for (; i < n; i += LANES) {
        floats a = i + LANES <= n ? load(x + i) : load_first(x + i, n - i, x[0]);
        best0 = choose(a > best0, a, best0);
        unordered |= a != a;
    }
    if (any(unordered)) return NAN;
    return max_lanes(choose(best0 > best1, best0, best1));
}

static float kernel_min(const float *x, size_t n) {
    floats best0 = splat(x[0]), best1 = best0;
    ints unordered = splat_int(0);
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        floats a = load(x + i), b = load(x + i + LANES);
        best0 = choose(a < best0, a, best0);
        best1 = choose(b < best1, b, best1);
        unordered |= (a != a) | (b != b);
    }
    for (; i < n; i += LANES) {
        floats a = i + LANES <= n ? load(x + i) : load_first(x + i, n - i, x[0]);
        best0 = choose(a < best0, a, best0);
        unordered |= a != a;
    }
    if (any(unordered)) return NAN;
    return min_lanes(choose(best0 < best1, best0, best1));
}

/// Finds the maximum first, then where it stands: both loops are plain and fast.
static size_t kernel_arg_max(const float *x, size_t n) {
    float best = kernel_max(x, n);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        floats a = load(x + i);
        if (any((a == splat(best)) | (a != a))) break;
    }
    for (; i + 1 < n; i++) {
        if (x[i] == best || x[i] != x[i]) break;
    }
    return i;
}

/// y[c] += Σ_r x[r][c] in float: eight rows at a time are added as a tree, then to y.
static void add_block_of_rows(const float *x, size_t stride, float *y, size_t rows, size_t width) {
    size_t r = 0;
    for (; r + 8 <= rows; r += 8) {
        const float *p = x + r * stride;
        size_t c = 0;
        for (; c + LANES <= width; c += LANES) {
            const float *q = p + c;
            floats a = load(q) + load(q + stride);
            floats b = load(q + 2 * stride) + load(q + 3 * stride);
            floats d = load(q + 4 * stride) + load(q + 5 * stride);
            floats e = load(q + 6 * stride) + load(q + 7 * stride);
            store(y + c, load(y + c) + ((a + b) + (d + e)));
        }
        for (; c < width; c++) {
            const float *q = p + c;
            float a = q[0] + q[stride];
            float b = q[2 * stride] + q[3 * stride];
            float d = q[4 * stride] + q[5 * stride];
            float e = q[6 * stride] + q[7 * stride];
            y[c] += (a + b) + (d + e);
        }
    }
    for (; r < rows; r++) kernel_add(y, x + r * stride, y, width);
}

/// Columns whose totals lie on the stack.
enum { column_tile = 128 };

/// The same; many rows are cut into blocks whose totals are added in double.
static void kernel_add_column_sums(const float *x, size_t stride, float *y, size_t rows,
                                   size_t width) {
    if (rows <= reduction_block) return add_block_of_rows(x, stride, y, rows, width);
    for (size_t first = 0; first < width; first += column_tile) {
        size_t columns = width - first < column_tile ? width - first : column_tile;
        double totals[column_tile];
        for (size_t c = 0; c < columns; c++) totals[c] = (double)y[first + c];
        for (size_t start = 0; start < rows; start += reduction_block) {
            size_t length = rows - start < reduction_block ? rows - start : reduction_block;
            float block[column_tile] = {0};
            add_block_of_rows(x + start * stride + first, stride, block, length, columns);
            for (size_t c = 0; c < columns; c++) totals[c] += (double)block[c];
        }
        for (size_t c = 0; c < columns; c++) y[first + c] = (float)totals[c];
    }
}

/// A float is finite when its exponent is not all ones.
static int kernel_all_finite(const float *x, size_t n) {
    size_t i = 0;
    while (i + LANES <= n) {
        size_t end = n - i < reduction_block ? n : i + reduction_block;
        ints bad = splat_int(0);
        for (; i + LANES <= end; i += LANES) {
            bad |= (bits_of(load(x + i)) & 0x7f800000) == 0x7f800000;
        }
        if (any(bad)) return 0;
    }
    for (; i < n; i++) {
        if (!isfinite(x[i])) return 0;
    }
    return 1;
}

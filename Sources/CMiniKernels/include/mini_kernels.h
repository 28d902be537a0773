// The vector kernels of MiniGPT: the loops that Swift would compile to scalar code. Those that only
// inference needs are in mini_weights.h.
//
// Every kernel is a pure function over raw pointers: it allocates nothing, starts no thread, keeps
// no state. One source (kernels.h) is compiled once per instruction set; the best table for this
// CPU is picked at run time. A caller that wants a certain table (the tests do) asks for it by name.
//
// Conventions
//   n           a number of elements; 0 is allowed everywhere unless said otherwise
//   x, a, b     inputs; y, dx, … outputs. Buffers need only the alignment of float.
//   aliasing    an output of the same shape as an input may be exactly that input (y = x, dx = dy,
//               s = residual, …); no other overlap, and none at all in transpose
//   rows, width a row-major matrix whose rows are `stride` elements apart (stride >= width)
//   NaN         propagates through arithmetic, max and min; comparisons with it are false
//   subnormals  exp flushes results below 2^−126 to 0, and what is built on it does so likewise;
//               everything else keeps them
//
// The errors of exp, log, tanh and the rest, in ULP, are in README.md beside the sources.
//
// Results of one kernel depend only on its arguments, never on alignment or on the number of
// threads: the same bits every time on the same instruction set.
#ifndef MINI_KERNELS_H
#define MINI_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// y[i] = f(x[i])
typedef void (*mini_unary)(const float *x, float *y, size_t n);
/// y[i] = f(a[i], b[i])
typedef void (*mini_binary)(const float *a, const float *b, float *y, size_t n);
/// y[i] = f(a[i], s)
typedef void (*mini_scalar)(const float *a, float s, float *y, size_t n);

/// So many rows of so many columns, `stride` floats from each other.
typedef struct {
    const float *_Nullable start;
    ptrdiff_t stride;
    size_t rows, columns;
} mini_block;

/// What AdamW needs besides the four arrays. Decoupled weight decay (Loshchilov & Hutter 2019):
///   g' = gradient_scale · g
///   m  = beta1·m + (1 − beta1)·g'          v = beta2·v + (1 − beta2)·g'²
///   p  = p·(1 − learning_rate·weight_decay)
///      − learning_rate · (m / correction1) / (sqrt(v / correction2) + eps)
typedef struct mini_adamw {
    float learning_rate, beta1, beta2, eps, weight_decay;
    float rest1;           // 1 − beta1, rounded once
    float rest2;           // 1 − beta2, rounded once
    float correction1;     // 1 − beta1^step
    float correction2;     // 1 − beta2^step
    float gradient_scale;  // from clipping to a global norm; 1 for none
} mini_adamw;

/// All kernels for one instruction set. The table never changes, so Swift may share it.
typedef struct __attribute__((swift_attr("@Sendable"))) mini_kernels {
    /// "portable", "avx2", "avx512" or "neon".
    const char *name;

    // ---- Element by element --------------------------------------------------------------------
    mini_unary negate, absolute, square, reciprocal, square_root, exp, log, tanh, sigmoid, relu;
    mini_unary sine, cosine;  // from |x| = 2^20 on by the C library: slow
    mini_unary gelu;       // exact: x·Φ(x), with erf
    mini_unary gelu_tanh;  // GPT-2's: x/2·(1 + tanh(√(2/π)(x + 0.044715x³)))
    mini_unary silu;       // x·sigmoid(x); −0 from −∞

    mini_binary add, subtract, multiply, divide, power, maximum, minimum;
    mini_binary equal, not_equal, less, less_equal;  // 1 where true, else 0
    mini_binary gated_silu;                          // silu(a)·b

    mini_scalar add_scalar, multiply_scalar, divide_scalar, power_scalar, maximum_scalar, minimum_scalar;
    mini_scalar subtract_from_scalar;  // s − a
    mini_scalar divide_scalar_by;      // s / a
    mini_scalar scalar_power;          // s ^ a
    // a compared with s
    mini_scalar equal_scalar, not_equal_scalar, less_scalar, less_equal_scalar, greater_scalar,
        greater_equal_scalar;

    /// y[i] = mask[i] != 0 ? a[i] : b[i]
    void (*select)(const float *mask, const float *a, const float *b, float *y, size_t n);
    /// y[i] = s for all i
    void (*fill)(float s, float *y, size_t n);
    /// y[i] = alpha·x[i] + beta·y[i]; beta 0 overwrites without reading y
    void (*scale_add)(float alpha, const float *x, float beta, float *y, size_t n);
    /// y[i] += a[i]·b[i]
    void (*multiply_add)(const float *a, const float *b, float *y, size_t n);

    // ---- Derivatives, from the input x or the output y as named --------------------------------
    mini_binary relu_gradient;       // (x, dy) -> dx
    mini_binary gelu_gradient;       // (x, dy) -> dx
    mini_binary gelu_tanh_gradient;  // (x, dy) -> dx
    mini_binary tanh_gradient;       // (y, dy) -> dx = dy·(1 − y²)
    mini_binary sigmoid_gradient;    // (y, dy) -> dx = dy·y·(1 − y)
    mini_binary silu_gradient;       // (x, dy) -> dx
    /// Of gated_silu: da = dy·b·silu′(a), db = dy·silu(a).
    void (*gated_silu_gradient)(const float *a, const float *b, const float *dy, float *da, float *db,
                                size_t n);

    // ---- Strided moves -------------------------------------------------------------------------
    /// y[i] = x[i·stride]; stride may be 0 or negative
    void (*gather_strided)(const float *x, ptrdiff_t stride, float *y, size_t n);
    /// y[i·stride] += x[i]
    void (*scatter_add_strided)(const float *x, float *y, ptrdiff_t stride, size_t n);
    /// y[c·y_stride + r] = x[r·x_stride + c]: a blocked transpose of rows × width
    void (*transpose)(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows,
                      size_t width);

    // ---- Reductions ----------------------------------------------------------------------------
    float (*sum)(const float *x, size_t n);
    double (*sum_of_squares)(const float *x, size_t n);         // accumulated in double
    float (*sum_of_squared_differences)(const float *x, float mean, size_t n);  // Σ (x − mean)²
    float (*dot)(const float *a, const float *b, size_t n);
    float (*max)(const float *x, size_t n);                     // n >= 1
    float (*min)(const float *x, size_t n);                     // n >= 1
    size_t (*arg_max)(const float *x, size_t n);                // first of equals; n >= 1; NaN wins
    /// y[c] += Σ_r x[r·stride + c]; many rows are added block by block, the blocks in double
    void (*add_column_sums)(const float *x, size_t stride, float *y, size_t rows, size_t width);
    /// 1 when every element is finite, else 0
    int (*all_finite)(const float *x, size_t n);

    // ---- Softmax family, one row ---------------------------------------------------------------
    /// y = exp(scale·x − max(scale·x)) / Σ; returns log Σ exp(scale·x). scale > 0; n >= 1.
    /// −∞ has probability 0; a row of nothing else becomes NaN, and −∞ is returned.
    float (*softmax)(const float *x, float scale, float *y, size_t n);
    /// y = scale·x − log Σ exp(scale·x): log-softmax for scale 1; returns the log-sum-exp. n >= 1
    float (*log_softmax)(const float *x, float scale, float *y, size_t n);
    /// log Σ exp(x). n >= 1
    float (*log_sum_exp)(const float *x, size_t n);
    /// dx = scale·p·(dp − Σ p·dp)
    void (*softmax_gradient)(const float *p, const float *dp, float scale, float *dx, size_t n);
    /// Cross-entropy of one row of logits, in place: returns log Σ exp(x) − x[target] and leaves
    /// x = scale·(softmax(x) − onehot(target)).
    float (*cross_entropy_gradient)(float *x, size_t n, size_t target, float scale);
    /// As above without the gradient: x is only read.
    float (*cross_entropy)(const float *x, size_t n, size_t target);

    // ---- Softmax family, columns ---------------------------------------------------------------
    /// For each column c of x: maxima[c] = max x[r][c], x[r][c] = exp(x[r][c] − maxima[c]) and
    /// sums[c] = Σ_r of that. A column of −∞ becomes 0 with the sum 0; NaN makes its column NaN.
    void (*exponentials_of_columns)(float *x, size_t stride, float *maxima, float *sums, size_t rows,
                                    size_t width);

    // ---- Rows of attention ---------------------------------------------------------------------
    // Of row r the first min(width, first + r·step) numbers are visible: step 1 under a causal mask.
    /// x = softmax(scale·x) over what is visible of each row, and 0 for the rest of `width`;
    /// totals[r] = log Σ exp(scale·x), −∞ if nothing is visible. A NaN, or nothing but −∞, among what is
    /// visible makes the row NaN.
    void (*softmax_rows)(float *x, size_t stride, float scale, float *totals, size_t rows,
                         size_t width, ptrdiff_t first, ptrdiff_t step);
    /// Makes p = exp(scale·x − totals[r]) again where x was and, where its gradient dp was,
    /// dx = scale·p·(dp − deltas[r]), with Σ p·dp given as deltas[r]. Both 0 where nothing is visible.
    void (*softmax_rows_gradient)(float *x, float *dp, size_t stride, float scale,
                                  const float *totals, const float *deltas, size_t rows,
                                  size_t width, ptrdiff_t first, ptrdiff_t step);
    /// y[r] = Σ a[r]·b[r]
    void (*dot_rows)(const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
                     size_t rows, size_t width);

    // ---- Whole rows ----------------------------------------------------------------------------
    /// x[r] += bias for every row
    void (*add_bias)(float *x, size_t stride, const float *bias, size_t rows, size_t width);
    /// x[r] += bias; y[r] = gelu_tanh(x[r]): keeps the pre-activation for the backward pass
    void (*bias_gelu_tanh)(float *x, size_t x_stride, const float *bias, float *y,
                           size_t y_stride, size_t rows, size_t width);
    /// The same with the exact GELU.
    void (*bias_gelu)(float *x, size_t x_stride, const float *bias, float *y, size_t y_stride,
                      size_t rows, size_t width);
    /// Layer norm of contiguous rows: y = (x − mean)·rstd·weight + bias; writes mean[r], rstd[r].
    /// weight and bias may be NULL (1 and 0).
    void (*layer_norm)(const float *x, const float *_Nullable weight, const float *_Nullable bias,
                       float eps, float *y, float *mean, float *rstd, size_t rows, size_t width);
    /// Backward of layer_norm. dx is overwritten; dweight and dbias (may be NULL) are added to.
    /// With x̂ = (x − mean)·rstd, g = dy·weight:  dx = rstd·(g − mean(g) − x̂·mean(g·x̂)).
    /// `dresidual` (may be NULL) is added to dx: the gradient that flows past the norm.
    void (*layer_norm_gradient)(const float *x, const float *dy, const float *_Nullable weight,
                                const float *mean, const float *rstd,
                                const float *_Nullable dresidual, float *dx,
                                float *_Nullable dweight, float *_Nullable dbias, size_t rows,
                                size_t width);

    /// RMS norm of contiguous rows: y = x·rstd·weight, rstd[r] = 1/√(mean x² + eps). weight may be NULL (1).
    void (*rms_norm)(const float *x, const float *_Nullable weight, float eps, float *y, float *rstd,
                     size_t rows, size_t width);
    /// Backward of rms_norm. dx is overwritten; dweight (may be NULL) is added to. With x̂ = x·rstd and
    /// g = dy·weight: dx = rstd·(g − x̂·mean(g·x̂)) + dresidual (may be NULL: 0).
    void (*rms_norm_gradient)(const float *x, const float *dy, const float *_Nullable weight,
                              const float *rstd, const float *_Nullable dresidual, float *dx,
                              float *_Nullable dweight, size_t rows, size_t width);
    /// Rotary positions: turns the pairs (x[i], x[half + i]) of every row by the angle whose cosine and sine
    /// are cosines[i] and sign·sines[i]; the numbers from 2·half to width are copied. y may be x.
    void (*rotate_halves)(const float *x, size_t x_stride, const float *cosines, const float *sines,
                          float sign, float *y, size_t y_stride, size_t rows, size_t half, size_t width);
    /// The same for the pairs (x[2i], x[2i + 1]).
    void (*rotate_pairs)(const float *x, size_t x_stride, const float *cosines, const float *sines,
                         float sign, float *y, size_t y_stride, size_t rows, size_t half, size_t width);

    // ---- Optimizers ----------------------------------------------------------------------------
    /// One AdamW step over one parameter array; see mini_adamw.
    void (*adamw)(float *parameter, const float *gradient, float *m, float *v,
                  const mini_adamw *options, size_t n);

    // ---- Counter-based randomness --------------------------------------------------------------
    /// Dropout: y[i] = keep(seed, first + i) ? x[i]·scale : 0, where keep draws 32 bits from
    /// a hash of (seed, first + i) and compares them with `threshold` (drop below it).
    /// The same (seed, index) gives the same decision on every instruction set.
    void (*dropout)(const float *x, float *y, uint64_t seed, uint64_t first, uint32_t threshold,
                    float scale, size_t n);

    // ---- Matrix products -----------------------------------------------------------------------
    /// Columns of the right factor are packed in strips of so many; see matrix.h.
    size_t strip_columns;
    /// Or of so many, which may be the same, where that leaves less of the last strip empty.
    size_t narrow_strip_columns;
    /// Packs the k × n matrix b, element (i, j) at b[i·row + j·column], into strips of `strip` columns.
    /// `packed` holds k floats for every column, their number rounded up to whole strips.
    void (*pack_right)(const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n,
                       size_t strip);
    /// Packs the m × k matrix a, element (i, j) at a[i·row + j·column], into m·k floats.
    void (*pack_left)(const float *a, ptrdiff_t row, ptrdiff_t column, float *packed, size_t m, size_t k);
    /// c = a·b, or c += a·b if `accumulate`. b was packed by pack_right into strips of `strip` columns; a
    /// has its element (i, j) at a[i·row + j·column], where one of the two is 1, or was packed by
    /// pack_left if row is 0. `coming` is NULL or two blocks that are brought into the second cache
    /// meanwhile, as far as k is long enough; not by every table.
    void (*multiply_packed)(const float *a, ptrdiff_t row, ptrdiff_t column, const float *packed, size_t strip,
                            int accumulate, float *c, size_t c_stride, size_t m, size_t n, size_t k,
                            const mini_block *_Nullable coming);
} mini_kernels;

/// The best table for this CPU, or the one named by the environment variable MINIGPT_KERNELS
/// ("portable", "avx2", "avx512", "neon") if this CPU can run it.
const mini_kernels *mini_kernels_best(void);

/// The table of that name, or NULL if it was not built here or this CPU cannot run it.
const mini_kernels *_Nullable mini_kernels_named(const char *name);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif

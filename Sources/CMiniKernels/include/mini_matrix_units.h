// Products of float matrices on the matrix units of a processor: AMX, in Intel's since 2023.
//
// The units multiply bfloat16, numbers with the exponents of float and 8 of its 24 digits, and add in
// float. A float is the sum of three of them, x = high + middle + low, so a product of two floats is
// the sum of nine products, of which the six largest are made: the rest is below 2^−23 of it, as small
// as what a float rounds away. (Henry, Tang & Heinecke 2019, "Leveraging the bfloat16 artificial
// intelligence datatype for higher-precision computations".) Six products there take about half
// the time of one on the vector units.
//
// What differs from floats
//   subnormals  count as 0, as factors, as parts of factors and as results
//   NaN, ∞      and numbers that round to ∞ in bfloat16 (from 3.396e38 on) are refused by pack_left and
//               pack_right; the vector kernels multiply those
#ifndef MINI_MATRIX_UNITS_H
#define MINI_MATRIX_UNITS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// The kernels for one kind of matrix units. The table never changes, so Swift may share it.
typedef struct __attribute__((swift_attr("@Sendable"))) mini_matrix_units {
    /// "amx".
    const char *name;
    /// Rows of the left factor, and columns of the right one, are packed in groups of so many.
    size_t group;
    /// Packs the m × k matrix a, element (i, j) at a[i·row + j·column]. Returns 0 if it holds a number
    /// that the units cannot multiply; then `packed` is of no use.
    int (*pack_left)(const float *a, ptrdiff_t row, ptrdiff_t column, float *packed, size_t m, size_t k);
    /// Likewise the k × n matrix b.
    int (*pack_right)(const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n);
    /// c = a·b, or c += a·b if `accumulate`, of factors that were packed.
    void (*multiply)(const float *left, const float *right, int accumulate, float *c, size_t c_stride,
                     size_t m, size_t n, size_t k);
} mini_matrix_units;

/// The floats that packing m rows or n columns of depth k takes: whole groups of 32, by whole steps of
/// 32, and three halves of a float for each.
static inline size_t mini_matrix_units_count(size_t lines, size_t k) {
    return (lines + 31) / 32 * 32 * ((k + 31) / 32 * 32) / 2 * 3;
}

/// The matrix units of this processor if the system lets this process use them, or NULL; NULL also if
/// the environment variable MINIGPT_KERNELS asks for one table of vector kernels.
const mini_matrix_units *_Nullable mini_matrix_units_best(void);

/// The table of that name, or NULL if it was not built here or this process cannot use it.
const mini_matrix_units *_Nullable mini_matrix_units_named(const char *name);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif

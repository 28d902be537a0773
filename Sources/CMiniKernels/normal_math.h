// The normal distribution: both forms of GELU, with their derivatives.
#ifndef MINI_NORMAL_MATH_H
#define MINI_NORMAL_MATH_H

#include "exponential_math.h"

/// exp(−a²/2) = (1 + e)·2^n with all its digits, for |a| <= 13.2.
typedef struct {
    floats e;
    floats power;
} gaussian;

INLINE gaussian vector_gaussian(floats a) {
    // a² as an exact high part (12 digits squared) and a rest: the error of a rounded square would
    // be multiplied by a²/2 in the result.
    floats high = from_bits(bits_of(a) & (int32_t)0xfffff000);
    floats rest = (a - high) * (a + high);
    reduced b = reduce_exponent_of_sum(
        a * a * splat(-0.5f), high * high * splat(-0.5f), rest * splat(-0.5f));
    return (gaussian){exponential_minus_one(b.r), power_of_two(b.n)};
}

/// x·Φ(x), as max(x, 0) − a·Φ(−a) with a = |x| from 1 on, and x/2 + x²·c(x²) below.
INLINE floats vector_gelu(floats x) {
    floats a = absolute_value(x);
    floats square = x * x;
    floats c = splat(-1.29897344e-05f);
    c = c * square + splat(0.000126972373f);
    c = c * square + splat(-0.0011982962f);
    c = c * square + splat(0.00997767691f);
    c = c * square + splat(-0.0664909184f);
    c = c * square + splat(0.398942292f);
    floats near = square * c + splat(0.5f) * x;

    // a·Φ(−a) = (1 − p(a)/q(a))/√(2π)·exp(−a²/2): the ratio is small, and so is its error. At 13.2
    // the product leaves the normal numbers; from there on it is 0, and a harmless a is used.
    ints far = a > splat(13.2f);
    floats bounded = choose(far, splat(1.0f), a);
    floats p = splat(0.0396216922f);
    p = p * bounded + splat(0.274297684f);
    p = p * bounded + splat(0.946800828f);
    p = p * bounded + splat(1.5846808f);
    floats q = splat(0.0396261401f);
    q = q * bounded + splat(0.274091721f);
    q = q * bounded + splat(1.06976306f);
    q = q * bounded + splat(2.36111307f);
    q = q * bounded + splat(2.93497229f);
    q = q * bounded + splat(1.58424997f);
    floats v = splat(0.398942280f) - splat(0.398942280f) * (p / q);
    gaussian g = vector_gaussian(bounded);
    floats tail = (v * g.e + v) * g.power;
    tail = choose(far, splat(0.0f), tail);
    floats beyond = choose(x < splat(0.0f), splat(0.0f), x) - tail;
    return choose(a < splat(1.0f), near, beyond);
}

/// d/dx x·Φ(x) = Φ(x) + x·φ(x)
INLINE floats vector_gelu_derivative(floats x) {
    floats a = absolute_value(x);
    a = choose(a > splat(13.2f), splat(13.2f), a);
    // Φ(−a)·exp(a²/2) = p(a)/q(a)
    floats p = splat(0.00666074315f);
    p = p * a + splat(0.0664346367f);
    p = p * a + splat(0.301792353f);
    p = p * a + splat(0.726260722f);
    p = p * a + splat(0.834874988f);
    floats q = splat(0.0166957621f);
    q = q * a + splat(0.166539535f);
    q = q * a + splat(0.772895873f);
    q = q * a + splat(1.99064469f);
    q = q * a + splat(2.78478956f);
    q = q * a + splat(1.66974998f);
    // On the side below 0: Φ(−a) − a·φ(a); on the other side 1 minus that. 0.3989 is 1/√(2π).
    gaussian g = vector_gaussian(a);
    floats v = p / q - a * splat(0.398942280f);
    floats below = (v * g.e + v) * g.power;
    return choose(x < splat(0.0f), below, splat(1.0f) - below);
}

/// −2u for GPT-2's GELU, 2u = √(8/π)·(x + 0.044715·x³), as the sum of two floats: the rounding error
/// of one float would be multiplied by |2u| when it is exponentiated.
INLINE void gelu_tanh_exponent(floats x, floats *high, floats *low) {
#if FUSED
    // c·d + e is rounded once, so c·d − round(c·d) is the exact rest of a product.
    const floats c1 = splat(-1.59576797f), c1_rest = splat(-1.14675222e-06f);
    const floats c3 = splat(-0.0713548139f), c3_rest = splat(-2.3988324e-09f);
    floats square = x * x;
    floats square_rest = x * x - square;
    floats p = c3 * square + c1;
    floats p_rest = c3 * square + (c1 - p);  // c1 has so few digits that c1 − p is exact
    p_rest = c3 * square_rest + p_rest;
    p_rest = p_rest + (c3_rest * square + c1_rest);
    floats u = x * p;
    *high = u;
    *low = x * p_rest + (x * p - u);
#else
    doubles wide = to_doubles(x);
    doubles u = wide * (wide * wide * (doubles)-0.071354816272885786
                        + (doubles)-1.5957691216057308);
    *high = to_floats(u);
    *low = to_floats(u - to_doubles(*high));
#endif
}

/// x/2·(1 + tanh u) = x / (1 + exp(−2u))
INLINE floats vector_gelu_tanh(floats x) {
    floats b = choose(x < splat(-11.0f), splat(-11.0f), x);  // −0 from there on
    floats high, low;
    gelu_tanh_exponent(b, &high, &low);
    return b / (splat(1.0f) + vector_exp_of_sum(high, high, low));
}

/// Its derivative: σ + x·σ·(1 − σ)·(2u)' with σ = 1/(1 + exp(−2u)).
INLINE floats vector_gelu_tanh_derivative(floats x) {
    // From |x| = 14 on the derivative is 0 or 1; the bound keeps x² finite.
    floats b = choose(x > splat(14.0f), splat(14.0f), x);
    b = choose(b < splat(-14.0f), splat(-14.0f), b);
    floats square = b * b;
    floats u2 = b * (square * splat(0.0713548163f) + splat(1.59576912f));
    floats slope = square * splat(0.214064449f) + splat(1.59576912f);
    floats z = vector_exp(-absolute_value(u2));
    floats t = splat(1.0f) / (splat(1.0f) + z);
    floats sigma = choose(b < splat(0.0f), z * t, t);
    return sigma + (b * slope) * (z * t * t);
}

#endif

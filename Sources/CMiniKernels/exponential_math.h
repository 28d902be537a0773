// exp, log, tanh and the logistic function of a vector, and what is built from them.
//
// The coefficients come from Tests/MiniKernelsTests/Scripts/fit_polynomials.py; the errors in ULP
// are measured by the tests and listed in README.md.
#ifndef MINI_EXPONENTIAL_MATH_H
#define MINI_EXPONENTIAL_MATH_H

#include "vector.h"

/// x = n·ln 2 + r with n whole and |r| <= ln 2 / 2, and r²·q(r) with exp(r) = 1 + r + r²·q(r).
typedef struct {
    ints n;
    floats r;
    floats rest;
} reduced_exponential;

/// Reduces high + low, where |low| is small beside |high| (or 0) and |high| <= 200.
INLINE reduced_exponential reduce_exponential(floats high, floats low) {
    // Adding 1.5·2^23 leaves the nearest whole number in the low bits of the sum.
    const floats magic = splat(12582912.0f);
    floats t = multiply_add(high, splat(1.44269504f), magic);
    floats n = t - magic;
    // ln 2 in two parts; n times the first one is exact.
    floats r = high - n * splat(0.693145752f);
    r = r - n * splat(1.42860677e-6f);
    r = r + low;
    floats q = splat(0.00138289377f);
    q = q * r + splat(0.00836857129f);
    q = q * r + splat(0.0416681916f);
    q = q * r + splat(0.166665226f);
    q = q * r + splat(0.49999994f);
    return (reduced_exponential){bits_of(t) - bits_of(magic), r, r * r * q};
}

/// v·2^n for any n in [−250, 250], in two steps so that neither power leaves the range of a float.
INLINE floats scale_by_power_of_two(floats v, ints n) {
    ints half = n >> 1;
    floats first = from_bits((half + 127) << 23);
    floats second = from_bits((n - half + 127) << 23);
    return v * first * second;
}

/// exp(high + low): the sum carries more digits than one float.
INLINE floats vector_exp_of_sum(floats high, floats low) {
    // Beyond these the result is infinite or 0 anyway. NaN passes: every comparison with it is false.
    floats x = choose(high > splat(90.0f), splat(90.0f), high);
    x = choose(x < splat(-105.0f), splat(-105.0f), x);
    reduced_exponential e = reduce_exponential(x, low);
    return scale_by_power_of_two((e.rest + e.r) + splat(1.0f), e.n);
}

INLINE floats vector_exp(floats x) { return vector_exp_of_sum(x, splat(0.0f)); }

/// log x: x = m·2^e with m in [√½, √2), f = m − 1, log m = f − f²/2 + f³·p(f).
INLINE floats vector_log(floats x) {
    ints subnormal = x < splat(1.17549435e-38f);
    floats scaled = choose(subnormal, x * splat(8388608.0f), x);
    ints bits = bits_of(scaled) - 0x3f3504f3;  // the bits of √½
    ints exponent = bits >> 23;
    floats m = from_bits((bits & 0x007fffff) + 0x3f3504f3);
    floats e = __builtin_convertvector(exponent - (subnormal & 23), floats);
    floats f = m - splat(1.0f);
    floats p = splat(0.0533881038f);
    p = p * f + splat(-0.109166138f);
    p = p * f + splat(0.121089421f);
    p = p * f + splat(-0.12549673f);
    p = p * f + splat(0.142095566f);
    p = p * f + splat(-0.166593671f);
    p = p * f + splat(0.200022236f);
    p = p * f + splat(-0.250001669f);
    p = p * f + splat(0.333333135f);
    floats f2 = f * f;
    floats tail = f2 * f * p + e * splat(1.42860677e-6f);
    tail = tail - f2 * splat(0.5f);
    floats y = (f + tail) + e * splat(0.693145752f);
    // 0 gives −∞, a negative number NaN; ∞ and NaN give themselves.
    y = choose(x == splat(0.0f), splat(-INFINITY), y);
    y = choose(x < splat(0.0f), splat(NAN), y);
    return choose((x == splat(INFINITY)) | (x != x), x, y);
}

/// tanh x = t / (t + 2) with t = exp(2|x|) − 1, which keeps its digits near 0.
INLINE floats vector_tanh(floats x) {
    floats a = absolute_value(x);
    a = choose(a > splat(10.0f), splat(10.0f), a);  // tanh is 1 from 9.02 on
    reduced_exponential e = reduce_exponential(a + a, splat(0.0f));
    floats power = from_bits((e.n + 127) << 23);
    // exp − 1 = 2^n·(r + rest) + (2^n − 1)
    floats t = (e.rest + e.r) * power + (power - splat(1.0f));
    floats y = t / (t + splat(2.0f));
    return copy_sign(y, x);
}

/// 1 / (1 + exp(−x)), through exp(−|x|) so that nothing overflows.
INLINE floats vector_sigmoid(floats x) {
    floats z = vector_exp(-absolute_value(x));
    floats numerator = choose(x < splat(0.0f), z, splat(1.0f));
    return numerator / (splat(1.0f) + z);
}

#endif

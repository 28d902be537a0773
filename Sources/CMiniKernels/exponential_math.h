// exp, log, tanh and the logistic function of a vector.
//
// The coefficients come from Tests/MiniKernelsTests/Scripts/fit_polynomials.py; the errors in ULP
// are measured by the tests and listed in README.md.
#ifndef MINI_EXPONENTIAL_MATH_H
#define MINI_EXPONENTIAL_MATH_H

#include "vector.h"

/// x = n·ln 2 + r with n whole and |r| <= ln 2 / 2.
typedef struct {
    ints n;
    floats r;
} reduced;

/// Reduces high + low, a sum that carries more digits than one float; x is the sum rounded to one.
INLINE reduced reduce_exponent_of_sum(floats x, floats high, floats low) {
    // Adding 1.5·2^23 leaves the nearest whole number in the low bits of the sum.
    const floats magic = splat(12582912.0f);
    floats t = x * splat(1.44269504f) + magic;
    floats n = t - magic;
    // ln 2 in two parts: the first has so few digits that n times it is exact.
    floats r = high - n * splat(0.693145752f);
    r = (r + low) - n * splat(1.42860677e-6f);
    return (reduced){bits_of(t) - bits_of(magic), r};
}

INLINE reduced reduce_exponent(floats x) {
    const floats magic = splat(12582912.0f);
    floats t = x * splat(1.44269504f) + magic;
    floats n = t - magic;
    floats r = x - n * splat(0.693145752f);
    r = r - n * splat(1.42860677e-6f);
    return (reduced){bits_of(t) - bits_of(magic), r};
}

/// exp(r) − 1 = r + r²·q(r) for |r| <= ln 2 / 2
INLINE floats exponential_minus_one(floats r) {
    floats q = splat(0.00138289377f);
    q = q * r + splat(0.00836857129f);
    q = q * r + splat(0.0416681916f);
    q = q * r + splat(0.166665226f);
    q = q * r + splat(0.49999994f);
    return r * r * q + r;
}

/// 2^n for n in [−126, 127]
INLINE floats power_of_two(ints n) { return from_bits((n + 127) << 23); }

/// The end of exp: (1 + e)·2^n, given the argument x for the cases outside the range of a float.
INLINE floats finish_exp(floats x, floats e, ints n) {
    // Adding to the exponent bits reaches 2^128·v with v < 1, which a factor 2^128 could not.
    floats y = from_bits(bits_of(splat(1.0f) + e) + (n << 23));
    // Results below 2^−126 are flushed to 0: subnormal arithmetic is many times slower.
    y = choose(x < splat(-87.3365402f), splat(0.0f), y);
    // Too large: ∞. NaN takes the same way.
    return choose(x <= splat(88.7228317f), y, x + splat(INFINITY));
}

INLINE floats vector_exp(floats x) {
    reduced a = reduce_exponent(x);
    return finish_exp(x, exponential_minus_one(a.r), a.n);
}

/// exp(high + low), with x about high + low.
INLINE floats vector_exp_of_sum(floats x, floats high, floats low) {
    reduced a = reduce_exponent_of_sum(x, high, low);
    // The last few floats before the result overflows count as too large: `low` may take the sum past
    // 128·ln 2, and an exponent of 128 would make a NaN.
    x = choose(x > splat(88.7228f), splat(INFINITY), x);
    return finish_exp(x, exponential_minus_one(a.r), a.n);
}

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
    floats square = f * f;
    floats rest = square * f * p + e * splat(1.42860677e-6f);
    rest = rest - square * splat(0.5f);
    floats y = (f + rest) + e * splat(0.693145752f);
    // 0 gives −∞ and a negative number NaN; ∞ and NaN give themselves.
    y = choose(x == splat(0.0f), splat(-INFINITY), y);
    y = choose(x < splat(0.0f), splat(NAN), y);
    return choose(x < splat(INFINITY), y, x);
}

/// log of one number, with the bits of vector_log: the C library's differ from system to system.
INLINE float scalar_log(float x) { return vector_log(splat(x))[0]; }

/// tanh x = t / (t + 2) with t = exp(2|x|) − 1, which keeps its digits near 0.
INLINE floats vector_tanh(floats x) {
    floats a = absolute_value(x);
    a = choose(a > splat(10.0f), splat(10.0f), a);  // tanh is 1 from 9.02 on
    reduced b = reduce_exponent(a + a);
    floats power = power_of_two(b.n);
    // 2^n·(1 + e) − 1 = 2^n·e + (2^n − 1)
    floats t = exponential_minus_one(b.r) * power + (power - splat(1.0f));
    return copy_sign(t / (t + splat(2.0f)), x);
}

/// 1 / (1 + exp(−x)), through exp(−|x|) so that nothing overflows.
INLINE floats vector_sigmoid(floats x) {
    floats z = vector_exp(-absolute_value(x));
    floats numerator = choose(x < splat(0.0f), z, splat(1.0f));
    return numerator / (splat(1.0f) + z);
}

/// x, but finite: what is multiplied by a 0 then stays 0. NaN stays.
INLINE floats within_finite(floats x) {
    return smaller(larger(x, splat(-1e30f)), splat(1e30f));
}

/// x / (1 + exp(−x))
INLINE floats vector_silu(floats x) { return larger(x, splat(-1e30f)) * vector_sigmoid(x); }

/// The derivative of x·s with s = sigmoid(x): s + x·s·(1 − s), where s·(1 − s) = z/(1 + z)², z = exp(−|x|).
INLINE floats vector_silu_derivative(floats x) {
    const floats z = vector_exp(-absolute_value(x));
    const floats inverse = splat(1.0f) / (splat(1.0f) + z);
    const floats s = choose(x < splat(0.0f), z, splat(1.0f)) * inverse;
    return within_finite(x) * (z * inverse * inverse) + s;
}

#endif

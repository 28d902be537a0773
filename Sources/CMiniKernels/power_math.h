// a^b of a vector.
#ifndef MINI_POWER_MATH_H
#define MINI_POWER_MATH_H

#include "vector.h"

/// log2 of positive finite numbers, in double.
INLINE doubles wide_log2(floats x) {
    // x = m·2^e with m in [√½, √2); log2 m = s·l(s²) with s = (m − 1)/(m + 1).
    ints subnormal = x < splat(1.17549435e-38f);
    floats scaled = choose(subnormal, x * splat(8388608.0f), x);
    ints bits = bits_of(scaled) - 0x3f3504f3;  // the bits of √½
    doubles e = __builtin_convertvector((bits >> 23) - (subnormal & 23), doubles);
    doubles m = to_doubles(from_bits((bits & 0x007fffff) + 0x3f3504f3));
    doubles s = (m - (doubles)1.0) / (m + (doubles)1.0);
    doubles u = s * s;
    doubles l = (doubles)0.2136707781973084;
    l = l * u + (doubles)0.22091186618402389;
    l = l * u + (doubles)0.26233440181087608;
    l = l * u + (doubles)0.32059853392420734;
    l = l * u + (doubles)0.41219858585109992;
    l = l * u + (doubles)0.57707801634547018;
    l = l * u + (doubles)0.96179669392598988;
    l = l * u + (doubles)2.8853900817779268;
    return s * l + e;
}

/// 2^t rounded to float once, ∞ and 0 beyond its range.
INLINE floats wide_exp2(doubles t) {
    t = t > (doubles)200.0 ? (doubles)200.0 : t;
    t = t < (doubles)-200.0 ? (doubles)-200.0 : t;
    const doubles magic = (doubles)6755399441055744.0;  // 1.5·2^52: see reduce_exponent
    doubles shifted = t + magic;
    doubles f = t - (shifted - magic);
    doubles e = (doubles)1.3359248796780487e-06;
    e = e * f + (doubles)1.531899024232565e-05;
    e = e * f + (doubles)0.00015403017164293997;
    e = e * f + (doubles)0.0013333414534613241;
    e = e * f + (doubles)0.0096181296757983977;
    e = e * f + (doubles)0.055504109817201164;
    e = e * f + (doubles)0.24022650694348166;
    e = e * f + (doubles)0.69314718053502855;
    longs n = (longs)shifted << 52;  // only the whole number's low bits survive
    return to_floats((doubles)((longs)(e * f + (doubles)1.0) + n));
}

/// a^b = 2^(b·log2 a) in double, so that float's rounding is nearly the only error. Zeros,
/// infinities and NaN are left to the C library, element by element.
INLINE floats vector_power(floats a, floats b) {
    floats base = absolute_value(a), exponent = absolute_value(b);
    floats y = wide_exp2(to_doubles(b) * wide_log2(base));

    // A negative base: an odd exponent makes the result negative, a broken one NaN. Numbers from
    // 2^24 on are even; the conversion to int is only looked at below that.
    ints small = exponent < splat(16777216.0f);
    ints whole = __builtin_convertvector(choose(small, b, splat(0.0f)), ints);
    ints broken = small & (__builtin_convertvector(whole, floats) != b);
    floats negative = from_bits(bits_of(y) ^ (whole << 31));
    y = choose(a < splat(0.0f), choose(broken, splat(NAN), negative), y);

    ints special = (a == splat(0.0f)) | ~(base < splat(INFINITY)) | ~(exponent < splat(INFINITY));
    if (__builtin_expect(any(special), 0)) {
        for (size_t i = 0; i < LANES; i++) {
            if (special[i]) y[i] = powf(a[i], b[i]);
        }
    }
    return y;
}

#endif

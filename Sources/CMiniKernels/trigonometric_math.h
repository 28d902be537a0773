// Sine and cosine of a vector.
#ifndef MINI_TRIGONOMETRIC_MATH_H
#define MINI_TRIGONOMETRIC_MATH_H

#include "vector.h"

/// sin(x + quarter_turns·π/2). x = n·π/2 + r is reduced in double, where it is exact enough up to
/// 2^20; larger numbers (and ∞, NaN) are left to the C library, element by element.
INLINE floats vector_sine(floats x, int32_t quarter_turns) {
    const doubles magic = (doubles)6755399441055744.0;  // 1.5·2^52: see reduce_exponential
    doubles wide = to_doubles(x);
    doubles t = wide * (doubles)0.63661977236758134 + magic;
    doubles n = t - magic;
    doubles reduced = wide - n * (doubles)1.5707963267341256;  // 33 bits: n times it is exact
    reduced = reduced - n * (doubles)6.0771005065061922e-11;
    floats r = to_floats(reduced);
    ints quadrant = __builtin_convertvector((longs)t, ints) + quarter_turns;

    floats u = r * r;
    floats s = splat(-0.000195187313f);
    s = s * u + splat(0.00833219197f);
    s = s * u + splat(-0.166666552f);
    floats sine = r * u * s + r;
    floats c = splat(2.44634193e-05f);
    c = c * u + splat(-0.00138876191f);
    c = c * u + splat(0.041666653f);
    floats cosine = (u * u * c - splat(0.5f) * u) + splat(1.0f);

    floats y = choose((quadrant & 1) != 0, cosine, sine);
    y = from_bits(bits_of(y) ^ ((quadrant & 2) << 30));

    ints outside = ~(absolute_value(x) <= splat(1048576.0f));
    if (__builtin_expect(any(outside), 0)) {
        for (size_t i = 0; i < LANES; i++) {
            if (outside[i]) y[i] = quarter_turns ? cosf(x[i]) : sinf(x[i]);
        }
    }
    return y;
}

#endif

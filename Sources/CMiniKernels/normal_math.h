// The normal distribution: Φ, and both forms of GELU with their derivatives.
#ifndef MINI_NORMAL_MATH_H
#define MINI_NORMAL_MATH_H

#include "exponential_math.h"

/// exp(−a²/2) with all its digits: a² is carried as an exact high part and a rest.
INLINE floats vector_exp_of_minus_half_square(floats a) {
    floats high = from_bits(bits_of(a) & (int32_t)0xfffff000);  // 12 digits: its square is exact
    floats rest = (a - high) * (a + high);
    return vector_exp_of_sum(high * high * splat(-0.5f), rest * splat(-0.5f));
}

/// Φ(−a) = exp(−a²/2)·q(w)/(a + 3) with w = (a − 3)/(a + 3), for 0 <= a <= 14.5 (0 beyond), given
/// exp(−a²/2).
INLINE floats vector_normal_tail(floats a, floats exponential) {
    floats t = splat(1.0f) / (a + splat(3.0f));
    floats w = (a - splat(3.0f)) * t;
    floats q = splat(5.44551258e-05f);
    q = q * w + splat(0.000131253968f);
    q = q * w + splat(-0.000244754629f);
    q = q * w + splat(-0.00103252416f);
    q = q * w + splat(0.00102478394f);
    q = q * w + splat(0.00696930243f);
    q = q * w + splat(-0.0104625206f);
    q = q * w + splat(-0.0472626872f);
    q = q * w + splat(0.230017707f);
    q = q * w + splat(-0.509332001f);
    q = q * w + splat(0.729083717f);
    return exponential * q * t;
}

/// x·Φ(x)
INLINE floats vector_gelu(floats x) {
    floats a = absolute_value(x);
    a = choose(a > splat(14.5f), splat(14.5f), a);
    floats tail = vector_normal_tail(a, vector_exp_of_minus_half_square(a));
    return x * choose(x < splat(0.0f), tail, splat(1.0f) - tail);
}

/// d/dx x·Φ(x) = Φ(x) + x·φ(x)
INLINE floats vector_gelu_derivative(floats x) {
    floats a = absolute_value(x);
    a = choose(a > splat(14.5f), splat(14.5f), a);
    floats exponential = vector_exp_of_minus_half_square(a);
    floats tail = vector_normal_tail(a, exponential);
    floats phi = exponential * splat(0.398942280f);  // 1/√(2π)
    floats cumulative = choose(x < splat(0.0f), tail, splat(1.0f) - tail);
    return cumulative + copy_sign(a, x) * phi;
}

/// GPT-2's GELU. x/2·(1 + tanh u) is x·σ(2u), with 2u = √(8/π)·(x + 0.044715·x³).
INLINE floats vector_gelu_tanh(floats x) {
    floats u2 = x * (x * x * splat(0.0713548163f) + splat(1.59576912f));
    floats z = vector_exp(-u2);
    floats y = x / (splat(1.0f) + z);
    return choose(x == splat(-INFINITY), splat(-0.0f), y);
}

/// Its derivative: σ + x·σ·(1 − σ)·(2u)'.
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

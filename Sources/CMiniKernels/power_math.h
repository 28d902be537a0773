// a^b of a vector.
#ifndef MINI_POWER_MATH_H
#define MINI_POWER_MATH_H

#include "vector.h"

/// a^b by the C library, lane by lane.
INLINE floats vector_power(floats a, floats b) {
    floats y = a;
    for (size_t i = 0; i < LANES; i++) y[i] = powf(a[i], b[i]);
    return y;
}

#endif

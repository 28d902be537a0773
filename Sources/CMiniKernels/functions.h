// exp, log, tanh, the logistic function and Φ on a vector. Coefficients: Chebyshev interpolation in
// 40 digits, rounded to float. The errors in ULP are measured by the tests and listed in README.md.

/// e^x. x = n·ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n · e^r; e^r by a polynomial of degree 6.
INLINE vf v_exp(vf x) {
    const vf clamped = choose(x > 130.0f, splat(130.0f), choose(x < -150.0f, splat(-150.0f), x));
    // Adding 1.5·2^23 rounds to the nearest whole number.
    const vf magic = splat(12582912.0f);
    const vf n = fma_(clamped, splat(1.44269504f), magic) - magic;
    // ln 2 in two parts, the first short enough for n·ln2 to be exact.
    vf r = fma_(n, splat(-0.693359375f), clamped);
    r = fma_(n, splat(2.12194440e-4f), r);
    vf p = splat(0.0013926926767453551f);
    p = fma_(p, r, splat(0.008363774046301842f));
    p = fma_(p, r, splat(0.04166654869914055f));
    p = fma_(p, r, splat(0.16666573286056519f));
    p = fma_(p, r, splat(0.5f));
    p = fma_(p, r * r, r) + 1.0f;
    // 2^n in two factors: reaches from the denormals to infinity without leaving the exponent field.
    const vi exponent = to_int(n);
    const vi first = exponent >> 1;
    const vf result =
        p * as_float((first + 127) << 23) * as_float((exponent - first + 127) << 23);
    return choose(x != x, x, result);
}

/// ln x. x = 2^e · (1 + f) with 1 + f in [√½, √2); ln(1 + f) = f − f²/2 + f³·P(f).
INLINE vf v_log(vf x) {
    const vi is_denormal = x < 1.17549435e-38f;
    const vf scaled = choose(is_denormal, x * 8388608.0f, x);
    const vi bits = as_int(scaled) - 0x3F3504F3;  // √½
    const vi e = bits >> 23;
    const vf f = as_float((bits & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
    const vf exponent = to_float(e - (is_denormal & 23));
    vf p = splat(0.06971611827611923f);
    p = fma_(p, f, splat(-0.11479733884334564f));
    p = fma_(p, f, splat(0.11685419827699661f));
    p = fma_(p, f, splat(-0.12425687164068222f));
    p = fma_(p, f, splat(0.14249058067798615f));
    p = fma_(p, f, splat(-0.1666780263185501f));
    p = fma_(p, f, splat(0.20000715553760529f));
    p = fma_(p, f, splat(-0.2499999701976776f));
    p = fma_(p, f, splat(0.3333333134651184f));
    const vf square = f * f;
    vf low = fma_(p, f * square, exponent * -2.12194440e-4f);
    low = fma_(square, splat(-0.5f), low);
    vf result = fma_(exponent, splat(0.693359375f), f + low);
    result = choose(x == INFINITY, x, result);
    result = choose(x == 0.0f, splat(-INFINITY), result);
    return choose((x < 0.0f) | (x != x), splat(NAN), result);
}

/// 1 / (1 + e^−x)
INLINE vf v_sigmoid(vf x) { return 1.0f / (1.0f + v_exp(-x)); }

/// Near 0 an odd polynomial; elsewhere 1 − 2 / (e^2x + 1).
INLINE vf v_tanh(vf x) {
    const vf z = x * x;
    vf p = splat(0.0022695017978549004f);
    p = fma_(p, z, splat(-0.0083231870085001f));
    p = fma_(p, z, splat(0.021762503311038017f));
    p = fma_(p, z, splat(-0.053958460688591f));
    p = fma_(p, z, splat(0.1333329975605011f));
    p = fma_(p, z, splat(-0.3333333432674408f));
    const vf near = fma_(p * z, x, x);
    const vf a = absolute(x);
    const vf far = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
    const vf signed_far = as_float(as_int(far) | (as_int(x) & (int32_t)0x80000000));
    return choose(a < 0.625f, near, choose(x != x, x, signed_far));
}

/// e^(−x²/2), exact to a few ULP also where x² is large: x² is split into a part without rounding
/// error and a small rest.
INLINE vf v_gaussian(vf x) {
    const vf high = as_float(as_int(x) & (int32_t)0xFFFFF000);
    const vf rest = (x - high) * (x + high);
    return v_exp(high * high * -0.5f) * v_exp(rest * -0.5f);
}

/// Φ(−a) / e^(−a²/2) for a >= 0: the tail of the normal distribution without its steep factor, as a
/// polynomial in t = 1 / (1 + a/3).
INLINE vf v_normal_tail(vf a) {
    const vf t = 1.0f / fma_(a, splat(0.333333343f), splat(1.0f));
    vf p = splat(-0.00632159598171711f);
    p = fma_(p, t, splat(0.009300697594881058f));
    p = fma_(p, t, splat(0.059647202491760254f));
    p = fma_(p, t, splat(-0.18537506461143494f));
    p = fma_(p, t, splat(0.1536751240491867f));
    p = fma_(p, t, splat(-0.021619200706481934f));
    p = fma_(p, t, splat(0.11005254089832306f));
    p = fma_(p, t, splat(0.11430173367261887f));
    p = fma_(p, t, splat(0.1333746314048767f));
    p = fma_(p, t, splat(0.13296394050121307f));
    return p * t;
}

/// x·Φ(x), Hendrycks & Gimpel 2016, "Gaussian error linear units".
INLINE vf v_gelu(vf x) {
    const vf a = absolute(x);
    const vf clamped = choose(a > 15.0f, splat(15.0f), a);
    const vf tail = v_gaussian(clamped) * v_normal_tail(clamped);
    const vf result = choose(x > 0.0f, fma_(-x, tail, x), x * tail);
    return choose(x != x, x, choose(x < -15.0f, splat(-0.0f), result));
}

/// Φ(x) + x·φ(x)
INLINE vf v_gelu_slope(vf x) {
    const vf a = absolute(x);
    const vf clamped = choose(a > 15.0f, splat(15.0f), a);
    const vf gaussian = v_gaussian(clamped);
    const vf tail = gaussian * v_normal_tail(clamped);
    const vf phi = choose(x > 0.0f, 1.0f - tail, tail);
    const vf signed_a = choose(x > 0.0f, clamped, -clamped);
    return choose(x != x, x, fma_(signed_a * 0.3989422804f, gaussian, phi));
}

/// x/2·(1 + tanh u) = x·sigmoid(2u), with u = √(2/π)(x + 0.044715 x³).
INLINE vf v_gelu_tanh(vf x) {
    const vf minus_2u = x * fma_(x * x, splat(-0.0713548163f), splat(-1.59576912f));
    const vf result = x / (1.0f + v_exp(minus_2u));
    return choose(x == -INFINITY, splat(-0.0f), result);
}

/// d/dx of the above: s + x·s·(1 − s)·2u′, with s = sigmoid(2u).
INLINE vf v_gelu_tanh_slope(vf x) {
    const vf square = x * x;
    const vf minus_2u = x * fma_(square, splat(-0.0713548163f), splat(-1.59576912f));
    const vf s = 1.0f / (1.0f + v_exp(minus_2u));
    const vf slope_2u = fma_(square, splat(0.2140644488f), splat(1.59576912f));
    const vf bump = x * slope_2u * s * (1.0f - s);
    // Far out s·(1 − s) is 0 and x³ may be infinite: their product is 0.
    return s + choose(absolute(x) > 30.0f, splat(0.0f), bump);
}

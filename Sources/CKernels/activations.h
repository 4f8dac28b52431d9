// exp and the activation functions, as our own polynomials: libm differs between machines, these do not.
#pragma once
#include "template.h"

/// 2^(n + r) for r in [-1/2, 1/2], given `shifted` = 1.5 * 2^23 + n, n from -126 to 127. Minimax polynomial of degree 5,
/// relative error 7.5e-8 (Tests/Fixtures/tensors/fit_exp2.py remakes the coefficients).
INLINE v16 power16(v16 shifted, v16 r) {
    v16 p = splat(1.327647217e-3f);
    p = fma16(p, r, splat(9.675541331e-3f));
    p = fma16(p, r, splat(5.550713273e-2f));
    p = fma16(p, r, splat(2.402211972e-1f));
    p = fma16(p, r, splat(6.931469671e-1f));
    p = fma16(p, r, splat(1.000000072f));
    return (v16)((i16)p + ((i16)shifted << 23));  // n is in the low bits: adding it to the exponent multiplies by 2^n
}

/// 2^x, x from -126 to 127. The rounding constant 1.5 * 2^23 rounds to even on every CPU.
INLINE v16 exp2_16(v16 x) {
    const v16 magic = splat(12582912.0f), shifted = x + magic;
    return power16(shifted, x - (shifted - magic));
}

/// exp(x), x clamped to [-87.3, 88.3]; error about 1.5 ulp. log2(e) in two parts keeps the reduced argument exact.
INLINE v16 exp16(v16 x) {
    x = min16(max16(x, splat(-87.3f)), splat(88.3f));
    const v16 magic = splat(12582912.0f), high = splat(1.44269502162933349609375f);
    const v16 shifted = fma16(x, high, magic);
    return power16(shifted, fma16(x, splat(1.92596299112661746887e-8f), fma16(x, high, magic - shifted)));
}

INLINE v16 silu16(v16 x) { return x / (splat(1.0f) + exp16(-x)); }

/// mish(x) = x tanh(ln(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2) (Misra 2019). Above 20 it is x in f32.
INLINE v16 mish16(v16 x) {
    const v16 e = exp16(min16(x, splat(20.0f)));
    const v16 n = e * (e + splat(2.0f));
    return pick(x > splat(20.0f), x, x * n / (n + splat(2.0f)));
}

/// erf in two ranges: odd polynomial below 0.92, 1 - exp(polynomial of |x|) above; minimax fits, error below 1e-7
/// (Tests/Fixtures/tensors/fit_erf.py remakes the coefficients).
INLINE v16 erf16(v16 x) {
    const v16 t = min16(max16(x, -x), splat(4.0f));
    const v16 u = t * t;
    v16 s = splat(8.150344365276396e-05f);
    s = fma16(s, u, splat(-0.0008089679758995771f));
    s = fma16(s, u, splat(0.005196282174438238f));
    s = fma16(s, u, splat(-0.026857461780309677f));
    s = fma16(s, u, splat(0.11283660680055618f));
    s = fma16(s, u, splat(-0.37612631916999817f));
    s = fma16(s, u, splat(1.128379225730896f)) * t;
    v16 l = splat(-2.65733675064439e-08f);
    l = fma16(l, t, splat(2.202232735726284e-06f));
    l = fma16(l, t, splat(-5.123411028762348e-05f));
    l = fma16(l, t, splat(0.0006235183100216091f));
    l = fma16(l, t, splat(-0.004844855051487684f));
    l = fma16(l, t, splat(0.0265948586165905f));
    l = fma16(l, t, splat(-0.1103048324584961f));
    l = fma16(l, t, splat(-0.6316492557525635f));
    l = fma16(l, t, splat(-1.1303094625473022f));
    l = fma16(l, t, splat(0.00033359008375555277f));
    const v16 magnitude = pick(t < splat(0.92f), s, splat(1.0f) - exp16(l));
    return pick(x < splat(0.0f), -magnitude, magnitude);
}

/// gelu(x) = x/2 (1 + erf(x / sqrt 2)) (Hendrycks & Gimpel 2016), the exact form torch uses by default.
INLINE v16 gelu16(v16 x) {
    return splat(0.5f) * x * (splat(1.0f) + erf16(x * splat(0.70710678118654752f)));
}

INLINE v16 activate16(v16 x, const ck_activation activation) {
    switch (activation) {
    case CK_SILU: return silu16(x);
    case CK_MISH: return mish16(x);
    case CK_GELU: return gelu16(x);
    case CK_RELU: return max16(x, splat(0.0f));
    default: return x;
    }
}

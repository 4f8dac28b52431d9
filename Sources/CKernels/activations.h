// exp and the activation functions, as our own polynomials: libm differs between machines, these do not.
#pragma once
#include "template.h"

/// 2^(n + r) into r, for r in [-1/2, 1/2] and `shifted` = 1.5 * 2^23 + n, n from -126 to 127, in `count` registers.
/// Minimax polynomial of degree 5, relative error 7.5e-8 (Tests/Fixtures/tensors/fit_exp2.py remakes the coefficients).
INLINE void powers_of_two(const vec *shifted, vec *r, const int count) {
    vec p[CK_ABREAST];
    ABREAST(count) p[i] = fmav(splatv(1.327647217e-3f), r[i], splatv(9.675541331e-3f));
    ABREAST(count) p[i] = fmav(p[i], r[i], splatv(5.550713273e-2f));
    ABREAST(count) p[i] = fmav(p[i], r[i], splatv(2.402211972e-1f));
    ABREAST(count) p[i] = fmav(p[i], r[i], splatv(6.931469671e-1f));
    ABREAST(count) p[i] = fmav(p[i], r[i], splatv(1.000000072f));
    // n is in the low bits: adding it to the exponent multiplies by 2^n.
    ABREAST(count) r[i] = (vec)((ivec)p[i] + ((ivec)shifted[i] << 23));
}

/// 2^x in place, x from -126 to 127. The rounding constant 1.5 * 2^23 rounds to even on every CPU.
INLINE void exp2s(vec *x, const int count) {
    const vec magic = splatv(12582912.0f);
    vec shifted[CK_ABREAST];
    ABREAST(count) shifted[i] = x[i] + magic;
    ABREAST(count)
    x[i] += magic - shifted[i];  // the other way round clang adds -magic, which takes a register of its own
    powers_of_two(shifted, x, count);
}

/// exp(x), x clamped to [-87.3, 88.3]; error about 1.5 ulp. log2(e) in two parts keeps the reduced argument exact.
INLINE vec expv(vec x) {
    x = minv(maxv(x, splatv(-87.3f)), splatv(88.3f));
    const vec magic = splatv(12582912.0f), high = splatv(1.44269502162933349609375f);
    const vec shifted = fmav(x, high, magic);
    vec r = fmav(x, splatv(1.92596299112661746887e-8f), fmav(x, high, magic - shifted));
    powers_of_two(&shifted, &r, 1);
    return r;
}

/// silu(x) = x / (1 + e^-x). e^-x = 2^t has the relative error of t's rounding, |x| 6e-8: 5.1e-7 at most, where silu is
/// small.
INLINE void silus(vec *x, const int count) {
    vec t[CK_ABREAST];
    ABREAST(count) t[i] = minv(maxv(x[i] * splatv(-1.44269504088896341f), splatv(-126.0f)), splatv(126.0f));
    exp2s(t, count);
    ABREAST(count) x[i] = x[i] / (splatv(1.0f) + t[i]);
}

/// mish(x) = x tanh(ln(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2) (Misra 2019). Above 20 it is x in f32.
INLINE vec mishv(vec x) {
    const vec e = expv(minv(x, splatv(20.0f)));
    const vec n = e * (e + splatv(2.0f));
    return pickv(x > splatv(20.0f), x, x * n / (n + splatv(2.0f)));
}

/// erf in two ranges: odd polynomial below 0.92, 1 - exp(polynomial of |x|) above; minimax fits, error below 1e-7
/// (Tests/Fixtures/tensors/fit_erf.py remakes the coefficients).
INLINE vec erfv(vec x) {
    const vec t = minv(maxv(x, -x), splatv(4.0f));
    const vec u = t * t;
    vec s = splatv(8.150344365276396e-05f);
    s = fmav(s, u, splatv(-0.0008089679758995771f));
    s = fmav(s, u, splatv(0.005196282174438238f));
    s = fmav(s, u, splatv(-0.026857461780309677f));
    s = fmav(s, u, splatv(0.11283660680055618f));
    s = fmav(s, u, splatv(-0.37612631916999817f));
    s = fmav(s, u, splatv(1.128379225730896f)) * t;
    vec l = splatv(-2.65733675064439e-08f);
    l = fmav(l, t, splatv(2.202232735726284e-06f));
    l = fmav(l, t, splatv(-5.123411028762348e-05f));
    l = fmav(l, t, splatv(0.0006235183100216091f));
    l = fmav(l, t, splatv(-0.004844855051487684f));
    l = fmav(l, t, splatv(0.0265948586165905f));
    l = fmav(l, t, splatv(-0.1103048324584961f));
    l = fmav(l, t, splatv(-0.6316492557525635f));
    l = fmav(l, t, splatv(-1.1303094625473022f));
    l = fmav(l, t, splatv(0.00033359008375555277f));
    const vec magnitude = pickv(t < splatv(0.92f), s, splatv(1.0f) - expv(l));
    return pickv(x < splatv(0.0f), -magnitude, magnitude);
}

/// gelu(x) = x/2 (1 + erf(x / sqrt 2)) (Hendrycks & Gimpel 2016), the exact form torch uses by default.
INLINE vec geluv(vec x) {
    return splatv(0.5f) * x * (splatv(1.0f) + erfv(x * splatv(0.70710678118654752f)));
}

/// The activation of `count` registers in place.
INLINE void activates(vec *x, const ck_activation activation, const int count) {
    switch (activation) {
    case CK_SILU: silus(x, count); break;
    case CK_MISH: ABREAST(count) x[i] = mishv(x[i]); break;
    case CK_GELU: ABREAST(count) x[i] = geluv(x[i]); break;
    case CK_RELU: ABREAST(count) x[i] = maxv(x[i], splatv(0.0f)); break;
    case CK_RELU6: ABREAST(count) x[i] = minv(maxv(x[i], splatv(0.0f)), splatv(6.0f)); break;
    default: break;
    }
}

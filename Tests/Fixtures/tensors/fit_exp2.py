"""Remakes the coefficients of `powers_of_two` in Sources/CKernels/activations.h: the polynomial of degree 5 with the least relative
error from 2^x on [-1/2, 1/2] (Remez 1934). Then those of `attention_step` in Sources/CKernels/attention_values.h: the same
polynomial, its leading coefficient made 1, as ((z + a1) z + a2) (x + a3) + a4 with z = (x + a0)^2 (Knuth, The Art of Computer
Programming 2, section 4.6.4). Needs mpmath."""
import mpmath as mp

DEGREE, LOW, HIGH, POINTS = 5, mp.mpf(-0.5), mp.mpf(0.5), 4000
mp.mp.dps = 30


def fit(nodes):
    """The polynomial whose relative errors at the nodes are equal and alternate."""
    rows = mp.matrix(DEGREE + 2, DEGREE + 2)
    for i, x in enumerate(nodes):
        for j in range(DEGREE + 1):
            rows[i, j] = x**j / mp.power(2, x)
        rows[i, DEGREE + 1] = (-1) ** i
    return mp.lu_solve(rows, mp.matrix([1] * (DEGREE + 2)))[: DEGREE + 1]


def error(coefficients, x):
    return sum(c * x**j for j, c in enumerate(coefficients)) / mp.power(2, x) - 1


grid = [LOW + (HIGH - LOW) * i / POINTS for i in range(POINTS + 1)]
nodes = [(LOW + HIGH) / 2 - (HIGH - LOW) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * DEGREE + 4)) for i in range(DEGREE + 2)]
for _ in range(20):
    coefficients = fit(nodes)
    errors = [error(coefficients, x) for x in grid]
    extremes, best = [], 0
    for i in range(1, len(grid)):
        if (errors[i] > 0) != (errors[best] > 0):
            extremes.append(best)
            best = i
        elif abs(errors[i]) > abs(errors[best]):
            best = i
    nodes = [grid[i] for i in extremes + [best]]
print([mp.nstr(c, 10) for c in coefficients], "largest relative error", mp.nstr(max(map(abs, errors)), 4))


def moved(by):
    """The monic polynomial's coefficients in powers of x + by."""
    monic = [c / coefficients[DEGREE] for c in coefficients]
    return [sum(monic[k] * mp.binomial(k, j) * (-by) ** (k - j) for k in range(j, DEGREE + 1)) for j in range(DEGREE + 1)]


def excess(by):
    """Zero where (z^2 + a1 z + a2) (x + by + b) + a4 has the coefficient of (x + by)^2 that the polynomial has."""
    c = moved(by)
    return c[2] - c[4] * c[3]


a0 = mp.findroot(excess, 0.6)
c = moved(a0)
print([mp.nstr(a, 10) for a in (a0, c[3], c[1], a0 + c[4], c[0] - c[1] * c[4])], "times", mp.nstr(coefficients[DEGREE], 10))

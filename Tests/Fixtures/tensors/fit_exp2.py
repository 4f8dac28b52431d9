"""Remakes the coefficients of `power16` in Sources/CKernels/activations.h: the polynomial of degree 5 with the least relative
error from 2^x on [-1/2, 1/2] (Remez 1934). Needs mpmath."""
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

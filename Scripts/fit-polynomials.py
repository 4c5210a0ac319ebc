"""Fits the polynomials of CKernels' vector mathematics by the Remez exchange; needs mpmath.

Each fit asks for P with |w(t) (P(t) - g(t))| as small as possible on [a, b]. The first coefficients are rounded to the
scalar type one after the other, the rest fitted again each time. The printed error is the maximum in units of the last
place, where the weight makes it relative.
"""
import sys

from mpmath import cos, erf, erfc, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, sin, sqrt, tanh

mp.dps = 60

def rounded(x, scalar):
    x = mpf(x)
    if scalar == "float":
        # to nearest float through exact integer scaling
        m, e = mp.frexp(x)
        return mp.ldexp(mp.nint(mp.ldexp(m, 24)), e - 24)
    m, e = mp.frexp(x)
    return mp.ldexp(mp.nint(mp.ldexp(m, 53)), e - 53)

def remez(g, w, a, b, powers, fixed):
    """Minimax coefficients of t^p for p in powers, given fixed {power: coefficient}."""
    n = len(powers); w0 = w; w = lambda t: abs(w0(t))
    a, b = mpf(a), mpf(b)
    points = [(a + b) / 2 + (b - a) / 50 / (n + 1) - (b - a) / mpf('2.1') * cos(pi * (2 * k + 1) / (2 * n + 2)) for k in range(n + 1)]
    grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * k / (40 * (n + 1))) for k in range(40 * (n + 1) + 1)]
    rest = lambda t: g(t) - sum(c * t**p for p, c in fixed.items())
    gv = [rest(t) for t in grid]
    wv = [w(t) for t in grid]
    for _ in range(30):
        A = matrix(n + 1, n + 1); y = matrix(n + 1, 1)
        for i, t in enumerate(points):
            for j, p in enumerate(powers): A[i, j] = t**p
            A[i, n] = (-1)**i / w(t)
            y[i] = rest(t)
        x = lu_solve(A, y)
        coefficients = [x[j] for j in range(n)]
        err = []
        for t, gg, ww in zip(grid, gv, wv):
            s = mpf(0)
            for p, c in zip(powers, coefficients): s += c * t**p
            err.append(ww * (s - gg))
        # alternating extrema
        ext = []
        for i, e in enumerate(err):
            if ext and (err[ext[-1]] > 0) == (e > 0):
                if abs(e) > abs(err[ext[-1]]): ext[-1] = i
            else: ext.append(i)
        while len(ext) > n + 1:
            k = min(range(len(ext)), key=lambda i: abs(err[ext[i]]))
            if k in (0, len(ext) - 1): ext.pop(k)
            elif len(ext) == n + 2: ext.pop(0 if abs(err[ext[0]]) < abs(err[ext[-1]]) else -1)
            else:
                # its neighbours have the same sign: the smaller one goes too
                left, right = ext[k - 1], ext[k + 1]
                drop = k - 1 if abs(err[left]) < abs(err[right]) else k + 1
                for i in sorted((k, drop), reverse=True): ext.pop(i)
        worst = max(abs(e) for e in err)
        if len(ext) < n + 1: break
        new = [grid[i] for i in ext]
        if abs(abs(x[n]) - worst) < worst * mpf("0.02"):
            break
        points = new
    return coefficients, worst

def fit(name, g, w, a, b, degree, scalar, exact=()):
    """exact: leading coefficients given by hand."""
    fixed = {i: rounded(c, scalar) for i, c in enumerate(exact)}
    for k in range(len(exact), degree + 1):
        powers = list(range(k, degree + 1))
        coefficients, worst = remez(g, w, a, b, powers, fixed)
        if k >= degree - 1:
            for p, c in zip(powers, coefficients): fixed[p] = rounded(c, scalar)
            break
        fixed[k] = rounded(coefficients[0], scalar)
    # final error
    a, b = mpf(a), mpf(b)
    worst = mpf(0)
    for i in range(2001):
        t = a + (b - a) * i / 2000
        if t == 0: t = (b - a) / 100000
        worst = max(worst, abs(w(t) * (sum(c * t**p for p, c in fixed.items()) - g(t))))
    bits = 24 if scalar == "float" else 53
    print(f"{name} {scalar} degree {degree}: {float(worst * 2**bits):.3f} ulp")
    for k in range(degree + 1):
        print("   ", float(fixed[k]).hex())
    sys.stdout.flush()


tiny = mpf(10) ** -20


def by_square(numerator, limit):
    """A function of z = t^2 from one of t, with its value for z near 0."""
    return lambda z: numerator(sqrt(z)) if z > tiny else limit


# e^r = 1 + r + r^2 P(r), relative to e^r - 1
half = log(2) / 2 * mpf("1.0001")
near = lambda f, limit: lambda t: f(t) if abs(t) > mpf(10) ** -15 else limit(t)
exponential = near(lambda r: (expm1(r) - r) / r**2, lambda r: mpf(1) / 2 + r / 6)
weight = near(lambda r: r**2 / expm1(r), lambda r: mpf(10) ** -15)
fit("exp", exponential, weight, -half, half, 5, "float")
fit("exp", exponential, weight, -half, half, 10, "double")

# log(1 + f) = f - f^2 / 2 + f^3 P(f)
fit("log", near(lambda f: (log1p(f) - f + f * f / 2) / f**3, lambda f: mpf(1) / 3 - f / 4),
    near(lambda f: f**3 / log1p(f), lambda f: tiny), sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, 7, "float")
# log((1 + s) / (1 - s)) = 2 s + s^3 P(s^2), and for powers 2 s + 2 s^3 (1/3 + z P(z))
largest = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.001")
ratio = by_square(lambda s: (log((1 + s) / (1 - s)) - 2 * s) / s**3, mpf(2) / 3)
fit("log", ratio, by_square(lambda s: s**3 / log((1 + s) / (1 - s)), tiny), 0, largest, 7, "double")
fit("power", lambda z: (ratio(z) / 2 - mpf(1) / 3) / z if z > mpf(10) ** -15 else mpf(1) / 5 + z / 7,
    lambda z: z * z + mpf(10) ** -12, 0, largest, 8, "double")
# log(1 + u) = u + u^2 P(u) for 0 <= u <= 1
fit("log1p", near(lambda u: (log1p(u) - u) / u**2, lambda u: -mpf(1) / 2 + u / 3),
    near(lambda u: u**2 / log1p(u), lambda u: mpf(10) ** -15), 0, 1, 9, "float")

# sin(r) = r + r^3 P(r^2), cos(r) = 1 - r^2 / 2 + r^4 P(r^2)
quarter = (pi / 4 * mpf("1.0001")) ** 2
sine = by_square(lambda r: (sin(r) - r) / r**3, -mpf(1) / 6)
cosine = lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > mpf(10) ** -15 else mpf(1) / 24 - z / 720
for degree, scalar in ((2, "float"), (5, "double")):
    fit("sin", sine, by_square(lambda r: r**3 / sin(r), tiny), 0, quarter, degree, scalar)
    fit("cos", cosine, lambda z: z**2 / cos(sqrt(z)), 0, quarter, degree, scalar)

# tanh(x) = x + x^3 P(x^2) for |x| <= 0.35
for degree, scalar in ((3, "float"), (7, "double")):
    fit("tanh", by_square(lambda x: (tanh(x) - x) / x**3, -mpf(1) / 3), by_square(lambda x: x**3 / tanh(x), tiny),
        0, mpf("0.1226"), degree, scalar)

# erf(x) = x + x P(x^2) for |x| <= 1, and -log(erfc(1 + t)) = P(t) where the error counts erfc times
error = by_square(lambda x: erf(x) / x - 1, 2 / sqrt(pi) - 1)
for degree, scalar in ((6, "float"), (12, "double")):
    fit("erf", error, lambda z: 1 / (error(z) + 1), 0, 1, degree, scalar)
for degree, scalar, end in ((6, "float", "2.92"), (18, "double", "4.95")):
    fit("erfc", lambda t: -log(erfc(t + 1)), lambda t: erfc(t + 1), 0, mpf(end), degree, scalar)

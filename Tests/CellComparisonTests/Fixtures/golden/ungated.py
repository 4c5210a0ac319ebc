"""Cells without gates, and with structured recurrence."""
import numpy as np
from common import *


@cell("elman", act=np.tanh)
@cell("elman-relu", act=relu)
@cell("elman-relu-glorot", act=relu)
@cell("irnn", act=relu)
def elman(p, xs, act):
    hidden = p.gate("hidden")
    return simple(lambda x, h: act(hidden(x, h)), xs)


@cell("jordan")
def jordan(p, xs):
    hidden, output = p.gate("hidden"), p.linear("output", n, n)
    return simple(lambda x, y: np.tanh(output(np.tanh(hidden(x, y)))), xs)


@cell("leaky-elman")
def leaky(p, xs):
    hidden = p.gate("hidden")
    return simple(lambda x, h: 0.7 * h + 0.3 * np.tanh(hidden(x, h)), xs)


@cell("ctrnn")
def ctrnn(p, xs):
    w, u = p("weights.inputWeights", n, d), p("weights.recurrentWeights", n, n)
    b, rate = p("bias", n), p("rate", n)
    v, out = np.zeros(n), []
    for x in xs:
        v = v + s(rate) * (-v + w @ x + u @ s(v + b))
        out.append(s(v + b))
    return out


@cell("indrnn")
def indrnn(p, xs):
    project, u = p.linear("input"), p("recurrent.weights", n)
    return simple(lambda x, h: relu(project(x) + u * h), xs)


@cell("antisymmetric", gated=False)
@cell("antisymmetric-gated", gated=True)
def antisymmetric(p, xs, gated):
    project = p.linear("input")
    gate = p.linear("gate") if gated else None
    u = p("recurrentWeights", n, n)
    a = u - u.T - 0.01 * np.eye(n)

    def step(x, h):
        z = s(a @ h + gate(x)) if gated else 1
        return h + 0.1 * z * np.tanh(a @ h + project(x))

    return simple(step, xs)


@cell("lipschitz")
def lipschitz(p, xs):
    project = p.linear("input")
    mix = lambda m: 0.7 * (m - m.T) + 0.3 * (m + m.T) - 0.001 * np.eye(n)
    a, b = mix(p("linearWeights", n, n)), mix(p("recurrentWeights", n, n))
    return simple(lambda x, h: h + 0.1 * (a @ h + np.tanh(b @ h + project(x))), xs)


@cell("cornn")
def cornn(p, xs):
    force, r = p.gate("force"), p("friction.weights", n, n)
    y, v, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        v = v + 0.1 * (np.tanh(force(x, y) + r @ v) - 1 * y - 0.5 * v)
        y = y + 0.1 * v
        out.append(y)
    return out


@cell("unicornn")
def unicornn(p, xs):
    project, u, c = p.linear("input"), p("recurrent.weights", n), p("frequency", n)
    k = 0.2 * s(c)
    y, v, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        v = v - k * (np.tanh(u * y + project(x)) + 0.9 * y)
        y = y + k * v
        out.append(y)
    return out


@cell("lem")
def lem(p, xs):
    d1, d2, z, y_gate = (p.gate(k) for k in ["outputTimeStep", "memoryTimeStep", "memory", "output"])
    y, v, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        t1, t2 = s(d1(x, y)), s(d2(x, y))
        v = (1 - t2) * v + t2 * np.tanh(z(x, y))
        y = (1 - t1) * y + t1 * np.tanh(y_gate(x, v))
        out.append(y)
    return out


@cell("fast-rnn")
def fast_rnn(p, xs):
    hidden = p.gate("hidden")
    a, b = p("candidateWeight"), p("stateWeight")
    return simple(lambda x, h: s(a) * np.tanh(hidden(x, h)) + s(b) * h, xs)


@cell("fast-grnn")
def fast_grnn(p, xs):
    shared = p.gate("shared", bias=False)
    bz, bh, zeta, nu = p("gateBias", n), p("candidateBias", n), p("zeta"), p("nu")

    def step(x, h):
        q = shared(x, h)
        z = s(q + bz)
        return (s(zeta) * (1 - z) + s(nu)) * np.tanh(q + bh) + z * h

    return simple(step, xs)


@cell("scrn")
def scrn(p, xs):
    b, m = p("context.weights", n, d), p("fromContext.weights", n, n)
    a, r = p("hidden.inputWeights", n, d), p("hidden.recurrentWeights", n, n)
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        c = 0.05 * (b @ x) + 0.95 * c
        h = s(m @ c + a @ x + r @ h)
        out.append(np.concatenate([h, c]))
    return out


def mi_gate(p, name):
    w, u = p(name + ".weights.inputWeights", n, d), p(name + ".weights.recurrentWeights", n, n)
    both, recurrent, input = (p(f"{name}.{k}", n) for k in ["product", "recurrentScale", "inputScale"])
    b = p(name + ".bias", n)
    return lambda x, h: both * (w @ x) * (u @ h) + recurrent * (u @ h) + input * (w @ x) + b


@cell("mi-rnn")
def mi_rnn(p, xs):
    hidden = mi_gate(p, "hidden")
    return simple(lambda x, h: np.tanh(hidden(x, h)), xs)


@cell("multiplicative-rnn")
def multiplicative(p, xs):
    w, u = p("factor.inputWeights", n, d), p("factor.recurrentWeights", n, n)
    hidden = p.gate("hidden")
    return simple(lambda x, h: np.tanh(hidden(x, (w @ x) * (u @ h))), xs)


@cell("clockwork")
def clockwork(p, xs):
    project, u = p.linear("input"), p("recurrentWeights", n, n)
    periods = np.array([1, 2, 4, 8])  # one unit each
    h, out = np.zeros(n), []
    for t, x in enumerate(xs):
        new = h.copy()
        for i in range(n):
            if t % periods[i] == 0:
                new[i] = np.tanh(project(x)[i] + sum(u[i, j] * h[j] for j in range(n) if periods[j] >= periods[i]))
        h = new
        out.append(h)
    return out


@cell("orthogonal-householder", make=reflections)
@cell("orthogonal-exponential", make=lambda u: exponential(u - u.T))
def orthogonal(p, xs, make):
    w, u, b = p("input.weights", n, d), p("recurrentWeights", n, n), p("bias", n)
    q = make(u)
    return simple(lambda x, h: mod_relu(q @ h + w @ x, b), xs)


@cell("plrnn")
def plrnn(p, xs):
    a, w, project = p("diagonal.weights", n), p("recurrentWeights", n, n), p.linear("input")
    off = w - np.diag(np.diag(w))
    return simple(lambda x, h: a * h + off @ relu(h) + project(x), xs)


@cell("shuffling-rnn")
def shuffling(p, xs):
    first, second, gate = p.linear("first"), p.linear("second", n, n), p.linear("gate")
    return simple(lambda x, h: relu(np.roll(h, 1) + second(relu(first(x))) * s(gate(x))), xs)


@cell("lmu")
def lmu(p, xs):
    ex, eh, em = (p(f"{k}Encoder.weights", 1, size) for k, size in [("input", d), ("hidden", n), ("memory", n)])
    wx, wh, wm = p("hidden.inputWeights", n, d), p("hidden.recurrentWeights", n, n), p("reading.weights", n, n)
    i = np.arange(n)[:, None]
    j = np.arange(n)[None]
    a = (2 * i + 1) * np.where(i < j, -1.0, (-1.0) ** (i - j + 1)) / 100
    b = ((2 * i + 1) * (-1.0) ** i / 100)[:, 0]
    values, vectors = np.linalg.eig(a)
    hold = ((vectors * np.exp(values)) @ np.linalg.inv(vectors)).real
    enter = np.linalg.solve(a, (hold - np.eye(n)) @ b)
    h, m, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        u = (ex @ x + eh @ h + em @ m)[0]
        m = hold @ m + enter * u
        h = np.tanh(wx @ x + wh @ h + wm @ m)
        out.append(h)
    return out


@cell("rhn", uncoupled=False)
@cell("rhn-uncoupled", uncoupled=True)
def rhn(p, xs, uncoupled):
    kinds = ["candidate", "transform"] + (["carry"] if uncoupled else [])
    w = {k: p(k + "Input.weights", n, d) for k in kinds}
    layers = {k: [p.linear(f"{k}.{l}", n, n) for l in range(3)] for k in kinds}

    def step(x, h):
        for l in range(3):
            sums = {k: layers[k][l](h) + (w[k] @ x if l == 0 else 0) for k in kinds}
            t = s(sums["transform"])
            h = np.tanh(sums["candidate"]) * t + h * (s(sums["carry"]) if uncoupled else 1 - t)
        return h

    return simple(step, xs)

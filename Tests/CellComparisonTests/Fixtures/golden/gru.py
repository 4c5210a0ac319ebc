"""The gated recurrent unit and other gated cells of one state."""
import numpy as np
from common import *
from lstm import diagonal_gate, light_gate
from ungated import mi_gate


@cell("gru-reset-before")
@cell("gru-1", make=lambda p, k: light_gate(p, k, "Ub"))
@cell("gru-2", make=lambda p, k: light_gate(p, k, "U"))
@cell("gru-3", make=lambda p, k: light_gate(p, k, "b"))
@cell("mi-gru", make=mi_gate, candidate=mi_gate)
@cell("indy-gru", make=diagonal_gate, candidate=diagonal_gate)
@cell("gru-ode", dt=0.5)
def gru_before(p, xs, make=Parameters.gate, candidate=Parameters.gate, dt=1):
    reset, update, candidate = make(p, "reset"), make(p, "update"), candidate(p, "candidate")

    def step(x, h):
        r, z = s(reset(x, h)), s(update(x, h))
        return h + dt * (1 - z) * (np.tanh(candidate(x, r * h)) - h)

    return simple(step, xs)


def split_gate(p, name):
    """W x + b and U h + b' of a gate with two biases."""
    w, u = p(name + ".inputWeights", n, d), p(name + ".recurrentWeights", n, n)
    b, bh = p(name + ".bias", n), p(name + ".recurrentBias", n)
    return lambda x: w @ x + b, lambda h: u @ h + bh


@cell("gru")
def gru_after(p, xs):
    reset, update = p.gate("reset"), p.gate("update")
    fromX, fromH = split_gate(p, "candidate")

    def step(x, h):
        r, z = s(reset(x, h)), s(update(x, h))
        return z * h + (1 - z) * np.tanh(fromX(x) + r * fromH(h))

    return simple(step, xs)


@cell("mgu")
@cell("mgu-1", make=lambda p, k: light_gate(p, k, "Ub"))
@cell("mgu-2", make=lambda p, k: light_gate(p, k, "U"))
@cell("mgu-3", make=lambda p, k: light_gate(p, k, "b"))
def mgu(p, xs, make=Parameters.gate):
    forget, candidate = make(p, "forget"), p.gate("candidate")

    def step(x, h):
        f = s(forget(x, h))
        return (1 - f) * h + f * np.tanh(candidate(x, f * h))

    return simple(step, xs)


@cell("mgu-reset-after")
def mgu_reset_after(p, xs):
    forget = p.gate("forget")
    fromX, fromH = split_gate(p, "candidate")

    def step(x, h):
        f = s(forget(x, h))
        return f * h + (1 - f) * np.tanh(fromX(x) + f * fromH(h))

    return simple(step, xs)


@cell("ugrnn")
def ugrnn(p, xs):
    update, candidate = p.gate("update"), p.gate("candidate")

    def step(x, h):
        g = s(update(x, h))
        return g * h + (1 - g) * np.tanh(candidate(x, h))

    return simple(step, xs)


@cell("intersection-rnn")
def intersection(p, xs):
    gates = {k: p.gate(k) for k in ["stateGate", "candidate", "outputGate", "outputCandidate"]}
    project = p.linear("projection", bias=False)
    h, out = np.zeros(n), []
    for x in xs:
        gh, gy = s(gates["stateGate"](x, h) + 1), s(gates["outputGate"](x, h) + 1)
        c, y = np.tanh(gates["candidate"](x, h)), relu(gates["outputCandidate"](x, h))
        h = gh * h + (1 - gh) * c
        out.append(gy * project(x) + (1 - gy) * y)
    return out


@cell("mut-1")
def mut_1(p, xs):
    update, reset, project = p.linear("update"), p.gate("reset"), p.linear("projection", bias=False)
    candidate = p.linear("candidate", n, n)

    def step(x, h):
        z, r = s(update(x)), s(reset(x, h))
        return np.tanh(candidate(r * h) + np.tanh(project(x))) * z + h * (1 - z)

    return simple(step, xs)


@cell("mut-2")
def mut_2(p, xs):
    update, project, reset = p.gate("update"), p.linear("projection", bias=False), p.linear("reset", n, n)
    candidate = p.gate("candidate")

    def step(x, h):
        z, r = s(update(x, h)), s(project(x) + reset(h))
        return np.tanh(candidate(x, r * h)) * z + h * (1 - z)

    return simple(step, xs)


@cell("mut-3")
def mut_3(p, xs):
    update, reset, candidate = p.gate("update"), p.gate("reset"), p.gate("candidate")

    def step(x, h):
        z, r = s(update(x, np.tanh(h))), s(reset(x, h))
        return np.tanh(candidate(x, r * h)) * z + h * (1 - z)

    return simple(step, xs)


@cell("light-recurrent-unit")
def light_unit(p, xs):
    candidate, forget = p.linear("candidate", bias=False), p.gate("forget")

    def step(x, h):
        f = s(forget(x, h))
        return (1 - f) * h + f * np.tanh(candidate(x))

    return simple(step, xs)


@cell("brc", gates=lambda p: [diagonal_brc(p, "feedback"), diagonal_brc(p, "update")])
@cell("nbrc", gates=lambda p: [p.gate("feedback"), p.gate("update")])
def brc(p, xs, gates):
    feedback, update = gates(p)
    candidate = p.linear("candidate", bias=False)

    def step(x, h):
        a, z = 1 + np.tanh(feedback(x, h)), s(update(x, h))
        return z * h + (1 - z) * np.tanh(candidate(x) + a * h)

    return simple(step, xs)


def diagonal_brc(p, name):
    project, w = p.linear(name + "Input"), p(name + "Recurrent.weights", n)
    return lambda x, h: project(x) + w * h


@cell("ran")
def ran(p, xs):
    content, input, forget = p.linear("content"), p.gate("input"), p.gate("forget")

    def step(x, h, c):
        c = s(input(x, h)) * content(x) + s(forget(x, h)) * c
        return np.tanh(c), c

    return memory(step, xs)


@cell("atr")
def atr(p, xs):
    w, u, b = p("shared.inputWeights", n, d), p("shared.recurrentWeights", n, n), p("shared.bias", n)

    def step(x, h):
        a, q = w @ x + b, u @ h
        return s(a + q) * a + s(a - q) * h

    return simple(step, xs)


@cell("minimal-rnn")
def minimal(p, xs):
    mapping, update = p.linear("mapping"), p.gate("update", columns=n)

    def step(x, h):
        v = np.tanh(mapping(x))
        u = s(update(v, h))
        return u * h + (1 - u) * v

    return simple(step, xs)


@cell("sgrn")
def sgrn(p, xs):
    w, u = p("shared.inputWeights", n, d), p("shared.recurrentWeights", n, n)
    b = p("gateBias", n)

    def step(x, h):
        f = s(w @ x + u @ h + b)
        return np.tanh((1 - f) * (w @ x) + f * h)

    return simple(step, xs)


@cell("li-gru")
def li_gru(p, xs):
    update, candidate = p.gate("update"), p.gate("candidate")

    def step(x, h):
        z = s(update(x, h))
        return z * h + (1 - z) * relu(candidate(x, h))

    return simple(step, xs)


@cell("cfn")
def cfn(p, xs):
    forget, input, candidate = p.gate("forget"), p.gate("input"), p.linear("candidate", bias=False)
    return simple(lambda x, h: s(forget(x, h)) * np.tanh(h) + s(input(x, h)) * np.tanh(candidate(x)), xs)


@cell("star")
def star(p, xs):
    mapping, gate = p.linear("mapping"), p.gate("gate")

    def step(x, h):
        k = s(gate(x, h))
        return np.tanh((1 - k) * h + k * np.tanh(mapping(x)))

    return simple(step, xs)


@cell("sgu", deep=False)
@cell("dsgu", deep=True)
def sgu(p, xs, deep):
    w, b = p("multiplication.inputWeights", n, d), p("multiplication.bias", n)
    u, update = p("multiplication.recurrentWeights", n, n), p.gate("update")
    last = p.linear("candidate", n, n, bias=False) if deep else None

    def step(x, h):
        a = np.tanh(u @ ((w @ x + b) * h))
        z = np.clip(0.2 * update(x, h) + 0.5, 0, 1)
        return (1 - z) * h + z * (s(last(a * h)) if deep else softplus(a * h))

    return simple(step, xs)


@cell("layer-norm-gru")
def layer_norm_gru(p, xs):
    w, u = p("input.weights", 3 * n, d), p("recurrent.weights", 3 * n, n)
    gw, b = p("inputNorm.gain", 3 * n), p("inputNorm.bias", 3 * n)
    gu, bh = p("recurrentNorm.gain", 3 * n), p("recurrentBias", n)

    def step(x, h):
        ar, az, ac = np.split(layer_norm(w @ x, gw, b), 3)
        br, bz, bc = np.split(layer_norm(u @ h, gu), 3)
        r, z = s(ar + br), s(az + bz)
        return z * h + (1 - z) * np.tanh(ac + r * (bc + bh))

    return simple(step, xs)


@cell("goru")
def goru(p, xs):
    reset, update, candidate = p.gate("reset"), p.gate("update"), p.linear("candidate", bias=False)
    q, b = reflections(p("reflections", 4, n)), p("bias", n)

    def step(x, h):
        r, g = s(reset(x, h)), s(update(x, h))
        return g * h + (1 - g) * mod_relu(r * (q @ h) + candidate(x), b)

    return simple(step, xs)


@cell("cfc")
def cfc(p, xs):
    backbone = p.gate("backbone")
    first, second, slope, offset = (p.linear(k, n, n) for k in ["first", "second", "timeSlope", "timeOffset"])

    def step(x, h):
        u = np.tanh(backbone(x, h))
        k = s(slope(u) + offset(u))
        return np.tanh(first(u)) * (1 - k) + k * np.tanh(second(u))

    return simple(step, xs)


@cell("gru-d")
def gru_d(p, x, mean=np.zeros(d), intervals=None):
    gates = {k: p.gate(k, columns=2 * d) for k in ["reset", "update", "candidate"]}
    wx, bx = p("inputDecay.weights", d), p("inputDecayBias", d)
    wg, bg = p("stateDecay.weights", n, d), p("stateDecay.bias", n)
    h, last, out = np.zeros(n), mean.copy(), []
    delta, was_seen = np.zeros(d), np.ones(d)
    for t in range(len(x)):
        m = (~np.isnan(x[t])).astype(float)
        if intervals is None:
            delta = np.zeros(d) if t == 0 else 1 + (1 - was_seen) * delta
        else:
            delta = intervals[t] + (1 - was_seen) * delta if t else np.full(d, intervals[t])
        value = np.where(m == 1, x[t], 0)
        gx, gh = np.exp(-relu(wx * delta + bx)), np.exp(-relu(wg @ delta + bg))
        seen = np.concatenate([m * value + (1 - m) * (gx * last + (1 - gx) * mean), m])
        k = gh * h
        r, z = s(gates["reset"](seen, k)), s(gates["update"](seen, k))
        h = (1 - z) * k + z * np.tanh(gates["candidate"](seen, r * k))
        last, was_seen = np.where(m == 1, value, last), m
        out.append(h)
    return out

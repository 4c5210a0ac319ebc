"""Cells that are linear in their state or elementwise in it, and cells with a matrix for their state."""
import numpy as np
from common import *


@cell("t-rnn")
def t_rnn(p, xs):
    candidate, forget = p.linear("candidate", bias=False), p.linear("forget")

    def step(x, h):
        f = s(forget(x))
        return f * h + (1 - f) * candidate(x)

    return simple(step, xs)


@cell("sru", sees_memory=True)
@cell("sru-1", sees_memory=False)
def sru(p, xs, sees_memory):
    candidate, forget, highway = p.linear("candidate", bias=False), p.linear("forget"), p.linear("highway")
    projection = p.linear("projection", bias=False)
    vf, vr = (p(k + "Peephole.weights", n) if sees_memory else 0 for k in ["forget", "highway"])

    def step(x, _, c):
        f, r = s(forget(x) + vf * c), s(highway(x) + vr * c)
        c = f * c + (1 - f) * candidate(x)
        return r * c + (1 - r) * projection(x), c

    return memory(step, xs)


def positive(a):
    return np.where(a >= 0, a + 0.5, s(a))


@cell("min-gru")
def min_gru(p, xs):
    update, candidate = p.linear("update", bias=False), p.linear("candidate", bias=False)
    return simple(lambda x, h: (1 - s(update(x))) * h + s(update(x)) * positive(candidate(x)), xs)


@cell("min-lstm")
def min_lstm(p, xs):
    forget, input, candidate = (p.linear(k, bias=False) for k in ["forget", "input", "candidate"])

    def step(x, h):
        f, i = s(forget(x)), s(input(x))
        return (f * h + i * positive(candidate(x))) / (f + i)

    return simple(step, xs)


def pairs(xs):
    """Each input with the one before it."""
    return [np.concatenate([x, before]) for x, before in zip(xs, [np.zeros(d), *xs])]


@cell("t-gru", lstm=False)
@cell("t-lstm", lstm=True)
def typed(p, xs, lstm):
    candidate, forget, output = (p.linear(k, n, 2 * d, bias=False) for k in ["candidate", "forget", "output"])

    def step(u, h, c):
        z, f, o = candidate(u), s(forget(u)), np.tanh(output(u))
        c = f * c + (1 - f) * z if lstm else f * c + z * o
        return c * o if lstm else c, c

    return memory(step, pairs(xs))


@cell("qrnn-f", gates="f")
@cell("qrnn-fo", gates="fo")
@cell("qrnn-ifo", gates="ifo")
def qrnn(p, xs, gates):
    candidate, forget = (p.linear(k, n, 2 * d, bias=False) for k in ["candidate", "forget"])
    output = p.linear("output", n, 2 * d, bias=False) if "o" in gates else None
    input = p.linear("input", n, 2 * d, bias=False) if "i" in gates else None

    def step(u, h, c):
        f = s(forget(u))
        c = f * c + (s(input(u)) if input else 1 - f) * np.tanh(candidate(u))
        return s(output(u)) * c if output else c, c

    return memory(step, pairs(xs))


@cell("lru")
def lru(p, xs):
    nu, theta, gamma = p("decay", n), p("angle", n), p("gain", n)
    b = p("inputReal.weights", n, d) + 1j * p("inputImaginary.weights", n, d)
    c = p("outputReal.weights", n, n) + 1j * p("outputImaginary.weights", n, n)
    skip = p("skip.weights", n, d)
    h, out = np.zeros(n, complex), []
    for x in xs:
        h = np.exp(-np.exp(nu) + 1j * np.exp(theta)) * h + np.exp(gamma) * (b @ x)
        out.append((c @ h).real + skip @ x)
    return out


def silu(a):
    return a * s(a)


@cell("hgrn")
def hgrn(p, xs):
    forget, input, output = (p.linear(k, bias=False) for k in ["forget", "input", "output"])
    w = p("gain.weights", n)
    h, out = np.zeros(n), []
    for x in xs:
        f = s(forget(x))
        h = f * h + (1 - f) * silu(input(x))
        out.append(w * h / np.sqrt((h**2).mean() + 1e-5) * silu(output(x)))
    return out


@cell("mamba")
def mamba(p, xs):
    project, step = p.linear("input", bias=False), p.linear("timeStep", n, n)
    write, read = p.linear("writing", 16, n, bias=False), p.linear("reading", 16, n, bias=False)
    a, skip = -np.exp(p("logRates", n, 16)), p("skip.weights", n)
    h, out = np.zeros((n, 16)), []
    for x in xs:
        u = project(x)
        dt = softplus(step(u))
        h = np.exp(dt[:, None] * a) * h + np.outer(dt * u, write(u))
        out.append(h @ read(u) + skip * u)
    return out


def projections(p):
    return (p.linear(k, bias=False) for k in ["query", "key", "value"])


@cell("linear-attention", g=1.0)
@cell("retention", g=1 - 2.0**-5)
def linear_attention(p, xs, g):
    query, key, value = projections(p)
    S, out = np.zeros((n, n)), []
    for x in xs:
        S = g * S + np.outer(key(x), value(x))
        out.append(S.T @ query(x) / np.sqrt(n))
    return out


@cell("gated-linear-attention")
def gated_linear_attention(p, xs):
    query, key, value = projections(p)
    forget = p.linear("forget")
    S, out = np.zeros((n, n)), []
    for x in xs:
        S = np.diag(s(forget(x)) ** (1 / 16)) @ S + np.outer(key(x), value(x))
        out.append(S.T @ query(x) / np.sqrt(n))
    return out


@cell("rwkv")
def rwkv(p, xs):
    query, key, value = projections(p)
    decay, u = p.linear("decay"), p("bonus.weights", n)
    S, out = np.zeros((n, n)), []
    for x in xs:
        pair = np.outer(key(x), value(x))
        out.append((S + np.diag(u) @ pair).T @ query(x) / np.sqrt(n))
        S = np.diag(np.exp(-np.exp(decay(x)))) @ S + pair
    return out


@cell("deltanet", gated=False)
@cell("gated-deltanet", gated=True)
def deltanet(p, xs, gated):
    query, key, value = projections(p)
    replacement = p.linear("replacement", 1, bias=False)
    if gated:
        forget, rate = p.linear("forget", 1), p("rate")
    unit = lambda a: silu(a) / np.sqrt((silu(a) ** 2).sum() + 1e-6)
    S, out = np.zeros((n, n)), []
    for x in xs:
        q, k, v = unit(query(x)), unit(key(x)), silu(value(x))
        if gated:
            S = np.exp(-np.exp(rate) * softplus(forget(x)[0])) * S
        S = S + np.outer(k, s(replacement(x)[0]) * (v - S.T @ k))
        out.append(S.T @ q / np.sqrt(n))
    return out


@cell("mlstm")
def mlstm(p, xs):
    query, key, value = projections(p)
    input, forget, output = p.linear("input", 1), p.linear("forget", 1), p.linear("output")
    C, u, m, out = np.zeros((n, n)), np.zeros(n), 0.0, []
    for x in xs:
        q, k, v = query(x), key(x) / np.sqrt(n), value(x)
        kept, i = np.log(s(forget(x)[0])) + m, input(x)[0]
        m = max(kept, i)
        C = np.exp(kept - m) * C + np.exp(i - m) * np.outer(v, k)
        u = np.exp(kept - m) * u + np.exp(i - m) * k
        out.append(s(output(x)) * (C @ q / max(abs(u @ q), np.exp(-m))))
    return out

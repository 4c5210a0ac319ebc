"""The long short-term memory and its relatives."""
import numpy as np
from common import *
from ungated import mi_gate

IFGO = ["input", "forget", "candidate", "output"]


@cell("lstm")
@cell("lstm-1997", without="forget")
@cell("mi-lstm", make=mi_gate)
def lstm(p, xs, without=None, make=Parameters.gate):
    gates = {k: make(p, k) for k in IFGO if k != without}

    def step(x, h, c):
        i, f, o = (s(gates[k](x, h)) if k in gates else 1 for k in ["input", "forget", "output"])
        c = f * c + i * np.tanh(gates["candidate"](x, h))
        return o * np.tanh(c), c

    return memory(step, xs)


@cell("lstm-peephole")
@cell("lstm-peephole-old-memory", old=True)
@cell("lstm-peephole-full", full=True)
@cell("lstm-nig", without="input")
@cell("lstm-nfg", without="forget")
@cell("lstm-nog", without="output")
@cell("lstm-niaf", candidate=lambda a: a)
@cell("lstm-noaf", squash=lambda a: a)
@cell("lstm-cifg", without="forget", coupled=True)
@cell("residual-lstm", residual=True)
def peephole(p, xs, without=None, candidate=np.tanh, squash=np.tanh, coupled=False, old=False, full=False,
             residual=False):
    gates = {k: p.gate(k) for k in IFGO if k != without}
    if full:
        peeps = {k: p.linear(k + "Peephole", n, n, bias=False) for k in gates if k != "candidate"}
    else:
        vectors = {k: p(k + ".peephole.weights", n) for k in gates if k != "candidate"}
        peeps = {k: lambda c, v=v: v * c for k, v in vectors.items()}
    if residual:
        projection, shortcut = p.linear("projection", n, n, bias=False), p.linear("shortcut", bias=False)

    def step(x, h, c):
        gate = lambda k, c: s(gates[k](x, h) + peeps[k](c)) if k in gates else 1.0
        i, f = gate("input", c), gate("forget", c)
        new = (1 - i if coupled else f) * c + i * candidate(gates["candidate"](x, h))
        o = gate("output", c if old else new)
        return o * (projection(np.tanh(new)) + shortcut(x) if residual else squash(new)), new

    return memory(step, xs)


@cell("lstm-fgr")
def full_gate(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    kinds = ["input", "forget", "output"]
    peeps = {k: p(k + ".peephole.weights", n) for k in kinds}
    recurrence = {k: p.linear(k + "Recurrence", n, 3 * n, bias=False) for k in kinds}
    h, c, old, out = np.zeros(n), np.zeros(n), np.zeros(3 * n), []
    for x in xs:
        sums = {k: gates[k](x, h) + (recurrence[k](old) if k in recurrence else 0) for k in IFGO}
        i, f = s(sums["input"] + peeps["input"] * c), s(sums["forget"] + peeps["forget"] * c)
        c = f * c + i * np.tanh(sums["candidate"])
        o = s(sums["output"] + peeps["output"] * c)
        h, old = o * np.tanh(c), np.concatenate([i, f, o])
        out.append(h)
    return out


@cell("lstm-projected")
def projected(p, xs):
    r = n // 2
    gates = {k: p.gate(k, states=r) for k in IFGO}
    projection = p.linear("projection", r, n, bias=False)
    h, c, out = np.zeros(r), np.zeros(n), []
    for x in xs:
        i, f, o = (s(gates[k](x, h)) for k in ["input", "forget", "output"])
        c = f * c + i * np.tanh(gates["candidate"](x, h))
        h = projection(o * np.tanh(c))
        out.append(h)
    return out


@cell("memory-controller-lstm")
def memory_controller(p, xs):
    gates = {k: p.gate(k) for k in IFGO + ["controller"]}
    v, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        i, f, o, m = (s(gates[k](x, v)) for k in ["input", "forget", "output", "controller"])
        c = f * c + i * np.tanh(gates["candidate"](x, v))
        v = m * np.tanh(c)
        out.append(o * np.tanh(c))
    return out


@cell("janet")
def janet(p, xs):
    forget, candidate = p.gate("forget"), p.gate("candidate")

    def step(x, h):
        a = forget(x, h)
        return s(a) * h + (1 - s(a - 1)) * np.tanh(candidate(x, h))

    return simple(step, xs)


@cell("multiplicative-lstm")
def multiplicative(p, xs):
    w, u = p("factor.inputWeights", n, d), p("factor.recurrentWeights", n, n)
    gates = {k: p.gate(k) for k in IFGO}

    def step(x, h, c):
        m = (w @ x) * (u @ h)
        i, f, o = (s(gates[k](x, m)) for k in ["input", "forget", "output"])
        c = f * c + i * np.tanh(gates["candidate"](x, m))
        return o * np.tanh(c), c

    return memory(step, xs)


def light_gate(p, name, terms):
    u = p(name + ".recurrentWeights", n, n) if "U" in terms else np.zeros((n, n))
    b = p(name + ".bias", n) if "b" in terms else np.zeros(n)
    return lambda x, h: u @ h + b


@cell("slim-lstm-1", terms="Ub")
@cell("slim-lstm-2", terms="U")
@cell("slim-lstm-3", terms="b")
def slim(p, xs, terms):
    candidate = p.gate("candidate")
    i, f, o = (light_gate(p, k, terms) for k in ["input", "forget", "output"])

    def step(x, h, c):
        c = s(f(x, h)) * c + s(i(x, h)) * np.tanh(candidate(x, h))
        return s(o(x, h)) * np.tanh(c), c

    return memory(step, xs)


@cell("layer-norm-lstm", recurrent=False)
@cell("layer-norm-lstm-recurrent", recurrent=True)
def layer_norm_joint(p, xs, recurrent):
    w, u = p("input.weights", 4 * n, d), p("recurrent.weights", 4 * n, n)
    gw, gu, b = p("inputNorm.gain", 4 * n), p("recurrentNorm.gain", 4 * n), p("bias", 4 * n)
    gc, bc = p("memoryNorm.gain", n), p("memoryNorm.bias", n)

    def step(x, h, c):
        i, f, g, o = np.split(layer_norm(w @ x, gw) + layer_norm(u @ h, gu) + b, 4)
        c = s(f) * c + s(i) * np.tanh(g)
        normal = layer_norm(c, gc, bc)
        return s(o) * np.tanh(normal), normal if recurrent else c

    return memory(step, xs)


@cell("layer-norm-lstm-per-gate", sees_norm=True)
@cell("layer-norm-lstm-rnmt", sees_norm=False)
def layer_norm_per_gate(p, xs, sees_norm):
    gates = [p.gate(f"gates.{k}", bias=False) for k in range(4)]
    norms = [(p(f"norms.{k}.gain", n), p(f"norms.{k}.bias", n)) for k in range(4)]
    gc, bc = p("memoryNorm.gain", n), p("memoryNorm.bias", n)

    def step(x, h, c):
        i, f, g, o = (layer_norm(gate(x, h), *norm) for gate, norm in zip(gates, norms))
        new = s(f) * c + s(i) * np.tanh(g)
        normal = layer_norm(new, gc, bc)
        return s(o) * np.tanh(normal if sees_norm else new), normal

    return memory(step, xs)


def diagonal_gate(p, name):
    project, u = p.linear(name + ".input"), p(name + ".recurrent.weights", n)
    return lambda x, h: project(x) + u * h


@cell("indy-lstm")
def indy(p, xs):
    return lstm(p, xs, make=diagonal_gate)


@cell("elstm")
def elstm(p, xs):
    forget, candidate, output = diagonal_gate(p, "forget"), diagonal_gate(p, "candidate"), p.gate("output")
    c, out = np.zeros(n), []
    for x in xs:
        f = s(forget(x, c))
        c = f * c + (1 - f) * np.tanh(candidate(x, c))
        out.append(s(output(x, c)) * c)
    return out


@cell("nas-cell")
def nas(p, xs):
    w = [p(f"nodes.{k}.inputWeights", n, d) for k in range(8)]
    u = [p(f"nodes.{k}.recurrentWeights", n, n) for k in range(8)]

    def step(x, h, c):
        i, m = [a @ x for a in w], [a @ h for a in u]
        a0, a2, a5, a7 = (s(i[k] + m[k]) for k in [0, 2, 5, 7])
        a1, a3 = relu(i[1] + m[1]), relu(i[3] * m[3])
        a4, a6 = np.tanh(i[4] + m[4]), np.tanh(i[6] + m[6])
        l0 = np.tanh(np.tanh(a0 * a1) + c)
        l1, l2, l3 = np.tanh(a2 + a3), np.tanh(a4 * a5), s(a6 + a7)
        c = l0 * l1
        return np.tanh(c * np.tanh(l2 + l3)), c

    return memory(step, xs)


@cell("nested-lstm")
def nested(p, xs):
    outer = {k: p.gate("outer." + k) for k in IFGO}
    inner = {k: p.gate("inner." + k, columns=n) for k in IFGO}
    h, c, m, out = np.zeros(n), np.zeros(n), np.zeros(n), []
    for x in xs:
        i, f, o = (s(outer[k](x, h)) for k in ["input", "forget", "output"])
        xb, hb = i * outer["candidate"](x, h), f * c
        i2, f2, o2 = (s(inner[k](xb, hb)) for k in ["input", "forget", "output"])
        m = f2 * m + i2 * np.tanh(inner["candidate"](xb, hb))
        c = o2 * np.tanh(m)
        h = o * np.tanh(c)
        out.append(h)
    return out


@cell("working-memory-lstm")
def working_memory(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    m = {k: p.linear(k + "Memory", n, n, bias=False) for k in ["input", "forget", "output"]}

    def step(x, h, c):
        i, f = (s(gates[k](x, h) + np.tanh(m[k](c))) for k in ["input", "forget"])
        c = f * c + i * np.tanh(gates["candidate"](x, h))
        return s(gates["output"](x, h) + np.tanh(m["output"](c))) * np.tanh(c), c

    return memory(step, xs)


@cell("mogrifier-lstm")
def mogrifier(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    rounds = [p.linear(f"rounds.{k}", *((d, n) if k % 2 == 0 else (n, d)), bias=False) for k in range(5)]

    def step(x, h, c):
        for k, round in enumerate(rounds):
            if k % 2 == 0:
                x = 2 * s(round(h)) * x
            else:
                h = 2 * s(round(x)) * h
        i, f, o = (s(gates[k](x, h)) for k in ["input", "forget", "output"])
        c = f * c + i * np.tanh(gates["candidate"](x, h))
        return o * np.tanh(c), c

    return memory(step, xs)


@cell("slstm")
def slstm(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    h, c, norm, m, out = np.zeros(n), np.zeros(n), np.zeros(n), None, []
    for x in xs:
        i, f, g, o = (gates[k](x, h) for k in IFGO)
        kept = np.log(s(f)) + m if m is not None else np.full(n, -np.inf)
        m = np.maximum(kept, i)
        i, f = np.exp(i - m), np.exp(kept - m)
        c, norm = f * c + i * np.tanh(g), f * norm + i
        h = s(o) * c / norm
        out.append(h)
    return out


@cell("ordered-neurons-lstm")
def ordered_neurons(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    masters = {k: p.gate("master" + k, rows=n // 2) for k in ["Input", "Forget"]}

    def cumax(a):
        e = np.exp(a - a.max())
        return np.repeat(np.cumsum(e / e.sum()), 2)

    def step(x, h, c):
        F, I = cumax(masters["Forget"](x, h)), 1 - cumax(masters["Input"](x, h))
        i, f, o = (s(gates[k](x, h)) for k in ["input", "forget", "output"])
        w = F * I
        c = (f * w + (F - w)) * c + (i * w + (I - w)) * np.tanh(gates["candidate"](x, h))
        return o * np.tanh(c), c

    return memory(step, xs)


@cell("phased-lstm")
def phased(p, xs):
    gates = {k: p.gate(k) for k in IFGO}
    tau, shift, r = p("period", n), p("shift", n), 0.05
    h, c, out = np.zeros(n), np.zeros(n), []
    for t, x in enumerate(xs):
        i, f, o = (s(gates[k](x, h)) for k in ["input", "forget", "output"])
        new = f * c + i * np.tanh(gates["candidate"](x, h))
        phi = np.mod(t - shift, tau) / tau
        k = np.where(phi < r / 2, 2 * phi / r, np.where(phi < r, 2 - 2 * phi / r, 0.001 * phi))
        h, c = k * (o * np.tanh(new)) + (1 - k) * h, k * new + (1 - k) * c
        out.append(h)
    return out

"""Golden values of cells that came to the catalogue later, written out in NumPy from the papers' equations.

    python3 catalog_additions.py catalog.json    puts their entries into the file
    python3 catalog_additions.py > gru-d.json    a GRU-D with missing values and intervals

Parameter number k, counted through all parameters in the order of the entry, is 0.4 sin(1.7 (k + 1)); input number k is
0.5 cos(0.9 k + 0.3).
"""
import json
import sys
import numpy as np

d, n, T = 3, 4, 4
s = lambda a: 1 / (1 + np.exp(-a))
relu = lambda a: np.maximum(a, 0)


class Parameters:
    def __init__(self):
        self.k, self.order, self.shapes = 0, [], []

    def __call__(self, name, *shape):
        count = int(np.prod(shape))
        values = 0.4 * np.sin(1.7 * (np.arange(self.k, self.k + count) + 1))
        self.k += count
        self.order.append(name)
        self.shapes.append(list(shape))
        return values.reshape(shape)


def inputs(T, d):
    return (0.5 * np.cos(0.9 * np.arange(T * d) + 0.3)).reshape(T, d)


def entry(p, outputs):
    return {"d": d, "n": n, "T": T, "params": p.k, "order": p.order, "shapes": p.shapes,
            "y_all": [list(map(float, y)) for y in outputs]}


def layer_norm(a, gain, bias=0.0):
    centered = a - a.mean()
    return gain * centered / np.sqrt((centered**2).mean() + 1e-5) + bias


def ctrnn():
    p = Parameters()
    w, u = p("weights.inputWeights", n, d), p("weights.recurrentWeights", n, n)
    b, rate = p("bias", n), p("rate", n)
    v, out = np.zeros(n), []
    for x in inputs(T, d):
        v = v + s(rate) * (-v + w @ x + u @ s(v + b))
        out.append(s(v + b))
    return entry(p, out)


def gru_d(x, mean, intervals=None):
    p = Parameters()
    gates = {}
    for k in ["reset", "update", "candidate"]:
        gates[k] = (p(k + ".inputWeights", n, 2 * d), p(k + ".recurrentWeights", n, n), p(k + ".bias", n))
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
        filled = m * value + (1 - m) * (gx * last + (1 - gx) * mean)
        k = gh * h
        def gate(name, h):
            w, u, b = gates[name]
            return w[:, :d] @ filled + w[:, d:] @ m + u @ h + b
        r, z = s(gate("reset", k)), s(gate("update", k))
        h = (1 - z) * k + z * np.tanh(gate("candidate", r * k))
        last, was_seen = np.where(m == 1, value, last), m
        out.append(h)
    return p, out


def layer_norm_joint():
    p = Parameters()
    w, u = p("input.weights", 4 * n, d), p("recurrent.weights", 4 * n, n)
    gw, gu, b = p("inputNorm.gain", 4 * n), p("recurrentNorm.gain", 4 * n), p("bias", 4 * n)
    gc, bc = p("memoryNorm.gain", n), p("memoryNorm.bias", n)
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in inputs(T, d):
        i, f, g, o = np.split(layer_norm(w @ x, gw) + layer_norm(u @ h, gu) + b, 4)
        c = layer_norm(s(f) * c + s(i) * np.tanh(g), gc, bc)
        h = s(o) * np.tanh(c)
        out.append(h)
    return entry(p, out)


def layer_norm_rnmt():
    p = Parameters()
    gates = [(p(f"gates.{k}.inputWeights", n, d), p(f"gates.{k}.recurrentWeights", n, n)) for k in range(4)]
    norms = [(p(f"norms.{k}.gain", n), p(f"norms.{k}.bias", n)) for k in range(4)]
    gc, bc = p("memoryNorm.gain", n), p("memoryNorm.bias", n)
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in inputs(T, d):
        i, f, g, o = (layer_norm(w @ x + u @ h, *norm) for (w, u), norm in zip(gates, norms))
        memory = s(f) * c + s(i) * np.tanh(g)
        h, c = s(o) * np.tanh(memory), layer_norm(memory, gc, bc)
        out.append(h)
    return entry(p, out)


def gate(p, name):
    return p(name + ".inputWeights", n, d), p(name + ".recurrentWeights", n, n), p(name + ".bias", n)


def peephole(is_full):
    p = Parameters()
    gates, peepholes = {}, {}
    if is_full:
        for k in ["input", "forget", "candidate", "output"]:
            gates[k] = gate(p, k)
        for k in ["input", "forget", "output"]:
            matrix = p(k + "Peephole.weights", n, n)
            peepholes[k] = lambda c, matrix=matrix: matrix @ c
    else:
        gates["candidate"] = gate(p, "candidate")
        for k in ["input", "forget", "output"]:
            gates[k] = gate(p, k)
            vector = p(k + ".peephole.weights", n)
            peepholes[k] = lambda c, vector=vector: vector * c
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in inputs(T, d):
        def sum(k):
            w, u, b = gates[k]
            return w @ x + u @ h + b
        i, f = (s(sum(k) + peepholes[k](c)) for k in ["input", "forget"])
        new = f * c + i * np.tanh(sum("candidate"))
        o = s(sum("output") + peepholes["output"](new if is_full else c))
        h, c = o * np.tanh(new), new
        out.append(h)
    return entry(p, out)


def mgu_reset_after():
    p = Parameters()
    wf, uf, bf = gate(p, "forget")
    (wc, uc, bc), bh = gate(p, "candidate"), p("candidate.recurrentBias", n)
    h, out = np.zeros(n), []
    for x in inputs(T, d):
        f = s(wf @ x + uf @ h + bf)
        h = f * h + (1 - f) * np.tanh(wc @ x + bc + f * (uc @ h + bh))
        out.append(h)
    return entry(p, out)


if len(sys.argv) > 1:
    with open(sys.argv[1]) as file:
        catalog = json.load(file)
    catalog |= {"ctrnn": ctrnn(), "gru-d": entry(*gru_d(inputs(T, d), np.zeros(d))),
                "layer-norm-lstm-recurrent": layer_norm_joint(), "layer-norm-lstm-rnmt": layer_norm_rnmt(),
                "lstm-peephole-old-memory": peephole(False), "lstm-peephole-full": peephole(True),
                "mgu-reset-after": mgu_reset_after()}
    with open(sys.argv[1], "w") as file:
        file.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in catalog.items()) + "\n}\n")
else:
    # A value is missing where (5 k + t) mod 3 is 0; the first column is missing from the start.
    x = inputs(6, d)
    for t in range(6):
        for k in range(d):
            if (5 * k + t) % 3 == 0:
                x[t, k] = np.nan
    mean = np.array([0.1, -0.2, 0.3])
    times = 0.5 + 0.25 * np.arange(6)
    p, plain = gru_d(x, mean)
    _, timed = gru_d(x, mean, times)
    print(json.dumps({"order": p.order, "shapes": p.shapes, "y_all": np.array(plain).tolist(),
                      "y_timed": np.array(timed).tolist()}))

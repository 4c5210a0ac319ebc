"""Values of cells in wrappers, written out in NumPy from the papers' equations: python3 wrappers.py > wrappers.json

Parameter number k, counted through all parameters in the order of `names`, is 0.4 sin(1.7 (k + 1)), gains of weight norm
1 + that; input number k is 0.5 cos(0.9 k + 0.3).
"""
import json
import numpy as np

d, n, T, B, eps = 3, 4, 5, 3, 1e-5
x = (0.5 * np.cos(0.9 * np.arange(T * B * d) + 0.3)).reshape(T, B, d)
s = lambda a: 1 / (1 + np.exp(-a))


class Parameters:
    def __init__(self):
        self.k, self.names, self.shapes = 0, [], []

    def __call__(self, name, *shape, offset=0.0):
        count = int(np.prod(shape))
        values = 0.4 * np.sin(1.7 * (np.arange(self.k, self.k + count) + 1)) + offset
        self.k += count
        self.names.append(name)
        self.shapes.append(list(shape))
        return values.reshape(shape)

    def gate(self, name):
        return [self(f"{name}.inputWeights", n, d), self(f"{name}.recurrentWeights", n, n), self(f"{name}.bias", n)]


def layer_norm(a, gain, bias=0.0):
    centered = a - a.mean(-1, keepdims=True)
    return gain * centered / np.sqrt((centered**2).mean(-1, keepdims=True) + eps) + bias


def lstm(gates, sums, state=lambda h, c: (h, c)):
    """gates: names i, f, g, o; sums(t, k, x, h) is the pre-activation of gate k."""
    h, c, out = np.zeros((B, n)), np.zeros((B, n)), []
    for t in range(T):
        i, f, g, o = (sums(t, k, x[t], h) for k in range(4))
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
        h, c = state(h, c)
        out.append(h)
    return out


results = {}


def add(name, p, outputs, **more):
    results[name] = dict(names=p.names, shapes=p.shapes, outputs=np.array(outputs).tolist(), **more)


gate_names = ["input", "forget", "candidate", "output"]

# Layer norm of the products.
p = Parameters()
gates = [p.gate(k) for k in gate_names]
gains = [[p(f"norms.{k}.{w}.gain", n) for w in ["inputWeights", "recurrentWeights"]] for k in gate_names]
add("layer norm of products, lstm", p, lstm(gates, lambda t, k, x, h: layer_norm(x @ gates[k][0].T, gains[k][0])
    + layer_norm(h @ gates[k][1].T, gains[k][1]) + gates[k][2]))

# Layer norm of the sums.
p = Parameters()
gates = [p.gate(k) for k in gate_names]
gains = [p(f"norms.{k}.gain", n) for k in gate_names]
add("layer norm of sums, lstm", p, lstm(gates, lambda t, k, x, h:
    layer_norm(x @ gates[k][0].T + h @ gates[k][1].T, gains[k]) + gates[k][2]))

# Layer norm of the states.
p = Parameters()
gates = [p.gate(k) for k in gate_names]
norms = [[p(f"norms.{k}.{w}", n) for w in ["gain", "bias"]] for k in range(2)]
add("layer norm of states, lstm", p, lstm(
    gates, lambda t, k, x, h: x @ gates[k][0].T + h @ gates[k][1].T + gates[k][2],
    lambda h, c: (layer_norm(h, *norms[0]), layer_norm(c, *norms[1]))))

# Multiplicative integration.
p = Parameters()
gates = [p.gate(k) for k in gate_names]
mi = [[p(f"integrations.{k}.{w}", n) for w in ["product", "recurrentScale", "inputScale"]] for k in gate_names]
add("multiplicative integration, lstm", p, lstm(gates, lambda t, k, x, h: mi[k][0] * (x @ gates[k][0].T) * (h @ gates[k][1].T)
    + mi[k][1] * (h @ gates[k][1].T) + mi[k][2] * (x @ gates[k][0].T) + gates[k][2]))

# Weight norm.
normalized = lambda v, g: g * v / np.sqrt((v**2).sum(1, keepdims=True))
p = Parameters()
gates = [p.gate(k) for k in gate_names]
for gate, k in zip(gates, gate_names):
    gate[0] = normalized(gate[0], p(f"gains.{k}.inputWeights", n, 1, offset=1.0))
    gate[1] = normalized(gate[1], p(f"gains.{k}.recurrentWeights", n, 1, offset=1.0))
add("weight norm, lstm", p, lstm(gates, lambda t, k, x, h: x @ gates[k][0].T + h @ gates[k][1].T + gates[k][2]))

# Weight norm of the antisymmetric network, whose weights are computed from parameters.
p = Parameters()
w, b, u = p("input.weights", n, d), p("input.bias", n), p("recurrentWeights", n, n)
w = normalized(w, p("gains.input.weights", n, 1, offset=1.0))
u = normalized(u, p("gains.recurrentWeights", n, 1, offset=1.0))
h, out = np.zeros((B, n)), []
for t in range(T):
    h = h + 0.1 * np.tanh(h @ (u - u.T - 0.01 * np.eye(n)).T + x[t] @ w.T + b)
    out.append(h)
add("weight norm, antisymmetric", p, out)

# Batch norm: two training passes, on x and on 2 x, and evaluations on 0.7 x for more steps than were trained on.
p = Parameters()
gates = [p.gate(k) for k in gate_names]
weights = ["inputWeights", "recurrentWeights"]
gains = [[p(f"norms.{k}.{w}.gain", n) for w in weights] for k in gate_names]
momentum, steps = 0.3, 4
means, variances = np.zeros((4, 2, steps, n)), np.ones((4, 2, steps, n))
seen = 0


def batch_norm(a, gain, mean, variance):
    return gain * (a - mean) / np.sqrt(variance + eps)


def pass_over(xs, is_training):
    global seen
    h, c, out = np.zeros((B, n)), np.zeros((B, n)), []
    for t in range(len(xs)):
        pre = []
        for k in range(4):
            total = gates[k][2]
            for which, product in enumerate([xs[t] @ gates[k][0].T, h @ gates[k][1].T]):
                if is_training:
                    mean, variance = product.mean(0), product.var(0)
                    row, share = min(t, steps - 1), momentum if t < seen or t >= steps else 1.0
                    means[k, which, row] += share * (mean - means[k, which, row])
                    variances[k, which, row] += share * (product.var(0, ddof=1) - variances[k, which, row])
                else:
                    row = min(t, max(seen, 1) - 1)
                    mean, variance = means[k, which, row], variances[k, which, row]
                total = total + batch_norm(product, gains[k][which], mean, variance)
            pre.append(total)
        i, f, g, o = pre
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
        out.append(h)
    if is_training:
        seen = max(seen, min(len(xs), steps))
    return out


untrained = pass_over(0.7 * x, False)
first = pass_over(x[:2], True)
short = pass_over(0.7 * x, False)
second = pass_over(2 * x, True)
add("batch norm, lstm", p, first, untrained=np.array(untrained).tolist(), short=np.array(short).tolist(),
    second=np.array(second).tolist(), evaluated=np.array(pass_over(0.7 * x, False)).tolist(),
    means=means.tolist(), variances=variances.tolist())

print(json.dumps(results))

"""What the golden values of the catalogue's cells are computed with."""
import numpy as np

d, n, T = 3, 4, 4
cells = {}


def s(a):
    return 1 / (1 + np.exp(-a))


def relu(a):
    return np.maximum(a, 0)


def softplus(a):
    return np.log1p(np.exp(a))


def filling(first, count):
    return 0.4 * np.sin(1.7 * (np.arange(first, first + count) + 1))


def inputs(T, d):
    return (0.5 * np.cos(0.9 * np.arange(T * d) + 0.3)).reshape(T, d)


class Parameters:
    """Parameters by name: those of an entry in its order, new ones in the order in which they are asked for."""

    def __init__(self, entry=None):
        self.k, self.order, self.shapes, self.values, self.used = 0, [], [], {}, set()
        for name, shape in zip(entry["order"], entry["shapes"]) if entry else []:
            self.add(name, shape)

    def add(self, name, shape):
        count = int(np.prod(shape))
        self.values[name] = filling(self.k, count).reshape(shape)
        self.k += count
        self.order.append(name)
        self.shapes.append(list(shape))

    def __call__(self, name, *shape):
        if name not in self.values:
            self.add(name, shape)
        assert self.values[name].shape == shape, (name, shape, self.values[name].shape)
        self.used.add(name)
        return self.values[name]

    def linear(self, name, rows=n, columns=d, bias=True):
        w = self(name + ".weights", rows, columns)
        if not bias:
            return lambda x: w @ x
        b = self(name + ".bias", rows)
        return lambda x: w @ x + b

    def gate(self, name, rows=n, columns=d, states=n, bias=True):
        w, u = self(name + ".inputWeights", rows, columns), self(name + ".recurrentWeights", rows, states)
        b = self(name + ".bias", rows) if bias else 0
        return lambda x, h: w @ x + u @ h + b


def cell(name, **options):
    """Registers a function of parameters and inputs that gives the outputs."""

    def register(function):
        cells[name] = lambda p, x: function(p, x, **options)
        return function

    return register


def simple(step, xs, h=None):
    """Outputs of a cell whose state is its output."""
    h, out = np.zeros(n) if h is None else h, []
    for x in xs:
        h = step(x, h)
        out.append(h)
    return out


def memory(step, xs):
    """Outputs of a cell with an output and a memory."""
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        h, c = step(x, h, c)
        out.append(h)
    return out


def layer_norm(a, gain, bias=0.0):
    centered = a - a.mean()
    return gain * centered / np.sqrt((centered**2).mean() + 1e-5) + bias


def reflections(vs):
    """The product of the reflections at the rows, the first row's at the left."""
    q = np.eye(vs.shape[1])
    for v in vs:
        q = q @ (np.eye(len(v)) - 2 * np.outer(v, v) / (v @ v))
    return q


def exponential(a):
    """By eigenvectors, for an antisymmetric matrix: i a is Hermitian."""
    values, vectors = np.linalg.eigh(1j * a)
    return ((vectors * np.exp(-1j * values)) @ vectors.conj().T).real


def mod_relu(a, b):
    return relu(np.abs(a) + b) * np.sign(a)

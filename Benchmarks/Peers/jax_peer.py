"""JAX on a recurrent network: a scan over the cell, compiled as one training step.

The form `hoisted` takes the products with the inputs out of the scan by hand.
"""

import statistics

import measuring

case = measuring.case_from_arguments(__doc__, forms=["scan", "hoisted"])

import jax
import jax.numpy as jnp
import numpy
from jax.nn import sigmoid, softplus

if case.phase == "operation":
    raise SystemExit("jax_peer: no operation is measured")


# Each cell is what it makes of an input alone, and what it makes of that and its state.


def affine(weights, x):
    return x @ weights["w"] + weights["b"]


def lstm(weights, p, state):
    h, c = state
    i, f, g, o = jnp.split(p + h @ weights["u"], 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(c), c


def gru(weights, p, state):
    (h,) = state
    xr, xz, xn = jnp.split(p, 3, axis=-1)
    hr, hz, hn = jnp.split(h @ weights["u"] + weights["d"], 3, axis=-1)
    z = sigmoid(xz + hz)
    n = jnp.tanh(xn + sigmoid(xr + hr) * hn)
    return ((1 - z) * n + z * h,)


def elman(weights, p, state):
    return (jnp.tanh(p + state[0] @ weights["u"]),)


def novel_affine(weights, x):
    return tuple(x @ weights["w" + gate] + weights["b" + gate] for gate in "frcs")


def novel(weights, p, state):
    (h,) = state
    f = sigmoid(p[0] + h @ weights["uf"])
    r = sigmoid(p[1] + h @ weights["ur"])
    c = jnp.tanh(p[2] + (r * h) @ weights["uc"])
    s = softplus(p[3])
    return (f * h + (1 - f) * c * s / (1 + s),)


n, d = case.hidden, case.input
if case.cell == "novel":
    project, step, states = novel_affine, novel, 1
    shapes = {kind + gate: shape for gate in "frcs" for kind, shape in (("w", (d, n)), ("u", (n, n)), ("b", (n,)))}
    del shapes["us"]
else:
    step, states, gates = {"lstm": (lstm, 2, 4), "gru": (gru, 1, 3), "elman": (elman, 1, 1)}[case.cell]
    project = affine
    shapes = {"w": (d, gates * n), "u": (n, gates * n), "b": (gates * n,)}
    if case.cell == "gru":
        shapes["d"] = (gates * n,)


def outputs(weights, inputs):
    hoisted = case.form == "hoisted"

    def advance(state, x):
        state = step(weights, x if hoisted else project(weights, x), state)
        return state, state[0]

    start = (jnp.zeros((case.batch, n), jnp.float32),) * states
    return jax.lax.scan(advance, start, project(weights, inputs) if hoisted else inputs)[1]


def loss(weights, inputs, targets):
    return jnp.mean(jnp.square(outputs(weights, inputs) - targets))


def train_step(weights, inputs, targets):
    gradients = jax.grad(loss)(weights, inputs, targets)
    return jax.tree.map(lambda weight, gradient: weight - 1e-3 * gradient, weights, gradients)


def hessian_product(weights, vectors, inputs, targets):
    return jax.jvp(lambda weights: jax.grad(loss)(weights, inputs, targets), (weights,), (vectors,))[1]


# NumPy's numbers, since JAX would compile a program for each shape that it draws.
random = numpy.random.default_rng(1)


def normal(shape):
    return jnp.asarray(random.standard_normal(shape, numpy.float32))


weights = {
    name: jnp.asarray(random.uniform(-n ** -0.5, n ** -0.5, shape).astype(numpy.float32))
    for name, shape in shapes.items()
}
vectors = {name: normal(shape) for name, shape in shapes.items()}
inputs, targets = normal((case.time_steps, case.batch, d)), normal((case.time_steps, case.batch, n))
compiled = None


def compile_first():
    global compiled
    function, arguments = {
        "train_step": (train_step, (weights, inputs, targets)),
        "forward": (outputs, (weights, inputs)),
        "hessian_product": (hessian_product, (weights, vectors, inputs, targets)),
    }[case.phase]
    compiled = jax.jit(function).lower(*arguments).compile()


def run():
    global weights
    if case.phase == "train_step":
        weights = jax.block_until_ready(compiled(weights, inputs, targets))
    elif case.phase == "forward":
        jax.block_until_ready(compiled(weights, inputs))
    else:
        jax.block_until_ready(compiled(weights, vectors, inputs, targets))


more = {}
if case.phase == "hessian_product":
    gradient = jax.jit(jax.grad(loss))
    times = measuring.milliseconds(
        lambda: jax.block_until_ready(gradient(weights, inputs, targets)), case.budget)
    more["gradient_median_ms"] = round(statistics.median(times), 4)
measuring.measure("jax-scan" + ("-hoisted" if case.form == "hoisted" else ""), case, run, first=compile_first, **more)

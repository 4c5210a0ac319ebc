"""PyTorch on a recurrent network: what it has built in, cells in plain Python, and the same as TorchScript."""

import statistics
from typing import List

import measuring

case = measuring.case_from_arguments(__doc__, forms=["builtin", "eager", "script"])

import torch
from torch import Tensor
from torch.nn.functional import linear, mse_loss, softplus

torch.set_num_threads(case.threads)
torch.manual_seed(1)


# Cells over a whole sequence [time, batch, features], the way their equations are usually put down: gates that share
# their operands as one product where the cell is known, and one line an equation where it is new.


def lstm(xs: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tensor:
    h = torch.zeros([xs.size(1), u.size(1)])
    c = torch.zeros([xs.size(1), u.size(1)])
    hs: List[Tensor] = []
    for t in range(xs.size(0)):
        i, f, g, o = torch.chunk(linear(xs[t], w, b) + linear(h, u), 4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs)


def gru(xs: Tensor, w: Tensor, u: Tensor, b: Tensor, d: Tensor) -> Tensor:
    h = torch.zeros([xs.size(1), u.size(1)])
    hs: List[Tensor] = []
    for t in range(xs.size(0)):
        xr, xz, xn = torch.chunk(linear(xs[t], w, b), 3, 1)
        hr, hz, hn = torch.chunk(linear(h, u, d), 3, 1)
        z = torch.sigmoid(xz + hz)
        n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
        h = (1 - z) * n + z * h
        hs.append(h)
    return torch.stack(hs)


def elman(xs: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tensor:
    h = torch.zeros([xs.size(1), u.size(1)])
    hs: List[Tensor] = []
    for t in range(xs.size(0)):
        h = torch.tanh(linear(xs[t], w, b) + linear(h, u))
        hs.append(h)
    return torch.stack(hs)


def novel(
    xs: Tensor, wf: Tensor, uf: Tensor, bf: Tensor, wr: Tensor, ur: Tensor, br: Tensor, wc: Tensor, uc: Tensor,
    bc: Tensor, ws: Tensor, bs: Tensor
) -> Tensor:
    h = torch.zeros([xs.size(1), uf.size(1)])
    hs: List[Tensor] = []
    for t in range(xs.size(0)):
        x = xs[t]
        f = torch.sigmoid(linear(x, wf, bf) + linear(h, uf))
        r = torch.sigmoid(linear(x, wr, br) + linear(h, ur))
        c = torch.tanh(linear(x, wc, bc) + linear(r * h, uc))
        s = softplus(linear(x, ws, bs))
        h = f * h + (1 - f) * c * s / (1 + s)
        hs.append(h)
    return torch.stack(hs)


def parameters():
    """Weights for the cells above, drawn as PyTorch draws them."""
    n, d = case.hidden, case.input
    shapes = {
        "lstm": [(4 * n, d), (4 * n, n), (4 * n,)],
        "gru": [(3 * n, d), (3 * n, n), (3 * n,), (3 * n,)],
        "elman": [(n, d), (n, n), (n,)],
        "novel": [(n, d), (n, n), (n,)] * 3 + [(n, d), (n,)],
    }[case.cell]
    return [torch.empty(shape).uniform_(-n ** -0.5, n ** -0.5).requires_grad_() for shape in shapes]


def network():
    """The parameters, and the function from inputs to the outputs of all steps."""
    if case.form == "builtin":
        if case.cell == "novel":
            raise SystemExit("torch_peer: no novel cell is built in")
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[case.cell](case.input, case.hidden)
        return list(layer.parameters()), lambda xs: layer(xs)[0]
    weights = parameters()
    sequence = {"lstm": lstm, "gru": gru, "elman": elman, "novel": novel}[case.cell]
    if case.form == "script":
        sequence = torch.jit.script(sequence)
    return weights, lambda xs: sequence(xs, *weights)


def measure_network():
    weights, run = network()
    inputs = torch.randn(case.time_steps, case.batch, case.input)
    targets = torch.randn(case.time_steps, case.batch, case.hidden)
    optimizer = torch.optim.SGD(weights, lr=1e-3)

    def train_step():
        optimizer.zero_grad()
        mse_loss(run(inputs), targets).backward()
        optimizer.step()

    def forward():
        with torch.no_grad():
            run(inputs)

    vectors = [torch.randn_like(weight) for weight in weights]

    def gradient():
        return torch.autograd.grad(mse_loss(run(inputs), targets), weights)

    def hessian_product():
        gradients = torch.autograd.grad(mse_loss(run(inputs), targets), weights, create_graph=True)
        along = sum(torch.sum(g * v) for g, v in zip(gradients, vectors))
        torch.autograd.grad(along, weights)

    peer = "torch-" + case.form
    if case.phase == "hessian_product":
        times = measuring.milliseconds(gradient, case.budget)
        measuring.measure(peer, case, hessian_product, gradient_median_ms=round(statistics.median(times), 4))
    else:
        measuring.measure(peer, case, {"train_step": train_step, "forward": forward}[case.phase])


def measure_operation():
    """A chain of `time_steps` operations on `hidden` floats, y * a, y + b, tanh y in turn, and its gradient."""
    rounds = case.time_steps // 3
    start = torch.full((case.hidden,), 0.3, requires_grad=True)
    a, b = torch.full((case.hidden,), 1.1), torch.full((case.hidden,), 0.05)

    def chain():
        y = start
        for _ in range(rounds):
            y = y * a
            y = y + b
            y = torch.tanh(y)
        torch.autograd.grad(y.sum(), start)

    measuring.measure("torch-eager", case, chain, operations=3 * rounds, elements=case.hidden)


measure_operation() if case.phase == "operation" else measure_network()

"""Golden values of every cell of the catalogue, from the papers' equations as NumPy has them.

    python3 catalog.py ../catalog.json    computes the outputs of all entries anew, and adds those of new cells
    python3 catalog.py > ../gru-d.json    a GRU-D with missing values and intervals

Parameter number k, counted through all parameters in the order of the entry, is 0.4 sin(1.7 (k + 1)); input number k is
0.5 cos(0.9 k + 0.3).
"""
import json
import sys

import numpy as np

import gru, linear, lstm, ungated  # cells register themselves
from common import Parameters, T, cells, d, inputs, n


def main(path):
    with open(path) as file:
        catalog = json.load(file)
    for name, function in cells.items():
        old = catalog.get(name)
        p = Parameters(old)
        outputs = np.array(function(p, inputs(T, d)))
        assert p.used == set(p.order), (name, set(p.order) - p.used)
        if old:
            change = np.abs(outputs - np.array(old["y_all"])).max()
            print(f"{name}: changes by {change:.1e}" if change > 0 else f"{name}: as before", file=sys.stderr)
        catalog[name] = {"d": d, "n": n, "T": T, "params": p.k, "order": p.order, "shapes": p.shapes,
                         "y_all": outputs.tolist()}
    assert set(catalog) == set(cells), set(catalog) - set(cells)
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in catalog.items()) + "\n}\n")


def missing_values():
    # A value is missing where (5 k + t) mod 3 is 0; the first column is missing from the start.
    x = inputs(6, d)
    for t in range(6):
        for k in range(d):
            if (5 * k + t) % 3 == 0:
                x[t, k] = np.nan
    mean, times, p = np.array([0.1, -0.2, 0.3]), 0.5 + 0.25 * np.arange(6), Parameters()
    plain, timed = gru.gru_d(p, x, mean), gru.gru_d(p, x, mean, times)
    print(json.dumps({"order": p.order, "shapes": p.shapes, "y_all": np.array(plain).tolist(),
                      "y_timed": np.array(timed).tolist()}))


if len(sys.argv) > 1:
    main(sys.argv[1])
else:
    missing_values()

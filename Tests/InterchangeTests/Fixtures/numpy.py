# Makes numpy.safetensors: python3 numpy.py (numpy 2.4.6, safetensors 0.8.0).
import pathlib
import sys

sys.path.pop(0)  # this file's own name would be imported as the package

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "weights": numpy.array([[1.5, -2.25, 0.1], [numpy.inf, -0.0, 1e-45]], dtype=numpy.float32),
        "bias": numpy.array([numpy.pi, -1e300], dtype=numpy.float64),
        "labels": numpy.array([[-2147483648], [2147483647], [7]], dtype=numpy.int32),
        "scale": numpy.array(0.5, dtype=numpy.float32),
        "empty": numpy.zeros((0, 4), dtype=numpy.float32),
        'half é"\n': numpy.array([1.0, -2.5, 65504.0, 6e-8, numpy.inf, -0.0], dtype=numpy.float16),
    },
    pathlib.Path(__file__).with_suffix(".safetensors"),
    metadata={"format": "np", "note": "made by Python é"},
)

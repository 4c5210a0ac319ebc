"""What the scripts of all peers share: the case from the command line, cores, timing and JSON lines.

A script calls `case_from_arguments` before it imports the framework that it measures: most take the number of threads
and the cores that they may use once, when they are loaded.
"""

import argparse
import dataclasses
import json
import os
import resource
import statistics
import time

CELLS = ("lstm", "gru", "elman", "novel")
PHASES = ("train_step", "forward", "hessian_product", "operation")

# Products of a step with the input and with a state, as `cellbench` counts them.
PRODUCTS = {"lstm": (4, 4), "gru": (3, 3), "elman": (1, 1), "novel": (4, 3)}

# As `cellbench` times.
WARM_UPS, FEWEST_RUNS, MOST_RUNS = 3, 10, 200


@dataclasses.dataclass
class Case:
    """What is to be measured."""

    cell: str
    form: str
    time_steps: int
    batch: int
    input: int
    hidden: int
    threads: int
    phase: str
    budget: float

    def useful_operations(self):
        """Operations of the matrix products that the phase cannot do without; a multiply-add is two."""
        if self.phase == "operation":
            return None
        input_products, recurrent_products = PRODUCTS[self.cell]
        outputs = 2 * self.time_steps * self.batch * self.hidden
        with_input = outputs * self.input * input_products
        with_state = outputs * self.hidden * recurrent_products
        factors = {"forward": (1, 1), "train_step": (2, 3), "hessian_product": (3, 8)}[self.phase]
        return factors[0] * with_input + factors[1] * with_state


def case_from_arguments(description, forms):
    """The case that the command line asks for; the process keeps to its cores from then on."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--form", choices=forms, default=forms[0])
    parser.add_argument("--cell", choices=CELLS, default="lstm")
    for name, default in (("time-steps", 100), ("batch", 32), ("input", 128), ("hidden", 128)):
        parser.add_argument("-" + name[0].upper(), "--" + name, type=int, default=default)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--phase", choices=PHASES, default="train_step")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds of timed runs")
    case = Case(**vars(parser.parse_args()))
    keep_to_cores(case.threads)
    return case


def keep_to_cores(count):
    """Allows the process `count` cores and as many threads."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(count)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def seconds_since_start():
    """Seconds since the process began, to a hundredth; None where the system does not tell."""
    try:
        with open("/proc/self/stat") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def milliseconds(run, budget):
    """The times of `run` in milliseconds, after some runs to warm up."""
    for _ in range(WARM_UPS):
        run()
    times = []
    end = time.perf_counter() + budget
    while len(times) < MOST_RUNS:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
        if len(times) >= FEWEST_RUNS and time.perf_counter() > end:
            break
    return times


def measure(peer, case, run, first=None, **more):
    """Runs `run` for the first time, times it, and prints the line.

    `first` is what has to be done once before, such as to compile; it counts as part of the first run.
    """
    start = time.perf_counter()
    if first is not None:
        first()
    run()
    first_run = (time.perf_counter() - start) * 1e3
    since_start = seconds_since_start()
    times = milliseconds(run, case.budget)
    median = statistics.median(times)
    operations = case.useful_operations()
    line = {
        "peer": peer, "cell": case.cell, "hidden": case.hidden, "input": case.input, "batch": case.batch,
        "time_steps": case.time_steps, "layers": 1, "dtype": "float32", "threads": case.threads, "phase": case.phase,
        "median_ms": round(median, 4), "min_ms": round(min(times), 4), "runs": len(times),
        "gflops": None if operations is None else round(operations / median / 1e6, 2),
        "first_step_ms": None if since_start is None else round(since_start * 1e3, 1),
        "first_step_excess_ms": round(first_run - median, 1),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    line.update(more)
    print(json.dumps(line), flush=True)

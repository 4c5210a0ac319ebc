#!/usr/bin/env python3
"""Runs cellbench and its peers by turns, and prints tables of how they compare.

For each cell, size and number of threads: cellbench, each peer, cellbench again, and so on, for some rounds; the median
of the rounds counts. A peer that took more than 1.5 times as long as the best in the first round sits the others out.
Progress goes to the standard error stream, a JSON line a measurement to a file, and the tables, in Markdown, to the
standard output. Ends with 1 when a measurement failed.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Steps, sequences, input size, hidden size.
SIZES = [
    (100, 32, 128, 128), (100, 32, 256, 256), (50, 64, 512, 512), (100, 1, 128, 128), (28, 128, 28, 128),
    (1000, 16, 64, 64), (50, 16, 2, 32),
]
QUICK_SIZES = [(100, 32, 128, 128), (50, 16, 2, 32)]
CELLS = ["lstm", "novel", "gru", "elman"]
PARTS = ["speed", "unrolled", "hessian", "memory", "checkpointing", "operations", "passes"]
PASSES = ["hoisting", "merging", "fusion", "weight-gradients-outside", "saved-values"]

# What memory allocation of glibc is told for the peers that are called tuned: to keep what is freed. Otherwise large
# arrays go back to the system after each step, and their pages are asked for one by one in the next.
KEEPING_MEMORY = {
    "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_TOP_PAD_": str(1 << 28),
}

# Floors of geometric means over all sizes: cell, threads, whether the peers are tuned.
FLOORS = {
    ("lstm", 1, False): 1.6, ("lstm", 1, True): 1.4, ("lstm", 2, False): 1.9,
    ("novel", 1, False): 1.9, ("novel", 1, True): 1.65, ("novel", 2, False): 2.6,
    ("gru", 1, False): 1.5, ("gru", 2, False): 1.5, ("elman", 1, False): 1.5, ("elman", 2, False): 1.5,
}
# Floors of the fraction of the peak on one thread, for the LSTM and the novel cell.
PEAK_FLOORS = {(100, 32, 256, 256): 0.8, (50, 64, 512, 512): 0.85, (100, 32, 128, 128): 0.7}
TWO_THREADS_FLOOR = 1.85
UNROLLED_FLOORS = {(1000, 16, 64, 64): 4, (100, 1, 128, 128): 4, (50, 16, 2, 32): 4}

SLOWER_THAN_BEST = 1.5


# Measurements.


class Contestant:
    """A command that measures something, and what its lines are filed under."""

    def __init__(self, command, tuned=False, stays=False, label=None, **labels):
        self.command = command
        self.tuned = tuned
        self.stays = stays
        self.labels = dict(labels, tuned=tuned)
        self.label = label or "peer"

    @property
    def is_ours(self):
        return self.label == "tapestry"


class Group:
    """What is measured by turns."""

    def __init__(self, part, title, contestants):
        self.part = part
        self.title = title
        self.contestants = contestants


class Plan:
    """All groups that the command line asks for."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.groups = []
        quick = arguments.quick
        if "speed" in arguments.parts or "unrolled" in arguments.parts:
            for threads in arguments.threads:
                for cell in arguments.cells:
                    for size in arguments.sizes:
                        self.add_speed(cell, size, threads)
        if "hessian" in arguments.parts:
            size = (100, 32, 128, 128)
            self.groups.append(Group("hessian", "Hessian products, elman " + text_of(size), [
                self.ours("elman", size, 1, "--phase", "hessian_product"),
                self.peer("jax_peer.py", "scan", "elman", size, 1, "--phase", "hessian_product"),
                self.peer("jax_peer.py", "hoisted", "elman", size, 1, "--phase", "hessian_product"),
            ]))
        if "memory" in arguments.parts:
            for steps in (100, 400) if quick else (400, 4000):
                size = (steps, 32, 128, 128)
                self.groups.append(Group("memory", "memory, lstm " + text_of(size), [
                    self.ours("lstm", size, 1, brief=True),
                    self.peer("torch_peer.py", "builtin", "lstm", size, 1, brief=True, stays=True),
                    self.peer("jax_peer.py", "scan", "lstm", size, 1, brief=True, stays=True),
                ]))
        if "checkpointing" in arguments.parts:
            size = (1000 if quick else 10_000, 32, 128, 128)
            self.groups.append(Group("checkpointing", "checkpointing, lstm " + text_of(size), [
                self.ours("lstm", size, 1, brief=True),
                self.ours("lstm", size, 1, "--checkpointing", "segments", brief=True),
            ]))
        if "operations" in arguments.parts:
            kernels = [arguments.cellbench, "kernels", "--budget", "0.1", "--json", "-"]
            chain = ["--phase", "operation", "-T", "10000", "-H", "16", "--budget", str(arguments.budget)]
            self.groups.append(Group("operations", "operations on 16 floats", [
                Contestant(kernels, label="tapestry"),
                Contestant([arguments.python, str(HERE / "torch_peer.py")] + chain, label="torch-eager"),
            ]))

        if "passes" in arguments.parts:
            for cell in [cell for cell in ("lstm", "novel") if cell in arguments.cells]:
                size = (100, 32, 128, 128)
                without = [[], *(["--without", name] for name in PASSES), ["--without", ",".join(PASSES)]]
                self.groups.append(Group("passes", f"without passes, {cell} {text_of(size)}", [
                    self.ours(cell, size, 1, *more) for more in without
                ]))

    def add_speed(self, cell, size, threads):
        contestants = []
        if "speed" in self.arguments.parts:
            contestants.append(self.ours(cell, size, threads))
        unrolled = "unrolled" in self.arguments.parts and cell == "novel" and threads == 1
        if unrolled:
            contestants.append(self.ours(cell, size, threads, "--mode", "unrolled"))
        forms = [("torch_peer.py", "eager")]
        if "speed" in self.arguments.parts:
            forms += [("torch_peer.py", "script"), ("jax_peer.py", "scan"), ("jax_peer.py", "hoisted")]
            if cell != "novel":
                forms.insert(0, ("torch_peer.py", "builtin"))
        for tuned in (False, True) if threads in self.arguments.tuned_threads else (False,):
            for script, form in forms:
                # The eager form stays, where something else is measured against it.
                stays = unrolled and form == "eager" and not tuned
                contestants.append(self.peer(script, form, cell, size, threads, tuned=tuned, stays=stays))
        if contestants and ("speed" in self.arguments.parts or unrolled):
            self.groups.append(Group("speed", f"{cell} {text_of(size)}, {threads_text(threads)}", contestants))

    def ours(self, cell, size, threads, *more, brief=False):
        command = [self.arguments.cellbench, "speed", "--json", "-"]
        return Contestant(command + self.case(cell, size, threads, brief) + list(more), label="tapestry")

    def peer(self, script, form, cell, size, threads, *more, brief=False, **options):
        label = {"scan": "jax-scan", "hoisted": "jax-scan-hoisted"}.get(form, "torch-" + form)
        command = [self.arguments.python, str(HERE / script), "--form", form]
        return Contestant(command + self.case(cell, size, threads, brief) + list(more), label=label, **options)

    def case(self, cell, size, threads, brief):
        sizes = [text for flag, value in zip("TBIH", size) for text in ("-" + flag, str(value))]
        budget = "0.01" if brief else str(self.arguments.budget)
        return ["--cell", cell, *sizes, "--threads", str(threads), "--budget", budget]


class Measuring:
    """Runs a plan, and keeps the lines."""

    def __init__(self, plan, file):
        self.plan = plan
        self.file = file
        self.lines = []
        self.failures = 0
        self.done = 0
        self.start = time.monotonic()
        self.rounds = plan.arguments.rounds
        self.total = sum(len(group.contestants) for group in plan.groups) * self.rounds

    def run(self):
        self.write(header(self.plan.arguments))
        for group in self.plan.groups:
            contestants = group.contestants
            for turn in range(self.rounds):
                results = [(contestant, self.measure(group, contestant, turn)) for contestant in contestants]
                contestants = self.remaining(results)
                self.total -= (len(results) - len(contestants)) * (self.rounds - turn - 1)

    def measure(self, group, contestant, turn):
        """The median time, or None when there is none to compare."""
        environment = dict(os.environ, **(KEEPING_MEMORY if contestant.tuned else {}))
        command = contestant.command
        words = [word for word in ("unrolled", "segments") if word in command]
        words += ["without " + command[command.index("--without") + 1]] if "--without" in command else []
        words += ["tuned"] if contestant.tuned else []
        name = contestant.label + (f" ({', '.join(words)})" if words else "")
        try:
            process = subprocess.run(
                contestant.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=self.plan.arguments.timeout)
            error = None if process.returncode == 0 else (process.stderr.strip().splitlines() or ["no message"])[-1]
            lines = [json.loads(line) for line in process.stdout.splitlines()] if error is None else []
        except (subprocess.TimeoutExpired, OSError, ValueError) as problem:
            error, lines = str(problem), []
        self.done += 1
        result = "failed: " + error if error else ""
        median = None
        for line in lines:
            if "kernel" in line and "operation" not in line["kernel"]:
                continue
            median = line.get("median_ms")
            result = f"{median:.3f} ms" if median is not None else f"{line['value']:.1f} {line['unit']}"
            self.write(dict(line, part=group.part, round=turn, **contestant.labels))
        if error:
            self.failures += 1
            command = [pathlib.Path(contestant.command[1]).name, *contestant.command[2:]]
            self.write({"failed": error, "command": command, "part": group.part, "round": turn})
        elapsed = time.monotonic() - self.start
        left = elapsed / self.done * (self.total - self.done)
        print(
            f"[{self.done}/{self.total}] {group.title}: {name} {result}; {duration(left)} left", file=sys.stderr,
            flush=True)
        return median

    @staticmethod
    def remaining(results):
        """Who is measured in the next round: not those far behind."""
        kept = []
        for contestant, median in results:
            rivals = [
                time for other, time in results if time is not None and not other.is_ours
                and other.tuned == contestant.tuned
            ]
            if contestant.is_ours or contestant.stays or not rivals:
                kept.append(contestant)
            elif median is not None and median <= SLOWER_THAN_BEST * min(rivals):
                kept.append(contestant)
        return kept

    def write(self, line):
        self.lines.append(line)
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()


def header(arguments):
    """The machine and the versions."""
    names = ("torch", "jax", "jaxlib", "numpy")
    code = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in %r}))" % (names,)
    versions = output_of([arguments.python, "-c", code])
    processor = platform.processor()
    try:
        with open("/proc/cpuinfo") as file:
            processor = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "header": True, "date": datetime.date.today().isoformat(), "processor": processor, "cores": cores,
        "system": platform.platform(), "commit": output_of(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]),
        "swift": output_of(["swift", "--version"]).partition("\n")[0],
        "python": output_of([arguments.python, "--version"]), "versions": json.loads(versions) if versions else {},
        "rounds": arguments.rounds, "budget": arguments.budget, "load": os.getloadavg()[0],
    }


def output_of(command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


# Tables.


class Results:
    """The lines of a run, and medians of the rounds."""

    def __init__(self, lines):
        self.header = next((line for line in lines if line.get("header")), {})
        self.lines = [line for line in lines if "part" in line and "failed" not in line]
        self.failures = [line for line in lines if "failed" in line]

    def select(self, **labels):
        return [line for line in self.lines if all(line.get(key) == value for key, value in labels.items())]

    def median(self, key, **labels):
        """The median of the rounds, or None when nothing was measured."""
        values = [line[key] for line in self.select(**labels) if line.get(key) is not None]
        return statistics.median(values) if values else None

    def best_peer(self, tuned, **labels):
        """The time and the name of the fastest peer."""
        names = {line["peer"] for line in self.select(tuned=tuned, **labels)} - {"tapestry"}
        times = [(self.median("median_ms", peer=name, tuned=tuned, **labels), name) for name in names]
        return min(times, default=(None, None))

    def values(self, *keys, **labels):
        """The different values of keys, in the order in which they were measured."""
        lines = (line for line in self.select(**labels) if all(key in line for key in keys))
        return list(dict.fromkeys(tuple(line[key] for key in keys) for line in lines))


SIZE_KEYS = ("time_steps", "batch", "input", "hidden")


def sized(size):
    return dict(zip(SIZE_KEYS, size))


def speed_tables(results):
    for threads, cell in sorted(
        results.values("threads", "cell", part="speed", peer="tapestry", mode="scan"),
        key=lambda pair: (pair[0], CELLS.index(pair[1]))
    ):
        yield f"### {cell}, {threads_text(threads)}\n"
        labels = dict(part="speed", cell=cell, threads=threads, phase="train_step")
        has_tuned = bool(results.select(tuned=True, **labels))
        columns = ["T, B, I, H", "Tapestry, ms", "best peer, ms", "which", "ratio"]
        if has_tuned:
            columns += ["best tuned, ms", "which", "ratio"]
        rows, ratios = [], {False: [], True: []}
        for size in results.values(*SIZE_KEYS, peer="tapestry", mode="scan", **labels):
            case = dict(labels, **sized(size))
            ours = results.median("median_ms", peer="tapestry", mode="scan", **case)
            row = [text_of(size), milliseconds(ours)]
            for tuned in (False, True) if has_tuned else (False,):
                best, name = results.best_peer(tuned, **case)
                if best is not None:
                    ratios[tuned].append(best / ours)
                row += [milliseconds(best), name or "-", ratio(best, ours)]
            peak = results.median("fraction_of_peak", peer="tapestry", mode="scan", **case)
            floor = PEAK_FLOORS.get(size) if threads == 1 and cell in ("lstm", "novel") else None
            row.append("-" if peak is None else against(peak, floor, lambda value: f"{value * 100:.0f} %"))
            rows.append(row)
        mean = ["geometric mean", "", "", "", mean_against(ratios[False], FLOORS.get((cell, threads, False)))]
        if has_tuned:
            mean += ["", "", mean_against(ratios[True], FLOORS.get((cell, threads, True)))]
        yield table(columns + ["of the peak"], rows + [mean + [""]])
        behind = sum(value < 1 for value in ratios[bool(ratios[True])])
        yield f"Sizes at which {'a tuned' if ratios[True] else 'a'} peer is faster: {behind}.\n"


def threads_table(results):
    rows = []
    for cell, *size in results.values("cell", *SIZE_KEYS, part="speed", peer="tapestry", mode="scan", threads=2):
        case = dict(part="speed", peer="tapestry", mode="scan", cell=cell, **sized(size))
        one = results.median("median_ms", threads=1, **case)
        two = results.median("median_ms", threads=2, **case)
        floor = TWO_THREADS_FLOOR if tuple(size) in PEAK_FLOORS else None
        if one is not None:
            rows.append([cell, text_of(size), milliseconds(one), milliseconds(two), against(one / two, floor, times)])
    if rows:
        yield "### Two threads\n"
        yield table(["cell", "T, B, I, H", "one thread, ms", "two, ms", "ratio"], rows)


def unrolled_table(results):
    rows = []
    labels = dict(part="speed", cell="novel", threads=1, phase="train_step")
    for size in results.values(*SIZE_KEYS, peer="tapestry", mode="unrolled", **labels):
        case = dict(labels, **sized(size))
        ours = results.median("median_ms", peer="tapestry", mode="unrolled", **case)
        eager = results.median("median_ms", peer="torch-eager", tuned=False, **case)
        if eager is not None:
            rows.append([
                text_of(size), milliseconds(ours), milliseconds(eager),
                against(eager / ours, UNROLLED_FLOORS.get(size, 1), times),
            ])
    if rows:
        yield "### The novel cell, one operation after the other\n"
        yield table(["T, B, I, H", "Tapestry unrolled, ms", "PyTorch eager, ms", "ratio"], rows)


def operations_table(results):
    rows = []
    torch = results.median("median_ms", part="operations", peer="torch-eager")
    if torch is not None:
        count = results.select(part="operations", peer="torch-eager")[0]["operations"]
        rows.append(["PyTorch eager", f"{torch / count * 1e6:.0f}"])
    for (kernel,) in results.values("kernel", part="operations"):
        cost = results.median("value", part="operations", kernel=kernel)
        floor = 60 if "scan" in kernel else 300
        rows.append(["Tapestry, " + kernel.partition(",")[0], against(cost, floor, lambda value: f"{value:.0f}", below=True)])
    if rows:
        yield "### An operation on 16 floats, forward and backward\n"
        yield table(["", "ns"], rows)


def hessian_table(results):
    ours = results.median("median_ms", part="hessian", peer="tapestry")
    if ours is None:
        return
    gradient = results.median("gradient_median_ms", part="hessian", peer="tapestry")
    further = results.median("further_median_ms", part="hessian", peer="tapestry")
    rows = [[
        "Tapestry", milliseconds(gradient), milliseconds(ours), against(ours / gradient, 2.6, times, below=True),
        milliseconds(further), against(further / gradient, 1.9, times, below=True),
    ]]
    for (peer,) in results.values("peer", part="hessian"):
        if peer != "tapestry":
            its_gradient = results.median("gradient_median_ms", part="hessian", peer=peer)
            product = results.median("median_ms", part="hessian", peer=peer)
            rows.append([
                peer, milliseconds(its_gradient), milliseconds(product), times(product / its_gradient), "-", "-",
            ])
    yield "### Products with the Hessian, Elman, T = 100, B = 32, I = H = 128, one thread\n"
    yield table(["", "gradient, ms", "product, ms", "of the gradient", "further, ms", "of the gradient"], rows)


def memory_table(results):
    rows = []
    lengths = sorted(length for (length,) in results.values("time_steps", part="memory"))
    if len(lengths) < 2:
        return
    for (peer,) in results.values("peer", part="memory"):
        low, high = (
            results.median("peak_rss_mib", part="memory", peer=peer, time_steps=steps) for steps in
            (lengths[0], lengths[-1]))
        if low is not None and high is not None:
            slope = (high - low) / (lengths[-1] - lengths[0])
            floor = 0.16 if peer == "tapestry" else None
            rows.append([peer, against(slope, floor, lambda value: f"{value:.3f}", below=True)])
    yield f"### Memory a time step, LSTM, B = 32, I = H = 128, from T = {lengths[0]} to {lengths[-1]}\n"
    yield table(["", "MiB"], rows)


def checkpointing_table(results):
    rows = []
    for (kind,) in results.values("checkpointing", part="checkpointing"):
        case = dict(part="checkpointing", checkpointing=kind)
        line = results.select(**case)[0]
        sequence = 4 * line["time_steps"] * line["batch"] * line["hidden"]
        # The outputs and their gradient are there in any case.
        values = [
            results.median("median_ms", **case), results.median("kept_bytes", **case),
            results.median("peak_bytes", **case) - 2 * sequence,
        ]
        rows.append([kind, *values])
    if len(rows) < 2:
        return
    plain, segments = rows[0][1:], rows[1][1:]
    yield f"### Checkpointing, LSTM, T = {line['time_steps']}, B = 32, I = H = 128\n"
    text = [[row[0], milliseconds(row[1]), mebibytes(row[2]), mebibytes(row[3])] for row in rows]
    text.append([
        "ratio", against(segments[0] / plain[0], 1.5, times, below=True),
        against(segments[1] / plain[1], 0.1, times, below=True), times(segments[2] / plain[2]),
    ])
    yield table(["", "ms", "kept, MiB", "at most, without two sequences, MiB"], text)


def passes_table(results):
    cells = [cell for (cell,) in results.values("cell", part="passes")]
    rows = []
    for (without,) in results.values("without", part="passes"):
        row = [{"": "all", ",".join(PASSES): "without any"}.get(without, "without " + without)]
        for cell in cells:
            value = results.median("median_ms", part="passes", cell=cell, without=without)
            whole = results.median("median_ms", part="passes", cell=cell, without="")
            row += [milliseconds(value), "-" if None in (value, whole) else times(value / whole)]
        rows.append(row)
    if rows:
        yield "### What each optimisation of the scan brings, T = 100, B = 32, I = H = 128, one thread\n"
        columns = [column for cell in cells for column in (cell + ", ms", "of the time with all")]
        yield table(["", *columns], rows)


def first_step_table(results):
    rows = []
    for cell in CELLS:
        case = dict(part="speed", cell=cell, threads=1, phase="train_step", tuned=False, **sized((100, 32, 128, 128)))
        for (peer,) in results.values("peer", **case):
            for mode in ["scan"] if peer == "tapestry" else [None]:
                whole = results.median("first_step_ms", peer=peer, mode=mode, **case)
                excess = results.median("first_step_excess_ms", peer=peer, mode=mode, **case)
                if excess is not None:
                    floor = 100 if peer == "tapestry" else None
                    rows.append([
                        cell, peer, "-" if whole is None else f"{whole:.0f}",
                        against(excess, floor, lambda value: f"{value:.0f}", below=True),
                    ])
    if rows:
        yield "### The first step, T = 100, B = 32, I = H = 128, one thread\n"
        yield table(["cell", "", "ended after the start of the process, ms", "above a later step, ms"], rows)
        yield "Above a later step: for Tapestry from the start of the process, for the peers without their loading.\n"


def report(lines):
    """All tables as text."""
    results = Results(lines)
    parts = []
    if results.header:
        head = results.header
        versions = ", ".join(f"{name} {version}" for name, version in head["versions"].items())
        parts.append(
            f"{head['processor']}, {head['cores']} cores; {head['system']}; {head['date']}; commit {head['commit']}; "
            f"{head['swift']}; {head['python']}, {versions}; float32; medians of {head['rounds']} "
            f"{'round' if head['rounds'] == 1 else 'rounds'}; load {head['load']:.1f} at the start.\n")
    tables = (
        speed_tables, threads_table, unrolled_table, operations_table, hessian_table, memory_table,
        checkpointing_table, first_step_table, passes_table,
    )
    for make in tables:
        parts += make(results)
    if results.failures:
        failures = (f"- {' '.join(line['command'])}: {line['failed']}\n" for line in results.failures)
        parts.append("Failed:\n" + "".join(failures))
    return "\n".join(parts)


# Text.


def text_of(size):
    return ", ".join(str(number) for number in size)


def threads_text(count):
    return {1: "one thread", 2: "two threads"}.get(count, f"{count} threads")


def milliseconds(value):
    if value is None:
        return "-"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def mebibytes(value):
    return f"{value / (1 << 20):.1f}"


def times(value):
    return f"{value:.2f}"


def ratio(peer, ours):
    return "-" if peer is None else times(peer / ours)


def against(value, floor, text, below=False):
    """A value, and the floor that it is to reach, or the ceiling that it is to stay below."""
    if floor is None:
        return text(value)
    reached = value <= floor if below else value >= floor
    return f"{text(value)} ({'at most' if below else 'at least'} {text(floor)}: {'yes' if reached else 'no'})"


def mean_against(ratios, floor):
    if not ratios:
        return "-"
    return against(math.exp(statistics.fmean(math.log(value) for value in ratios)), floor, times)


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def duration(seconds):
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


# The command line.


def chosen(known, kind=str):
    """Reads values with commas between them."""

    def read(text):
        values = [kind(part) for part in text.split(",")]
        for value in values:
            if known is not None and value not in known:
                raise argparse.ArgumentTypeError(f"expected some of {', '.join(map(str, known))}")
        return values

    return read


def sizes(text):
    """Reads sizes: "100,32,128,128 50,16,2,32"."""
    result = [tuple(int(number) for number in size.split(",")) for size in text.split()]
    if not result or any(len(size) != 4 or min(size) < 1 for size in result):
        raise argparse.ArgumentTypeError('expected T,B,I,H with blanks between sizes: "100,32,128,128 50,16,2,32"')
    return result


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_bench = ROOT / "Benchmarks" / ".build" / "release" / "cellbench"
    parser.add_argument(
        "--cellbench", default=os.environ.get("CELLBENCH", str(default_bench)),
        help="the executable (CELLBENCH; else the release build of Benchmarks)")
    parser.add_argument(
        "--python", default=os.environ.get("PEERS_PYTHON", sys.executable),
        help="the Python that has torch, jax and numpy (PEERS_PYTHON; else the one that runs this)")
    parser.add_argument("--parts", type=chosen(PARTS), default=PARTS, help="some of " + ", ".join(PARTS))
    parser.add_argument("--cells", type=chosen(CELLS), default=CELLS, help="some of " + ", ".join(CELLS))
    parser.add_argument("--sizes", type=sizes, help="T,B,I,H with blanks between sizes; by default seven")
    parser.add_argument("--threads", type=chosen(None, int), default=None, help="by default 1,2")
    parser.add_argument(
        "--tuned-threads", type=chosen(None, int), default=[1],
        help="the numbers of threads at which peers with tuned memory allocation are measured too; by default 1")
    parser.add_argument("--rounds", type=int, default=None, help="by default 3")
    parser.add_argument(
        "--budget", type=float, default=None, help="seconds of timed runs of a measurement; by default 0.7")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a measurement has failed")
    parser.add_argument(
        "--quick", action="store_true", help="two sizes, one thread, one short round, shorter sequences")
    parser.add_argument("--json", default="peers.jsonl", help="the file for the lines; by default peers.jsonl")
    parser.add_argument("--tables", metavar="FILE", help="measure nothing, and print the tables of an earlier file")
    arguments = parser.parse_args()
    arguments.sizes = arguments.sizes or (QUICK_SIZES if arguments.quick else SIZES)
    arguments.threads = arguments.threads or ([1] if arguments.quick else [1, 2])
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    arguments.budget = arguments.budget or (0.2 if arguments.quick else 0.7)
    return arguments


def main():
    arguments = parse()
    if arguments.tables:
        with open(arguments.tables) as file:
            print(report([json.loads(line) for line in file]))
        return 0
    if not os.access(arguments.cellbench, os.X_OK):
        print(
            f"compare.py: no executable {arguments.cellbench}; expected what "
            "\"swift build -c release --package-path Benchmarks\" makes", file=sys.stderr)
        return 2
    plan = Plan(arguments)
    with open(arguments.json, "w") as file:
        measuring = Measuring(plan, file)
        try:
            measuring.run()
        except KeyboardInterrupt:
            print("interrupted: the tables are of what is there", file=sys.stderr)
    print(report(measuring.lines))
    return 1 if measuring.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""The tables of what compare.py has measured, in Markdown, with the floors that figures are to reach."""

import math
import statistics

CELLS = ["lstm", "novel", "gru", "elman"]
PASSES = ["hoisting", "merging", "fusion", "weight-gradients-outside", "saved-values"]
INSTRUCTION_SETS = ["amx", "avx512"]

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
            gain = against(one / two, floor, times)
            rows.append([cell, text_of(size), milliseconds(one), milliseconds(two), gain])
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
        name = "Tapestry, " + kernel.partition(",")[0]
        rows.append([name, against(cost, floor, lambda value: f"{value:.0f}", below=True)])
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


def tiles_table(results):
    """Tile registers beside vectors alone."""
    cells = [cell for (cell,) in results.values("cell", part="tiles")]
    rows = []
    for size in results.values(*SIZE_KEYS, part="tiles"):
        row = [text_of(size)]
        for cell in cells:
            case = dict(part="tiles", cell=cell, **sized(size))
            tiles, vectors = (results.median("median_ms", instruction_set=name, **case) for name in INSTRUCTION_SETS)
            ratio = "-" if None in (tiles, vectors) else times(vectors / tiles)
            row += [milliseconds(tiles), milliseconds(vectors), ratio]
        rows.append(row)
    if rows:
        yield "### Tile registers and vectors, one thread\n"
        columns = [f"{cell}, {name}, ms" if name else "ratio" for cell in cells for name in (*INSTRUCTION_SETS, None)]
        yield table(["T, B, I, H", *columns], rows)


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
        checkpointing_table, first_step_table, passes_table, tiles_table,
    )
    for make in tables:
        parts += make(results)
    if results.failures:
        failures = (f"- {' '.join(line['command'])}: {line['failed']}\n" for line in results.failures)
        parts.append("Failed:\n" + "".join(failures))
    return "\n".join(parts)


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

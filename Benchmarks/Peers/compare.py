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
import subprocess
import sys
import time

from tables import CELLS, INSTRUCTION_SETS, PASSES, report, text_of, threads_text

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Steps, sequences, input size, hidden size.
SIZES = [
    (100, 32, 128, 128), (100, 32, 256, 256), (50, 64, 512, 512), (100, 1, 128, 128), (28, 128, 28, 128),
    (1000, 16, 64, 64), (50, 16, 2, 32),
]
QUICK_SIZES = [(100, 32, 128, 128), (50, 16, 2, 32)]
TILE_SIZES = SIZES[:3] + SIZES[4:5]
PARTS = ["speed", "unrolled", "hessian", "memory", "checkpointing", "operations", "passes", "tiles"]

# What memory allocation of glibc is told for the peers that are called tuned: to keep what is freed. Otherwise large
# arrays go back to the system after each step, and their pages are asked for one by one in the next.
KEEPING_MEMORY = {
    "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_TOP_PAD_": str(1 << 28),
}

SLOWER_THAN_BEST = 1.5


class Contestant:
    """A command that measures something, and what its lines are filed under."""

    def __init__(self, command, tuned=False, stays=False, label=None, instruction_set=None, **labels):
        self.command = command
        self.tuned = tuned
        self.stays = stays
        self.labels = dict(labels, tuned=tuned, instruction_set=instruction_set)
        self.environment = dict(KEEPING_MEMORY if tuned else {})
        if instruction_set:
            self.environment["TAPESTRY_INSTRUCTION_SET"] = instruction_set
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
        if "tiles" in arguments.parts and "amx_bf16" in processor_facts():
            for cell in [cell for cell in ("lstm", "novel") if cell in arguments.cells]:
                for size in QUICK_SIZES[:1] if quick else TILE_SIZES:
                    self.groups.append(Group("tiles", f"instruction sets, {cell} {text_of(size)}", [
                        self.ours(cell, size, 1, instruction_set=name) for name in INSTRUCTION_SETS
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

    def ours(self, cell, size, threads, *more, brief=False, **options):
        command = [self.arguments.cellbench, "speed", "--json", "-"]
        return Contestant(command + self.case(cell, size, threads, brief) + list(more), label="tapestry", **options)

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
        environment = dict(os.environ, **contestant.environment)
        command = contestant.command
        words = [word for word in ("unrolled", "segments") if word in command]
        words += ["without " + command[command.index("--without") + 1]] if "--without" in command else []
        words += ["tuned"] if contestant.tuned else []
        words += filter(None, [contestant.labels["instruction_set"]])
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


def processor_facts():
    """What Linux tells of the processors; empty elsewhere."""
    try:
        return pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def header(arguments):
    """The machine and the versions."""
    names = ("torch", "jax", "jaxlib", "numpy")
    code = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in %r}))" % (names,)
    versions = output_of([arguments.python, "-c", code])
    models = (line.partition(":")[2].strip() for line in processor_facts().splitlines() if line.startswith("model name"))
    processor = next(models, platform.processor())
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


def duration(seconds):
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


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

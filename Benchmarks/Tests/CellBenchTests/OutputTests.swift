import Foundation
import Testing

@Suite("What cellbench writes")
struct OutputTests {
  private static let short = ["--tasks", "binary-addition", "--cells", "elman", "--seeds", "2", "--train-steps", "3"]

  @Test("a line a result with the documented keys, and a table")
  func resultLines() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("results.jsonl")
    let result = try CellBenchCommand.run(Self.short + ["--seed", "7", "--json", file.path])
    #expect(result.exitCode == 0)
    let lines = try objects(String(contentsOf: file, encoding: .utf8))
    #expect(lines.count == 2)
    for line in lines {
      #expect(line["task"] as? String == "binary-addition")
      #expect(line["cell"] as? String == "elman")
      #expect(line["variant"] is String)
      // Elman: 3 x 2 + 3 x 3 + 3; read-out: 3 + 1.
      #expect(line["parameters"] as? Int == 22)
      #expect(line["hidden"] as? Int == 3)
      #expect(line["metric"] as? String == "bits-right")
      #expect((0...1).contains(try #require(line["value"] as? Double)))
      #expect(line["steps"] as? Int == 3)
      #expect(try #require(line["seconds"] as? Double) > 0)
      #expect(try #require(line["steps_per_second"] as? Double) > 0)
      #expect(line["threads"] as? Int == 1)
      #expect(line["dtype"] as? String == "float32")
      #expect(line["status"] as? String == "finished")
      #expect(line["version"] as? Int == 2)
      #expect(line["learning_rate"] as? Double == 0.02)
      #expect((line["details"] as? [[String: Any]])?.map { $0["name"] as? String ?? "" }.contains("sums-right") == true)
      #expect((line["curve"] as? [[Double]])?.map { $0[0] } == [1, 2, 3])
    }
    #expect(Set(lines.compactMap { $0["seed"] as? Int }) == [7, 8])
    #expect(result.output.contains("binary-addition  elman"))
    #expect(result.errors.contains("binary-addition elman seed 7"))
  }

  @Test("a line for each setting and seed of optimizers, settings given twice once, and a row of medians")
  func optimizerLines() throws {
    let result = try CellBenchCommand.run(
      ["optimizers", "--optimizers", "momentum,hessian-free", "--rate", "0.1,0.10, 0.2", "--momentum", "0.5,0.5"]
        + ["--length", "10,10", "--hidden", "4", "--steps", "1", "--structural-damping", "0", "--seeds", "2"]
        + ["--json", "-"])
    #expect(result.exitCode == 0)
    let lines = try objects(result.output)
    #expect(lines.count == 8)
    for line in lines {
      #expect(line["task"] as? String == "adding" && line["length"] as? Int == 10 && line["steps"] as? Int == 1)
      #expect(line["status"] as? String == "ok")
      #expect(try #require(line["test_loss"] as? Double) > 0 && (line["gradients"] as? Double ?? 0) >= 1)
    }
    #expect(Set(lines.compactMap { $0["learning_rate"] as? Double }) == [0.1, 0.2])
    #expect(result.errors.components(separatedBy: " of 2").count == 5)
  }

  @Test("with --json - the standard output has nothing but the lines")
  func standardOutput() throws {
    let result = try CellBenchCommand.run(Self.short + ["--json", "-"])
    #expect(result.exitCode == 0)
    #expect(try objects(result.output).count == 2)
    #expect(result.errors.contains("binary-addition  elman"))
  }

  @Test("the same seed gives the same numbers, whatever the threads")
  func sameNumbers() throws {
    func values(_ threads: String) throws -> [Int: String] {
      let result = try CellBenchCommand.run(
        ["--cells", "elman,lstm", "--seeds", "2", "--train-steps", "20", "--length", "10", "--threads", threads]
          + ["--json", "-"])
      let lines = try objects(result.output)
      #expect(lines.count == 8)
      return Dictionary(
        uniqueKeysWithValues: try lines.map { line in
          let name = "\(line["task"] ?? "") \(line["cell"] ?? "") \(line["seed"] ?? "")"
          return (name.hashValue, "\(name) \(try #require(line["value"] as? Double))")
        })
    }
    let first = try values("1")
    #expect(try values("1") == first)
    #expect(try values("2") == first)
  }

  @Test("a comparison goes on with the results of a file, with the numbers of one that was not stopped")
  func resume() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "--tasks", "parity,adding", "--cells", "elman,gru", "--length", "4", "--parameters", "60", "--tune",
      "--tune-steps",
      "24", "--train-steps", "6", "--seeds", "2",
    ]
    func numbers(_ text: String) throws -> Set<String> {
      Set(
        try objects(text).map { line in
          let keys = ["task", "cell", "seed", "trial", "learning_rate", "hidden", "planned_steps", "value", "curve"]
          return keys.map { "\(line[$0] ?? "")" }.joined(separator: " ")
        })
    }
    let whole = folder.url.appendingPathComponent("whole.jsonl")
    #expect(try CellBenchCommand.run(arguments + ["--resume", whole.path]).exitCode == 0)
    let text = try String(contentsOf: whole, encoding: .utf8)
    // 14 trials and two runs for each of two cells on two tasks.
    #expect(text.count { $0 == "\n" } == 64)
    let torn = try folder.create("torn.jsonl", Data(text.utf8.prefix(text.utf8.count * 2 / 3)))
    let result = try CellBenchCommand.run(arguments + ["--resume", torn.path])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("is not a whole result"))
    #expect(result.errors.contains("results are there already"))
    #expect(try numbers(String(contentsOf: torn, encoding: .utf8)) == numbers(text))
    // Nothing is left to do.
    let again = try CellBenchCommand.run(arguments + ["--resume", whole.path])
    #expect(try String(contentsOf: whole, encoding: .utf8) == text)
    #expect(again.output.contains("14 trials of up to 4 steps"))
  }

  @Test("a run that the time budget cuts says so")
  func cut() throws {
    let result = try CellBenchCommand.run(
      ["--tasks", "adding", "--cells", "lstm", "--seeds", "1", "--train-steps", "1000000"]
        + ["--minutes", "0.005", "--json", "-"])
    #expect(result.exitCode == 0)
    let line = try #require(try objects(result.output).first)
    #expect(line["status"] as? String == "cut")
    #expect(try #require(line["value"] as? Double).isFinite)
    #expect(try #require(line["steps"] as? Int) < 1_000_000)
    #expect(result.errors.contains("cut by the time budget"))
  }

  /// The line that speed writes about a tiny network.
  private func speed(_ arguments: [String]) throws -> [String: Any] {
    let result = try CellBenchCommand.run(
      ["speed", "--time-steps", "5", "--batch", "2", "--input", "3", "--hidden", "4", "--threads", "1"]
        + ["--budget", "0.01", "--json", "-"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = try objects(result.output)
    #expect(lines.count == 1)
    return try #require(lines.first)
  }

  /// What every line of speed has; up to `gflops` as other frameworks' benchmarks call it.
  private static let speedKeys: Set<String> = [
    "peer", "cell", "hidden", "input", "batch", "time_steps", "layers", "dtype", "threads", "phase", "median_ms",
    "min_ms", "runs", "gflops", "fraction_of_peak", "mode", "first_step_ms", "first_step_excess_ms", "peak_rss_mib",
    "kept_bytes", "peak_bytes", "checkpointing", "without",
  ]

  @Test("speed writes a line with the keys of other frameworks' benchmarks, and what the first step and memory took")
  func speed() throws {
    for (phase, cell, mode) in [
      ("train_step", "lstm", "scan"), ("forward", "gru", "scan"), ("train_step", "novel", "unrolled"),
      ("train_step", "novel", "scan"), ("train_step", "min-gru", "parallel"),
    ] {
      let line = try speed(["--cell", cell, "--phase", phase, "--mode", mode])
      #expect(Set(line.keys) == Self.speedKeys)
      #expect(line["cell"] as? String == cell)
      #expect(line["phase"] as? String == phase)
      #expect(line["mode"] as? String == mode)
      #expect(line["time_steps"] as? Int == 5)
      #expect(line["runs"] as? Int ?? 0 >= 10)
      let median = try #require(line["median_ms"] as? Double)
      #expect(try #require(line["min_ms"] as? Double) <= median)
      #expect(try #require(line["kept_bytes"] as? Int) <= #require(line["peak_bytes"] as? Int))
      #if os(Linux)
        #expect(try #require(line["first_step_ms"] as? Double) > median)
        #expect(try #require(line["peak_rss_mib"] as? Double) > 1)
      #endif
    }
  }

  @Test("speed times the gradient and further products beside a product with the Hessian")
  func hessianSpeed() throws {
    let line = try speed(["--cell", "elman", "--phase", "hessian_product"])
    let more = ["gradient_median_ms", "gradient_min_ms", "further_median_ms", "further_min_ms"]
    #expect(Set(line.keys) == Self.speedKeys.union(more))
    for key in more + ["median_ms", "gflops"] { #expect(try #require(line[key] as? Double) > 0) }
  }

  @Test("speed checkpoints, and leaves optimisations out, when it is told to")
  func speedOptions() throws {
    let plain = try speed(["--time-steps", "400"])
    let checkpointed = try speed(["--time-steps", "400", "--checkpointing", "segments"])
    #expect(checkpointed["checkpointing"] as? String == "segments")
    #expect(try #require(checkpointed["kept_bytes"] as? Int) < #require(plain["kept_bytes"] as? Int))
    #expect(try speed(["--checkpointing", "2"])["checkpointing"] as? Int == 2)
    let without = "hoisting,merging,fusion,weight-gradients-outside,saved-values"
    #expect(try speed(["--without", without])["without"] as? String == without)
  }

  @Test("list names cells and tasks")
  func list() throws {
    let text = try CellBenchCommand.run(["list"])
    #expect(text.exitCode == 0)
    for name in ["elman", "lstm", "gru", "gru-reset-before", "binary-addition", "adding", "text"] {
      #expect(text.lines.contains { $0.hasPrefix(name + " ") })
    }
    let lines = try objects(CellBenchCommand.run(["list", "--json", "-"]).output)
    let cells = lines.compactMap { $0["cell"] as? String }
    #expect(cells.count >= 60 && Set(cells).count == cells.count)
    #expect(cells.allSatisfy { cell in text.lines.contains { $0 == cell || $0.hasPrefix(cell + " ") } })
    let tasks = lines.compactMap { $0["task"] as? String }
    #expect(tasks.count >= 20 && Set(tasks).count == tasks.count)
    #expect(tasks.allSatisfy { task in text.lines.contains { $0 == task || $0.hasPrefix(task + " ") } })
  }
}

import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Looking inside")
struct InspectionTests {
  private static let small = ["--length", "8", "--hidden", "4", "--train-steps", "3", "--sequences", "2"]

  private func isWellFormed(_ file: URL) throws -> Bool { XMLParser(data: try Data(contentsOf: file)).parse() }

  @Test("gradients writes a line for each step of each phase, a table and a drawing")
  func gradients() throws {
    let folder = try TemporaryFolder()
    let lines = folder.url.appendingPathComponent("lines.jsonl")
    let drawing = folder.url.appendingPathComponent("drawing.svg")
    let result = try CellBenchCommand.run(
      ["gradients", "--cell", "gru"] + Self.small + ["--json", lines.path, "--plot", drawing.path])
    #expect(result.exitCode == 0, "\(result.errors)")
    let objects = try objects(String(contentsOf: lines, encoding: .utf8))
    #expect(
      objects.compactMap { $0["phase"] as? String } == Array(repeating: "initial", count: 9)
        + Array(repeating: "trained", count: 9))
    #expect(objects.compactMap { $0["step"] as? Int } == Array(0...8) + Array(0...8))
    for object in objects {
      #expect(object["cell"] as? String == "gru" && object["task"] as? String == "adding")
      #expect(object["state_size"] as? Int == 4 && object["method"] as? String == "exact")
      for key in ["loss_gradient", "loss_gradient_min", "loss_gradient_max", "largest_gain", "mean_gain"] {
        #expect(try #require(object[key] as? Double) >= 0)
      }
    }
    // The Jacobian of the last state by itself.
    for index in [8, 17] { #expect(abs(try #require(objects[index]["largest_gain"] as? Double) - 1) < 1e-14) }
    #expect(result.output.contains("|dL/dh_t| initial") && result.output.contains("|dL/dh_t| trained"))
    #expect(try isWellFormed(drawing))
  }

  @Test("gradients without training looks once")
  func untrained() throws {
    let result = try CellBenchCommand.run(
      ["gradients"] + Self.small + ["--train-steps", "0", "--json", "-"])
    #expect(result.exitCode == 0)
    #expect(try objects(result.output).count == 9)
    #expect(result.errors.contains("not trained"))
  }

  @Test(
    "gradients looks at other tasks, at lengths of their own",
    arguments: [("parity", nil), ("copy", "3"), ("binary-addition", nil)])
  func tasks(task: String, length: String?) throws {
    let result = try CellBenchCommand.run(
      ["gradients", "--task", task, "--cell", "elman", "--hidden", "3", "--train-steps", "2", "--sequences", "2"]
        + (length.map { ["--length", $0] } ?? []) + ["--json", "-"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = try objects(result.output)
    #expect(lines.count > 4 && lines.allSatisfy { $0["task"] as? String == task && $0["hidden"] as? Int == 3 })
  }

  @Test("inspect tells both automata, writes a line and draws them")
  func inspect() throws {
    let folder = try TemporaryFolder()
    let drawing = folder.url.appendingPathComponent("drawing.svg")
    let result = try CellBenchCommand.run(
      ["inspect", "--train-steps", "20", "--sums", "50", "--digits", "20", "--plot", drawing.path, "--json", "-"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let line = try #require(try objects(result.output).first)
    #expect(line["textbook_states"] as? Int == 4 && line["delay"] as? Int == 0)
    #expect((0...1).contains(try #require(line["bits_right"] as? Double)))
    #expect(try #require(line["merged_states"] as? Int) <= #require(line["sign_patterns"] as? Int))
    for words in ["before merging", "textbook", "carry 1", "after 01"] { #expect(result.errors.contains(words)) }
    #expect(try isWellFormed(drawing))
  }

  @Test("compare writes a page with its own command line, and the same drawings to a folder")
  func report() throws {
    let folder = try TemporaryFolder()
    let page = folder.url.appendingPathComponent("it's a page.html")
    let plots = folder.url.appendingPathComponent("new/plots")
    let result = try CellBenchCommand.run(
      ["--cells", "elman,gru", "--tasks", "adding", "--length", "6", "--hidden", "4", "--seeds", "2"]
        + ["--train-steps", "3", "--report", page.path, "--plots", plots.path])
    #expect(result.exitCode == 0, "\(result.errors)")
    let html = try String(contentsOf: page, encoding: .utf8)
    #expect(html.contains("cellbench --cells elman,gru --tasks adding --length 6"))
    #expect(html.contains("it&#39;\\&#39;&#39;s a page.html&#39;"), "quoted for a shell, then for the page")
    let files = try FileManager.default.contentsOfDirectory(atPath: plots.path).sorted()
    #expect(
      files == [
        "adding-elman-preactivation.svg", "adding-elman-state.svg", "adding-gradients.svg", "adding-gru-candidate.svg",
        "adding-gru-reset-gate.svg", "adding-gru-state.svg", "adding-gru-update-gate.svg", "adding-learning-curves.svg",
        "adding-ranks.svg",
      ])
    for file in files { #expect(try isWellFormed(plots.appendingPathComponent(file)), "\(file)") }
    #expect(html.components(separatedBy: "<svg ").count == files.count + 1)
  }

  @Test("a page of a comparison that was stopped is complete, and says what was not looked into")
  func resumedReport() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "--tasks", "adding", "--cells", "elman,gru", "--length", "6", "--hidden", "4", "--seeds", "2", "--train-steps",
      "3",
    ]
    func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }
    func resume(_ name: String, _ more: [String]) throws -> Set<String> {
      let result = try CellBenchCommand.run(arguments + ["--resume", path(name)] + more)
      #expect(result.exitCode == 0, "\(result.errors)")
      guard more.contains("--plots") else { return [] }
      return Set(
        try FileManager.default.contentsOfDirectory(atPath: path("plots")).map {
          try String(contentsOfFile: path("plots/\($0)"), encoding: .utf8)
        })
    }
    let whole = try resume("results.jsonl", ["--report", path("first.html"), "--plots", path("plots")])
    try FileManager.default.removeItem(atPath: path("plots"))
    // Nothing is left to be done.
    #expect(try resume("results.jsonl", ["--report", path("second.html"), "--plots", path("plots")]) == whole)
    #expect(whole.count == 9)
    // Results that were written without a page, and one that is lost.
    _ = try resume("plain.jsonl", [])
    let lines = try String(contentsOfFile: path("plain.jsonl"), encoding: .utf8).split(separator: "\n")
    let kept = lines.filter { !($0.contains("\"gru\"") && $0.contains("\"seed\": 1,")) }.map { $0 + "\n" }.joined()
    try Data(kept.utf8).write(to: URL(fileURLWithPath: path("plain.jsonl")))
    _ = try resume("plain.jsonl", ["--report", path("third.html")])
    let page = try String(contentsOfFile: path("third.html"), encoding: .utf8)
    #expect(page.contains("There is no look inside of elman: ") && page.contains("gru: reset gate"))
  }

  @Test("two options that would write over one file are said, and nothing is lost")
  func sameFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.create("file", Data("kept".utf8))
    for (first, second) in [("--json", "--resume"), ("--report", "--json"), ("--text", "--report")] {
      let result = try CellBenchCommand.run([first, file.path, second, folder.url.path + "/./file"])
      #expect(result.exitCode == 2 && result.errors.contains(first) && result.errors.contains(second))
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(try String(contentsOf: file, encoding: .utf8) == "kept")
    }
    let drawing = try CellBenchCommand.run(["gradients", "--json", file.path, "--plot", file.path])
    #expect(drawing.exitCode == 2 && drawing.errors.contains("--json and --plot"))
  }

  @Test("a wrong argument beside a good one leaves files as they are")
  func untouched() throws {
    let folder = try TemporaryFolder()
    let file = try folder.create("file", Data("kept".utf8))
    let none = folder.url.appendingPathComponent("none/page.html").path
    let json = ["--json", file.path]
    for arguments in [
      json + ["--report", none], json + ["--resume", none], json + ["--parameters", "2", "--tasks", "adding"],
      ["gradients", "--plot", none] + json, ["inspect", "--plot", none] + json,
    ] {
      let result = try CellBenchCommand.run(arguments)
      #expect(result.exitCode == 2 && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      #expect(try String(contentsOf: file, encoding: .utf8) == "kept")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
    }
  }

  @Test(
    "what cannot be written is said before anything is computed, and what is in its place stays",
    arguments: [["inspect", "--plot"], ["gradients", "--plot"], ["compare", "--report"], ["compare", "--plots"]])
  func unwritable(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    _ = try folder.create("file")
    let path = folder.url.appendingPathComponent("file/nonesuch").path
    let result = try CellBenchCommand.run(arguments + [path])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains(path) && result.errors.contains("expected"))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
  }

  @Test(
    "a wrong argument is named",
    arguments: [
      (["inspect", "--delay", "17"], "from 0 to 16"), (["inspect", "--digits", "1"], "from 2"),
      (["inspect", "--cell", "elman,lstm"], "one cell"), (["inspect", "--plot", ""], "expected a path"),
      (["gradients", "--cell", "nonesuch"], "nonesuch"), (["gradients", "--length", "0"], "from 1"),
      (["gradients", "--length", "1"], "from 2 to 100000, found 1"),
      (["gradients", "--task", "text"], "expected one of"),
      (["gradients", "--task", "embedded-reber", "--length", "9"], "embedded-reber"),
      (["--parameters", "2", "--tasks", "adding"], "elman on adding with a hidden size of 1: expected at least"),
      (["gradients", "--train-steps", "-1"], "from 0"), (["gradients", "--sequences", "0"], "from 1"),
      (["--report", ""], "expected a path"), (["--plots", ""], "expected a path"),
    ])
  func wrongArgument(arguments: [String], words: String) throws {
    let result = try CellBenchCommand.run(arguments)
    #expect(result.exitCode == 2)
    #expect(result.errors.contains(words) && result.errors.split(separator: "\n").count == 1)
  }
}

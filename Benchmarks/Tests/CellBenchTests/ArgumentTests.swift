import Foundation
import Testing

@Suite("Wrong arguments and bad data")
struct ArgumentTests {
  /// Arguments, and what the message has to name: what was found and what was expected.
  static let wrong: [(arguments: [String], words: [String])] = [
    (["--cells", "nonesuch"], ["nonesuch", "elman", "lstm", "gru", "gru-reset-before"]),
    (["--cells", "elman,"], ["cell \"\"", "elman"]),
    (["--tasks", "nonesuch"], ["nonesuch", "binary-addition", "adding", "text"]),
    (["--tasks", "text"], ["--text"]),
    (["--tasks", "adding", "--text", "x"], ["--text", "adding"]),
    (["--seeds", "0"], ["--seeds", "0", "from 1"]),
    (["--seeds", "-3"], ["--seeds", "-3", "from 1"]),
    (["--seeds", "--json"], ["--seeds", "--json", "from 1"]),
    (["--seeds=-3"], ["--seeds", "-3", "from 1"]),
    (["--seeds", "three"], ["--seeds", "three", "whole number"]),
    (["--hidden", "0"], ["--hidden", "0", "from 1"]),
    (["--hidden", "99999999999999999999"], ["--hidden", "65536"]),
    (["--train-steps", "0"], ["--train-steps", "from 1"]),
    (["--train-steps", "1.5"], ["--train-steps", "1.5", "whole number"]),
    (["--minutes", "0"], ["--minutes", "above 0"]),
    (["--minutes", "-1"], ["--minutes", "-1", "above 0"]),
    (["--minutes", "nan"], ["--minutes", "nan", "above 0"]),
    (["--minutes", "soon"], ["--minutes", "soon", "number of minutes"]),
    (["--threads", "0"], ["--threads", "0", "from 1"]),
    (["--delay=-1"], ["--delay", "-1", "from 0"]),
    (["--delay", "33"], ["--delay", "33", "from 0 to 32"]),
    (["--text", ""], ["--text", "path"]),
    (["--tasks", "series"], ["--series"]),
    (["--tasks", "digits-pixels"], ["--digits"]),
    (["--tasks", "adding", "--series", "x"], ["--series", "adding"]),
    (["--tasks", "text", "--text", "x", "--digits", "y"], ["--digits", "digits-rows and digits-pixels"]),
    (["--digits-label", "middle"], ["middle", "first or last"]),
    (["--tasks", "embedded-reber", "--length", "5"], ["--length", "embedded-reber"]),
    (["--tasks", "arithmetic", "--length", "18"], ["arithmetic", "1 to 17", "18"]),
    (["--test-lengths", "10,x"], ["--test-lengths", "whole number"]),
    (["--horizon", "0"], ["--horizon", "from 1"]),
    (["--horizon", "2", "--tasks", "adding"], ["--horizon", "series and mackey-glass", "found adding"]),
    (["--delay", "2", "--tasks", "adding"], ["--delay", "binary-addition", "found adding"]),
    (["--digits-label", "last"], ["--digits-label", "digits-rows and digits-pixels"]),
    (["--parameters", "0"], ["--parameters", "from 1"]),
    (["--parameters", "100", "--hidden", "3"], ["--hidden or --parameters", "both"]),
    (["--rate", "-1"], ["--rate", "above 0"]),
    (["--tune-steps", "10"], ["--tune"]),
    (["--resume", ""], ["--resume", "path"]),
    (["--nonesuch"], ["--nonesuch"]),
    (["nonesuch"], ["nonesuch"]),
    (["--json", ""], ["--json", "path"]),
    (["speed", "--cell", "nonesuch"], ["nonesuch", "elman"]),
    (["speed", "--cell", "elman,lstm"], ["one cell"]),
    (["speed", "--phase", "backward"], ["backward", "train_step", "forward", "hessian_product"]),
    (["speed", "--mode", "loop"], ["loop", "scan", "parallel", "unrolled"]),
    (["speed", "--checkpointing", "0"], ["--checkpointing", "0", "segments", "from 1"]),
    (["speed", "--without", "everything"], ["everything", "hoisting", "fusion"]),
    (["speed", "--batch", "0"], ["--batch", "from 1"]),
    (["speed", "--time-steps", "none"], ["--time-steps", "none"]),
    (["kernels", "--budget", "0"], ["--budget", "above 0"]),
    (["optimizers", "--optimizers", "sgd,nonesuch"], ["nonesuch", "sgd-clipped", "hessian-free"]),
    (["optimizers", "--tasks", "nonesuch"], ["nonesuch", "temporal-order"]),
    (["optimizers", "--length", "30,,"], ["--length", "30,,", "from 10"]),
    (["optimizers", "--rate", "0.1,-1"], ["--rate", "-1", "above 0"]),
    (["optimizers", "--rate", "nan"], ["--rate", "nan", "above 0"]),
    (["optimizers", "--momentum", "0,1"], ["--momentum", "0,1", "below 1"]),
    (["optimizers", "--clip", "-1"], ["--clip", "-1", "from 0"]),
    (["optimizers", "--target-loss", "0"], ["--target-loss", "above 0"]),
    (["optimizers", "--length", "9"], ["--length", "9", "from 10"]),
    (["optimizers", "--steps", "0"], ["--steps", "from 1"]),
    (["optimizers", "--gradients", "-5"], ["--gradients", "-5", "from 1"]),
    (["optimizers", "--seconds", "inf"], ["--seconds", "inf", "above 0"]),
    (["optimizers", "--initialization", "zeros"], ["zeros", "sparse, orthogonal"]),
    (["optimizers", "--input-scale", "0"], ["--input-scale", "above 0"]),
    (["optimizers", "--spectral-radius", "nan"], ["--spectral-radius", "nan", "above 0"]),
    (["optimizers", "--initialization", "irnn", "--input-scale", "0.1"], ["--input-scale", "sparse", "irnn"]),
    (["optimizers", "--preconditioner-samples", "-1"], ["--preconditioner-samples", "from 0"]),
    (["optimizers", "--structural-damping", "-1"], ["--structural-damping", "-1", "from 0"]),
    (["optimizers", "--damping", "-0.1"], ["--damping", "-0.1", "above 0"]),
  ]

  @Test("a wrong argument ends with 2 and one line that names it", arguments: wrong.indices)
  func wrongArgument(index: Int) throws {
    let (arguments, words) = Self.wrong[index]
    let result = try CellBenchCommand.run(arguments)
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    let first = try #require(result.errors.split(separator: "\n").first)
    for word in words { #expect(first.contains(word), "\(word) in: \(first)") }
  }

  @Test(
    "an environment that cannot be had ends with 2",
    arguments: [
      ("TAPESTRY_THREADS", "x"), ("TAPESTRY_THREADS", "0"), ("TAPESTRY_THREADS", ""),
      ("TAPESTRY_INSTRUCTION_SET", "nonesuch"),
    ])
  func wrongEnvironment(variable: String, value: String) throws {
    for arguments in [[], ["speed"], ["kernels"]] {
      let result = try CellBenchCommand.run(arguments, environment: [variable: value])
      #expect(result.exitCode == 2)
      #expect(result.errors.contains(variable))
      #expect(result.errors.contains("expected"))
      #expect(result.errors.contains("\"\(value)\""))
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test(
    "an output that cannot be written is said before training",
    arguments: [["compare"], ["speed"], ["list"], ["optimizers"]])
  func unwritableOutput(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("nonesuch/results.jsonl").path
    let result = try CellBenchCommand.run(arguments + ["--json", path])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains(path))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }

  @Test("a disk that is full ends with 1", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let result = try CellBenchCommand.run(
      ["--cells", "elman", "--tasks", "binary-addition", "--train-steps", "1", "--json", "/dev/full"])
    #expect(result.exitCode == 1)
    let last = try #require(result.errors.split(separator: "\n").last)
    #expect(last.contains("/dev/full: expected to write"))
  }

  @Test(
    "help ends with 0", arguments: [["--help"], ["help"], ["compare", "--help"], ["speed", "-h"], ["help", "list"]])
  func help(arguments: [String]) throws {
    let result = try CellBenchCommand.run(arguments)
    #expect(result.exitCode == 0)
    #expect(result.output.contains("USAGE: cellbench"))
    #expect(result.errors.isEmpty)
  }

  /// Files that no character model can be made of, and what the message has to say.
  static let badTexts: [(bytes: [UInt8], words: [String])] = [
    ([], ["found 0"]),
    ([0xEF, 0xBB, 0xBF], ["found 0"]),
    ([65], ["found 1"]),
    (Array(repeating: 65, count: 10_000), ["U+41"]),
    ([65, 66, 0xFF, 67], ["UTF-8", "offset 2"]),
    (Array("abc".utf8), ["found 3"]),
    (Array(String(repeating: "ab", count: 1000).utf8), ["found 2000"]),
  ]

  @Test("a bad text ends with 1 and one line", arguments: badTexts.indices)
  func badText(index: Int) throws {
    let (bytes, words) = Self.badTexts[index]
    let folder = try TemporaryFolder()
    let file = try folder.create("text", Data(bytes))
    let output = folder.url.appendingPathComponent("results.jsonl")
    let result = try CellBenchCommand.run(["--tasks", "text", "--text", file.path, "--json", output.path])
    #expect(result.exitCode == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(file.path))
    #expect(result.errors.contains("expected"))
    for word in words { #expect(result.errors.contains(word), "\(word) in: \(result.errors)") }
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: output.path), "nothing was begun")
  }

  /// Files that tasks cannot be made of: the option, what is in the file, and what the message has to say.
  static let badFiles: [(option: String, text: String, words: [String])] = [
    ("--series", "year,n\n" + (1...60).map { "\($0),\($0)\n" }.joined() + "61,\n", ["line 62, column 2", "empty"]),
    ("--series", (1...60).map { "\($0)\n" }.joined() + "many\n", ["line 61, column 1", "\"many\""]),
    ("--series", "1\n2\n", ["at least 50", "found 2"]),
    ("--digits", (1...30).map { "\($0 % 10),0,1,2,3,4\n" }.joined(), ["line 1", "square", "found 5"]),
    (
      "--digits", (1...30).map { "\($0 % 10),0,1,2\($0 == 7 ? "" : ",3")\n" }.joined(),
      ["line 7", "expected 5", "found 4"]
    ),
    ("--digits", (1...30).map { "\($0),0,1,2,3\n" }.joined(), ["line 10, column 1", "\"10\""]),
    ("--digits", "\0\0\u{8}\u{1}", ["begins with 00 00 08 03", "found 00 00 08 01"]),
    ("--resume", "not results\n", ["something else"]),
  ]

  @Test("a bad file ends with 1 and one line, before anything is begun", arguments: badFiles.indices)
  func badFile(index: Int) throws {
    let (option, text, words) = Self.badFiles[index]
    let folder = try TemporaryFolder()
    let file = try folder.create("file", Data(text.utf8))
    let result = try CellBenchCommand.run([option, file.path])
    #expect(result.exitCode == 1)
    #expect(result.output.isEmpty)
    for word in [file.path, "expected"] + words {
      #expect(result.errors.contains(word), "\(word) in: \(result.errors)")
    }
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test("a text that is not there, or is a folder, ends with 1")
  func unreadableText() throws {
    let folder = try TemporaryFolder()
    for (path, words) in [
      (folder.url.appendingPathComponent("none").path, "no such file"), (folder.url.path, "folder"),
    ] {
      let result = try CellBenchCommand.run(["--text", path])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains(path))
      #expect(result.errors.contains(words))
    }
  }
}

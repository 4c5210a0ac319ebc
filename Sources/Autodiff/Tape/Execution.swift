internal import CKernels
internal import DenseArrays
internal import Foundation

/// An instruction set that the kernels are compiled for.
public enum InstructionSet: Int, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// 16-byte vectors that any compiler for x86-64 or ARM has.
  case portable = 0
  /// 32-byte vectors and fused multiply-adds.
  case avx2 = 1
  /// 64-byte vectors.
  case avx512 = 2
  /// The same, and tile registers for large float32 products: up to 2.5 times as fast, with errors like those of
  /// multiply-adds, but for terms below 1e-29 (`product_amx.c` has the bound).
  case amx = 3

  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    case .amx: "amx"
    }
  }

  /// Whether this machine can run it.
  public var isSupported: Bool { table != nil }

  /// The fastest one that this machine can run.
  public static var best: InstructionSet {
    InstructionSet(rawValue: Int(tk_best_instruction_set().rawValue)) ?? .portable
  }

  var table: OpaquePointer? { tk_kernels_for(tk_instruction_set(rawValue: UInt32(rawValue))) }
}

/// Where and how operations run: the instruction set of the kernels and the largest number of threads.
///
/// Results depend on the instruction set in the last bits, and never on the number of threads.
public struct Execution: Hashable, Sendable {
  /// The instruction set of the kernels.
  public let instructionSet: InstructionSet
  /// The largest number of threads that an operation uses.
  public let threads: Int

  /// An execution on at most `threads` threads; a count below 1 or an instruction set that the machine lacks stops.
  public init(instructionSet: InstructionSet? = nil, threads: Int? = nil) {
    let base = Execution.default
    self.init(checked: instructionSet ?? base.instructionSet, threads ?? base.threads)
  }

  private init(checked instructionSet: InstructionSet, _ threads: Int) {
    guard threads >= 1 else { stop("Execution: at least 1 thread, not \(threads)") }
    guard instructionSet.isSupported else {
      stop("Execution: this machine cannot run \(instructionSet); it can run \(Execution.supportedNames)")
    }
    self.instructionSet = instructionSet
    self.threads = threads
  }

  /// What the environment asks for: `TAPESTRY_INSTRUCTION_SET` (portable, avx2, avx512 or amx; the best one when not set) and
  /// `TAPESTRY_THREADS` (the cores when not set). A value that does not fit throws.
  public init(environment: [String: String]) throws(ExecutionError) {
    var instructionSet: InstructionSet?
    if let text = environment["TAPESTRY_INSTRUCTION_SET"] {
      guard let named = InstructionSet.allCases.first(where: { $0.description == text }), named.isSupported else {
        throw ExecutionError(
          variable: "TAPESTRY_INSTRUCTION_SET", found: text, expected: "one of \(Execution.supportedNames)")
      }
      instructionSet = named
    }
    var threads = Int(tk_core_count())
    if let text = environment["TAPESTRY_THREADS"] {
      guard let count = Int(text), count >= 1 else {
        throw ExecutionError(
          variable: "TAPESTRY_THREADS", found: text, expected: "a whole number of threads, 1 or more")
      }
      threads = count
    }
    // The best one only where none is named: to look for tile registers is to ask the system for them.
    self.init(checked: instructionSet ?? .best, threads)
  }

  /// What the process's environment asks for; a value that does not fit stops with one line.
  public static let `default`: Execution = {
    do throws(ExecutionError) {
      return try Execution(environment: ProcessInfo.processInfo.environment)
    } catch {
      stop(error.description)
    }
  }()

  private static var supportedNames: String {
    InstructionSet.allCases.filter(\.isSupported).map(\.description).joined(separator: ", ")
  }

  var kernels: OpaquePointer {
    guard let table = instructionSet.table else { stop("Execution: this machine cannot run \(instructionSet)") }
    return table
  }
}

/// An environment variable that asks for something that cannot be had.
public struct ExecutionError: Error, Hashable, CustomStringConvertible {
  /// The environment variable.
  public let variable: String
  /// Its value.
  public let found: String
  /// What would have been right.
  public let expected: String

  public var description: String { "\(variable): expected \(expected), found \"\(found)\"" }
}

internal import DenseArrays
internal import Synchronization

/// A straight-line program of scalar operations that is applied to every element of its operands.
///
/// A program reads `inputCount` operands and `constantCount` run-time scalars, which are passed to each call, and gives
/// `outputCount` results. Programs are immutable; two programs are equal when they have the same instructions.
/// Derivatives are programs too: see ``adjoint(withRespectTo:seeds:)`` and ``tangent(inputs:)``.
public final class PointwiseProgram: Sendable {
  /// The number of operands, at most 64.
  public let inputCount: Int
  /// The number of run-time scalars that a call passes.
  public let constantCount: Int

  /// The values in the order they are computed: inputs, constants, then the rest.
  let nodes: [PointwiseNode]
  /// The results, as indices into `nodes`.
  let outputs: [Int32]
  /// How many of the last results were added by ``savingIntermediates()``.
  let savedCount: Int

  private let structuralHash: Int
  private let compiled = AtomicLazyReference<CompiledPointwiseProgram>()
  /// The address of the compiled form, 0 before it is made.
  private let interpreterAddress = Atomic<UInt>(0)
  let derivatives = PointwiseDerivativeCache()

  /// The largest number of operands, and of results: sets of them are bit masks.
  static let operandLimit = 64

  init(nodes: [PointwiseNode], inputCount: Int, constantCount: Int, outputs: [Int32], savedCount: Int = 0) {
    if inputCount > Self.operandLimit || outputs.count > Self.operandLimit {
      stop(
        "pointwise: a program has at most \(Self.operandLimit) operands and as many results,"
          + " not \(inputCount) and \(outputs.count)")
    }
    for output in outputs where nodes[Int(output)].operation.givesMask {
      stop("pointwise: result \(output) is a mask; turn it into numbers by select(mask, 1, 0)")
    }
    self.nodes = nodes
    self.inputCount = inputCount
    self.constantCount = constantCount
    self.outputs = outputs
    self.savedCount = savedCount
    var hasher = Hasher()
    hasher.combine(inputCount)
    hasher.combine(constantCount)
    hasher.combine(nodes)
    hasher.combine(outputs)
    hasher.combine(savedCount)
    structuralHash = hasher.finalize()
  }

  /// The number of results, at most 64.
  public var outputCount: Int { outputs.count }

  /// The number of operations, operands and constants not counted.
  public var operationCount: Int {
    nodes.count { node in node.operation.operandCount > 0 }
  }

  /// The form that the interpreter runs, made once.
  var compiledProgram: CompiledPointwiseProgram {
    if let program = compiled.load() { return program }
    return compiled.storeIfNil(CompiledPointwiseProgram(self))
  }

  /// The interpreter's program, without reference counts once it is known.
  @inline(__always)
  var interpreterProgram: UnsafeRawPointer {
    if let pointer = UnsafeRawPointer(bitPattern: interpreterAddress.load(ordering: .acquiring)) { return pointer }
    let pointer = UnsafeRawPointer(compiledProgram.program)
    interpreterAddress.store(UInt(bitPattern: pointer), ordering: .releasing)
    return pointer
  }
}

extension PointwiseProgram: Hashable {
  public static func == (lhs: PointwiseProgram, rhs: PointwiseProgram) -> Bool {
    if lhs === rhs { return true }
    return lhs.structuralHash == rhs.structuralHash && lhs.inputCount == rhs.inputCount
      && lhs.constantCount == rhs.constantCount && lhs.savedCount == rhs.savedCount
      && lhs.outputs == rhs.outputs && lhs.nodes == rhs.nodes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(structuralHash)
  }
}

extension PointwiseProgram: CustomStringConvertible {
  /// The program as text, one operation a line: operands are `%0`, `%1`, ..., run-time scalars `c0`, `c1`, ..., other
  /// values `t0`, `t1`, ... in the order they are computed; the last line names the results.
  public var description: String {
    let names = valueNames
    var lines: [String] = []
    for (index, node) in nodes.enumerated() where node.operation.operandCount > 0 {
      let operands = (0..<node.operation.operandCount).map { names[Int(node.operand($0))] }
      lines.append("\(names[index]) = \(node.operation.name)(\(operands.joined(separator: ", ")))")
    }
    lines.append("return " + outputs.map { names[Int($0)] }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// A short label: the only operation's name, or "pointwise" with the number of operations.
  public var label: String {
    let operations = nodes.filter { $0.operation.operandCount > 0 }
    if let only = operations.first, operations.count == 1 { return only.operation.name }
    return operations.isEmpty ? "copy" : "pointwise(\(operations.count))"
  }

  private var valueNames: [String] {
    var count = 0
    return nodes.map { node in
      switch node.operation {
      case .input: return "%\(node.a)"
      case .constant: return "c\(node.a)"
      case .literal:
        let value = Double(bitPattern: node.literal)
        return value == value.rounded() && value.magnitude < 1e15 ? String(format(value)) : "\(value)"
      default:
        count += 1
        return "t\(count - 1)"
      }
    }
  }

  private func format(_ value: Double) -> String {
    value == 0 && value.sign == .minus ? "-0" : String(Int(value))
  }
}

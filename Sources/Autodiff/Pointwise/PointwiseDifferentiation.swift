/// The state shared by the two directions of differentiation: a builder whose inputs are the original program's inputs,
/// outputs and the seeds, and the original values rebuilt in it.
struct PointwiseDifferentiation {
  typealias Value = PointwiseBuilder.Value

  let program: PointwiseProgram
  var builder = PointwiseBuilder()
  /// The counterpart of each of the program's values.
  private(set) var values: [Value] = []

  /// Values that the program gives as results are read, all others are computed again.
  init(_ program: PointwiseProgram) {
    self.program = program
    var resultIndex: [Int32: Int] = [:]
    for (index, output) in program.outputs.enumerated().reversed() { resultIndex[output] = index }
    values.reserveCapacity(program.nodes.count)
    let inputs = (0..<program.inputCount).map { builder.input($0) }
    let constants = (0..<program.constantCount).map { builder.constant($0) }
    for (index, node) in program.nodes.enumerated() {
      if let result = resultIndex[Int32(index)], node.operation.operandCount > 0 {
        values.append(builder.input(program.inputCount + result))
      } else {
        values.append(builder.copy(node, values: values, inputs: inputs, constants: constants))
      }
    }
  }

  mutating func seed(_ index: Int) -> Value { builder.input(program.inputCount + program.outputCount + index) }

  /// The derivative of a function of one number x with value y, as a factor; nil when it is 0 everywhere.
  mutating func factor(_ operation: PointwiseOperation, x: Value, y: Value) -> Value? {
    let one = builder.literal(1)
    switch operation {
    case .negate: return builder.literal(-1)
    case .absolute: return builder.emit(.sign, x)
    case .exp: return y
    case .expm1: return builder.add(y, one)
    case .sin: return builder.emit(.cos, x)
    case .cos: return builder.negate(builder.emit(.sin, x))
    case .tanh: return builder.subtract(one, builder.multiply(y, y))
    case .sigmoid: return builder.multiply(y, builder.subtract(one, y))
    case .softplus:
      // The sigmoid of x by the result alone: 1 - exp(-y).
      return builder.negate(builder.emit(.expm1, builder.negate(y)))
    case .erf:
      let scale = builder.literal(1.128379167095512573896158903121545172)  // 2 / sqrt(pi)
      return builder.multiply(scale, builder.emit(.exp, builder.negate(builder.multiply(x, x))))
    default: return nil
    }
  }

  /// `numerator` times the derivative of a function whose derivative is a quotient; nil for all others.
  mutating func quotient(_ operation: PointwiseOperation, x: Value, y: Value, numerator: Value) -> Value? {
    switch operation {
    case .log: return builder.divide(numerator, x)
    case .log1p: return builder.divide(numerator, builder.add(x, builder.literal(1)))
    case .squareRoot: return builder.divide(builder.multiply(numerator, builder.literal(0.5)), y)
    default: return nil
    }
  }

  /// `tangent` times the derivative of a function of one number.
  mutating func chain(_ operation: PointwiseOperation, x: Value, y: Value, with seed: Value) -> Value? {
    if let result = quotient(operation, x: x, y: y, numerator: seed) { return result }
    guard let factor = factor(operation, x: x, y: y) else { return nil }
    return builder.multiply(seed, factor)
  }

  /// The derivative of a^b in a: b a^(b - 1), and 0 for b = 0.
  mutating func powerFactor(base a: Value, exponent b: Value) -> Value {
    let lower = builder.subtract(b, builder.literal(1))
    let factor = builder.multiply(b, builder.emit(.power, a, lower))
    if builder.literalValue(b) != nil { return factor }
    let zero = builder.literal(0)
    return builder.select(builder.emit(.equal, b, zero), zero, factor)
  }

  /// The derivative of a^b in b: y log a, and 0 for a = 0.
  mutating func powerExponentFactor(base a: Value, result y: Value) -> Value {
    let zero = builder.literal(0)
    let factor = builder.multiply(y, builder.emit(.log, a))
    return builder.select(builder.emit(.equal, a, zero), zero, factor)
  }

  /// The derivative with the operands that are needed, in the order inputs, outputs, seeds.
  func derivative(_ results: [Value?], seeds: [Int]) -> PointwiseDerivative {
    var outputs: [Value] = []
    var position: [Value: Int] = [:]
    var targets: [PointwiseDerivative.Target] = []
    let firstSeed = program.inputCount + program.outputCount
    for result in results {
      guard let result else {
        targets.append(.zero)
        continue
      }
      let node = builder.nodes[Int(result)]
      if node.operation == .input, Int(node.a) >= firstSeed {
        targets.append(.seed(Int(node.a) - firstSeed))
      } else if node.literalValue == 0 {
        targets.append(.zero)
      } else {
        let index = position[result] ?? outputs.count
        if index == outputs.count {
          position[result] = index
          outputs.append(result)
        }
        targets.append(.output(index))
      }
    }
    let live = builder.live(outputs)
    var needed = [Bool](repeating: false, count: firstSeed + PointwiseProgram.operandLimit)
    for (index, node) in builder.nodes.enumerated() where node.operation == .input && live[index] {
      needed[Int(node.a)] = true
    }
    var sources: [PointwiseDerivative.Source] = []
    var renumbered = [Int?](repeating: nil, count: needed.count)
    for index in needed.indices where needed[index] {
      renumbered[index] = sources.count
      sources.append(
        index < program.inputCount
          ? .input(index) : index < firstSeed ? .output(index - program.inputCount) : .seed(index - firstSeed))
    }
    return PointwiseDerivative(
      program: builder.program(
        inputCount: sources.count, constantCount: program.constantCount, outputs: outputs, inputs: renumbered),
      operands: sources, targets: targets)
  }
}

/// Builds a pointwise program: equal values are made once, and what needs no computation is simplified.
///
/// The simplifications keep every bit of the result, NaN and infinities included, except that the sign of a zero may
/// change (`x + 0` is `x`, `-(a - b)` is `b - a`) and that literals are folded in float64. In particular `x * 0` and
/// `x - x` stay.
struct PointwiseBuilder {
  typealias Value = Int32

  private(set) var nodes: [PointwiseNode] = []
  private var known: [PointwiseNode: Value] = [:]

  mutating func input(_ index: Int) -> Value { insert(PointwiseNode(.input, Int32(index))) }

  mutating func constant(_ index: Int) -> Value { insert(PointwiseNode(.constant, Int32(index))) }

  mutating func literal(_ value: Double) -> Value { insert(PointwiseNode(literal: value)) }

  func literalValue(_ value: Value) -> Double? { nodes[Int(value)].literalValue }

  private mutating func insert(_ node: PointwiseNode) -> Value {
    if let value = known[node] { return value }
    let value = Value(nodes.count)
    nodes.append(node)
    known[node] = value
    return value
  }

  /// A value of `operation` on up to three operands, simplified.
  mutating func emit(_ operation: PointwiseOperation, _ a: Value, _ b: Value = 0, _ c: Value = 0) -> Value {
    if let value = folded(operation, a, b, c) ?? simplified(operation, a, b, c) { return value }
    if operation.isCommutative && rank(a) > rank(b) { return insert(PointwiseNode(operation, b, a, c)) }
    switch operation {
    case .minimum, .maximum:
      // A constant counts as the second operand, also for the derivative at a tie.
      if isScalar(a) && !isScalar(b) { return insert(PointwiseNode(operation, b, a)) }
    default: break
    }
    return insert(PointwiseNode(operation, a, b, c))
  }

  mutating func add(_ a: Value, _ b: Value) -> Value { emit(.add, a, b) }
  mutating func subtract(_ a: Value, _ b: Value) -> Value { emit(.subtract, a, b) }
  mutating func multiply(_ a: Value, _ b: Value) -> Value { emit(.multiply, a, b) }
  mutating func divide(_ a: Value, _ b: Value) -> Value { emit(.divide, a, b) }
  mutating func negate(_ a: Value) -> Value { emit(.negate, a) }
  mutating func select(_ mask: Value, _ a: Value, _ b: Value) -> Value { emit(.select, mask, a, b) }

  /// Constants and literals come last among commutative operands.
  private func rank(_ value: Value) -> Int {
    switch nodes[Int(value)].operation {
    case .literal: Int(value) + 2 << 40
    case .constant: Int(value) + 1 << 40
    default: Int(value)
    }
  }

  private func isScalar(_ value: Value) -> Bool {
    let operation = nodes[Int(value)].operation
    return operation == .literal || operation == .constant
  }

  private func operand(of value: Value, if operation: PointwiseOperation) -> Value? {
    let node = nodes[Int(value)]
    return node.operation == operation ? node.a : nil
  }

  /// The result as a literal, when all operands are literals.
  private mutating func folded(_ operation: PointwiseOperation, _ a: Value, _ b: Value, _ c: Value) -> Value? {
    let count = operation.operandCount
    guard count > 0, !operation.givesMask, let x = literalValue(a) else { return nil }
    if operation == .straightThrough { return nil }
    if count == 1 { return literal(PointwiseReference.value(of: operation, x, 0)) }
    guard count == 2, let y = literalValue(b) else { return nil }
    return literal(PointwiseReference.value(of: operation, x, y))
  }

  private mutating func simplified(_ operation: PointwiseOperation, _ a: Value, _ b: Value, _ c: Value) -> Value? {
    switch operation {
    case .add:
      if literalValue(b) == 0 { return a }
      if literalValue(a) == 0 { return b }
      if let x = operand(of: b, if: .negate) { return subtract(a, x) }
      if let x = operand(of: a, if: .negate) { return subtract(b, x) }
    case .subtract:
      if literalValue(b) == 0 { return a }
      if literalValue(a) == 0 { return negate(b) }
      if let x = operand(of: b, if: .negate) { return add(a, x) }
    case .multiply:
      if literalValue(b) == 1 { return a }
      if literalValue(a) == 1 { return b }
      if literalValue(b) == -1 { return negate(a) }
      if literalValue(a) == -1 { return negate(b) }
      if let x = operand(of: a, if: .negate) { return negate(multiply(x, b)) }
      if let x = operand(of: b, if: .negate) { return negate(multiply(a, x)) }
    case .divide:
      if literalValue(b) == 1 { return a }
      if literalValue(b) == -1 { return negate(a) }
      if let x = operand(of: a, if: .negate) { return negate(divide(x, b)) }
      if let x = operand(of: b, if: .negate) { return negate(divide(a, x)) }
    case .negate:
      if let x = operand(of: a, if: .negate) { return x }
      let node = nodes[Int(a)]
      if node.operation == .subtract { return subtract(node.b, node.a) }
      if node.operation == .multiply, let factor = literalValue(node.b) {
        let opposite = literal(-factor)
        return multiply(node.a, opposite)
      }
    case .absolute:
      if operand(of: a, if: .absolute) != nil { return a }
      if let x = operand(of: a, if: .negate) { return emit(.absolute, x) }
    case .power:
      if let exponent = literalValue(b) { return power(a, exponent) }
    case .and, .or:
      if a == b { return a }
    case .not:
      if let x = operand(of: a, if: .not) { return x }
    case .select:
      if b == c { return b }
      if let x = operand(of: a, if: .not) { return select(x, c, b) }
      let first = nodes[Int(b)]
      if first.operation == .select, first.a == a { return select(a, first.b, c) }
      let second = nodes[Int(c)]
      if second.operation == .select, second.a == a { return select(a, b, second.c) }
    default: break
    }
    return nil
  }

  /// Powers with small literal exponents as products, quotients and roots.
  private mutating func power(_ a: Value, _ exponent: Double) -> Value? {
    switch exponent {
    case 0: return literal(1)
    case 1: return a
    case 2: return multiply(a, a)
    case 3: return multiply(multiply(a, a), a)
    case -1:
      let one = literal(1)
      return divide(one, a)
    default: return nil
    }
  }
}

extension PointwiseBuilder {
  /// Copies `program`'s values with `inputs` and `constants` in place of its own, and returns its outputs.
  mutating func append(_ program: PointwiseProgram, inputs: [Value], constants: [Value]) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(program.nodes.count)
    for node in program.nodes { values.append(copy(node, values: values, inputs: inputs, constants: constants)) }
    return program.outputs.map { values[Int($0)] }
  }

  /// One node of another program, whose operands' counterparts are `values`.
  mutating func copy(_ node: PointwiseNode, values: [Value], inputs: [Value], constants: [Value]) -> Value {
    switch node.operation {
    case .input: return inputs[Int(node.a)]
    case .constant: return constants[Int(node.a)]
    case .literal: return literal(Double(bitPattern: node.literal))
    default:
      let count = node.operation.operandCount
      return emit(
        node.operation, values[Int(node.a)], count > 1 ? values[Int(node.b)] : 0, count > 2 ? values[Int(node.c)] : 0)
    }
  }

  /// For each value, whether `outputs` depend on it.
  func live(_ outputs: [Value]) -> [Bool] {
    var live = [Bool](repeating: false, count: nodes.count)
    for output in outputs { live[Int(output)] = true }
    for index in nodes.indices.reversed() where live[index] {
      let node = nodes[index]
      for position in 0..<node.operation.operandCount { live[Int(node.operand(position))] = true }
    }
    return live
  }

  /// The program with these outputs: the inputs first, then the constants, then whatever is needed in the order made.
  ///
  /// `inputs` maps this builder's input indices to the program's; nil leaves an input out (it must not be needed).
  func program(inputCount: Int, constantCount: Int, outputs: [Value], inputs: [Int?]? = nil) -> PointwiseProgram {
    let live = live(outputs)
    var renumbered = [Value](repeating: -1, count: nodes.count)
    var result: [PointwiseNode] = []
    for index in 0..<inputCount { result.append(PointwiseNode(.input, Int32(index))) }
    for index in 0..<constantCount { result.append(PointwiseNode(.constant, Int32(index))) }
    for (index, node) in nodes.enumerated() {
      switch node.operation {
      case .input:
        let target = inputs.map { $0[Int(node.a)] } ?? Int(node.a)
        if let target { renumbered[index] = Value(target) }
      case .constant: renumbered[index] = Value(inputCount) + node.a
      default:
        guard live[index] else { continue }
        var copy = node
        let count = node.operation.operandCount
        if count > 0 { copy.a = renumbered[Int(node.a)] }
        if count > 1 { copy.b = renumbered[Int(node.b)] }
        if count > 2 { copy.c = renumbered[Int(node.c)] }
        renumbered[index] = Value(result.count)
        result.append(copy)
      }
    }
    return PointwiseProgram(
      nodes: result, inputCount: inputCount, constantCount: constantCount, outputs: outputs.map { renumbered[Int($0)] })
  }
}

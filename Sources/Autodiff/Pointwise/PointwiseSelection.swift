internal import CKernels

/// Chooses the interpreter's instructions for a program's values: simple ones, and superinstructions that do the work of
/// several where the values between them are needed nowhere else.
struct PointwiseSelection {
  let source: PointwiseProgram
  /// How often each value is read or is a result.
  private var uses: [Int]

  init(_ source: PointwiseProgram) {
    self.source = source
    uses = [Int](repeating: 0, count: source.nodes.count)
    var isLive = [Bool](repeating: false, count: source.nodes.count)
    for output in source.outputs {
      let value = Int(Self.resolved(output, in: source))
      isLive[value] = true
      // Results are stored in any case: they count as read by more than one instruction.
      uses[value] += 2
    }
    for index in source.nodes.indices.reversed() where isLive[index] {
      for value in operands(of: source.nodes[index]) {
        isLive[Int(value)] = true
        uses[Int(value)] += 1
      }
    }
  }

  /// The value that a straight-through value stands for when it is computed.
  static func resolved(_ value: Int32, in source: PointwiseProgram) -> Int32 {
    var value = value
    while source.nodes[Int(value)].operation == .straightThrough { value = source.nodes[Int(value)].a }
    return value
  }

  private func operands(of node: PointwiseNode) -> [Int32] {
    let count = node.operation == .straightThrough ? 1 : node.operation.operandCount
    return (0..<count).map { Self.resolved(node.operand($0), in: source) }
  }

  func drafts() -> [PointwiseCompiler.Draft] {
    var needed = [Bool](repeating: false, count: source.nodes.count)
    for output in source.outputs { needed[Int(Self.resolved(output, in: source))] = true }
    var drafts: [PointwiseCompiler.Draft] = []
    for index in source.nodes.indices.reversed() where needed[index] {
      let node = source.nodes[index]
      if node.operation.operandCount == 0 { continue }
      let own = operands(of: node)
      let (operation, sources) = merged(node.operation, own) ?? (Self.simple(node.operation), own)
      for value in sources { needed[Int(value)] = true }
      drafts.append(PointwiseCompiler.Draft(operation: operation, sources: sources, value: Int32(index)))
    }
    return drafts.reversed()
  }

  // MARK: Superinstructions

  private typealias Choice = (tk_operation, [Int32])

  /// The operands of `value` when it is made by `operation`; with `once`, only when nothing else reads it.
  private func parts(_ value: Int32, _ operation: PointwiseOperation, once: Bool = true) -> [Int32]? {
    let node = source.nodes[Int(value)]
    guard node.operation == operation, !once || uses[Int(value)] == 1 else { return nil }
    return operands(of: node)
  }

  private func isOne(_ value: Int32) -> Bool { source.nodes[Int(value)].literalValue == 1 }

  private func isScalar(_ value: Int32) -> Bool {
    let operation = source.nodes[Int(value)].operation
    return operation == .literal || operation == .constant
  }

  private func merged(_ operation: PointwiseOperation, _ operands: [Int32]) -> Choice? {
    switch operation {
    case .add: mergedSum(operands[0], operands[1])
    case .subtract:
      if let product = parts(operands[1], .multiply) {
        (TK_OP_subtract_product, [operands[0]] + product)
      } else if let product = parts(operands[0], .multiply) {
        (TK_OP_multiply_subtract, product + [operands[1]])
      } else {
        nil
      }
    case .multiply: mergedProduct(operands[0], operands[1])
    case .negate: softplusDerivative(operands[0])
    case .divide: parts(operands[1], .add).map { (TK_OP_divide_by_sum, [operands[0]] + $0) }
    case .sigmoid: ofSum(operands[0], TK_OP_sigmoid_of_sum, TK_OP_sigmoid_of_sum3)
    case .tanh: ofSum(operands[0], TK_OP_tanh_of_sum, TK_OP_tanh_of_sum3)
    case .softplus: ofSum(operands[0], TK_OP_softplus_of_sum, TK_OP_softplus_of_sum3)
    default: nil
    }
  }

  private func mergedSum(_ a: Int32, _ b: Int32) -> Choice? {
    for (term, other) in [(b, a), (a, b)] {
      guard let product = parts(term, .multiply) else { continue }
      for (factor, rest) in [(product[1], product[0]), (product[0], product[1])] {
        if let y = tanhFactor(factor) { return (TK_OP_add_tanh_derivative, [other, rest, y]) }
      }
      if let second = parts(other, .multiply) { return (TK_OP_add_products, product + second) }
      for (factor, rest) in [(product[1], product[0]), (product[0], product[1])] {
        if let difference = parts(factor, .subtract) {
          return (TK_OP_add_multiplied_difference, [other, rest] + difference)
        }
      }
      return (TK_OP_multiply_add, product + [other])
    }
    for (term, other) in [(a, b), (b, a)] {
      if let sum = parts(term, .add) { return (TK_OP_add3, sum + [other]) }
    }
    return nil
  }

  private func mergedProduct(_ a: Int32, _ b: Int32) -> Choice? {
    for (factor, other) in [(a, b), (b, a)] {
      if let y = sigmoidFactor(factor) {
        if let product = parts(other, .multiply) { return (TK_OP_sigmoid_derivative3, product + [y]) }
        return (TK_OP_sigmoid_derivative, [other, y])
      }
      if let y = tanhFactor(factor) {
        if let product = parts(other, .multiply) { return (TK_OP_tanh_derivative3, product + [y]) }
        return (TK_OP_tanh_derivative, [other, y])
      }
    }
    for (factor, other) in [(a, b), (b, a)] {
      if let difference = parts(factor, .subtract, once: false),
        uses[Int(factor)] == 1 || isScalar(difference[0]) || isScalar(difference[1])
      {
        return (TK_OP_multiply_difference, [other] + difference)
      }
    }
    for (factor, other) in [(a, b), (b, a)] {
      if let product = parts(factor, .multiply) { return (TK_OP_multiply3, product + [other]) }
    }
    return nil
  }

  /// y, when `value` is y (1 - y).
  private func sigmoidFactor(_ value: Int32) -> Int32? {
    guard let product = parts(value, .multiply) else { return nil }
    for (y, rest) in [(product[0], product[1]), (product[1], product[0])] {
      if let difference = parts(rest, .subtract, once: false), isOne(difference[0]), difference[1] == y { return y }
    }
    return nil
  }

  /// y, when `value` is 1 - y y.
  private func tanhFactor(_ value: Int32) -> Int32? {
    guard let difference = parts(value, .subtract), isOne(difference[0]),
      let square = parts(difference[1], .multiply, once: false), square[0] == square[1]
    else { return nil }
    return square[0]
  }

  /// -(a expm1(-b)), the cotangent a of a softplus with result b.
  private func softplusDerivative(_ value: Int32) -> Choice? {
    guard let product = parts(value, .multiply) else { return nil }
    for (a, rest) in [(product[0], product[1]), (product[1], product[0])] {
      if let exponent = parts(rest, .expm1), let b = parts(exponent[0], .negate, once: false) {
        return (TK_OP_multiply_softplus_derivative, [a] + b)
      }
    }
    return nil
  }

  private func ofSum(_ value: Int32, _ two: tk_operation, _ three: tk_operation) -> Choice? {
    guard let sum = parts(value, .add) else { return nil }
    for (term, other) in [(sum[0], sum[1]), (sum[1], sum[0])] {
      if let inner = parts(term, .add) { return (three, inner + [other]) }
    }
    return (two, sum)
  }

  // MARK: Simple instructions

  private static func simple(_ operation: PointwiseOperation) -> tk_operation {
    switch operation {
    case .input, .constant, .literal, .straightThrough: TK_OP_copy
    case .add: TK_OP_add
    case .subtract: TK_OP_subtract
    case .multiply: TK_OP_multiply
    case .divide: TK_OP_divide
    case .negate: TK_OP_negate
    case .absolute: TK_OP_absolute
    case .minimum: TK_OP_minimum
    case .maximum: TK_OP_maximum
    case .floor: TK_OP_floor
    case .ceil: TK_OP_ceil
    case .round: TK_OP_round
    case .modulo: TK_OP_modulo
    case .sign: TK_OP_sign
    case .power: TK_OP_power
    case .exp: TK_OP_exp
    case .log: TK_OP_log
    case .log1p: TK_OP_log1p
    case .expm1: TK_OP_expm1
    case .tanh: TK_OP_tanh
    case .sigmoid: TK_OP_sigmoid
    case .softplus: TK_OP_softplus
    case .sin: TK_OP_sin
    case .cos: TK_OP_cos
    case .squareRoot: TK_OP_square_root
    case .erf: TK_OP_erf
    case .less: TK_OP_less
    case .lessOrEqual: TK_OP_less_or_equal
    case .equal: TK_OP_equal
    case .and: TK_OP_and
    case .or: TK_OP_or
    case .not: TK_OP_not
    case .select: TK_OP_select
    }
  }

  /// How many sources an instruction reads.
  static func sourceCount(_ operation: tk_operation) -> Int {
    Int(tk_operation_sources(operation))
  }

  /// A rough cost in nanoseconds an element, to decide about threads.
  static func nanoseconds(_ operation: tk_operation) -> Double {
    switch operation {
    case TK_OP_power, TK_OP_sin, TK_OP_cos, TK_OP_erf, TK_OP_log1p, TK_OP_modulo: 1
    case TK_OP_exp, TK_OP_log, TK_OP_expm1, TK_OP_tanh, TK_OP_sigmoid, TK_OP_softplus, TK_OP_sigmoid_of_sum,
      TK_OP_sigmoid_of_sum3, TK_OP_tanh_of_sum, TK_OP_tanh_of_sum3, TK_OP_softplus_of_sum, TK_OP_softplus_of_sum3,
      TK_OP_divide, TK_OP_square_root, TK_OP_divide_by_sum, TK_OP_multiply_softplus_derivative:
      0.35
    default: 0.06
    }
  }
}

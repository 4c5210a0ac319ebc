internal import CKernels

/// Chooses the interpreter's instructions for a program's values.
struct PointwiseSelection {
  let source: PointwiseProgram

  init(_ source: PointwiseProgram) {
    self.source = source
  }

  /// The value that a straight-through value stands for when it is computed.
  static func resolved(_ value: Int32, in source: PointwiseProgram) -> Int32 {
    var value = value
    while source.nodes[Int(value)].operation == .straightThrough { value = source.nodes[Int(value)].a }
    return value
  }

  func drafts() -> [PointwiseCompiler.Draft] {
    var needed = [Bool](repeating: false, count: source.nodes.count)
    for output in source.outputs { needed[Int(Self.resolved(output, in: source))] = true }
    var drafts: [PointwiseCompiler.Draft] = []
    for index in source.nodes.indices.reversed() where needed[index] {
      let node = source.nodes[index]
      let count = node.operation.operandCount
      if count == 0 { continue }
      let sources = (0..<count).map { Self.resolved(node.operand($0), in: source) }
      for value in sources { needed[Int(value)] = true }
      drafts.append(
        PointwiseCompiler.Draft(operation: Self.simple(node.operation), sources: sources, value: Int32(index)))
    }
    return drafts.reversed()
  }

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

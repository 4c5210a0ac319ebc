/// What one instruction of a ``PointwiseProgram`` computes from its operands.
///
/// Comparisons and the mask operations give masks, which only `select` and the mask operations read; everything else
/// takes and gives numbers. The conventions at points where a function has no derivative:
///
/// - `maximum` and `minimum`: at a tie the derivative goes to the second operand; a constant counts as the second
///   operand wherever it stands, so that `relu` has derivative 0 at 0.
/// - `absolute` has derivative 0 at 0; `sign`, `floor`, `ceil` and `round` have derivative 0 everywhere.
/// - `modulo(a, b)` has derivatives 1 and -floor(a / b).
public enum PointwiseOperation: UInt32, Sendable, CaseIterable {
  /// The leaves: an operand, a number captured at run time, a number that is part of the program.
  case input, constant, literal
  case add, subtract, multiply, divide, negate
  case absolute, minimum, maximum, floor, ceil, round, modulo, sign
  case power, exp, log, log1p, expm1, tanh, sigmoid, softplus, sin, cos, squareRoot, erf
  case less, lessOrEqual, equal, and, or, not
  /// `select(mask, a, b)`: `a` where the mask holds, else `b`.
  case select
  /// `straightThrough(a, b)`: the value of `a` with the derivative of `b`.
  case straightThrough

  /// The number of operands.
  public var operandCount: Int {
    switch self {
    case .input, .constant, .literal: 0
    case .negate, .absolute, .floor, .ceil, .round, .sign, .exp, .log, .log1p, .expm1, .tanh, .sigmoid, .softplus,
      .sin, .cos, .squareRoot, .erf, .not:
      1
    case .select: 3
    default: 2
    }
  }

  /// Whether the result is a mask.
  public var givesMask: Bool {
    switch self {
    case .less, .lessOrEqual, .equal, .and, .or, .not: true
    default: false
    }
  }

  /// Whether an adjoint saves the result rather than compute it again: transcendental functions, roots and divisions.
  var isExpensive: Bool {
    switch self {
    case .divide, .power, .exp, .log, .log1p, .expm1, .tanh, .sigmoid, .softplus, .sin, .cos, .squareRoot, .erf: true
    default: false
    }
  }

  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .equal, .and, .or: true
    default: false
    }
  }

  /// The name in printed programs.
  public var name: String {
    switch self {
    case .absolute: "abs"
    case .squareRoot: "sqrt"
    case .power: "pow"
    default: String(describing: self)
    }
  }
}

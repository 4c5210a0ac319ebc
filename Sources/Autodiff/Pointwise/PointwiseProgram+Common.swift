extension PointwiseProgram {
  /// A program of one operation on its operands.
  private static func single(_ operation: PointwiseOperation) -> PointwiseProgram {
    let count = operation.operandCount
    var builder = PointwiseBuilder()
    let inputs = (0..<count).map { builder.input($0) }
    let result = builder.emit(operation, inputs[0], count > 1 ? inputs[1] : 0)
    return builder.program(inputCount: count, constantCount: 0, outputs: [result])
  }

  /// A program of one operation on an operand x and a run-time scalar c: (x, c), or (c, x) when `reversed`.
  private static func withConstant(_ operation: PointwiseOperation, reversed: Bool = false) -> PointwiseProgram {
    var builder = PointwiseBuilder()
    let x = builder.input(0)
    let c = builder.constant(0)
    let result = reversed ? builder.emit(operation, c, x) : builder.emit(operation, x, c)
    return builder.program(inputCount: 1, constantCount: 1, outputs: [result])
  }

  private static func traced(inputs: Int, _ body: (PointwiseTracer) -> PointwiseScalar) -> PointwiseProgram {
    let tracer = PointwiseTracer()
    tracer.begin(inputCount: inputs)
    return tracer.finish(output: body(tracer)).program
  }

  public static let add = single(.add)
  public static let subtract = single(.subtract)
  public static let multiply = single(.multiply)
  public static let divide = single(.divide)
  public static let negate = single(.negate)
  public static let absolute = single(.absolute)
  public static let minimum = single(.minimum)
  public static let maximum = single(.maximum)
  public static let floor = single(.floor)
  public static let ceil = single(.ceil)
  public static let round = single(.round)
  public static let modulo = single(.modulo)
  public static let sign = single(.sign)
  public static let power = single(.power)
  public static let exp = single(.exp)
  public static let log = single(.log)
  public static let log1p = single(.log1p)
  public static let expm1 = single(.expm1)
  public static let tanh = single(.tanh)
  public static let sigmoid = single(.sigmoid)
  public static let softplus = single(.softplus)
  public static let sin = single(.sin)
  public static let cos = single(.cos)
  public static let squareRoot = single(.squareRoot)
  public static let erf = single(.erf)

  /// x x.
  public static let square = traced(inputs: 1) { $0.input(0) * $0.input(0) }
  /// max(x, 0).
  public static let relu = traced(inputs: 1) { Autodiff.relu($0.input(0)) }
  /// 1 where x > 0, else 0.
  public static let step = traced(inputs: 1) { Autodiff.step($0.input(0)) }
  /// 1 / x.
  public static let reciprocal = traced(inputs: 1) { 1 / $0.input(0) }
  /// The nearest integer with derivative 1.
  public static let roundStraightThrough = traced(inputs: 1) { Autodiff.roundStraightThrough($0.input(0)) }
  /// 1 where x > 0, else 0, with derivative 1.
  public static let stepStraightThrough = traced(inputs: 1) { Autodiff.stepStraightThrough($0.input(0)) }
  /// x itself.
  public static let copy = traced(inputs: 1) { $0.input(0) }
  /// The run-time scalar, without operands.
  public static let fill: PointwiseProgram = {
    var builder = PointwiseBuilder()
    let c = builder.constant(0)
    return builder.program(inputCount: 0, constantCount: 1, outputs: [c])
  }()

  /// x + c.
  public static let addConstant = withConstant(.add)
  /// x - c.
  public static let subtractConstant = withConstant(.subtract)
  /// c - x.
  public static let subtractFromConstant = withConstant(.subtract, reversed: true)
  /// x c.
  public static let multiplyConstant = withConstant(.multiply)
  /// x / c.
  public static let divideByConstant = withConstant(.divide)
  /// c / x.
  public static let divideConstant = withConstant(.divide, reversed: true)
  /// x to the power c.
  public static let powerConstant = withConstant(.power)
  /// c to the power x.
  public static let powerOfConstant = withConstant(.power, reversed: true)
  /// max(x, c).
  public static let maximumConstant = withConstant(.maximum)
  /// min(x, c).
  public static let minimumConstant = withConstant(.minimum)
  /// x modulo c.
  public static let moduloConstant = withConstant(.modulo)
}

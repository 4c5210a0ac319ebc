internal import Foundation

/// The operations on single numbers in float64: for folding literals.
enum PointwiseReference {
  /// The value of an operation on one or two numbers; comparisons, masks and `select` are not folded.
  static func value(of operation: PointwiseOperation, _ x: Double, _ y: Double) -> Double {
    switch operation {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .negate: -x
    case .absolute: x.magnitude
    case .minimum: x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .maximum: x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .modulo: x - y * (x / y).rounded(.down)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .power: Foundation.pow(x, y)
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    case .expm1: Foundation.expm1(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: x < 0 ? Foundation.exp(x) / (1 + Foundation.exp(x)) : 1 / (1 + Foundation.exp(-x))
    case .softplus: Swift.max(x, 0) + Foundation.log1p(Foundation.exp(-x.magnitude))
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .squareRoot: x.squareRoot()
    case .erf: Foundation.erf(x)
    default: .nan
    }
  }
}

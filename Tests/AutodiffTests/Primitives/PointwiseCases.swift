import Autodiff
import DenseArrays
import Foundation

extension PrimitiveCase {
  private typealias Unary = (
    name: String, range: Range<Double>, function: @Sendable (Variable) -> Variable,
    reference: @Sendable (Double) -> Double
  )

  private static let unary: [Unary] = [
    ("negate", -2..<2, { -$0 }, { -$0 }),
    ("tanh", -3..<3, { tanh($0) }, { Foundation.tanh($0) }),
    ("sigmoid", -5..<5, { sigmoid($0) }, { 1 / (1 + Foundation.exp(-$0)) }),
    ("softplus", -5..<5, { softplus($0) }, { Foundation.log(1 + Foundation.exp($0)) }),
    ("relu", -2..<2, { relu($0) }, { Swift.max($0, 0) }),
    ("exp", -2..<2, { exp($0) }, { Foundation.exp($0) }),
    ("expm1", -2..<2, { expm1($0) }, { Foundation.expm1($0) }),
    ("log", 0.3..<4, { log($0) }, { Foundation.log($0) }),
    ("log1p", -0.6..<4, { log1p($0) }, { Foundation.log1p($0) }),
    ("sin", -4..<4, { sin($0) }, { Foundation.sin($0) }),
    ("cos", -4..<4, { cos($0) }, { Foundation.cos($0) }),
    ("erf", -2..<2, { erf($0) }, { Foundation.erf($0) }),
    ("sqrt", 0.3..<4, { sqrt($0) }, { $0.squareRoot() }),
    ("abs", -2..<2, { abs($0) }, { Swift.abs($0) }),
    ("square", -2..<2, { square($0) }, { $0 * $0 }),
    ("reciprocal", 0.4..<2, { reciprocal($0) }, { 1 / $0 }),
    ("floor", -3..<3, { floor($0) }, { $0.rounded(.down) }),
    ("ceil", -3..<3, { ceil($0) }, { $0.rounded(.up) }),
    ("round", -3..<3, { round($0) }, { $0.rounded(.toNearestOrEven) }),
    ("sign", -3..<3, { sign($0) }, { $0 > 0 ? 1 : -1 }),
    ("step", -3..<3, { step($0) }, { $0 > 0 ? 1 : 0 }),
    ("silu", -4..<4, { silu($0) }, { $0 / (1 + Foundation.exp(-$0)) }),
    ("add a number", -2..<2, { $0 + 1.5 }, { $0 + 1.5 }),
    ("add to a number", -2..<2, { 1.5 + $0 }, { 1.5 + $0 }),
    ("subtract a number", -2..<2, { $0 - 1.5 }, { $0 - 1.5 }),
    ("subtract from a number", -2..<2, { 1.5 - $0 }, { 1.5 - $0 }),
    ("multiply by a number", -2..<2, { $0 * 1.5 }, { $0 * 1.5 }),
    ("multiply a number", -2..<2, { 1.5 * $0 }, { 1.5 * $0 }),
    ("divide by a number", -2..<2, { $0 / 1.7 }, { $0 / 1.7 }),
    ("divide a number", 0.4..<2, { 1.7 / $0 }, { 1.7 / $0 }),
    ("minimum with a number", -2..<2, { minimum($0, 0.3) }, { Swift.min($0, 0.3) }),
    ("maximum with a number", -2..<2, { maximum($0, 0.3) }, { Swift.max($0, 0.3) }),
    ("modulo a number", -3..<3, { modulo($0, 0.7) }, { $0 - 0.7 * ($0 / 0.7).rounded(.down) }),
    ("to the power of a number", 0.3..<2, { pow($0, 2.5) }, { Foundation.pow($0, 2.5) }),
    ("to a whole power", -2..<2, { pow($0, 3.0) }, { $0 * $0 * $0 }),
    ("a number to the power", -2..<2, { pow(1.7, $0) }, { Foundation.pow(1.7, $0) }),
  ]

  private typealias Binary = (
    name: String, first: Range<Double>, second: Range<Double>, function: @Sendable (Variable, Variable) -> Variable,
    reference: @Sendable (Double, Double) -> Double
  )

  private static let binary: [Binary] = [
    ("add", -2..<2, -2..<2, { $0 + $1 }, { $0 + $1 }),
    ("subtract", -2..<2, -2..<2, { $0 - $1 }, { $0 - $1 }),
    ("multiply", -2..<2, -2..<2, { $0 * $1 }, { $0 * $1 }),
    ("divide", -2..<2, 0.5..<2, { $0 / $1 }, { $0 / $1 }),
    ("minimum", -2..<2, -2..<2, { minimum($0, $1) }, { Swift.min($0, $1) }),
    ("maximum", -2..<2, -2..<2, { maximum($0, $1) }, { Swift.max($0, $1) }),
    ("modulo", -3..<3, 0.5..<1.5, { modulo($0, $1) }, { $0 - $1 * ($0 / $1).rounded(.down) }),
    ("pow", 0.4..<2, -2..<2, { pow($0, $1) }, { Foundation.pow($0, $1) }),
  ]

  /// Pairs of shapes: equal, a scalar on either side, missing axes, axes of size 1 on one side and on both, nothing.
  static let broadcasts: [(Shape, Shape)] = [
    ([], []), ([3], [3]), ([2, 3], [2, 3]), ([4], []), ([], [2, 3]), ([1], [2, 2]), ([2, 2], [1, 1]), ([2, 3], [3]),
    ([3], [2, 3]), ([2, 3], [2, 1]), ([2, 1], [1, 3]), ([4, 1], [3]), ([3, 1, 2], [2, 1]), ([2, 3, 2], [3, 1]),
    ([2, 1, 3], [2, 2, 1]), ([2, 1, 2, 1], [3, 1, 2]), ([2, 1, 1, 2, 1], [1, 2, 1, 2]), ([0, 3], [3]),
    ([0, 1], [1, 2]),
    ([1, 1, 1], [2, 1]), ([2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2]),
  ]

  static let pointwiseCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    for entry in unary {
      cases.append(
        PrimitiveCase(entry.name, [uniform([2, 5], entry.range, seed: 3)], { entry.function($0[0]) }) {
          $0[0].map(entry.reference)
        })
    }
    for shape in [[], [0], [1], [7], [2, 0, 3], [1, 2, 1, 3], [2, 1, 2, 1, 2, 1]] as [Shape] {
      cases.append(
        PrimitiveCase("exp", [uniform(shape)], { exp($0[0]) }) { $0[0].map { Foundation.exp($0) } })
    }
    for entry in binary {
      for (first, second) in broadcasts {
        cases.append(
          PrimitiveCase(
            entry.name, [uniform(first, entry.first, seed: 4), uniform(second, entry.second, seed: 5)],
            { entry.function($0[0], $0[1]) }
          ) { NaiveArray.zip2($0[0], $0[1], entry.reference) })
      }
      // The same variable on both sides.
      let range = Swift.max(entry.first.lowerBound, entry.second.lowerBound)..<2
      if !["minimum", "maximum", "modulo"].contains(entry.name) {
        cases.append(
          PrimitiveCase("\(entry.name) with itself", [uniform([5], range)], { entry.function($0[0], $0[0]) }) {
            $0[0].map { entry.reference($0, $0) }
          })
      }
    }
    cases.append(contentsOf: tracedCases)
    return cases
  }()

  private static let tracedCases: [PrimitiveCase] = [
    PrimitiveCase(
      "traced gate", [uniform([3, 4], seed: 6), uniform([3, 4], seed: 7), uniform([4], seed: 8)],
      { inputs in pointwise(inputs[0], inputs[1], inputs[2]) { f, h, c in (1 - f) * h + f * tanh(c) } },
      reference: { inputs in
        NaiveArray(inputs[0].shape) { index in
          let f = inputs[0][index]
          return (1 - f) * inputs[1][index] + f * Foundation.tanh(inputs[2].broadcastElement(index))
        }
      }),
    PrimitiveCase(
      "traced with four operands",
      [uniform([2, 3], seed: 6), uniform([], seed: 7), uniform([3], seed: 8), uniform([2, 1])],
      { inputs in
        pointwise(inputs[0], inputs[1], inputs[2], inputs[3]) { a, b, c, d in sin(a * b) + exp(c) * d - log1p(c * c) }
      },
      reference: { inputs in
        NaiveArray([2, 3]) { index in
          let a = inputs[0].broadcastElement(index)
          let b = inputs[1].broadcastElement(index)
          let c = inputs[2].broadcastElement(index)
          let d = inputs[3].broadcastElement(index)
          return Foundation.sin(a * b) + Foundation.exp(c) * d - Foundation.log1p(c * c)
        }
      }),
    PrimitiveCase(
      "traced with two results", [uniform([2, 3], seed: 6), uniform([2, 3], seed: 7)],
      { inputs in
        let results = pointwise(inputs) { [tanh($0[0]) * $0[1], sigmoid($0[1]) - $0[0]] }
        return results[0] * square(results[1])
      },
      reference: { inputs in
        NaiveArray.zip2(inputs[0], inputs[1]) { a, b in
          let second = 1 / (1 + Foundation.exp(-b)) - a
          return Foundation.tanh(a) * b * second * second
        }
      }),
    PrimitiveCase(
      "select", [DenseArray([1.0, 0, 1, 0, 0, 1], shape: [2, 3]), uniform([2, 3], seed: 6), uniform([3], seed: 7)],
      { inputs in select(inputs[0].detach(), inputs[1] * inputs[1], inputs[2]) },
      reference: { inputs in
        NaiveArray([2, 3]) { index in
          let a = inputs[1][index]
          return inputs[0][index] != 0 ? a * a : inputs[2].broadcastElement(index)
        }
      }),
    PrimitiveCase(
      "traced select by comparison", [uniform([2, 5], seed: 6), uniform([5], seed: 7)],
      { inputs in
        pointwise(inputs[0], inputs[1]) { a, b in select(a .< b, a * b, exp(a) - b) }
      },
      reference: { inputs in
        NaiveArray.zip2(inputs[0], inputs[1]) { a, b in a < b ? a * b : Foundation.exp(a) - b }
      }),
  ]
}

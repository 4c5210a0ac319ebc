import Autodiff
import DenseArrays
import Foundation

extension PrimitiveCase {
  /// Cases large enough for several threads (more than 2^15 elements, or 16 microseconds of elementwise operations), with
  /// sizes that are no multiple of anything.
  static let large: [PrimitiveCase] = {
    let none: @Sendable ([NaiveArray]) -> NaiveArray = { $0[0] }
    return [
      PrimitiveCase(
        "pointwise", [uniform([301, 517]), uniform([517])], { tanh($0[0] * $0[1]) + $0[0] }, reference: none),
      PrimitiveCase(
        "pointwise columns", [uniform([301, 517]), uniform([301, 1])], { $0[0] * sigmoid($0[1]) }, reference: none),
      PrimitiveCase(
        "matmul", [uniform([67, 129]), uniform([129, 203]), uniform([203])],
        { matmul($0[0], $0[1], bias: $0[2]) }, reference: none),
      PrimitiveCase(
        "matmul transposed", [uniform([129, 67]), uniform([203, 129])],
        { matmul($0[0], $0[1], transposeFirst: true, transposeSecond: true) }, reference: none),
      PrimitiveCase(
        "matmul of one row", [uniform([1, 513]), uniform([513, 511])], { matmul($0[0], $0[1]) }, reference: none),
      PrimitiveCase(
        "matmul of a batch", [uniform([5, 33, 65]), uniform([5, 65, 47])], { matmul($0[0], $0[1]) }, reference: none),
      PrimitiveCase(
        "weight used again", [uniform([33, 64], -0.2..<0.2), uniform([64, 64], -0.2..<0.2)],
        { inputs in (0..<4).reduce(inputs[0]) { h, _ in tanh(matmul(h, inputs[1])) } }, reference: none),
      PrimitiveCase("sum of rows", [uniform([131, 257])], { $0[0].sum(axes: [1]) }, reference: none),
      PrimitiveCase("sum of columns", [uniform([301, 117])], { $0[0].sum(axes: [0]) }, reference: none),
      PrimitiveCase("sum of all", [uniform([131, 257])], { $0[0].sum() }, reference: none),
      PrimitiveCase("sum inside", [uniform([11, 41, 77])], { $0[0].sum(axes: [1]) }, reference: none),
      PrimitiveCase("transpose", [uniform([131, 257])], { $0[0].transposed() }, reference: none),
      PrimitiveCase("broadcast", [uniform([131, 1])], { $0[0].broadcast(to: [131, 257]) }, reference: none),
      PrimitiveCase(
        "slice, pad, concatenate", [uniform([201, 257])],
        { concatenate([$0[0].slice(axis: 1, 5..<200), $0[0].padded(axis: 1, before: 3, after: 4)], axis: 1) },
        reference: none),
      PrimitiveCase("logSumExp", [uniform([131, 257])], { logSumExp($0[0]) }, reference: none),
      PrimitiveCase(
        "crossEntropy", [uniform([301, 117]), indices([301], below: 117)],
        { crossEntropy($0[0], labels: $0[1]) }, reference: none),
      PrimitiveCase("cumulativeSum", [uniform([131, 257])], { cumulativeSum($0[0]) }, reference: none),
      PrimitiveCase(
        "gather", [uniform([301, 117]), indices([401], below: 301)], { gather($0[0], at: $0[1]) }, reference: none),
    ]
  }()
}

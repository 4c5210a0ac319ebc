import Autodiff
import DenseArrays
import Foundation

/// The sine, where both Foundation's and the library's names are visible.
func sine(_ x: Double) -> Double { Foundation.sin(x) }

extension PrimitiveCase {
  static let reductionCases: [PrimitiveCase] = sumCases + runningSumCases + softmaxCases

  private static let sumCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    let reductions: [(Shape, [Int]?)] = [
      ([], nil), ([5], nil), ([2, 3], nil), ([2, 3], [0]), ([2, 3], [1]), ([2, 3], [-1]), ([2, 3, 2], [1]),
      ([2, 3, 2], [0, 2]),
      ([2, 3, 2], [0, 1]), ([2, 3, 2], [-2, -1]), ([2, 3, 2], [0, 1, 2]), ([2, 3, 2], []), ([0, 3], [0]),
      ([2, 0], [1]),
      ([2, 1, 2, 1, 2], [0, 2, 4]),
    ]
    for (shape, axes) in reductions {
      let normalized = (axes ?? Array(0..<shape.rank)).map { $0 < 0 ? $0 + shape.rank : $0 }
      for keepsAxes in [false, true] {
        let target = (0..<shape.rank).filter { keepsAxes || !normalized.contains($0) }
          .map { normalized.contains($0) ? 1 : shape[$0] }
        let name = "\(axes.map { "\($0)" } ?? "all axes")\(keepsAxes ? " kept" : "")"
        cases.append(
          PrimitiveCase("sum \(name)", [uniform(shape)], { $0[0].sum(axes: axes, keepingAxes: keepsAxes) }) {
            $0[0].sum(normalized).reshaped(target)
          })
        guard shape.count > 0 else { continue }
        let count = normalized.reduce(1) { $0 * shape[$1] }
        cases.append(
          PrimitiveCase("mean \(name)", [uniform(shape)], { $0[0].mean(axes: axes, keepingAxes: keepsAxes) }) {
            $0[0].sum(normalized).reshaped(target).map { $0 / Double(count) }
          })
      }
    }
    return cases
  }()

  private static let runningSumCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    for (shape, axis) in [
      ([5], 0), ([2, 3], 0), ([2, 3], 1), ([2, 3, 2], 1), ([2, 3], -1), ([0, 2], 0), ([2, 0], 1),
    ]
      as [(Shape, Int)]
    {
      for reversed in [false, true] {
        let normalized = axis < 0 ? axis + shape.rank : axis
        cases.append(
          PrimitiveCase(
            "cumulativeSum axis \(axis)\(reversed ? " reversed" : "")", [uniform(shape)],
            { cumulativeSum($0[0], axis: axis, reversed: reversed) }
          ) { inputs in
            NaiveArray(Array(shape)) { index in
              let range = reversed ? index[normalized]..<shape[normalized] : 0..<index[normalized] + 1
              return range.reduce(0) { sum, position in
                var source = index
                source[normalized] = position
                return sum + inputs[0][source]
              }
            }
          })
      }
    }
    return cases
  }()

  private static func logSum(_ x: NaiveArray, _ row: [Int]) -> Double {
    Foundation.log((0..<x.shape[x.shape.count - 1]).reduce(0) { $0 + Foundation.exp(x[row + [$1]]) })
  }

  private static let softmaxCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    for shape in [[4], [2, 3], [2, 2, 3], [3, 1], [0, 3]] as [Shape] {
      let x = uniform(shape, -3..<3)
      let leading = Array(shape.dropLast)
      cases.append(
        PrimitiveCase("logSumExp", [x], { logSumExp($0[0]) }) { inputs in
          NaiveArray(leading) { logSum(inputs[0], $0) }
        })
      cases.append(
        PrimitiveCase("softmax", [x], { softmax($0[0]) }) { inputs in
          NaiveArray(Array(shape)) { Foundation.exp(inputs[0][$0] - logSum(inputs[0], Array($0.dropLast()))) }
        })
      cases.append(
        PrimitiveCase("logSoftmax", [x], { logSoftmax($0[0]) }) { inputs in
          NaiveArray(Array(shape)) { inputs[0][$0] - logSum(inputs[0], Array($0.dropLast())) }
        })
      let labels = indices(shape.dropLast, below: shape[-1])
      cases.append(
        PrimitiveCase("crossEntropy", [x, labels], { crossEntropy($0[0], labels: $0[1]) }) { inputs in
          NaiveArray(leading) { logSum(inputs[0], $0) - inputs[0][$0 + [Int(inputs[1][$0])]] }
        })
    }
    return cases
  }()
}

import Autodiff
import DenseArrays

extension PrimitiveCase {
  static let layoutCases: [PrimitiveCase] =
    reshapeCases + transposeCases + sliceCases + joinCases + broadcastCases

  private static let reshapeCases: [PrimitiveCase] = {
    let shapes: [(Shape, Shape)] = [
      ([6], [2, 3]), ([2, 3], [6]), ([2, 3], [3, 2]), ([], [1, 1]), ([1], []), ([0, 2], [2, 0, 3]),
      ([2, 3, 2], [4, 3]),
    ]
    var cases = shapes.map { from, to in
      PrimitiveCase("reshape to \(to)", [uniform(from)], { $0[0].reshaped(to: to) }) { $0[0].reshaped(Array(to)) }
    }
    for (axis, shape) in [(0, [1, 2, 3]), (1, [2, 1, 3]), (-1, [2, 3, 1])] {
      cases.append(
        PrimitiveCase("expanded \(axis)", [uniform([2, 3])], { $0[0].expanded(axis: axis) }) { $0[0].reshaped(shape) })
    }
    return cases
  }()

  private static let transposeCases: [PrimitiveCase] = {
    let orders: [(Shape, [Int]?)] = [
      ([3], nil), ([2, 3], nil), ([2, 3], [0, 1]), ([2, 3, 4], nil), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [2, 0, 1]),
      ([2, 3, 4], [0, 2, 1]), ([2, 1, 3, 2], [3, 1, 0, 2]), ([2, 1, 2, 1, 2, 3], [5, 3, 1, 0, 2, 4]), ([0, 3], nil),
      ([], nil),
    ]
    return orders.map { shape, axes in
      let order = axes ?? (0..<shape.rank).reversed()
      return PrimitiveCase(
        "transpose \(axes.map { "\($0)" } ?? "")", [uniform(shape)], { $0[0].transposed(axes) }
      ) { inputs in
        NaiveArray(order.map { shape[$0] }) { index in
          var source = index
          for (position, axis) in order.enumerated() { source[axis] = index[position] }
          return inputs[0][source]
        }
      }
    }
  }()

  private static let sliceCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    let slices: [(Shape, Int, Range<Int>)] = [
      ([5], 0, 1..<4), ([4, 3], 0, 1..<3), ([4, 3], 1, 1..<3), ([4, 3], -1, 0..<1), ([2, 4, 3], 1, 2..<4),
      ([2, 4, 3], 2, 1..<2),
      ([1, 4, 2], 1, 1..<3), ([4, 3], 0, 0..<4), ([4, 3], 0, 2..<2), ([4, 3], 1, 3..<3),
    ]
    for (shape, axis, range) in slices {
      let normalized = axis < 0 ? axis + shape.rank : axis
      cases.append(
        PrimitiveCase("slice axis \(axis) \(range)", [uniform(shape)], { $0[0].slice(axis: axis, range) }) { inputs in
          var target = Array(shape)
          target[normalized] = range.count
          return NaiveArray(target) { index in
            var source = index
            source[normalized] += range.lowerBound
            return inputs[0][source]
          }
        })
    }
    for (shape, axis, before, after) in [
      ([3], 0, 1, 2), ([2, 3], 1, 2, 0), ([2, 3], 0, 0, 1), ([2, 2, 2], 1, 1, 1), ([2], -1, 0, 0),
    ]
      as [(Shape, Int, Int, Int)]
    {
      let normalized = axis < 0 ? axis + shape.rank : axis
      cases.append(
        PrimitiveCase(
          "pad axis \(axis) \(before) \(after)", [uniform(shape)],
          { $0[0].padded(axis: axis, before: before, after: after) }
        ) { inputs in
          var target = Array(shape)
          target[normalized] += before + after
          return NaiveArray(target) { index in
            var source = index
            source[normalized] -= before
            return source[normalized] >= 0 && source[normalized] < shape[normalized] ? inputs[0][source] : 0
          }
        })
    }
    cases.append(
      PrimitiveCase("row", [uniform([3, 2, 2])], { $0[0][1] }) { inputs in
        NaiveArray([2, 2]) { inputs[0][[1] + $0] }
      })
    cases.append(
      PrimitiveCase("overlapping slices", [uniform([2, 5])]) { inputs in
        inputs[0].slice(axis: 1, 0..<3) * inputs[0].slice(axis: 1, 1..<4) + inputs[0].slice(axis: 1, 2..<5)
      } reference: { inputs in
        NaiveArray([2, 3]) { index in
          inputs[0][index] * inputs[0][[index[0], index[1] + 1]] + inputs[0][[index[0], index[1] + 2]]
        }
      })
    cases.append(
      PrimitiveCase("slices of two axes and the whole", [uniform([3, 3])]) { inputs in
        inputs[0].slice(axis: 0, 0..<2).sum() * inputs[0].slice(axis: 1, 1..<3).sum() * inputs[0]
      } reference: { inputs in
        let x = inputs[0]
        var rows = 0.0
        var columns = 0.0
        for index in NaiveArray.indices(of: [3, 3]) {
          if index[0] < 2 { rows += x[index] }
          if index[1] >= 1 { columns += x[index] }
        }
        return x.map { rows * columns * $0 }
      })
    for axis in [0, 1] {
      cases.append(
        PrimitiveCase("split axis \(axis)", [uniform([4, 4])]) { inputs in
          let parts = split(inputs[0], into: 2, axis: axis)
          return parts[0] * sin(parts[1])
        } reference: { inputs in
          NaiveArray(axis == 0 ? [2, 4] : [4, 2]) { index in
            var second = index
            second[axis] += 2
            return inputs[0][index] * sine(inputs[0][second])
          }
        })
    }
    return cases
  }()

  private static let joinCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    let joins: [([Shape], Int)] = [
      ([[2], [3]], 0), ([[2, 3], [1, 3]], 0), ([[2, 3], [2, 1]], 1), ([[2, 3], [2, 1], [2, 2]], -1),
      ([[1, 2, 2], [1, 1, 2]], 1),
      ([[2, 2]], 1), ([[2, 0], [2, 2]], 1), ([[2, 2, 1], [2, 2, 2]], 2),
    ]
    for (shapes, axis) in joins {
      let normalized = axis < 0 ? axis + shapes[0].rank : axis
      let inputs = shapes.enumerated().map { uniform($1, seed: 20 + UInt64($0)) }
      cases.append(
        PrimitiveCase("concatenate axis \(axis)", inputs, { concatenate($0, axis: axis) }) { inputs in
          var target = inputs[0].shape
          target[normalized] = inputs.reduce(0) { $0 + $1.shape[normalized] }
          return NaiveArray(target) { index in
            var source = index
            var part = 0
            while source[normalized] >= inputs[part].shape[normalized] {
              source[normalized] -= inputs[part].shape[normalized]
              part += 1
            }
            return inputs[part][source]
          }
        })
    }
    cases.append(
      PrimitiveCase("concatenate with itself", [uniform([2, 2])], { concatenate([$0[0], $0[0]], axis: 1) }) { inputs in
        NaiveArray([2, 4]) { inputs[0][[$0[0], $0[1] % 2]] }
      })
    cases.append(
      PrimitiveCase("stack", [uniform([2, 2], seed: 1), uniform([2, 2], seed: 2)], { stack([$0[0], $0[1], $0[0]]) }) {
        inputs in
        NaiveArray([3, 2, 2]) { inputs[$0[0] % 2][[$0[1], $0[2]]] }
      })
    return cases
  }()

  private static let broadcastCases: [PrimitiveCase] = {
    let targets: [(Shape, Shape)] = [
      ([], [2, 3]), ([3], [2, 3]), ([1], [4]), ([2, 1], [2, 3]), ([1, 3], [2, 3]), ([2, 1, 3], [2, 2, 2, 3]),
      ([1, 1], [0, 2]),
      ([2, 3], [2, 3]), ([1, 2, 1, 2, 1], [2, 2, 2, 2, 2]),
    ]
    return targets.map { from, to in
      PrimitiveCase("broadcast to \(to)", [uniform(from)], { $0[0].broadcast(to: to) }) { inputs in
        NaiveArray(Array(to)) { inputs[0].broadcastElement($0) }
      }
    }
  }()
}

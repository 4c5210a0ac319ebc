import Autodiff
import DenseArrays
import Foundation

extension PrimitiveCase {
  /// The element (i, j) of op(a) op(b) for the matrices behind leading indices.
  private static func productElement(
    _ a: NaiveArray, _ b: NaiveArray, _ transposeA: Bool, _ transposeB: Bool, batch: [Int], _ i: Int, _ j: Int
  ) -> Double {
    let depth = a.shape[a.shape.count - (transposeA ? 2 : 1)]
    let batchB = b.shape.count == 2 ? [] : batch
    var sum = 0.0
    for k in 0..<depth {
      sum += a[batch + (transposeA ? [k, i] : [i, k])] * b[batchB + (transposeB ? [j, k] : [k, j])]
    }
    return sum
  }

  private static func product(_ inputs: [NaiveArray], _ transposeA: Bool, _ transposeB: Bool) -> NaiveArray {
    let a = inputs[0].shape
    let b = inputs[1].shape
    let rows = a[a.count - (transposeA ? 1 : 2)]
    let columns = b[b.count - (transposeB ? 2 : 1)]
    return NaiveArray(Array(a.dropLast(2)) + [rows, columns]) { index in
      let batch = Array(index.dropLast(2))
      let element = productElement(
        inputs[0], inputs[1], transposeA, transposeB, batch: batch, index[index.count - 2], index[index.count - 1])
      return inputs.count == 3 ? element + inputs[2][[index[index.count - 1]]] : element
    }
  }

  private static func matmulCase(_ a: Shape, _ b: Shape, _ transposeA: Bool, _ transposeB: Bool, bias: Int?)
    -> PrimitiveCase
  {
    var inputs = [uniform(a, seed: 11), uniform(b, seed: 12)]
    if let bias { inputs.append(uniform([bias], seed: 13)) }
    let name = "matmul\(transposeA ? " first transposed" : "")\(transposeB ? " second transposed" : "")"
    return PrimitiveCase(
      name, inputs,
      { inputs in
        matmul(
          inputs[0], inputs[1], transposeFirst: transposeA, transposeSecond: transposeB,
          bias: inputs.count == 3 ? inputs[2] : nil)
      },
      reference: { product($0, transposeA, transposeB) })
  }

  static let productCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        for (m, k, n) in [(2, 3, 4), (1, 3, 2), (3, 1, 2), (2, 3, 1), (1, 1, 1), (0, 2, 3), (2, 0, 3), (2, 3, 0)] {
          let a: Shape = transposeA ? [k, m] : [m, k]
          let b: Shape = transposeB ? [n, k] : [k, n]
          cases.append(matmulCase(a, b, transposeA, transposeB, bias: nil))
          cases.append(matmulCase(a, b, transposeA, transposeB, bias: n))
          for leading in [[2], [1], [2, 2], [0]] as [Shape] {
            guard m * k * n == 24 || leading == [2] else { continue }
            let batchA = Shape(Array(leading) + Array(a))
            let batchB = Shape(Array(leading) + Array(b))
            cases.append(matmulCase(batchA, batchB, transposeA, transposeB, bias: nil))
            if n > 0 { cases.append(matmulCase(batchA, batchB, transposeA, transposeB, bias: n)) }
            if !transposeA {
              cases.append(matmulCase(batchA, b, transposeA, transposeB, bias: nil))
              cases.append(matmulCase(batchA, b, transposeA, transposeB, bias: n))
            }
          }
        }
      }
    }
    return cases + addedProductCases + sharedWeightCases
  }()

  /// A bias of the result's shape: the product is added to it.
  private static let addedProductCases: [PrimitiveCase] = {
    let shapes: [(Shape, Shape)] = [
      ([2, 3], [3, 4]), ([2, 2, 3], [3, 4]), ([2, 2, 3], [2, 3, 4]), ([1, 3], [3, 1]),
    ]
    return shapes.map { a, b in
      var target = a
      target[-1] = b[-1]
      return PrimitiveCase(
        "matmul added", [uniform(a, seed: 11), uniform(b, seed: 12), uniform(target, seed: 13)],
        { inputs in matmul(inputs[0], inputs[1], bias: inputs[2]) },
        reference: { inputs in
          let product = product(Array(inputs.prefix(2)), false, false)
          return NaiveArray(product.shape) { product[$0] + inputs[2][$0] }
        })
    }
  }()

  /// Weights that several products use: their gradients are put off and made at once.
  private static let sharedWeightCases: [PrimitiveCase] = [
    PrimitiveCase(
      "weight used at three steps", [uniform([2, 3], seed: 14), uniform([3, 3], seed: 15)],
      { inputs in (0..<3).reduce(inputs[0]) { h, _ in tanh(matmul(h, inputs[1])) } },
      reference: { inputs in
        (0..<3).reduce(inputs[0]) { h, _ in product([h, inputs[1]], false, false).map { Foundation.tanh($0) } }
      }),
    PrimitiveCase(
      "derived weight used transposed and not", [uniform([2, 3], seed: 14), uniform([3, 3], seed: 15)],
      { inputs in
        let w = inputs[1] - inputs[1].transposed()
        return matmul(tanh(matmul(inputs[0], w)), w, transposeSecond: true)
      },
      reference: { inputs in
        let w = NaiveArray([3, 3]) { inputs[1][$0] - inputs[1][[$0[1], $0[0]]] }
        return product([product([inputs[0], w], false, false).map { Foundation.tanh($0) }, w], false, true)
      }),
    PrimitiveCase(
      "weight used with two and three axes",
      [uniform([2, 2, 3], seed: 14), uniform([3, 3], seed: 15), uniform([2, 3])],
      { inputs in
        matmul(inputs[0], inputs[1]) + matmul(inputs[2], inputs[1])
          + matmul(inputs[2], inputs[1], transposeSecond: true)
      },
      reference: { inputs in
        let first = product([inputs[0], inputs[1]], false, false)
        let second = product([inputs[2], inputs[1]], false, false)
        let third = product([inputs[2], inputs[1]], false, true)
        return NaiveArray([2, 2, 3]) { first[$0] + second.broadcastElement($0) + third.broadcastElement($0) }
      }),
    PrimitiveCase(
      "a matrix times itself", [uniform([3, 3], seed: 15)], { inputs in matmul(inputs[0], inputs[0]) },
      reference: { product([$0[0], $0[0]], false, false) }),
    PrimitiveCase(
      "weight on the left and on the right", [uniform([3, 3], seed: 14), uniform([3, 3], seed: 15)],
      { inputs in matmul(matmul(inputs[0], inputs[1]), inputs[0], transposeSecond: true) },
      reference: { product([product($0, false, false), $0[0]], false, true) }),
    PrimitiveCase(
      "weight large enough to be packed", [uniform([2, 20], seed: 14), uniform([20, 20], -0.3..<0.3, seed: 15)],
      { inputs in
        (0..<3).reduce(inputs[0]) { h, _ in matmul(tanh(matmul(h, inputs[1])), inputs[1], transposeSecond: true) }
      },
      reference: { inputs in
        (0..<3).reduce(inputs[0]) { h, _ in
          product([product([h, inputs[1]], false, false).map { Foundation.tanh($0) }, inputs[1]], false, true)
        }
      }),
  ]
}

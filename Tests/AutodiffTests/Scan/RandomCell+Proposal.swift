import Autodiff
import DenseArrays

extension RandomCell {
  /// An operation of a kind on values that fit, or nil when there are none.
  static func propose(
    _ kind: Kind, _ values: [Variable], batch: Int, inputCount: Int, using random: inout RandomSource
  ) -> Operation? {
    /// Late values are more likely, so that programs are deep.
    func any(_ isFit: (Shape) -> Bool = { _ in true }) -> Int? {
      let fitting = values.indices.filter { isFit(values[$0].shape) }
      let late = fitting.suffix(3)
      return (Bool.random(using: &random) ? late : fitting[...]).randomElement(using: &random)
    }
    func number(_ limit: Int) -> Int { Int.random(in: 0..<max(limit, 1), using: &random) }
    func shape(_ index: Int) -> Shape { values[index].shape }
    /// A shape of few elements.
    func anyShape() -> Shape { values.randomElement(using: &random)?.shape ?? [] }
    switch kind {
    case .tanh, .sigmoid, .softplus, .relu, .sin, .erf, .square, .negative, .scaled, .oneMinus, .absolute, .logarithm,
      .root, .silu, .exponential, .detach, .named:
      return any().map { Operation(kind: kind, operands: [$0]) }
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .twoResults:
      guard let a = any(), let b = any({ Shape.broadcast($0, shape(a)) != nil }) else { return nil }
      return Operation(kind: kind, operands: Bool.random(using: &random) ? [a, b] : [b, a])
    case .lerp, .selection:
      guard let a = any(), let b = any({ Shape.broadcast($0, shape(a)) != nil }),
        let both = Shape.broadcast(shape(a), shape(b)), let c = any({ Shape.broadcast($0, both) != nil })
      else { return nil }
      return Operation(kind: kind, operands: [a, b, c].shuffled(using: &random))
    case .matmul, .biased, .batchedProduct:
      return proposeProduct(kind, values, using: &random)
    case .slice:
      guard let x = any({ $0.rank > 0 }) else { return nil }
      let axis = number(shape(x).rank)
      let start = number(shape(x)[axis])
      let end = start + 1 + number(shape(x)[axis] - start)
      return Operation(kind: kind, operands: [x], numbers: [axis, start, end])
    case .row:
      guard let x = any({ $0.rank > 1 }) else { return nil }
      return Operation(kind: kind, operands: [x], numbers: [number(shape(x)[0])])
    case .padded:
      guard let x = any({ $0.rank > 0 }) else { return nil }
      return Operation(kind: kind, operands: [x], numbers: [number(shape(x).rank), number(2), 1])
    case .concatenate:
      guard let first = any({ $0.rank > 0 }) else { return nil }
      let axis = number(shape(first).rank)
      func rest(_ shape: Shape) -> [Int] { shape.indices.filter { $0 != axis }.map { shape[$0] } }
      let parts = (0..<1 + number(2)).compactMap { _ in
        any { $0.rank == shape(first).rank && rest($0) == rest(shape(first)) }
      }
      return Operation(kind: kind, operands: [first] + parts, numbers: [axis])
    case .stack:
      guard let first = any({ $0.rank < 3 }), let second = any({ $0 == shape(first) }) else { return nil }
      return Operation(kind: kind, operands: [first, second])
    case .sum, .mean, .cumulativeSum:
      guard let x = any({ $0.rank > 0 }) else { return nil }
      return Operation(kind: kind, operands: [x], numbers: [number(shape(x).rank), number(2)])
    case .broadcast:
      guard let x = any({ $0.rank < 3 }) else { return nil }
      let target = anyShape()
      if Shape.broadcast(shape(x), target) == target {
        return Operation(kind: kind, operands: [x], numbers: target.map { $0 })
      }
      return Operation(kind: kind, operands: [x], numbers: shape(x).prepending(2).map { $0 })
    case .reshaped:
      guard let x = any({ $0.rank > 0 }) else { return nil }
      let sizes = shape(x).map { $0 }
      let choices = [
        [shape(x).count], sizes.reversed(), sizes + [1], [1] + sizes, [sizes[0], shape(x).count / max(sizes[0], 1)],
      ]
      return Operation(kind: kind, operands: [x], numbers: choices[number(choices.count)])
    case .transposed:
      guard let x = any({ $0.rank > 1 }) else { return nil }
      return Operation(kind: kind, operands: [x], numbers: shape(x).indices.shuffled(using: &random))
    case .expanded:
      guard let x = any({ $0.rank < 3 }) else { return nil }
      return Operation(kind: kind, operands: [x], numbers: [number(shape(x).rank + 1)])
    case .softmax, .logSumExp:
      return any { $0.rank > 0 }.map { Operation(kind: kind, operands: [$0]) }
    case .antisymmetric:
      return any { $0.rank == 2 && $0[0] == $0[1] }.map { Operation(kind: kind, operands: [$0]) }
    case .gather:
      return any { $0.rank > 0 && $0[0] >= indexLimit }.map {
        Operation(kind: kind, operands: [$0], numbers: [number(2)])
      }
    case .pick, .crossEntropy:
      return any { $0.rank == 2 && $0[0] == batch && $0[1] >= indexLimit }.map {
        Operation(kind: kind, operands: [$0], numbers: [number(2)])
      }
    case .position: return Operation(kind: kind)
    case .draw: return Operation(kind: kind, numbers: [number(2), number(3)] + anyShape().map { $0 })
    case .constant: return Operation(kind: kind, numbers: [number(9)] + anyShape().map { $0 })
    case .fill: return Operation(kind: kind, numbers: anyShape().map { $0 })
    case .alias: return nil
    }
  }

  private static func proposeProduct(
    _ kind: Kind, _ values: [Variable], using random: inout RandomSource
  ) -> Operation? {
    let shapes = values.map(\.shape)
    let isTransposed = Bool.random(using: &random)
    let first = kind == .matmul && Int.random(in: 0..<4, using: &random) == 0
    func any(_ isFit: (Shape) -> Bool) -> Int? {
      let fitting = shapes.indices.filter { isFit(shapes[$0]) }
      let late = fitting.suffix(3)
      return (Bool.random(using: &random) ? late : fitting[...]).randomElement(using: &random)
    }
    guard let a = any({ kind == .batchedProduct ? $0.rank > 2 : $0.rank == 2 || ($0.rank == 3 && !first) }) else {
      return nil
    }
    let depth = shapes[a][first ? -2 : -1]
    let isBatch = kind == .batchedProduct
    guard
      let b = any({
        $0.rank == (isBatch ? shapes[a].rank : 2) && $0[isTransposed ? -1 : -2] == depth
          && (!isBatch || $0[0] == shapes[a][0] && (shapes[a].rank < 4 || $0[1] == shapes[a][1]))
      })
    else { return nil }
    let numbers = [first ? 1 : 0, isTransposed ? 1 : 0]
    guard kind == .biased else { return Operation(kind: kind, operands: [a, b], numbers: numbers) }
    let width = shapes[b][isTransposed ? -2 : -1]
    let rows = shapes[a][-2]
    guard let bias = any({ $0 == [width] || (shapes[a].rank == 2 && $0 == [rows, width]) }) else { return nil }
    return Operation(kind: kind, operands: [a, b, bias], numbers: numbers)
  }
}

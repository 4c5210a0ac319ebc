import Autodiff
import DenseArrays

/// A step program that was drawn at random: what it is given, its operations, its next states and outputs.
///
/// Values are numbered: rows of the sequences, states, captured variables, then one for each operation.
struct RandomCell: CustomStringConvertible {
  struct Operation {
    var kind: Kind
    var operands: [Int] = []
    var numbers: [Int] = []
  }

  /// An operation, by how its operands are found.
  enum Kind: String, CaseIterable {
    // One operand of any shape.
    case tanh, sigmoid, softplus, relu, sin, erf, square, negative, scaled, oneMinus, absolute, logarithm, root, silu
    case exponential, detach, named
    // Two operands that broadcast.
    case add, subtract, multiply, divide, maximum, minimum
    case lerp, selection, twoResults
    case matmul, biased, batchedProduct
    case slice, row, padded, concatenate, stack, sum, mean, broadcast, reshaped, transposed, expanded
    case softmax, logSumExp, cumulativeSum, antisymmetric
    case gather, pick, crossEntropy
    case position, draw, constant, fill
    /// Another name of a value; only shrinking makes it.
    case alias
  }

  var sequences: [Shape]
  var states: [Shape]
  var captures: [Shape]
  /// The number of rows of a batch.
  var batch: Int
  var operations: [Operation] = []
  /// The value that each next state is.
  var next: [Int] = []
  var outputs: [Int] = []

  /// Indices are below this; tables and rows to pick from have as many elements at least.
  static let indexLimit = 2

  var inputCount: Int { sequences.count + states.count + captures.count }

  // MARK: Running

  /// All values of a step; `indices` are int32, [batch], a row of a sequence or the same at every step.
  func values(
    _ step: ScanStep, _ inputs: [Variable], _ states: [Variable], _ captures: [Variable], indices: [Variable]
  ) -> [Variable] {
    var values = inputs + states + captures
    for (index, operation) in operations.enumerated() {
      values.append(Self.apply(operation, number: index, values, step, indices: indices))
    }
    return values
  }

  static func apply(
    _ operation: Operation, number: Int, _ values: [Variable], _ step: ScanStep, indices: [Variable]
  ) -> Variable {
    let x = operation.operands.map { values[$0] }
    let n = operation.numbers
    func safe(_ x: Variable) -> Variable { 1 + square(x) }
    switch operation.kind {
    case .tanh: return Autodiff.tanh(x[0])
    case .sigmoid: return Autodiff.sigmoid(x[0])
    case .softplus: return Autodiff.softplus(x[0])
    case .relu: return Autodiff.relu(x[0])
    case .sin: return Autodiff.sin(x[0])
    case .erf: return Autodiff.erf(x[0])
    case .square: return Autodiff.square(x[0])
    case .negative: return -x[0]
    case .scaled: return 0.6 * x[0]
    case .oneMinus: return 1 - x[0]
    case .absolute: return Autodiff.abs(x[0])
    case .logarithm: return Autodiff.log(safe(x[0]))
    case .root: return Autodiff.sqrt(safe(x[0]))
    case .silu: return Autodiff.silu(x[0])
    case .exponential: return exp(-Autodiff.square(x[0]))
    case .detach: return x[0].detach()
    case .named: return x[0].named("value \(number)")
    case .add: return x[0] + x[1]
    case .subtract: return x[0] - x[1]
    case .multiply: return x[0] * x[1]
    case .divide: return x[0] / safe(x[1])
    case .maximum: return Autodiff.maximum(x[0], x[1])
    case .minimum: return Autodiff.minimum(x[0], x[1])
    case .lerp: return pointwise(x[0], x[1], x[2]) { f, a, b in sigmoid(f) * a + (1 - sigmoid(f)) * b }
    case .selection: return select(relu(x[0]), x[1], x[2])
    case .twoResults:
      let results = pointwise([x[0], x[1]]) { [tanh($0[0]) * $0[1], $0[0] + $0[1]] }
      return results[0] * results[1]
    case .matmul: return Autodiff.matmul(x[0], x[1], transposeFirst: n[0] == 1, transposeSecond: n[1] == 1)
    case .biased: return Autodiff.matmul(x[0], x[1], transposeSecond: n[1] == 1, bias: x[2])
    case .batchedProduct: return Autodiff.matmul(x[0], x[1], transposeSecond: n[1] == 1)
    case .slice: return x[0].slice(axis: n[0], n[1]..<n[2])
    case .row: return x[0][n[0]]
    case .padded: return x[0].padded(axis: n[0], before: n[1], after: n[2])
    case .concatenate: return Autodiff.concatenate(x, axis: n[0])
    case .stack: return Autodiff.stack(x)
    case .sum: return x[0].sum(axes: [n[0]], keepingAxes: n[1] == 1)
    case .mean: return x[0].mean(axes: n[0] < 0 ? nil : [n[0]], keepingAxes: n[1] == 1)
    case .broadcast: return x[0].broadcast(to: Shape(n))
    case .reshaped: return x[0].reshaped(to: Shape(n))
    case .transposed: return x[0].transposed(n)
    case .expanded: return x[0].expanded(axis: n[0])
    case .softmax: return Autodiff.softmax(x[0])
    case .logSumExp: return Autodiff.logSumExp(x[0])
    case .cumulativeSum: return Autodiff.cumulativeSum(x[0], axis: n[0], reversed: n[1] == 1)
    case .antisymmetric: return x[0] - x[0].transposed()
    case .gather: return Autodiff.gather(x[0], at: indices[n[0]])
    case .pick: return Autodiff.pick(x[0], at: indices[n[0]])
    case .crossEntropy: return Autodiff.crossEntropy(x[0], labels: indices[n[0]])
    case .position: return 0.1 * step.position
    case .draw: return step.random(n[0] == 0 ? .normal : .bernoulli(0.6), shape: Shape(n.dropFirst(2)), site: n[1])
    case .constant: return step.tape.constant(uniform(Shape(n.dropFirst()), seed: UInt64(n[0])))
    case .fill: return step.tape.constant(0.3, shape: Shape(n))
    case .alias: return x[0]
    }
  }

  // MARK: Drawing

  /// What is drawn for a seed; nil when the first step's numbers leave the range in which they are comparable.
  init?(seed: UInt64, isBatched: Bool) {
    var random = RandomSource(seed: seed)
    func size() -> Int { [1, 2, 3, 4].randomElement(using: &random) ?? 1 }
    batch = [1, 2, 3, 5, 19].randomElement(using: &random) ?? 1
    let width = size()
    let other = size()
    sequences = [[batch, other]]
    if Int.random(in: 0..<3, using: &random) == 0 { sequences.append([batch, width]) }
    if Int.random(in: 0..<6, using: &random) == 0 { sequences.append([batch, 2, width]) }
    if !isBatched, Int.random(in: 0..<5, using: &random) == 0 {
      sequences.append([[], [width]].randomElement(using: &random) ?? [])
    }
    states = [[batch, width]]
    for shape in [[batch, width], [batch, other], [batch, width, 2], [batch, 1], [batch]] as [Shape]
    where Int.random(in: 0..<5, using: &random) == 0 {
      states.append(shape)
    }
    if !isBatched {
      for shape in [[width, width], [other], [], [2, batch]] as [Shape] where Int.random(in: 0..<8, using: &random) == 0
      {
        states.append(shape)
      }
      states.shuffle(using: &random)
    }
    captures = [[width, width], [width, other], [width]]
    for shape in [
      [width, width], [other, width], [other], [batch, width], [], [1], [width, 2 * width], [3, width],
      [batch, width, 2],
    ] as [Shape]
    where Int.random(in: 0..<3, using: &random) == 0 {
      captures.append(shape)
    }
    // The first step is run, so that an operation that leaves the range is not taken.
    let tape = Tape(scalarType: .float64, execution: Execution(threads: 1))
    let data = RandomCellData(self, time: 1, seed: seed)
    let step = ScanStep(tape: tape, index: 0)
    let rows = data.sequences.map { tape.constant($0)[0] }
    let indices = [tape.constant(data.indices)[0], tape.constant(data.fixedIndices)]
    var values = rows + data.states.map { tape.constant($0) } + data.captures.map { tape.constant($0) }
    let length = Int.random(in: 2..<16, using: &random)
    var attempts = 0
    while operations.count < length, attempts < 200 {
      attempts += 1
      guard let kind = Kind.allCases.dropLast().randomElement(using: &random),
        let operation = Self.propose(kind, values, batch: batch, inputCount: inputCount, using: &random)
      else { continue }
      let value = Self.apply(operation, number: operations.count, values, step, indices: indices)
      guard value.count <= 200, value.shape.rank <= 4, value.value.elements.allSatisfy({ Swift.abs($0) < 8 }) else {
        continue
      }
      operations.append(operation)
      values.append(value)
    }
    // Next states: the last values of their shapes, or what is made of them.
    for (index, shape) in states.enumerated() {
      let fitting = values.indices.filter { $0 >= inputCount && values[$0].shape == shape }
      let state = sequences.count + index
      if Int.random(in: 0..<12, using: &random) == 0 {
        next.append(values.indices.filter { values[$0].shape == shape }.randomElement(using: &random) ?? state)
        continue
      }
      func append(_ operation: Operation) -> Int {
        values.append(Self.apply(operation, number: operations.count, values, step, indices: indices))
        operations.append(operation)
        return values.count - 1
      }
      var update: Int
      if let last = fitting.last, Int.random(in: 0..<8, using: &random) > 0 {
        update = last
      } else {
        let source = values.count - 1
        let mean = append(Operation(kind: .mean, operands: [source], numbers: [-1, 0]))
        update = append(Operation(kind: .add, operands: [state, mean]))
      }
      if Int.random(in: 0..<4, using: &random) > 0 { update = append(Operation(kind: .tanh, operands: [update])) }
      if Int.random(in: 0..<3, using: &random) == 0 {
        update = append(Operation(kind: .lerp, operands: [state, state, update]))
      }
      next.append(update)
    }
    let count = Int.random(in: 0..<4, using: &random)
    for _ in 0..<count {
      let fitting = values.indices.filter { !isBatched || values[$0].shape.first == batch }
      let late = fitting.filter { $0 >= inputCount }
      let isAny = Int.random(in: 0..<5, using: &random) == 0
      if let output = (isAny || late.isEmpty ? fitting : late).randomElement(using: &random) { outputs.append(output) }
    }
  }

  /// Takes a state away: what read it reads a captured value of the same shape.
  mutating func removeState(_ index: Int) {
    let old = sequences.count + index
    // Behind the other captured values; the states and captured values behind the state move one place down.
    let new = inputCount - 1
    func moved(_ value: Int) -> Int { value == old ? new : value > old && value <= new ? value - 1 : value }
    captures.append(states.remove(at: index))
    next.remove(at: index)
    next = next.map(moved)
    outputs = outputs.map(moved)
    for position in operations.indices { operations[position].operands = operations[position].operands.map(moved) }
  }

  // MARK: Printing

  var description: String {
    var needed = Set(next + outputs)
    for (index, operation) in operations.enumerated().reversed() where needed.contains(inputCount + index) {
      needed.formUnion(operation.operands)
    }
    var lines: [String] = []
    for (index, shape) in sequences.enumerated() { lines.append("%\(index) = row of a sequence, \(shape)") }
    for (index, shape) in states.enumerated() { lines.append("%\(sequences.count + index) = state \(shape)") }
    for (index, shape) in captures.enumerated() where needed.contains(sequences.count + states.count + index) {
      lines.append("%\(sequences.count + states.count + index) = captured \(shape)")
    }
    for (index, operation) in operations.enumerated() where needed.contains(inputCount + index) {
      let operands = operation.operands.map { "%\($0)" }.joined(separator: ", ")
      let numbers = operation.numbers.isEmpty ? "" : " \(operation.numbers)"
      lines.append("%\(inputCount + index) = \(operation.kind.rawValue)(\(operands))\(numbers)")
    }
    lines.append("states \(next.map { "%\($0)" }.joined(separator: ", "))")
    lines.append("outputs \(outputs.map { "%\($0)" }.joined(separator: ", "))")
    return lines.joined(separator: "\n")
  }
}

/// The numbers that a random cell is run on.
struct RandomCellData {
  var sequences: [DenseArray]
  var states: [DenseArray]
  var captures: [DenseArray]
  /// [time, batch] and [batch].
  let indices: DenseArray
  let fixedIndices: DenseArray

  init(_ cell: RandomCell, time: Int, seed: UInt64) {
    func arrays(_ shapes: [Shape], _ offset: UInt64) -> [DenseArray] {
      shapes.enumerated().map { uniform($1, seed: 1000 * seed + offset + UInt64($0)) }
    }
    sequences = arrays(cell.sequences.map { $0.prepending(time) }, 0)
    states = arrays(cell.states, 100)
    captures = arrays(cell.captures, 200)
    indices = randomIndices([time, cell.batch], seed)
    fixedIndices = randomIndices([cell.batch], seed + 1)
  }

  /// All numbers moved by one unit in the last place, up or down.
  func nudged(seed: UInt64) -> RandomCellData {
    var random = RandomSource(seed: seed)
    func nudge(_ array: DenseArray) -> DenseArray {
      DenseArray(
        array.elements.map { Bool.random(using: &random) ? $0.nextUp : $0.nextDown }, shape: array.shape)
    }
    var result = self
    result.sequences = sequences.map(nudge)
    result.states = states.map(nudge)
    result.captures = captures.map(nudge)
    return result
  }
}

private func randomIndices(_ shape: Shape, _ seed: UInt64) -> DenseArray {
  indices(shape, below: RandomCell.indexLimit, seed: seed)
}

import Autodiff
import DenseArrays

/// A random cell with the way in which it is scanned.
struct RandomScan: CustomStringConvertible {
  let seed: UInt64
  var cell: RandomCell
  var time: Int
  var options: ScanOptions
  /// What the loop gave when the scan was drawn.
  private var drawnOutcome: RandomOutcome?

  /// What is drawn for a seed; nil when its numbers cannot be compared, or when it is to run without a loop and does not.
  init?(seed: UInt64, isParallel: Bool = false) {
    self.seed = seed
    var random = RandomSource(seed: seed &+ 1 << 40)
    func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
    time = [1, 2, 9, 9].randomElement(using: &random) ?? 9
    let hasLengths = chance(4)
    guard let cell = RandomCell(seed: seed, isBatched: hasLengths) else { return nil }
    self.cell = cell
    options = ScanOptions(isReversed: chance(2))
    if hasLengths {
      let time = time
      options.lengths = (0..<cell.batch).map { _ in Int.random(in: 0...time, using: &random) }
    }
    if chance(4) { options.detachEvery = Int.random(in: 1...4, using: &random) }
    if chance(3) {
      options.checkpointing = [.segments, .slots(1), .slots(2), .slots(3)][Int.random(in: 0..<4, using: &random)]
    }
    if options.checkpointing == .none {
      for (index, operation) in cell.operations.enumerated() where operation.kind == .named {
        options.keeps.append("value \(index)")
      }
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: options.passes.remove(ScanPasses(rawValue: 1 << Int.random(in: 0..<5, using: &random)))
    case 1: options.passes = ScanPasses(rawValue: Int.random(in: 0..<32, using: &random))
    default: break
    }
    let data = RandomCellData(cell, time: time, seed: seed)
    if isParallel {
      options.isParallel = true
      guard run(.traced(threads: 1), data, isDerived: false).isParallel else { return nil }
    }
    let outcome = run(.loop, data)
    guard outcome.isFinite else { return nil }
    // One unit in the last place of the inputs moves the result by less than a tenth of the tolerance.
    for nudge in 0..<2 {
      let moved = run(.loop, data.nudged(seed: seed &+ UInt64(nudge)))
      if moved.difference(from: outcome, tolerance: 1e-13) != nil { return nil }
    }
    drawnOutcome = outcome
  }

  enum Way: Equatable {
    case loop
    case unrolled
    case traced(threads: Int)
  }

  func run(_ way: Way, _ data: RandomCellData, isDerived: Bool = true) -> RandomOutcome {
    var threads = 1
    if case .traced(let count) = way { threads = count }
    let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
    tape.randomSeed = seed
    let sequences = data.sequences.map { tape.variable($0) }
    let initial = data.states.map { tape.variable($0) }
    let captures = data.captures.map { tape.variable($0) }
    let rowIndices = tape.constant(data.indices)
    let fixedIndices = tape.constant(data.fixedIndices)
    func step(
      _ step: ScanStep, _ inputs: [Variable], _ states: [Variable]
    ) -> (outputs: [Variable], states: [Variable]) {
      let values = cell.values(
        step, Array(inputs.dropLast()), states, captures, indices: [inputs[inputs.count - 1], fixedIndices])
      return (cell.outputs.map { values[$0] }, cell.next.map { values[$0] })
    }
    var outcome = RandomOutcome()
    let outputs: [Variable]
    let last: [Variable]
    var probes: [Variable] = []
    if way == .loop {
      (outputs, last) = loop(tape, sequences + [rowIndices], initial, step)
    } else {
      var options = options
      options.isUnrolled = way == .unrolled
      let result = scan(sequences + [rowIndices], from: initial, options: options, name: "random", step: step)
      outcome.reason = result.report.reason
      outcome.isParallel = result.report.isParallel
      outputs = result.outputs
      last = result.states
      for name in options.keeps {
        guard let kept = result.kept[name] else { continue }
        outcome.kept.append((name, kept.values.value))
        probes.append(kept.probe)
      }
    }
    var loss = tape.constant(0)
    for (index, value) in (outputs + last).enumerated() {
      outcome.arrays.append((index < outputs.count ? "output \(index)" : "state \(index - outputs.count)", value.value))
      loss = loss + (tape.constant(uniform(value.shape, seed: UInt64(500 + index))) * (value + value * value)).mean()
    }
    guard isDerived else { return outcome }
    let variables = sequences + initial + captures
    let names =
      sequences.indices.map { "sequence \($0)" } + initial.indices.map { "initial state \($0)" }
      + captures.indices.map { "captured \($0)" }
    func note(_ what: String, _ arrays: [DenseArray]) {
      for (name, array) in zip(names, arrays) { outcome.arrays.append(("\(what) \(name)", array)) }
    }
    let directions = variables.enumerated().map { uniform($1.shape, seed: UInt64(700 + $0)) }
    note("gradient of", tape.gradients(of: [loss], withRespectTo: variables))
    outcome.arrays.append(("tangent", tape.tangents(of: [loss], along: variables, tangents: directions)[0]))
    note("Hessian product of", tape.hessian(of: loss, withRespectTo: variables).product(directions))
    for (name, array) in zip(options.keeps, tape.gradients(of: [loss], withRespectTo: probes)) {
      outcome.kept.append(("gradient of \(name)", array))
    }
    let final = tape.gradients(of: loss)
    note("final gradient of", variables.map { final[$0] })
    return outcome
  }

  /// What a scan is by definition, with nothing of it in use.
  private func loop(
    _ tape: Tape, _ sequences: [Variable], _ initial: [Variable],
    _ step: (ScanStep, [Variable], [Variable]) -> (outputs: [Variable], states: [Variable])
  ) -> (outputs: [Variable], states: [Variable]) {
    var rows: [[Variable]] = []
    var states = initial
    for index in 0..<time {
      let position = options.isReversed ? time - 1 - index : index
      if let every = options.detachEvery, index > 0, index % every == 0 { states = states.map { $0.detach() } }
      func chosen(_ value: Variable, _ other: Variable?) -> Variable {
        guard let lengths = options.lengths, value.scalarType == .float64 else { return value }
        return stack(
          lengths.enumerated().map { row, length in
            position < length ? value[row] : other?[row] ?? 0 * value[row].detach()
          })
      }
      // What stands behind a length is not looked at.
      var (outputs, next) = step(
        ScanStep(tape: tape, index: index), sequences.map { chosen($0[position], nil) }, states)
      if options.lengths != nil {
        next = zip(next, states).map { chosen($0, $1) }
        outputs = outputs.map { chosen($0, nil) }
      }
      rows.append(outputs)
      states = next
    }
    if options.isReversed { rows.reverse() }
    return (rows[0].indices.map { column in stack(rows.map { $0[column] }) }, states)
  }

  /// What is wrong with the scan, if anything.
  func fault() -> String? {
    let data = RandomCellData(cell, time: time, seed: seed)
    let loop = drawnOutcome ?? run(.loop, data)
    let unrolled = run(.unrolled, data)
    if let difference = unrolled.difference(from: loop, tolerance: 1e-12) { return "unrolled: \(difference)" }
    let traced = run(.traced(threads: 1), data)
    if let reason = traced.reason { return "not traced: \(reason)" }
    if let difference = traced.difference(from: loop, tolerance: 1e-12) { return "traced: \(difference)" }
    if let difference = traced.keptDifference(from: unrolled, tolerance: 1e-12) { return "kept: \(difference)" }
    let threaded = run(.traced(threads: 2), data)
    if let name = threaded.firstOtherBits(than: traced) { return "two threads: other bits in \(name)" }
    return nil
  }

  /// Simpler scans, the simplest ones first.
  var simpler: [RandomScan] {
    var result: [RandomScan] = []
    func add(_ change: (inout RandomScan) -> Void) {
      var copy = self
      copy.drawnOutcome = nil
      change(&copy)
      result.append(copy)
    }
    for shorter in [1, 2, 3] where shorter < time {
      add {
        $0.time = shorter
        $0.options.lengths = options.lengths?.map { min($0, shorter) }
      }
    }
    if options.isReversed { add { $0.options.isReversed = false } }
    if options.lengths != nil { add { $0.options.lengths = nil } }
    if options.detachEvery != nil { add { $0.options.detachEvery = nil } }
    if options.checkpointing != .none { add { $0.options.checkpointing = .none } }
    for name in options.keeps { add { $0.options.keeps.removeAll { $0 == name } } }
    if options.passes != .all { add { $0.options.passes = .all } }
    for bit in 0..<5 where options.passes.rawValue >> bit & 1 != 0 && options.passes != .all {
      add { $0.options.passes.remove(ScanPasses(rawValue: 1 << bit)) }
    }
    for index in cell.outputs.indices { add { $0.cell.outputs.remove(at: index) } }
    for index in cell.states.indices where cell.states.count > 1 { add { $0.cell.removeState(index) } }
    for index in cell.states.indices where cell.next[index] != cell.sequences.count + index {
      add { $0.cell.next[index] = cell.sequences.count + index }
    }
    let shapes = valueShapes
    for index in cell.operations.indices.reversed() where cell.operations[index].kind != .alias {
      let slot = cell.inputCount + index
      for other in 0..<slot where shapes[other] == shapes[slot] {
        add { $0.cell.operations[index] = RandomCell.Operation(kind: .alias, operands: [other]) }
      }
      if cell.operations[index].kind != .fill {
        add { $0.cell.operations[index] = RandomCell.Operation(kind: .fill, numbers: shapes[slot].map { $0 }) }
      }
    }
    return result
  }

  private var valueShapes: [Shape] {
    let tape = Tape(scalarType: .float64)
    let data = RandomCellData(cell, time: 1, seed: seed)
    return cell.values(
      ScanStep(tape: tape, index: 0), data.sequences.map { tape.constant($0)[0] },
      data.states.map { tape.constant($0) }, data.captures.map { tape.constant($0) },
      indices: [tape.constant(data.indices)[0], tape.constant(data.fixedIndices)]
    ).map(\.shape)
  }

  /// The smallest scan found that still has a fault.
  func shrunk() -> RandomScan {
    var smallest = self
    while let next = smallest.simpler.first(where: { $0.fault() != nil }) { smallest = next }
    return smallest
  }

  var description: String { "seed \(seed), \(time) steps, \(options)\n\(cell)" }
}

/// What a run gives: values, gradients, tangents and Hessian products.
struct RandomOutcome {
  var arrays: [(name: String, array: DenseArray)] = []
  var kept: [(name: String, array: DenseArray)] = []
  var reason: String?
  var isParallel = false

  var isFinite: Bool {
    arrays.allSatisfy { $0.array.elements.allSatisfy { $0.isFinite && abs($0) < 1e6 } }
  }

  func difference(from other: RandomOutcome, tolerance: Double) -> String? {
    Self.difference(arrays, other.arrays, tolerance)
  }

  func keptDifference(from other: RandomOutcome, tolerance: Double) -> String? {
    Self.difference(kept, other.kept, tolerance)
  }

  private static func difference(
    _ a: [(name: String, array: DenseArray)], _ b: [(name: String, array: DenseArray)], _ tolerance: Double
  ) -> String? {
    guard a.count == b.count else { return "\(a.count) results in place of \(b.count)" }
    for (a, b) in zip(a, b) where !a.array.isClose(to: b.array, tolerance: tolerance) {
      return "\(a.name): \(a.array.elements) in place of \(b.array.elements)"
    }
    return nil
  }

  func firstOtherBits(than other: RandomOutcome) -> String? {
    zip(arrays, other.arrays).first { !$0.array.isBitIdentical(to: $1.array) }?.0.name
  }
}

internal import DenseArrays

/// What a traced step becomes: work that is done once or for all steps at once, and what remains in the loop.
struct LoweredScan {
  /// Inputs: the whole sequences [time, ...], then the captured values. Outputs: what the loop reads, whole sequences first.
  let outer: Program
  let sequenceCount: Int
  /// The loop's body; its sequences and captures are the outputs of `outer`.
  let body: ScanBody
  /// The sequences that are made before the loop for it alone, so that it may write into them.
  let ownSequences: Set<Int>
  /// For each sequence that stands in the loop as it was given: its position among the inputs of `outer`.
  let givenSequences: [Int: Int]
  /// For each emitted output of the step: where it is.
  let emitted: [Emitted]
  /// For each state, whether its values at all steps are kept, or the last one only.
  let isTracked: [Bool]
  /// For each state, whether it is an output of the step too.
  let statesWithRows: [Bool]

  enum Emitted {
    /// The next state with this index.
    case state(Int)
    /// The body's emitted output with this index.
    case output(Int)
  }
}

/// Moves what does not depend on the state out of the loop, merges products that share their left operand, and lets
/// products begin from what is added to them.
struct ScanLowering {
  private enum Kind: Int {
    case invariant
    case sequence
    case loop
  }

  /// Where a value of the step is after lowering.
  private enum Place {
    case invariant(Variable)
    /// Columns of a whole sequence; nil is all of them.
    case sequence(Variable, Range<Int>?)
    case loop(Variable)
  }

  let storage: ProgramStorage
  let sequenceCount: Int
  let stateCount: Int
  let time: Int
  private let live: [Bool]
  private var kinds: [Kind]
  private var useCounts: [Int]
  private var places: [Int32: Place] = [:]
  let outer: Tape
  let loop: Tape
  /// For each loop input made on demand: the outer variable behind it.
  var loopSequences: [(outer: Variable, inner: Variable)] = []
  var loopCaptures: [(outer: Variable, inner: Variable)] = []
  private var slices: [SliceKey: Variable] = [:]
  /// The addition into which a product's result goes, when the product can begin from the other operand.
  private var foldedAdditions: [Int: (addition: Int, other: Int32)] = [:]
  private var skipped: Set<Int> = []

  private struct SliceKey: Hashable {
    var slot: Int32
    var start: Int
    var isInner: Bool
  }

  let isDifferentiable: Bool
  let passes: ScanPasses

  private init(
    _ program: Program, sequenceCount: Int, stateCount: Int, time: Int, isDifferentiable: Bool, passes: ScanPasses
  ) {
    self.isDifferentiable = isDifferentiable
    self.passes = passes
    storage = program.storage
    self.sequenceCount = sequenceCount
    self.stateCount = stateCount
    self.time = time
    live = storage.liveOperations(for: storage.outputs)
    kinds = [Kind](repeating: .invariant, count: storage.slots.count)
    useCounts = [Int](repeating: 0, count: storage.slots.count)
    outer = .symbolic(storage.scalarType)
    loop = .symbolic(storage.scalarType)
  }

  /// Lowers a step whose inputs are sequences, states and captured values, and whose outputs are states and emitted values.
  ///
  /// When it is differentiable, the body emits what its derivatives need and keeps the states of all steps; with
  /// `tracksStates` it keeps these in any case.
  static func lower(
    _ program: Program, sequenceCount: Int, stateCount: Int, time: Int, isDifferentiable: Bool, passes: ScanPasses,
    tracksStates: Bool = false
  ) -> LoweredScan {
    var lowering = ScanLowering(
      program, sequenceCount: sequenceCount, stateCount: stateCount, time: time, isDifferentiable: isDifferentiable,
      passes: passes)
    return lowering.run(tracksStates: tracksStates)
  }

  private mutating func run(tracksStates: Bool) -> LoweredScan {
    classify()
    findAdditions()
    var outerInputs: [Variable] = []
    var stateInputs: [Variable] = []
    for (index, slot) in storage.inputs.enumerated() {
      let type = storage.slots[Int(slot)]
      if index < sequenceCount {
        let input = outer.symbolicInput(type.shape.prepending(time), type.scalarType)
        outerInputs.append(input)
        places[slot] = .sequence(input, nil)
      } else if index < sequenceCount + stateCount {
        let input = loop.symbolicInput(type.shape, type.scalarType)
        stateInputs.append(input)
        places[slot] = .loop(input)
      } else {
        let input = outer.symbolicInput(type.shape, type.scalarType)
        outerInputs.append(input)
        places[slot] = .invariant(input)
      }
    }
    for (slot, array) in storage.constants { places[slot] = .invariant(outer.constant(array)) }
    for kind in [Kind.invariant, .sequence, .loop] {
      for index in storage.operations.indices where live[index] && operationKind(index) == kind { emit(index) }
    }
    return finish(outerInputs, stateInputs, tracksStates)
  }

  // MARK: Analysis

  private func operationKind(_ index: Int) -> Kind { kinds[Int(storage.operations[index].firstResult)] }

  private mutating func classify() {
    for (index, slot) in storage.inputs.enumerated() {
      kinds[Int(slot)] = index < sequenceCount ? .sequence : index < sequenceCount + stateCount ? .loop : .invariant
    }
    for (index, operation) in storage.operations.enumerated() where live[index] {
      let operands = storage.operands(operation)
      for slot in operands { useCounts[Int(slot)] += 1 }
      var kind = operands.map { kinds[Int($0)] }.max { $0.rawValue < $1.rawValue } ?? .invariant
      if kind == .sequence {
        let sequences = operands.map { kinds[Int($0)] == .sequence }
        if !passes.contains(.hoisting) || !Batching.canBatch(operation, of: storage, sequences: sequences) {
          kind = .loop
        }
      }
      for result in storage.results(operation) { kinds[Int(result)] = kind }
    }
    for slot in storage.outputs { useCounts[Int(slot)] += 1 }
    keepElementwiseInLoop()
  }

  /// Elementwise work on sequences stays in the loop, where it is fused, unless a product outside needs it; so do columns
  /// of sequences, which cost nothing there.
  private mutating func keepElementwiseInLoop() {
    var isNeededOutside = Set<Int32>()
    for index in storage.operations.indices.reversed() where live[index] && operationKind(index) == .sequence {
      let operation = storage.operations[index]
      let results = storage.results(operation)
      let staysInside = storage.pointwiseProgram(operation) != nil || isColumns(operation)
      if !staysInside || results.contains(where: { isNeededOutside.contains($0) }) {
        isNeededOutside.formUnion(storage.operands(operation))
      } else {
        for result in results { kinds[Int(result)] = .loop }
      }
    }
  }

  /// Whether an operation takes columns of a matrix.
  private func isColumns(_ operation: Operation) -> Bool {
    storage.isA(SlicePrimitive.shared, operation) && storage.integers(operation).first == 1
      && storage.slots[Int(operation.firstResult)].shape.rank == 2
  }

  private func isProduct(_ index: Int) -> Bool {
    let operation = storage.operations[index]
    guard storage.isA(MatrixProductPrimitive.shared, operation) else { return false }
    let operands = Array(storage.operands(operation))
    return storage.integers(operation).first == 0 && storage.slots[Int(operands[1])].shape.rank == 2
      && operands.dropFirst().allSatisfy { kinds[Int($0)] == .invariant }
  }

  /// Finds products in the loop whose only use is an addition of something that is there before.
  private mutating func findAdditions() {
    var producers: [Int32: Int] = [:]
    for (index, operation) in storage.operations.enumerated() where live[index] {
      for result in storage.results(operation) { producers[result] = index }
    }
    for (index, operation) in storage.operations.enumerated() where live[index] {
      guard let program = storage.pointwiseProgram(operation), program == .add else { continue }
      let operands = Array(storage.operands(operation))
      let shape = storage.slots[Int(operation.firstResult)].shape
      for (product, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
        guard let producer = producers[product], isProduct(producer), kinds[Int(product)] == .loop,
          storage.operations[producer].operandCount == 2, useCounts[Int(product)] == 1, kinds[Int(other)] == .sequence,
          storage.slots[Int(other)].shape == shape, storage.slots[Int(product)].shape == shape
        else { continue }
        foldedAdditions[producer] = (index, other)
        break
      }
    }
    // Products of one left operand are better one product than begun from different things.
    let isMerged = passes.contains(.merging)
    for (producer, _) in foldedAdditions {
      let left = Array(storage.operands(storage.operations[producer]))[0]
      let hasOthers = storage.operations.indices.contains { other in
        isMerged && live[other] && isProduct(other) && foldedAdditions[other] == nil
          && Array(storage.operands(storage.operations[other]))[0] == left
      }
      if hasOthers { foldedAdditions[producer] = nil }
    }
    skipped = Set(foldedAdditions.values.map(\.addition))
  }

  // MARK: Emission

  private mutating func emit(_ index: Int) {
    guard !skipped.contains(index), places[storage.operations[index].firstResult] == nil else { return }
    let operation = storage.operations[index]
    if operationKind(index) != .invariant, isProduct(index) {
      emitProducts(like: index)
      return
    }
    let slots = Array(storage.operands(operation))
    let results: [Place]
    switch operationKind(index) {
    case .invariant:
      results = outer.emit(operation, of: storage, operands: slots.map { outerVariable($0) }).map { .invariant($0) }
    case .sequence:
      let operands = slots.map { slot -> BatchedOperand in
        kinds[Int(slot)] == .sequence ? .sequence(outerVariable(slot)) : .invariant(outerVariable(slot))
      }
      results = Batching.batch(operation, of: storage, operands: operands, count: time, on: outer).map {
        .sequence($0, nil)
      }
    case .loop:
      results = loop.emit(operation, of: storage, operands: slots.map { loopVariable($0) }).map { .loop($0) }
    }
    for (slot, place) in zip(storage.results(operation), results) { places[slot] = place }
  }

  /// Emits a product together with all others of the same left operand, as one product over joint weights.
  private mutating func emitProducts(like index: Int) {
    let first = storage.operations[index]
    let left = Array(storage.operands(first))[0]
    let kind = operationKind(index)
    let isTransposed = Array(storage.integers(first))[1] != 0
    let isFolded = foldedAdditions[index] != nil
    var members = storage.operations.indices.filter { other in
      (other == index || passes.contains(.merging)) && live[other] && isProduct(other)
        && Array(storage.operands(storage.operations[other]))[0] == left
        && operationKind(other) == kind && (Array(storage.integers(storage.operations[other]))[1] != 0) == isTransposed
        && (foldedAdditions[other] != nil) == isFolded && places[storage.operations[other].firstResult] == nil
    }
    let width = { [storage] (member: Int) -> Int in
      storage.slots[Int(storage.operations[member].firstResult)].shape[-1]
    }
    if isFolded { members = members.map { (columns(of: $0), $0) }.sorted { $0 < $1 }.map(\.1) }
    let weights = members.map { outerVariable(Array(storage.operands(storage.operations[$0]))[1]) }
    let joint = weights.count == 1 ? weights[0] : concatenate(weights, axis: isTransposed ? 0 : 1)
    let bias = jointBias(members, width)
    if kind == .sequence {
      let product = matmul(outerVariable(left), joint, transposeSecond: isTransposed, bias: bias)
      place(members, width) { .sequence(product, $0) }
    } else {
      let start = isFolded ? jointStart(members, width) : bias.map { capture($0) }
      let product = matmul(loopVariable(left), capture(joint), transposeSecond: isTransposed, bias: start)
      if members.count == 1 {
        places[result(members[0])] = .loop(product)
      } else {
        let axis = product.shape.rank - 1
        place(members, width) { .loop(product.slice(axis: axis, $0)) }
      }
    }
  }

  /// The slot that a product gives: its own, or that of the addition it has taken in.
  private func result(_ member: Int) -> Int32 {
    storage.operations[foldedAdditions[member]?.addition ?? member].firstResult
  }

  private mutating func place(_ members: [Int], _ width: (Int) -> Int, _ make: (Range<Int>) -> Place) {
    var start = 0
    for member in members {
      let place = make(start..<start + width(member))
      places[result(member)] = place
      places[storage.operations[member].firstResult] = place
      start += width(member)
    }
  }

  private func jointBias(_ members: [Int], _ width: (Int) -> Int) -> Variable? {
    let operations = members.map { storage.operations[$0] }
    let biases = operations.map { $0.operandCount == 3 ? outerVariable(Array(storage.operands($0))[2]) : nil }
    guard biases.contains(where: { $0 != nil }) else { return nil }
    // A row for all of them, or one for each row of the product.
    let leading = biases.compactMap { $0?.shape }.max { $0.rank < $1.rank }?.dropLast ?? []
    let parts = zip(members, zip(operations, biases)).map { member, source -> Variable in
      let (operation, bias) = source
      let shape = leading.appending(width(member))
      return bias?.broadcast(to: shape)
        ?? outer.constant(0, shape: shape, storage.slots[Int(operation.firstResult)].scalarType)
    }
    return parts.count == 1 ? parts[0] : concatenate(parts, axis: -1)
  }

  /// Where in a joint sequence the value that a product begins from lies, for ordering.
  private func columns(of member: Int) -> Int {
    guard let other = foldedAdditions[member]?.other, case .sequence(let variable, let range) = places[other] else {
      return 0
    }
    return Int(variable.slot) << 32 + (range?.lowerBound ?? 0)
  }

  /// What the joint product begins from: a step of one sequence, or columns of one, that holds all the members' values
  /// side by side.
  private mutating func jointStart(_ members: [Int], _ width: (Int) -> Int) -> Variable {
    let others = members.compactMap { foldedAdditions[$0]?.other }
    if case .sequence(let whole, let range) = places[others[0]] {
      let start = range?.lowerBound ?? 0
      var position = start
      var isContiguous = true
      for (other, member) in zip(others, members) {
        guard case .sequence(let variable, let range) = places[other], variable.slot == whole.slot,
          (range?.lowerBound ?? 0) == position
        else {
          isContiguous = false
          break
        }
        position += width(member)
      }
      if isContiguous {
        let step = loopSequence(whole)
        return position - start == whole.shape[-1] ? step : step.slice(axis: -1, start..<position)
      }
    }
    let parts = others.map { outerVariable($0) }
    return loopSequence(parts.count == 1 ? parts[0] : concatenate(parts, axis: -1))
  }

  // MARK: Where values are

  /// A value on the outer recording, whole.
  private func outerVariable(_ slot: Int32) -> Variable {
    switch places[slot] {
    case .invariant(let variable): return variable
    case .sequence(let variable, let range):
      guard let range else { return variable }
      return variable.slice(axis: -1, range)
    default: stop("scan: value %\(slot) is needed outside of the loop and made inside")
    }
  }

  /// A value in the loop's body.
  mutating func loopVariable(_ slot: Int32) -> Variable {
    switch places[slot] {
    case .loop(let variable): return variable
    case .invariant(let variable): return capture(variable)
    case .sequence(let variable, let range):
      let step = loopSequence(variable)
      guard let range else { return step }
      let key = SliceKey(slot: variable.slot, start: range.lowerBound, isInner: true)
      if let slice = slices[key] { return slice }
      let slice = step.slice(axis: -1, range)
      slices[key] = slice
      return slice
    case nil: stop("scan: value %\(slot) has no place")
    }
  }

  private mutating func loopSequence(_ variable: Variable) -> Variable {
    if let known = loopSequences.first(where: { $0.outer.slot == variable.slot }) { return known.inner }
    let inner = loop.symbolicInput(variable.shape.dropFirst, variable.scalarType)
    loopSequences.append((variable, inner))
    return inner
  }

  private mutating func capture(_ variable: Variable) -> Variable {
    if let known = loopCaptures.first(where: { $0.outer.slot == variable.slot }) { return known.inner }
    let inner = loop.symbolicInput(variable.shape, variable.scalarType)
    loopCaptures.append((variable, inner))
    return inner
  }
}

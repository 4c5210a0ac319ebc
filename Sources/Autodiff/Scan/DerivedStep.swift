internal import DenseArrays

/// A step's program together with a program derived from it, before the two are taken apart.
struct DerivedStep {
  let body: ScanBody
  let tape: Tape
  let inputs: [Variable]
  /// For each of the body's slots, its slot here.
  let map: [Int32]
  /// For each forward slot here, the body's slot.
  var forward: [Int32: Int32] = [:]

  init(_ body: ScanBody, isRecorded: Bool) {
    self.body = body
    let tape = Tape.symbolic(body.storage.scalarType)
    tape.isDifferentiatedFurther = isRecorded
    let inputs = body.program.inputTypes.map { tape.symbolicInput($0.shape, $0.scalarType) }
    self.tape = tape
    self.inputs = inputs
    map = tape.replayMap(body.program, inputs)
    for (slot, here) in map.enumerated() where here >= 0 { forward[here] = Int32(slot) }
  }

  var outputs: [Variable] { body.storage.outputs.map { Variable(tape: tape, slot: map[Int($0)]) } }
}

/// Builds a derived step: forward values become inputs, everything else is copied.
struct DerivedBuilder {
  let body: ScanBody
  let step: DerivedStep
  let storage: ProgramStorage
  let tape: Tape
  /// Derived inputs (seeds) by their slot in `storage`.
  var map: [Int32: Variable] = [:]
  var sequences: [(source: ScanSource, input: Variable)] = []
  var captures: [(index: Int, input: Variable)] = []
  /// Forward values that are no output of the body: what it would have to keep.
  var missing: Set<Int32> = []
  /// Missing values are only noted: whatever asks for them gets something of the same shape.
  let isSurvey: Bool

  init(_ step: DerivedStep, _ storage: ProgramStorage, isSurvey: Bool = false) {
    self.isSurvey = isSurvey
    body = step.body
    self.step = step
    self.storage = storage
    tape = .symbolic(storage.scalarType)
  }

  /// What a forward slot is to a derived scan, or nil when it has to be computed again; and its columns, when it stands
  /// in there with others.
  func source(_ slot: Int32) -> (source: ScanSource, columns: Range<Int>?)? {
    if let source = wholeSource(slot) { return (source, nil) }
    let own = body.storage
    for (index, output) in own.outputs.enumerated() where index >= body.stateCount {
      guard let producer = own.operations.first(where: { $0.firstResult == output }),
        own.isA(ConcatenatePrimitive.shared, producer), own.integers(producer).first == 1
      else { continue }
      var column = 0
      for part in own.operands(producer) {
        let width = own.slots[Int(part)].shape[-1]
        if part == slot { return (.emitted(index - body.stateCount), column..<column + width) }
        column += width
      }
    }
    return nil
  }

  private func wholeSource(_ slot: Int32) -> ScanSource? {
    let own = body.storage
    if let input = own.inputs.firstIndex(of: slot) {
      if input < body.sequenceCount { return .sequence(input) }
      if input < body.sequenceCount + body.stateCount { return .previousState(input - body.sequenceCount) }
      return nil
    }
    return own.outputs.firstIndex(of: slot).map { output in
      output < body.stateCount ? .nextState(output) : .emitted(output - body.stateCount)
    }
  }

  func captureIndex(_ slot: Int32) -> Int? {
    body.storage.inputs.firstIndex(of: slot).map { $0 - body.sequenceCount - body.stateCount }
  }

  mutating func sequence(_ source: ScanSource, _ shape: Shape, _ scalarType: ScalarType) -> Variable {
    if let known = sequences.first(where: { $0.source == source }) { return known.input }
    let input = tape.symbolicInput(shape, scalarType)
    sequences.append((source, input))
    return input
  }

  /// The variable here for a slot of the derived step.
  mutating func variable(_ slot: Int32) -> Variable {
    if let known = map[slot] { return known }
    let type = storage.slots[Int(slot)]
    if let array = storage.constants[slot] {
      let constant = tape.constant(array)
      map[slot] = constant
      return constant
    }
    guard let forward = step.forward[slot] else { stop("scan: a derived value %\(slot) was not made") }
    if let (source, columns) = source(forward) {
      var input = sequence(source, body.type(of: source) ?? type.shape, type.scalarType)
      if let columns { input = input.slice(axis: -1, columns) }
      map[slot] = input
      return input
    }
    if let capture = captureIndex(forward), capture >= 0 {
      if let known = captures.first(where: { $0.index == capture }) { return known.input }
      let input = tape.symbolicInput(type.shape, type.scalarType)
      captures.append((capture, input))
      map[slot] = input
      return input
    }
    // Not kept: views and fills are made again, other values too, which costs their computation.
    guard let producer = storage.operations.first(where: { storage.results($0).contains(slot) }) else {
      stop("scan: the step's value %\(slot) has no producer")
    }
    let isCheap =
      producer.operandCount == 0 || storage.isA(SlicePrimitive.shared, producer)
      || storage.isA(ReshapePrimitive.shared, producer)
    if !isCheap { missing.insert(forward) }
    if !isCheap, isSurvey {
      let placeholder = tape.symbolicInput(type.shape, type.scalarType)
      map[slot] = placeholder
      return placeholder
    }
    let operands = storage.operands(producer).map { variable($0) }
    let results = tape.emit(producer, of: storage, operands: operands)
    for (result, variable) in zip(storage.results(producer), results) where map[result] == nil {
      map[result] = variable
    }
    return map[slot] ?? results[0]
  }

  mutating func emit(_ operation: Operation) {
    let operands = storage.operands(operation).map { variable($0) }
    let results = tape.emit(operation, of: storage, operands: operands)
    for (slot, result) in zip(storage.results(operation), results) { map[slot] = result }
  }
}

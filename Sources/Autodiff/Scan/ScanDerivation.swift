internal import DenseArrays

/// A value of a forward scan that a derived scan reads at every step.
enum ScanSource: Hashable {
  case sequence(Int)
  /// The state before the step.
  case previousState(Int)
  /// The state after the step.
  case nextState(Int)
  case emitted(Int)
  /// The cotangent of the state after the step, as a row of the trajectory's cotangent.
  case stateCotangent(Int)
  /// The same, of the rows after the steps as a result of their own.
  case rowsCotangent(Int)
  case emittedCotangent(Int)
  case sequenceTangent(Int)
}

/// The reverse of a scan: a scan in the other direction, and what is done for all steps at once after it.
struct ReverseScan {
  let lowered: LoweredScan
  let sequences: [ScanSource]
  let captures: [Int]
  /// For each wanted sequence: the emitted value of the reverse scan that is its cotangent.
  let sequenceCotangents: [(sequence: Int, emitted: Int)]
  /// The cotangents of the wanted captures from whole sequences, or nil when none is wanted.
  let after: Program?
  let afterInputs: [AfterInput]
  let captureCotangents: [Int]
  /// Wanted captures whose cotangents the loop adds up itself, as states behind the others.
  let carriedCaptures: [Int]

  /// The positions of the sequences that only this scan reads, and last: what the forward loop emitted for it.
  func lastReads(_ body: ScanBody) -> Set<Int> {
    Set(
      sequences.indices.filter { position in
        guard case .emitted(let index) = sequences[position], index >= body.visibleCount else { return false }
        return !afterInputs.contains(.forward(sequences[position]))
      })
  }

  enum AfterInput: Hashable {
    case forward(ScanSource)
    case emitted(Int)
    case capture(Int)
  }
}

/// The tangent of a scan: a scan in the same direction over the forward values and the tangents.
struct ForwardScan {
  let lowered: LoweredScan
  let sequences: [ScanSource]
  let captures: [Int]
  let captureTangents: [Int]
}

/// A step's program together with a program derived from it, before the two are taken apart.
private struct DerivedStep {
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
private struct DerivedBuilder {
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

extension ScanBody {
  /// The same body, emitting what its derivatives read.
  func keepingWhatDerivativesNeed() -> ScanBody {
    let floating = storage.inputs.indices.filter { inputType($0).scalarType.isFloatingPoint }
    let (step, seeds, gradients) = reverseStep(
      wanted: floating, seeded: Set(0..<emittedCount + stateCount), isRecorded: true)
    let derived = step.tape.program(inputs: step.inputs + seeds.map(\.variable), outputs: gradients.map(\.variable))
    var builder = DerivedBuilder(step, derived.storage, isSurvey: true)
    for seed in seeds {
      builder.map[seed.variable.slot] = builder.tape.symbolicInput(seed.variable.shape, seed.variable.scalarType)
    }
    let live = derived.storage.liveOperations(for: derived.storage.outputs)
    for (index, operation) in derived.storage.operations.enumerated()
    where live[index] && step.forward[operation.firstResult] == nil {
      builder.emit(operation)
    }
    let kept = builder.missing.sorted()
    guard !kept.isEmpty else { return self }
    return ScanBody(
      program: program.emitting(kept, together: slabParts(kept)), sequenceCount: sequenceCount, stateCount: stateCount,
      passes: passes,
      visibleCount: emittedCount)
  }

  /// Those of the kept values that can stand side by side where a sequence stood from which a product began: one for each
  /// part of the product.
  private func slabParts(_ kept: [Int32]) -> [Int32] {
    for input in storage.inputs.prefix(sequenceCount) where storage.slots[Int(input)].shape.rank == 2 {
      guard let product = storage.operations.first(where: { storage.operands($0).dropFirst(2).contains(input) }),
        storage.isA(MatrixProductPrimitive.shared, product)
      else { continue }
      let parts = storage.operations.filter {
        storage.isA(SlicePrimitive.shared, $0) && storage.operands($0).first == product.firstResult
      }
      guard parts.count > 1 else { continue }
      var remaining = kept
      var chosen: [Int32] = []
      for part in parts.sorted(by: { Array(storage.integers($0))[1] < Array(storage.integers($1))[1] }) {
        let shape = storage.slots[Int(part.firstResult)].shape
        guard let index = remaining.firstIndex(where: { storage.slots[Int($0)].shape == shape }) else { break }
        chosen.append(remaining.remove(at: index))
      }
      let width = chosen.reduce(0) { $0 + storage.slots[Int($1)].shape[1] }
      if chosen.count == parts.count, width == storage.slots[Int(input)].shape[1] { return chosen }
    }
    return []
  }

  private struct Seed {
    var source: ScanSource?
    var variable: Variable
  }

  /// The step with its reverse sweep: seeds are a carried cotangent for each state, then the given ones.
  private func reverseStep(
    wanted: [Int], seeded: Set<Int>, isRecorded: Bool
  ) -> (step: DerivedStep, seeds: [Seed], gradients: [(input: Int, variable: Variable)]) {
    let step = DerivedStep(self, isRecorded: isRecorded)
    let outputs = step.outputs
    var seeds: [Seed] = []
    var cotangents: [Variable?] = []
    for index in 0..<stateCount {
      let type = outputType(index)
      let carry = step.tape.symbolicInput(type.shape, type.scalarType)
      seeds.append(Seed(source: nil, variable: carry))
      cotangents.append(carry)
    }
    for index in seeded.sorted() {
      let rowsOf = index - stateCount - emittedCount
      let type = outputType(rowsOf >= 0 ? rowsOf : index)
      let seed = step.tape.symbolicInput(type.shape, type.scalarType)
      let source: ScanSource =
        rowsOf >= 0
        ? .rowsCotangent(rowsOf) : index < stateCount ? .stateCotangent(index) : .emittedCotangent(index - stateCount)
      seeds.append(Seed(source: source, variable: seed))
      if index < stateCount || rowsOf >= 0 {
        let state = max(rowsOf, 0) + (rowsOf >= 0 ? 0 : index)
        cotangents[state] = cotangents[state].map { $0 + seed }
      } else {
        cotangents.append(seed)
      }
    }
    let emitted = seeded.sorted().filter { (stateCount..<stateCount + emittedCount).contains($0) }.map { outputs[$0] }
    let inputs = Set(wanted).union(sequenceCount..<sequenceCount + stateCount).sorted()
    let gradients = step.tape.recordedGradients(
      of: Array(outputs[..<stateCount]) + emitted, seeds: cotangents, withRespectTo: inputs.map { step.inputs[$0] })
    return (step, seeds, zip(inputs, gradients).map { ($0, $1) })
  }

  /// The reverse of a scan over this body.
  ///
  /// - Parameters:
  ///   - wanted: the inputs whose cotangents are wanted, beside those of the states.
  ///   - seeded: the outputs that have cotangents, then, behind them, the states whose rows have.
  ///   - time: the number of steps.
  ///   - isRecorded: whether the reverse scan may be differentiated.
  func reverse(wanted: [Int], seeded: Set<Int>, time: Int, isRecorded: Bool) -> ReverseScan {
    let (step, seeds, gradients) = reverseStep(wanted: wanted, seeded: seeded, isRecorded: isRecorded)
    let derived = step.tape.program(inputs: step.inputs + seeds.map(\.variable), outputs: gradients.map(\.variable))
    let storage = derived.storage
    func gradient(_ input: Int) -> Int32? { gradients.first { $0.input == input }?.variable.slot }
    let stateSlots = (0..<stateCount).compactMap { gradient(sequenceCount + $0) }
    let wantedSequences = wanted.filter { $0 < sequenceCount }
    let allCaptures = wanted.filter { $0 >= sequenceCount + stateCount && gradient($0) != nil }
    let wantedCaptures = passes.contains(.weightGradientsOutside) ? allCaptures : []
    let carriedCaptures = passes.contains(.weightGradientsOutside) ? [] : allCaptures
    let carriedSlots = carriedCaptures.compactMap { gradient($0) }
    var loopSlots = stateSlots + wantedSequences.compactMap { gradient($0) } + carriedSlots
    let isForward = { (operation: Operation) in step.forward[operation.firstResult] != nil }
    // What only captures need is done for all steps at once, where that can be.
    let captureSlots = wantedCaptures.compactMap { gradient($0) }
    let varies = varying(step, storage)
    var inLoop = storage.liveOperations(for: loopSlots)
    let live = storage.liveOperations(for: loopSlots + captureSlots)
    for (index, operation) in storage.operations.enumerated()
    where live[index] && !inLoop[index] && !isForward(operation) {
      let sequences = storage.operands(operation).map { varies[Int($0)] }
      if sequences.contains(true), !Batching.canBatch(operation, of: storage, sequences: sequences) {
        loopSlots += storage.results(operation)
        for (other, isLive) in storage.liveOperations(for: storage.results(operation)).enumerated() where isLive {
          inLoop[other] = true
        }
      }
    }
    var builder = DerivedBuilder(step, storage)
    for seed in seeds {
      let variable = seed.variable
      builder.map[variable.slot] =
        seed.source.map { builder.sequence($0, variable.shape, variable.scalarType) }
        ?? builder.tape.symbolicInput(variable.shape, variable.scalarType)
    }
    for (index, operation) in storage.operations.enumerated() where inLoop[index] && !isForward(operation) {
      builder.emit(operation)
    }
    var emitted: [Int32] = []
    func emit(_ slot: Int32) -> Int {
      if let position = emitted.firstIndex(of: slot) { return position }
      emitted.append(slot)
      return emitted.count - 1
    }
    let sequenceCotangents = wantedSequences.compactMap { sequence in
      gradient(sequence).map { (sequence: sequence, emitted: emit($0)) }
    }
    var after = AfterLoop(
      step: step, storage: storage, inLoop: inLoop, varies: varies, time: time, builder: builder)
    let afterOutputs = wantedCaptures.compactMap { capture in gradient(capture).map { after.total($0, emit) } }
    let afterProgram =
      afterOutputs.isEmpty ? nil : after.tape.program(inputs: after.inputs.map(\.variable), outputs: afterOutputs)
    let totals = carriedCaptures.map { capture -> Variable in
      let type = inputType(capture)
      return builder.tape.symbolicInput(type.shape, type.scalarType)
    }
    let carries = seeds.filter { $0.source == nil }.compactMap { builder.map[$0.variable.slot] } + totals
    let stateResults =
      stateSlots.map { builder.variable($0) } + zip(totals, carriedSlots).map { $0 + builder.variable($1) }
    let emittedResults = emitted.map { builder.variable($0) }
    let raw = builder.tape.program(
      inputs: builder.sequences.map(\.input) + carries + builder.captures.map(\.input),
      outputs: stateResults + emittedResults)
    let lowered = ScanLowering.lower(
      raw, sequenceCount: builder.sequences.count, stateCount: carries.count, time: time, isDifferentiable: isRecorded,
      passes: passes)
    return ReverseScan(
      lowered: lowered, sequences: builder.sequences.map(\.source), captures: builder.captures.map(\.index),
      sequenceCotangents: sequenceCotangents, after: afterProgram, afterInputs: after.inputs.map(\.source),
      captureCotangents: wantedCaptures.map { $0 - sequenceCount - stateCount },
      carriedCaptures: carriedCaptures.map { $0 - sequenceCount - stateCount })
  }

  /// For each value of a derived step, whether it is another one at each step.
  private func varying(_ step: DerivedStep, _ storage: ProgramStorage) -> [Bool] {
    var varies = [Bool](repeating: true, count: storage.slots.count)
    for slot in storage.constants.keys { varies[Int(slot)] = false }
    for input in step.inputs[(sequenceCount + stateCount)...] { varies[Int(input.slot)] = false }
    for operation in storage.operations {
      let isVarying = storage.operands(operation).contains { varies[Int($0)] }
      for result in storage.results(operation) { varies[Int(result)] = isVarying }
    }
    return varies
  }

  /// The tangent of a scan over this body, along some of its inputs.
  func tangent(along moved: [Int], time: Int, isRecorded: Bool) -> ForwardScan {
    let step = DerivedStep(self, isRecorded: isRecorded)
    let states = Array(sequenceCount..<sequenceCount + stateCount)
    let inputs = Set(moved).union(states).sorted()
    let seeds = inputs.map { step.tape.symbolicInput(step.inputs[$0].shape, step.inputs[$0].scalarType) }
    let tangents = step.tape.recordedTangents(
      of: step.outputs, along: inputs.map { step.inputs[$0] }, tangents: seeds)
    let derived = step.tape.program(inputs: step.inputs + seeds, outputs: tangents)
    let storage = derived.storage
    var builder = DerivedBuilder(step, storage)
    var carries: [Variable] = []
    var captureSeeds: [(capture: Int, variable: Variable)] = []
    for (input, seed) in zip(inputs, seeds) {
      if input < sequenceCount {
        builder.map[seed.slot] = builder.sequence(.sequenceTangent(input), seed.shape, seed.scalarType)
        continue
      }
      let variable = builder.tape.symbolicInput(seed.shape, seed.scalarType)
      builder.map[seed.slot] = variable
      if input < sequenceCount + stateCount {
        carries.append(variable)
      } else {
        captureSeeds.append((input - sequenceCount - stateCount, variable))
      }
    }
    let live = storage.liveOperations(for: storage.outputs)
    for (index, operation) in storage.operations.enumerated()
    where live[index] && step.forward[operation.firstResult] == nil {
      builder.emit(operation)
    }
    let results = storage.outputs.map { builder.variable($0) }
    let raw = builder.tape.program(
      inputs: builder.sequences.map(\.input) + carries + builder.captures.map(\.input) + captureSeeds.map(\.variable),
      outputs: results)
    let lowered = ScanLowering.lower(
      raw, sequenceCount: builder.sequences.count, stateCount: stateCount, time: time, isDifferentiable: isRecorded,
      passes: passes, tracksStates: true)
    return ForwardScan(
      lowered: lowered, sequences: builder.sequences.map(\.source), captures: builder.captures.map(\.index),
      captureTangents: captureSeeds.map(\.capture))
  }
}

/// What is done for all steps at once after a reverse loop: the captures' cotangents from whole sequences.
private struct AfterLoop {
  let step: DerivedStep
  let storage: ProgramStorage
  let inLoop: [Bool]
  let varies: [Bool]
  let time: Int
  let builder: DerivedBuilder
  let tape: Tape
  var inputs: [(source: ReverseScan.AfterInput, variable: Variable)] = []
  private var known: [Int32: BatchedOperand] = [:]
  private var producers: [Int32: Int] = [:]

  init(step: DerivedStep, storage: ProgramStorage, inLoop: [Bool], varies: [Bool], time: Int, builder: DerivedBuilder) {
    self.varies = varies
    self.step = step
    self.storage = storage
    self.inLoop = inLoop
    self.time = time
    self.builder = builder
    tape = .symbolic(storage.scalarType)
    for (index, operation) in storage.operations.enumerated() {
      for slot in storage.results(operation) { producers[slot] = index }
    }
  }

  private mutating func input(_ source: ReverseScan.AfterInput, _ shape: Shape, _ scalarType: ScalarType) -> Variable {
    if let existing = inputs.first(where: { $0.source == source }) { return existing.variable }
    let variable = tape.symbolicInput(shape, scalarType)
    inputs.append((source, variable))
    return variable
  }

  /// A value of the step for all steps.
  private mutating func whole(_ slot: Int32, _ emit: (Int32) -> Int) -> BatchedOperand {
    if let operand = known[slot] { return operand }
    let operand = makeWhole(slot, emit)
    known[slot] = operand
    return operand
  }

  private mutating func makeWhole(_ slot: Int32, _ emit: (Int32) -> Int) -> BatchedOperand {
    let type = storage.slots[Int(slot)]
    if let array = storage.constants[slot] { return .invariant(tape.constant(array)) }
    if let forward = step.forward[slot] {
      if let capture = builder.captureIndex(forward), capture >= 0 {
        return .invariant(input(.capture(capture), type.shape, type.scalarType))
      }
      if varies[Int(slot)], let (source, columns) = builder.source(forward) {
        let shape = builder.body.type(of: source) ?? type.shape
        let whole = input(.forward(source), shape.prepending(time), type.scalarType)
        return .sequence(columns.map { whole.slice(axis: -1, $0) } ?? whole)
      }
    }
    guard let index = producers[slot] else {
      // A seed: the loop has it as a sequence or carries it; the loop emits it.
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    if inLoop[index], varies[Int(slot)], step.forward[slot] == nil {
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    let operation = storage.operations[index]
    let sequences = storage.operands(operation).map { varies[Int($0)] }
    if sequences.contains(true), !Batching.canBatch(operation, of: storage, sequences: sequences) {
      // A forward value that is not kept: the loop makes it again.
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    let operands = storage.operands(operation).map { whole($0, emit) }
    let results: [BatchedOperand]
    if operands.contains(where: \.isSequence) {
      results = Batching.batch(operation, of: storage, operands: operands, count: time, on: tape).map { .sequence($0) }
    } else {
      results = tape.emit(operation, of: storage, operands: operands.map(\.variable)).map { .invariant($0) }
    }
    for (result, value) in zip(storage.results(operation), results) where result != slot { known[result] = value }
    return results[Int(slot - operation.firstResult)]
  }

  /// The sum of a value over all steps.
  mutating func total(_ slot: Int32, _ emit: (Int32) -> Int) -> Variable {
    if let index = producers[slot], !inLoop[index], step.forward[slot] == nil {
      let operation = storage.operations[index]
      let operands = Array(storage.operands(operation))
      if let program = storage.pointwiseProgram(operation), program == .add,
        operands.allSatisfy({ storage.slots[Int($0)].shape == storage.slots[Int(slot)].shape })
      {
        return total(operands[0], emit) + total(operands[1], emit)
      }
      if storage.isA(MatrixProductPrimitive.shared, operation), Array(storage.integers(operation)) == [1, 0],
        operands.count == 2, operands.allSatisfy({ storage.slots[Int($0)].shape.rank == 2 })
      {
        let left = whole(operands[0], emit)
        let right = whole(operands[1], emit)
        if left.isSequence, right.isSequence {
          return matmul(rows(left.variable), rows(right.variable), transposeFirst: true)
        }
      }
      if storage.isA(SumPrimitive.shared, operation), storage.integers(operation).first == 0,
        Array(storage.integers(operation))[2] == 0
      {
        let operand = whole(operands[0], emit)
        if operand.isSequence {
          return operand.variable.sum(block: 0, Array(storage.integers(operation))[1] + 1, keepingAxes: false)
        }
      }
      if storage.isA(ReshapePrimitive.shared, operation) {
        return total(operands[0], emit).reshaped(to: storage.slots[Int(slot)].shape)
      }
    }
    switch whole(slot, emit) {
    case .sequence(let variable): return variable.sum(axes: [0])
    case .invariant(let variable): return variable * Double(time)
    }
  }

  private func rows(_ variable: Variable) -> Variable {
    variable.reshaped(to: [variable.shape[0] * variable.shape[1], variable.shape[2]])
  }
}

extension Program {
  /// The program with more of its values as outputs; some of them side by side in one output.
  func emitting(_ slots: [Int32], together: [Int32]) -> Program {
    let tape = Tape.symbolic(storage.scalarType)
    let inputs = zip(storage.inputs, inputTypes).map { tape.symbolicInput($1.shape, $1.scalarType) }
    let map = tape.replayMap(self, inputs)
    let rest = slots.filter { !together.contains($0) }
    var outputs = (storage.outputs + rest).map { Variable(tape: tape, slot: map[Int($0)]) }
    if !together.isEmpty {
      outputs.append(concatenate(together.map { Variable(tape: tape, slot: map[Int($0)]) }, axis: 1))
    }
    return tape.program(inputs: inputs, outputs: outputs)
  }
}

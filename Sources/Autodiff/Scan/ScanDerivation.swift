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

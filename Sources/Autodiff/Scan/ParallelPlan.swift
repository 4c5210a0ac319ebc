internal import DenseArrays

/// How a traced step is computed without a loop over the steps, because its states change linearly, element by element:
/// h = a h' + b, where a and b depend on the sequences, on captured values and on states that are known already.
final class ParallelPlan {
  /// The step: sequences, states and captured values go in, next states and emitted values come out.
  let program: Program
  let isDifferentiable: Bool
  /// The states in the order in which they are found, each with the program of its factors a and terms b, which takes the
  /// step's inputs with 0 for the state.
  private(set) var solutions: [(state: Int, coefficients: Program)] = []
  /// For each emitted value that is a next state, the state; the others are made by `rest`, in their order.
  private(set) var emittedStates: [Int?] = []
  /// The program of the emitted values that are no next states, or nil when there are none.
  private(set) var rest: Program?
  /// Why there has to be a loop, or nil.
  private(set) var reason: String?

  let sequenceCount: Int
  let stateCount: Int

  init(_ program: Program, sequenceCount: Int, stateCount: Int, isDifferentiable: Bool) {
    self.program = program
    self.isDifferentiable = isDifferentiable
    self.sequenceCount = sequenceCount
    self.stateCount = stateCount
    var unknown = Set(0..<stateCount)
    while let state = unknown.sorted().first(where: { isLinear($0, unknown: unknown) }) {
      unknown.remove(state)
      solutions.append((state, coefficients(of: state)))
    }
    if let state = unknown.min() {
      reason = "state \(state) is not linear in itself, element by element"
      return
    }
    let outputs = program.storage.outputs
    emittedStates = outputs.dropFirst(stateCount).map { slot in outputs.prefix(stateCount).firstIndex(of: slot) }
    if emittedStates.contains(nil) {
      rest = derived { recorder, inputs in
        let results = recorder.replay(program, inputs).dropFirst(stateCount)
        return zip(results, emittedStates).compactMap { $1 == nil ? $0 : nil }
      }
    }
  }

  /// Whether a next state is linear in the state, element by element, and depends on no other state that is not known.
  private func isLinear(_ state: Int, unknown: Set<Int>) -> Bool {
    let storage = program.storage
    var dependences = [LinearDependence](repeating: .none, count: storage.slots.count)
    for other in unknown { dependences[Int(storage.inputs[sequenceCount + other])] = .other }
    dependences[Int(storage.inputs[sequenceCount + state])] = .linear
    for operation in storage.operations {
      let operands = storage.operands(operation)
      guard operands.contains(where: { dependences[Int($0)] != .none }) else { continue }
      let shape = storage.slots[Int(operation.firstResult)].shape
      let isSpread = operands.contains { slot in
        dependences[Int(slot)] != .none && storage.slots[Int(slot)].shape != shape
      }
      if let program = storage.pointwiseProgram(operation), !isSpread {
        let found = program.dependences(of: operands.map { dependences[Int($0)] })
        for (slot, dependence) in zip(storage.results(operation), found) { dependences[Int(slot)] = dependence }
      } else {
        for slot in storage.results(operation) { dependences[Int(slot)] = .other }
      }
    }
    return dependences[Int(storage.outputs[state])] != .other
  }

  private func coefficients(of state: Int) -> Program {
    derived { recorder, inputs in
      let term = recorder.replay(program, inputs)[state]
      let one = recorder.constant(1, shape: term.shape, term.scalarType)
      let factor = recorder.recordedTangents(of: [term], along: [inputs[sequenceCount + state]], tangents: [one])
      return factor + [term]
    }
  }

  /// A program of the step's inputs, with elementwise operations merged and without what its outputs do not need.
  private func derived(_ outputs: (Tape, [Variable]) -> [Variable]) -> Program {
    let recorder = Tape.symbolic(program.storage.scalarType)
    let inputs = program.inputTypes.map { recorder.symbolicInput($0.shape, $0.scalarType) }
    let program = recorder.program(inputs: inputs, outputs: outputs(recorder, inputs))
    return PointwiseFusion(program).fused(isDifferentiable: isDifferentiable)
  }
}

internal import DenseArrays

/// The loop and what stands before it, as programs.
extension ScanLowering {
  mutating func finish(
    _ outerInputs: [Variable], _ stateInputs: [Variable], _ tracksStates: Bool
  ) -> LoweredScan {
    let states = storage.outputs.prefix(stateCount).map { loopVariable($0) }
    var emitted: [LoweredScan.Emitted] = []
    var outputs: [Variable] = []
    for slot in storage.outputs.dropFirst(stateCount) {
      let variable = loopVariable(slot)
      if let state = states.firstIndex(where: { $0.slot == variable.slot }), state < 63 {
        emitted.append(.state(state))
      } else {
        emitted.append(.output(outputs.count))
        outputs.append(variable)
      }
    }
    let program = loop.program(
      inputs: loopSequences.map(\.inner) + stateInputs + loopCaptures.map(\.inner), outputs: states + outputs)
    let fused = passes.contains(.fusion) ? PointwiseFusion(program).fused(isDifferentiable: isDifferentiable) : program
    let outerProgram = outer.program(
      inputs: outerInputs, outputs: loopSequences.map(\.outer) + loopCaptures.map(\.outer))
    var body = ScanBody(program: fused, sequenceCount: loopSequences.count, stateCount: stateCount, passes: passes)
    if isDifferentiable, passes.contains(.savedValues) { body = body.keepingWhatDerivativesNeed() }
    let statesWithRows = states.indices.map { state in
      emitted.contains { if case .state(state) = $0 { true } else { false } }
    }
    let isTracked = statesWithRows.map { $0 || isDifferentiable || tracksStates }
    let (own, given) = sequenceOrigins(outerProgram.storage, body)
    return LoweredScan(
      outer: outerProgram, sequenceCount: loopSequences.count, body: body, ownSequences: own, givenSequences: given,
      emitted: emitted, isTracked: isTracked, statesWithRows: statesWithRows)
  }

  /// Which of the loop's sequences nothing else can see: results of products, which their own derivatives do not read,
  /// and from which products in the loop begin, whose derivatives do not read them either.
  private func sequenceOrigins(_ outer: ProgramStorage, _ body: ScanBody) -> (own: Set<Int>, given: [Int: Int]) {
    let count = body.sequenceCount
    func isOnlyBegunFrom(_ slot: Int32) -> Bool {
      let storage = body.storage
      return !storage.outputs.contains(slot)
        && storage.operations.allSatisfy { operation in
          for (position, operand) in storage.operands(operation).enumerated() where operand == slot {
            if position != 2 || !storage.isA(MatrixProductPrimitive.shared, operation) { return false }
          }
          return true
        }
    }
    var own: Set<Int> = []
    var given: [Int: Int] = [:]
    for (index, slot) in outer.outputs.prefix(count).enumerated() {
      if let input = outer.inputs.firstIndex(of: slot) {
        if outer.outputs.count(where: { $0 == slot }) == 1, !outer.operandSlots.contains(slot) { given[index] = input }
        continue
      }
      guard let producer = outer.operations.first(where: { outer.results($0).contains(slot) }) else { continue }
      if outer.isA(MatrixProductPrimitive.shared, producer), !outer.operandSlots.contains(slot),
        outer.outputs.count(where: { $0 == slot }) == 1, isOnlyBegunFrom(body.storage.inputs[index])
      {
        own.insert(index)
      }
    }
    return (own, given)
  }
}

public import DenseArrays

/// The forward sweep: tangents of outputs, given tangents of inputs.
extension Tape {
  /// Runs forward rules over operations `0..<operationCount`; `body` reads the tangents' slots.
  func runForwardSweep<Result>(
    seeds: [(slot: Int32, tangent: Int32)], slotCount: Int, operationCount: Int, _ body: () -> Result
  ) -> Result {
    sweep.pointee.tangents.resize(to: 0, filling: -1)
    sweep.pointee.tangents.resize(to: slotCount, filling: -1)
    for seed in seeds { sweep.pointee.tangents[seed.slot] = seed.tangent }
    let outerScope = core.pointee.currentScope
    for index in 0..<operationCount {
      let operation = core.pointee.operations[index]
      var hasTangent = false
      for position in 0..<operation.operandCount
      where sweep.pointee.tangents[core.pointee.operandSlots[operation.firstOperand &+ position]] >= 0 {
        hasTangent = true
      }
      guard hasTangent else { continue }
      var primitive = operation.primitive.takeUnretainedValue()
      guard !primitive.blocksGradients else { continue }
      if !ruleSubstitutions.isEmpty, let other = ruleSubstitutions[ObjectIdentifier(primitive)] { primitive = other }
      core.pointee.currentScope = operation.scope
      primitive.forward(ForwardOperation(view: OperationView(core: core, index: Int32(index))))
    }
    core.pointee.currentScope = outerScope
    return body()
  }

  /// Jv: the tangents of outputs, given tangents of some variables, without recording anything.
  ///
  /// - Parameters:
  ///   - outputs: variables of this tape.
  ///   - variables: leaves or intermediate variables; what they were computed from is held fixed.
  ///   - tangents: arrays of the variables' shapes and types.
  /// - Returns: arrays of the outputs' shapes.
  public func tangents(
    of outputs: [Variable], along variables: [Variable], tangents: [DenseArray]
  ) -> [DenseArray] {
    guard core.pointee.isOpen else { stopForConsumedTape("a forward sweep") }
    guard core.pointee.mode == .recorded else { stop("tangents: a forward sweep needs a recording with values") }
    guard variables.count == tangents.count else {
      stop("tangents: \(tangents.count) tangents for \(variables.count) variables")
    }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    let outputSlots = outputs.map { check($0, "tangents") }
    core.pointee.mode = .valuesOnly
    core.pointee.keptSlotCount = slotCount
    let seeds = zip(variables, tangents).map { variable, tangent -> (slot: Int32, tangent: Int32) in
      guard tangent.shape == variable.shape, tangent.scalarType == variable.scalarType else {
        stop("tangents: a tangent \(tangent.scalarType) \(tangent.shape) for a variable \(variable.scalarType) \(variable.shape)")
      }
      let slot = appendLeaf(tangent.shape, tangent.scalarType)
      core.pointee.slots.base[Int(slot)].pointer = tangent.pointer
      return (check(variable, "tangents"), slot)
    }
    let result = withExtendedLifetime(tangents) {
      runForwardSweep(seeds: seeds, slotCount: slotCount, operationCount: operationCount) {
        outputSlots.map { slot -> DenseArray in
          let entry = core.pointee.slots[slot]
          let tangent = sweep.pointee.tangents[slot]
          guard tangent >= 0 else { return DenseArray(zeros: entry.shape, entry.scalarType) }
          return Variable(tape: self, slot: tangent).copiedValue
        }
      }
    }
    core.pointee.discardSlots(from: slotCount)
    core.pointee.mode = .recorded
    core.pointee.keptSlotCount = .max
    return result
  }

  /// Jv as variables of the same recording, which can be differentiated again.
  public func recordedTangents(
    of outputs: [Variable], along variables: [Variable], tangents: [Variable]
  ) -> [Variable] {
    guard core.pointee.isOpen else { stopForConsumedTape("a recorded forward sweep") }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    let outputSlots = outputs.map { check($0, "recordedTangents") }
    let seeds = zip(variables, tangents).map { variable, tangent -> (slot: Int32, tangent: Int32) in
      guard tangent.shape == variable.shape else {
        stop("recordedTangents: a tangent of shape \(tangent.shape) for a variable of shape \(variable.shape)")
      }
      return (check(variable, "recordedTangents"), check(tangent, "recordedTangents"))
    }
    let slots = runForwardSweep(seeds: seeds, slotCount: slotCount, operationCount: operationCount) {
      outputSlots.map { sweep.pointee.tangents[$0] }
    }
    return zip(outputs, slots).map { output, slot in
      slot < 0 ? constant(0, shape: output.shape, output.scalarType) : Variable(tape: self, slot: slot)
    }
  }
}

extension Variable {
  /// A copy of the numbers for the library's own use, which is not noticed as a read.
  var copiedValue: DenseArray {
    let entry = entry
    let array = DenseArray(uninitialized: entry.shape, entry.scalarType)
    if let pointer = entry.pointer { array.pointer.copyMemory(from: pointer, byteCount: entry.byteCount) }
    return array
  }
}

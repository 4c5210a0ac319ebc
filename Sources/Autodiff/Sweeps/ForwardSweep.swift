public import DenseArrays

/// The forward sweep: tangents of outputs, given tangents of inputs.
extension Tape {
  /// Runs the forward rules of those operations of `0..<operationCount` that the outputs are made of; `body` reads the
  /// tangents' slots.
  func runForwardSweep<Result>(
    seeds: [(slot: Int32, tangent: Int32)], outputs: [Int32], slotCount: Int, operationCount: Int, _ body: () -> Result
  ) -> Result {
    checkParent("a forward sweep")
    markNeeded(slotCount, by: outputs, operationCount)
    sweep.pointee.tangents.resize(to: 0, filling: -1)
    sweep.pointee.tangents.resize(to: slotCount, filling: -1)
    // Tangents of intermediate variables are added when their producers have been passed.
    var later: [Int: [(slot: Int32, tangent: Int32)]] = [:]
    for seed in seeds {
      addTangent(seed.tangent, to: seed.slot)
      let producer = Int(core.pointee.slots[seed.slot].producer)
      if producer >= 0 { later[producer, default: []].append(seed) }
    }
    let outerScope = core.pointee.currentScope
    for index in 0..<operationCount {
      let operation = core.pointee.operations[index]
      var hasTangent = false
      for position in 0..<operation.operandCount
      where sweep.pointee.tangents[core.pointee.operandSlots[operation.firstOperand &+ position]] >= 0 {
        hasTangent = true
      }
      guard hasTangent, isNeeded(operation) else { continue }
      var primitive = operation.primitive.takeUnretainedValue()
      guard !primitive.blocksGradients else { continue }
      if !ruleSubstitutions.isEmpty, let other = ruleSubstitutions[ObjectIdentifier(primitive)] { primitive = other }
      core.pointee.currentScope = operation.scope
      let waiting = later.isEmpty ? nil : later[index]
      for seed in waiting ?? [] { sweep.pointee.tangents[seed.slot] = -1 }
      primitive.forward(ForwardOperation(view: OperationView(core: core, index: Int32(index))))
      for seed in waiting ?? [] { addTangent(seed.tangent, to: seed.slot) }
    }
    core.pointee.currentScope = outerScope
    return body()
  }

  /// Marks the slots whose tangents the outputs' tangents may be made of.
  private func markNeeded(_ slotCount: Int, by outputs: [Int32], _ operationCount: Int) {
    sweep.pointee.needed.resize(to: 0, filling: false)
    sweep.pointee.needed.resize(to: slotCount, filling: false)
    let needed = sweep.pointee.needed.base
    for output in outputs { needed[Int(output)] = true }
    var index = operationCount &- 1
    while index >= 0 {
      let operation = core.pointee.operations[index]
      if isNeeded(operation) {
        for position in 0..<operation.operandCount {
          needed[Int(core.pointee.operandSlots[operation.firstOperand &+ position])] = true
        }
      }
      index &-= 1
    }
  }

  @inline(__always)
  private func isNeeded(_ operation: Operation) -> Bool {
    let needed = sweep.pointee.needed.base + Int(operation.firstResult)
    for position in 0..<Int(operation.resultCount) where needed[position] { return true }
    return false
  }

  private func addTangent(_ tangent: Int32, to slot: Int32) {
    let sum = sweep.pointee.tangents[slot]
    sweep.pointee.tangents[slot] =
      sum < 0 ? tangent : (Variable(tape: self, slot: sum) + Variable(tape: self, slot: tangent)).slot
  }

  /// Jv: the tangents of outputs, given tangents of some variables, without recording anything.
  ///
  /// - Parameters:
  ///   - outputs: variables of this tape.
  ///   - variables: leaves or intermediate variables. The tangent of an intermediate one, and of one that is given twice, is
  ///     added to what it gets otherwise, so that <u, Jv> = <J'u, v> with `gradients(of:seeds:withRespectTo:)`.
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
    let outputSlots = outputs.map { check($0, "tangents") }
    let variableSlots = variables.map { check($0, "tangents") }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    core.pointee.mode = .valuesOnly
    core.pointee.keptSlotCount = slotCount
    let seeds = zip(variableSlots, tangents).map { variableSlot, tangent -> (slot: Int32, tangent: Int32) in
      let entry = core.pointee.slots[variableSlot]
      guard tangent.shape == entry.shape, tangent.scalarType == entry.scalarType else {
        stop(
          "tangents: a tangent \(tangent.scalarType) \(tangent.shape) for a variable \(entry.scalarType)"
            + " \(entry.shape)")
      }
      let slot = appendLeaf(tangent.shape, tangent.scalarType)
      core.pointee.slots.base[Int(slot)].pointer = tangent.pointer
      return (variableSlot, slot)
    }
    let result = withExtendedLifetime(tangents) {
      runForwardSweep(seeds: seeds, outputs: outputSlots, slotCount: slotCount, operationCount: operationCount) {
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
    guard variables.count == tangents.count else {
      stop("recordedTangents: \(tangents.count) tangents for \(variables.count) variables")
    }
    let outputSlots = outputs.map { check($0, "recordedTangents") }
    let seeds = zip(variables, tangents).map { variable, tangent -> (slot: Int32, tangent: Int32) in
      guard tangent.shape == variable.shape, tangent.scalarType == variable.scalarType else {
        stop(
          "recordedTangents: a tangent \(tangent.scalarType) \(tangent.shape) for a variable \(variable.scalarType)"
            + " \(variable.shape)")
      }
      return (check(variable, "recordedTangents"), check(tangent, "recordedTangents"))
    }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    let slots = runForwardSweep(
      seeds: seeds, outputs: outputSlots, slotCount: slotCount, operationCount: operationCount
    ) { outputSlots.map { sweep.pointee.tangents[$0] } }
    return zip(outputs, slots).map { output, slot in
      slot < 0 ? constant(0, shape: output.shape, output.scalarType) : Variable(tape: self, slot: slot)
    }
  }
}

extension Variable {
  /// A copy of the numbers for the library's own use, which is not noticed as a read.
  var copiedValue: DenseArray {
    let entry = entry(withValueFor: "Variable")
    let array = DenseArray(uninitialized: entry.shape, entry.scalarType)
    if let pointer = entry.pointer { array.pointer.copyMemory(from: pointer, byteCount: entry.byteCount) }
    return array
  }
}

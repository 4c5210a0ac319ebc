internal import CKernels
public import DenseArrays

/// The gradients of a scalar with respect to the parameters and variables of a recording.
public struct Gradients {
  let storage: GradientStorage

  /// The gradient of a parameter: zeros of its shape when the scalar does not depend on it, or the tape did not use it.
  public subscript(parameter: Parameter) -> DenseArray {
    if let position = storage.positions[ObjectIdentifier(parameter)] { return storage.arrays[position] }
    return DenseArray(zeros: parameter.shape, parameter.scalarType)
  }

  /// The gradient of a leaf made by `Tape.variable`; any other variable stops.
  public subscript(variable: Variable) -> DenseArray {
    guard variable.tape === storage.tape, variable.generation == storage.generation,
      let position = storage.slots.firstIndex(of: variable.slot)
    else {
      stop("Gradients: the variable is not a leaf of the recording; use gradients(of:seeds:withRespectTo:)")
    }
    return storage.arrays[position]
  }

  /// The parameters that the recording used, in the order of their first use, without those that were bound as constants.
  public var parameters: [Parameter] { storage.parameters.compactMap { $0 } }

  /// Whether the recording used a parameter, and not as a constant.
  public func contains(_ parameter: Parameter) -> Bool { storage.positions[ObjectIdentifier(parameter)] != nil }
}

/// The arrays of `Gradients`, reused for the next step when nobody holds them any more.
final class GradientStorage {
  var arrays: [DenseArray] = []
  var parameters: [Parameter?] = []
  var slots: [Int32] = []
  var positions: [ObjectIdentifier: Int] = [:]
  var generation: UInt32 = 0
  unowned let tape: Tape

  init(tape: Tape) { self.tape = tape }
}

extension Tape {
  /// The gradients of a scalar with respect to all parameters and variables, by a plain sweep that consumes the recording.
  ///
  /// Afterwards the parameters can be changed; `reset()` begins the next recording. A loss that is not a scalar, and a
  /// recording that was consumed before, stop. Cost: about two forward passes.
  public func gradients(of loss: Variable) -> Gradients {
    let slot = checkScalar(loss, "gradients")
    core.pointee.isConsuming = true
    defer { core.pointee.isConsuming = false }
    let storage = plainSweep([(slot, nil)], wanted: nil) { () -> GradientStorage in
      if gradientStorage == nil || !isKnownUniquelyReferenced(&gradientStorage) {
        gradientStorage = GradientStorage(tape: self)
      }
      let storage = gradientStorage ?? GradientStorage(tape: self)
      collectGradients(storage)
      return storage
    }
    // Other leaves, and what operations refer to, stay until the reset: they can still be read and printed.
    closeParameters()
    core.pointee.isOpen = false
    return Gradients(storage: storage)
  }

  /// Cotangents of some variables, given those of outputs, by a plain sweep that leaves the recording open.
  ///
  /// - Parameters:
  ///   - outputs: variables of this tape.
  ///   - seeds: their cotangents, of the same shapes and types; ones when nil, which only scalars may have.
  ///   - variables: leaves or intermediate variables.
  /// - Returns: arrays of the variables' shapes, zeros where no output depends on them.
  public func gradients(
    of outputs: [Variable], seeds: [DenseArray?]? = nil, withRespectTo variables: [Variable]
  ) -> [DenseArray] {
    if let seeds, seeds.count != outputs.count {
      stop("gradients: \(seeds.count) seeds for \(outputs.count) outputs")
    }
    let checked = outputs.enumerated().map { index, output -> (Int32, DenseArray?) in
      guard let seed = seeds?[index] else { return (checkScalar(output, "gradients"), nil) }
      guard seed.shape == output.shape, seed.scalarType == output.scalarType else {
        stop("gradients: a seed \(seed.scalarType) \(seed.shape) for an output \(output.scalarType) \(output.shape)")
      }
      return (checkReal(output, "gradients"), seed)
    }
    let wanted = variables.map { check($0, "gradients") }
    return plainSweep(checked, wanted: wanted) { wanted.map { takeCotangent($0) } }
  }

  /// The slot of a variable that can have a gradient, or a stop.
  func checkReal(_ variable: Variable, _ operation: String) -> Int32 {
    let slot = check(variable, operation)
    guard variable.scalarType.isFloatingPoint else {
      stop("\(operation): the gradient of a variable of \(variable.scalarType); only floating-point ones have one")
    }
    return slot
  }

  /// The slot of a scalar that can have a gradient, or a stop.
  func checkScalar(_ variable: Variable, _ operation: String) -> Int32 {
    let slot = checkReal(variable, operation)
    guard variable.shape.count == 1 else {
      stop("\(operation): the gradient of a variable of shape \(variable.shape); only a scalar has one without a seed")
    }
    return slot
  }

  /// Runs a plain sweep and hands the accumulators to `body`.
  func plainSweep<Result>(
    _ seeds: [(slot: Int32, array: DenseArray?)], wanted: [Int32]?, _ body: () -> Result
  ) -> Result {
    guard core.pointee.isOpen else { stopForConsumedTape("a reverse sweep") }
    guard core.pointee.mode == .recorded else {
      stop("gradients: a plain sweep needs a recording with values; use recordedGradients on a symbolic one")
    }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    core.evaluateAll()
    core.pointee.mode = .valuesOnly
    core.pointee.keptSlotCount = slotCount
    let pairs = seeds.map { seed -> (output: Int32, cotangent: Int32) in
      if let array = seed.array {
        let slot = appendLeaf(array.shape, array.scalarType)
        core.pointee.slots.base[Int(slot)].pointer = array.pointer
        return (seed.slot, slot)
      }
      let output = core.pointee.slots[seed.slot]
      let slot = appendLeaf(output.shape, output.scalarType)
      core.pointee.allocate(Int(slot))
      fill(core.pointee.slots[slot], with: 1)
      return (seed.slot, slot)
    }
    withExtendedLifetime(seeds) {
      runReverseSweep(seeds: pairs, slotCount: slotCount, operationCount: operationCount, wanted: wanted)
    }
    let result = body()
    releaseAccumulators()
    core.pointee.discardSlots(from: slotCount)
    core.pointee.mode = .recorded
    core.pointee.keptSlotCount = .max
    return result
  }

  private func releaseAccumulators() {
    for index in 0..<sweep.pointee.accumulators.count {
      let accumulator = sweep.pointee.accumulators[index]
      if let pointer = accumulator.pointer { core.pointee.arena.release(pointer, accumulator.sizeClass) }
    }
    sweep.pointee.accumulators.truncate(to: 0)
  }

  /// A copy of a slot's cotangent, or zeros.
  private func takeCotangent(_ slot: Int32) -> DenseArray {
    let entry = core.pointee.slots[slot]
    guard let pointer = sweep.pointee.accumulators[slot].pointer else {
      return DenseArray(zeros: entry.shape, entry.scalarType)
    }
    let array = DenseArray(uninitialized: entry.shape, entry.scalarType)
    array.pointer.copyMemory(from: pointer, byteCount: entry.byteCount)
    return array
  }

  /// The parameter of a leaf, unless it was bound as a constant.
  private func trained(_ leaf: Leaf) -> Parameter? {
    core.pointee.slots[leaf.slot].flags.contains(.differentiable) ? leaf.parameter : nil
  }

  private func collectGradients(_ storage: GradientStorage) {
    storage.generation = core.pointee.generation
    var isSameAsBefore = storage.slots.count == leaves.count
    for (position, leaf) in leaves.enumerated() where isSameAsBefore {
      if storage.slots[position] != leaf.slot || storage.parameters[position] !== trained(leaf) {
        isSameAsBefore = false
      }
    }
    if !isSameAsBefore {
      storage.arrays.removeAll()
      storage.positions.removeAll()
      storage.slots = leaves.map(\.slot)
      storage.parameters = leaves.map(trained)
      for (position, leaf) in leaves.enumerated() {
        if let parameter = trained(leaf) { storage.positions[ObjectIdentifier(parameter)] = position }
        let entry = core.pointee.slots[leaf.slot]
        storage.arrays.append(DenseArray(uninitialized: entry.shape, entry.scalarType))
      }
    }
    for (position, leaf) in leaves.enumerated() {
      let entry = core.pointee.slots[leaf.slot]
      storage.arrays[position].overwrite(
        entry.shape, entry.scalarType, with: sweep.pointee.accumulators[leaf.slot].pointer)
    }
  }
}

extension DenseArray {
  /// Replaces all elements, in place when nobody else holds them; zeros when there is no source.
  fileprivate mutating func overwrite(_ shape: Shape, _ scalarType: ScalarType, with source: UnsafeMutableRawPointer?) {
    if self.shape == shape, self.scalarType == scalarType, isKnownUniquelyReferenced(&storage) {
      storage.version &+= 1
    } else {
      self = DenseArray(uninitialized: shape, scalarType)
    }
    if let source {
      pointer.copyMemory(from: source, byteCount: byteCount)
    } else {
      tk_clear(pointer, byteCount)
    }
  }
}

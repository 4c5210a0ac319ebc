public import DenseArrays

extension Program {
  /// Records a function without running it.
  ///
  ///     let step = Program.record([([8, 3], .float32), ([8, 5], .float32)]) { inputs in [cell.step(inputs[0], inputs[1])] }
  ///
  /// Parameters that the function uses become further inputs, behind the given ones, in the order of their first use.
  /// Reading a value inside stops: there is none.
  public static func record(
    _ inputTypes: [(shape: Shape, scalarType: ScalarType)], scalarType: ScalarType = .float32,
    _ body: ([Variable]) -> [Variable]
  ) -> (program: Program, parameters: [Parameter]) {
    let tape = Tape(scalarType: scalarType, execution: .default, parent: nil, mode: .symbolic)
    let inputs = inputTypes.map { tape.symbolicInput($0.shape, $0.scalarType) }
    let outputs = body(inputs)
    let bound = tape.leaves.filter { $0.parameter != nil }
    let program = tape.program(
      inputs: inputs + bound.map { Variable(tape: tape, slot: $0.slot) }, outputs: outputs)
    return (program, bound.compactMap(\.parameter))
  }

  /// The program that computes cotangents of the inputs from the inputs and cotangents of the outputs.
  ///
  /// - Parameters:
  ///   - wanted: positions of the inputs whose cotangents are wanted; all floating-point ones when nil.
  ///   - seeds: positions of the outputs that have a cotangent; all of them when nil.
  /// - Returns: a program whose inputs are this one's and then one cotangent for each seeded output.
  public func reversed(withRespectTo wanted: [Int]? = nil, seeds seeded: [Int]? = nil) -> Program {
    let tape = Tape(scalarType: storage.scalarType, execution: .default, parent: nil, mode: .symbolic)
    let inputs = inputTypes.map { tape.symbolicInput($0.shape, $0.scalarType) }
    let all = tape.replay(self, inputs)
    let outputs = (seeded ?? Array(all.indices)).map { all[$0] }
    let seeds = outputs.map { tape.symbolicInput($0.shape, $0.scalarType) }
    let positions = wanted ?? inputs.indices.filter { inputs[$0].scalarType.isFloatingPoint }
    let gradients = tape.recordedGradients(of: outputs, seeds: seeds, withRespectTo: positions.map { inputs[$0] })
    return tape.program(inputs: inputs + seeds, outputs: gradients)
  }

  /// The program that computes the outputs' tangents from the inputs and tangents of some of them.
  ///
  /// - Parameter moved: positions of the inputs that have a tangent.
  /// - Returns: a program whose inputs are this one's and then the tangents.
  public func tangents(along moved: [Int]) -> Program {
    let tape = Tape(scalarType: storage.scalarType, execution: .default, parent: nil, mode: .symbolic)
    let inputs = inputTypes.map { tape.symbolicInput($0.shape, $0.scalarType) }
    let outputs = tape.replay(self, inputs)
    let seeds = moved.map { tape.symbolicInput(inputs[$0].shape, inputs[$0].scalarType) }
    let tangents = tape.recordedTangents(of: outputs, along: moved.map { inputs[$0] }, tangents: seeds)
    return tape.program(inputs: inputs + seeds, outputs: tangents)
  }

  /// Runs the program on values; a number of arrays, a shape or a type that does not fit stops.
  public func run(_ arrays: [DenseArray], execution: Execution = .default) -> [DenseArray] {
    guard arrays.count == storage.inputs.count else {
      stop("Program.run: \(arrays.count) arrays for \(storage.inputs.count) inputs")
    }
    let tape = Tape(scalarType: storage.scalarType, execution: execution, parent: nil, mode: .valuesOnly)
    let inputs = zip(arrays, inputTypes).enumerated().map { index, pair -> Variable in
      guard pair.0.shape == pair.1.shape, pair.0.scalarType == pair.1.scalarType else {
        stop(
          "Program.run: input \(index) is \(pair.1.scalarType) \(pair.1.shape), not \(pair.0.scalarType) \(pair.0.shape)"
        )
      }
      return tape.constant(pair.0)
    }
    return tape.replay(self, inputs).map(\.copiedValue)
  }
}

extension Tape {
  /// The recording so far as a program with the given inputs and outputs; other leaves become its constants.
  public func program(inputs: [Variable], outputs: [Variable]) -> Program {
    let storage = ProgramStorage()
    storage.scalarType = scalarType
    storage.inputs = inputs.map { check($0, "program") }
    storage.outputs = outputs.map { check($0, "program") }
    let slotCount = core.pointee.slots.count
    storage.slots = (0..<slotCount).map { index in
      let slot = core.pointee.slots[index]
      return ProgramStorage.SlotType(shape: slot.shape, scalarType: slot.scalarType)
    }
    let isInput = Set(storage.inputs)
    var scope: (number: Int32, description: String) = (-1, "")
    for index in 0..<core.pointee.operations.count {
      let operation = core.pointee.operations[index]
      storage.operations.append(operation)
      if operation.primitive.takeUnretainedValue().isUserDefined {
        storage.retained.append(operation.primitive.takeUnretainedValue())
      }
      if let body = operation.body { storage.retained.append(body.takeUnretainedValue()) }
      guard operation.scope >= 0 else { continue }
      if operation.scope != scope.number {
        scope = (operation.scope, core.pointee.scopeDescription(operation.scope))
      }
      storage.scopes[Int32(index)] = scope.description
    }
    storage.operandSlots = (0..<core.pointee.operandSlots.count).map { core.pointee.operandSlots[$0] }
    storage.integers = (0..<core.pointee.integers.count).map { core.pointee.integers[$0] }
    storage.scalars = (0..<core.pointee.scalars.count).map { core.pointee.scalars[$0] }
    storage.names = valueNames
    for index in 0..<slotCount {
      let slot = core.pointee.slots[index]
      guard slot.producer < 0, !isInput.contains(Int32(index)) else { continue }
      guard slot.pointer != nil else {
        if isUsed(Int32(index), storage) {
          stop("program: the recording uses an input of shape \(slot.shape) that is not among the program's inputs")
        }
        continue
      }
      storage.constants[Int32(index)] = Variable(tape: self, slot: Int32(index)).copiedValue
    }
    return Program(storage: storage)
  }

  private func isUsed(_ slot: Int32, _ storage: ProgramStorage) -> Bool {
    storage.operandSlots.contains(slot) || storage.outputs.contains(slot)
  }

  /// Puts a program's operations on this tape, in its mode: runs them, records them, or both.
  public func replay(_ program: Program, _ inputs: [Variable]) -> [Variable] {
    let map = replayMap(program, inputs)
    return program.storage.outputs.map { Variable(tape: self, slot: map[Int($0)]) }
  }

  /// Puts a program's operations on this tape; returns the slot here for each of the program's slots, -1 for unused ones.
  func replayMap(_ program: Program, _ inputs: [Variable]) -> [Int32] {
    let storage = program.storage
    guard inputs.count == storage.inputs.count else {
      stop("replay: \(inputs.count) variables for \(storage.inputs.count) inputs\(scopeSuffix)")
    }
    if core.pointee.mode != .valuesOnly { retain(storage) }
    var map = [Int32](repeating: -1, count: storage.slots.count)
    for (slot, input) in zip(storage.inputs, inputs) {
      let type = storage.slots[Int(slot)]
      guard input.shape == type.shape, input.scalarType == type.scalarType else {
        stop(
          "replay: an input \(input.scalarType) \(input.shape) for one \(type.scalarType) \(type.shape)\(scopeSuffix)")
      }
      map[Int(slot)] = check(input, "replay")
    }
    for (slot, array) in storage.constants { map[Int(slot)] = constant(array).slot }
    let outerScope = core.pointee.currentScope
    defer { core.pointee.currentScope = outerScope }
    for (index, operation) in storage.operations.enumerated() {
      if let scope = storage.scopes[Int32(index)] { enterScope(scope, inside: outerScope) }
      let builder = OperationBuilder(
        self, operation.primitive.takeUnretainedValue(), body: operation.body?.takeUnretainedValue())
      for position in 0..<operation.operandCount {
        builder.operand(map[Int(storage.operandSlots[Int(operation.firstOperand + position)])])
      }
      for position in 0..<operation.integerCount {
        builder.integer(storage.integers[Int(operation.firstInteger + position)])
      }
      for position in 0..<operation.scalarCount {
        builder.scalar(storage.scalars[Int(operation.firstScalar + position)])
      }
      let first: Int32 = builder.finish()
      for position in 0..<operation.resultCount {
        map[Int(operation.firstResult + position)] = first + position
        if let name = storage.names[operation.firstResult + position], core.pointee.mode != .valuesOnly {
          valueNames[first + position] = name
        }
      }
    }
    return map
  }

  /// Makes a spelled-out scope the current one.
  private func enterScope(_ description: String, inside outer: Int32) {
    let number = core.pointee.scopeNames.takeUnretainedValue().number(description)
    if core.pointee.currentScope >= 0 {
      let current = core.pointee.scopes[core.pointee.currentScope]
      if current.name == number, current.parent == outer { return }
    }
    core.pointee.scopes.append(Scope(name: number, step: -1, parent: outer))
    core.pointee.currentScope = Int32(core.pointee.scopes.count - 1)
  }
}

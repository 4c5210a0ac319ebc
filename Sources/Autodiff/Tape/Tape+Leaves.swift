internal import CKernels
public import DenseArrays

/// A leaf of a recording that can have a gradient.
struct Leaf {
  var slot: Int32
  var parameter: Parameter?
}

extension Tape {
  /// A leaf without a gradient.
  public func constant(_ array: DenseArray) -> Variable {
    innermostRecording.leaf(array, flags: [])
  }

  /// A leaf without a gradient whose elements all have one value.
  public func constant(_ value: Double, shape: Shape = []) -> Variable { constant(value, shape: shape, scalarType) }

  func constant(_ value: Double, shape: Shape, _ scalarType: ScalarType) -> Variable {
    if core.pointee.innerRecording != nil { return innermostRecording.constant(value, shape: shape, scalarType) }
    let slot = appendLeaf(shape, scalarType)
    if core.pointee.mode == .symbolic {
      // A symbolic constant is an operation, so that a program contains it.
      core.pointee.slots.truncate(to: Int(slot))
      return apply(
        FillPrimitive.shared, operands: [], integers: FillPrimitive.integers(shape, scalarType), scalars: [value])
    }
    core.pointee.allocate(Int(slot))
    fill(core.pointee.slots[slot], with: value)
    return Variable(tape: self, slot: slot)
  }

  /// A constant of zeros.
  public func zeros(_ shape: Shape) -> Variable { constant(0, shape: shape) }

  /// A leaf that can have a gradient and is not a parameter.
  public func variable(_ array: DenseArray, named name: String? = nil) -> Variable {
    guard array.scalarType.isFloatingPoint else {
      stop("Tape.variable: elements must be floating-point numbers, not int32")
    }
    let variable = leaf(array, flags: recordsGradients ? .differentiable : [])
    if recordsGradients { leaves.append(Leaf(slot: variable.slot, parameter: nil)) }
    if let name { valueNames[variable.slot] = name }
    return variable
  }

  /// The leaf for a parameter, bound at its first use in a recording; the parameter is read-only while the tape is open.
  ///
  /// A parameter of another element type than the tape's is converted; `bind` gives it another value.
  public func parameter(_ parameter: Parameter) -> Variable {
    let identifier = ObjectIdentifier(parameter)
    if let substitute = activeOverrides?.substitute(for: identifier) { return innermostRecording.adopt(substitute) }
    if let slot = parameterSlots[identifier] { return Variable(tape: self, slot: slot) }
    if let parent, boundArrays[identifier] == nil { return adopt(parent.parameter(parameter)) }
    var array = boundArrays[identifier] ?? parameter.storedValue
    var flags: Slot.Flags = recordsGradients ? .differentiable : []
    if array.scalarType == scalarType { flags.insert(.persistent) } else { array = array.converted(to: scalarType) }
    let variable = leaf(array, flags: flags, of: parameter)
    parameter.openRecordings += 1
    parameterSlots[identifier] = variable.slot
    leaves.append(Leaf(slot: variable.slot, parameter: parameter))
    if !parameter.name.isEmpty { valueNames[variable.slot] = parameter.name }
    return variable
  }

  /// Gives a parameter another value in this recording: a check binds float64 copies and leaves the model untouched.
  ///
  /// Binding a parameter after its first use, or to another shape, stops. `reset()` forgets the binding.
  public func bind(_ parameter: Parameter, to array: DenseArray) {
    guard array.shape == parameter.shape else {
      stop("Tape.bind: a value of shape \(array.shape) for parameter \(parameter.name) of shape \(parameter.shape)")
    }
    guard parameterSlots[ObjectIdentifier(parameter)] == nil else {
      stop("Tape.bind: parameter \(parameter.name) was used before it was bound")
    }
    boundArrays[ObjectIdentifier(parameter)] = array
  }

  /// Makes the leaf of a bound parameter be an existing variable of this tape.
  package func bind(_ parameter: Parameter, to variable: Variable) {
    let slot = check(variable, "Tape.bind")
    guard variable.shape == parameter.shape else {
      stop(
        "Tape.bind: a variable of shape \(variable.shape) for parameter \(parameter.name) of shape \(parameter.shape)")
    }
    parameter.openRecordings += 1
    parameterSlots[ObjectIdentifier(parameter)] = slot
    leaves.append(Leaf(slot: slot, parameter: parameter))
  }

  private func leaf(_ array: DenseArray, flags: Slot.Flags, of parameter: Parameter? = nil) -> Variable {
    let slot = appendLeaf(array.shape, array.scalarType)
    core.pointee.slots.base[Int(slot)].flags = flags
    core.pointee.slots.base[Int(slot)].pointer = array.pointer
    if flags.contains(.persistent), let parameter {
      // Held until the tape lets go of its parameters, so that they can be changed in place from then on.
      core.pointee.packedParameters.takeUnretainedValue().register(slot, array, of: ObjectIdentifier(parameter))
    } else {
      retained.append(array.storage)
    }
    return Variable(tape: self, slot: slot)
  }

  func appendLeaf(_ shape: Shape, _ scalarType: ScalarType) -> Int32 {
    guard core.pointee.isOpen else { stopForConsumedTape("a new leaf") }
    let slot = Int32(truncatingIfNeeded: core.pointee.slots.count)
    core.pointee.slots.append(Slot(shape: shape, scalarType: scalarType, flags: [], producer: -1, pointer: nil))
    return slot
  }

  /// An input of a symbolic recording.
  func symbolicInput(_ shape: Shape, _ scalarType: ScalarType, isDifferentiable: Bool = true) -> Variable {
    let slot = appendLeaf(shape, scalarType)
    if isDifferentiable && scalarType.isFloatingPoint {
      core.pointee.slots.base[Int(slot)].flags = .differentiable
      leaves.append(Leaf(slot: slot, parameter: nil))
    }
    return Variable(tape: self, slot: slot)
  }

  /// Binds a variable to memory that someone else owns.
  func borrowed(_ entry: Slot, isDifferentiable: Bool = false) -> Variable {
    let slot = appendLeaf(entry.shape, entry.scalarType)
    core.pointee.slots.base[Int(slot)].pointer = entry.pointer
    if isDifferentiable { core.pointee.slots.base[Int(slot)].flags = .differentiable }
    return Variable(tape: self, slot: slot)
  }

  /// The same value on this tape: itself, or an input for a variable of a tape around this one.
  func adopt(_ variable: Variable, _ operation: @autoclosure () -> String = "capture") -> Variable {
    if variable.tape === self { return variable }
    return Variable(tape: self, slot: check(variable, operation()))
  }

  /// The slot of a variable on this tape; variables of a parent become inputs; others stop.
  @inline(__always)
  func check(_ variable: Variable, _ operation: @autoclosure () -> String) -> Int32 {
    if variable.tape === self, variable.generation == core.pointee.generation { return variable.slot }
    return checkSlowly(variable, operation())
  }

  @inline(never)
  private func checkSlowly(_ variable: Variable, _ operation: String) -> Int32 {
    if variable.tape.toleratesReading, variable.generation != variable.tape.core.pointee.generation {
      stop("\(operation): a variable that was made in a step of a scan, used after that step\(scopeSuffix)")
    }
    if variable.tape === self {
      stop("\(operation): a variable of an earlier recording of this tape\(scopeSuffix)")
    }
    guard let parent, variable.tape.isSelfOrAncestor(of: parent) else {
      stop("\(operation): a variable of another tape\(scopeSuffix)")
    }
    let outer = parent.check(variable, operation)
    checkParent(operation)
    core.pointee.parentGeneration = parent.core.pointee.generation
    if let slot = captures[outer] { return slot }
    parent.core.evaluate(outer)
    let entry = parent.core.pointee.slots[outer]
    let slot = appendLeaf(entry.shape, entry.scalarType)
    if core.pointee.mode != .symbolic { core.pointee.slots.base[Int(slot)].pointer = entry.pointer }
    if entry.flags.contains(.differentiable) { core.pointee.slots.base[Int(slot)].flags = .differentiable }
    captures[outer] = slot
    capturedSlots.append(outer)
    return slot
  }

  /// Stops when the tape around this one has been reset since this recording took values of it.
  func checkParent(_ operation: @autoclosure () -> String) {
    guard let parent, !captures.isEmpty else { return }
    guard parent.core.pointee.generation == core.pointee.parentGeneration else {
      stop(
        "\(operation()): the tape around this one was reset after this recording had used its variables;"
          + " reset this one too")
    }
    parent.checkParent(operation())
  }

  func isSelfOrAncestor(of tape: Tape) -> Bool {
    var current: Tape? = tape
    while let candidate = current {
      if candidate === self { return true }
      current = candidate.parent
    }
    return false
  }

  package var scopeSuffix: String { core.pointee.scopeSuffix(core.pointee.currentScope) }

  func stopForConsumedTape(_ what: String) -> Never {
    stop("Tape: \(what) on a tape whose recording a reverse sweep has consumed; call reset() first\(scopeSuffix)")
  }
}

/// Writes one value to all elements of a slot.
func fill(_ entry: Slot, with value: Double) {
  guard let pointer = entry.pointer else { return }
  switch entry.scalarType {
  case .float32: pointer.initializeMemory(as: Float.self, repeating: Float(value), count: entry.shape.count)
  case .float64: pointer.initializeMemory(as: Double.self, repeating: value, count: entry.shape.count)
  case .int32: pointer.initializeMemory(as: Int32.self, repeating: Int32(value), count: entry.shape.count)
  }
}

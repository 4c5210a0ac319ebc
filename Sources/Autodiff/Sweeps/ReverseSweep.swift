internal import CKernels
internal import DenseArrays

/// The reverse sweep: one engine for plain (values only), recorded and symbolic sweeps.
///
/// Rules push into accumulators. The first contribution is stored, later ones are added in place; contributions to weights
/// wait and become one product over all rows when the sweep reaches the weight's producer.
extension Tape {
  /// Whether the running sweep keeps values only.
  @inline(__always) private var isPlain: Bool { core.pointee.mode == .valuesOnly }

  /// Marks the slots whose cotangents are wanted: those that depend on `wanted`, or on any leaf when it is nil.
  func markActive(_ slotCount: Int, dependingOn wanted: [Int32]?) {
    sweep.pointee.active.resize(to: 0, filling: 0)
    sweep.pointee.active.resize(to: slotCount, filling: 0)
    let active = sweep.pointee.active.base
    let slots = core.pointee.slots.base
    guard let wanted else {
      for slot in 0..<slotCount { active[slot] = slots[slot].flags.contains(.differentiable) ? 1 : 0 }
      return
    }
    for slot in wanted { active[Int(slot)] = 2 }
    for index in 0..<core.pointee.operations.count {
      let operation = core.pointee.operations.base + index
      guard Int(operation.pointee.firstResult) < slotCount else { break }
      var dependsOnWanted = false
      for position in 0..<operation.pointee.operandCount
      where active[Int(core.pointee.operandSlots[operation.pointee.firstOperand &+ position])] != 0 {
        dependsOnWanted = true
      }
      guard dependsOnWanted, !operation.pointee.primitive.takeUnretainedValue().blocksGradients else { continue }
      for position in 0..<operation.pointee.resultCount {
        let slot = Int(operation.pointee.firstResult &+ position)
        if slots[slot].scalarType.isFloatingPoint, active[slot] == 0 { active[slot] = 1 }
      }
    }
  }

  /// Runs the sweep; afterwards the accumulators of the wanted slots (all leaves when nil) hold their cotangents.
  ///
  /// The tape's mode must be `valuesOnly` for a plain sweep; `slotCount` and `operationCount` bound the forward recording.
  func runReverseSweep(
    seeds: [(output: Int32, cotangent: Int32)], slotCount: Int, operationCount: Int, wanted: [Int32]?
  ) {
    checkParent("a reverse sweep")
    markActive(slotCount, dependingOn: wanted)
    sweep.pointee.accumulators.resize(to: 0, filling: Accumulator())
    sweep.pointee.accumulators.resize(to: slotCount, filling: Accumulator())
    sweep.pointee.deferred.truncate(to: 0)
    sweep.pointee.pushes.truncate(to: 0)
    let outerScope = core.pointee.currentScope
    for seed in seeds {
      sweep.pointee.pushes.append(Push(kind: .whole, target: seed.output, source: seed.cotangent))
      addPushes(from: Int.max)
    }
    var index = operationCount - 1
    while index >= 0 {
      reverse(operation: Int32(truncatingIfNeeded: index))
      index &-= 1
    }
    core.pointee.currentScope = outerScope
    for slot in wanted ?? [] { flushDeferred(slot) }
    if wanted == nil { for leaf in leaves { flushDeferred(leaf.slot) } }
    core.pointee.reversedSlot = -1
  }

  @inline(__always)
  private func reverse(operation index: Int32) {
    let operation = core.pointee.operations[index]
    let first = Int(operation.firstResult)
    let count = Int(operation.resultCount)
    let accumulators = sweep.pointee.accumulators.base
    var hasCotangent = false
    for slot in first..<(first &+ count) where !accumulators[slot].isEmpty { hasCotangent = true }
    guard hasCotangent else { return }
    core.pointee.currentScope = operation.scope
    for slot in first..<(first &+ count) where accumulators[slot].firstDeferred >= 0 { flushDeferred(Int32(slot)) }
    core.pointee.reversedSlot = operation.firstResult
    let mark = core.pointee.slots.count
    sweep.pointee.cotangents.truncate(to: 0)
    for position in 0..<count {
      let slot = first &+ position
      let accumulator = sweep.pointee.accumulators.base + slot
      if isPlain {
        let forward = core.pointee.slots.base + slot
        if accumulator.pointee.isUniform, !takesUniformCotangents(index) { spread(accumulator, forward.pointee) }
        guard let pointer = accumulator.pointee.pointer else {
          sweep.pointee.cotangents.append(-1)
          continue
        }
        let isKept = sweep.pointee.active[slot] == 2
        sweep.pointee.cotangents.append(Int32(truncatingIfNeeded: core.pointee.slots.count))
        core.pointee.slots.append(
          Slot(
            shape: accumulator.pointee.isUniform ? [] : forward.pointee.shape, scalarType: forward.pointee.scalarType,
            flags: isKept ? [] : .owned, sizeClass: accumulator.pointee.sizeClass, producer: -1, pointer: pointer))
        if !isKept { accumulator.pointee = Accumulator() }
      } else {
        var cotangent = accumulator.pointee.slot
        if cotangent >= 0, accumulator.pointee.isUniform, !takesUniformCotangents(index) {
          let shape = core.pointee.slots[slot].shape
          cotangent = Variable(tape: self, slot: cotangent).broadcast(to: shape).slot
        }
        sweep.pointee.cotangents.append(cotangent)
      }
    }
    let view = ReverseOperation(view: OperationView(core: core, index: index))
    if !ruleSubstitutions.isEmpty,
      let other = ruleSubstitutions[ObjectIdentifier(operation.primitive.takeUnretainedValue())]
    {
      other.reverse(view)
    } else {
      operation.primitive._withUnsafeGuaranteedRef { $0.reverse(view) }
    }
    addPushes(from: mark)
    if isPlain { core.pointee.discardSlots(from: mark) }
  }

  /// Whether an operation's reverse rule takes one number for all elements of a cotangent.
  @inline(__always)
  private func takesUniformCotangents(_ index: Int32) -> Bool {
    core.pointee.operations[index].primitive.toOpaque() == core.pointee.pointwisePrimitive.toOpaque()
      && PointwisePrimitive.takesUniformCotangents(OperationView(core: core, index: index))
  }

  /// Adds what a rule has pushed; temporaries begin at slot `mark`.
  private func addPushes(from mark: Int) {
    let count = sweep.pointee.pushes.count
    for index in 0..<count {
      let push = sweep.pointee.pushes[index]
      if isPlain {
        addValue(push, index, mark)
      } else {
        addRecorded(push)
      }
    }
    sweep.pointee.pushes.truncate(to: 0)
  }

  // MARK: Plain sweeps

  @inline(__always)
  private func addValue(_ push: Push, _ index: Int, _ mark: Int) {
    let accumulator = sweep.pointee.accumulators.base + Int(push.target)
    switch push.kind {
    case .whole:
      let source = core.pointee.slots.base + Int(push.source)
      let target = core.pointee.slots.base + Int(push.target)
      if source.pointee.shape.rank == 0, target.pointee.shape.count != 1 {
        addUniform(push, accumulator, target.pointee)
      } else if accumulator.pointee.pointer != nil {
        let sum = sumBlock(accumulator, target.pointee)
        tk_add_in_place(
          core.pointee.kernels, Int32(core.pointee.threads), source.pointee.scalarType.kernelType,
          source.pointee.shape.count, source.pointee.pointer, sum)
      } else {
        let (pointer, sizeClass) = takeBlock(push.source, index, mark)
        accumulator.pointee.pointer = pointer
        accumulator.pointee.sizeClass = sizeClass
      }
    case .region:
      let target = core.pointee.slots[push.target]
      let source = core.pointee.slots[push.source]
      let sum = sumBlock(accumulator, target)
      let axis = Int(push.argument)
      let inner = target.shape.count(of: (axis + 1)..<target.shape.rank)
      let outer = source.shape.count(of: 0..<axis)
      let rows = source.shape[axis] * inner
      let stride = target.shape[axis] * inner
      let bytes = target.scalarType.byteCount
      let base = sum + Int(push.start) * inner * bytes
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { buffer in
        buffer[0] = outer
        buffer[1] = rows
        buffer[2] = stride
        buffer[3] = 1
        tk_scatter_strided(
          core.pointee.kernels, Int32(core.pointee.threads), target.scalarType.kernelType, 2, buffer.baseAddress,
          source.pointer, base, buffer.baseAddress.map { $0 + 2 }, true)
      }
    case .scatter:
      let target = core.pointee.slots[push.target]
      let sum = sumBlock(accumulator, target)
      addRows(
        core.pointee.slots[push.source], at: core.pointee.slots[push.argument], to: sum,
        rowShape: target.shape.dropFirst, core: core)
    case .product, .transposedProduct:
      let shape = core.pointee.slots[push.source].shape
      let (pointer, sizeClass) = takeBlock(push.source, index, mark)
      sweep.pointee.deferred.append(
        Deferred(
          kind: push.kind == .product ? .product : .transposedProduct, left: push.argument, deltaPointer: pointer,
          deltaClass: sizeClass, deltaShape: shape, next: accumulator.pointee.firstDeferred))
      accumulator.pointee.firstDeferred = Int32(sweep.pointee.deferred.count - 1)
    }
  }

  /// Adds one number to all elements of a slot's cotangent.
  private func addUniform(_ push: Push, _ accumulator: UnsafeMutablePointer<Accumulator>, _ target: Slot) {
    let number = Variable(tape: self, slot: push.source)
    if accumulator.pointee.pointer == nil, target.producer >= 0, sweep.pointee.active[Int(push.target)] != 2 {
      let source = number.entry
      let sizeClass = Arena.sizeClass(for: source.byteCount)
      let block = core.pointee.arena.allocate(sizeClass)
      if let pointer = source.pointer { block.copyMemory(from: pointer, byteCount: source.byteCount) }
      accumulator.pointee.pointer = block
      accumulator.pointee.sizeClass = sizeClass
      accumulator.pointee.isUniform = true
      return
    }
    let whole = number.broadcast(to: target.shape).entry
    tk_add_in_place(
      core.pointee.kernels, Int32(core.pointee.threads), target.scalarType.kernelType, target.shape.count,
      whole.pointer, sumBlock(accumulator, target))
  }

  /// Turns one number that stands for all elements into an array of them.
  private func spread(_ accumulator: UnsafeMutablePointer<Accumulator>, _ target: Slot) {
    guard let number = accumulator.pointee.pointer else { return }
    let value =
      target.scalarType == .float32 ? Double(number.load(as: Float.self)) : number.load(as: Double.self)
    let sizeClass = Arena.sizeClass(for: target.byteCount)
    var block = target
    block.pointer = core.pointee.arena.allocate(sizeClass)
    fill(block, with: value)
    core.pointee.arena.release(number, accumulator.pointee.sizeClass)
    accumulator.pointee.pointer = block.pointer
    accumulator.pointee.sizeClass = sizeClass
    accumulator.pointee.isUniform = false
  }

  /// The block in which a slot's cotangent is summed, zeroed when it is new.
  private func sumBlock(_ accumulator: UnsafeMutablePointer<Accumulator>, _ target: Slot) -> UnsafeMutableRawPointer {
    if accumulator.pointee.isUniform { spread(accumulator, target) }
    if let sum = accumulator.pointee.pointer { return sum }
    let sizeClass = Arena.sizeClass(for: target.byteCount)
    let block = core.pointee.arena.allocate(sizeClass)
    tk_clear(block, target.byteCount)
    accumulator.pointee.pointer = block
    accumulator.pointee.sizeClass = sizeClass
    return block
  }

  /// The block of a pushed value: its own when nothing pushed later still reads it, else a copy.
  @inline(__always)
  private func takeBlock(
    _ source: Int32, _ index: Int, _ mark: Int
  ) -> (UnsafeMutableRawPointer, Arena.SizeClass) {
    let entry = core.pointee.slots.base + Int(source)
    guard let pointer = entry.pointee.pointer else { stop("reverse sweep: a cotangent without a value") }
    if let owner = owner(of: source, mark), !isReadLater(owner, after: index) {
      let block = core.pointee.slots.base + Int(owner)
      block.pointee.flags.remove(.owned)
      return (pointer, block.pointee.sizeClass)
    }
    let byteCount = entry.pointee.byteCount
    let sizeClass = Arena.sizeClass(for: byteCount)
    let block = core.pointee.arena.allocate(sizeClass)
    block.copyMemory(from: pointer, byteCount: byteCount)
    return (block, sizeClass)
  }

  /// The temporary that owns a slot's block, if the slot is all of it.
  @inline(__always)
  private func owner(of slot: Int32, _ mark: Int) -> Int32? {
    guard Int(slot) >= mark else { return nil }
    let entry = core.pointee.slots.base + Int(slot)
    if entry.pointee.flags.contains(.owned) { return slot }
    var index = Int(slot) - 1
    while index >= mark {
      let candidate = core.pointee.slots.base + index
      if candidate.pointee.flags.contains(.owned), candidate.pointee.pointer == entry.pointee.pointer,
        candidate.pointee.byteCount == entry.pointee.byteCount
      {
        return Int32(index)
      }
      index -= 1
    }
    return nil
  }

  @inline(__always)
  private func isReadLater(_ owner: Int32, after index: Int) -> Bool {
    var next = index &+ 1
    guard next < sweep.pointee.pushes.count else { return false }
    let block = core.pointee.slots.base + Int(owner)
    guard let start = block.pointee.pointer else { return false }
    let end = start + block.pointee.byteCount
    while next < sweep.pointee.pushes.count {
      let source = sweep.pointee.pushes[next].source
      if let pointer = core.pointee.slots[source].pointer, pointer >= start, pointer < end { return true }
      next &+= 1
    }
    return false
  }

  // MARK: Recorded and symbolic sweeps

  private func addRecorded(_ push: Push) {
    let target = Int(push.target)
    switch push.kind {
    case .whole:
      let shape = core.pointee.slots[target].shape
      let accumulator = sweep.pointee.accumulators[target]
      var source = push.source
      var isUniform = core.pointee.slots[source].shape.count != shape.count
      if isUniform, sweep.pointee.active[target] == 2 {
        source = Variable(tape: self, slot: source).broadcast(to: shape).slot
        isUniform = false
      }
      if accumulator.slot >= 0 {
        source = (Variable(tape: self, slot: accumulator.slot) + Variable(tape: self, slot: source)).slot
        isUniform = isUniform && accumulator.isUniform
      }
      sweep.pointee.accumulators.base[target].slot = source
      sweep.pointee.accumulators.base[target].isUniform = isUniform
    case .scatter:
      let rows = core.pointee.slots[push.target].shape[0]
      let scattered = scatterAdd(
        Variable(tape: self, slot: push.source), at: Variable(tape: self, slot: push.argument), rows: rows)
      addRecorded(Push(kind: .whole, target: push.target, source: scattered.slot))
    case .region, .product, .transposedProduct:
      let kind: Deferred.Kind =
        switch push.kind {
        case .region: .region
        case .product: .product
        default: .transposedProduct
        }
      sweep.pointee.deferred.append(
        Deferred(
          kind: kind, left: push.argument, start: push.start, deltaSlot: push.source,
          deltaShape: core.pointee.slots[push.source].shape, next: sweep.pointee.accumulators[target].firstDeferred))
      sweep.pointee.accumulators.base[target].firstDeferred = Int32(sweep.pointee.deferred.count - 1)
    }
  }

  // MARK: Deferred contributions

  /// Adds the contributions that have waited for a slot.
  private func flushDeferred(_ slot: Int32) {
    var node = sweep.pointee.accumulators[slot].firstDeferred
    guard node >= 0 else { return }
    sweep.pointee.accumulators.base[Int(slot)].firstDeferred = -1
    core.pointee.reversedSlot = slot
    let mark = core.pointee.slots.count
    var products: [(left: Variable, delta: Variable)] = []
    var transposedProducts: [(left: Variable, delta: Variable)] = []
    var regions: [(axis: Int, start: Int, delta: Variable)] = []
    while node >= 0 {
      let entry = sweep.pointee.deferred[node]
      var deltaSlot = entry.deltaSlot
      if let pointer = entry.deltaPointer {
        deltaSlot = Int32(core.pointee.slots.count)
        core.pointee.slots.append(
          Slot(
            shape: entry.deltaShape, scalarType: core.pointee.slots[slot].scalarType, flags: .owned,
            sizeClass: entry.deltaClass, producer: -1, pointer: pointer))
      }
      let delta = Variable(tape: self, slot: deltaSlot)
      switch entry.kind {
      case .product: products.append((Variable(tape: self, slot: entry.left), delta))
      case .transposedProduct: transposedProducts.append((Variable(tape: self, slot: entry.left), delta))
      case .region: regions.append((Int(entry.left), Int(entry.start), delta))
      }
      node = entry.next
    }
    // The list is newest first, and a reverse sweep reaches the last time step first: this is the order of time.
    if !products.isEmpty { pushWeightProduct(products, slot, isTransposed: false) }
    if !transposedProducts.isEmpty { pushWeightProduct(transposedProducts, slot, isTransposed: true) }
    if !regions.isEmpty { pushRegions(regions, slot) }
    addPushes(from: mark)
    if isPlain { core.pointee.discardSlots(from: mark) }
  }

  private func pushWeightProduct(
    _ pairs: [(left: Variable, delta: Variable)], _ slot: Int32, isTransposed: Bool
  ) {
    func rows(_ variable: Variable) -> Variable {
      let shape = variable.shape
      guard shape.rank != 2 else { return variable }
      return variable.reshaped(to: [shape.count(of: 0..<(shape.rank - 1)), shape[-1]])
    }
    let left = pairs.count == 1 ? rows(pairs[0].left) : concatenate(pairs.map { rows($0.left) }, axis: 0)
    let delta = pairs.count == 1 ? rows(pairs[0].delta) : concatenate(pairs.map { rows($0.delta) }, axis: 0)
    let product =
      isTransposed ? matmul(delta, left, transposeFirst: true) : matmul(left, delta, transposeFirst: true)
    sweep.pointee.pushes.append(Push(kind: .whole, target: slot, source: product.slot))
  }

  /// Puts the regions of one array together: one concatenation when they do not overlap, else a sum.
  private func pushRegions(_ regions: [(axis: Int, start: Int, delta: Variable)], _ slot: Int32) {
    let shape = core.pointee.slots[slot].shape
    let axis = regions[0].axis
    let sorted = regions.sorted { $0.start < $1.start }
    var isDisjoint = regions.allSatisfy { $0.axis == axis }
    if isDisjoint {
      for (region, next) in zip(sorted, sorted.dropFirst())
      where region.start + region.delta.shape[axis] > next.start { isDisjoint = false }
    }
    guard isDisjoint else {
      for region in regions {
        let after = shape[region.axis] - region.start - region.delta.shape[region.axis]
        let padded = region.delta.padded(axis: region.axis, before: region.start, after: after)
        sweep.pointee.pushes.append(Push(kind: .whole, target: slot, source: padded.slot))
      }
      return
    }
    var parts: [Variable] = []
    var position = 0
    func appendGap(_ size: Int) {
      guard size > 0 else { return }
      var gap = shape
      gap[axis] = size
      parts.append(constant(0, shape: gap, core.pointee.slots[slot].scalarType))
    }
    for region in sorted {
      appendGap(region.start - position)
      parts.append(region.delta)
      position = region.start + region.delta.shape[axis]
    }
    appendGap(shape[axis] - position)
    let whole = parts.count == 1 ? parts[0] : concatenate(parts, axis: axis)
    sweep.pointee.pushes.append(Push(kind: .whole, target: slot, source: whole.slot))
  }
}

extension PointwiseProgram {
  /// The program of cotangents: what the cotangents of the results in `seeds` give for the operands in `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: A bit for each operand whose cotangent is wanted.
  ///   - seeds: A bit for each result that has a cotangent; those of the others are 0.
  /// - Returns: `seed(j)` is result j's cotangent; there is one target for each wanted operand, in ascending order.
  ///   Asking again costs a few nanoseconds.
  public func adjoint(withRespectTo inputs: UInt64, seeds: UInt64) -> PointwiseDerivative {
    derivatives.find(.adjoint, inputs: inputs, seeds: seeds) { makeAdjoint(inputs: inputs, seeds: seeds) }
  }

  /// The same program with those transcendental results and quotients as further results that an adjoint would need.
  ///
  /// The new results follow the original ones; what is cheap, and what is made of results alone (tanh(c) in an LSTM, whose
  /// c is a result), is computed again by the adjoint instead.
  public func savingIntermediates() -> PointwiseProgram {
    derivatives.find(.augmented, inputs: 0, seeds: 0) {
      PointwiseDerivative(program: makeSavingIntermediates(), operands: [], targets: [])
    }.program
  }

  private func makeSavingIntermediates() -> PointwiseProgram {
    let isOutput = Set(outputs)
    let candidates = nodes.indices.map(Int32.init).filter {
      nodes[Int($0)].operation.isExpensive && !isOutput.contains($0) && !isOfResults(nodes[Int($0)], isOutput)
    }
    let room = Self.operandLimit - outputs.count
    let all = outputs + candidates.prefix(room)
    if all.count == outputs.count { return self }
    let full = PointwiseProgram(nodes: nodes, inputCount: inputCount, constantCount: constantCount, outputs: all)
    let adjoint = full.makeAdjoint(inputs: ~0, seeds: lowBits(outputs.count))
    let saved = adjoint.operands.compactMap { source in
      if case .output(let index) = source, index >= outputs.count { all[index] } else { nil }
    }
    if saved.isEmpty { return self }
    return PointwiseProgram(
      nodes: nodes, inputCount: inputCount, constantCount: constantCount, outputs: outputs + saved,
      savedCount: savedCount + saved.count)
  }

  /// Whether a value is made of results alone, from which it is computed again for less than the memory is worth.
  private func isOfResults(_ node: PointwiseNode, _ isOutput: Set<Int32>) -> Bool {
    (0..<node.operation.operandCount).allSatisfy { isOutput.contains(node.operand($0)) }
  }

  private func lowBits(_ count: Int) -> UInt64 { count >= 64 ? ~0 : (1 << UInt64(count)) - 1 }

  private func makeAdjoint(inputs: UInt64, seeds: UInt64) -> PointwiseDerivative {
    var work = PointwiseDifferentiation(self)
    let isActive = activeValues(inputs)
    var cotangents = [GuardedCotangent?](repeating: nil, count: nodes.count)
    let reach = savedCount > 0 ? work.reach(fromFirst: outputs.count - savedCount) : []
    for (index, output) in outputs.enumerated() where seeds >> UInt64(index) & 1 == 1 && isActive[Int(output)] {
      // A saved intermediate counts only where the branch that it stands in was taken.
      let mask = index < outputs.count - savedCount ? nil : reach[Int(output)].mask
      work.add(GuardedCotangent(mask: mask, value: work.seed(index)), to: &cotangents[Int(output)])
    }
    for index in nodes.indices.reversed() {
      guard let cotangent = cotangents[index], nodes[index].operation.operandCount > 0 else { continue }
      work.push(cotangent, through: nodes[index], at: index, into: &cotangents, where: isActive)
    }
    var results: [PointwiseBuilder.Value?] = []
    for input in 0..<inputCount where inputs >> UInt64(input) & 1 == 1 {
      results.append(cotangents[input].map { work.settled($0) })
    }
    return work.derivative(results, seeds: [])
  }

  /// For each value, whether it depends differentiably on one of `inputs`.
  private func activeValues(_ inputs: UInt64) -> [Bool] {
    var active: [Bool] = []
    active.reserveCapacity(nodes.count)
    for node in nodes {
      switch node.operation {
      case .input: active.append(inputs >> UInt64(node.a) & 1 == 1)
      case .floor, .ceil, .round, .sign: active.append(false)
      case .straightThrough: active.append(active[Int(node.b)])
      case .select: active.append(active[Int(node.b)] || active[Int(node.c)])
      default:
        active.append(
          !node.operation.givesMask
            && (0..<node.operation.operandCount).contains { active[Int(node.operand($0))] })
      }
    }
    return active
  }
}

/// A cotangent that counts only where a mask holds and is exactly 0 elsewhere, whatever the value is there.
///
/// Keeping the mask beside the value until the end, rather than a 0 in the value, makes the derivative of a branch that
/// `select` did not take 0 even where the branch's own derivative is infinite or NaN.
private struct GuardedCotangent {
  var mask: PointwiseBuilder.Value?
  var value: PointwiseBuilder.Value
}

/// Whether results depend on a value, and the mask under which they do (nil: everywhere).
private struct Reach {
  var isReached = false
  var mask: PointwiseBuilder.Value?
}

extension PointwiseDifferentiation {
  fileprivate mutating func settled(_ cotangent: GuardedCotangent) -> Value {
    guard let mask = cotangent.mask else { return cotangent.value }
    let zero = builder.literal(0)
    return builder.select(mask, cotangent.value, zero)
  }

  fileprivate mutating func add(_ contribution: GuardedCotangent, to total: inout GuardedCotangent?) {
    guard let present = total else {
      total = contribution
      return
    }
    if present.mask == contribution.mask {
      total = GuardedCotangent(mask: present.mask, value: builder.add(present.value, contribution.value))
      return
    }
    if let mask = present.mask, let other = contribution.mask {
      if isComplement(mask, other) {
        total = GuardedCotangent(mask: nil, value: builder.select(mask, present.value, contribution.value))
        return
      }
      let value = builder.add(settled(present), settled(contribution))
      total = GuardedCotangent(mask: builder.emit(.or, mask, other), value: value)
    } else {
      total = GuardedCotangent(mask: nil, value: builder.add(settled(present), settled(contribution)))
    }
  }

  /// For each value, the mask under which the first `count` results depend on it.
  fileprivate mutating func reach(fromFirst count: Int) -> [Reach] {
    var reach = [Reach](repeating: Reach(), count: program.nodes.count)
    for output in program.outputs.prefix(count) { reach[Int(output)] = Reach(isReached: true, mask: nil) }
    for index in program.nodes.indices.reversed() where reach[index].isReached {
      let node = program.nodes[index]
      let mask = reach[index].mask
      switch node.operation {
      case .select:
        let condition = values[Int(node.a)]
        widen(&reach[Int(node.b)], by: both(mask, condition))
        widen(&reach[Int(node.c)], by: both(mask, builder.emit(.not, condition)))
      case .maximum, .minimum:
        let first = firstIsTaken(node)
        widen(&reach[Int(node.a)], by: both(mask, first))
        widen(&reach[Int(node.b)], by: both(mask, builder.emit(.not, first)))
      default:
        for position in 0..<node.operation.operandCount { widen(&reach[Int(node.operand(position))], by: mask) }
      }
    }
    return reach
  }

  private mutating func widen(_ reach: inout Reach, by mask: Value?) {
    if !reach.isReached {
      reach = Reach(isReached: true, mask: mask)
    } else if let present = reach.mask, present != mask {
      reach.mask = mask.flatMap { isComplement(present, $0) ? nil : builder.emit(.or, present, $0) }
    }
  }

  /// Where a maximum or minimum is its first operand.
  private mutating func firstIsTaken(_ node: PointwiseNode) -> Value {
    let x = values[Int(node.a)]
    let z = values[Int(node.b)]
    return node.operation == .maximum ? builder.emit(.less, z, x) : builder.emit(.less, x, z)
  }

  private func isComplement(_ a: Value, _ b: Value) -> Bool {
    let first = builder.nodes[Int(a)]
    let second = builder.nodes[Int(b)]
    return first.operation == .not && first.a == b || second.operation == .not && second.a == a
  }

  private mutating func both(_ a: Value?, _ b: Value) -> Value {
    guard let a else { return b }
    return builder.emit(.and, a, b)
  }

  /// Adds what `node` makes of its result's cotangent to its operands' cotangents.
  fileprivate mutating func push(
    _ cotangent: GuardedCotangent, through node: PointwiseNode, at index: Int,
    into cotangents: inout [GuardedCotangent?], where isActive: [Bool]
  ) {
    let g = cotangent.value
    let a = Int(node.a)
    let b = Int(node.b)
    let x = values[a]
    let y = values[index]
    func guarded(_ value: Value) -> GuardedCotangent { GuardedCotangent(mask: cotangent.mask, value: value) }

    switch node.operation {
    case .select:
      if isActive[b] { add(GuardedCotangent(mask: both(cotangent.mask, x), value: g), to: &cotangents[b]) }
      let c = Int(node.c)
      if isActive[c] {
        let mask = both(cotangent.mask, builder.emit(.not, x))
        add(GuardedCotangent(mask: mask, value: g), to: &cotangents[c])
      }
    case .straightThrough:
      if isActive[b] { add(cotangent, to: &cotangents[b]) }
    case .maximum, .minimum:
      let first = firstIsTaken(node)
      if isActive[a] { add(GuardedCotangent(mask: both(cotangent.mask, first), value: g), to: &cotangents[a]) }
      if isActive[b] {
        let mask = both(cotangent.mask, builder.emit(.not, first))
        add(GuardedCotangent(mask: mask, value: g), to: &cotangents[b])
      }
    case .add:
      if isActive[a] { add(cotangent, to: &cotangents[a]) }
      if isActive[b] { add(cotangent, to: &cotangents[b]) }
    case .subtract:
      if isActive[a] { add(cotangent, to: &cotangents[a]) }
      if isActive[b] { add(guarded(builder.negate(g)), to: &cotangents[b]) }
    case .multiply:
      if isActive[a] { add(guarded(builder.multiply(g, values[b])), to: &cotangents[a]) }
      if isActive[b] { add(guarded(builder.multiply(g, x)), to: &cotangents[b]) }
    case .divide:
      let quotient = builder.divide(g, values[b])
      if isActive[a] { add(guarded(quotient), to: &cotangents[a]) }
      if isActive[b] { add(guarded(builder.negate(builder.multiply(quotient, y))), to: &cotangents[b]) }
    case .modulo:
      if isActive[a] { add(cotangent, to: &cotangents[a]) }
      if isActive[b] {
        let floor = builder.emit(.floor, builder.divide(x, values[b]))
        add(guarded(builder.negate(builder.multiply(g, floor))), to: &cotangents[b])
      }
    case .power:
      if isActive[a] {
        add(guarded(builder.multiply(g, powerFactor(base: x, exponent: values[b]))), to: &cotangents[a])
      }
      if isActive[b] {
        add(guarded(builder.multiply(g, powerExponentFactor(base: x, result: y))), to: &cotangents[b])
      }
    default:
      if isActive[a], let value = chain(node.operation, x: x, y: y, with: g) {
        add(guarded(value), to: &cotangents[a])
      }
    }
  }
}

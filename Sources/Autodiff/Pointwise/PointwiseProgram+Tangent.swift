extension PointwiseProgram {
  /// The program of tangents: the derivative of each result along the tangents of the operands in `inputs`.
  ///
  /// - Parameter inputs: A bit for each operand that has a tangent; all others count as constant.
  /// - Returns: `seed(i)` is operand i's tangent; there is one target for each result. Asking again costs a few
  ///   nanoseconds.
  public func tangent(inputs: UInt64) -> PointwiseDerivative {
    derivatives.find(.tangent, inputs: inputs, seeds: 0) { makeTangent(inputs: inputs) }
  }

  private func makeTangent(inputs: UInt64) -> PointwiseDerivative {
    var work = PointwiseDifferentiation(self)
    var tangents: [PointwiseBuilder.Value?] = []
    tangents.reserveCapacity(nodes.count)
    for (index, node) in nodes.enumerated() {
      if node.operation == .input {
        tangents.append(inputs >> UInt64(node.a) & 1 == 1 ? work.seed(Int(node.a)) : nil)
      } else {
        tangents.append(work.tangent(of: node, at: index, tangents: tangents))
      }
    }
    return work.derivative(outputs.map { tangents[Int($0)] }, seeds: [])
  }
}

extension PointwiseDifferentiation {
  /// The tangent of one value by its operands' tangents; nil stands for 0.
  fileprivate mutating func tangent(of node: PointwiseNode, at index: Int, tangents: [Value?]) -> Value? {
    let count = node.operation.operandCount
    guard count > 0, !node.operation.givesMask else { return nil }
    let x = values[Int(node.a)]
    let y = values[index]
    let dx = tangents[Int(node.a)]
    if count == 1 { return dx.flatMap { chain(node.operation, x: x, y: y, with: $0) } }
    let z = values[Int(node.b)]
    let dz = tangents[Int(node.b)]
    switch node.operation {
    case .select: return select(x, dz, tangents[Int(node.c)])
    case .straightThrough: return dz
    default: break
    }
    if dx == nil && dz == nil { return nil }
    switch node.operation {
    case .add: return sum(dx, dz)
    case .subtract: return difference(dx, dz)
    case .multiply:
      return sum(dx.map { builder.multiply($0, z) }, dz.map { builder.multiply(x, $0) })
    case .divide:
      let rest = dz.map { builder.multiply(y, $0) }
      return difference(dx, rest).map { builder.divide($0, z) }
    case .maximum: return select(builder.emit(.less, z, x), dx, dz)
    case .minimum: return select(builder.emit(.less, x, z), dx, dz)
    case .modulo:
      let rest = dz.map { builder.multiply(builder.emit(.floor, builder.divide(x, z)), $0) }
      return difference(dx, rest)
    case .power:
      let first = dx.map { builder.multiply($0, powerFactor(base: x, exponent: z)) }
      let second = dz.map { builder.multiply($0, powerExponentFactor(base: x, result: y)) }
      return sum(first, second)
    default: return nil
    }
  }

  private mutating func sum(_ a: Value?, _ b: Value?) -> Value? {
    guard let a else { return b }
    guard let b else { return a }
    return builder.add(a, b)
  }

  private mutating func difference(_ a: Value?, _ b: Value?) -> Value? {
    guard let b else { return a }
    guard let a else { return builder.negate(b) }
    return builder.subtract(a, b)
  }

  private mutating func select(_ mask: Value, _ a: Value?, _ b: Value?) -> Value? {
    if a == nil && b == nil { return nil }
    let zero = builder.literal(0)
    return builder.select(mask, a ?? zero, b ?? zero)
  }
}

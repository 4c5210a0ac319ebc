public import DenseArrays

extension Tape {
  /// Random numbers of the tape's type that depend on the tape's seed, `site` and `step` only.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from; a probability outside 0...1 stops.
  ///   - shape: the shape of the result.
  ///   - site: tells places in a model apart that draw independently.
  ///   - step: tells time steps or training steps apart.
  public func random(_ distribution: RandomDistribution, shape: Shape, site: Int, step: Int = 0) -> Variable {
    drawn(distribution, shape, site: site, step: step, increment: 0, on: innermostRecording)
  }

  /// Random numbers whose row t is what `random` gives for step `step + t * increment`.
  func randomRows(_ distribution: RandomDistribution, _ shape: Shape, site: Int, step: Int, increment: Int) -> Variable
  {
    drawn(distribution, shape, site: site, step: step, increment: increment, on: innermostRecording)
  }

  /// Random numbers for a whole sequence, recorded on this tape even while a step is recorded on a tape inside it.
  func sequenceDraw(_ distribution: RandomDistribution, _ shape: Shape, site: Int) -> Variable {
    drawn(distribution, shape, site: site, step: -1, increment: 0, on: self)
  }

  private func drawn(
    _ distribution: RandomDistribution, _ shape: Shape, site: Int, step: Int, increment: Int,
    on recorder: Tape
  ) -> Variable {
    let kind: Int
    var probability = 0.0
    switch distribution {
    case .uniform: kind = 0
    case .normal: kind = 1
    case .bernoulli(let value):
      guard value >= 0, value <= 1 else { stop("Tape.random: a probability of \(value)\(scopeSuffix)") }
      kind = 2
      probability = value
    }
    let integers = [kind, Int(bitPattern: UInt(randomSeed)), site, step, increment, Int(scalarType.rawValue)]
    return recorder.apply(
      RandomPrimitive.shared, operands: [], integers: integers + Array(shape), scalars: [probability])
  }
}

public import DenseArrays

/// Two marked ones of many random numbers or bits, and what is to be made of them, asked for after the last step.
///
/// A step has a number, uniform in 0 ..< 1, and a marker that is 1 at two steps and else 0. Source: Hochreiter and
/// Schmidhuber, "Long short-term memory", 1997, experiments 4 and 5, with sequences of one length.
public struct MarkedNumbers: SequenceProblem {
  /// What is asked for.
  public enum Operation: Sendable {
    /// The sum, as in Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015.
    case sum
    /// Half the sum, as in Martens and Sutskever 2011.
    case mean
    /// The product.
    case product
    /// Whether two bits differ: the numbers are 0 and 1.
    case exclusiveOr
  }

  /// Where the markers are, each place as likely as the others.
  public enum Markers: Sendable {
    /// One in each half of the sequence.
    case halves
    /// One in the first tenth and one between there and the middle (Martens and Sutskever, "Learning recurrent neural
    /// networks with Hessian-free optimization", 2011).
    case early
  }

  /// What is asked for.
  public let operation: Operation
  /// Where the markers are.
  public let markers: Markers
  /// The steps of a sequence.
  public let length: Int

  /// The problem; a length below 2, or below 10 with early markers, stops.
  public init(_ operation: Operation, markers: Markers = .halves, length: Int) {
    let shortest = markers == .halves ? 2 : 10
    guard length >= shortest else {
      stop("MarkedNumbers: sequences of \(length) steps; expected at least \(shortest)")
    }
    self.operation = operation
    self.markers = markers
    self.length = length
  }

  public var inputSize: Int { 2 }
  public var outputSize: Int { 1 }

  /// The least mean squared error of an answer that is always the same: the variance of what is asked for.
  ///
  /// A uniform number has variance 1/12, and a product of two E(x^2)^2 - E(x)^4 = 1/9 - 1/16.
  public var constantGuessError: Double {
    switch operation {
    case .sum: 1.0 / 6
    case .mean: 1.0 / 24
    case .product: 7.0 / 144
    case .exclusiveOr: 1.0 / 4
    }
  }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    var inputs = [Float](repeating: 0, count: length * count * 2)
    var answers: [Float] = []
    for row in 0..<count {
      let boundary = markers == .halves ? length / 2 : length / 10
      let end = markers == .halves ? length : length / 2
      let places = [random.number(below: boundary), boundary + random.number(below: end - boundary)]
      var marked: [Float] = []
      for step in 0..<length {
        let fraction = random.fraction()
        let value = operation == .exclusiveOr ? (fraction < 0.5 ? 0 : 1) : fraction
        inputs[2 * (step * count + row)] = value
        guard places.contains(step) else { continue }
        inputs[2 * (step * count + row) + 1] = 1
        marked.append(value)
      }
      switch operation {
      case .sum: answers.append(marked[0] + marked[1])
      case .mean: answers.append((marked[0] + marked[1]) / 2)
      case .product: answers.append(marked[0] * marked[1])
      case .exclusiveOr: answers.append(marked[0] == marked[1] ? 0 : 1)
      }
    }
    let array = DenseArray(answers, shape: [1, count, 1])
    return SequenceBatch(
      inputs: DenseArray(inputs, shape: [length, count, 2]),
      answers: operation == .exclusiveOr ? .bits(array) : .numbers(array))
  }
}

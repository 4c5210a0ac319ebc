internal import Autodiff
internal import DenseArrays

/// How gradients fare on their way back through time: do they vanish, explode or arrive?
///
/// For a loss L, the state h_t after step t (all its arrays as one vector; h_0 is the start) and the last step T: the norm of
/// dL/dh_t, and how much dh_T/dh_t lengthens a vector. Derivatives are those of evaluation, in float64.
///
/// Source: Bengio, Simard and Frasconi, "Learning long-term dependencies with gradient descent is difficult", 1994; Pascanu,
/// Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
public struct GradientFlow: Sendable {
  /// How the norms of dh_T/dh_t were made.
  public enum Method: Hashable, Sendable {
    /// From the whole Jacobians.
    case exact
    /// From products of the transposed Jacobians with that many random vectors: the mean gain alone, with a relative
    /// standard error of at most 1 / sqrt(2 vectors), and no largest gain.
    case estimated(vectors: Int)
  }

  /// The Euclidean norm of dL/dh_t for t = 0 ... T, over the sequences, each with a loss of its own.
  public let lossGradients: [Summary]
  /// The largest singular value of dh_T/dh_t for t = 0 ... T, over some of the sequences; empty when estimated.
  public let largestGains: [Summary]
  /// The root mean square of all singular values of dh_T/dh_t for t = 0 ... T: the Frobenius norm over the square root of the
  /// state's size.
  public let meanGains: [Summary]
  /// How the norms of dh_T/dh_t were made.
  public let method: Method
  /// The numbers in the state of a sequence.
  public let stateSize: Int

  /// The last step T.
  public var steps: Int { lossGradients.count - 1 }

  /// More numbers than this in the Jacobians of a sequence, and they are estimated.
  static let mostNumbers = 1 << 24
  /// The sequences whose Jacobians are made.
  private static let jacobianSequences = 4
  /// The random vectors of an estimate.
  static let vectors = 64

  /// Looks at a model.
  ///
  /// Cost: a forward and a reverse sweep over the sequences, and for each of the first four as much over a batch of as many
  /// copies of it as the state has numbers (at most 64 at a time).
  init(of specimen: Specimen, threads: Int, mostNumbers: Int = GradientFlow.mostNumbers) {
    let inputs = specimen.inputs.converted(to: .float64)
    let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
    let stateSize: Int
    (lossGradients, stateSize) = specimen.lossGradients(on: tape)
    self.stateSize = stateSize

    let isExact = (inputs.shape[0] + 1) * stateSize * stateSize <= mostNumbers
    method = isExact ? .exact : .estimated(vectors: Self.vectors)
    let gains = (0..<min(inputs.shape[1], Self.jacobianSequences)).map { sequence -> JacobianGains in
      let rows = isExact ? min(stateSize, Self.vectors) : Self.vectors
      let copies = inputs.repeatedSequence(sequence, count: rows)
      tape.reset()
      let run = specimen.cell.observe(tape.constant(copies))
      return isExact ? JacobianGains(exact: run, size: stateSize) : JacobianGains(estimated: run)
    }
    largestGains = isExact ? (0...inputs.shape[0]).compactMap { step in Summary(gains.map { $0.largest[step] }) } : []
    meanGains = (0...inputs.shape[0]).compactMap { step in Summary(gains.map { $0.mean[step] }) }
  }
}

extension Specimen {
  /// The Euclidean norm of dL/dh_t for t = 0 ... T, over the sequences, each with a loss of its own; and the numbers in the
  /// state of a sequence.
  ///
  /// - Parameter tape: an empty one, in whose type all is computed.
  func lossGradients(on tape: Tape) -> (norms: [Summary], stateSize: Int) {
    let inputs = inputs.converted(to: tape.scalarType)
    let run = cell.observe(tape.constant(inputs))
    let gradients = StateGradients(of: [loss(run.outputs)], seeds: nil, in: run)
    let batch = Double(inputs.shape[1])
    // Each sequence's own loss is as many times as large as its part of the mean.
    let norms = (0...inputs.shape[0]).compactMap { step in
      Summary((0..<inputs.shape[1]).map { batch * gradients.norm(step: step, row: $0) })
    }
    return (norms, gradients.size)
  }
}

extension DenseArray {
  /// One of the sequences [time, batch, features], that many times as a batch.
  fileprivate func repeatedSequence(_ index: Int, count: Int) -> DenseArray {
    let (time, batch, features) = (shape[0], shape[1], shape[2])
    let elements = elements
    var result: [Double] = []
    result.reserveCapacity(time * count * features)
    for step in 0..<time {
      let row = elements[(step * batch + index) * features..<(step * batch + index + 1) * features]
      for _ in 0..<count { result += row }
    }
    return DenseArray(result, shape: [time, count, features])
  }
}

public import Autodiff
public import DenseArrays

/// The mogrifier LSTM: input and state gate each other some times before the cell sees them.
///
///     x = 2 sigmoid(Q_j h') * x           j = 1, 3, 5
///     h' = 2 sigmoid(R_j x) * h'          j = 2, 4
///     then `LSTM`
///
/// Source: Melis, Kocisky and Blunsom, "Mogrifier LSTM", 2020, with full-rank matrices. The authors' LSTM
/// also keeps the input gate below 1 - f; this one does not.
///
/// Parameters: 4 (n d + n^2 + n) + r n d for inputs of size d, n hidden units and r rounds.
///
/// Initialisation: as `LSTM`; Q and R Glorot uniform.
public struct MogrifierLSTM: MemoryCell {
  /// The cell after the rounds.
  public let lstm: LSTM
  /// Q_1, R_2, Q_3 and so on.
  public let rounds: [Linear]

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, rounds: Int = 5, using random: inout RandomSource) {
    lstm = LSTM(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.rounds = (0..<rounds).map { round in
      round.isMultiple(of: 2)
        ? Linear(inputSize: hiddenSize, outputSize: inputSize, biasInitializer: nil, using: &random)
        : Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
  }

  public func parameterName(ofProperty property: String) -> String { property == "lstm" ? "" : property }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    var (x, h) = (x, h)
    for (index, round) in rounds.enumerated() {
      if index.isMultiple(of: 2) { x = 2 * sigmoid(round(h)) * x } else { h = 2 * sigmoid(round(x)) * h }
    }
    return lstm.step(x, h, c)
  }
}

public import Autodiff
public import DenseArrays

/// The multiplicative network, in which the input chooses the recurrent weights.
///
///     m = (Wm x) * (Um h')                intermediate state
///     h = tanh(W x + V m + b)
///
/// Source: Sutskever, Martens and Hinton, "Generating text with recurrent neural networks", 2011.
///
/// Parameters: 2 n d + 2 n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: W and Wm Glorot uniform, V and Um orthogonal, b zero.
public struct MultiplicativeRNN: SimpleRecurrentCell {
  /// Wm and Um.
  public let factor: Gate
  /// W, V and b.
  public let hidden: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    factor = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    tanh(hidden(x, factor.input(x) * factor.recurrent(h)))
  }
}

/// The multiplicative LSTM, in which the four sums read an intermediate state in the place of h'.
///
///     m = (Wm x) * (Um h')
///     i, f, g, o, c, h as in `LSTM`, with U m for U h'
///
/// Source: Krause, Lu, Murray and Renals, "Multiplicative LSTM for sequence modelling", 2017. Not the mLSTM
/// of xLSTM, which has a matrix for its memory: that is `MatrixLSTM`.
///
/// Parameters: 5 (n d + n^2) + 4 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the forget gate's, which
/// is 1.
public struct MultiplicativeLSTM: MemoryCell {
  /// Wm and Um.
  public let factor: Gate
  /// The LSTM that hears m.
  public let lstm: LSTM

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    factor = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    lstm = LSTM(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func parameterName(ofProperty property: String) -> String { property == "lstm" ? "" : property }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    lstm.step(x, factor.input(x) * factor.recurrent(h), c)
  }
}

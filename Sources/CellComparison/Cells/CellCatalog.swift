internal import DenseArrays
internal import Layers

/// The cells that can be compared by name.
public enum CellCatalog {
  /// Elman's network, the long short-term memory and the gated recurrent unit: what is compared when nothing is said.
  public static let standard: [CellDescription] = [elman, lstm, gru]

  /// All cells.
  public static let all: [CellDescription] =
    standard + [gruResetBefore] + ungated + lstms + grus + linearRecurrences + matrixStates

  /// The simple recurrent network.
  public static let elman: CellDescription = .named(
    "elman", variant: "tanh", products: .init(input: 1, recurrent: 1)
  ) { Elman(inputSize: $0, hiddenSize: $1, using: &$2) }

  /// The long short-term memory.
  public static let lstm: CellDescription = .named(
    "lstm", variant: "forget gate with bias 1 at first, no peepholes, one bias a gate",
    products: .init(input: 4, recurrent: 4)
  ) { LSTM(inputSize: $0, hiddenSize: $1, using: &$2) }

  /// The gated recurrent unit that resets after the recurrent product.
  public static let gru: CellDescription = .named(
    "gru", variant: "reset after the product, the update gate keeps, recurrent bias in the candidate",
    products: .init(input: 3, recurrent: 3)
  ) { GRU(inputSize: $0, hiddenSize: $1, using: &$2) }

  /// The gated recurrent unit that resets before the recurrent product.
  public static let gruResetBefore: CellDescription = .named(
    "gru-reset-before", variant: "reset before the product, the update gate keeps, one bias a gate",
    products: .init(input: 3, recurrent: 3)
  ) { GRUResetBefore(inputSize: $0, hiddenSize: $1, using: &$2) }
}

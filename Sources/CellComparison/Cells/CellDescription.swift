public import DenseArrays
public import Layers

/// A recurrent cell that comparisons can train: a name, what varies in its definition, and how to make one.
///
///     let mine = CellDescription.named("my-cell") { inputSize, hiddenSize, random in
///       MyCell(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
///     }
public struct CellDescription: Sendable {
  /// The matrix products of one time step, for counting useful operations.
  public struct Products: Hashable, Sendable {
    /// How many products of the input with hidden x input weights a step has.
    public let input: Int
    /// How many products of a state with hidden x hidden weights a step has.
    public let recurrent: Int

    public init(input: Int, recurrent: Int) {
      self.input = input
      self.recurrent = recurrent
    }
  }

  /// The name: lower-case words with hyphens between them.
  public let name: String
  /// What the field defines in more than one way, as chosen here: "reset after the product", "forget bias 1".
  public let variant: String
  /// The products of a step, or nil where they have not been counted.
  public let products: Products?
  /// Makes a new cell from an input size, a hidden size and random numbers.
  public let makeCell: @Sendable (_ inputSize: Int, _ hiddenSize: Int, inout RandomSource) -> any RecurrentCell

  /// A description of a cell.
  ///
  /// - Parameters:
  ///   - name: What options, tables and results call it: lower-case letters, digits and single hyphens; another one stops.
  ///   - variant: What varies in its definition.
  ///   - products: The matrix products of a step; without them no rate of operations is given.
  ///   - makeCell: Makes a new cell from an input size, a hidden size and random numbers.
  public static func named<Cell: RecurrentCell & SendableMetatype>(
    _ name: String, variant: String = "", products: Products? = nil,
    _ makeCell: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int, inout RandomSource) -> Cell
  ) -> CellDescription {
    let words = name.split(separator: "-", omittingEmptySubsequences: false)
    guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) } }) else {
      stop("CellDescription: the name \"\(name)\"; expected lower-case letters and digits with hyphens between words")
    }
    return CellDescription(name: name, variant: variant, products: products, makeCell: makeCell)
  }

  /// A new cell as a sequence model.
  func makeModel(_ inputSize: Int, _ hiddenSize: Int, _ random: inout RandomSource) -> any SequenceModel {
    // The concrete type is kept by the model, so that the steps of a sequence call the cell directly.
    func model(_ cell: some RecurrentCell) -> any SequenceModel { CellModel(cell: cell, name: name) }
    return model(makeCell(inputSize, hiddenSize, &random))
  }
}

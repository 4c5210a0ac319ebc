internal import Autodiff
internal import DenseArrays
public import Foundation
internal import Layers

extension CellDescription {
  /// Throws when training a cell of this kind needs more memory than there is for its parameters alone.
  ///
  /// Up to a hidden size of 512, which is always taken to fit, nothing is made. The parameters of larger cells are reckoned
  /// from four small ones: their number is taken to be a polynomial of the hidden size, of the third degree at most. In
  /// training each needs its value, its gradient and Adam's two moments, all float32.
  ///
  /// - Parameters:
  ///   - inputSize: The input size.
  ///   - hiddenSize: The hidden size.
  ///   - available: The bytes that there are.
  public func checkMemory(
    inputSize: Int = 1, hiddenSize: Int, available: UInt64 = ProcessInfo.processInfo.physicalMemory
  ) throws(ModelMemoryError) {
    guard hiddenSize > 512 else { return }
    let needed = 16 * parameterEstimate(inputSize: inputSize, hiddenSize: hiddenSize)
    guard needed <= Double(available) else {
      throw ModelMemoryError(cell: name, hiddenSize: hiddenSize, needed: needed, available: available)
    }
  }

  /// The number of parameters, by Lagrange's interpolation.
  func parameterEstimate(inputSize: Int, hiddenSize: Int) -> Double {
    let sizes = [32, 64, 96, 128]
    return sizes.reduce(0.0) { sum, size in
      var random = RandomSource(seed: 1)
      let weight = sizes.filter { $0 != size }
        .reduce(1.0) { $0 * Double(hiddenSize - $1) / Double(size - $1) }
      return sum + weight * Double(makeCell(inputSize, size, &random).parameterCount)
    }
  }
}

/// A cell that needs more memory for its parameters than there is.
public struct ModelMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The cell's name.
  public let cell: String
  /// The hidden size that was asked for.
  public let hiddenSize: Int
  /// The bytes that training needs for the parameters, about.
  public let needed: Double
  /// The bytes that there are.
  public let available: UInt64

  public var description: String {
    func gigabytes(_ bytes: Double) -> String { Decimals.rounded(bytes / 1e9, to: 1) + " GB" }
    return "\(cell) with a hidden size of \(hiddenSize): training needs \(gigabytes(needed)) for the parameters, "
      + "expected at most the \(gigabytes(Double(available))) of this machine"
  }
}

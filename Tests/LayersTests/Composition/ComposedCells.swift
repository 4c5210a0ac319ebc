import Autodiff
import DenseArrays
import Layers
import Testing

/// Makes a small cell for inputs of a size.
typealias CellMaker = @Sendable (_ inputSize: Int, inout RandomSource) -> AnyRecurrentCell

/// A cell made of cells, for tests over all ways of composing and several kinds of cell.
struct ComposedCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  private let makeCell: @Sendable (inout RandomSource) -> AnyRecurrentCell

  /// The size of the input of all of them.
  static let inputSize = 3

  /// A cell in float64, whose parameters are moved a little from where they start, so that zeros hide nothing.
  func make(seed: UInt64 = 4) -> AnyRecurrentCell {
    var random = RandomSource(seed: seed)
    let cell = makeCell(&random)
    cell.scatter(using: &random)
    return cell
  }

  /// One state, two states, a recurrent bias of its own, a matrix for a state, and a counter of steps in the state.
  private static let cells: [(String, CellMaker)] = [
    ("elman", { AnyRecurrentCell(Elman(inputSize: $0, hiddenSize: 4, using: &$1)) }),
    ("lstm", { AnyRecurrentCell(LSTM(inputSize: $0, hiddenSize: 4, using: &$1)) }),
    ("gru", { AnyRecurrentCell(GRU(inputSize: $0, hiddenSize: 4, using: &$1)) }),
    ("matrix lstm", { AnyRecurrentCell(MatrixLSTM(inputSize: $0, hiddenSize: 4, using: &$1)) }),
    ("clockwork", { AnyRecurrentCell(ClockworkRNN(inputSize: $0, hiddenSize: 4, groupCount: 2, using: &$1)) }),
  ]

  /// A way of making a cell of cells.
  private struct Way: Sendable {
    let name: String
    let make: @Sendable (CellMaker, inout RandomSource) -> any RecurrentCell

    init(_ name: String, _ make: @escaping @Sendable (CellMaker, inout RandomSource) -> any RecurrentCell) {
      self.name = name
      self.make = make
    }
  }

  private static let stacks: [Way] = StackConnection.allCases.map { connection in
    Way("stacked, \(connection)") { cell, random in
      StackedCell(layerCount: 3, inputSize: inputSize, connection: connection, using: &random, cell)
    }
  }

  private static let others: [Way] = [
    Way("deep") { cell, random in
      DeepCell(
        cell(5, &random), input: Perceptron(inputSize: inputSize, layerSizes: [6, 5], hasSkip: true, using: &random),
        transition: Perceptron(inputSize: 4, layerSizes: [4], hasSkip: true, using: &random),
        output: Perceptron(inputSize: 4, layerSizes: [5, 2], activation: .softplus, using: &random))
    },
    // Not more fast cells: those after the second have no input, of which a matrix memory makes nothing.
    Way("fast-slow") { cell, random in
      FastSlowCell(fastCount: 2, inputSize: inputSize, using: &random, fast: cell, slow: cell)
    },
    Way("periodic") { cell, random in
      PeriodicCell(cell(inputSize, &random), period: 2, inputSize: inputSize)
    },
    Way("clocks") { cell, random in
      ClockworkCell(periods: [1, 2, 3], inputSize: inputSize, using: &random, cell)
    },
    Way("skip") { cell, random in
      SkipInTime(cell(inputSize + 4, &random), distance: 2, outputSize: 4)
    },
    Way("dilated") { cell, random in
      DilatedCell(cell(inputSize, &random), dilation: 2)
    },
    Way("hierarchy") { cell, random in
      let cells = [
        AnyRecurrentCell(SkipInTime(cell(inputSize + 4, &random), distance: 3, outputSize: 4)),
        AnyRecurrentCell(DilatedCell(cell(4, &random), dilation: 2)),
        AnyRecurrentCell(PeriodicCell(cell(4, &random), period: 2, inputSize: 4)),
      ]
      return StackedCell(cells, connection: .residual)
    },
  ]

  static let all: [ComposedCase] = (stacks + others).flatMap { way in
    cells.map { cell in
      ComposedCase(testDescription: "\(way.name) of \(cell.0)") { AnyRecurrentCell(way.make(cell.1, &$0)) }
    }
  }

  private init(testDescription: String, makeCell: @escaping @Sendable (inout RandomSource) -> AnyRecurrentCell) {
    self.testDescription = testDescription
    self.makeCell = makeCell
  }
}

extension Module {
  /// Makes the parameters float64 and moves them a little.
  func scatter(using random: inout RandomSource) {
    convert(to: .float64)
    for (_, parameter) in parameters {
      let change = DenseArray.normal(parameter.shape, standardDeviation: 0.1, .float64, using: &random)
      parameter.value = DenseArray(
        zip(parameter.value.elements, change.elements).map { $0 + $1 }, shape: parameter.shape)
    }
  }
}

/// Normal numbers in float64.
func normal(_ shape: Shape, seed: UInt64 = 6) -> DenseArray {
  var random = RandomSource(seed: seed)
  return DenseArray.normal(shape, .float64, using: &random)
}

extension Variable {
  /// A loss that weighs every element differently, so that no symmetry cancels a gradient.
  var weighted: Variable { (self * tape.constant(normal(shape, seed: 9))).sum() }

  /// Some sequences of the batch, and some of their steps.
  func part(steps: Range<Int>, sequences: Range<Int>) -> Variable {
    slice(axis: 0, steps).slice(axis: 1, sequences)
  }
}

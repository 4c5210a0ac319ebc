public import Autodiff
public import DenseArrays

/// Recurrent cells on top of each other as one cell: at each step a cell reads what the cell below it gives.
///
///     let stack = StackedCell(layerCount: 3, inputSize: 8, connection: .residual, using: &random) { size, random in
///       GRU(inputSize: size, hiddenSize: 32, using: &random)
///     }
///     let (outputs, last) = Recurrent(stack)(inputs)
///
/// The output is that of the top. The deep network of Goodfellow, Bengio and Courville, "Deep learning", 2016, figure
/// 10.13a. All layers run in one loop, so that it can be stepped, stand inside another cell and read its own output;
/// `Stacked` gives the same numbers layer by layer. Cells of several types are wrapped in `AnyRecurrentCell`.
public struct StackedCell<Cell: RecurrentCell>: RecurrentCell {
  /// The states of the cells, from the lowest on.
  public typealias State = [Cell.State]

  /// The cells, from the lowest on.
  public let cells: [Cell]
  /// What each cell reads.
  public let connections: StackConnections

  /// A stack of given cells; with `.highway` connections, which have parameters, use the other initialisers.
  ///
  /// Each cell has to fit the size of what it reads: with `.dense` connections that of the input and of all outputs below.
  public init(_ cells: [Cell], connection: StackConnection = .plain) {
    self.init(cells, connections: StackConnections(connection))
  }

  /// A stack of given cells with given connections; a stack without cells, or without a gate for each, stops.
  public init(_ cells: [Cell], connections: StackConnections) {
    connections.check(cells.count, "StackedCell")
    self.cells = cells
    self.connections = connections
  }

  /// A stack of new cells.
  ///
  /// - Parameters:
  ///   - layerCount: The number of cells.
  ///   - inputSize: The size of the input.
  ///   - connection: How the cells are connected.
  ///   - random: Where parameters are drawn from.
  ///   - makeCell: Makes a cell for inputs of a size.
  public init(
    layerCount: Int, inputSize: Int, connection: StackConnection = .plain, using random: inout RandomSource,
    _ makeCell: (_ inputSize: Int, inout RandomSource) -> Cell
  ) {
    let (cells, connections) = StackConnections.build(
      connection, layerCount: layerCount, inputSize: inputSize, using: &random
    ) { inputSize, random in
      let cell = makeCell(inputSize, &random)
      return (cell, cell.outputSize(inputSize: inputSize))
    }
    self.init(cells, connections: connections)
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    cells.map { $0.zeroState(batch: batch, on: tape) }
  }

  public func prepared(on tape: Tape) -> StackedCell {
    StackedCell(cells.map { $0.prepared(on: tape) }, connections: connections)
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    var next = state
    let output = connections.run(x, layerCount: cells.count, name: "StackedCell") { index, input in
      context.tape.withScope("layer \(index)") {
        let (output, state) = cells[index].step(input, state[index], context)
        next[index] = state
        return output
      }
    }
    return (output, next)
  }
}

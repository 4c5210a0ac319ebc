public import Autodiff
public import DenseArrays

/// Where a `LayerNormalized` cell is normalised.
public enum LayerNormPlacement: String, CaseIterable, Sendable {
  /// Each product of a `Gate`, a `Linear` or `affine` with more than one output: LN(W x) + LN(U h') + b.
  ///
  /// Ba et al. have this in their LSTM and GRU, but with one norm for the products of all gates, which is what a cell has
  /// whose gates are one `Linear`.
  case products
  /// Each sum of a `Gate`: LN(W x + U h') + b, as Ba et al. have it in their simple network and TensorFlow 1 in its LSTM.
  ///
  /// A gate whose parts are used one by one, as in a `GRU` that resets after the product, has no sum: it stops.
  case sums
  /// Each array of the next state, as the next step reads it: LN(s), with gain and bias.
  case states
}

/// A cell with layer norms of its products, its gates' sums or its states.
///
///     LN(a) = gain * (a - mean) / sqrt(variance + epsilon)      over the units of one product, sum or state
///
/// Source: Ba, Kiros and Hinton, "Layer normalization", 2016. Biases are added after norms of products and sums; these have
/// gains only. A norm of the memory on its way to the output alone, which the paper's LSTM has too, is part of a cell:
/// `LayerNormLSTM`.
///
/// Parameters: a gain for each unit of what is normalised, for states a bias too. Initialisation: gains 1, biases 0. They
/// are named by what they normalise: `norms.forget.inputWeights.gain`, `norms.forget.gain`, `norms.0.bias`.
public struct LayerNormalized<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// Where the norms are.
  public let placement: LayerNormPlacement
  private let norms: Named<LayerNorm>
  /// The weights of the normalised products, or the input weights of the gates whose sums are.
  private let weights: [Parameter]

  /// A cell with new norms of type float32.
  ///
  /// - Parameters:
  ///   - cell: the cell; one without a product, without a gate or with a scalar state, where these are to be normalised,
  ///     stops.
  ///   - placement: where the norms are.
  ///   - isChosen: what is normalised, by the names of weights, gates or positions of arrays; everything unless said.
  ///   - epsilon: what is added to variances.
  ///   - random: for the norms' parameters.
  public init(
    _ cell: Cell, placement: LayerNormPlacement, where isChosen: (String) -> Bool = { _ in true },
    epsilon: Double = 1e-5, using random: inout RandomSource
  ) {
    self.cell = cell
    self.placement = placement
    var targets: [(name: String, size: Int, weights: Parameter?)]
    switch placement {
    case .products:
      targets = CellWeights.products(of: cell).filter { $0.weights.shape[0] > 1 }.map {
        ($0.name, $0.weights.shape[0], $0.weights)
      }
    case .sums:
      targets = CellWeights.gates(of: cell, for: "LayerNormalized").map {
        ($0.name, $0.gate.hiddenSize, $0.gate.inputWeights)
      }
    case .states:
      targets = cell.stateShapes.enumerated().map { ("\($0)", Array($1).last ?? 1, nil) }
    }
    targets.removeAll { !isChosen($0.name) }
    guard !targets.isEmpty else { stop("LayerNormalized: nothing of \(Cell.self) is chosen to be normalised") }
    norms = Named(
      targets.map { name, size, _ in
        (
          name,
          LayerNorm(
            size: size, biasInitializer: placement == .states ? .zeros : nil, epsilon: epsilon, using: &random)
        )
      })
    weights = targets.compactMap(\.weights)
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    var overrides = Overrides()
    for ((weight, norm), name) in zip(zip(weights, norms.values), norms.names) {
      if placement == .products {
        overrides.changeProduct(of: weight) { norm($0) }
      } else {
        overrides.changeSum(of: weight, owner: "LayerNormalized: the sum of the gate \"\(name)\"") { norm($0) }
      }
    }
    let result = context.tape.overriding(overrides) { cell.step(x, state, context) }
    guard placement == .states else { return result }
    let positions = norms.names.compactMap { Int($0) }
    let arrays = result.state.variables.enumerated().map { index, array in
      positions.firstIndex(of: index).map { norms.values[$0](array) } ?? array
    }
    return replacingState(of: result, with: arrays)
  }
}

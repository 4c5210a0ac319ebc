public import Autodiff
public import DenseArrays

/// Two products combined by multiplicative integration, in the place of their sum.
///
///     alpha * (W x) * (U h) + beta1 * (U h) + beta2 * (W x)
///
/// Source: Wu, Zhang, Zhang, Bengio and Salakhutdinov, "On multiplicative integration with recurrent neural networks",
/// 2016, equation 4 without its bias. `3 size` numbers, all 1 at first.
public struct MultiplicativeIntegration: Module {
  /// alpha: [size].
  public let product: Parameter
  /// beta1: [size].
  public let recurrentScale: Parameter
  /// beta2: [size].
  public let inputScale: Parameter

  /// A layer with new parameters of type float32.
  public init(
    size: Int, productInitializer: Initializer = .constant(1), scaleInitializer: Initializer = .constant(1),
    using random: inout RandomSource
  ) {
    product = Parameter(productInitializer, [size], using: &random)
    recurrentScale = Parameter(scaleInitializer, [size], using: &random)
    inputScale = Parameter(scaleInitializer, [size], using: &random)
  }

  /// The combination of W x and U h, [batch, size] each.
  public func callAsFunction(_ wx: Variable, _ uh: Variable) -> Variable {
    let tape = wx.tape
    return tape.parameter(product) * wx * uh + tape.parameter(recurrentScale) * uh + tape.parameter(inputScale) * wx
  }
}

/// A cell whose gates combine their products by multiplicative integration.
///
///     alpha * (W x) * (U h) + beta1 * (U h) + beta2 * (W x) + b        in the place of W x + U h + b
///
/// Source: Wu et al. 2016; round an `LSTM` this is `MILSTM`. Libraries that call a mode of their cells multiplicative mostly
/// mean the bare product (W x) * (U h).
///
/// What a cell needs: sums that are made by calling a `Gate`. A gate whose parts are used one by one, as in a `GRU` that
/// resets after the product, stops. Parameters: 3 n more for each gate of n units, named by the gates:
/// `integrations.forget.product`.
public struct MultiplicativelyIntegrated<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  private let integrations: Named<MultiplicativeIntegration>
  private let inputWeights: [Parameter]

  /// A cell with new parameters of type float32, alpha, beta1 and beta2 at 1 unless said; a cell without a gate stops.
  public init(
    _ cell: Cell, product: Initializer = .constant(1), scale: Initializer = .constant(1),
    using random: inout RandomSource
  ) {
    self.cell = cell
    let gates = CellWeights.gates(of: cell, for: "MultiplicativelyIntegrated")
    inputWeights = gates.map(\.gate.inputWeights)
    integrations = Named(
      gates.map { name, gate in
        (
          name,
          MultiplicativeIntegration(
            size: gate.hiddenSize, productInitializer: product, scaleInitializer: scale, using: &random)
        )
      })
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    var overrides = Overrides()
    for ((weights, integration), name) in zip(zip(inputWeights, integrations.values), integrations.names) {
      overrides.combine(productsOf: weights, owner: "MultiplicativelyIntegrated: the gate \"\(name)\"") {
        integration($0, $1)
      }
    }
    return context.tape.overriding(overrides) { cell.step(x, state, context) }
  }
}

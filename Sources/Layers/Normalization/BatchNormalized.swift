public import Autodiff
public import DenseArrays

/// A cell whose products are normalised over the batch, with statistics of their own for each step.
///
///     BN(W x) + BN(U h') + b,   BN(a) = gain * (a - mean_t) / sqrt(variance_t + epsilon)
///
/// In training mean_t and variance_t are those of the batch at step t. `Recurrent` then moves running averages of them,
/// which take their place in evaluation; steps after the last one that training has seen take the last one's. A loop of
/// one's own over `step` leaves the averages as they are.
///
/// Source: Cooijmans, Ballas, Laurent, Gulcehre and Courville, "Recurrent batch normalization", 2017, where the LSTM's memory
/// is normalised on its way to the output too. Averages of variances are unbiased (times B / (B - 1) for a batch of B), as in
/// Ioffe and Szegedy 2015.
///
/// What a cell needs: products that go through `Gate`, `Linear` or `affine`. Members of a batch that are past their length take
/// part in the statistics. Training with checkpointing, inside of another scan or on a batch of one stops.
///
/// Parameters: a gain for each unit of each product, 0.1 at first as in the paper, named `norms.forget.inputWeights.gain`.
/// Averages are buffers: they are saved with the parameters and not trained.
public struct BatchNormalized<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// How many steps have averages of their own; those after them share the last ones.
  public let steps: Int
  /// The share of a new batch in the averages.
  public let momentum: Double
  let norms: Named<BatchNorm>
  private let weights: [Parameter]
  /// How many steps training has seen, at most `steps`: [].
  let stepsSeen: Buffer
  /// The averages for the sequence that the cell was prepared for.
  private var averages: BatchAverages?

  /// A cell with new norms of type float32.
  ///
  /// - Parameters:
  ///   - cell: the cell; one without a product of more than one output stops.
  ///   - steps: how many steps have averages of their own; less than 1 stops.
  ///   - momentum: the share of a new batch in the averages; outside of 0 ... 1 stops.
  ///   - isChosen: what is normalised, by the names of weights; everything unless said.
  ///   - gain: the first gains.
  ///   - epsilon: what is added to variances.
  ///   - random: for the gains, and for names of the statistics.
  public init(
    _ cell: Cell, steps: Int, momentum: Double = 0.1, where isChosen: (String) -> Bool = { _ in true },
    gain: Initializer = .constant(0.1), epsilon: Double = 1e-5, using random: inout RandomSource
  ) {
    guard steps > 0 else { stop("BatchNormalized: averages for \(steps) steps; expected at least 1") }
    guard (0...1).contains(momentum) else {
      stop("BatchNormalized: a momentum of \(momentum); expected 0 to 1")
    }
    self.cell = cell
    self.steps = steps
    self.momentum = momentum
    let chosen = CellWeights.products(of: cell).filter { $0.weights.shape[0] > 1 && isChosen($0.name) }
    guard !chosen.isEmpty else { stop("BatchNormalized: no product of \(Cell.self) is chosen to be normalised") }
    weights = chosen.map(\.weights)
    let site = random.nextSite()
    norms = Named(
      chosen.map { name, weights in
        (
          name,
          BatchNorm(
            size: weights.shape[0], steps: steps, gain: gain, epsilon: epsilon, name: "\(name) in batch \(site)",
            using: &random)
        )
      })
    stepsSeen = Buffer(DenseArray(scalar: 0))
  }

  public func prepared(on tape: Tape) -> BatchNormalized<Cell> {
    var wrapper = self
    wrapper.cell = cell.prepared(on: tape)
    // In a step that is being traced they would be part of the step, which then were another one after each training.
    if tape.hasValues { wrapper.averages = makeAverages(on: tape) }
    return wrapper
  }

  private func makeAverages(on tape: Tape) -> BatchAverages {
    BatchAverages(norms.values, stepsSeen: Int(stepsSeen.value.item), on: tape)
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    var overrides = Overrides()
    if context.isTraining {
      for (weight, norm) in zip(weights, norms.values) { overrides.changeProduct(of: weight) { norm.ofBatch($0) } }
    } else {
      let averages = averages ?? makeAverages(on: context.tape)
      let row = averages.selection(of: context)
      for (index, (weight, norm)) in zip(weights, norms.values).enumerated() {
        let (mean, variance) = averages.row(row, ofNorm: index)
        overrides.changeProduct(of: weight) { norm($0, mean: mean, variance: variance) }
      }
    }
    return context.tape.overriding(overrides) { cell.step(x, state, context) }
  }
}

extension BatchNormalized: StatisticsKeeper {
  var identity: ObjectIdentifier { ObjectIdentifier(stepsSeen) }

  var statisticNames: [String] { norms.values.flatMap { [$0.meanName, $0.varianceName] } }

  func updateStatistics(_ kept: [String: KeptValue], isReversed: Bool, batch: Int) {
    guard batch > 1 else { stop("BatchNormalized: training on a batch of one sequence, which has no variance") }
    let seen = Int(stepsSeen.value.item)
    var time = 0
    for norm in norms.values {
      guard let means = kept[norm.meanName]?.values, let variances = kept[norm.varianceName]?.values else { continue }
      time = means.shape[0]
      norm.moveAverages(
        towards: means.value, variances.value, stepsSeen: seen, momentum: momentum, isReversed: isReversed,
        factor: Double(batch) / Double(batch - 1))
    }
    stepsSeen.value = DenseArray(scalar: Double(max(seen, min(time, steps))), stepsSeen.value.scalarType)
  }
}

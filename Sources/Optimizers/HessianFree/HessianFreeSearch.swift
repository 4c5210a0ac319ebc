internal import Autodiff
internal import DenseArrays
internal import Layers

/// The parts of one step of `HessianFree`: the quadratic model's minimum, then how much of it is taken.
struct HessianFreeSearch {
  /// A change of the trained parameters.
  struct Candidate {
    let iteration: Int
    let change: [Double]
    /// What the loss changes by after the model without lambda I.
    let predicted: Double
  }

  /// What the step comes to.
  struct Taken {
    let loss, newLoss, ratio: Double
    /// Whether the model has a reduction that the real one can be compared with.
    let isPredicted: Bool
    let iteration: Int
    let size: Double
    let evaluations: Int
  }

  private let optimizer: HessianFree
  private let objective: HessianFree.Objective
  private let trained: TrainedParameters
  private let gradient: [Double]
  private let decay: [Double]?
  private let start: [Double]

  init(
    _ optimizer: HessianFree, _ objective: HessianFree.Objective, _ trained: TrainedParameters, gradient: [Double]
  ) {
    self.optimizer = optimizer
    self.objective = objective
    self.trained = trained
    start = trained.startingPoint
    decay = trained.coupledDecay
    var gradient = gradient
    if let decay { for index in gradient.indices { gradient[index] += decay[index] * start[index] } }
    self.gradient = gradient
  }

  /// Minimises the quadratic model, on a recording of the curvature's loss.
  func solve(
    startingAt direction: [DenseArray]?
  ) throws(UpdateError) -> (candidates: [Candidate], point: [Double], iterations: Int) {
    let tape = objective.tape
    tape.reset()
    defer { tape.reset() }
    let recorded = objective.curvatureLoss(tape)
    recorded.check(isOf: optimizer.parameters, "HessianFree")
    let scale = try preconditioner(recorded)
    let matrix = recorded.gaussNewton()
    let (damping, structural) = (optimizer.damping, optimizer.damping * optimizer.structuralDamping)
    var broken: String?
    /// (G + lambda mu K + decay) v, without lambda.
    func undamped(_ vector: [Double]) -> [Double] {
      let arrays = matrix.product(trained.arrays(vector), structuralDamping: structural)
      var product = trained.flat(arrays)
      if broken == nil, !product.allSatisfy(\.isFinite) {
        broken = optimizer.parameters.indices.first { index in
          !trained.isFrozen(index) && !arrays[index].elements.allSatisfy(\.isFinite)
        }.map { optimizer.parameters[$0].name }
      }
      if let decay { for index in product.indices { product[index] += decay[index] * vector[index] } }
      return product
    }
    let first = direction.map { trained.flat($0).map { $0 * optimizer.warmStart } }
    let method = optimizer.conjugateGradients
    let found = method.minimize(gradient: gradient, start: first, preconditioner: scale) { vector in
      var product = undamped(vector)
      for index in product.indices { product[index] += damping * vector[index] }
      return product
    }
    // A product that overflows later on ends the search where it is; without a first one there is no curvature at all.
    if found.iterations == 0, let broken { throw .nonFiniteCurvature(parameter: broken) }
    let rates = trained.rates
    let candidates = found.iterates.map { iterate -> Candidate in
      guard let rates else {
        let predicted = iterate.value - 0.5 * damping * dot(iterate.point, iterate.point)
        return Candidate(iteration: iterate.iteration, change: iterate.point, predicted: predicted)
      }
      let change = zip(iterate.point, rates).map { $0 * $1 }
      let predicted = dot(gradient, change) + 0.5 * dot(change, undamped(change))
      return Candidate(iteration: iterate.iteration, change: change, predicted: predicted)
    }
    return (candidates, found.point, found.iterations)
  }

  /// (D + lambda)^exponent.
  private func preconditioner(_ recorded: RecordedLoss) throws(UpdateError) -> [Double]? {
    guard let estimator = optimizer.preconditioner else { return nil }
    var random = RandomSource(seed: optimizer.seed).fork(UInt64(optimizer.stepCount))
    let diagonal = estimator.estimate(recorded, samples: optimizer.preconditionerSamples, using: &random)
    for (index, array) in diagonal.enumerated() where !trained.isFrozen(index) {
      guard array.elements.allSatisfy(\.isFinite) else {
        throw .nonFiniteCurvature(parameter: optimizer.parameters[index].name)
      }
    }
    // Without damping a parameter without curvature would be divided by zero.
    return trained.flat(diagonal).map {
      exponential(
        base: max(exponential(base: abs($0), estimator.exponent) + optimizer.damping, 1e-12),
        optimizer.preconditionerExponent)
    }
  }

  /// Goes back over the candidates as long as that is better, then towards the start until the loss falls.
  func take(_ candidates: [Candidate], loss: Double?) throws(UpdateError) -> Taken {
    let before = (loss ?? currentLoss()) + decayShare([Double](repeating: 0, count: trained.count), 0)
    guard before.isFinite else { throw .nonFiniteLoss(before) }
    var evaluations = 0
    func value(at change: [Double], times size: Double = 1) -> Double {
      evaluations += 1
      trained.move(by: change, times: size)
      return currentLoss() + decayShare(change, size)
    }
    var chosen = candidates.count - 1
    var after = value(at: candidates[chosen].change)
    while chosen > 0 {
      let earlier = value(at: candidates[chosen - 1].change)
      if !(earlier < after) && after.isFinite { break }
      after = earlier
      chosen -= 1
    }
    let candidate = candidates[chosen]
    let ratio = (after - before) / candidate.predicted
    var size = 1.0
    let slope = dot(gradient, candidate.change)
    for _ in 0..<60 {
      if after <= before + 0.01 * size * min(slope, 0) { break }
      size *= 0.8
      after = value(at: candidate.change, times: size)
    }
    if !(after <= before) {
      size = 0
      after = before
    }
    trained.move(by: candidate.change, times: size, isLast: true)
    return Taken(
      loss: before, newLoss: after, ratio: ratio, isPredicted: candidate.predicted < 0,
      iteration: candidate.iteration, size: size, evaluations: evaluations)
  }

  /// The loss where the parameters are.
  private func currentLoss() -> Double {
    objective.tape.reset()
    defer { objective.tape.reset() }
    return objective.tape.withoutGradients { objective.loss(objective.tape).loss.item }
  }

  /// c |p|^2 / 2 at the start and a change.
  private func decayShare(_ change: [Double], _ size: Double) -> Double {
    guard let decay else { return 0 }
    var sum = 0.0
    for (index, decay) in decay.enumerated() {
      let p = start[index] + size * change[index]
      sum += 0.5 * decay * p * p
    }
    return sum
  }
}

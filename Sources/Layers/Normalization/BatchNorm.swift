internal import Autodiff
internal import DenseArrays

/// The norm of one product over the batch, with averages for each step.
struct BatchNorm: Module {
  /// [size].
  let gain: Parameter
  /// Running averages: [steps, size].
  let mean: Buffer
  let variance: Buffer
  let epsilon: Double
  /// What the statistics of a step are called.
  let meanName: String
  let varianceName: String

  init(
    size: Int, steps: Int, gain initializer: Initializer, epsilon: Double, name: String,
    using random: inout RandomSource
  ) {
    gain = Parameter(initializer, [size], name: "gain", using: &random)
    mean = Buffer(DenseArray(zeros: [steps, size]))
    variance = Buffer(DenseArray(repeating: 1, shape: [steps, size]))
    self.epsilon = epsilon
    meanName = "mean of \(name)"
    varianceName = "variance of \(name)"
  }

  /// The product normalised by the statistics of its batch.
  func ofBatch(_ product: Variable) -> Variable {
    let mean = product.mean(axes: [0], keepingAxes: true).named(meanName)
    let variance = square(product - mean).mean(axes: [0], keepingAxes: true).named(varianceName)
    return self(product, mean: mean, variance: variance)
  }

  func callAsFunction(_ product: Variable, mean: Variable, variance: Variable) -> Variable {
    product.tape.parameter(gain) * (product - mean) / sqrt(variance + epsilon)
  }
}

/// The averages of a cell's norms on a tape.
struct BatchAverages {
  private let means: [Variable]
  private let variances: [Variable]
  /// 0, 1, ... for the steps that have averages.
  private let steps: Variable
  private let last: Double

  /// The averages of the steps that training has seen, before training those that every step starts from.
  init(_ norms: [BatchNorm], stepsSeen: Int, on tape: Tape) {
    let count = max(stepsSeen, 1)
    func constant(_ buffer: Buffer) -> Variable {
      tape.constant(buffer.value.slice(0..<count).converted(to: tape.scalarType))
    }
    means = norms.map { constant($0.mean) }
    variances = norms.map { constant($0.variance) }
    steps = tape.constant(DenseArray((0..<count).map { Double($0) }, shape: [1, count]).converted(to: tape.scalarType))
    last = Double(count - 1)
  }

  /// 1 for the step's averages and 0 for others: [1, steps].
  func selection(of context: StepContext) -> Variable {
    relu(1 - abs(steps - minimum(context.stepIndex, last)))
  }

  func row(_ selection: Variable, ofNorm index: Int) -> (mean: Variable, variance: Variable) {
    (matmul(selection, means[index]), matmul(selection, variances[index]))
  }
}

extension BatchNorm {
  /// Moves the averages towards the statistics of a training scan, [time, 1, size] each.
  ///
  /// - Parameters:
  ///   - stepsSeen: how many steps have averages already; others start from what is given.
  ///   - isReversed: whether the last row was the first step.
  ///   - factor: what makes variances unbiased.
  func moveAverages(
    towards means: DenseArray, _ variances: DenseArray, stepsSeen: Int, momentum: Double, isReversed: Bool,
    factor: Double
  ) {
    let (time, steps, size) = (means.shape[0], mean.value.shape[0], mean.value.shape[1])
    func move(_ buffer: Buffer, towards rows: DenseArray, factor: Double) {
      let numbers = rows.elements
      buffer.update { averages in
        for step in 0..<time {
          let share = step < stepsSeen || step >= steps ? momentum : 1
          let (row, first) = (min(step, steps - 1), (isReversed ? time - 1 - step : step) * size)
          for column in 0..<size {
            averages[row, column] = (1 - share) * averages[row, column] + share * factor * numbers[first + column]
          }
        }
      }
    }
    move(mean, towards: means, factor: 1)
    move(variance, towards: variances, factor: factor)
  }
}

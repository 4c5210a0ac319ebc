internal import DenseArrays

/// Preconditioned conjugate gradients on q(x) = x'Ax / 2 + g'x, for a matrix A that is only known by its products.
///
/// Source: Martens, "Deep learning via Hessian-free optimization", 2010, section 4 and algorithm 2; the stopping rule of
/// section 4.4 and the iterates of section 4.6.
public struct ConjugateGradients: Sendable {
  /// The most iterations.
  public var maximumIterations: Int
  /// Stops when q fell by less than this, relative to q and for each iteration, over the last max(10, 0.1 i); nil goes on.
  public var relativeProgress: Double?
  /// Stops when the preconditioned residual is this much smaller than it was at x = 0.
  public var residual: Double

  public init(maximumIterations: Int = 250, relativeProgress: Double? = 5e-4, residual: Double = 1e-12) {
    self.maximumIterations = maximumIterations
    self.relativeProgress = relativeProgress
    self.residual = residual
  }

  /// What conjugate gradients found.
  public struct Result: Sendable {
    /// Iterates at iterations ceil(1.3^j) and the last one, with their q.
    public let iterates: [(iteration: Int, point: [Double], value: Double)]
    /// q at the start and after each iteration.
    public let values: [Double]
    /// The last point.
    public let point: [Double]
    /// The number of iterations.
    public var iterations: Int { values.count - 1 }
  }

  /// Minimises q from a start.
  ///
  /// - Parameters:
  ///   - gradient: g.
  ///   - start: the first x; zeros when nil.
  ///   - preconditioner: the positive diagonal M that residuals are divided by; ones when nil.
  ///   - product: Ax, for a positive semidefinite A; a direction without curvature ends the search.
  public func minimize(
    gradient: [Double], start: [Double]? = nil, preconditioner: [Double]? = nil, product: ([Double]) -> [Double]
  ) -> Result {
    let count = gradient.count
    let scale = preconditioner ?? Array(repeating: 1, count: count)
    guard scale.count == count, start.map({ $0.count == count }) ?? true else {
      stop("ConjugateGradients: a start or preconditioner of another size than the gradient's \(count)")
    }
    var x = start ?? Array(repeating: 0, count: count)
    let image = start == nil ? Array(repeating: 0, count: count) : product(x)
    var r = zip(image, gradient).map { $0 + $1 }
    var y = zip(r, scale).map { $0 / $1 }
    var p = y.map { -$0 }
    var size = dot(r, y)
    let smallest = residual * residual * zip(gradient, scale).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
    // q = x'(r + g) / 2, since r = Ax + g.
    func value() -> Double { 0.5 * (dot(x, r) + dot(x, gradient)) }
    var values = [value()]
    var iterates: [(iteration: Int, point: [Double], value: Double)] = []
    var next = 1.0
    var iteration = 0
    while iteration < maximumIterations, size > smallest {
      let image = product(p)
      let curvature = dot(p, image)
      guard curvature > 0, curvature.isFinite else { break }
      iteration += 1
      let step = size / curvature
      for index in 0..<count {
        x[index] += step * p[index]
        r[index] += step * image[index]
        y[index] = r[index] / scale[index]
      }
      let newSize = dot(r, y)
      let share = newSize / size
      size = newSize
      for index in 0..<count { p[index] = share * p[index] - y[index] }
      values.append(value())
      if iteration >= Int(next.rounded(.up)) {
        iterates.append((iteration, x, values[iteration]))
        while Int(next.rounded(.up)) <= iteration { next *= 1.3 }
      }
      if hasStalled(values) { break }
    }
    if iterates.last?.iteration != iteration { iterates.append((iteration, x, values[iteration])) }
    return Result(iterates: iterates, values: values, point: x)
  }

  /// i > k, q_i < 0 and (q_i - q_{i-k}) / q_i < k epsilon, with k = max(10, 0.1 i).
  private func hasStalled(_ values: [Double]) -> Bool {
    guard let relativeProgress else { return false }
    let last = values.count - 1
    let window = max(10, Int((0.1 * Double(last)).rounded(.up)))
    guard last > window, values[last] < 0 else { return false }
    return (values[last] - values[last - window]) / values[last] < Double(window) * relativeProgress
  }
}

/// The sum of products.
func dot(_ first: [Double], _ second: [Double]) -> Double {
  var sum = 0.0
  for index in first.indices { sum += first[index] * second[index] }
  return sum
}

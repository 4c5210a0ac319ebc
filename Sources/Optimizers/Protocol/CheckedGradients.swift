public import Autodiff
public import DenseArrays
public import Layers

/// Gradients that are fit for a step: complete, finite, measured and clipped.
///
/// What every optimizer begins with, and what one of a user's own begins with too:
///
///     mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
///       let checked = try CheckedGradients(gradients, of: parameters, clipping)
///       stepCount += 1
///       for (_, parameter) in parameters {
///         apply(parameter, checked) { p, g in p - rate * g }  // apply is an `ElementwiseUpdate`
///       }
///       return checked.report
///     }
public struct CheckedGradients {
  private let gradients: Gradients
  /// The norm before clipping, and the factor of clipping by it.
  public let report: UpdateReport
  private let bound: Double
  /// The factor of each parameter, when each has its own.
  private var scales: [ObjectIdentifier: Double] = [:]

  /// Checks the gradients of `parameters` and measures their norm.
  ///
  /// Throws for an element that is not finite and for a parameter that the recording used and that is not among
  /// `parameters`; a gradient of another type than its parameter stops. Cost: the gradients are read once.
  public init(
    _ gradients: Gradients, of parameters: NamedParameters, _ clipping: GradientClipping = .none
  ) throws(UpdateError) {
    try self.init(gradients, of: parameters, clipping) { _ in false }
  }

  /// Leaves out the parameters whose index is frozen.
  init(
    _ gradients: Gradients, of parameters: NamedParameters, _ clipping: GradientClipping, isFrozen: (Int) -> Bool
  ) throws(UpdateError) {
    for parameter in gradients.parameters where parameters.name(of: parameter) == nil {
      throw .unknownParameter(name: parameter.name, shape: parameter.shape)
    }
    self.gradients = gradients
    var total = 0.0
    var smallestScale = 1.0
    for index in parameters.indices where !isFrozen(index) {
      let (name, parameter) = parameters[index]
      let gradient = gradients[parameter]
      guard gradient.scalarType == parameter.scalarType else {
        stop(
          "Optimizer: a \(gradient.scalarType) gradient for \(parameter.scalarType) parameter \"\(name)\"; "
            + "the tape and the module have to be of one type")
      }
      let sum = gradient.sumOfSquares(scale: 1)
      if !sum.isFinite, let (index, value) = gradient.firstNonFinite {
        throw .nonFiniteGradient(parameter: name, index: index, value: value)
      }
      total += sum
      if clipping.isPerParameter {
        // Where only the squares are not finite: measured again where they are small.
        let norm = sum.isFinite ? sum.squareRoot() : gradient.sumOfSquares(scale: 0x1p-600).squareRoot() / 0x1p-600
        let scale = clipping.limits(norm: norm).scale
        scales[ObjectIdentifier(parameter)] = scale
        smallestScale = min(smallestScale, scale)
      }
    }
    var norm = total.squareRoot()
    if !total.isFinite {
      norm = 0
      for index in parameters.indices where !isFrozen(index) {
        norm += gradients[parameters[index].parameter].sumOfSquares(scale: 0x1p-600)
      }
      norm = norm.squareRoot() / 0x1p-600
    }
    let limits = clipping.limits(norm: norm)
    report = UpdateReport(gradientNorm: norm, scale: clipping.isPerParameter ? smallestScale : limits.scale)
    bound = limits.bound
  }

  /// The factor of clipping by a norm on a parameter's gradient.
  private func scale(of parameter: Parameter) -> Double { scales[ObjectIdentifier(parameter)] ?? report.scale }

  /// The clipped gradient of a parameter, copied where clipping changes it.
  public subscript(parameter: Parameter) -> DenseArray {
    var gradient = gradients[parameter]
    let factor = scale(of: parameter)
    guard factor != 1 || bound.isFinite else { return gradient }
    func clip<Scalar: RealScalar>(_ type: Scalar.Type) {
      let (scale, bound) = (Scalar(factor), Scalar(bound))
      gradient.withUnsafeMutableElements(of: type) { elements in
        for index in elements.indices { elements[index] = min(max(elements[index] * scale, -bound), bound) }
      }
    }
    if gradient.scalarType == .float64 { clip(Double.self) } else { clip(Float.self) }
    return gradient
  }

  /// The gradient of a parameter before clipping.
  func raw(_ parameter: Parameter) -> DenseArray { gradients[parameter] }

  /// An element of a parameter's gradient, clipped.
  func clipped(_ element: PointwiseScalar, of parameter: Parameter) -> PointwiseScalar {
    var element = element
    let scale = scale(of: parameter)
    if scale != 1 { element = element * scale }
    if bound.isFinite { element = minimum(maximum(element, -bound), bound) }
    return element
  }
}

/// The types that parameters have.
private protocol RealScalar: DenseScalar, BinaryFloatingPoint {}

extension Float: RealScalar {}
extension Double: RealScalar {}

extension DenseArray {
  /// The sum of (scale x)^2 over all elements, in double precision.
  fileprivate func sumOfSquares(scale: Double) -> Double {
    func sum<Scalar: RealScalar>(_ elements: UnsafeBufferPointer<Scalar>) -> Double {
      // Eight sums that do not wait for each other.
      var sums = SIMD8<Double>.zero
      let whole = elements.count & ~7
      var index = 0
      while index < whole {
        var part = SIMD8<Double>.zero
        for lane in 0..<8 { part[lane] = Double(elements[index &+ lane]) }
        part *= scale
        sums += part * part
        index &+= 8
      }
      var total = sums.sum()
      while index < elements.count {
        let element = Double(elements[index]) * scale
        total += element * element
        index &+= 1
      }
      return total
    }
    return scalarType == .float32
      ? withUnsafeElements(of: Float.self) { sum($0) } : withUnsafeElements(of: Double.self) { sum($0) }
  }

  /// The first element that is NaN or infinite.
  fileprivate var firstNonFinite: (index: Int, value: Double)? {
    elements.enumerated().first { !$0.element.isFinite }.map { ($0.offset, $0.element) }
  }
}

public import DenseArrays

/// A way to choose a parameter's first values.
///
///     let weights = Initializer.glorotUniform([hiddenSize, inputSize], using: &random)
///
/// Weights are [outputs, inputs]: the fan-in is the second axis and the fan-out the first, each times the axes after the
/// second (a convolution's window). A vector's fan-in and fan-out are its length. Values are made in float64 and rounded
/// to the type asked for, so that float32 and float64 models of one seed agree up to rounding.
///
/// Researchers add their own in an extension:
///
///     extension Initializer {
///       static let half = Initializer("half") { shape, random in DenseArray(repeating: 0.5, shape: shape, .float64) }
///     }
public struct Initializer: Sendable, CustomStringConvertible {
  private let make: @Sendable (Shape, inout RandomSource) -> DenseArray

  /// The name and its numbers, for messages and result tables.
  public let description: String

  /// An initialiser with a name and a function that makes a float64 array of the shape that it is given.
  public init(_ description: String, _ make: @escaping @Sendable (Shape, inout RandomSource) -> DenseArray) {
    self.description = description
    self.make = make
  }

  /// Makes the values; a function that gives another shape stops.
  public func callAsFunction(
    _ shape: Shape, _ scalarType: ScalarType = .float32, using random: inout RandomSource
  ) -> DenseArray {
    let array = make(shape, &random)
    guard array.shape == shape else { stop("Initializer \(self): made shape \(array.shape), expected \(shape)") }
    return array.scalarType == scalarType ? array : array.converted(to: scalarType)
  }
}

extension Initializer {
  /// Zeros.
  public static let zeros: Initializer = .constant(0)

  /// One value everywhere.
  public static func constant(_ value: Double) -> Initializer {
    Initializer("constant(\(value))") { shape, _ in DenseArray(repeating: value, shape: shape, .float64) }
  }

  /// The bias of a forget gate: 1 everywhere, so that the gate is open at first (Gers et al. 2000; Jozefowicz et al. 2015).
  public static let forgetBias: Initializer = .constant(1)

  /// The bias of a forget gate that is to keep for up to `longestDelay` steps: log u, u uniform in 1...longestDelay - 1.
  ///
  /// Source: Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018, equation 16. A delay below 2 stops.
  public static func chrono(longestDelay: Int) -> Initializer {
    guard longestDelay >= 2 else { stop("Initializer.chrono: a delay of \(longestDelay); expected at least 2") }
    return Initializer("chrono(\(longestDelay))") { shape, random in
      let delays = DenseArray.uniform(shape, in: 1...Double(longestDelay - 1), .float64, using: &random)
      return DenseArray(delays.elements.map(PortableMath.logarithm), shape: shape)
    }
  }

  /// Uniform numbers in the given bounds.
  public static func uniform(_ bounds: ClosedRange<Double>) -> Initializer {
    Initializer("uniform(\(bounds.lowerBound)...\(bounds.upperBound))") { shape, random in
      DenseArray.uniform(shape, in: bounds, .float64, using: &random)
    }
  }

  /// Normal numbers.
  public static func normal(mean: Double = 0, standardDeviation: Double) -> Initializer {
    Initializer("normal(\(mean), \(standardDeviation))") { shape, random in
      DenseArray.normal(shape, mean: mean, standardDeviation: standardDeviation, .float64, using: &random)
    }
  }

  /// Uniform in +-gain sqrt(6 / (fanIn + fanOut)), which has variance gain^2 2 / (fanIn + fanOut).
  ///
  /// Source: Glorot and Bengio 2010, equation 16.
  public static func glorotUniform(gain: Double = 1) -> Initializer {
    Initializer("glorotUniform(\(gain))") { shape, random in
      let bound = gain * (6 / Double(max(fanIn(shape) + fanOut(shape), 1))).squareRoot()
      return DenseArray.uniform(shape, in: -bound...bound, .float64, using: &random)
    }
  }

  /// Normal with variance gain^2 2 / (fanIn + fanOut).
  ///
  /// Source: Glorot and Bengio 2010, equation 12.
  public static func glorotNormal(gain: Double = 1) -> Initializer {
    Initializer("glorotNormal(\(gain))") { shape, random in
      let deviation = gain * (2 / Double(max(fanIn(shape) + fanOut(shape), 1))).squareRoot()
      return DenseArray.normal(shape, standardDeviation: deviation, .float64, using: &random)
    }
  }

  /// Uniform with variance 2 / fanIn, for layers that end in a ReLU.
  ///
  /// Source: He et al. 2015, equation 10.
  public static let heUniform = Initializer("heUniform") { shape, random in
    let bound = (6 / Double(max(fanIn(shape), 1))).squareRoot()
    return DenseArray.uniform(shape, in: -bound...bound, .float64, using: &random)
  }

  /// Normal with variance 2 / fanIn, for layers that end in a ReLU.
  ///
  /// Source: He et al. 2015, equation 10.
  public static let heNormal = Initializer("heNormal") { shape, random in
    let deviation = (2 / Double(max(fanIn(shape), 1))).squareRoot()
    return DenseArray.normal(shape, standardDeviation: deviation, .float64, using: &random)
  }

  /// `scale` on the diagonal of a matrix and zeros elsewhere; a shape that is not a matrix's stops.
  ///
  /// With ReLU units and scale 1 the recurrent weights of Le et al. 2015.
  public static func identity(scale: Double = 1) -> Initializer {
    Initializer("identity(\(scale))") { shape, _ in
      guard shape.rank == 2 else { stop("Initializer.identity: a matrix is expected, not shape \(shape)") }
      var array = DenseArray(zeros: shape, .float64)
      array.withUnsafeMutableElements(of: Double.self) { elements in
        for index in 0..<min(shape[0], shape[1]) { elements[index * shape[1] + index] = scale }
      }
      return array
    }
  }

  /// The number of inputs that an output sums over.
  static func fanIn(_ shape: Shape) -> Int {
    shape.rank < 2 ? shape.count : shape.count(of: 1..<shape.rank)
  }

  /// The number of outputs that an input goes to.
  static func fanOut(_ shape: Shape) -> Int {
    shape.rank < 2 ? shape.count : shape[0] * shape.count(of: 2..<shape.rank)
  }
}

internal import DenseArrays
internal import Foundation

extension Initializer {
  /// A fixed number of normal numbers in each row, at random places, and zeros elsewhere.
  ///
  /// Each unit has `connections` incoming weights, all of them where there are fewer inputs. Source: Martens, "Deep learning
  /// via Hessian-free optimization", 2010, section 5; Sutskever et al., "On the importance of initialization and momentum",
  /// 2013, section 3.1, with 15 connections. A number below 1 and a shape that is no matrix's stop.
  public static func sparse(connections: Int = 15, standardDeviation: Double = 1) -> Initializer {
    guard connections > 0 else { stop("Initializer.sparse: \(connections) connections; expected at least 1") }
    return Initializer("sparse(\(connections), \(standardDeviation))") { shape, random in
      guard shape.rank == 2 else { stop("Initializer.sparse: a matrix is expected, not shape \(shape)") }
      let (rows, columns) = (shape[0], shape[1])
      let count = min(connections, columns)
      let values = DenseArray.normal(
        [rows, count], standardDeviation: standardDeviation, .float64, using: &random
      ).elements
      var result = [Double](repeating: 0, count: rows * columns)
      for row in 0..<rows {
        let places = random.permutation(of: columns).prefix(count)
        for (index, place) in places.enumerated() { result[row * columns + place] = values[row * count + index] }
      }
      return DenseArray(result, shape: shape)
    }
  }

  /// Another initialiser's square matrix, scaled to a spectral radius: the largest magnitude of its eigenvalues.
  ///
  ///     Initializer.sparse(connections: 15).scaled(toSpectralRadius: 1.1)
  ///
  /// The recurrent weights of Sutskever et al. 2013, section 3.1 (echo-state initialisation, Jaeger and Haas 2004): a radius
  /// of 1.1 lets signals live long. The radius is |A^(2^k) |^(1 / 2^k) after 40 squarings of the matrix, exact to about
  /// 1e-10; cost: 40 n^3 multiplications. A matrix that is not square, or whose powers vanish, and a radius that is not
  /// positive stop.
  public func scaled(toSpectralRadius radius: Double) -> Initializer {
    guard radius > 0, radius.isFinite else {
      stop("Initializer.scaled: a spectral radius of \(radius); expected a finite number above 0")
    }
    return Initializer("\(self) with spectral radius \(radius)") { shape, random in
      guard shape.rank == 2, shape[0] == shape[1] else {
        stop("Initializer.scaled: a square matrix is expected, not shape \(shape)")
      }
      let values = self(shape, .float64, using: &random).elements
      let found = Initializer.spectralRadius(of: values, size: shape[0])
      guard found > 0 else { stop("Initializer.scaled: a matrix whose spectral radius is 0 cannot be scaled") }
      return DenseArray(values.map { $0 * (radius / found) }, shape: shape)
    }
  }

  /// The largest magnitude of the eigenvalues of a square matrix, by Gelfand's formula with repeated squaring.
  static func spectralRadius(of matrix: [Double], size: Int) -> Double {
    var power = matrix
    // log of the norm of A^(2^k), divided by 2^k, as the sum of what every normalisation took off.
    var logarithm = 0.0
    var weight = 1.0
    for _ in 0..<40 {
      let norm = power.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { return 0 }
      logarithm += weight * log(norm)
      let scaled = power.map { $0 / norm }
      power = squared(scaled, size: size)
      weight /= 2
    }
    return exp(logarithm)
  }

  private static func squared(_ matrix: [Double], size: Int) -> [Double] {
    var result = [Double](repeating: 0, count: size * size)
    matrix.withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { result in
        for row in 0..<size {
          for inner in 0..<size {
            let factor = source[row * size + inner]
            if factor == 0 { continue }
            for column in 0..<size { result[row * size + column] += factor * source[inner * size + column] }
          }
        }
      }
    }
    return result
  }
}

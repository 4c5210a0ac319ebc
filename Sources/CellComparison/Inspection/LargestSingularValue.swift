internal import Foundation

/// The largest singular value of a matrix: how much it lengthens a vector at most.
///
/// By Lanczos's method on A' A with full reorthogonalisation, and bisection for the largest eigenvalue of the tridiagonal
/// matrix that comes out. Exact up to rounding for up to 48 columns; beyond that its relative error is small, from below
/// (Kuczynski and Wozniakowski 1992). Cost: at most 48 products with A and with A'.
///
/// - Parameters:
///   - matrix: row-major, of any size.
///   - columns: the length of a row.
/// - Returns: 0 for an empty matrix or one of zeros; infinity or NaN where an element is one.
func largestSingularValue(of matrix: [Double], columns: Int) -> Double {
  guard let scale = matrix.map(abs).max(), scale > 0, columns > 0 else { return 0 }
  guard matrix.allSatisfy(\.isFinite) else { return matrix.contains { $0.isNaN } ? .nan : .infinity }
  // Elements of size 1: squares of very small or large ones would be lost.
  let matrix = matrix.map { $0 / scale }
  let rows = matrix.count / columns

  func product(_ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      var sum = 0.0
      for column in 0..<columns { sum += matrix[row * columns + column] * vector[column] }
      for column in 0..<columns { result[column] += sum * matrix[row * columns + column] }
    }
    return result
  }

  // A start that no singular vector with a simple pattern is orthogonal to.
  var vector = (0..<columns).map { 0.5 + (Double($0) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) }
  var basis: [[Double]] = []
  var diagonal: [Double] = []
  var offDiagonal: [Double] = []
  while true {
    let length = dot(vector, vector).squareRoot()
    // What is left is rounding: the vectors so far span all that there is to find.
    if !basis.isEmpty {
      if length <= 1e-13 * (diagonal.max() ?? 0) || basis.count == min(columns, 48) { break }
      offDiagonal.append(length)
    }
    basis.append(vector.map { $0 / length })
    vector = product(basis[basis.count - 1])
    diagonal.append(dot(vector, basis[basis.count - 1]))
    for _ in 0..<2 {
      for direction in basis {
        let share = dot(vector, direction)
        for index in vector.indices { vector[index] -= share * direction[index] }
      }
    }
  }
  return scale * largestEigenvalue(diagonal, offDiagonal).squareRoot()
}

private func dot(_ first: [Double], _ second: [Double]) -> Double {
  var sum = 0.0
  for index in first.indices { sum += first[index] * second[index] }
  return sum
}

/// The largest eigenvalue, at least 0, of a symmetric tridiagonal matrix, by bisection with Sturm sequences.
private func largestEigenvalue(_ diagonal: [Double], _ offDiagonal: [Double]) -> Double {
  var low = diagonal.max() ?? 0
  var high = low
  for index in diagonal.indices {
    let left = index > 0 ? offDiagonal[index - 1] : 0
    let right = index < offDiagonal.count ? offDiagonal[index] : 0
    high = max(high, diagonal[index] + left + right)
  }
  // Whether all eigenvalues are below `bound`: all pivots of T - bound I are negative.
  func isAbove(_ bound: Double) -> Bool {
    var pivot = -1.0
    for index in diagonal.indices {
      let coupling = index > 0 ? offDiagonal[index - 1] * offDiagonal[index - 1] / pivot : 0
      pivot = diagonal[index] - bound - coupling
      if pivot >= 0 { return false }
    }
    return true
  }
  while true {
    let middle = low + (high - low) / 2
    guard middle > low, middle < high else { break }
    if isAbove(middle) { high = middle } else { low = middle }
  }
  return max(high, 0)
}

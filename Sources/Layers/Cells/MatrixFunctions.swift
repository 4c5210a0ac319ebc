internal import Autodiff
internal import DenseArrays

// Orthogonal and exponential matrices as functions of parameters, for cells that compute their weights once a sequence.

/// The exponential of a square matrix: Taylor's series to the tenth power of a / 256, squared eight times.
///
/// Good to some 1e-13 of a matrix of norm 50.
func matrixExponential(_ a: Variable) -> Variable {
  let scaled = a / 256
  let identity = a.tape.identity(a.shape[0])
  var sum = identity
  // Horner's scheme: 1 + a (1 + a / 2 (1 + a / 3 (...))).
  for power in (1...10).reversed() { sum = identity + matmul(scaled, sum) / Double(power) }
  for _ in 0..<8 { sum = matmul(sum, sum) }
  return sum
}

/// The product of the reflections I - 2 v v^T / (v^T v) for the rows v of a matrix [count, n]: an orthogonal matrix [n,
/// n].
func householderProduct(_ vectors: Variable) -> Variable {
  let (count, n) = (vectors.shape[0], vectors.shape[1])
  var product = vectors.tape.identity(n)
  for index in 0..<count {
    let v = vectors[index].reshaped(to: [1, n])
    let qv = matmul(product, v, transposeSecond: true)
    product = product - matmul(qv, v) * (2 / square(v).sum())
  }
  return product
}

/// relu(|a| + b) with the sign of a.
func modReLU(_ a: Variable, bias: Variable) -> Variable {
  relu(abs(a) + bias) * sign(a)
}

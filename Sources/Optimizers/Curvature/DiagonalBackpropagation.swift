public import Autodiff
public import DenseArrays
internal import Layers

/// What an affine map of a feed-forward net read and made in a recording, for `DiagonalBackpropagation`.
///
/// `inputs` of a later map are an elementwise function of the `outputs` of the one before it.
public struct RecordedAffineMap {
  /// x, [batch, inputs].
  public let inputs: Variable
  /// W x + b, [batch, outputs].
  public let outputs: Variable
  /// W, [outputs, inputs].
  public let weights: Parameter
  /// b, [outputs], where there is one.
  public let bias: Parameter?

  public init(inputs: Variable, outputs: Variable, weights: Parameter, bias: Parameter? = nil) {
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.bias = bias
  }
}

/// Becker and LeCun's diagonal: second derivatives propagated back as if every unit were on its own.
///
///     h(a) = f'(a)^2 h(x),    h(w_ij) = sum over examples of h(a_i) x_j^2,    h(x_j) = sum over i of h(a_i) w_ij^2
///
/// Defined for nets of affine maps with elementwise functions between them; the recorded loss has to list them, first to
/// last, and they have to have all parameters: anything else stops. Deterministic, and not the diagonal of a matrix: with
/// one hidden layer under an elementwise loss it is that of the Gauss-Newton matrix, with more the cross terms are left
/// out. The term with f'' is left out too, so that nothing is negative. Source: Becker and LeCun, "Improving the convergence
/// of back-propagation learning with second order methods", 1989; LeCun et al., "Efficient backprop", 1998, section 7.
public struct DiagonalBackpropagation: CurvatureEstimator {
  public init() {}

  public func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
    let maps = recorded.affineMaps
    guard let last = maps.last, recorded.outputs.isSame(as: last.outputs), last.outputs.shape.rank == 2 else {
      stop("DiagonalBackpropagation: the recorded loss lists no affine maps up to its outputs [batch, n]")
    }
    var results: [ObjectIdentifier: [Double]] = [:]
    var curvature = recorded.outputLoss.hessianDiagonal(at: recorded.outputs.value)
    for (index, map) in maps.enumerated().reversed() {
      let (rows, columns, batch) = (map.weights.shape[0], map.weights.shape[1], map.inputs.shape[0])
      let (x, w) = (map.inputs.value.elements, map.weights.value.elements)
      var ofWeights = results[ObjectIdentifier(map.weights)] ?? [Double](repeating: 0, count: w.count)
      var ofBias = map.bias.flatMap { results[ObjectIdentifier($0)] } ?? [Double](repeating: 0, count: rows)
      var ofInputs = [Double](repeating: 0, count: x.count)
      for example in 0..<batch {
        for row in 0..<rows {
          let h = curvature[example * rows + row]
          ofBias[row] += h
          for column in 0..<columns {
            let (weight, input) = (row * columns + column, example * columns + column)
            ofWeights[weight] += h * x[input] * x[input]
            ofInputs[input] += h * w[weight] * w[weight]
          }
        }
      }
      results[ObjectIdentifier(map.weights)] = ofWeights
      if let bias = map.bias { results[ObjectIdentifier(bias)] = ofBias }
      guard index > 0 else { break }
      let ones = DenseArray(repeating: 1, shape: map.inputs.shape, map.inputs.scalarType)
      let slopes = recorded.tape.gradients(
        of: [map.inputs], seeds: [ones], withRespectTo: [maps[index - 1].outputs])[0].elements
      curvature = zip(slopes, ofInputs).map { $0 * $0 * $1 }
    }
    return recorded.parameters.map { name, parameter in
      guard let result = results[ObjectIdentifier(parameter)] else {
        stop("DiagonalBackpropagation: parameter \"\(name)\" is in none of the affine maps")
      }
      return DenseArray(result, shape: parameter.shape).converted(to: parameter.scalarType)
    }
  }
}

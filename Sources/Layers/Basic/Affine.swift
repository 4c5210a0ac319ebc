public import Autodiff

/// W x + b over the last axis: the product that `Gate` and `Linear` are made of.
///
/// A cell with weights of its own that multiplies by this function can be normalised and regularised by wrappers that act
/// on products.
///
/// - Parameters:
///   - x: [..., inputs].
///   - weights: [outputs, inputs].
///   - bias: [outputs].
/// - Returns: [..., outputs].
public func affine(_ x: Variable, weights: Parameter, bias: Parameter? = nil) -> Variable {
  let tape = x.tape
  let overrides = tape.activeOverrides
  let argument = overrides?.argument(x, of: weights) ?? x
  guard let changed = overrides?.product(of: weights, { product(argument, weights, nil) }) else {
    return product(argument, weights, bias)
  }
  return bias.map { changed + tape.parameter($0) } ?? changed
}

private func product(_ x: Variable, _ weights: Parameter, _ bias: Parameter?) -> Variable {
  let tape = x.tape
  return matmul(x, tape.parameter(weights), transposeSecond: true, bias: bias.map { tape.parameter($0) })
}

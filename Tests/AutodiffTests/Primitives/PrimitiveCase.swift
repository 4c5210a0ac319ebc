import DenseArrays
import Testing

@testable import Autodiff

/// A function of arrays made of one primitive (or little more), with a naive implementation beside it.
struct PrimitiveCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// float64 or int32 arrays.
  let inputs: [DenseArray]
  let function: @Sendable ([Variable]) -> Variable
  let reference: @Sendable ([NaiveArray]) -> NaiveArray

  init(
    _ name: String, _ inputs: [DenseArray], _ function: @escaping @Sendable ([Variable]) -> Variable,
    reference: @escaping @Sendable ([NaiveArray]) -> NaiveArray
  ) {
    self.name = name + inputs.map { " \($0.shape)" }.joined()
    self.inputs = inputs
    self.function = function
    self.reference = reference
  }

  var testDescription: String { name }

  /// Everything: each primitive with all its shapes, broadcasts and transpositions.
  static let all: [PrimitiveCase] =
    pointwiseCases + productCases + layoutCases + reductionCases + indexCases

  /// The places of the inputs that can have gradients.
  var differentiable: [Int] { inputs.indices.filter { inputs[$0].scalarType.isFloatingPoint } }

  /// Records the case on a tape: floating-point inputs as variables in the tape's type.
  func record(on tape: Tape) -> (output: Variable, inputs: [Variable], variables: [Variable]) {
    let variables = inputs.map { array in
      array.scalarType.isFloatingPoint
        ? tape.variable(array.converted(to: tape.scalarType)) : tape.constant(array)
    }
    return (function(variables), variables, differentiable.map { variables[$0] })
  }
}

/// Numbers that depend on a seed, uniform in a range.
func uniform(_ shape: Shape, _ range: Range<Double> = -1..<1, seed: UInt64 = 1) -> DenseArray {
  let random = CounterRandom(seed: seed, stream: 99)
  let width = range.upperBound - range.lowerBound
  var array = DenseArray(zeros: shape, .float64)
  array.withUnsafeMutableElements(of: Double.self) { elements in
    guard let start = elements.baseAddress else { return }
    for index in 0..<shape.count { start[index] = range.lowerBound + width * random.uniform(at: index) }
  }
  return array
}

/// int32 indices below a limit, with repetitions.
func indices(_ shape: Shape, below limit: Int, seed: UInt64 = 1) -> DenseArray {
  let random = CounterRandom(seed: seed, stream: 98)
  return DenseArray((0..<shape.count).map { Int32(random.word(at: $0) % UInt64(limit)) }, shape: shape)
}

func dot(_ a: DenseArray, _ b: DenseArray) -> Double { zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 } }

func norm(_ a: DenseArray) -> Double { dot(a, a).squareRoot() }

func dot(_ a: [DenseArray], _ b: [DenseArray]) -> Double { zip(a, b).reduce(0) { $0 + dot($1.0, $1.1) } }

func norm(_ a: [DenseArray]) -> Double { dot(a, a).squareRoot() }

import Autodiff
import DenseArrays
import Foundation
import GradientChecking
import Testing

/// A user's own primitive, written with the public interface only: the square root of each element.
final class UserSquareRoot: Primitive, @unchecked Sendable {
  static let shared = UserSquareRoot(name: "userSquareRoot")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    if !operation.operandType(0).isFloatingPoint { operation.fail("needs floating-point numbers") }
    results.append(operation.operandShape(0), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    func run<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
      let source = operation.operandElements(0).assumingMemoryBound(to: type)
      let destination = operation.resultElements(0).assumingMemoryBound(to: type)
      for index in 0..<operation.resultShape(0).count { destination[index] = source[index].squareRoot() }
    }
    if operation.operandType(0) == .float32 { run(Float.self) } else { run(Double.self) }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, cotangent / (2 * operation.result(0)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, tangent / (2 * operation.result(0)))
  }
}

func userSquareRoot(_ x: Variable) -> Variable { x.tape.record(UserSquareRoot.shared, operands: [x])[0] }

/// A user's primitive with two results, attributes and a cotangent that is one of the operands.
final class UserScaledProduct: Primitive, @unchecked Sendable {
  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    guard operation.operandShape(0) == operation.operandShape(1) else { operation.fail("shapes differ") }
    results.append(operation.operandShape(0), operation.operandType(0))
    results.append(operation.operandShape(0), operation.operandType(0))
  }

  /// a b s and a + k.
  override func execute(_ operation: OperationView) {
    let a = operation.operandElements(0).assumingMemoryBound(to: Double.self)
    let b = operation.operandElements(1).assumingMemoryBound(to: Double.self)
    let product = operation.resultElements(0).assumingMemoryBound(to: Double.self)
    let sum = operation.resultElements(1).assumingMemoryBound(to: Double.self)
    for index in 0..<operation.resultShape(0).count {
      product[index] = a[index] * b[index] * operation.scalar(0)
      sum[index] = a[index] + Double(operation.integer(0))
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    if let first = operation.cotangent(0) {
      operation.push(0, first * operation.operand(1) * operation.scalar(0))
      operation.push(1, first * operation.operand(0) * operation.scalar(0))
    }
    if let second = operation.cotangent(1) { operation.push(0, second) }
  }

  override func forward(_ operation: ForwardOperation) {
    var first: Variable?
    if let a = operation.tangent(0) {
      first = a * operation.operand(1) * operation.scalar(0)
      operation.setTangent(1, a)
    }
    if let b = operation.tangent(1) {
      let term = b * operation.operand(0) * operation.scalar(0)
      first = first.map { $0 + term } ?? term
    }
    if let first { operation.setTangent(0, first) }
  }
}

@Suite("A user's own primitive")
struct UserPrimitiveTests {
  @Test("has values and derivatives of first and second order")
  func derivatives() {
    let x = DenseArray([0.25, 1, 4, 2.25], shape: [2, 2])
    let tape = Tape(scalarType: .float64)
    #expect(userSquareRoot(tape.constant(x)).value == DenseArray([0.5, 1, 2, 1.5], shape: [2, 2]))
    let report = checkGradients(at: [x]) { inputs in userSquareRoot(inputs[0]) }
    #expect(report.passed, "\(report)")
  }

  @Test("can have several results and attributes, and is kept alive by the tape alone")
  func severalResults() {
    let inputs = [DenseArray([1.0, 2, -3]), DenseArray([0.5, -1, 2])]
    let report = checkGradients(at: inputs) { inputs in
      let results = inputs[0].tape.record(
        UserScaledProduct(name: "scaledProduct"), operands: inputs, integers: [3], scalars: [0.5])
      return results[0] * exp(results[1])
    }
    #expect(report.passed, "\(report)")
    let tape = Tape(scalarType: .float64)
    let results = tape.record(
      UserScaledProduct(name: "scaledProduct"), operands: inputs.map { tape.constant($0) }, integers: [3],
      scalars: [0.5])
    #expect(results.map(\.value) == [DenseArray([0.25, -1, -3]), DenseArray([4.0, 5, 0])])
  }

  @Test("can be recorded without values, run and reversed as a program")
  func asProgram() {
    let x = DenseArray([0.25, 1, 4])
    let (program, _) = Program.record([(x.shape, .float64)], scalarType: .float64) {
      [square(userSquareRoot($0[0]) + 1)]
    }
    #expect(program.run([x])[0] == DenseArray([2.25, 4, 9]))
    // d(sqrt(x) + 1)^2/dx = (sqrt(x) + 1) / sqrt(x).
    #expect(program.reversed().run([x, DenseArray([1.0, 1, 1])])[0] == DenseArray([3.0, 2, 1.5]))
  }
}

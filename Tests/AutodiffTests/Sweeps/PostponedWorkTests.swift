import Autodiff
import DenseArrays
import Testing

/// What sweeps leave undone until, or unless, it is needed.
@Suite("Work that sweeps postpone or leave out")
struct PostponedWorkTests {
  private let tape = Tape(scalarType: .float64)
  private let x = [1.0, -2, 3]
  /// Zeros but for column 7, of ones.
  private let parameter = Parameter(DenseArray((0..<300).map { $0 % 100 == 7 ? 1 : 0 }, shape: [3, 100]), name: "w")

  /// The sum of (x W)^2. x W is 2 in column 7, so that the gradient is 4 x there.
  private func loss() -> Variable {
    square(matmul(tape.constant(DenseArray(x, shape: [1, 3])), tape.parameter(parameter))).sum()
  }

  private func gradient(times factor: Double = 1) -> DenseArray {
    DenseArray((0..<300).map { $0 % 100 == 7 ? factor * 4 * x[$0 / 100] : 0 }, shape: [3, 100])
  }

  @Test("the gradient of a weight is made when it is read, once")
  func memory() {
    let hessian = tape.hessian(of: loss(), withRespectTo: [tape.parameter(parameter)])
    let before = tape.peakBytesInUse
    #expect(hessian.gradient == [gradient()])
    let after = tape.peakBytesInUse
    #expect(after >= before + 300 * 8)
    #expect(hessian.gradient == [gradient()])
    #expect(tape.peakBytesInUse == after)
  }

  @Test("a product with the Hessian does not make it, and both are right in either order")
  func hessianProduct() {
    // Of the sum of (x W)^2: 2 x' x V; with V = 1 everywhere, all columns are 2 x (1 - 2 + 3).
    let expected = DenseArray((0..<300).map { 4 * x[$0 / 100] }, shape: [3, 100])
    let ones = DenseArray(repeating: 1, shape: [3, 100], .float64)
    let hessian = tape.hessian(of: loss(), withRespectTo: [tape.parameter(parameter)])
    #expect(hessian.product([ones]) == [expected])
    #expect(hessian.gradient == [gradient()])
    #expect(hessian.product([ones]) == [expected])
  }

  @Test("it is there for whatever reads it: operations, views, an inner tape, a sweep, and after the recording's end")
  func readers() {
    func recorded() -> Variable {
      tape.reset()
      return tape.recordedGradients(of: loss(), withRespectTo: [tape.parameter(parameter)])[0]
    }
    let transposed = DenseArray((0..<300).map { $0 / 3 == 7 ? 4 * x[$0 % 3] : 0 }, shape: [100, 3])
    #expect((recorded() * 2.0).value == gradient(times: 2))
    #expect(recorded().transposed().value == transposed)
    #expect(recorded().reshaped(to: [300])[107].item == -8)
    #expect(recorded().slice(axis: 0, 2..<3).reshaped(to: [100]).value[7] == 12)

    let inner = Tape(scalarType: .float64, parent: tape)
    #expect((inner.constant(1, shape: [3, 1]) * recorded()).value == gradient())

    // Of the sum of the squares of 2 x' (x W), by W: 8 x' (x x') (x W) is 8 * 14 * 2 x' in the column.
    let penalty = square(recorded()).sum()
    #expect(tape.gradients(of: penalty)[parameter].isClose(to: gradient(times: 56), tolerance: 1e-15))

    let kept = recorded()
    let view = kept.reshaped(to: [300])
    _ = tape.gradients(of: loss())
    parameter.value = DenseArray(repeating: 5, shape: [3, 100], .float64)
    #expect(kept.value == gradient())
    #expect(view.value == gradient().reshaped(to: [300]))
  }

  @Test("a tape with values of the tape around it does not wait: these may change")
  func innerTape() {
    let inner = Tape(scalarType: .float64, parent: tape)
    func recorded() -> Variable {
      inner.reset()
      let a = inner.variable(DenseArray([[1.0, 1, 1]]))
      return inner.recordedGradients(of: matmul(a, tape.parameter(parameter)).sum(), withRespectTo: [a])[0]
    }
    let first = recorded()
    _ = tape.gradients(of: tape.parameter(parameter).sum())
    parameter.value = DenseArray(repeating: 5, shape: [3, 100], .float64)
    #expect(first.value == DenseArray([[1.0, 1, 1]]))
    tape.reset()
    let second = recorded()
    tape.reset()
    #expect(second.value == DenseArray([[500.0, 500, 500]]))
  }

  @Test("a tape that looks for the first infinity makes every product in its turn")
  func nonFinite() {
    tape.detectsNonFinite = true
    let w = tape.variable(DenseArray([1e-200], shape: [1, 1]))
    let y = matmul(tape.constant(DenseArray([1e200], shape: [1, 1])), w) * 1e200
    #expect(tape.firstNonFinite == nil)
    _ = tape.recordedGradients(of: y.sum(), withRespectTo: [w])
    #expect(tape.firstNonFinite?.operation.hasPrefix("matmul") == true)
  }

  @Test("one number that stands for a whole cotangent is spread where it has to be")
  func uniformCotangents() {
    let a = tape.variable(DenseArray([[1.0, 2], [3, 4]]))
    let row = tape.variable(DenseArray([10.0, 20]))
    func gradients(_ loss: Variable, _ variables: [Variable]) -> [DenseArray] {
      let recorded = tape.recordedGradients(of: loss, withRespectTo: variables)
      #expect(zip(recorded, variables).allSatisfy { $0.shape == $1.shape })
      #expect(recorded.map(\.value) == tape.gradients(of: [loss], withRespectTo: variables))
      return recorded.map(\.value)
    }
    func all(_ value: Double) -> DenseArray { DenseArray(repeating: value, shape: [2, 2], .float64) }
    // A leaf, an inner value that is wanted, a broadcast operand, and producers that are not elementwise.
    #expect(gradients(a.sum(), [a]) == [all(1)])
    let doubled = a * 2.0
    #expect(gradients((doubled + 1.0).sum() * 3.0, [doubled, a]) == [all(3), all(6)])
    #expect(gradients((doubled + row).sum(), [a, row]) == [all(2), DenseArray([2.0, 2])])
    #expect(gradients(a.transposed().sum(), [a]) == [all(1)])
    #expect(gradients(doubled.transposed().reshaped(to: [4]).sum(), [a]) == [all(2)])
    // Row sums of a as a row, and column sums as a column.
    #expect(gradients(matmul(a, a).sum(), [a]) == [DenseArray([[7.0, 11], [9, 13]])])
    // Two numbers, and a number with a whole cotangent, in either order.
    #expect(gradients(doubled.sum() + doubled.mean(), [a]) == [all(2.5)])
    let weights = tape.constant(DenseArray([[1.0, 2], [3, 4]]))
    let expected = DenseArray([[4.0, 6], [8, 10]])
    #expect(gradients((doubled * weights).sum() + doubled.sum(), [a]) == [expected])
    #expect(gradients(doubled.sum() + (doubled * weights).sum(), [a]) == [expected])
    // Values of one element, whose shapes differ.
    let one = tape.variable(DenseArray([3.0], shape: [1, 1]))
    #expect(gradients((one * one).sum(), [one]) == [DenseArray([6.0], shape: [1, 1])])
    // The sum of a^3 twice: 6 a v.
    let product = tape.hessian(of: (a * a * a).sum(), withRespectTo: [a]).product([all(2)])
    #expect(product == [DenseArray([[12.0, 24], [36, 48]])])
  }

  @Test("a forward sweep passes only through what the outputs are made of")
  func deadTangents() {
    let counting = CountingIdentity()
    let a = tape.variable(DenseArray([1.0, 2]))
    let used = tape.record(counting, operands: [a])[0]
    let unused = tape.record(counting, operands: [used])[0].sum()
    let output = square(used)
    let v = DenseArray([1.0, -1])
    #expect(tape.tangents(of: [output], along: [a], tangents: [v]) == [DenseArray([2.0, -4])])
    #expect(counting.forwardCount == 1)
    #expect(tape.tangents(of: [output, unused], along: [a], tangents: [v])[1].item == 0)
    #expect(counting.forwardCount == 3)
    // An inner value's own tangent is added to what it gets.
    #expect(tape.tangents(of: [output], along: [a, used], tangents: [v, v]) == [DenseArray([4.0, -8])])
    #expect(tape.tangents(of: [a], along: [a], tangents: [v]) == [v])
    #expect(counting.forwardCount == 4)
    let recorded = tape.recordedTangents(of: [output], along: [a], tangents: [tape.constant(v)])[0]
    #expect(recorded.value == DenseArray([2.0, -4]))
    #expect(counting.forwardCount == 5)
  }
}

/// The identity, which counts how often its forward rule is asked.
private final class CountingIdentity: Primitive, @unchecked Sendable {
  var forwardCount = 0

  init() { super.init(name: "countingIdentity") }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    results.append(operation.operandShape(0), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let bytes = operation.operandShape(0).count * MemoryLayout<Double>.size
    operation.resultElements(0).copyMemory(from: operation.operandElements(0), byteCount: bytes)
  }

  override func forward(_ operation: ForwardOperation) {
    forwardCount += 1
    if let tangent = operation.tangent(0) { operation.setTangent(0, tangent) }
  }
}

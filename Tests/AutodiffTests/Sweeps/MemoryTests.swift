import Autodiff
import DenseArrays
import Testing

@Suite("Memory of recordings")
struct MemoryTests {
  /// Runs steps and returns how often memory had been asked for after each.
  private func requests(steps: Int = 8, _ tape: Tape, _ step: (Tape) -> Void) -> [Int] {
    (0..<steps).map { _ in
      tape.reset()
      step(tape)
      return tape.memoryRequests
    }
  }

  @Test("a training step asks for no new memory from the third on", arguments: [ScalarType.float32, .float64])
  func trainingStep(_ scalarType: ScalarType) {
    let w = Parameter(uniform([48, 48], -0.1..<0.1).converted(to: scalarType), name: "w")
    let b = Parameter(DenseArray(zeros: [48], scalarType), name: "b")
    let x = uniform([20, 8, 48]).converted(to: scalarType)
    let counts = requests(Tape(scalarType: scalarType)) { tape in
      let inputs = tape.constant(x)
      var h = tape.zeros([8, 48])
      for time in 0..<20 {
        h = tanh(matmul(h, tape.parameter(w), transposeSecond: true) + tape.parameter(b) + inputs[time])
      }
      let gradients = tape.gradients(of: square(h).mean())
      for parameter in [w, b] {
        let gradient = gradients[parameter]
        let updated = zip(parameter.value.elements, gradient.elements).map { $0 - 0.1 * $1 }
        parameter.value = DenseArray(updated, shape: parameter.shape).converted(to: scalarType)
      }
    }
    #expect(Set(counts.dropFirst(2)).count == 1, "\(counts)")
  }

  @Test("nor does one with recorded gradients, Hessian products, derived weights, slices and tables")
  func secondOrderStep() {
    let w = Parameter(uniform([40, 40], -0.1..<0.1), name: "w")
    let table = Parameter(uniform([10, 40]), name: "table")
    let x = indices([6, 4], below: 10)
    let counts = requests(Tape(scalarType: .float64)) { tape in
      let weight = tape.parameter(w) - tape.parameter(w).transposed()
      let embedded = gather(tape.parameter(table), at: tape.constant(x))
      var h = tape.zeros([4, 40])
      for time in 0..<6 {
        let parts = split(matmul(h, weight) + embedded[time], into: 2)
        h = concatenate([tanh(parts[0]), parts[1]], axis: -1)
      }
      let loss = square(h).mean()
      let variables = [tape.parameter(w), tape.parameter(table)]
      let gradients = tape.recordedGradients(of: loss, withRespectTo: variables)
      let hessian = tape.hessian(of: loss, withRespectTo: variables)
      for _ in 0..<3 { _ = hessian.product(variables.map { DenseArray(repeating: 0.1, shape: $0.shape, .float64) }) }
      let penalty = loss + square(gradients[0]).sum()
      _ = tape.gradients(of: penalty)
    }
    #expect(Set(counts.dropFirst(2)).count == 1, "\(counts)")
  }

  @Test("nor does one that sets parameters to new arrays, or binds other arrays, each time")
  func newArrays() {
    let w = Parameter(uniform([40, 40]), name: "w")
    let v = Parameter(uniform([40, 40]), name: "v")
    let counts = requests(Tape(scalarType: .float64)) { tape in
      tape.bind(v, to: DenseArray(repeating: 0.5, shape: [40, 40], .float64))
      let x = tape.constant(1, shape: [3, 40])
      let gradients = tape.gradients(of: square(matmul(matmul(x, tape.parameter(w)), tape.parameter(v))).sum())
      w.value = DenseArray(gradients[w].elements.map { 1e-6 * $0 }, shape: [40, 40])
    }
    #expect(Set(counts.dropFirst(2)).count == 1, "\(counts)")
  }

  @Test("many sweeps over one recording ask for no new memory after the second")
  func repeatedSweeps() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(uniform([32, 32]))
    let y = (0..<10).reduce(x) { h, _ in tanh(matmul(h, x)) }
    let v = [uniform([32, 32], seed: 5)]
    var counts: [Int] = []
    for _ in 0..<20 {
      _ = tape.tangents(of: [y], along: [x], tangents: v)
      _ = tape.gradients(of: [y], seeds: v, withRespectTo: [x])
      counts.append(tape.memoryRequests)
    }
    #expect(Set(counts.dropFirst(2)).count == 1, "\(counts)")
  }

  @Test(
    "packed weights follow every change of a parameter: set, changed in place, bound to another array, changed back")
  func packedWeights() {
    // 32 x 32 is large enough to be packed; a product of whole numbers is exact in any order.
    let first = DenseArray((0..<1024).map { Double($0 % 7 - 3) }, shape: [32, 32])
    let second = DenseArray((0..<1024).map { Double($0 % 5 - 2) }, shape: [32, 32])
    let w = Parameter(first, name: "w")
    let x = DenseArray((0..<64).map { Double($0 % 3) }, shape: [2, 32])
    func expected(_ weight: DenseArray, transposed: Bool) -> DenseArray {
      var elements: [Double] = []
      for row in 0..<2 {
        for column in 0..<32 {
          var sum = 0.0
          for k in 0..<32 { sum += x[row, k] * (transposed ? weight[column, k] : weight[k, column]) }
          elements.append(sum)
        }
      }
      return DenseArray(elements, shape: [2, 32])
    }
    let tape = Tape(scalarType: .float64)
    func check(_ value: DenseArray, bound: DenseArray? = nil) {
      tape.reset()
      if let bound { tape.bind(w, to: bound) }
      for _ in 0..<2 {
        for transposed in [false, true] {
          let product = matmul(tape.constant(x), tape.parameter(w), transposeSecond: transposed)
          #expect(product.value == expected(value, transposed: transposed))
        }
      }
      tape.reset()
    }
    check(first)
    check(first)
    w.value = second
    check(second)
    w.value = first
    check(first)
    check(second, bound: second)
    check(first)
    var changed = first
    changed[3, 4] = 100
    w.update { $0[3, 4] = 100 }
    check(changed)
    w.update { $0[3, 4] = 1000 }
    changed[3, 4] = 1000
    check(changed)
    let held = w.value
    w.update { $0[0, 0] = -50 }
    changed[0, 0] = -50
    check(changed)
    w.value = held
    changed[0, 0] = held[0, 0]
    check(changed)
  }

  @Test(
    "products have the same bits with weights packed before, packed now, and not packed",
    arguments: InstructionSet.allCases.filter(\.isSupported), [ScalarType.float32, .float64])
  func packedBits(_ instructionSet: InstructionSet, _ scalarType: ScalarType) {
    // Few rows, and as many as tile registers are for.
    for rows in [9, 40] { checkPackedBits(instructionSet, scalarType, rows: rows) }
  }

  private func checkPackedBits(_ instructionSet: InstructionSet, _ scalarType: ScalarType, rows: Int) {
    let execution = Execution(instructionSet: instructionSet, threads: 2)
    let w = Parameter(uniform([70, 70], -0.1..<0.1).converted(to: scalarType), name: "w")
    let x = uniform([rows, 70], seed: 2).converted(to: scalarType)
    func run(_ tape: Tape, _ weight: Variable) -> [DenseArray] {
      var h = tape.variable(x)
      let first = h
      for _ in 0..<3 { h = tanh(matmul(matmul(h, weight), weight, transposeSecond: true)) }
      let loss = square(h).sum()
      return [h.value] + tape.gradients(of: [loss], withRespectTo: [first, weight])
    }
    func expectSameBits(_ a: [DenseArray], _ b: [DenseArray]) {
      for (first, second) in zip(a, b) { #expect(first.isBitIdentical(to: second)) }
    }
    let warm = Tape(scalarType: scalarType, execution: execution)
    let expected = run(warm, warm.parameter(w))
    for _ in 0..<3 {
      warm.reset()
      expectSameBits(run(warm, warm.parameter(w)), expected)
    }
    let fresh = Tape(scalarType: scalarType, execution: execution)
    expectSameBits(run(fresh, fresh.parameter(w)), expected)
    // A variable is packed when it is used again, a value that was just computed likewise.
    let other = Tape(scalarType: scalarType, execution: execution)
    expectSameBits(run(other, other.variable(w.value)), expected)
    other.reset()
    expectSameBits(run(other, other.parameter(w).reshaped(to: [4900]).reshaped(to: [70, 70]) + 0), expected)
    // Each product by itself, without a use before it.
    let product = Tape(scalarType: scalarType, execution: execution)
    let once = matmul(product.constant(x), product.variable(w.value)).value
    expectSameBits([once], [matmul(warm.constant(x), warm.parameter(w)).value])
    // One weight with few rows and with many in one recording, which may need it in two packed forms.
    let mixed = Tape(scalarType: scalarType, execution: execution)
    for _ in 0..<2 {
      mixed.reset()
      let weight = mixed.parameter(w)
      for count in [3, rows, 3, rows, 3] {
        let part = matmul(mixed.constant(x.slice(0..<count)), weight).value
        let alone = Tape(scalarType: scalarType, execution: execution)
        expectSameBits([part], [matmul(alone.constant(x.slice(0..<count)), alone.variable(w.value)).value])
      }
    }
  }

  @Test("a chain of a million operations is recorded, swept and torn down")
  func millionSteps() {
    #if DEBUG
      // Frames are larger without optimisation: fewer operations are enough to see a stack that grows with them.
      let (steps, expected) = (100_000, 1.1051708628)
    #else
      let (steps, expected) = (500_000, 1.6487208586)
    #endif
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([1.0]))
    var y = x
    for _ in 0..<steps { y = y * 1.000001 + 0.000001 }
    #expect(tape.operationCount == 2 * steps)
    // y = a x + b with a = 1.000001^steps.
    #expect(abs(tape.gradients(of: y)[x].item - expected) < 1e-6)
  }
}

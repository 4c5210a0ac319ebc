import Autodiff
import DenseArrays
import Testing

/// A random recording of arrays [2, 3] in which values are shared, viewed, put together and taken apart.
struct RandomRecording {
  let tape = Tape(scalarType: .float64)
  /// Leaves x, and a leaf for each intermediate value, all zeros, that is added to it.
  var leaves: [Variable] = []
  var additions: [Variable] = []
  /// Intermediate values, each with its addition.
  var values: [Variable] = []
  let loss: Variable

  init(seed: UInt64, length: Int = 14) {
    var random = RandomSource(seed: seed)
    let weight = tape.variable(uniform([3, 3], seed: seed + 1000))
    var pool: [Variable] = []
    for index in 0..<2 {
      let leaf = tape.variable(uniform([2, 3], seed: 10 * seed + UInt64(index)))
      leaves.append(leaf)
      pool.append(leaf)
    }
    leaves.append(weight)
    for _ in 0..<length {
      let addition = tape.variable(DenseArray(zeros: [2, 3], .float64))
      let made = RandomRecording.operation(
        Int.random(in: 0..<18, using: &random), pool.randomElement(using: &random)!,
        pool.randomElement(using: &random)!, weight)
      let value = made + addition
      additions.append(addition)
      values.append(value)
      pool.append(value)
    }
    loss = (pool[pool.count - 1] * pool[pool.count - 2] + pool[pool.count - 3]).sum()
  }

  private static func operation(_ kind: Int, _ a: Variable, _ b: Variable, _ weight: Variable) -> Variable {
    switch kind {
    case 0: return a + b
    case 1: return a - b
    case 2: return tanh(a) * b
    case 3: return a.reshaped(to: [3, 2]).reshaped(to: [6]).reshaped(to: [2, 3]) + a
    case 4:
      let flat = a.reshaped(to: [6])
      return concatenate([flat.slice(axis: 0, 3..<6), flat.slice(axis: 0, 0..<3)]).reshaped(to: [2, 3])
    case 5: return concatenate([a, b, a], axis: 0).slice(axis: 0, 3..<5)
    case 6: return stack([a, b, a])[2] - stack([a[0], b[1]])
    case 7: return a.transposed().transposed() + b.transposed().reshaped(to: [2, 3])
    case 8: return a[1].broadcast(to: [2, 3]) + b.sum(axes: [1], keepingAxes: true)
    case 9: return tanh(matmul(a, weight))
    case 10: return matmul(a, weight, transposeSecond: true) + matmul(b, weight)
    case 11: return tanh(matmul(matmul(a, b, transposeSecond: true), a))
    case 12: return gather(a, at: a.tape.constant(DenseArray([1, 1] as [Int32]))) - b
    case 13:
      let sums = cumulativeSum(a, axis: 1, reversed: true)
      return sums.padded(axis: 0, before: 1, after: 0).slice(axis: 0, 0..<2)
    case 14:
      let results = pointwise([a, b]) { [$0[0], $0[1], tanh($0[0]) - $0[1]] }
      return results[0] + results[1] * results[2]
    case 15:
      let parts = split(a, into: 3, axis: 1)
      return concatenate([parts[2], parts[0], parts[2]], axis: 1)
    case 16: return softmax(a) + a.broadcast(to: [4, 2, 3]).sum(axes: [0]) - a
    default: return -a + minimum(a, b)
    }
  }
}

/// Accumulators take over temporaries where nothing else reads them; these recordings would show if something else did.
@Suite("Sweeps over random recordings")
struct RandomRecordingTests {
  @Test("give an intermediate value the cotangent of a zero that was added to it", arguments: 0..<80)
  func intermediates(_ seed: Int) {
    let recording = RandomRecording(seed: UInt64(seed))
    var random = RandomSource(seed: UInt64(seed) + 5000)
    let tape = recording.tape
    let all = recording.leaves + recording.additions + recording.values
    let before = all.map(\.value)
    let ofLeavesAndAdditions = tape.gradients(
      of: [recording.loss], withRespectTo: recording.leaves + recording.additions)
    let expected = ofLeavesAndAdditions + ofLeavesAndAdditions.suffix(recording.additions.count)
    for _ in 0..<4 {
      // Whatever else is asked for.
      let subset = all.indices.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      let plain = tape.gradients(of: [recording.loss], withRespectTo: subset.map { all[$0] })
      let recorded = tape.recordedGradients(of: recording.loss, withRespectTo: subset.map { all[$0] })
      for (position, index) in subset.enumerated() {
        // Contributions to a weight or a slice are put together in an order that depends on what is asked for.
        #expect(plain[position].isClose(to: expected[index], tolerance: 1e-13))
        #expect(recorded[position].value.isClose(to: expected[index], tolerance: 1e-13))
      }
      let again = tape.gradients(of: [recording.loss], withRespectTo: subset.map { all[$0] })
      for (a, b) in zip(plain, again) { #expect(a.isBitIdentical(to: b)) }
    }
    for (variable, value) in zip(all, before) { #expect(variable.value.isBitIdentical(to: value)) }
    let last = tape.gradients(of: recording.loss)
    for (index, leaf) in recording.leaves.enumerated() {
      #expect(last[leaf].isClose(to: expected[index], tolerance: 1e-13))
    }
  }

  @Test("satisfy <u, Jv> = <J'u, v> for any set of leaves and intermediate values", arguments: 0..<80)
  func adjointIdentity(_ seed: Int) {
    let recording = RandomRecording(seed: UInt64(seed))
    var random = RandomSource(seed: UInt64(seed) + 6000)
    let all = recording.leaves + recording.additions + recording.values
    for round in 0..<4 {
      let subset = all.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      let outputs = [recording.loss, recording.values[recording.values.count - 2], recording.values[3]]
      let u = outputs.enumerated().map { uniform($1.shape, seed: UInt64(7000 + round * 10 + $0)) }
      let v = subset.enumerated().map { uniform($1.shape, seed: UInt64(8000 + round * 50 + $0)) }
      let product = recording.tape.tangents(of: outputs, along: subset, tangents: v)
      let transposed = recording.tape.gradients(of: outputs, seeds: u, withRespectTo: subset)
      #expect(abs(dot(u, product) - dot(transposed, v)) <= 1e-12 * norm(u) * norm(product) + 1e-300)
      let recorded = recording.tape.recordedTangents(
        of: outputs, along: subset, tangents: v.map { recording.tape.constant($0) })
      for (a, b) in zip(recorded, product) { #expect(a.value.isClose(to: b, tolerance: 1e-13)) }
    }
  }

  @Test("give Hessian products that are symmetric and the same by both orders of modes", arguments: 0..<40)
  func hessians(_ seed: Int) {
    let recording = RandomRecording(seed: UInt64(seed))
    let variables = recording.leaves
    let hessian = recording.tape.hessian(of: recording.loss, withRespectTo: variables)
    let gradients = recording.tape.recordedGradients(of: recording.loss, withRespectTo: variables)
    let v = variables.enumerated().map { uniform($1.shape, seed: UInt64(seed * 10 + $0)) }
    let w = variables.enumerated().map { uniform($1.shape, seed: UInt64(9000 + seed * 10 + $0)) }
    let hv = hessian.product(v)
    let hw = hessian.product(w)
    #expect(abs(dot(w, hv) - dot(v, hw)) <= 1e-12 * (norm(w) * norm(hv) + norm(v) * norm(hw)) + 1e-300)
    let reverse = recording.tape.gradients(of: gradients, seeds: v, withRespectTo: variables)
    for (a, b) in zip(hv, reverse) { #expect(a.isClose(to: b, tolerance: 1e-12)) }
  }
}

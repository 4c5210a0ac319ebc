import DenseArrays
import GradientChecking
import Testing

@testable import Autodiff

/// A primitive whose rules are those of another one, with a mistake.
final class PrimitiveWithMistake: Primitive, @unchecked Sendable {
  enum Mistake: String, CaseIterable, Sendable {
    /// Cotangents are too large by a millionth.
    case scaledCotangents
    /// Nothing is pushed.
    case droppedCotangents
    /// The first element of each cotangent is wrong, and all others are right.
    case oneWrongElement
    /// A recorded sweep gives other numbers than a plain one.
    case wrongWhenRecorded
    /// The numbers are right and their own derivatives are lost.
    case lostHistory
    /// Tangents are too large by a millionth.
    case scaledTangents
    /// No tangent is set.
    case droppedTangents
  }

  let original: Primitive
  let mistake: Mistake

  init(_ original: Primitive, _ mistake: Mistake) {
    self.original = original
    self.mistake = mistake
    super.init(name: original.name)
  }

  override func reverse(_ operation: ReverseOperation) {
    let tape = operation.tape
    let sweep = tape.sweep
    let before = sweep.pointee.pushes.count
    original.reverse(operation)
    if mistake == .droppedCotangents { return sweep.pointee.pushes.truncate(to: before) }
    let isRecorded = tape.core.pointee.mode != .valuesOnly
    for index in before..<sweep.pointee.pushes.count {
      let pushed = Variable(tape: tape, slot: sweep.pointee.pushes[index].source)
      let changed: Variable
      switch mistake {
      case .scaledCotangents: changed = pushed * (1 + 1e-6)
      case .wrongWhenRecorded where isRecorded: changed = pushed * (1 + 1e-6)
      case .lostHistory where isRecorded: changed = pushed.detach()
      case .oneWrongElement:
        var error = [Double](repeating: 0, count: pushed.count)
        error[0] = 1e-5
        changed = pushed + tape.constant(DenseArray(error, shape: pushed.shape))
      default: continue
      }
      sweep.pointee.pushes.base[index].source = changed.slot
    }
  }

  override func forward(_ operation: ForwardOperation) {
    original.forward(operation)
    let tangents = operation.tape.sweep
    for position in 0..<operation.resultCount {
      let slot = Int(operation.view.resultSlot(position))
      guard tangents.pointee.tangents[slot] >= 0 else { continue }
      switch mistake {
      case .scaledTangents:
        let tangent = Variable(tape: operation.tape, slot: tangents.pointee.tangents[slot])
        let scaled = tangent * (1 + 1e-6)
        tangents.pointee.tangents[slot] = scaled.slot
      case .droppedTangents: tangents.pointee.tangents[slot] = -1
      default: break
      }
    }
  }
}

/// A function whose derivatives need a primitive's rules, to second order.
struct PrimitiveUse: Sendable, CustomTestStringConvertible {
  let primitive: Primitive
  let inputs: [DenseArray]
  let function: @Sendable ([Variable]) -> Variable

  var testDescription: String { primitive.name }

  private static let matrix = uniform([2, 3], seed: 31)
  private static let labels = DenseArray([2, 0] as [Int32])

  /// One use for each primitive of the library that has derivatives. What follows the primitive is a bilinear form made by
  /// products and sums where the primitive is pointwise, and pointwise elsewhere, so that second derivatives are not zero.
  static let all: [PrimitiveUse] = [
    PrimitiveUse(primitive: PointwisePrimitive.shared, inputs: [matrix, uniform([3], seed: 32)]) {
      ($0[0] * tanh($0[1])).sum()
    },
    PrimitiveUse(primitive: MatrixProductPrimitive.shared, inputs: [matrix, uniform([3, 2], seed: 32)]) {
      square(matmul($0[0], $0[1]))
    },
    PrimitiveUse(primitive: SumPrimitive.shared, inputs: [matrix]) { square($0[0].sum(axes: [1])) },
    PrimitiveUse(primitive: BroadcastPrimitive.shared, inputs: [uniform([3], seed: 32)]) {
      square($0[0].broadcast(to: [2, 3]))
    },
    PrimitiveUse(primitive: ReshapePrimitive.shared, inputs: [matrix]) { square($0[0].reshaped(to: [6])) },
    PrimitiveUse(primitive: TransposePrimitive.shared, inputs: [matrix]) { square($0[0].transposed()) },
    PrimitiveUse(primitive: SlicePrimitive.shared, inputs: [matrix]) { square($0[0].slice(axis: 1, 1..<3)) },
    PrimitiveUse(primitive: PadPrimitive.shared, inputs: [matrix]) {
      square($0[0].padded(axis: 1, before: 1, after: 2))
    },
    PrimitiveUse(primitive: ConcatenatePrimitive.shared, inputs: [matrix, uniform([2, 1], seed: 32)]) {
      square(concatenate([$0[0], $0[1]], axis: 1))
    },
    PrimitiveUse(primitive: GatherPrimitive.shared, inputs: [matrix, DenseArray([1, 0, 1] as [Int32])]) {
      square(gather($0[0], at: $0[1]))
    },
    PrimitiveUse(primitive: ScatterAddPrimitive.shared, inputs: [matrix, DenseArray([1, 1] as [Int32])]) {
      square(scatterAdd($0[0], at: $0[1], rows: 3))
    },
    PrimitiveUse(primitive: PickPrimitive.shared, inputs: [matrix, labels]) { square(pick($0[0], at: $0[1])) },
    PrimitiveUse(primitive: PlacePrimitive.shared, inputs: [uniform([2], seed: 32), labels]) {
      square(place($0[0], at: $0[1], classes: 3))
    },
    PrimitiveUse(primitive: CumulativeSumPrimitive.shared, inputs: [matrix]) { square(cumulativeSum($0[0], axis: 1)) },
    PrimitiveUse(primitive: LogSumExpPrimitive.shared, inputs: [matrix]) { square(logSumExp($0[0])) },
    PrimitiveUse(primitive: CrossEntropyPrimitive.shared, inputs: [matrix, labels]) {
      square(crossEntropy($0[0], labels: $0[1]))
    },
    PrimitiveUse(primitive: CheckpointPrimitive.shared, inputs: [matrix, uniform([3, 2], seed: 32)]) { inputs in
      // The second input is read from the surrounding tape.
      square(checkpoint([inputs[0]]) { [tanh(matmul($0[0], inputs[1]))] }[0])
    },
    PrimitiveUse(
      primitive: ScanPrimitive.shared, inputs: [uniform([3, 2, 2], seed: 31), matrix, uniform([3, 3], seed: 33)]
    ) { inputs in
      // Rows of a sequence, a state and a captured weight go in; an output and the last state come out.
      let result = scan([inputs[0]], from: [inputs[1]]) { _, x, states in
        let h = tanh(matmul(states[0], inputs[2]) + x[0].sum())
        return ([h * x[0].sum()], [h])
      }
      return square(result.outputs[0].sum(axes: [0]) + result.states[0])
    },
    PrimitiveUse(primitive: UserSquareRoot.shared, inputs: [uniform([2, 3], 0.5..<2, seed: 33)]) {
      square(userSquareRoot($0[0]) + $0[0])
    },
  ]
}

/// A gradient check that finds nothing has to be one that would have found something.
@Suite("A mistake in a rule")
struct PlantedErrorTests {
  @Test("is found by the gradient check", arguments: PrimitiveUse.all, PrimitiveWithMistake.Mistake.allCases)
  func isFound(_ use: PrimitiveUse, _ mistake: PrimitiveWithMistake.Mistake) {
    let wrong = PrimitiveWithMistake(use.primitive, mistake)
    let report = checkGradients(at: use.inputs) { inputs in
      inputs[0].tape.ruleSubstitutions = [ObjectIdentifier(use.primitive): wrong]
      return use.function(inputs)
    }
    #expect(!report.passed)
    #expect(!report.failures.isEmpty)
    #expect(report.resamples == 0, "a mistake is no kink")
    let comparisons = Set(report.failures.map(\.comparison))
    switch mistake {
    case .scaledCotangents, .droppedCotangents, .oneWrongElement:
      #expect(comparisons.contains(.reverse))
      #expect(!comparisons.contains(.forward))
      #expect(report.failures.allSatisfy { $0.order == 1 })
    case .wrongWhenRecorded: #expect(comparisons == [.recorded])
    case .lostHistory: #expect(comparisons.contains(.hessianReverse))
    case .scaledTangents, .droppedTangents:
      #expect(comparisons.contains(.forward))
      #expect(!comparisons.contains(.reverse))
    }
  }

  @Test("is not there without one", arguments: PrimitiveUse.all)
  func passesWithoutMistake(_ use: PrimitiveUse) {
    let report = checkGradients(at: use.inputs, use.function)
    #expect(report.passed, "\(report)")
  }

  @Test("of a large array is found along random directions, and located")
  func isFoundInLargeArrays() {
    let inputs = [uniform([3, 40], seed: 34), uniform([40, 30], -0.2..<0.2, seed: 35)]
    let wrong = PrimitiveWithMistake(MatrixProductPrimitive.shared, .oneWrongElement)
    let report = checkGradients(at: inputs, named: ["x", "weights"]) { inputs in
      inputs[0].tape.ruleSubstitutions = [ObjectIdentifier(MatrixProductPrimitive.shared): wrong]
      return tanh(matmul(inputs[0], inputs[1])).sum()
    }
    // The first element of the cotangent of x is wrong, and of delta, which makes the weights' first column wrong.
    let places = Set(report.failures.filter { $0.comparison == .reverse }.map { "\($0.name)\($0.index ?? [])" })
    #expect(places.contains("x[0, 0]"))
    #expect(places.contains { $0.hasPrefix("weights[") && $0.hasSuffix(", 0]") })
  }
}

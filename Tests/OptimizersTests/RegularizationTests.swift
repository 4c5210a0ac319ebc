import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("Pascanu's penalty on vanishing gradients")
struct RegularizationTests {
  struct Net: Module {
    let layer: Recurrent<Elman>
    let inputs, targets: DenseArray

    init() {
      var random = RandomSource(seed: 8)
      layer = Recurrent(Elman(inputSize: 2, hiddenSize: 3, using: &random))
      inputs = DenseArray.normal([4, 2, 2], .float64, using: &random)
      targets = DenseArray.normal([2, 3], .float64, using: &random)
      convert(to: .float64)
    }

    var weights: Parameter { layer.cell.hidden.recurrentWeights }

    func penalty(_ tape: Tape, isComplete: Bool) throws -> (loss: Variable, penalty: Variable, kept: KeptValue) {
      let run = layer.scanned(tape.constant(inputs), options: ScanOptions(keeps: ["preactivation"]))
      let loss = meanSquaredError(run.result.outputs[0][3], targets: targets)
      let kept = try #require(run.result.kept["preactivation"])
      let penalty = vanishingGradientPenalty(
        of: loss, preactivations: kept, recurrentWeights: tape.parameter(weights), isComplete: isComplete
      ) { a in 1 - tanh(a) * tanh(a) }
      return (loss, penalty, kept)
    }
  }

  /// Omega by hand, from preactivations, their gradients and weights.
  private func omega(_ a: [Double], _ delta: [Double], _ w: [Double]) -> Double {
    var sum = 0.0
    for step in 0..<3 {
      for row in 0..<2 {
        let (start, next) = ((step * 2 + row) * 3, ((step + 1) * 2 + row) * 3)
        var (norm, reference) = (0.0, 0.0)
        for column in 0..<3 {
          let back = (0..<3).reduce(0.0) { $0 + delta[next + $1] * w[$1 * 3 + column] }
          let slope = 1 - Foundation.pow(Foundation.tanh(a[start + column]), 2)
          norm += back * slope * back * slope
          reference += delta[next + column] * delta[next + column]
        }
        let ratio = (norm / reference).squareRoot()
        sum += (ratio - 1) * (ratio - 1) / 2
      }
    }
    return sum
  }

  // Central differences of a smooth function at h = 1e-5: errors of h^2 and 1e-16 / h, both about 1e-10.
  @Test("the immediate derivative is that in the weights alone, of the value by hand")
  func immediate() throws {
    let net = Net()
    let tape = Tape(scalarType: .float64)
    let (loss, penalty, kept) = try net.penalty(tape, isComplete: false)
    let a = kept.values.value.elements
    let delta = tape.gradients(of: [loss], withRespectTo: [kept.probe])[0].elements
    let w = net.weights.value.elements
    #expect(abs(penalty.item - omega(a, delta, w)) < 1e-13)
    let gradients = tape.gradients(of: penalty)
    for (index, found) in gradients[net.weights].elements.enumerated() {
      var (up, down) = (w, w)
      up[index] += 1e-5
      down[index] -= 1e-5
      #expect(abs(found - (omega(a, delta, up) - omega(a, delta, down)) / 2e-5) < 1e-8)
    }
    // Nothing else has a gradient: a and delta are constants.
    for (name, parameter) in net.parameters where name != net.parameters.name(of: net.weights) {
      #expect(gradients[parameter].elements.allSatisfy { $0 == 0 })
    }
  }

  @Test("the complete derivative is that of the whole computation")
  func complete() throws {
    let net = Net()
    let tape = Tape(scalarType: .float64)
    let gradients = tape.gradients(of: try net.penalty(tape, isComplete: true).penalty)
    let found = net.parameters.map { gradients[$0.parameter].elements }
    func value() throws -> Double {
      tape.reset()
      defer { tape.reset() }
      return try net.penalty(tape, isComplete: true).penalty.item
    }
    for (position, element) in net.parameters.enumerated() {
      let before = element.parameter.value
      for index in 0..<before.count {
        func moved(_ change: Double) throws -> Double {
          var elements = before.elements
          elements[index] += change
          element.parameter.value = DenseArray(elements, shape: before.shape)
          return try value()
        }
        let difference = (try moved(1e-5) - moved(-1e-5)) / 2e-5
        #expect(abs(found[position][index] - difference) < 1e-7 * (1 + abs(difference)))
      }
      element.parameter.value = before
    }
  }

  @Test("a sequence whose gradient is zero adds nothing, and nothing is NaN")
  func zero() throws {
    let net = Net()
    let tape = Tape(scalarType: .float64)
    let run = net.layer.scanned(tape.constant(net.inputs), options: ScanOptions(keeps: ["preactivation"]))
    let kept = try #require(run.result.kept["preactivation"])
    // Only the second step is asked for: nothing arrives at the third and the fourth.
    let loss = square(run.result.outputs[0][1]).sum()
    let penalty = vanishingGradientPenalty(
      of: loss, preactivations: kept, recurrentWeights: tape.parameter(net.weights)
    ) { a in 1 - tanh(a) * tanh(a) }
    #expect(penalty.item.isFinite && penalty.item > 0)
    #expect(tape.gradients(of: penalty)[net.weights].elements.allSatisfy { $0.isFinite })
  }
}

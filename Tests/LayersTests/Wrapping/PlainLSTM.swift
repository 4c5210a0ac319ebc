import Autodiff
import DenseArrays
import Foundation
import Layers

/// The long short-term memory in loops over numbers, with places where regularisers act.
struct PlainLSTM {
  /// By gate: input, forget, candidate, output.
  private let w, u: [[[Double]]]
  private let b: [[Double]]

  /// What is done at step `t` to member `row` of the batch; nothing unless said.
  var input: (_ t: Int, _ row: Int, _ x: [Double]) -> [Double] = { $2 }
  var recurrent: (_ gate: Int, _ row: Int, _ h: [Double]) -> [Double] = { $2 }
  var weights: (_ gate: Int, _ u: [[Double]]) -> [[Double]] = { $1 }
  var candidate: (_ t: Int, _ row: Int, _ g: [Double]) -> [Double] = { $2 }
  var state: (_ t: Int, _ row: Int, _ array: Int, _ old: [Double], _ new: [Double]) -> [Double] = { $4 }

  init(_ cell: LSTM) {
    let gates = [cell.input, cell.forget, cell.candidate, cell.output]
    func rows(_ array: DenseArray) -> [[Double]] { (0..<array.shape[0]).map { array.row($0).elements } }
    w = gates.map { rows($0.inputWeights.value) }
    u = gates.map { rows($0.recurrentWeights.value) }
    b = gates.map { $0.bias?.value.elements ?? [] }
  }

  /// The outputs for inputs of shape [time, batch, features].
  func outputs(_ inputs: DenseArray) -> DenseArray {
    let (time, batch, n) = (inputs.shape[0], inputs.shape[1], b[0].count)
    func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
      matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    func sigmoid(_ a: Double) -> Double { 1 / (1 + Foundation.exp(-a)) }
    let recurrentWeights = u.indices.map { weights($0, u[$0]) }
    var h = [[Double]](repeating: [Double](repeating: 0, count: n), count: batch)
    var c = h
    var result: [Double] = []
    for t in 0..<time {
      for row in 0..<batch {
        let x = input(t, row, inputs.row(t).row(row).elements)
        let sums = (0..<4).map { gate -> [Double] in
          let (wx, uh) = (product(w[gate], x), product(recurrentWeights[gate], recurrent(gate, row, h[row])))
          return (0..<n).map { wx[$0] + uh[$0] + b[gate][$0] }
        }
        let g = candidate(t, row, sums[2].map { Foundation.tanh($0) })
        let memory = (0..<n).map { sigmoid(sums[1][$0]) * c[row][$0] + sigmoid(sums[0][$0]) * g[$0] }
        let output = (0..<n).map { sigmoid(sums[3][$0]) * Foundation.tanh(memory[$0]) }
        h[row] = state(t, row, 0, h[row], output)
        c[row] = state(t, row, 1, c[row], memory)
        result += h[row]
      }
    }
    return DenseArray(result, shape: [time, batch, n])
  }
}

import Autodiff
import DenseArrays
import Layers
import Testing

/// Every cell of `CellCase.all`, scanned and unrolled.
@Suite("Cells through a scan")
struct ScannedCellTests {
  struct Setting: CustomTestStringConvertible, Sendable {
    var time: Int
    var direction = Direction.forward
    var lengths: [Int]?
    var learnsInitialState = false
    var testDescription: String {
      "\(time) steps, \(direction), lengths \(lengths ?? []), initial state learned: \(learnsInitialState)"
    }
  }

  static let settings: [Setting] = [1, 2, 17].flatMap { time in
    [Direction.forward, .backward].flatMap { direction in
      [
        Setting(time: time, direction: direction),
        Setting(time: time, direction: direction, lengths: [time, 0, 1, (time + 1) / 2]),
        Setting(time: time, direction: direction, learnsInitialState: true),
      ]
    }
  }

  // Sums of some hundred terms of order 1, in another order.
  @Test("are traced, and equal the loop in outputs, states and gradients", arguments: CellCase.all, settings)
  func equalsLoop(_ cell: CellCase, _ setting: Setting) throws {
    struct Check: CellTest {
      let setting: Setting
      func run<Cell: RecurrentCell>(_ cell: Cell, isUnrolled: Bool) -> ([(String, DenseArray)], ScanReport) {
        let layer = Recurrent(cell, learnsInitialState: setting.learnsInitialState, isUnrolled: isUnrolled)
        var random = RandomSource(seed: 11)
        let data = DenseArray.normal([setting.time, 4, 3], .float64, using: &random)
        for parameter in layer.initialState {
          parameter.value = DenseArray.normal(parameter.shape, .float64, using: &random)
        }
        let tape = Tape(scalarType: .float64)
        let inputs = tape.variable(data)
        let (result, last) = layer.scanned(
          inputs, options: ScanOptions(isReversed: setting.direction == .backward, lengths: setting.lengths))
        var loss = (result.outputs[0] * (1 + result.outputs[0])).sum()
        for (index, state) in last.variables.enumerated() { loss = loss + Double(index + 2) * sin(state).sum() }
        var values = [("outputs", result.outputs[0].value)]
        for (index, value) in last.values.enumerated() { values.append(("state \(index)", value)) }
        let parameters = layer.parameters
        let variables = [inputs] + parameters.map { tape.parameter($0.parameter) }
        let hessian = tape.hessian(of: loss, withRespectTo: variables).product(variables.map(\.value))
        for (index, array) in hessian.enumerated() { values.append(("Hessian product \(index)", array)) }
        let gradients = tape.gradients(of: loss)
        values.append(("gradient of the inputs", gradients[inputs]))
        for (name, parameter) in parameters { values.append(("gradient of \(name)", gradients[parameter])) }
        return (values, result.report)
      }

      func check<Cell: RecurrentCell>(_ cell: Cell) {
        let (traced, report) = run(cell, isUnrolled: false)
        let (unrolled, _) = run(cell, isUnrolled: true)
        #expect(report.reason == nil && report.body != nil)
        #expect(traced.count == unrolled.count)
        for (a, b) in zip(traced, unrolled) { #expect(a.1.isClose(to: b.1, tolerance: 1e-12), "\(a.0)") }
      }
    }
    try cell.run(Check(setting: setting))
  }
}

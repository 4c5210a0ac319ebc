import DenseArrays
import Testing

@testable import CellComparison

@Suite("Mistakes in drawings and studies")
struct MistakeTests {
  private func expectMessage(_ message: String, in result: ExitTest.Result?) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Fatal error: \(message)\n"), "\(output)")
  }

  @Test("values of one axis are no heat map")
  func heatMap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = HeatMap(title: "gate", values: DenseArray(zeros: [3]))
    }
    expectMessage("HeatMap \"gate\": values of shape [3]; expected [time, units]", in: result)
  }

  @Test("a transition leads from a state to a state")
  func transition() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AutomatonDrawing(title: "t", states: [.init(label: "a")], transitions: [.init(from: 0, to: 1, label: "x")])
    }
    expectMessage("AutomatonDrawing \"t\": a transition from state 0 to 1 of 1", in: result)
  }

  @Test("an adder's delay has bounds")
  func adder() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MooreMachine.adder(delay: 17)
    }
    expectMessage("MooreMachine.adder: a delay of 17; expected 0 to 16", in: result)
  }

  @Test("counts of an inspection are positive")
  func inspection() async {
    let addition = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AdditionInspection(digits: 1)
    }
    expectMessage(
      "AdditionInspection: 3 hidden units, 1 training steps, 1000 sums of 1 digits, delay 0, 1 threads; expected at "
        + "least 1, 2 digits, and a delay of 0 to 16", in: addition)
  }
}

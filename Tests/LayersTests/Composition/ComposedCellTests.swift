import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

/// What every cell made of cells has to do.
@Suite("Every cell made of cells")
struct ComposedCellTests {
  private static func inputs(_ steps: Int = 6, _ batch: Int = 2) -> DenseArray {
    normal([steps, batch, ComposedCase.inputSize])
  }

  #if DEBUG
    // Every third one, which is at least one for each way and each kind of cell, over two steps: differences take long
    // without optimisation.
    private static let withDifferences = stride(from: 0, to: ComposedCase.all.count, by: 3).map { ComposedCase.all[$0] }
    private static let differenceSteps = 2
  #else
    private static let withDifferences = ComposedCase.all
    private static let differenceSteps = 5
  #endif

  @Test("derivatives are those of differences, a learned initial state's too", arguments: withDifferences)
  func gradients(composed: ComposedCase) {
    let layer = Recurrent(composed.make(), learnsInitialState: true)
    for (index, parameter) in layer.initialState.enumerated() {
      parameter.value = normal(parameter.shape, seed: UInt64(index + 20))
    }
    var options = GradientCheckOptions()
    options.order = 1
    options.elementLimit = 8
    let report = checkGradients(of: layer, at: [Self.inputs(Self.differenceSteps, 2)], options: options) { _, inputs in
      layer(inputs[0]).outputs
    }
    #expect(report.passed, "\(report)")
  }

  @Test(
    "every parameter gets a gradient that is not zero, and a learned initial state too", arguments: ComposedCase.all)
  func everyParameter(composed: ComposedCase) {
    let layer = Recurrent(composed.make(), learnsInitialState: true)
    let tape = Tape(scalarType: .float64)
    let gradients = tape.gradients(of: layer(tape.constant(Self.inputs(7, 2))).outputs.weighted)
    func isAlive(_ parameter: Parameter) -> Bool { gradients[parameter].elements.contains { $0 != 0 } }
    for (name, parameter) in layer.parameters {
      #expect(gradients[parameter].elements.allSatisfy { $0.isFinite }, "\(name)")
    }
    for (name, parameter) in layer.cell.parameters { #expect(isAlive(parameter), "\(name)") }
    // Not all: a matrix memory's stabiliser at first scales nothing but zeros.
    #expect(layer.initialState.contains(where: isAlive))
  }

  // Sums in another order: some hundred roundings of numbers of size 1.
  @Test("a scan is traced and is a loop, with lengths and masks too", arguments: ComposedCase.all)
  func scan(composed: ComposedCase) {
    let cell = composed.make()
    let mask = DenseArray([1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1] as [Double], shape: [6, 2])
    for options in [ScanOptions(), ScanOptions(isReversed: true, lengths: [6, 3]), ScanOptions(mask: mask)] {
      func run(_ isUnrolled: Bool) -> [DenseArray] {
        let tape = Tape(scalarType: .float64)
        let x = tape.variable(Self.inputs())
        let layer = Recurrent(cell, isUnrolled: isUnrolled)
        let result = layer.run(x, from: nil, options: options, isTraining: false)
        #expect((result.scans[0].report.body != nil) == !isUnrolled)
        if !isUnrolled { #expect(result.unrolledReason == nil) }
        let values = [result.outputs.value] + result.finalState.values
        let gradients = tape.gradients(of: result.outputs.weighted)
        return values + [gradients[x]] + cell.parameters.map { gradients[$0.parameter] }
      }
      for (index, (scanned, looped)) in zip(run(false), run(true)).enumerated() {
        #expect(scanned.isClose(to: looped, tolerance: 1e-12), "array \(index)")
      }
    }
  }

  // Products of another number of rows sum in another order.
  @Test("a batch with lengths is its sequences one by one, and padding is nothing", arguments: ComposedCase.all)
  func lengths(composed: ComposedCase) {
    let tape = Tape(scalarType: .float64)
    let layer = Recurrent(composed.make())
    let lengths = [5, 0, 3]
    var data = Self.inputs(5, 3)
    for (sequence, length) in lengths.enumerated() {
      for step in length..<5 { data[step, sequence, 1] = .nan }
    }
    let x = tape.variable(data)
    let (outputs, last) = layer(x, lengths: lengths)
    let zero = layer.startState(batch: 1, on: tape).values
    for (sequence, length) in lengths.enumerated() {
      let row = sequence..<sequence + 1
      let padding = outputs.part(steps: length..<5, sequences: row).value.elements
      #expect(padding.allSatisfy { $0 == 0 })
      guard length > 0 else {
        for (array, zero) in zip(last.values, zero) {
          #expect(array.slice(row).isBitIdentical(to: zero))
        }
        continue
      }
      let (alone, lastAlone) = layer(x.part(steps: 0..<length, sequences: row))
      let found = outputs.part(steps: 0..<length, sequences: row).value
      expectClose(found, alone.value, tolerance: 1e-12, "sequence \(sequence)")
      for (a, b) in zip(last.values, lastAlone.values) {
        expectClose(a.slice(row), b, tolerance: 1e-12, "last state of sequence \(sequence)")
      }
    }
    let gradient = tape.gradients(of: outputs.weighted)[x]
    for (sequence, length) in lengths.enumerated() {
      // Between the first step and the length there may be steps that a slow cell does not read.
      for step in 0..<5 where step == 0 || step >= length {
        let isZero = (0..<3).allSatisfy { gradient[step, sequence, $0] == 0 }
        #expect(isZero == (step >= length), "step \(step) of sequence \(sequence)")
      }
    }
  }

  @Test("a masked step is a step that is not there", arguments: ComposedCase.all)
  func mask(composed: ComposedCase) {
    let tape = Tape(scalarType: .float64)
    let layer = Recurrent(composed.make())
    let steps = [[0, 2, 3, 5], [1, 2, 3, 4]]
    var mask = DenseArray(zeros: [6, 2], .float64)
    for (sequence, steps) in steps.enumerated() {
      for step in steps { mask[step, sequence] = 1 }
    }
    let x = tape.constant(Self.inputs())
    let (outputs, last) = layer(x, mask: mask)
    for (sequence, steps) in steps.enumerated() {
      let row = sequence..<sequence + 1
      let (alone, lastAlone) = layer(stack(steps.map { x[$0].slice(axis: 0, row) }))
      for (position, step) in steps.enumerated() {
        expectClose(
          outputs[step].slice(axis: 0, row).value, alone[position].value, tolerance: 1e-12, "sequence \(sequence)")
      }
      for (a, b) in zip(last.values, lastAlone.values) {
        expectClose(a.slice(row), b, tolerance: 1e-12, "last state of sequence \(sequence)")
      }
    }
  }

  @Test("a sequence is its chunks, with the state carried over as values", arguments: ComposedCase.all)
  func chunks(composed: ComposedCase) {
    let cell = composed.make()
    let data = Self.inputs()
    let layer = Recurrent(cell)
    let tape = Tape(scalarType: .float64)
    let whole = layer(tape.constant(data)).outputs.value
    let (first, middle) = layer(tape.constant(data.slice(0..<3)))
    expectClose(first.value, whole.slice(0..<3), tolerance: 1e-12, "first part")
    let second = layer(tape.constant(data.slice(3..<6)), from: cell.state(from: middle.values, on: tape)).outputs
    expectClose(second.value, whole.slice(3..<6), tolerance: 1e-12, "second part")
  }

  @Test("streamed one step at a time it gives the same", arguments: ComposedCase.all)
  func streaming(composed: ComposedCase) {
    let layer = Recurrent(composed.make(), learnsInitialState: true)
    for parameter in layer.initialState { parameter.value = normal(parameter.shape, seed: 21) }
    let data = Self.inputs()
    let tape = Tape(scalarType: .float64)
    let whole = layer(tape.constant(data)).outputs.value
    let stream = StreamingCell(layer)
    var state = stream.startState(batch: 2)
    for step in 0..<6 {
      let (output, next) = stream.step(data.row(step), from: state)
      expectClose(output, whole.row(step), tolerance: 1e-12, "step \(step)")
      state = next
    }
  }

  @Test("what is saved is restored", arguments: ComposedCase.all)
  func saving(composed: ComposedCase) throws {
    func outputs(_ cell: AnyRecurrentCell) -> DenseArray {
      let tape = Tape(scalarType: .float64)
      return Recurrent(cell)(tape.constant(Self.inputs())).outputs.value
    }
    let (saved, restored) = (composed.make(), composed.make(seed: 5))
    #expect(!outputs(saved).isBitIdentical(to: outputs(restored)))
    try restored.load(saved.state)
    #expect(outputs(saved).isBitIdentical(to: outputs(restored)))
  }
}

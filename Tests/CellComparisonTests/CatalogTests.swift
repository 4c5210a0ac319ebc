import Autodiff
import DenseArrays
import GradientChecking
import Layers
public import Testing

@testable public import CellComparison

extension CellDescription: CustomTestStringConvertible {
  public var testDescription: String { name }
}

extension CellCatalog {
  /// All cells. Without optimisation, where tests of all of them take minutes, every third one from a given one on: tests
  /// that begin at 0, 1 and 2 share the catalogue.
  static func tested(from first: Int) -> [CellDescription] {
    #if DEBUG
      stride(from: first, to: all.count, by: 3).map { all[$0] }
    #else
      all
    #endif
  }
}

/// What every cell of the catalogue has to do.
@Suite("Every cell of the catalogue")
struct CatalogTests {
  private static let inputSize = 3

  private static func inputs(_ steps: Int = 6, _ batch: Int = 2) -> DenseArray {
    var random = RandomSource(seed: 6)
    return DenseArray.normal([steps, batch, inputSize], .float64, using: &random)
  }

  /// Inputs on which every parameter of a cell matters.
  private static func telling(_ description: CellDescription) -> DenseArray {
    var inputs = inputs()
    // A cell for missing values has parameters that only these need; the second number is missing twice in a row.
    if description.name == "gru-d" {
      for (step, number) in [(1, 0), (2, 1), (3, 1), (4, 2)] { inputs[step, 0, number] = .nan }
    }
    return inputs
  }

  /// A small cell in float64, whose parameters are moved a little from where they start, so that zeros hide nothing.
  private static func makeCell(_ description: CellDescription, seed: UInt64 = 4) -> any RecurrentCell {
    var random = RandomSource(seed: seed)
    let cell = description.makeCell(inputSize, 4, &random)
    cell.convert(to: .float64)
    for (_, parameter) in cell.parameters {
      let change = DenseArray.normal(parameter.shape, standardDeviation: 0.1, .float64, using: &random)
      parameter.value = DenseArray(
        zip(parameter.value.elements, change.elements).map { $0 + $1 }, shape: parameter.shape)
    }
    return cell
  }

  private func expectClose(_ found: DenseArray, _ expected: DenseArray, _ tolerance: Double, _ what: String) {
    #expect(
      found.shape == expected.shape && found.isClose(to: expected, tolerance: tolerance),
      "\(what): differs by \(found.maximumDifference(from: expected))")
  }

  /// A loss that weighs every output differently, so that no symmetry cancels a gradient.
  private func loss(_ outputs: Variable) -> Variable {
    var random = RandomSource(seed: 9)
    return (outputs * outputs.tape.constant(DenseArray.normal(outputs.shape, .float64, using: &random))).sum()
  }

  @Test("names are unique")
  func names() {
    #expect(Set(CellCatalog.all.map(\.name)).count == CellCatalog.all.count)
  }

  @Test("derivatives are those of differences", arguments: CellCatalog.tested(from: 0))
  func gradients(description: CellDescription) {
    var options = GradientCheckOptions()
    options.order = 1
    let report = description.checkGradients(inputSize: 2, hiddenSize: 3, options: options)
    #expect(report.passed, "\(report)")
  }

  @Test("every parameter gets a gradient that is not zero", arguments: CellCatalog.all)
  func everyParameter(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let tape = Tape(scalarType: .float64)
      let gradients = tape.gradients(of: loss(Recurrent(cell)(tape.constant(Self.telling(description))).outputs))
      #expect(!cell.parameters.isEmpty)
      for (name, parameter) in cell.parameters {
        let gradient = gradients[parameter].elements
        #expect(gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 }, "\(name): \(gradient)")
      }
    }
    check(Self.makeCell(description))
  }

  // Sums in another order: some hundred roundings of numbers of size 1.
  @Test("a scan is a loop, in outputs, states and gradients", arguments: CellCatalog.all)
  func scan(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      func run(_ isUnrolled: Bool) -> [DenseArray] {
        let tape = Tape(scalarType: .float64)
        let x = tape.variable(Self.inputs())
        let (outputs, last) = Recurrent(cell, isUnrolled: isUnrolled)(x)
        let values = [outputs.value] + last.values
        let gradients = tape.gradients(of: loss(outputs))
        return values + [gradients[x]] + cell.parameters.map { gradients[$0.parameter] }
      }
      for (index, (scanned, looped)) in zip(run(false), run(true)).enumerated() {
        expectClose(scanned, looped, 1e-12, "array \(index)")
      }
    }
    check(Self.makeCell(description))
  }

  // As above; every wrapper of cells goes round a few of them in the tests of `Layers`.
  @Test(
    "in dropout and zoneout, with a learned start and lengths, a scan is a loop with the same draws",
    arguments: CellCatalog.all)
  func wrapped(description: CellDescription) {
    func check<Cell: RecurrentCell>(_ cell: Cell) {
      var random = RandomSource(seed: 8)
      let wrapped = Zoneout(InputDropout(cell, rate: 0.3, using: &random), rate: 0.4, using: &random)
      let layers = [false, true].map { Recurrent(wrapped, learnsInitialState: true, isUnrolled: $0) }
      func run(_ layer: Recurrent<Zoneout<InputDropout<Cell>>>, isTraining: Bool = true) -> [DenseArray] {
        let tape = Tape(scalarType: .float64)
        tape.randomSeed = 5
        let x = tape.variable(Self.inputs())
        let (outputs, last) = layer(x, lengths: [6, 4], isTraining: isTraining)
        let values = [outputs.value] + last.values
        let gradients = tape.gradients(of: loss(outputs))
        return values + [gradients[x]] + layer.parameters.map { gradients[$0.parameter] }
      }
      let (scanned, looped) = (run(layers[0]), run(layers[1]))
      #expect(layers[0].initialState.count > 0 && scanned.count == looped.count)
      for (index, (a, b)) in zip(scanned, looped).enumerated() { expectClose(a, b, 1e-12, "array \(index)") }
      #expect(!run(layers[0], isTraining: false)[0].isBitIdentical(to: scanned[0]))
    }
    check(Self.makeCell(description))
  }

  @Test("the step is traced once for all steps", arguments: CellCatalog.all)
  func isTraced(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let tape = Tape(scalarType: .float64)
      let report = Recurrent(cell).scanned(tape.constant(Self.inputs()), options: ScanOptions()).result.report
      #expect(report.reason == nil)
    }
    check(Self.makeCell(description))
  }

  @Test("the zero state is no state", arguments: CellCatalog.all)
  func zeroState(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let tape = Tape(scalarType: .float64)
      let x = tape.constant(Self.inputs())
      let layer = Recurrent(cell)
      let without = layer(x).outputs.value
      #expect(layer(x, from: cell.zeroState(batch: 2, on: tape)).outputs.value.isBitIdentical(to: without))
    }
    check(Self.makeCell(description))
  }

  // Products of another number of rows sum in another order.
  @Test("a batch is its sequences one by one", arguments: CellCatalog.all)
  func batch(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let tape = Tape(scalarType: .float64)
      let layer = Recurrent(cell)
      let x = tape.constant(Self.inputs(5, 3))
      let whole = layer(x).outputs
      for row in 0..<3 {
        let alone = layer(x.slice(axis: 1, row..<row + 1)).outputs
        expectClose(whole.slice(axis: 1, row..<row + 1).value, alone.value, 1e-12, "sequence \(row)")
      }
    }
    check(Self.makeCell(description))
  }

  // A five-point difference with step 1e-4 is good to 1e-12 for numbers of size 1; sums of some hundred of them. The norm of
  // a vector that begins as 0 bends within the root of its epsilon and asks for a shorter step.
  @Test("products with the Hessian are differences of gradients", arguments: CellCatalog.tested(from: 1))
  func secondOrder(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let parameters = cell.parameters.map(\.parameter)
      let start = parameters.map(\.value)
      var random = RandomSource(seed: 3)
      let direction = start.map { DenseArray.normal($0.shape, .float64, using: &random) }
      func loss(on tape: Tape) -> Variable {
        self.loss(Recurrent(cell)(tape.constant(Self.telling(description))).outputs)
      }
      func gradients(_ distance: Double) -> [[Double]] {
        for ((parameter, value), change) in zip(zip(parameters, start), direction) {
          let moved = zip(value.elements, change.elements).map { $0 + distance * $1 }
          parameter.value = DenseArray(moved, shape: value.shape)
        }
        let tape = Tape(scalarType: .float64)
        let gradients = tape.gradients(of: loss(on: tape))
        return parameters.map { gradients[$0].elements }
      }
      let step = description.name.hasPrefix("layer-norm") ? 4e-6 : 1e-4
      let (near, far) = ((gradients(step), gradients(-step)), (gradients(2 * step), gradients(-2 * step)))
      for (parameter, value) in zip(parameters, start) { parameter.value = value }
      let tape = Tape(scalarType: .float64)
      let variables = parameters.map { tape.parameter($0) }
      let products = tape.hessian(of: loss(on: tape), withRespectTo: variables).product(direction)
      for (index, product) in products.enumerated() {
        let differences = product.elements.indices.map { element -> Double in
          let inner = near.0[index][element] - near.1[index][element]
          let outer = far.0[index][element] - far.1[index][element]
          return (8 * inner - outer) / (12 * step)
        }
        expectClose(product, DenseArray(differences, shape: product.shape), 1e-8, cell.parameters[index].name)
      }
    }
    check(Self.makeCell(description))
  }

  @Test("a sequence is its chunks, with the state carried over as values", arguments: CellCatalog.all)
  func chunks(description: CellDescription) {
    func check(_ cell: some RecurrentCell) {
      let data = Self.inputs()
      let layer = Recurrent(cell)
      let tape = Tape(scalarType: .float64)
      let whole = layer(tape.constant(data)).outputs.value
      let (first, middle) = layer(tape.constant(data.slice(0..<4)))
      expectClose(first.value, whole.slice(0..<4), 1e-12, "first part")
      let second = layer(tape.constant(data.slice(4..<6)), from: cell.state(from: middle.values, on: tape)).outputs
      expectClose(second.value, whole.slice(4..<6), 1e-12, "second part")
    }
    check(Self.makeCell(description))
  }

  @Test("what is saved is restored", arguments: CellCatalog.all)
  func saving(description: CellDescription) throws {
    func outputs(_ cell: some RecurrentCell) -> DenseArray {
      let tape = Tape(scalarType: .float64)
      return Recurrent(cell)(tape.constant(Self.inputs())).outputs.value
    }
    let saved = Self.makeCell(description)
    let restored = Self.makeCell(description, seed: 5)
    #expect(!outputs(saved).isBitIdentical(to: outputs(restored)))
    try restored.load(saved.state)
    #expect(outputs(saved).isBitIdentical(to: outputs(restored)))
  }
}

import Autodiff
import DenseArrays
import Layers
import Testing

/// A parameter of `count` numbers.
private func parameter(_ count: Int = 1) -> Parameter {
  Parameter(DenseArray(repeating: 0.5, shape: [count]))
}

private struct Leaf: Module {
  let weights: Parameter
  let bias: Parameter?
  init(_ count: Int, bias: Bool = true) {
    weights = parameter(count)
    self.bias = bias ? parameter(1) : nil
  }
}

@Suite("Named parameters of a module")
struct ModuleTests {
  @Test("names are the paths of properties, in their order")
  func paths() {
    struct Model: Module {
      let first = Leaf(2)
      let scale = parameter()
      let second = Leaf(3)
    }
    #expect(
      Model().parameters.map(\.name) == ["first.weights", "first.bias", "scale", "second.weights", "second.bias"])
    #expect(Model().parameterCount == 2 + 1 + 1 + 3 + 1)
  }

  @Test("an optional leaves no trace, present or absent")
  func optionals() {
    struct Model: Module {
      let leaf: Leaf? = Leaf(2, bias: false)
      let absent: Leaf? = nil
      let nested: Leaf?? = Leaf(1, bias: false)
    }
    #expect(Model().parameters.map(\.name) == ["leaf.weights", "nested.weights"])
  }

  @Test("array elements are named by their index")
  func arrays() {
    struct Model: Module {
      let layers = [Leaf(1, bias: false), Leaf(2, bias: false)]
      let optional: [Parameter?] = [nil, parameter()]
      let numbers = [1.0, 2.0]
    }
    #expect(Model().parameters.map(\.name) == ["layers.0.weights", "layers.1.weights", "optional.1"])
  }

  @Test("structs that are no modules, tuples, enums, existentials and lazy properties are followed")
  func containers() {
    struct Plain { let weights = parameter() }
    enum Choice { case leaf(Leaf) }
    final class Model: Module {
      let plain = Plain()
      let pair = (left: parameter(), parameter())
      let choice = Choice.leaf(Leaf(1, bias: false))
      let any: any Module = Leaf(1, bias: false)
      lazy var late = parameter()
    }
    let model = Model()
    _ = model.late
    #expect(
      model.parameters.map(\.name) == [
        "plain.weights", "pair.left", "pair.1", "choice.leaf.weights", "any.weights", "late",
      ])
  }

  @Test("a class module counts its superclass first, and a cycle ends")
  func classes() {
    class Base: Module {
      let base = parameter()
      var next: Base?
    }
    final class Derived: Base {
      let derived = parameter()
    }
    let model = Derived()
    model.next = model
    #expect(model.parameters.map(\.name) == ["base", "derived"])
  }

  @Test("tied parameters count once, under the first name")
  func tied() throws {
    struct Model: Module {
      let input: Leaf
      let output: Leaf
      let again: Parameter
    }
    let leaf = Leaf(3)
    let model = Model(input: leaf, output: leaf, again: leaf.weights)
    #expect(model.parameters.map(\.name) == ["input.weights", "input.bias"])
    #expect(model.parameterCount == 4)
    #expect(model.parameters.name(of: leaf.weights) == "input.weights")
    #expect(model.parameters["input.weights"] === leaf.weights)
    #expect(model.parameters["output.weights"] == nil)
  }

  @Test("a name can be replaced or left out")
  func overrides() {
    struct Wrapper: Module {
      let wrapped = Leaf(1)
      let gain = parameter()
      func parameterName(ofProperty property: String) -> String {
        switch property {
        case "wrapped": ""
        case "gain": "scale"
        default: property
        }
      }
    }
    struct Model: Module { let cell = Wrapper() }
    #expect(Model().parameters.map(\.name) == ["cell.weights", "cell.bias", "cell.scale"])
  }

  @Test("dictionaries and sets without parameters are no obstacle")
  func harmlessDictionary() {
    struct Model: Module {
      let table = ["a": 1]
      let set: Set<Int> = [1]
      let leaf = Leaf(1, bias: false)
    }
    #expect(Model().parameters.map(\.name) == ["leaf.weights"])
  }

  @Test("a dictionary that holds parameters stops")
  func dictionary() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      struct Model: Module { let heads = ["digits": Leaf(1)] }
      _ = Model().parameters
    }
    expectMessage(
      "Module: \"heads\" is a dictionary that holds parameters, which it keeps in no order; "
        + "use an array, or a struct with a property for each", in: result)
  }

  @Test("two parameters with one name stop")
  func collision() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      struct Model: Module {
        let first = parameter()
        let second = parameter()
        func parameterName(ofProperty property: String) -> String { "weights" }
      }
      _ = Model().parameters
    }
    expectMessage("Model: two different parameters are named \"weights\"", in: result)
  }

  @Test("conversion changes every parameter in place and back without loss")
  func conversion() {
    let leaf = Leaf(3)
    let before = leaf.state
    leaf.convert(to: .float64)
    #expect(leaf.parameters.allSatisfy { $0.parameter.scalarType == .float64 })
    leaf.convert(to: .float32)
    #expect(zip(leaf.state, before).allSatisfy { $0.array.isBitIdentical(to: $1.array) })
  }

  @Test("conversion to integers stops")
  func conversionToIntegers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Leaf(1).convert(to: .int32)
    }
    expectMessage("Module.convert: parameters are float32 or float64, not int32", in: result)
  }
}

@Suite("Saved values of a module")
struct ModuleStateTests {
  @Test("loading what was saved restores every number, and a saved state does not follow the module")
  func roundTrip() throws {
    let model = Leaf(3)
    let saved = model.state
    model.weights.value = DenseArray(repeating: 7, shape: [3])
    #expect(saved[0].array == DenseArray(repeating: 0.5, shape: [3]))
    try model.load(saved.reversed())
    #expect(model.weights.value == DenseArray(repeating: 0.5, shape: [3]))
  }

  @Test("values that do not fit are named and leave the module unchanged")
  func refused() {
    let model = Leaf(2)
    let good = (name: "weights", array: DenseArray(repeating: 9, shape: [2]))
    let bias = (name: "bias", array: DenseArray(repeating: 9, shape: [1]))
    let cases: [([(name: String, array: DenseArray)], StateError, String)] = [
      ([good], .missing(name: "bias", found: ["weights"]), "no value for \"bias\"; found weights"),
      ([], .missing(name: "weights", found: []), "no value for \"weights\"; found nothing"),
      (
        [good, bias, ("gain", good.array)], .unexpected(name: "gain", expected: ["weights", "bias"]),
        "a value for \"gain\", which is unknown; expected weights, bias"
      ),
      ([good, good, bias], .repeated(name: "weights"), "two values for \"weights\""),
      (
        [good, ("bias", good.array)], .shape(name: "bias", expected: [1], found: [2]),
        "\"bias\": expected shape [1], found [2]"
      ),
      (
        [good, ("bias", bias.array.converted(to: .float64))],
        .scalarType(name: "bias", expected: .float32, found: .float64), "\"bias\": expected float32, found float64"
      ),
    ]
    for (state, error, message) in cases {
      #expect(throws: error) { try model.load(state) }
      #expect(error.description == message)
      #expect(model.weights.value == DenseArray(repeating: 0.5, shape: [2]))
    }
  }
}

internal import Autodiff
public import DenseArrays

/// How the layers of a stack are connected.
public enum StackConnection: String, CaseIterable, Sendable {
  /// A layer reads the output of the layer below.
  case plain
  /// A layer reads what the layer below read plus what that gave.
  ///
  /// The first layer, whose input usually has another size, is not gone round. Source: He, Zhang, Ren and Sun, "Deep
  /// residual learning for image recognition", 2016; between recurrent layers Wu et al., "Google's neural machine
  /// translation system", 2016, equation 6.
  case residual
  /// A layer reads the input and the outputs of all layers below, side by side.
  ///
  /// Source: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", 2017.
  case dense
  /// A gate of each layer but the first chooses between what the layer read, x, and what it gave, y: g y + (1 - g) x with
  /// g = sigmoid(W x + b).
  ///
  /// Source: Srivastava, Greff and Schmidhuber, "Highway networks", 2015. b starts at -1, so that layers are passed by at
  /// first.
  case highway
}

/// The connections of a stack: what each layer reads, and what the stack gives.
public struct StackConnections: Module {
  /// How the layers are connected.
  public let kind: StackConnection
  /// W and b of highway connections, for each layer but the first; otherwise empty.
  public let gates: [Linear]

  /// Connections with new gates of type float32 where there are any.
  ///
  /// - Parameters:
  ///   - kind: How the layers are connected.
  ///   - layerCount: The number of layers.
  ///   - size: The size of the layers' outputs, for the gates.
  ///   - random: Where the gates' weights are drawn from.
  public init(_ kind: StackConnection, layerCount: Int, size: Int, using random: inout RandomSource) {
    self.kind = kind
    gates =
      kind != .highway
      ? []
      : (0..<max(layerCount - 1, 0)).map { _ in
        Linear(inputSize: size, outputSize: size, biasInitializer: .constant(-1), using: &random)
      }
  }

  /// Connections without parameters.
  init(_ kind: StackConnection) {
    self.kind = kind
    gates = []
  }

  /// Makes the layers of a stack, each for the size of what it reads, and their connections.
  ///
  /// - Parameters:
  ///   - make: Makes a layer for inputs of a size, and tells the size of its outputs.
  static func build<Layer>(
    _ kind: StackConnection, layerCount: Int, inputSize: Int, using random: inout RandomSource,
    _ make: (_ inputSize: Int, inout RandomSource) -> (layer: Layer, outputSize: Int)
  ) -> (layers: [Layer], connections: StackConnections) {
    var layers: [Layer] = []
    var (read, given) = (inputSize, inputSize)
    for _ in 0..<layerCount {
      let (layer, outputSize) = make(read, &random)
      layers.append(layer)
      read = kind == .dense ? read + outputSize : outputSize
      given = outputSize
    }
    return (layers, StackConnections(kind, layerCount: layerCount, size: given, using: &random))
  }

  /// Stops for a stack without layers and for one of more layers than there are gates.
  func check(_ layerCount: Int, _ name: String) {
    guard layerCount > 0 else { stop("\(name): no layers") }
    guard kind != .highway || gates.count == layerCount - 1 else {
      stop("\(name): \(gates.count) highway gates for \(layerCount) layers; expected one for each layer but the first")
    }
  }

  /// What a stack gives for x: `layer` runs the layer with the given index.
  func run(_ x: Variable, layerCount: Int, name: String, _ layer: (_ index: Int, Variable) -> Variable) -> Variable {
    var input = x
    var below = [x]
    for index in 0..<layerCount {
      let output = layer(index, input)
      if index > 0, kind == .residual || kind == .highway, output.shape != input.shape {
        stop(
          "\(name): a \(kind) connection round layer \(index) from shape \(input.shape) to \(output.shape)"
            + output.tape.scopeSuffix)
      }
      switch kind {
      case .residual where index > 0: input = output + input
      case .highway where index > 0:
        let g = sigmoid(gates[index - 1](input))
        input = g * output + (1 - g) * input
      case .dense where index < layerCount - 1:
        below.append(output)
        input = concatenate(below, axis: -1)
      default: input = output
      }
    }
    return input
  }
}

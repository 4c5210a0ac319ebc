public import DenseArrays

/// The named values of a cell over the steps of one sequence, with their gradients: what a heat map of gates is drawn from.
///
///     let recording = GateRecording(of: layer, on: inputs, steps: 0..<20) { outputs in square(outputs).sum() }
///     for map in recording.maps { print(map.name, map.values.shape) }  // [steps, units]
public struct GateRecording: Sendable {
  /// One named value over time: numbers by step and unit.
  public struct Map: Sendable {
    /// The name that the cell gives the value: "forget gate"; or "output", "state", "state 1" and so on for what each step
    /// hands on. The second value of one name has a 2 behind it.
    public let name: String
    /// The values, [steps, units]; units of a matrix follow each other by rows.
    public let values: DenseArray
    /// The derivatives of the loss by the values, [steps, units]; nil without a loss.
    public let gradients: DenseArray?

    public init(name: String, values: DenseArray, gradients: DenseArray? = nil) {
      self.name = name
      self.values = values
      self.gradients = gradients
    }
  }

  /// What the layer is called.
  public let layer: String
  /// The recorded steps of the sequence, which are the rows of each map.
  public let steps: Range<Int>
  /// The values, in the order in which a step names them; states and the output come last.
  public let maps: [Map]

  public init(layer: String, steps: Range<Int>, maps: [Map]) {
    self.layer = layer
    self.steps = steps
    self.maps = maps
  }

  /// The map of a name, if there is one.
  public subscript(name: String) -> Map? { maps.first { $0.name == name } }
}

public import DenseArrays

/// What came out of training one cell on one task from one seed.
public struct RunResult: Sendable {
  /// How a run ended.
  public enum Status: String, Sendable {
    /// All steps were made.
    case finished
    /// The time budget was used up before all steps were made; the value is that of the model as it was then.
    case cut
    /// A loss or the final value was not finite.
    case diverged
  }

  /// Something measured beside the metric.
  public struct Detail: Sendable {
    /// The name, lower-case with hyphens.
    public let name: String
    /// The value, or nil when there is none.
    public let value: Double?
    /// How it is written in tables.
    public let format: Metric.Format

    public init(_ name: String, _ value: Double?, format: Metric.Format) {
      self.name = name
      self.value = value
      self.format = format
    }
  }

  /// The task's name.
  public let task: String
  /// The cell's name.
  public let cell: String
  /// What of the cell's definition varies between descriptions of it.
  public let variant: String
  /// The number of trained numbers, read-out and embedding included.
  public let parameterCount: Int
  /// The cell's hidden size.
  public let hiddenSize: Int
  /// The seed of parameters and data.
  public let seed: Int
  /// What `value` is.
  public let metric: Metric
  /// The metric on test data after the last step; nil when the run diverged.
  public let value: Double?
  /// How the run ended.
  public let status: Status
  /// The training steps made.
  public let steps: Int
  /// The seconds that they took, without the test at the end.
  public let seconds: Double
  /// The threads that the run computed on.
  public let threads: Int
  /// The type of parameters and activations.
  public let scalarType: ScalarType
  /// What was measured beside the metric.
  public let details: [Detail]
  /// What was seen inside the model, if it was looked into; not part of a line of a file.
  public internal(set) var observation: RunObservation?

  /// Training steps a second.
  public var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }

  /// The result as a JSON object, one line of a file of results.
  public var json: JSONObject {
    var object = JSONObject([
      ("task", .string(task)), ("cell", .string(cell)), ("variant", .string(variant)),
      ("parameters", .integer(parameterCount)), ("hidden", .integer(hiddenSize)), ("seed", .integer(seed)),
      ("metric", .string(metric.name)), ("value", value.map { .number($0) } ?? .null),
      ("status", .string(status.rawValue)), ("steps", .integer(steps)), ("seconds", .number(seconds)),
      ("steps_per_second", .number(stepsPerSecond)), ("threads", .integer(threads)),
      ("dtype", .string("\(scalarType)")),
    ])
    for detail in details {
      object.append(detail.name.replacing("-", with: "_"), detail.value.map { .number($0) } ?? .null)
    }
    return object
  }
}

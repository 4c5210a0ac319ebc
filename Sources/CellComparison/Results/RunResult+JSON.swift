internal import DenseArrays
internal import Interchange

extension RunResult {
  /// The version of the lines that results are written as.
  public static let formatVersion: Int = 2

  /// The result as a JSON object, one line of a file of results.
  public var json: JSONObject {
    JSONObject([
      ("version", .integer(Self.formatVersion)), ("task", .string(task)),
      ("task_settings", .string(setting.taskSettings)),
      ("cell", .string(cell)), ("variant", .string(variant)), ("parameters", .integer(parameterCount)),
      ("hidden", .integer(hiddenSize)), ("seed", .integer(seed)), ("trial", .boolean(setting.isTrial)),
      ("planned_steps", .integer(setting.trainingSteps)), ("learning_rate", .number(setting.learningRate)),
      ("time_budget_seconds", setting.timeBudget.map { .number($0) } ?? .null), ("metric", .string(metric.name)),
      ("metric_format", .string(metric.format.code)), ("higher_is_better", .boolean(metric.higherIsBetter)),
      ("reference", metric.reference.map { .string($0) } ?? .null), ("value", value.map { .number($0) } ?? .null),
      ("status", .string(status.rawValue)), ("steps", .integer(steps)), ("seconds", .number(seconds)),
      ("steps_per_second", .number(stepsPerSecond)), ("threads", .integer(threads)),
      ("dtype", .string("\(scalarType)")), ("details", .array(details.map { .object($0.json) })),
      ("curve", .array(curve.map(\.json))),
    ])
  }

  /// Reads a result from what `json` wrote; nil when something is missing or of another kind.
  init?(_ value: JSONValue) {
    guard let task = value["task"]?.string, let taskSettings = value["task_settings"]?.string,
      let cell = value["cell"]?.string, let variant = value["variant"]?.string,
      let parameterCount = value["parameters"]?.integer, let hiddenSize = value["hidden"]?.integer,
      let seed = value["seed"]?.integer, let isTrial = value["trial"]?.boolean,
      let trainingSteps = value["planned_steps"]?.integer, let learningRate = value["learning_rate"]?.double,
      let timeBudget = value["time_budget_seconds"], let metricName = value["metric"]?.string,
      let format = value["metric_format"]?.string.flatMap(Metric.Format.init(code:)),
      let higherIsBetter = value["higher_is_better"]?.boolean, let reference = value["reference"],
      let result = value["value"], let status = value["status"]?.string.flatMap(Status.init(rawValue:)),
      let steps = value["steps"]?.integer, let seconds = value["seconds"]?.double,
      let threads = value["threads"]?.integer, let scalarType = value["dtype"]?.string.flatMap(ScalarType.named),
      let details = value["details"]?.array?.map(Detail.init(json:)), !details.contains(where: { $0 == nil }),
      let curve = value["curve"]?.array?.map(LearningCurve.Point.init(json:)), !curve.contains(where: { $0 == nil })
    else { return nil }
    let inside = value["inside"].flatMap(RunObservation.init(json:))
    if value["inside"] != nil, inside == nil { return nil }
    setting = RunSetting(
      task: task, taskSettings: taskSettings, cell: cell, hiddenSize: hiddenSize, seed: seed,
      trainingSteps: trainingSteps, learningRate: learningRate, timeBudget: timeBudget.double, isTrial: isTrial)
    self.variant = variant
    self.parameterCount = parameterCount
    metric = Metric(name: metricName, format: format, higherIsBetter: higherIsBetter, reference: reference.string)
    self.value = result.double
    self.status = status
    self.steps = steps
    self.seconds = seconds
    self.threads = threads
    self.scalarType = scalarType
    self.details = details.compactMap { $0 }
    self.curve = curve.compactMap { $0 }
    observation = inside
  }
}

extension RunResult.Detail {
  fileprivate var json: JSONObject {
    JSONObject([
      ("name", .string(name)), ("value", value.map { .number($0) } ?? .null), ("format", .string(format.code)),
    ])
  }

  fileprivate init?(json: JSONValue) {
    guard let name = json["name"]?.string, let value = json["value"],
      let format = json["format"]?.string.flatMap(Metric.Format.init(code:))
    else { return nil }
    self.init(name, value.double, format: format)
  }
}

extension LearningCurve.Point {
  /// Step, loss and metric as an array.
  fileprivate var json: JSONObject.Value {
    .array([.integer(step), .number(trainingLoss), heldOut.map { .number($0) } ?? .null])
  }

  fileprivate init?(json: JSONValue) {
    guard let values = json.array, values.count == 3, let step = values[0].integer else { return nil }
    self.init(step: step, trainingLoss: values[1].double ?? .nan, heldOut: values[2].double)
  }
}

extension Metric.Format {
  /// A word for files.
  fileprivate var code: String {
    switch self {
    case .share: "share"
    case .count: "count"
    case .decimals(let count): "decimals-\(count)"
    }
  }

  fileprivate init?(code: String) {
    switch code {
    case "share": self = .share
    case "count": self = .count
    default:
      guard code.hasPrefix("decimals-"), let count = Int(code.dropFirst("decimals-".count)) else { return nil }
      self = .decimals(count)
    }
  }
}

extension ScalarType {
  /// The type whose description is `name`.
  fileprivate static func named(_ name: String) -> ScalarType? {
    allCases.first { "\($0)" == name }
  }
}

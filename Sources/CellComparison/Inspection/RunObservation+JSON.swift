internal import DenseArrays
internal import Interchange

extension RunResult {
  /// `json` with what was seen inside, for a file that a comparison goes on with: a number for each unit, step and gate.
  public var jsonWithObservation: JSONObject {
    var json = json
    if let observation { json.append("inside", .object(observation.json)) }
    return json
  }
}

extension RunObservation {
  /// What was seen, as a JSON object; recordings have the bits that they were made with.
  var json: JSONObject {
    JSONObject([
      ("initial_gradients", .array(initialGradients.map { .number($0) })),
      ("trained_gradients", .array(trainedGradients.map { .number($0) })),
      ("recordings", .array(recordings.map { .object($0.json) })),
    ])
  }

  /// Reads what `json` wrote; nil when something is missing or of another kind.
  init?(json: JSONValue) {
    guard let initial = json["initial_gradients"]?.array, let trained = json["trained_gradients"]?.array,
      let recordings = json["recordings"]?.array?.map(GateRecording.Map.init(json:)),
      !recordings.contains(where: { $0 == nil })
    else { return nil }
    initialGradients = initial.map { $0.double ?? .nan }
    trainedGradients = trained.map { $0.double ?? .nan }
    self.recordings = recordings.compactMap(\.self)
  }
}

extension GateRecording.Map {
  /// The name, the units and the values, a step after the other; the gradients are left out.
  fileprivate var json: JSONObject {
    let values = values.converted(to: .float32).withUnsafeElements(of: Float.self) { elements in
      // The shortest number that is this float.
      elements.map { JSONObject.Value.number($0.isFinite ? Double("\($0)") ?? .nan : .nan) }
    }
    return JSONObject([
      ("name", .string(name)), ("units", .integer(self.values.shape[1])), ("values", .array(values)),
    ])
  }

  fileprivate init?(json: JSONValue) {
    guard let name = json["name"]?.string, let units = json["units"]?.integer, let values = json["values"]?.array,
      units > 0, values.count % units == 0
    else { return nil }
    let numbers = values.map { Float($0.double ?? .nan) }
    self.init(name: name, values: DenseArray(numbers, shape: [numbers.count / units, units]))
  }
}

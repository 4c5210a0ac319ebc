public import DenseArrays

/// One step of a scan, as the step's closure sees it.
///
/// The index as a number, `index`, chooses what is recorded: a step that reads it cannot be traced once for all steps and
/// is unrolled. The index as a value, `position`, and random draws are computed with and stay traceable.
public struct ScanStep {
  /// The tape to record on.
  public let tape: Tape
  private let number: Int
  private let recorder: StepRecorder?

  /// A step of a loop of one's own.
  public init(tape: Tape, index: Int) {
    self.init(tape: tape, index: index, recorder: nil)
  }

  init(tape: Tape, index: Int, recorder: StepRecorder?) {
    self.tape = tape
    number = index
    self.recorder = recorder
  }

  /// The step's index, from 0, in the order of running.
  public var index: Int {
    recorder?.readsIndex = true
    return number
  }

  /// The step's index as a scalar of the tape's type, without a gradient.
  public var position: Variable {
    recorder?.value(of: .position) ?? tape.constant(Double(number), shape: [])
  }

  /// Random numbers of the tape's type, others at each step: they depend on the tape's seed, `site` and the step only.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from.
  ///   - shape: the shape of the result.
  ///   - site: a number that tells the places of a model that draw apart.
  public func random(_ distribution: RandomDistribution, shape: Shape, site: Int) -> Variable {
    recorder?.value(of: .draw(distribution, shape, site: site))
      ?? tape.random(distribution, shape: shape, site: site, step: number)
  }
}

/// What a step asks of its scan beyond its arguments: one value a step.
enum StepRequest: Hashable {
  /// The step's index.
  case position
  case draw(RandomDistribution, Shape, site: Int)
  /// Zeros that are added to a named value, so that they have its gradient.
  case probe(name: String, Shape)

  var shape: Shape {
    switch self {
    case .position: []
    case .draw(_, let shape, _), .probe(_, let shape): shape
    }
  }
}

/// Notes what a step asks for while it is being recorded.
final class StepRecorder {
  /// The names of the values to keep.
  let keeps: Set<String>
  private(set) var requests: [StepRequest] = []
  private(set) var values: [Variable] = []
  /// The named values, in the order of naming.
  private(set) var kept: [(name: String, value: Variable)] = []
  var readsIndex = false
  private let provide: (StepRequest) -> Variable?

  /// A recorder that asks `provide` for values; nil leaves the step to make its own.
  init(keeps: [String], _ provide: @escaping (StepRequest) -> Variable?) {
    self.keeps = Set(keeps)
    self.provide = provide
  }

  func value(of request: StepRequest) -> Variable? {
    if let known = requests.firstIndex(of: request) { return values[known] }
    guard let value = provide(request) else { return nil }
    requests.append(request)
    values.append(value)
    return value
  }

  /// The value to go on with when a value is named.
  func name(_ value: Variable, _ name: String) -> Variable {
    guard keeps.contains(name) else { return value }
    if kept.contains(where: { $0.name == name }) {
      stop("scan: two values named \"\(name)\" in a step that keeps it\(value.tape.scopeSuffix)")
    }
    guard let probe = self.value(of: .probe(name: name, value.shape)) else { return value }
    let probed = value + probe
    kept.append((name, probed))
    return probed
  }
}

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

  /// Random numbers of the tape's type, the same at each step: they depend on the tape's seed and `site` only, and are
  /// drawn once a scan.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from.
  ///   - shape: the shape of the result.
  ///   - site: a number that tells the places of a model that draw apart; draws for steps at the same site are others.
  public func sequenceRandom(_ distribution: RandomDistribution, shape: Shape, site: Int) -> Variable {
    recorder?.draws?.value(distribution, shape, site: site)
      ?? tape.random(distribution, shape: shape, site: site, step: -1)
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
  /// The names that the step gives, in order; the second value of a name has a 2 behind it, and so on.
  private(set) var names: [String] = []
  private var nameCounts: [String: Int] = [:]
  /// The named values that are kept, in the order of naming.
  private(set) var kept: [(name: String, value: Variable)] = []
  var readsIndex = false
  /// What was drawn for the whole sequence, or nil where each step draws for itself.
  let draws: SequenceDraws?
  private let provide: (StepRequest) -> Variable?

  /// A recorder that asks `provide` for values; nil leaves the step to make its own.
  init(keeps: [String], draws: SequenceDraws? = nil, _ provide: @escaping (StepRequest) -> Variable?) {
    self.keeps = Set(keeps)
    self.draws = draws
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
    let count = nameCounts[name, default: 0] + 1
    nameCounts[name] = count
    let label = count == 1 ? name : "\(name) \(count)"
    names.append(label)
    guard keeps.contains(label) else {
      if count > 1, keeps.contains(name), !keeps.contains("\(name) 2") {
        stop("scan: two values named \"\(name)\" in a step that keeps it\(value.tape.scopeSuffix)")
      }
      return value
    }
    guard let probe = self.value(of: .probe(name: label, value.shape)) else { return value }
    let probed = value + probe
    kept.append((label, probed))
    return probed
  }
}

/// Random numbers that are the same at all steps of a scan, drawn at their first use on the tape that called it.
///
/// For the step's recording they are values from around it, so that a step traced once serves for any seed.
final class SequenceDraws {
  private struct Draw: Hashable {
    let distribution: RandomDistribution
    let shape: Shape
    let site: Int
  }

  private let tape: Tape
  /// The draws of the scan whose step called this one.
  private let outer: SequenceDraws?
  private var values: [Draw: Variable] = [:]

  init(of tape: Tape) {
    self.tape = tape
    outer = tape.stepRecorder?.draws
  }

  func value(_ distribution: RandomDistribution, _ shape: Shape, site: Int) -> Variable {
    let draw = Draw(distribution: distribution, shape: shape, site: site)
    if let known = values[draw] { return known }
    let value = outer?.value(distribution, shape, site: site) ?? tape.sequenceDraw(distribution, shape, site: site)
    values[draw] = value
    return value
  }
}

internal import Autodiff
public import DenseArrays

/// What was seen inside a model before and after its training.
public struct RunObservation: Sendable {
  /// A value that the cell names, or an array of its state, through one of the test's sequences.
  public struct Recording: Sendable {
    /// The cell's name for it: "forget gate".
    public let name: String
    /// Its numbers, [time, units]; the other axes of a value that has more are one after the other.
    public let values: DenseArray
  }

  /// How gradients fared before the training.
  public let initial: GradientFlow
  /// How they fared after it.
  public let trained: GradientFlow
  /// The cell's gates and states after the training, through the test's first sequence.
  public let recordings: [Recording]
}

/// Looks into a session before and after its training.
struct RunObserver {
  private let session: any ObservableSession
  private let initial: GradientFlow
  private let threads: Int

  /// The test's sequences that norms are taken over.
  private static let sequences = 16

  /// Looks into a session before its training; nil for one that cannot be looked into.
  init?(of session: any TrainingSession, threads: Int) {
    guard let session = session as? any ObservableSession else { return nil }
    self.session = session
    self.threads = threads
    initial = GradientFlow(of: session.specimen(sequences: Self.sequences), threads: threads)
  }

  /// What is seen now, after the training.
  func observation() -> RunObservation {
    let specimen = session.specimen(sequences: Self.sequences)
    return RunObservation(
      initial: initial, trained: GradientFlow(of: specimen, threads: threads),
      recordings: specimen.recordings(threads: threads))
  }
}

extension Specimen {
  /// The cell's named values and the arrays of its state through the first sequence.
  func recordings(threads: Int) -> [RunObservation.Recording] {
    let tape = Tape(execution: Execution(threads: threads))
    let (time, features) = (inputs.shape[0], inputs.shape[2])
    let first = tape.constant(inputs).slice(axis: 1, 0..<1).reshaped(to: [time, 1, features])
    let run = cell.observe(first, keepsNamed: true)
    let states = run.states.enumerated().map { index, state in
      (run.states.count == 1 ? "state" : "state \(index)", state)
    }
    var recordings: [RunObservation.Recording] = []
    for (name, kept) in run.named + states {
      let values = kept.values.value.reshaped(to: [time, kept.values.shape.dropFirst.count])
      // An array of the state may have a name of the cell's too.
      if recordings.contains(where: { $0.values == values }) { continue }
      recordings.append(.init(name: name, values: values))
    }
    return recordings
  }
}

internal import Autodiff
internal import DenseArrays

/// What was seen inside a model before and after its training.
public struct RunObservation: Sendable {
  /// How gradients fared before the training.
  public let initial: GradientFlow
  /// How they fared after it.
  public let trained: GradientFlow
  /// The cell's gates, states and outputs after the training, through the test's first sequence, each once.
  public let recordings: [GateRecording.Map]
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
  /// What the cell names, its states and outputs, with the loss's gradients, through the first sequence.
  func recordings(threads: Int) -> [GateRecording.Map] {
    let recording = cell.recording(on: inputs, execution: Execution(threads: threads), loss: loss)
    // An array of the state may have a name of the cell's too.
    return recording.maps.enumerated().filter { index, map in
      !recording.maps[..<index].contains { $0.values == map.values }
    }.map(\.element)
  }
}

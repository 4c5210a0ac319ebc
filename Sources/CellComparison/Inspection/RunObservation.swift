internal import Autodiff
internal import DenseArrays

/// What was seen inside a model before and after its training.
public struct RunObservation: Sendable {
  /// The norm of dL/dh_t for t = 0 ... T before the training, as means over some of the test's sequences.
  public let initialGradients: [Double]
  /// The same norms after the training.
  public let trainedGradients: [Double]
  /// The cell's gates, states and outputs after the training, through the test's first sequence, each once.
  public let recordings: [GateRecording.Map]
}

/// Looks into a session before and after its training.
struct RunObserver {
  private let session: any ObservableSession
  private let initialGradients: [Double]
  private let threads: Int

  /// The test's sequences that norms are taken over.
  private static let sequences = 16

  /// Looks into a session before its training; nil for one that cannot be looked into.
  init?(of session: any TrainingSession, threads: Int) {
    guard let session = session as? any ObservableSession else { return nil }
    self.session = session
    self.threads = threads
    initialGradients = session.specimen(sequences: Self.sequences).meanLossGradients(threads: threads)
  }

  /// What is seen now, after the training.
  func observation() -> RunObservation {
    let specimen = session.specimen(sequences: Self.sequences)
    return RunObservation(
      initialGradients: initialGradients, trainedGradients: specimen.meanLossGradients(threads: threads),
      recordings: specimen.recordings(threads: threads))
  }
}

extension Specimen {
  fileprivate func meanLossGradients(threads: Int) -> [Double] {
    let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
    return lossGradients(on: tape).norms.map(\.mean)
  }

  /// What the cell names, its states and outputs, through the first sequence.
  fileprivate func recordings(threads: Int) -> [GateRecording.Map] {
    let recording = cell.recording(on: inputs, execution: Execution(threads: threads))
    // An array of the state may have a name of the cell's too.
    return recording.maps.enumerated().filter { index, map in
      !recording.maps[..<index].contains { $0.values == map.values }
    }.map(\.element)
  }
}

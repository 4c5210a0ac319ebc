internal import Autodiff
internal import DenseArrays

/// A cell, in training or trained, with sequences to look at it with.
struct Specimen {
  /// The cell.
  let cell: any SequenceModel
  /// What the cell reads, [time, batch, features].
  let inputs: DenseArray
  /// The training's loss, the mean over the sequences, for the cell's outputs [time, batch, outputs].
  let loss: (Variable) -> Variable
}

/// A session whose model can be looked into.
protocol ObservableSession: TrainingSession {
  /// The model as it is now, with some of the test's sequences, always the same ones.
  func specimen(sequences: Int) -> Specimen
}

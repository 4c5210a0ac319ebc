internal import Autodiff
internal import DenseArrays

/// A part of a cell that keeps averages of named values of its training steps.
protocol StatisticsKeeper {
  /// What tells keepers apart: copies of one have the same averages.
  var identity: ObjectIdentifier { get }
  /// The names of the values whose numbers it wants of each step.
  var statisticNames: [String] { get }
  /// Moves the averages; rows are in the order of the sequence, which a reversed scan runs from its end.
  func updateStatistics(_ kept: [String: KeptValue], isReversed: Bool, batch: Int)
}

/// The keepers of averages in a cell; a class, so that a layer that holds them is not looked through for them again.
final class StatisticsKeepers {
  let all: [any StatisticsKeeper]

  init(in cell: some Module) {
    var identities: Set<ObjectIdentifier> = []
    var keepers: [any StatisticsKeeper] = []
    func note(_ value: Any) {
      if let keeper = value as? any StatisticsKeeper, identities.insert(keeper.identity).inserted {
        keepers.append(keeper)
      }
    }
    note(cell)
    Reflection.walk(cell) { value, _ in
      note(value)
      return .into
    }
    all = keepers
  }

  /// Options with which a training scan keeps what the keepers want; those that leave no way to keep it stop.
  func options(_ options: ScanOptions, on tape: Tape, for layer: String) -> ScanOptions {
    guard !all.isEmpty else { return options }
    guard options.checkpointing == .none, tape.hasValues else {
      stop(
        "\(layer): running averages of a training scan that is checkpointed or inside of another scan or checkpoint; "
          + "there are no numbers to average")
    }
    var options = options
    options.keeps += all.flatMap(\.statisticNames)
    return options
  }

  /// Moves the averages after a training scan.
  func update(with result: ScanResult, isReversed: Bool, batch: Int) {
    for keeper in all { keeper.updateStatistics(result.kept, isReversed: isReversed, batch: batch) }
  }
}

internal import Synchronization

/// A flag that asks a comparison to stop after the step it is at; it can be set from any thread and from a signal handler.
public final class Cancellation: Sendable {
  private let flag = Atomic(false)

  public init() {}

  /// Asks to stop.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether stopping has been asked for.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

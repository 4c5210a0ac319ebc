internal import Synchronization

/// A derivative of a ``PointwiseProgram``: a program again, what to pass to it and where its results go.
///
/// The derivative program takes the same run-time scalars as the program it was made from.
public struct PointwiseDerivative: Sendable {
  /// An operand of the derivative program.
  public enum Source: Hashable, Sendable {
    /// The original program's operand.
    case input(Int)
    /// The original program's result.
    case output(Int)
    /// The cotangent of result j (in an adjoint) or the tangent of operand j (in a tangent program).
    case seed(Int)
  }

  /// Where the derivative of one operand (adjoint) or result (tangent) is found.
  public enum Target: Hashable, Sendable {
    /// The derivative program's result with this index.
    case output(Int)
    /// The derivative is 0 everywhere: nothing is computed.
    case zero
    /// The derivative is exactly the seed with this index: nothing is computed.
    case seed(Int)
  }

  /// The program that computes the derivatives; it has no results when every target is zero or a seed.
  public let program: PointwiseProgram
  /// What `program`'s operands are, in order: only those that it needs.
  public let operands: [Source]
  /// For each wanted operand (adjoint: ascending) or each result (tangent), where its derivative is.
  public let targets: [Target]
}

/// The derived programs that were asked for, so that the next request is a short search without a lock.
final class PointwiseDerivativeCache: Sendable {
  enum Kind: Hashable { case adjoint, tangent, augmented }

  final class Entry: Sendable {
    let kind: Kind
    let inputs, seeds: UInt64
    let derivative: PointwiseDerivative
    let next: Entry?

    init(kind: Kind, inputs: UInt64, seeds: UInt64, derivative: PointwiseDerivative, next: Entry?) {
      self.kind = kind
      self.inputs = inputs
      self.seeds = seeds
      self.derivative = derivative
      self.next = next
    }
  }

  /// A list that only grows at its head; the entries live as long as the cache.
  private let head = Atomic<Unmanaged<Entry>?>(nil)

  deinit {
    // Each entry holds the next one; unlinking them one by one would not be shorter, chains are a few entries long.
    head.load(ordering: .acquiring)?.release()
  }

  /// The cached derivative, or the one that `make` gives, which is kept.
  func find(
    _ kind: Kind, inputs: UInt64, seeds: UInt64, make: () -> PointwiseDerivative
  ) -> PointwiseDerivative {
    if let entry = search(kind, inputs, seeds) { return entry.derivative }
    let derivative = make()
    while true {
      let current = head.load(ordering: .acquiring)
      // Somebody else may have made the same one meanwhile; then both are kept and either is right.
      let entry = Entry(
        kind: kind, inputs: inputs, seeds: seeds, derivative: derivative, next: current?.takeUnretainedValue())
      let new = Unmanaged.passRetained(entry)
      let (exchanged, _) = head.compareExchange(expected: current, desired: new, ordering: .acquiringAndReleasing)
      if exchanged {
        current?.release()  // the new entry holds it now
        return derivative
      }
      new.release()
    }
  }

  private func search(_ kind: Kind, _ inputs: UInt64, _ seeds: UInt64) -> Entry? {
    var next = head.load(ordering: .acquiring)
    while let entry = next {
      // The list only grows, and lives as long as self.
      let found: Bool
      (found, next) = entry._withUnsafeGuaranteedRef { entry in
        (entry.kind == kind && entry.inputs == inputs && entry.seeds == seeds, entry.next.map(Unmanaged.passUnretained))
      }
      if found { return entry.takeUnretainedValue() }
    }
    return nil
  }
}

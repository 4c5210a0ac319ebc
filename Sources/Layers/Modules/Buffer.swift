public import DenseArrays

/// An array of a module that is saved with its parameters and not trained: running averages, counts.
///
/// A class, as `Parameter` is, so that a struct that holds one can change it. Not thread-safe.
public final class Buffer: @unchecked Sendable {
  private var storedValue: DenseArray

  /// A buffer with a value to start from.
  public init(_ value: DenseArray) { storedValue = value }

  /// The current value; setting it to another shape stops.
  public var value: DenseArray {
    get { storedValue }
    set {
      guard newValue.shape == storedValue.shape else {
        stop("Buffer: a value of shape \(newValue.shape) for a buffer of shape \(storedValue.shape)")
      }
      storedValue = newValue
    }
  }

  /// Changes elements in place.
  public func update(_ body: (inout DenseArray) throws -> Void) rethrows { try body(&storedValue) }
}

extension Module {
  /// The buffers with their names, each once, in the order of the module's properties.
  public var buffers: [(name: String, buffer: Buffer)] {
    var buffers: [(name: String, buffer: Buffer)] = []
    var identities: Set<ObjectIdentifier> = []
    Reflection.walk(self) { value, name in
      guard let buffer = value as? Buffer else { return .into }
      if identities.insert(ObjectIdentifier(buffer)).inserted { buffers.append((name, buffer)) }
      return .past
    }
    return buffers
  }
}

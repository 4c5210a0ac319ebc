public import DenseArrays

/// A trainable array with an identity: what an optimizer updates and a tape binds as a leaf.
///
/// A class, so that the same parameter used twice is tied. While an open tape uses a parameter it is read-only: setting it
/// then stops with a line that names it. Not thread-safe: a model belongs to one thread at a time.
public final class Parameter: @unchecked Sendable {
  /// A name for messages; a module's traversal gives the full path.
  public var name: String
  package var storedValue: DenseArray
  /// How many open recordings use the parameter.
  package var openRecordings: Int = 0

  /// A parameter with an initial value; integers stop.
  public init(_ value: DenseArray, name: String = "") {
    guard value.scalarType.isFloatingPoint else {
      stop("Parameter \(name): elements must be floating-point numbers, not int32")
    }
    self.name = name
    storedValue = value
  }

  /// The sizes of the axes.
  public var shape: Shape { storedValue.shape }

  /// The type of the elements.
  public var scalarType: ScalarType { storedValue.scalarType }

  /// The current value; setting it under an open tape, or to another shape, stops.
  public var value: DenseArray {
    get { storedValue }
    set {
      checkNotInUse()
      check(newValue, for: shape)
      storedValue = newValue
    }
  }

  /// Changes the value in place; under an open tape this stops, and so does another shape.
  public func update(_ body: (inout DenseArray) throws -> Void) rethrows {
    checkNotInUse()
    let shape = shape
    try body(&storedValue)
    check(storedValue, for: shape)
  }

  private func check(_ value: DenseArray, for shape: Shape) {
    guard value.shape == shape else {
      stop("Parameter \(name): a value of shape \(value.shape) for a parameter of shape \(shape)")
    }
    guard value.scalarType.isFloatingPoint else {
      stop("Parameter \(name): elements must be floating-point numbers, not int32")
    }
  }

  private func checkNotInUse() {
    if openRecordings > 0 {
      stop(
        "Parameter \(name.isEmpty ? "(unnamed)" : name): changed while an open tape uses it; "
          + "take the gradients or reset the tape first")
    }
  }
}

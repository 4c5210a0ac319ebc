/// The sizes of an array's axes, outermost first; stored inline, so that a shape never allocates.
///
///     let shape: Shape = [time, batch, features]
///     shape.count  // time * batch * features
///
/// An empty shape is a scalar's. At most `Shape.maximumRank` axes of at most `Int32.max` each; more stops.
@frozen
public struct Shape: Hashable, Sendable {
  /// The largest number of axes.
  public static let maximumRank: Int = 6

  @usableFromInline
  typealias Sizes = (Int32, Int32, Int32, Int32, Int32, Int32)

  @usableFromInline var sizes: Sizes
  @usableFromInline var storedRank: Int32

  /// The shape of a scalar: no axes, one element.
  @inlinable
  public init() {
    sizes = (1, 1, 1, 1, 1, 1)
    storedRank = 0
  }

  /// A shape with the given axis sizes; a negative size or too many axes stop.
  @inlinable
  public init(_ sizes: some Sequence<Int>) {
    self.init()
    for size in sizes { append(size) }
  }

  /// The number of axes.
  @inlinable public var rank: Int { Int(storedRank) }

  /// The number of elements.
  @inlinable public var count: Int {
    // Unused sizes are 1.
    (Int(sizes.0) &* Int(sizes.1)) &* (Int(sizes.2) &* Int(sizes.3)) &* (Int(sizes.4) &* Int(sizes.5))
  }

  /// Whether there may be more elements than an `Int` counts: some axis has over a thousand.
  @inlinable package var hasLongAxis: Bool {
    (sizes.0 | sizes.1 | sizes.2 | sizes.3 | sizes.4 | sizes.5) >> 10 != 0
  }

  /// The size of an axis; a negative axis counts from the last one. An axis that does not exist stops.
  @inlinable
  public subscript(axis: Int) -> Int {
    get {
      let index = axis < 0 ? axis &+ rank : axis
      guard index >= 0, index < rank else { Shape.stopForAxis(axis, of: self) }
      return unchecked(index)
    }
    set {
      let index = axis < 0 ? axis &+ rank : axis
      guard index >= 0, index < rank else { Shape.stopForAxis(axis, of: self) }
      setUnchecked(index, newValue)
    }
  }

  @inlinable
  func unchecked(_ index: Int) -> Int {
    switch index {
    case 0: Int(sizes.0)
    case 1: Int(sizes.1)
    case 2: Int(sizes.2)
    case 3: Int(sizes.3)
    case 4: Int(sizes.4)
    default: Int(sizes.5)
    }
  }

  @inlinable
  mutating func setUnchecked(_ index: Int, _ size: Int) {
    guard size >= 0, size <= Int(Int32.max) else { Shape.stopForSize(size) }
    let value = Int32(truncatingIfNeeded: size)
    switch index {
    case 0: sizes.0 = value
    case 1: sizes.1 = value
    case 2: sizes.2 = value
    case 3: sizes.3 = value
    case 4: sizes.4 = value
    default: sizes.5 = value
    }
  }

  /// Adds an innermost axis.
  @inlinable
  public mutating func append(_ size: Int) {
    guard rank < Shape.maximumRank else { Shape.stopForRank() }
    storedRank &+= 1
    setUnchecked(rank &- 1, size)
  }

  /// The shape without its outermost axis; a scalar stops.
  @inlinable public var dropFirst: Shape {
    guard rank > 0 else { Shape.stopForAxis(0, of: self) }
    var result = Shape()
    for axis in 1..<Swift.max(rank, 1) { result.append(unchecked(axis)) }
    return result
  }

  /// The shape without its innermost axis; a scalar stops.
  @inlinable public var dropLast: Shape {
    guard rank > 0 else { Shape.stopForAxis(-1, of: self) }
    var result = self
    result.setUnchecked(rank &- 1, 1)
    result.storedRank &-= 1
    return result
  }

  /// The shape with one more axis in front.
  @inlinable
  public func prepending(_ size: Int) -> Shape {
    var result = Shape()
    result.append(size)
    for axis in 0..<rank { result.append(unchecked(axis)) }
    return result
  }

  /// The shape with one more axis at the end.
  @inlinable
  public func appending(_ size: Int) -> Shape {
    var result = self
    result.append(size)
    return result
  }

  /// The product of the sizes of some axes.
  @inlinable
  public func count(of axes: Range<Int>) -> Int {
    var product = 1
    for axis in axes { product &*= unchecked(axis) }
    return product
  }

  /// The axis as counted from the outermost one; negative axes count from the end. Returns nil when there is none.
  @inlinable
  public func normalized(axis: Int) -> Int? {
    let index = axis < 0 ? axis &+ rank : axis
    return index >= 0 && index < rank ? index : nil
  }

  /// The shape that NumPy's rules broadcast two shapes to, or nil when they do not fit.
  ///
  /// Shapes are aligned at the innermost axis; a missing axis or one of size 1 is repeated.
  @inlinable
  public static func broadcast(_ first: Shape, _ second: Shape) -> Shape? {
    if first == second { return first }
    let rank = Swift.max(first.rank, second.rank)
    var result = Shape()
    for axis in 0..<rank {
      let a = axis &- (rank &- first.rank)
      let b = axis &- (rank &- second.rank)
      let sizeA = a >= 0 ? first.unchecked(a) : 1
      let sizeB = b >= 0 ? second.unchecked(b) : 1
      guard sizeA == sizeB || sizeA == 1 || sizeB == 1 else { return nil }
      result.append(sizeA == 1 ? sizeB : sizeA)
    }
    return result
  }

  @usableFromInline @inline(never)
  static func stopForAxis(_ axis: Int, of shape: Shape) -> Never {
    stop("Shape: axis \(axis) of a shape with \(shape.rank) axes, \(shape)")
  }

  @usableFromInline @inline(never)
  static func stopForSize(_ size: Int) -> Never {
    stop("Shape: an axis has between 0 and \(Int32.max) elements, not \(size)")
  }

  @usableFromInline @inline(never)
  static func stopForRank() -> Never {
    stop("Shape: at most \(maximumRank) axes")
  }

  @inlinable
  public static func == (first: Shape, second: Shape) -> Bool {
    first.storedRank == second.storedRank && first.sizes.0 == second.sizes.0 && first.sizes.1 == second.sizes.1
      && first.sizes.2 == second.sizes.2 && first.sizes.3 == second.sizes.3 && first.sizes.4 == second.sizes.4
      && first.sizes.5 == second.sizes.5
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(storedRank)
    for axis in 0..<rank { hasher.combine(unchecked(axis)) }
  }
}

// Not a collection: a collection's `count` would be the number of axes, which here is `rank`.
extension Shape: Sequence {
  /// The sizes of the axes, one after the other.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let shape: Shape
    @usableFromInline var axis: Int = 0

    @inlinable
    init(_ shape: Shape) { self.shape = shape }

    @inlinable
    public mutating func next() -> Int? {
      guard axis < shape.rank else { return nil }
      defer { axis &+= 1 }
      return shape.unchecked(axis)
    }
  }

  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }

  @inlinable public var underestimatedCount: Int { rank }

  /// The axes.
  @inlinable public var indices: Range<Int> { 0..<rank }

  /// The size of the outermost axis; nil for a scalar's shape.
  @inlinable public var first: Int? { rank > 0 ? unchecked(0) : nil }

  /// The size of the innermost axis; nil for a scalar's shape.
  @inlinable public var last: Int? { rank > 0 ? unchecked(rank &- 1) : nil }
}

extension Shape: ExpressibleByArrayLiteral {
  @inlinable
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

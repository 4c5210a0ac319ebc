/// A growing buffer of trivial elements that is reached through a pointer, without a reference count or exclusivity check.
///
/// Appending to an `Array` property of a class costs some 19 ns; this costs a compare and a store. The owner calls
/// `deallocate()`.
struct GrowableBuffer<Element: BitwiseCopyable> {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count: Int = 0
  private var capacity: Int

  init(minimumCapacity: Int = 64) {
    capacity = max(minimumCapacity, 16)
    base = .allocate(capacity: capacity)
  }

  func deallocate() { base.deallocate() }

  @inline(__always)
  subscript(index: Int) -> Element {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }

  @inline(__always)
  subscript(index: Int32) -> Element {
    get { base[Int(index)] }
    nonmutating set { base[Int(index)] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow(to: count &+ 1) }
    base[count] = element
    count &+= 1
  }

  @inline(__always)
  mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
    if count &+ elements.count > capacity { grow(to: count &+ elements.count) }
    for index in 0..<elements.count { base[count &+ index] = elements[index] }
    count &+= elements.count
  }

  @inline(__always)
  mutating func truncate(to newCount: Int) { count = newCount }

  /// Makes the buffer `newCount` long, new elements being `element`.
  mutating func resize(to newCount: Int, filling element: Element) {
    if newCount > capacity { grow(to: newCount) }
    if newCount > count { (base + count).update(repeating: element, count: newCount - count) }
    count = newCount
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let newCapacity = max(capacity * 2, needed)
    let new = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
    new.update(from: base, count: count)
    base.deallocate()
    base = new
    capacity = newCapacity
  }
}

internal import CKernels
internal import DenseArrays

/// What comes after a product and is not near: each step reads and writes rows of sequences and trajectories that no step
/// before has touched.
///
/// A product has time to spare for memory. So while it runs, it brings near what the instructions after it need, up to
/// and with the next product, around the end of a step if need be.
extension ScanPlan {
  /// Rows that a product brings near.
  struct Soon: BitwiseCopyable {
    /// The product's index among the instructions.
    var product: Int32
    var location: Int32
    var columns: Int32
    /// They are those of the next step.
    var isNext: Bool
  }

  /// Bytes that a scan goes through and that stay in the second-level cache by themselves.
  private static let nearByteCount = 1 << 22
  /// Bytes beside which a product's own operands do not stay in the second-level cache.
  private static let tooManyBytes = 3 << 18

  /// What each product may bring near, in the order of the products.
  func soonNeeded() -> [Soon] {
    var result: [Soon] = []
    let count = instructions.count
    for (index, product) in instructions.enumerated() where product.kind == .product {
      for distance in 1...count {
        let other = instructions[(index + distance) % count]
        for place in Int(other.firstLocation)..<Int(other.firstLocation + other.locationCount) where isMoving(place) {
          result.append(
            Soon(
              product: Int32(index), location: Int32(place), columns: Int32(columns(place, other).count),
              isNext: index + distance >= count))
        }
        if other.kind == .product { break }
      }
    }
    return result
  }

  /// Whether a location is somewhere else at each step. States before a step were written at the end of the one before.
  private func isMoving(_ place: Int) -> Bool {
    switch locations[place].base {
    case .operandStep, .resultStep, .after: locations[place].rowStride > 0
    case .before, .fixed, .scratch: false
    }
  }

  /// Calls `body` with what each product of a run brings near, none of it twice.
  ///
  /// It is nothing where the memory of all steps is little, or that of one product is too much.
  func withSoon(
    _ cursors: UnsafePointer<ScanCursor>, time: Int, _ body: (UnsafePointer<Soon>, _ count: Int) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Soon.self, capacity: soon.count + 1) { buffer in
      guard let kept = buffer.baseAddress else { return }
      var count = 0
      var stepBytes = 0
      var product: Int32 = -1
      var productBytes = 0
      var isTooMuch = false
      for item in soon where !isNear(item, cursors, UnsafeBufferPointer(start: kept, count: count)) {
        kept[count] = item
        count += 1
        let bytes = rows * Int(item.columns) * scalarType.byteCount
        productBytes = bytes + (item.product == product ? productBytes : 0)
        product = item.product
        isTooMuch = isTooMuch || productBytes > ScanPlan.tooManyBytes
        stepBytes += bytes
      }
      body(kept, isTooMuch || stepBytes * time <= ScanPlan.nearByteCount ? 0 : count)
    }
  }

  /// Whether rows are the product's own, among those that it brings near already, or one of two that take turns.
  private func isNear(
    _ item: Soon, _ cursors: UnsafePointer<ScanCursor>, _ kept: UnsafeBufferPointer<Soon>
  ) -> Bool {
    func start(_ location: Int32, isNext: Bool) -> UnsafeMutableRawPointer {
      let cursor = cursors[Int(location)]
      return cursor.pointer + (isNext ? cursor.advance : 0)
    }
    let bytes = scalarType.byteCount
    let from = start(item.location, isNext: item.isNext)
    let end = from + Int(item.columns) * bytes
    func isIn(_ other: UnsafeMutableRawPointer, _ columns: Int) -> Bool {
      from >= other && end <= other + columns * bytes
    }
    if cursors[Int(item.location)].alternates { return true }
    let product = instructions[Int(item.product)]
    for place in product.firstLocation..<product.firstLocation + product.locationCount
    where isIn(start(place, isNext: false), columns(Int(place), product).count) { return true }
    return kept.contains { other in
      other.product == item.product && isIn(start(other.location, isNext: other.isNext), Int(other.columns))
    }
  }
}

import Autodiff
import Testing

@Suite("Scans of random cells")
struct RandomCellTests {
  /// Seeds in parts that run side by side.
  static let partCount = 8
  #if DEBUG
    // A cell takes some ten times as long without optimisation.
    static let casesPerPart = 10
  #else
    static let casesPerPart = 40
  #endif

  @Test("equal the loop in every way of running them", arguments: 0..<partCount)
  func equalLoop(_ part: Int) {
    var count = 0
    var seed = UInt64(part) << 32
    while count < Self.casesPerPart {
      seed += 1
      guard let drawn = RandomScan(seed: seed) else { continue }
      count += 1
      guard drawn.fault() != nil else { continue }
      let smallest = drawn.shrunk()
      Issue.record("\(smallest)\n\(smallest.fault() ?? "")")
      return
    }
  }

  /// A captured value that is named and kept; more pointwise programs than a tape's table had room for; gradients of
  /// captured values from products, a cross entropy and a transposition with them; a captured matrix beside a state.
  @Test("equal the loop where they once did not", arguments: [17, 824, 960, 1193, 1898, 100_027] as [UInt64])
  func oldFaults(_ seed: UInt64) throws {
    let drawn = try #require(RandomScan(seed: seed))
    #expect(drawn.fault() == nil)
  }

  @Test("equal the loop without one, where all states happen to be linear")
  func parallel() {
    var count = 0
    for seed in 1...150 as ClosedRange<UInt64> {
      guard let drawn = RandomScan(seed: seed << 24, isParallel: true) else { continue }
      count += 1
      guard drawn.fault() != nil else { continue }
      let smallest = drawn.shrunk()
      Issue.record("\(smallest)\n\(smallest.fault() ?? "")")
      return
    }
    #expect(count >= 5)
  }
}

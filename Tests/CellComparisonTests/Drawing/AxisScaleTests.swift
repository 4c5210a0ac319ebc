import Testing

@testable import CellComparison

@Suite("Axes")
struct AxisScaleTests {
  @Test(
    "round numbers are marked, and the axis ends at them",
    arguments: [
      ([0, 10], ["0", "2", "4", "6", "8", "10"]),
      ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([0.03, 0.31], ["0", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]),
      ([-3, 4], ["-4", "-2", "0", "2", "4"]),
      ([0, 2_000_000], ["0", "500000", "1e6", "1.5e6", "2e6"]),
      ([0, 4e-7], ["0", "1e-7", "2e-7", "3e-7", "4e-7"]),
      ([3, 3], ["1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"]),
      ([0, 0], ["-0.6", "-0.4", "-0.2", "0", "0.2", "0.4", "0.6"]),
      ([], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([.nan, .infinity, 0, 10], ["0", "2", "4", "6", "8", "10"]),
    ] as [([Double], [String])])
  func linear(values: [Double], labels: [String]) {
    let scale = AxisScale(covering: values)
    #expect(scale.ticks.map(\.label) == labels)
    for value in values where value.isFinite { #expect((0...1).contains(scale.share(value) ?? -1)) }
    #expect(scale.share(scale.ticks[0].value).map { abs($0) < 1e-9 } == true)
    #expect(scale.share(scale.ticks[scale.ticks.count - 1].value).map { abs($0 - 1) < 1e-9 } == true)
    #expect(scale.share(.nan) == nil && scale.share(.infinity) == nil)
  }

  @Test(
    "powers of ten are marked on a logarithmic axis",
    arguments: [
      ([1e-12, 1], ["1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "0.01", "1"]),
      ([0.2, 0.3], ["0.2", "0.5"]),
      ([0.03, 2], ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]),
      ([5e-8, 6e-8], ["5e-8", "1e-7"]),
      ([7, 7], ["2", "5", "10", "20", "50"]),
      ([2, 30_000], ["1", "10", "100", "1000", "10000", "1e5"]),
      ([1e-300, 1e300], ["1e-300", "1e-200", "1e-100", "1", "1e100", "1e200", "1e300"]),
      ([0, -1, .nan], ["1", "2", "5", "10"]),
    ] as [([Double], [String])])
  func logarithmic(values: [Double], labels: [String]) {
    let scale = AxisScale(covering: values, isLogarithmic: true)
    #expect(scale.ticks.map(\.label) == labels)
    #expect(scale.share(0) == nil && scale.share(-1) == nil)
  }

  @Test("equal ratios are equal distances on a logarithmic axis")
  func ratios() throws {
    let scale = AxisScale(covering: [1, 10_000], isLogarithmic: true)
    for (value, share) in [(1.0, 0), (10, 0.25), (100, 0.5), (10_000, 1)] {
      #expect(abs(try #require(scale.share(value)) - share) < 1e-12)
    }
  }

  @Test("an axis that ends with its numbers marks the round ones between them")
  func open() {
    let scale = AxisScale(covering: [1, 12], endsAtTicks: false)
    #expect(scale.ticks.map(\.label) == ["2", "4", "6", "8", "10", "12"])
    #expect(scale.share(1) == 0 && scale.share(12) == 1)
  }

  @Test("the largest numbers have places too")
  func extremes() throws {
    let scale = AxisScale(covering: [-.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    let share = try #require(scale.share(0))
    #expect(abs(share - 0.5) < 1e-9)
    #expect(scale.ticks.count > 1)
  }
}

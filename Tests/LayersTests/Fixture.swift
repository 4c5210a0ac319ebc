import DenseArrays
import Foundation
import Testing

/// A golden file: nested lists and dictionaries of numbers.
struct Fixture {
  let root: Any

  init(_ name: String) throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    root = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
  }

  private init(root: Any) { self.root = root }

  subscript(key: String) -> Fixture {
    get throws { Fixture(root: try #require((root as? [String: Any])?[key], "no \"\(key)\"")) }
  }

  subscript(index: Int) -> Fixture {
    get throws { Fixture(root: try #require(root as? [Any])[index]) }
  }

  var keys: [String] { (root as? [String: Any]).map { Array($0.keys) } ?? [] }

  var integer: Int {
    get throws { try #require(root as? Int) }
  }

  var string: String {
    get throws { try #require(root as? String) }
  }

  var strings: [String] {
    get throws { try #require(root as? [String]) }
  }

  var shapes: [Shape] {
    get throws { try #require(root as? [[Int]]).map { Shape($0) } }
  }

  /// Nested lists of numbers as a float64 array.
  var array: DenseArray {
    get throws {
      var sizes: [Int] = []
      var level = root
      while let list = level as? [Any] {
        sizes.append(list.count)
        level = try #require(list.first)
      }
      var elements: [Double] = []
      func collect(_ value: Any) throws {
        if let list = value as? [Any] {
          for element in list { try collect(element) }
        } else {
          elements.append(try #require(value as? Double))
        }
      }
      try collect(root)
      return DenseArray(elements, shape: Shape(sizes))
    }
  }
}

/// Records a failure unless |a - b| <= tolerance (1 + |a| + |b|) for all elements.
func expectClose(
  _ found: DenseArray, _ expected: DenseArray, tolerance: Double, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    found.shape == expected.shape && found.isClose(to: expected, tolerance: tolerance),
    "\(what): found \(found.elements) of shape \(found.shape), expected \(expected.elements) of \(expected.shape)",
    sourceLocation: sourceLocation)
}

import DenseArrays

/// An array whose elements are found by plain index arithmetic: the oracle for the values of primitives.
struct NaiveArray: Sendable {
  let shape: [Int]
  var elements: [Double]

  init(_ array: DenseArray) {
    shape = Array(array.shape)
    elements = array.elements
  }

  /// An array from a rule for each element.
  init(_ shape: [Int], _ element: ([Int]) -> Double) {
    self.shape = shape
    elements = NaiveArray.indices(of: shape).map(element)
  }

  /// All indices of a shape, the last axis fastest.
  static func indices(of shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { partial, size in partial.flatMap { index in (0..<size).map { index + [$0] } } }
  }

  subscript(_ index: [Int]) -> Double {
    get { elements[position(index)] }
    set { elements[position(index)] = newValue }
  }

  private func position(_ index: [Int]) -> Int {
    zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }
  }

  /// The element that NumPy's broadcasting puts at an index of a larger shape.
  func broadcastElement(_ index: [Int]) -> Double {
    let own = index.suffix(shape.count)
    return self[zip(shape, own).map { $0 == 1 ? 0 : $1 }]
  }

  func map(_ function: (Double) -> Double) -> NaiveArray { NaiveArray(shape) { function(self[$0]) } }

  /// NumPy's broadcasting of shapes.
  static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
    let rank = max(a.count, b.count)
    let first = Array(repeating: 1, count: rank - a.count) + a
    let second = Array(repeating: 1, count: rank - b.count) + b
    return zip(first, second).map { $0 == 1 ? $1 : $0 }
  }

  static func zip2(_ a: NaiveArray, _ b: NaiveArray, _ function: (Double, Double) -> Double) -> NaiveArray {
    NaiveArray(broadcastShape(a.shape, b.shape)) { function(a.broadcastElement($0), b.broadcastElement($0)) }
  }

  /// The sum over axes, which are kept with size 1.
  func sum(_ axes: [Int]) -> NaiveArray {
    var kept = shape
    for axis in axes { kept[axis] = 1 }
    var result = NaiveArray(kept) { _ in 0 }
    for index in NaiveArray.indices(of: shape) {
      var target = index
      for axis in axes { target[axis] = 0 }
      result[target] += self[index]
    }
    return result
  }

  /// The same elements in another shape.
  func reshaped(_ shape: [Int]) -> NaiveArray {
    var position = 0
    return NaiveArray(shape) { _ in
      defer { position += 1 }
      return elements[position]
    }
  }
}

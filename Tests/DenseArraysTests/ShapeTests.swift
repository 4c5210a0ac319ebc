import DenseArrays
import Testing

@Suite("Shapes")
struct ShapeTests {
  @Test(
    "rank, number of elements and sizes",
    arguments: [[], [0], [7], [2, 3], [2, 0, 3], [1, 1, 1], [2, 3, 4, 5, 6, 7]] as [[Int]])
  func sizes(sizes: [Int]) {
    let shape = Shape(sizes)
    #expect(shape.rank == sizes.count)
    #expect(shape.count == sizes.reduce(1, *))
    #expect(Array(shape) == sizes)
    #expect(shape.map { $0 } == sizes)
    #expect(shape.indices == sizes.indices)
    #expect(shape.first == sizes.first && shape.last == sizes.last)
    for axis in 0..<sizes.count {
      #expect(shape[axis] == sizes[axis])
      #expect(shape[axis - sizes.count] == sizes[axis])
    }
    #expect(shape.description == sizes.description)
    #expect(Shape(shape) == shape)
  }

  @Test("axes are added and removed at both ends")
  func editing() {
    let shape: Shape = [2, 3]
    #expect(shape.prepending(5) == [5, 2, 3])
    #expect(shape.appending(5) == [2, 3, 5])
    #expect(shape.dropFirst == [3])
    #expect(shape.dropLast == [2])
    #expect(([4] as Shape).dropFirst == [])
    #expect(([4] as Shape).dropLast == [])
    var changed = shape
    changed[-1] = 9
    #expect(changed == [2, 9] && changed != shape)
    #expect(shape.count(of: 0..<2) == 6 && shape.count(of: 1..<2) == 3 && shape.count(of: 1..<1) == 1)
    #expect(shape.normalized(axis: -2) == 0 && shape.normalized(axis: 2) == nil && shape.normalized(axis: -3) == nil)
  }

  @Test("shapes that were made in different ways are equal and hash equally")
  func equality() {
    let shapes: Set<Shape> = [[2, 3], ([3] as Shape).prepending(2), ([2, 3, 4] as Shape).dropLast]
    #expect(shapes.count == 1)
    #expect(([2, 3] as Shape) != [2, 3, 1])
    #expect(([] as Shape) != [1])
  }

  @Test(
    "broadcasting aligns innermost axes and repeats axes of size 1",
    arguments: [
      ([2, 3], [2, 3], [2, 3]), ([2, 3], [3], [2, 3]), ([], [4, 5], [4, 5]), ([2, 1], [1, 3], [2, 3]),
      ([8, 1, 6, 1], [7, 1, 5], [8, 7, 6, 5]), ([0], [1], [0]), ([2, 3], [4], nil), ([2], [3], nil), ([0], [2], nil),
    ] as [(Shape, Shape, Shape?)])
  func broadcast(first: Shape, second: Shape, expected: Shape?) {
    #expect(Shape.broadcast(first, second) == expected)
    #expect(Shape.broadcast(second, first) == expected)
  }
}

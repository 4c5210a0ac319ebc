import DenseArrays
import Testing

@Suite("Dense arrays")
struct DenseArrayTests {
  @Test("zeros and repeated values", arguments: ScalarType.allCases)
  func filled(scalarType: ScalarType) {
    let zeros = DenseArray(zeros: [2, 3], scalarType)
    #expect(zeros.elements == [0, 0, 0, 0, 0, 0])
    #expect(zeros.count == 6 && zeros.byteCount == 6 * scalarType.byteCount && zeros.scalarType == scalarType)
    #expect(DenseArray(repeating: -7, shape: [3], scalarType).elements == [-7, -7, -7])
    #expect(DenseArray(repeating: 1, shape: [0, 4], scalarType).elements == [])
    #expect(DenseArray(repeating: 5, shape: [], scalarType).elements == [5])
  }

  @Test("nested Swift arrays are row-major and keep their type")
  func nestedArrays() {
    let vector = DenseArray([1, 2, 3] as [Int32])
    #expect(vector.shape == [3] && vector.scalarType == .int32 && vector.toArray(of: Int32.self) == [1, 2, 3])
    let matrix = DenseArray([[1, 2, 3], [4, 5, 6]] as [[Float]])
    #expect(matrix.shape == [2, 3] && matrix.toArray(of: Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(matrix[1, 0] == 4 && matrix[0, 2] == 3)
    let block = DenseArray([[[1], [2]], [[3], [4]], [[5], [6]]] as [[[Double]]])
    #expect(block.shape == [3, 2, 1] && block.toArray(of: Double.self) == [1, 2, 3, 4, 5, 6])
    #expect(DenseArray([] as [Float]).shape == [0])
    #expect(DenseArray([[], []] as [[Float]]).shape == [2, 0])
    #expect(DenseArray([[[]], [[]]] as [[[Float]]]).shape == [2, 1, 0])
    #expect(DenseArray(stride(from: 1, to: 4, by: 1).map(Float.init), shape: [3, 1]).elements == [1, 2, 3])
  }

  @Test("numbers without a type are float64, however they are written")
  func literals() {
    #expect(DenseArray([1, 2, 3]).scalarType == .float64)
    #expect(DenseArray([1.5, 2]).scalarType == .float64)
    #expect(DenseArray([[1, 2]]).scalarType == .float64)
    let literal: DenseArray = [[1, -2.5], [3, 4]]
    #expect(literal.shape == [2, 2] && literal.scalarType == .float64 && literal.elements == [1, -2.5, 3, 4])
    #expect(([] as DenseArray).shape == [0])
    #expect(([[], []] as DenseArray).shape == [2, 0])
    let deep: DenseArray = [[[[[[1, 2]]]]]]
    #expect(deep.shape == [1, 1, 1, 1, 1, 2])
  }

  @Test("a literal takes the type that is asked for", arguments: ScalarType.allCases)
  func typedLiterals(scalarType: ScalarType) {
    let array = DenseArray([[1, 2], [3, -4]], scalarType)
    #expect(array.shape == [2, 2] && array.scalarType == scalarType && array.elements == [1, 2, 3, -4])
    let scalar = DenseArray(scalar: 3, scalarType)
    #expect(scalar.shape == [] && scalar.item == 3 && scalar.scalarType == scalarType)
  }

  @Test("single elements are read and set by index", arguments: ScalarType.allCases)
  func subscripts(scalarType: ScalarType) {
    var array = DenseArray([[[1, 2, 3], [4, 5, 6]]], scalarType)
    #expect(array[0, 1, 2] == 6)
    array[0, 0, 1] = -9
    #expect(array.elements == [1, -9, 3, 4, 5, 6])
    var scalar = DenseArray(scalar: 1, scalarType)
    scalar[] = 2
    #expect(scalar.item == 2 && scalar[] == 2)
  }

  @Test("setting an element leaves copies and views as they were")
  func copyOnWrite() {
    var array: DenseArray = [[1, 2], [3, 4], [5, 6]]
    let copy = array
    let view = array.slice(1..<3)
    array[1, 0] = 30
    #expect(copy.elements == [1, 2, 3, 4, 5, 6])
    #expect(view.elements == [3, 4, 5, 6])
    #expect(array.elements == [1, 2, 30, 4, 5, 6])
    var row = array.row(2)
    row[0] = 50
    #expect(array.elements == [1, 2, 30, 4, 5, 6])
    #expect(row.elements == [50, 6])
    array.withUnsafeMutableElements(of: Double.self) { $0[5] = 60 }
    #expect(array[2, 1] == 60 && row[1] == 6)
  }

  @Test("a storage's number and version change with its bytes, and only then")
  func storageIdentity() {
    var array = DenseArray(zeros: [4])
    let number = array.storage.number
    let version = array.storage.version
    array[0] = 1
    #expect(array.storage.number == number && array.storage.version != version)
    let copy = array
    #expect(copy.storage.number == number)
    array[0] = 2
    #expect(array.storage.number != number && copy.storage.number == number)
    #expect(array.storage.pointer != copy.storage.pointer)
  }

  @Test("storage is aligned to 64 bytes", arguments: [0, 1, 3, 17, 1000])
  func alignment(count: Int) {
    #expect(Int(bitPattern: DenseArray(zeros: [count]).pointer) % 64 == 0)
  }

  @Test("slices, rows and reshapes share memory and show the right elements")
  func views() {
    let array = DenseArray(Array(0..<24).map(Float.init), shape: [4, 3, 2])
    let slice = array.slice(1..<3)
    #expect(slice.shape == [2, 3, 2] && slice.elements == (6..<18).map(Double.init))
    #expect(slice.storage === array.storage)
    #expect(slice.row(1).shape == [3, 2] && slice.row(1).elements == (12..<18).map(Double.init))
    #expect(slice.row(1).row(2).row(0).shape == [] && slice.row(1).row(2).row(0).item == 16)
    #expect(slice.reshaped(to: [12])[11] == 17)
    #expect(array.slice(2..<2).shape == [0, 3, 2] && array.slice(4..<4).count == 0)
    #expect(slice.row(0) == array.row(1))
  }

  @Test("elements of every type come out as Double")
  func elements() {
    #expect(DenseArray([0.1, 2] as [Float]).elements == [Double(Float(0.1)), 2])
    #expect(DenseArray([Int32.min, Int32.max]).elements == [-2_147_483_648, 2_147_483_647])
    #expect(DenseArray([[1.5]]).item == 1.5)
  }
}

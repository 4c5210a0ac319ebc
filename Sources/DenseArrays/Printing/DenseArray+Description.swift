extension DenseArray: CustomStringConvertible {
  /// Element type and shape on a line of their own, then the numbers in aligned columns.
  ///
  ///     float32 [2, 3]
  ///     [[ 1.50,  2.00, -0.25],
  ///      [ 4.00,   nan,   inf]]
  ///
  /// Numbers are rounded to four decimals, fewer when fewer say the same; the whole array changes to exponents when one
  /// number is too large or too small for that. Lines are broken after about 100 characters. Of more than 1000 elements, the first and last three along each axis are shown.
  public var description: String { formatted() }

  /// The description with another number of decimals, or without leaving elements out.
  public func formatted(decimals: Int = 4, maximumCount: Int = 1000) -> String {
    guard decimals >= 0 else { stop("DenseArray.formatted: \(decimals) decimals") }
    let header = "\(scalarType) \(shape)"
    guard count > 0 else { return header + "\n[]" }
    var printer = ArrayPrinter(shape: shape, edge: count > maximumCount ? 3 : nil)
    printer.collect(axis: 0, offset: 0)
    let numbers = printer.offsets.map(element)
    let texts = NumberColumn(numbers, isSingle: scalarType == .float32, decimals: decimals).texts
    return header + "\n" + printer.text(texts)
  }
}

/// The layout of brackets, commas and line ends for a shape.
private struct ArrayPrinter {
  let shape: Shape
  /// How many indices are shown at each end of an axis that is too long; nil shows all.
  let edge: Int?
  /// The row-major numbers of the elements that are shown, in the order of printing.
  var offsets: [Int] = []

  init(shape: Shape, edge: Int?) {
    self.shape = shape
    self.edge = edge
  }

  /// The indices of an axis that are shown; nil stands for those left out.
  private func indices(_ axis: Int) -> [Int?] {
    let size = shape[axis]
    guard let edge, size > 2 * edge else { return Array(0..<size) }
    return Array(0..<edge) + [nil] + Array(size - edge..<size)
  }

  mutating func collect(axis: Int, offset: Int) {
    guard axis < shape.rank else { return offsets.append(offset) }
    for case let index? in indices(axis) { collect(axis: axis + 1, offset: offset * shape[axis] + index) }
  }

  func text(_ texts: [String]) -> String {
    var rest = texts[...]
    return text(axis: 0, &rest)
  }

  private func text(axis: Int, _ texts: inout ArraySlice<String>) -> String {
    guard axis < shape.rank else { return texts.removeFirst() }
    let isInnermost = axis == shape.rank - 1
    let indent = String(repeating: " ", count: axis + 1)
    var result = "["
    var column = axis + 1
    for (position, index) in indices(axis).enumerated() {
      let part = index == nil ? "..." : text(axis: axis + 1, &texts)
      if position > 0 {
        result += ","
        if !isInnermost {
          // Matrices stand apart by an empty line, arrays of matrices by two.
          result += String(repeating: "\n", count: shape.rank - axis - 1) + indent
        } else if column + part.count > 100 {
          result += "\n" + indent
          column = axis + 1
        } else {
          result += " "
        }
      }
      result += part
      column += part.count + 2
    }
    return result + "]"
  }
}

/// Numbers as texts of one width.
private struct NumberColumn {
  let texts: [String]

  init(_ numbers: [Double], isSingle: Bool, decimals: Int) {
    func decimal(_ number: Double) -> DecimalNumber {
      // The digits of a float32 number are those that tell it from other float32 numbers.
      DecimalNumber(description: isSingle ? Float(number).description : number.description)
    }
    let finite = numbers.filter(\.isFinite)
    let needed = min(finite.map { decimal($0).decimals }.max() ?? 0, decimals)
    let magnitudes = finite.map(abs).filter { $0 > 0 }
    // Whole numbers have no decimals to lose, up to the size of an int32.
    let largest = finite.allSatisfy { $0 == Double(Int64(exactly: $0) ?? 0) } ? 0x1p31 : 1e6
    var smallest = 1.0
    for _ in 0..<decimals { smallest /= 10 }
    let isFixed = magnitudes.allSatisfy { $0 <= largest && $0 >= smallest }
    let texts = numbers.map { number in
      if number.isNaN { return "nan" }
      if number.isInfinite { return number < 0 ? "-inf" : "inf" }
      return isFixed ? decimal(number).fixed(decimals: needed) : decimal(number).scientific(decimals: decimals)
    }
    let width = texts.map(\.count).max() ?? 0
    self.texts = texts.map { String(repeating: " ", count: width - $0.count) + $0 }
  }
}

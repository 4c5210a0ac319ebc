extension DenseArray {
  /// An array without axes: one number. A value that an int32 element cannot hold stops.
  public init(scalar value: Double, _ scalarType: ScalarType = .float32) {
    self.init(repeating: value, shape: [], scalarType)
  }

  /// A vector of the type of its elements; numbers that are written down without a type are `Double`, as in Swift.
  public init<Scalar: DenseScalar>(_ elements: [Scalar]) {
    self.init(elements, shape: [elements.count])
  }

  /// A matrix from its rows; rows of different lengths stop.
  public init<Scalar: DenseScalar>(_ rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    for (index, row) in rows.enumerated() where row.count != columns {
      stop("DenseArray: row 0 has \(columns) elements and row \(index) has \(row.count)")
    }
    self.init(rows.flatMap { $0 }, shape: [rows.count, columns])
  }

  /// An array of three axes from its matrices; matrices or rows of different sizes stop.
  public init<Scalar: DenseScalar>(_ matrices: [[[Scalar]]]) {
    let rows = matrices.first?.count ?? 0
    let columns = matrices.first?.first?.count ?? 0
    for (index, matrix) in matrices.enumerated() {
      guard matrix.count == rows else {
        stop("DenseArray: matrix 0 has \(rows) rows and matrix \(index) has \(matrix.count)")
      }
      for (number, row) in matrix.enumerated() where row.count != columns {
        stop(
          "DenseArray: row 0 of matrix 0 has \(columns) elements "
            + "and row \(number) of matrix \(index) has \(row.count)")
      }
    }
    self.init(matrices.flatMap { $0.flatMap { $0 } }, shape: [matrices.count, rows, columns])
  }

  /// An array of the given element type from a literal of any depth.
  ///
  ///     DenseArray([[1, 2], [3, 4]], .float32)
  ///
  /// Parts of different shapes and numbers that an int32 element cannot hold stop.
  public init(_ literal: Literal, _ scalarType: ScalarType) {
    self = DenseArray(literal.numbers, shape: literal.shape).converted(to: scalarType)
  }

  /// A number, or a list of literals of one shape: what an array literal is made of.
  public struct Literal: Sendable, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    let shape: Shape
    let numbers: [Double]

    public init(floatLiteral value: Double) {
      shape = []
      numbers = [value]
    }

    /// Infinity, as an element.
    public static var infinity: Literal { Literal(floatLiteral: .infinity) }

    /// Not a number, as an element.
    public static var nan: Literal { Literal(floatLiteral: .nan) }

    /// The negative, for `-.infinity`: numbers have their sign already.
    public static prefix func - (literal: Literal) -> Literal {
      Literal(shape: literal.shape, numbers: literal.numbers.map { -$0 })
    }

    public init(integerLiteral value: Int) { self.init(floatLiteral: Double(value)) }

    public init(arrayLiteral elements: Literal...) { self.init(elements) }

    init(_ parts: [Literal]) {
      let inner = parts.first?.shape ?? []
      for (index, part) in parts.enumerated() where part.shape != inner {
        stop("DenseArray: part 0 of the literal has shape \(inner) and part \(index) has \(part.shape)")
      }
      shape = inner.prepending(parts.count)
      numbers = parts.flatMap(\.numbers)
    }

    private init(shape: Shape, numbers: [Double]) {
      self.shape = shape
      self.numbers = numbers
    }
  }
}

extension DenseArray: ExpressibleByArrayLiteral {
  /// A float64 array from a literal of any depth: numbers without a type are `Double`, as in Swift.
  public init(arrayLiteral elements: Literal...) {
    self.init(Literal(elements), .float64)
  }
}

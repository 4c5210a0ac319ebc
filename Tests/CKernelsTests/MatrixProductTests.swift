import CKernels
import Testing

@Suite struct MatrixProductTests {
  #if DEBUG
    // Products take long without optimisation: about half of the sizes.
    static let sizes = [0, 1, 3, 7, 8, 9, 17, 33, 49]
  #else
    static let sizes = [0, 1, 2, 3, 7, 8, 9, 16, 17, 33, 48, 49, 100]
  #endif

  func check<Scalar: KernelScalar>(_ product: Product<Scalar>, _ kernels: Kernels) {
    let (expected, magnitudes) = product.naive()
    let result = product.run(kernels, threads: 1, packed: false)
    let wrong = result.indices.first { !(abs(result[$0].double - expected[$0]) <= product.tolerance(magnitudes[$0])) }
    if let wrong {
      Issue.record("\(product): element \(wrong) is \(result[wrong]), not \(expected[wrong])")
    }
    for threads in [1, 2] as [Int32] {
      for packed in product.batch == 1 ? [false, true] : [false] {
        let other = product.run(kernels, threads: threads, packed: packed)
        if let index = firstDifference(result, other) {
          Issue.record(
            "\(product), \(threads) threads, packed \(packed): element \(index) is \(other[index]), not \(result[index])"
          )
        }
      }
    }
  }

  /// All shapes of the grid; transpositions, starts and depths take turns so that each meets each.
  func checkGrid<Scalar: KernelScalar>(_: Scalar.Type, _ kernels: Kernels) {
    var turn = 0
    for m in Self.sizes {
      for n in Self.sizes {
        for k in [0, 1, 2, 3, 7, 9, 33, 100] {
          turn += 1
          let choice = turn + turn / 8
          check(
            Product<Scalar>(
              m: m, n: n, k: k, transposedA: choice % 2 == 1, transposedB: choice / 2 % 2 == 1,
              start: Product<Scalar>.Start.allCases[choice / 4 % 4]), kernels)
        }
      }
    }
  }

  @Test(arguments: availableKernels)
  func productsAreRightAndEqualHoweverTheyAreRunInFloat32(_ kernels: Kernels) { checkGrid(Float.self, kernels) }

  @Test(arguments: availableKernels)
  func productsAreRightAndEqualHoweverTheyAreRunInFloat64(_ kernels: Kernels) { checkGrid(Double.self, kernels) }

  @Test(arguments: availableKernels)
  func allTranspositionsAndStarts(_ kernels: Kernels) {
    for m in [1, 2, 5, 21] {
      for transpositions in 0..<4 {
        for start in Product<Float>.Start.allCases {
          let product = Product<Float>(
            m: m, n: 77, k: 30, transposedA: transpositions & 1 != 0, transposedB: transpositions & 2 != 0,
            start: start)
          check(product, kernels)
        }
      }
    }
  }

  /// Shapes that are cut by depth, by columns and by rows, and shared by threads.
  @Test(arguments: availableKernels)
  func largeProductsAreCutWithoutAChangeOfBits(_ kernels: Kernels) {
    check(Product<Float>(m: 37, n: 700, k: 1100), kernels)
    check(Product<Float>(m: 150, n: 500, k: 1030, transposedA: true, start: .c), kernels)
    check(Product<Float>(m: 300, n: 40, k: 600, transposedB: true, start: .matrix), kernels)
    check(Product<Float>(m: 1, n: 1500, k: 700, start: .row), kernels)
    check(Product<Double>(m: 130, n: 200, k: 1030, transposedA: true, transposedB: true), kernels)
    check(Product<Double>(m: 2, n: 1000, k: 600), kernels)
  }

  /// Weight gradients, A and B read across their rows, which are made transposed when B is not packed before.
  @Test(arguments: availableKernels)
  func narrowAndDeepProductsAreMadeTransposedWithoutAChangeOfBits(_ kernels: Kernels) {
    check(Product<Float>(m: 64, n: 2, k: 500, transposedA: true), kernels)
    check(Product<Float>(m: 131, n: 29, k: 300, transposedA: true, transposedB: true), kernels)
    check(Product<Double>(m: 51, n: 25, k: 2050, transposedA: true), kernels)
  }

  @Test(arguments: availableKernels)
  func batchesAreProductsOneByOne(_ kernels: Kernels) {
    for (m, n, k) in [(1, 1, 1), (3, 5, 2), (8, 48, 16), (20, 50, 70)] {
      for transpositions in 0..<4 {
        check(
          Product<Float>(
            m: m, n: n, k: k, transposedA: transpositions & 1 != 0, transposedB: transpositions & 2 != 0, start: .row,
            batch: 7), kernels)
        check(Product<Double>(m: m, n: n, k: k, start: .c, batch: 3), kernels)
      }
    }
    check(Product<Float>(m: 64, n: 90, k: 80, start: .matrix, batch: 2), kernels)
  }

  @Test(arguments: availableKernels)
  func aBatchOfStrideZeroSharesItsOperand(_ kernels: Kernels) {
    let (a, b): ([Float], [Float]) = (TestNumbers.array(5 * 4 * 3, seed: 1), TestNumbers.array(3 * 6, seed: 2))
    var c = [Float](repeating: 0, count: 5 * 4 * 6)
    var product = tk_product()
    (product.m, product.n, product.k, product.batch) = (4, 6, 3, 5)
    (product.a_row_stride, product.a_column_stride, product.a_batch_stride) = (3, 1, 12)
    (product.b_row_stride, product.b_column_stride, product.b_batch_stride) = (6, 1, 0)
    (product.c_row_stride, product.c_batch_stride) = (6, 24)
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        c.withUnsafeMutableBytes { c in
          (product.a, product.b, product.c) = (a.baseAddress, b.baseAddress, c.baseAddress)
          tk_matrix_product(kernels.table, 2, TK_FLOAT32, &product)
        }
      }
    }
    for row in 0..<20 {
      for column in 0..<6 {
        let expected = (0..<3).reduce(0.0) { $0 + Double(a[row * 3 + $1]) * Double(b[$1 * 6 + column]) }
        // Three roundings of numbers below 1.
        #expect(abs(Double(c[row * 6 + column]) - expected) <= 4e-7)
      }
    }
  }

  /// An operand whose rows and columns both are apart, as in a slice of a slice, and read backwards.
  @Test(arguments: availableKernels)
  func anyStridesAreRead(_ kernels: Kernels) {
    let (m, n, k) = (13, 29, 11)
    let a: [Double] = TestNumbers.array(4000, seed: 5)
    let b: [Double] = TestNumbers.array(4000, seed: 6)
    for (aRow, aColumn, bRow, bColumn) in [(60, 3, 70, 2), (-60, 3, 2, -70), (2, -70, -70, 2), (60, -1, 70, -1)] {
      var c = [Double](repeating: 0, count: m * n)
      var product = tk_product()
      (product.m, product.n, product.k, product.batch, product.c_row_stride) = (m, n, k, 1, n)
      (product.a_row_stride, product.a_column_stride) = (aRow, aColumn)
      (product.b_row_stride, product.b_column_stride) = (bRow, bColumn)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBytes { c in
            product.a = UnsafeRawPointer(a.baseAddress! + 2000)
            product.b = UnsafeRawPointer(b.baseAddress! + 2000)
            product.c = c.baseAddress
            tk_matrix_product(kernels.table, 1, TK_FLOAT64, &product)
          }
        }
      }
      for i in 0..<m {
        for j in 0..<n {
          let expected = (0..<k).reduce(0.0) {
            $0 + a[2000 + i * aRow + $1 * aColumn] * b[2000 + $1 * bRow + j * bColumn]
          }
          // Eleven roundings of numbers below 3.
          #expect(abs(c[i * n + j] - expected) <= 1e-14)
        }
      }
    }
  }

  /// Not a number and infinities reach exactly the elements that they belong to, whatever pads the panels.
  @Test(arguments: availableKernels)
  func nonFiniteElementsStayInTheirRowsAndColumns(_ kernels: Kernels) {
    let (m, n, k) = (9, 21, 5)
    var a: [Float] = TestNumbers.array(m * k, seed: 7)
    var b: [Float] = TestNumbers.array(k * n, seed: 8)
    a[4 * k + 2] = .infinity
    b[3 * n + 20] = .nan
    for packed in [false, true] {
      var c = [Float](repeating: 0, count: m * n)
      let panels = UnsafeMutableRawPointer.allocate(
        byteCount: tk_packed_bytes(kernels.table, TK_FLOAT32, TK_CHAINS, k, n), alignment: 64)
      defer { panels.deallocate() }
      var product = tk_product()
      (product.m, product.n, product.k, product.batch, product.c_row_stride) = (m, n, k, 1, n)
      (product.a_row_stride, product.a_column_stride, product.b_row_stride, product.b_column_stride) = (k, 1, n, 1)
      a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
          c.withUnsafeMutableBytes { c in
            (product.a, product.b, product.c) = (a.baseAddress, b.baseAddress, c.baseAddress)
            if packed {
              tk_pack(kernels.table, 1, TK_FLOAT32, TK_CHAINS, k, n, product.b, n, 1, panels)
              product.packed_b = UnsafeRawPointer(panels)
            }
            tk_matrix_product(kernels.table, 1, TK_FLOAT32, &product)
          }
        }
      }
      for i in 0..<m {
        for j in 0..<n {
          #expect(c[i * n + j].isNaN == (j == 20))
          if j != 20 { #expect(c[i * n + j].isInfinite == (i == 4)) }
        }
      }
    }
  }

  @Test(arguments: availableKernels)
  func scratchMemoryIsReused(_ kernels: Kernels) {
    let product = Product<Float>(m: 40, n: 60, k: 50, transposedA: true, transposedB: true)
    for _ in 0..<2 { _ = product.run(kernels, threads: 1, packed: false) }
    // Other tests run at the same time on their own threads; what this thread adds is none, so some round sees no growth.
    let unchanged = (0..<200).contains { _ in
      let before = tk_scratch_allocations()
      _ = product.run(kernels, threads: 1, packed: false)
      return tk_scratch_allocations() == before
    }
    #expect(unchanged)
  }
}

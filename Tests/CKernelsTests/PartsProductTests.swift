import CKernels
import Testing

/// Products in parts, which only processors with tile registers make.
@Suite(.enabled(if: tk_kernels_for(TK_AMX) != nil)) struct PartsProductTests {
  private let kernels = availableKernels.last!

  private func check(_ product: Product<Float>) {
    let (expected, magnitudes) = product.naive()
    let result = product.run(kernels, threads: 1, packed: false)
    let wrong = result.indices.first { !(abs(Double(result[$0]) - expected[$0]) <= product.tolerance(magnitudes[$0])) }
    if let wrong { Issue.record("\(product): element \(wrong) is \(result[wrong]), not \(expected[wrong])") }
    for (threads, packed) in [(1, true), (2, false), (2, true)] as [(Int32, Bool)] {
      if let index = firstDifference(result, product.run(kernels, threads: threads, packed: packed)) {
        Issue.record("\(product), \(threads) threads, packed \(packed): element \(index) has other bits")
      }
    }
  }

  /// Whole and partial tiles, squares, strips and panels; transpositions and starts take turns.
  @Test func everyShapeIsWithinTheStatedBound() {
    #if DEBUG
      let (rows, columns, depths) = ([1, 16, 17, 49], [1, 33, 64], [0, 1, 17, 70])
    #else
      let rows = [1, 2, 8, 15, 16, 17, 31, 32, 33, 40, 48, 49, 64, 100]
      let columns = [1, 5, 16, 17, 32, 33, 48, 64, 65, 100, 130]
      let depths = [0, 1, 2, 15, 16, 17, 31, 32, 33, 64, 70, 200]
    #endif
    var turn = 0
    for m in rows {
      for n in columns {
        for k in depths {
          turn += 1
          let choice = turn + turn / depths.count
          check(
            Product(
              m: m, n: n, k: k, transposedA: choice % 2 == 1, transposedB: choice / 2 % 2 == 1,
              start: Product<Float>.Start.allCases[choice / 4 % 4], form: TK_PARTS))
        }
      }
    }
  }

  /// More depth than a stage has, more rows than a group has, and pieces for two threads by rows and by columns.
  @Test func largeProductsAreCutWithoutAChangeOfBits() {
    check(Product(m: 70, n: 90, k: 1100, transposedA: true, start: .c, form: TK_PARTS))
    check(Product(m: 1500, n: 33, k: 300, transposedB: true, start: .row, form: TK_PARTS))
    check(Product(m: 40, n: 700, k: 260, transposedA: true, transposedB: true, start: .matrix, form: TK_PARTS))
  }

  @Test func batchesAreProductsOneByOne() {
    let product = Product<Float>(m: 33, n: 40, k: 20, start: .c, batch: 3, form: TK_PARTS)
    let (expected, magnitudes) = product.naive()
    let result = product.run(kernels, threads: 1, packed: false)
    for index in result.indices {
      #expect(abs(Double(result[index]) - expected[index]) <= product.tolerance(magnitudes[index]))
    }
    #expect(firstDifference(result, product.run(kernels, threads: 2, packed: false)) == nil)
  }

  @Test func largeProductsOfFloat32AreChosen() {
    #expect(tk_product_form_for(kernels.table, TK_FLOAT32, 32, 512, 128) == TK_PARTS)
    #expect(tk_product_form_for(kernels.table, TK_FLOAT32, 1, 512, 128) == TK_CHAINS)
    #expect(tk_product_form_for(kernels.table, TK_FLOAT64, 32, 512, 128) == TK_CHAINS)
    for other in availableKernels.dropLast() {
      #expect(tk_product_form_for(other.table, TK_FLOAT32, 32, 512, 128) == TK_CHAINS)
    }
  }

  /// A product in parts of matrices that are given element by element, from `offset` on with strides.
  private func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: [Float], _ b: [Float], offset: Int = 0, strides: (Int, Int, Int, Int)? = nil
  ) -> [Float] {
    var c = [Float](repeating: -1, count: m * n)
    var product = tk_product()
    (product.form, product.m, product.n, product.k, product.batch, product.c_row_stride) = (TK_PARTS, m, n, k, 1, n)
    (product.a_row_stride, product.a_column_stride, product.b_row_stride, product.b_column_stride) =
      strides ?? (k, 1, n, 1)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBytes { c in
          product.a = UnsafeRawPointer(a.baseAddress! + offset)
          product.b = UnsafeRawPointer(b.baseAddress! + offset)
          product.c = c.baseAddress
          tk_matrix_product(kernels.table, 1, TK_FLOAT32, &product)
        }
      }
    }
    return c
  }

  /// An operand whose rows and columns both are apart, as in a slice of a slice, and read backwards.
  @Test func anyStridesAreRead() {
    let (m, n, k) = (35, 37, 41)
    let (a, b): ([Float], [Float]) = (TestNumbers.array(20_000, seed: 5), TestNumbers.array(20_000, seed: 6))
    let strides = [(160, 3, 170, 2), (-160, 3, 2, -170), (2, -170, -170, 2), (160, -1, 170, -1)]
    for (aRow, aColumn, bRow, bColumn) in strides {
      let c = multiply(m, n, k, a, b, offset: 10_000, strides: (aRow, aColumn, bRow, bColumn))
      for i in 0..<m {
        for j in 0..<n {
          var (sum, magnitude) = (0.0, 0.0)
          for l in 0..<k {
            let term = Double(a[10_000 + i * aRow + l * aColumn]) * Double(b[10_000 + l * bRow + j * bColumn])
            sum += term
            magnitude += abs(term)
          }
          #expect(abs(Double(c[i * n + j]) - sum) <= (21 + 3 * Double(k) / 16) * 0x1p-24 * magnitude)
        }
      }
    }
  }

  /// Each number times 1 is that number, with all of its bits: the three parts hold them.
  @Test func numbersKeepAllTheirBits() {
    var numbers = TestNumbers(9)
    var a: [Float] = (0..<(32 * 32)).map { index in
      let fraction: Float = numbers.next()
      return fraction * Float(sign: .plus, exponent: index % 200 - 100, significand: 1)
    }
    a[0..<6] = [0x1.fffffep0, -0x1.fffffep100, 0x1.7fffp0, 0x1.010102p-90, 0x1.ff7fbep0, -0x1.0080ap3]
    let one = (0..<(32 * 32)).map { Float($0 / 32 == $0 % 32 ? 1 : 0) }
    #expect(firstDifference(multiply(32, 32, 32, a, one), a) == nil)
    #expect(firstDifference(multiply(32, 32, 32, one, a), a) == nil)
  }

  /// Products of single numbers, whose error is that of the three parts' products that are left out.
  @Test func productsOfTwoNumbersAreRightToTheLastBits() {
    var worst = 0.0
    for seed in 0..<8 {
      let a: [Float] = TestNumbers.array(64, seed: seed)
      let b: [Float] = TestNumbers.array(64, seed: seed + 100)
      let c = multiply(64, 64, 1, a, b)
      for i in 0..<64 {
        for j in 0..<64 where a[i] != 0 && b[j] != 0 {
          let exact = Double(a[i]) * Double(b[j])
          worst = max(worst, abs(Double(c[i * 64 + j]) - exact) / abs(exact))
        }
      }
    }
    // The three left out, below 2^-23, and the roundings of the sum.
    #expect(worst <= 0x1p-22)
    #expect(worst > 0)
  }

  /// Whatever is not finite leaves no number behind that looks right, and stays in its rows and columns.
  @Test func nonFiniteElementsStayInTheirRowsAndColumns() {
    let (m, n, k) = (40, 50, 70)
    let strange: [Float] = [
      .nan, .infinity, -.infinity, Float(bitPattern: 0x7FFF_FFFF), Float(bitPattern: 0xFFFF_FFFF),
      Float(bitPattern: 0x7F80_0001), .greatestFiniteMagnitude,
    ]
    for x in strange {
      var a: [Float] = TestNumbers.array(m * k, seed: 7)
      var b: [Float] = TestNumbers.array(k * n, seed: 8)
      a[33 * k + 68] = x
      b[9 * n + 48] = x
      let c = multiply(m, n, k, a, b)
      for i in 0..<m {
        for j in 0..<n { #expect(c[i * n + j].isFinite == (i != 33 && j != 48), "\(x) at \(i), \(j)") }
      }
    }
  }

  /// Where parts of small numbers, or their products, are subnormal, the error has the second part of the bound.
  @Test func smallNumbersLoseNoMoreThanIsStated() {
    for exponent in [-50, -59, -62] {
      let x = 0x1.69696ap0 * Float(sign: .plus, exponent: exponent, significand: 1)
      for k in [16, 64] {
        let result = multiply(32, 32, k, Array(repeating: x, count: 32 * k), Array(repeating: x, count: 32 * k))
        let exact = Double(k) * Double(x) * Double(x)
        let bound = (21 + 3 * Double(k) / 16) * 0x1p-24 * exact + 0x1p-125 * Double(k) * (4 + 2 * Double(x))
        #expect(result.allSatisfy { abs(Double($0) - exact) <= bound }, "2^\(exponent), k = \(k)")
      }
    }
  }

  /// Numbers below the smallest normal one count as 0, as such results do.
  @Test func subnormalNumbersAreZero() {
    let tiny = [Float](repeating: 0x1p-127, count: 32 * 32)
    let ones = [Float](repeating: 1, count: 32 * 32)
    #expect(multiply(32, 32, 32, tiny, ones).allSatisfy { $0 == 0 })
    let small = [Float](repeating: 0x1p-100, count: 32 * 32)
    #expect(multiply(32, 32, 32, small, small).allSatisfy { $0 == 0 })
    #expect(multiply(32, 32, 32, small, ones).allSatisfy { $0 == 0x1p-95 })
  }
}

import CKernels

/// Element types that the kernels compute with.
protocol KernelScalar: BinaryFloatingPoint, Sendable {
  static var kind: tk_scalar { get }
  var pattern: UInt64 { get }
  /// The number itself, by no generic conversion, which takes long without optimisation.
  var double: Double { get }
}

extension Float: KernelScalar {
  static var kind: tk_scalar { TK_FLOAT32 }
  var double: Double { Double(self) }
  var pattern: UInt64 { UInt64(bitPattern) }
}

extension Double: KernelScalar {
  static var kind: tk_scalar { TK_FLOAT64 }
  var double: Double { self }
  var pattern: UInt64 { bitPattern }
}

/// A small generator of reproducible numbers.
struct TestNumbers {
  var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// A number in -0.5..<0.5 that a Float holds exactly.
  mutating func next<Scalar: KernelScalar>() -> Scalar {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Scalar(Double(state >> 41) / Double(1 << 23) - 0.5)
  }

  static func array<Scalar: KernelScalar>(_ count: Int, seed: Int) -> [Scalar] {
    var numbers = TestNumbers(seed)
    return (0..<count).map { _ in numbers.next() }
  }
}

/// The first index at which two results differ in their bits.
func firstDifference<Scalar: KernelScalar>(_ x: [Scalar], _ y: [Scalar]) -> Int? {
  let same = x.withUnsafeBytes { x in
    y.withUnsafeBytes { y in x.count == y.count && (x.isEmpty || tk_same_bytes(x.baseAddress!, y.baseAddress!, x.count))
    }
  }
  return same ? nil : zip(x, y).enumerated().first { $1.0.pattern != $1.1.pattern }?.offset ?? min(x.count, y.count)
}

/// A matrix product as the tests state it; A and B are dense, transposed or not.
struct Product<Scalar: KernelScalar> {
  /// What is added to A B: nothing, a row for all members of the batch, a matrix for each, what C holds.
  enum Start: CaseIterable { case zero, row, matrix, c }

  let m: Int
  let n: Int
  let k: Int
  let transposedA: Bool
  let transposedB: Bool
  let start: Start
  let batch: Int
  /// What is asked for; else what the kernels choose.
  let form: tk_product_form?
  // Drawn once for all runs of the product.
  private let a, b, bias, c: [Scalar]

  // C's rows are two elements further apart than they are long: what stands between them must not change.
  var rowOfC: Int { n + 2 }
  var rowOfBias: Int { n + 1 }

  init(
    m: Int, n: Int, k: Int, transposedA: Bool = false, transposedB: Bool = false, start: Start = .zero, batch: Int = 1,
    form: tk_product_form? = nil
  ) {
    (self.m, self.n, self.k, self.batch, self.form) = (m, n, k, batch, form)
    (self.transposedA, self.transposedB, self.start) = (transposedA, transposedB, start)
    a = TestNumbers.array(batch * m * k, seed: 1)
    b = TestNumbers.array(batch * k * n, seed: 2)
    bias = TestNumbers.array(batch * m * (n + 1) + n, seed: 3)
    c = TestNumbers.array(batch * m * (n + 2), seed: 4)
  }

  /// C after the product by the kernels.
  func run(_ kernels: Kernels, threads: Int32, packed: Bool) -> [Scalar] {
    let (a, b, bias) = (a, b, bias)
    var c = c
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        bias.withUnsafeBufferPointer { bias in
          c.withUnsafeMutableBufferPointer { c in
            var product = tk_product()
            let form = form ?? tk_product_form_for(kernels.table, Scalar.kind, m, n, k)
            product.form = form
            (product.m, product.n, product.k) = (m, n, k)
            product.a = UnsafeRawPointer(a.baseAddress)
            (product.a_row_stride, product.a_column_stride) = transposedA ? (1, m) : (k, 1)
            product.b = UnsafeRawPointer(b.baseAddress)
            (product.b_row_stride, product.b_column_stride) = transposedB ? (1, k) : (n, 1)
            switch start {
            case .zero: break
            case .row: product.bias = UnsafeRawPointer(bias.baseAddress)
            case .matrix:
              product.bias = UnsafeRawPointer(bias.baseAddress)
              (product.bias_row_stride, product.bias_batch_stride) = (rowOfBias, m * rowOfBias)
            case .c:
              product.bias = UnsafeRawPointer(c.baseAddress)
              (product.bias_row_stride, product.bias_batch_stride) = (rowOfC, m * rowOfC)
            }
            product.c = UnsafeMutableRawPointer(c.baseAddress)
            product.c_row_stride = rowOfC
            product.batch = batch
            (product.a_batch_stride, product.b_batch_stride) = (m * k, k * n)
            product.c_batch_stride = m * rowOfC
            let bytes = tk_packed_bytes(kernels.table, Scalar.kind, form, k, n)
            let panels = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
            defer { panels.deallocate() }
            if packed {
              tk_pack(
                kernels.table, threads, Scalar.kind, form, k, n, product.b, product.b_row_stride,
                product.b_column_stride, panels)
              product.packed_b = UnsafeRawPointer(panels)
              product.b = nil
            }
            // What is brought near may be anywhere, and changes nothing.
            let soon = [
              tk_region(base: product.a, rows: 3, row_bytes: 200, stride: 136),
              tk_region(base: UnsafeRawPointer(bitPattern: 72), rows: 40, row_bytes: 64, stride: -1 << 20),
            ]
            soon.withUnsafeBufferPointer { soon in
              if packed { (product.soon, product.soon_count) = (soon.baseAddress, soon.count) }
              tk_matrix_product(kernels.table, threads, Scalar.kind, &product)
            }
          }
        }
      }
    }
    return c
  }

  /// C by the definition, in double precision, with the sum of the magnitudes that went into each element.
  func naive() -> (values: [Double], magnitudes: [Double]) {
    let (a, b, bias) = (a.map { $0.double }, b.map { $0.double }, bias.map { $0.double })
    var values = c.map { $0.double }
    var magnitudes = values.map { abs($0) }
    for member in 0..<batch {
      for i in 0..<m {
        for j in 0..<n {
          let at = (member * m + i) * rowOfC + j
          var sum =
            switch start {
            case .zero: 0.0
            case .row: bias[j]
            case .matrix: bias[(member * m + i) * rowOfBias + j]
            case .c: values[at]
            }
          var magnitude = abs(sum)
          // Pointers and a plain loop, because an array's elements and a range's numbers are calls without optimisation.
          a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
              guard let a = a.baseAddress, let b = b.baseAddress else { return }
              var left = member * m * k + (transposedA ? i : i * k)
              var right = member * k * n + (transposedB ? j * k : j)
              let (leftStep, rightStep) = (transposedA ? m : 1, transposedB ? 1 : n)
              var l = 0
              while l < k {
                let term = a[left] * b[right]
                sum += term
                magnitude += term < 0 ? -term : term
                left += leftStep
                right += rightStep
                l += 1
              }
            }
          }
          values[at] = sum
          magnitudes[at] = magnitude
        }
      }
    }
    return (values, magnitudes)
  }

  /// How far a result may be from the naive one: a chain of k roundings (two a link without fused instructions), each at most
  /// half an ulp of a partial sum, which the magnitudes bound. In parts, what product_amx.c states.
  func tolerance(_ magnitude: Double) -> Double {
    if form == TK_PARTS { return (21 + 3 * Double(k) / 16) * 0x1p-24 * magnitude }
    return Double(2 * k + 2) * Double(Scalar.ulpOfOne) * magnitude
  }
}

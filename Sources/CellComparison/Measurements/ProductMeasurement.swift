internal import Autodiff
internal import CKernels

/// One matrix product C[m, n] = A[m, k] B[k, n], float32, one thread.
struct ProductMeasurement {
  let name: String
  let m, k, n: Int
  /// Whether B's rows run along k, as weights [outputs, inputs] do in the forward pass.
  var isTransposed = true
  /// Whether A's columns are contiguous, as those of the transposed inputs in a weight gradient.
  var hasTransposedLeft = false
  /// Whether B was packed before, as weights are.
  var isPacked = true

  /// Products with enough rows to keep the multipliers busy.
  static let computeBound: [ProductMeasurement] = [
    ProductMeasurement(name: "packed product 32 x 256 x 1024", m: 32, k: 256, n: 1024),
    ProductMeasurement(name: "backward packed product 32 x 1024 x 256", m: 32, k: 1024, n: 256, isTransposed: false),
    ProductMeasurement(
      name: "weight gradient 256 x 3200 x 1024", m: 256, k: 3200, n: 1024, isTransposed: false, hasTransposedLeft: true,
      isPacked: false),
    ProductMeasurement(
      name: "weight gradient 1024 x 3200 x 256", m: 1024, k: 3200, n: 256, isTransposed: false, hasTransposedLeft: true,
      isPacked: false),
    ProductMeasurement(name: "packed product 1024 x 1024 x 1024", m: 1024, k: 1024, n: 1024),
    ProductMeasurement(
      name: "product 1024 x 1024 x 1024", m: 1024, k: 1024, n: 1024, isTransposed: false, isPacked: false),
    ProductMeasurement(name: "product, B transposed, 1024 x 1024 x 1024", m: 1024, k: 1024, n: 1024, isPacked: false),
  ]

  /// Products of few rows, which read every weight once.
  static let bandwidthBound: [ProductMeasurement] = [
    ProductMeasurement(name: "packed product 1 x 256 x 256", m: 1, k: 256, n: 256),
    ProductMeasurement(name: "packed product 2 x 256 x 256", m: 2, k: 256, n: 256),
    ProductMeasurement(name: "packed product 4 x 256 x 256", m: 4, k: 256, n: 256),
    ProductMeasurement(name: "packed product 1 x 512 x 2048", m: 1, k: 512, n: 2048),
    ProductMeasurement(name: "packed product 4 x 512 x 2048", m: 4, k: 512, n: 2048),
  ]

  /// Multiplications and additions.
  var operations: Double { 2 * Double(m) * Double(k) * Double(n) }
  /// The bytes of B.
  var weightBytes: Double { 4 * Double(k) * Double(n) }

  /// The median seconds of a product, and the median peak that the core holds right after products: under them its clock
  /// may be lower than that of a core which comes from rest.
  func time(_ instructionSet: InstructionSet, budget: Double) -> (seconds: Double, heldPeak: Double) {
    guard let kernels = Ceilings.kernels(instructionSet) else { return (.nan, .nan) }
    let a = Self.numbers(m * k)
    let b = Self.numbers(k * n)
    let c = Self.numbers(m * n)
    let form = tk_product_form_for(kernels, TK_FLOAT32, m, n, k)
    let packed = UnsafeMutableRawPointer.allocate(
      byteCount: tk_packed_bytes(kernels, TK_FLOAT32, form, k, n), alignment: 64)
    defer {
      for pointer in [a, b, c] { pointer.deallocate() }
      packed.deallocate()
    }
    let strides = isTransposed ? (row: 1, column: k) : (row: n, column: 1)
    tk_pack(kernels, 1, TK_FLOAT32, form, k, n, b, strides.row, strides.column, packed)
    var product = tk_product()
    product.form = form
    (product.m, product.k, product.n) = (m, k, n)
    product.a = UnsafeRawPointer(a)
    (product.a_row_stride, product.a_column_stride) = hasTransposedLeft ? (1, m) : (k, 1)
    product.b = UnsafeRawPointer(b)
    (product.b_row_stride, product.b_column_stride) = (strides.row, strides.column)
    product.packed_b = isPacked ? UnsafeRawPointer(packed) : nil
    product.c = UnsafeMutableRawPointer(c)
    product.c_row_stride = n
    product.batch = 1
    // Small products are repeated, so that a timed run is long against the clock's resolution and the look at the peak.
    let repetitions = max(1, Int(1e8 / operations))
    var peaks: [Double] = []
    let timing = Timing(budget: budget) {
      peaks.append(tk_measure_fma_peak(kernels, TK_FLOAT32, 0))
    } _: {
      for _ in 0..<repetitions { tk_matrix_product(kernels, 1, TK_FLOAT32, &product) }
    }
    return (timing.median / Double(repetitions), peaks.sorted()[peaks.count / 2])
  }

  /// Memory with numbers between -1 and 1 in it.
  private static func numbers(_ count: Int) -> UnsafeMutableRawPointer {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
    let elements = pointer.bindMemory(to: Float.self, capacity: count)
    for index in 0..<count { elements[index] = Float((index &* 7919) % 1000) / 500 - 1 }
    return pointer
  }
}

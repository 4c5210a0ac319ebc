internal import CKernels
internal import DenseArrays

/// op(A) op(B), or op(A) op(B) + bias, with op the identity or the transposition of the two innermost axes; the bias is a
/// row, or has the result's shape.
///
/// A of shape [..., m, k] times B of shape [k, n] is one product over all rows of A; A and B of the same rank above 2 and
/// equal leading axes are a batch of products. Integers: transposes A, transposes B.
final class MatrixProductPrimitive: Primitive, @unchecked Sendable {
  static let shared = MatrixProductPrimitive(immortal: "matmul")

  private struct Sizes {
    var batch: Int
    var m: Int
    var n: Int
    var k: Int
    var resultShape: Shape
  }

  private func sizes(_ operation: OperationView) -> Sizes {
    let a = operation.operandShape(0)
    let b = operation.operandShape(1)
    let transposesA = operation.integer(0) != 0
    let transposesB = operation.integer(1) != 0
    guard a.rank >= 2, b.rank >= 2 else { operation.fail("operands need at least two axes") }
    let k = transposesA ? a[-2] : a[-1]
    let m = transposesA ? a[-1] : a[-2]
    let n = transposesB ? b[-2] : b[-1]
    let otherK = transposesB ? b[-1] : b[-2]
    guard k == otherK else {
      operation.fail(
        "inner sizes \(k) and \(otherK) differ\(transposesA ? ", first transposed" : "")\(transposesB ? ", second transposed" : "")"
      )
    }
    if b.rank == 2 {
      guard a.rank == 2 || !transposesA else {
        operation.fail("a transposed first operand needs as many axes as the second")
      }
      var shape = a
      if transposesA { shape[-2] = m }
      shape[-1] = n
      return Sizes(batch: 1, m: a.rank == 2 ? m : a.count(of: 0..<(a.rank - 1)), n: n, k: k, resultShape: shape)
    }
    guard a.rank == b.rank, (0..<(a.rank - 2)).allSatisfy({ a[$0] == b[$0] }) else {
      operation.fail("leading axes differ")
    }
    var shape = a
    shape[-2] = m
    shape[-1] = n
    return Sizes(batch: a.count(of: 0..<(a.rank - 2)), m: m, n: n, k: k, resultShape: shape)
  }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let sizes = sizes(operation)
    let scalarType = operation.operandType(0)
    for position in 0..<operation.operandCount where operation.operandType(position) != scalarType {
      operation.fail("operands of types \(scalarType) and \(operation.operandType(position))")
    }
    if scalarType == .int32 { operation.fail("computes in floating point, not in int32") }
    if operation.operandCount == 3, operation.operandShape(2) != [sizes.n],
      operation.operandShape(2) != sizes.resultShape
    {
      operation.fail("a bias of shape \(operation.operandShape(2)) for \(sizes.n) columns")
    }
    results.append(sizes.resultShape, scalarType)
  }

  override func execute(_ operation: OperationView) {
    let sizes = sizes(operation)
    let transposesA = operation.integer(0) != 0
    let transposesB = operation.integer(1) != 0
    let core = operation.core
    let kernelType = operation.resultType(0).kernelType
    var product = tk_product()
    product.m = sizes.m
    product.n = sizes.n
    product.k = sizes.k
    product.a = operation.operandElements(0)
    product.a_row_stride = transposesA ? 1 : sizes.k
    product.a_column_stride = transposesA ? sizes.m : 1
    product.b = operation.operandElements(1)
    product.b_row_stride = transposesB ? 1 : sizes.n
    product.b_column_stride = transposesB ? sizes.k : 1
    product.c = operation.resultElements(0)
    product.c_row_stride = sizes.n
    if operation.operandCount == 3 {
      product.bias = operation.operandElements(2)
      if operation.operandShape(2) == sizes.resultShape {
        product.bias_row_stride = sizes.n
        product.bias_batch_stride = sizes.m * sizes.n
      }
    }
    product.form = tk_product_form_for(core.pointee.kernels, kernelType, sizes.m, sizes.n, sizes.k)
    product.batch = sizes.batch
    product.a_batch_stride = sizes.m * sizes.k
    product.b_batch_stride = sizes.k * sizes.n
    product.c_batch_stride = sizes.m * sizes.n
    if sizes.batch == 1 {
      product.packed_b = packedRightOperand(
        operation, product.form, transposesB, sizes.k, sizes.n
      ).map { UnsafeRawPointer($0) }
    }
    tk_matrix_product(core.pointee.kernels, Int32(core.pointee.threads), kernelType, &product)
  }

  /// The packed form of a right operand that is used more than once; nil when packing it would not pay.
  private func packedRightOperand(
    _ operation: OperationView, _ form: tk_product_form, _ isTransposed: Bool, _ k: Int, _ n: Int
  ) -> UnsafeMutableRawPointer? {
    let core = operation.core
    let entry = operation.operandEntry(1)
    guard k * n >= 256 else { return nil }
    var index = entry.pointee.firstPacked
    while index >= 0 {
      let packed = core.pointee.packed[index]
      if packed.transposed == isTransposed, packed.form == form { return packed.pointer }
      index = packed.next
    }
    guard entry.pointee.flags.contains(.persistent) || entry.pointee.flags.contains(.multiplied) else {
      entry.pointee.flags.insert(.multiplied)
      return nil
    }
    // Temporaries of a sweep come and go with their slots; only what the recording keeps is packed.
    guard let pointer = entry.pointee.pointer, core.pointee.keepsPacked(operation.operandSlot(1)) else { return nil }
    let kernelType = entry.pointee.scalarType.kernelType
    let destination: UnsafeMutableRawPointer
    if entry.pointee.flags.contains(.persistent) {
      let (block, isCurrent) = core.pointee.packedParameters.takeUnretainedValue().block(
        for: operation.operandSlot(1), isTransposed: isTransposed, form: form, k: k, n: n,
        scalarType: entry.pointee.scalarType,
        byteCount: tk_packed_bytes(core.pointee.kernels, kernelType, form, k, n))
      destination = block
      if !isCurrent { pack(core, kernelType, form, k, n, pointer, isTransposed, destination) }
    } else {
      let sizeClass = Arena.sizeClass(for: tk_packed_bytes(core.pointee.kernels, kernelType, form, k, n))
      destination = core.pointee.arena.allocate(sizeClass)
      pack(core, kernelType, form, k, n, pointer, isTransposed, destination)
    }
    core.pointee.packed.append(
      PackedOperand(form: form, transposed: isTransposed, pointer: destination, next: entry.pointee.firstPacked))
    entry.pointee.firstPacked = Int32(core.pointee.packed.count - 1)
    return destination
  }

  private func pack(
    _ core: UnsafeMutablePointer<TapeCore>, _ kernelType: tk_scalar, _ form: tk_product_form, _ k: Int, _ n: Int,
    _ pointer: UnsafeMutableRawPointer, _ isTransposed: Bool, _ destination: UnsafeMutableRawPointer
  ) {
    tk_pack(
      core.pointee.kernels, Int32(core.pointee.threads), kernelType, form, k, n, pointer, isTransposed ? 1 : n,
      isTransposed ? k : 1, destination)
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    let a = operation.operand(0)
    let b = operation.operand(1)
    let transposesA = operation.integer(0) != 0
    let transposesB = operation.integer(1) != 0
    if operation.needs(0) {
      operation.push(
        0,
        transposesA
          ? matmul(b, cotangent, transposeFirst: transposesB, transposeSecond: true)
          : matmul(cotangent, b, transposeSecond: !transposesB))
    }
    if operation.needs(1) {
      if b.shape.rank == 2, !transposesA {
        operation.pushProduct(1, left: a, delta: cotangent, isTransposed: transposesB)
      } else {
        operation.push(
          1,
          transposesB
            ? matmul(cotangent, a, transposeFirst: true, transposeSecond: transposesA)
            : matmul(a, cotangent, transposeFirst: !transposesA))
      }
    }
    if operation.operandCount == 3, operation.needs(2) {
      operation.push(2, cotangent.summed(to: operation.view.operandShape(2)))
    }
  }

  override func forward(_ operation: ForwardOperation) {
    let transposesA = operation.integer(0) != 0
    let transposesB = operation.integer(1) != 0
    // Each product begins from what there is before it.
    var tangent = operation.operandCount == 3 ? operation.tangent(2) : nil
    if let a = operation.tangent(0) {
      tangent = matmul(
        a, operation.operand(1), transposeFirst: transposesA, transposeSecond: transposesB, bias: tangent)
    }
    if let b = operation.tangent(1) {
      tangent = matmul(
        operation.operand(0), b, transposeFirst: transposesA, transposeSecond: transposesB, bias: tangent)
    }
    if let tangent { operation.setTangent(0, tangent.broadcast(to: operation.view.resultShape(0))) }
  }

  override func describeAttributes(_ operation: OperationView) -> String {
    ((operation.integer(0) != 0 ? ["first transposed"] : []) + (operation.integer(1) != 0 ? ["second transposed"] : []))
      .joined(separator: " ")
  }
}

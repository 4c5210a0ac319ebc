internal import CKernels
package import DenseArrays

extension PointwiseTracer {
  /// Ends the trace and runs its program over `count` elements, every result replacing the operand of the same number.
  ///
  /// - Parameters:
  ///   - operands: the memory of the operands, in their order; no two may overlap.
  ///   - count: the number of elements of each.
  ///
  /// An operand that the program still reads after its result is known is copied first; no other memory is asked for.
  package func finishInPlace(
    operands: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>, count: Int, scalarType: ScalarType,
    execution: Execution
  ) {
    let (program, constants) = finish()
    guard count > 0 else { return }
    let total = operands.count + program.outputCount
    withUnsafeTemporaryAllocation(of: tk_operand.self, capacity: total) { pointers in
      var copies: [UnsafeMutableRawPointer] = []
      defer { for copy in copies { copy.deallocate() } }
      for position in 0..<total {
        let isInput = position < operands.count
        var data = operands[isInput ? position : position - operands.count]
        if isInput, position < program.outputCount, !program.canOverwrite(input: position, output: position) {
          let copy = UnsafeMutableRawPointer.allocate(byteCount: count * scalarType.byteCount, alignment: 64)
          copy.copyMemory(from: data, byteCount: count * scalarType.byteCount)
          copies.append(copy)
          data = copy
        }
        pointers[position] = tk_operand(data: data, row_stride: 0, column_stride: 1, mode: TK_STORE)
      }
      guard let base = pointers.baseAddress else { return }
      program.run(
        kernels: execution.kernels, threads: execution.threads, scalar: scalarType.kernelType, rows: 1, columns: count,
        operands: base, constants: constants.baseAddress)
    }
  }
}

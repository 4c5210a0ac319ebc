package import CKernels

extension PointwiseProgram {
  /// Runs the program on every element of [rows, columns].
  ///
  /// - Parameters:
  ///   - kernels: A `tk_kernels`.
  ///   - operands: The inputs, then the outputs.
  ///   - constants: `constantCount` values.
  package func run(
    kernels: OpaquePointer, threads: Int, scalar: tk_scalar, rows: Int, columns: Int,
    operands: UnsafePointer<tk_operand>, constants: UnsafePointer<Double>?
  ) {
    tk_run_pointwise(
      kernels, Int32(truncatingIfNeeded: threads), scalar, interpreterProgram.assumingMemoryBound(to: tk_program.self),
      rows, columns, operands, constants)
  }

  /// Runs the program on operands of `count` elements each, without gaps; of an operand only `data` is looked at.
  package func runElementwise(
    kernels: OpaquePointer, threads: Int, scalar: tk_scalar, count: Int, operands: UnsafePointer<tk_operand>,
    constants: UnsafePointer<Double>?
  ) {
    tk_run_elementwise(
      kernels, Int32(truncatingIfNeeded: threads), scalar, interpreterProgram.assumingMemoryBound(to: tk_program.self),
      count, operands, constants)
  }

  /// Whether output `output` may be written over input `input` (same memory and strides).
  package func canOverwrite(input: Int, output: Int) -> Bool {
    let compiled = compiledProgram
    return compiled.lastRead[input] <= compiled.written[output]
  }
}

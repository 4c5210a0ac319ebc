import Autodiff
import CKernels
import Testing

/// Instruction sets that this machine runs.
let availableInstructionSets: [tk_instruction_set] = [TK_PORTABLE, TK_AVX2, TK_AVX512].filter {
  tk_kernels_for($0) != nil
}

extension PointwiseProgram {
  /// Runs the program on dense inputs of equal count and returns its outputs.
  func apply<Element: BinaryFloatingPoint>(
    _ inputs: [[Element]], constants: [Double] = [], count: Int? = nil, threads: Int = 1,
    instructionSet: tk_instruction_set = tk_best_instruction_set()
  ) -> [[Element]] {
    let count = count ?? inputs.first?.count ?? 1
    var memory = inputs + Array(repeating: Array(repeating: Element(7), count: count), count: outputCount)
    let buffers = memory.indices.map { index in
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
      _ = buffer.initialize(from: memory[index])
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    let operands = buffers.map {
      tk_operand(data: $0.baseAddress, row_stride: 0, column_stride: 1, mode: TK_STORE)
    }
    run(
      kernels: tk_kernels_for(instructionSet), threads: threads,
      scalar: Element.self == Float.self ? TK_FLOAT32 : TK_FLOAT64, rows: 1, columns: count, operands: operands,
      constants: constants)
    for index in memory.indices { memory[index] = Array(buffers[index]) }
    return Array(memory.dropFirst(inputs.count))
  }
}

internal import Autodiff
internal import CKernels

/// An elementary function of an array that stays in the cache, float32, one thread.
struct FunctionMeasurement {
  let name: String
  let operation: tk_operation

  static let all: [FunctionMeasurement] = [
    FunctionMeasurement(name: "tanh", operation: TK_OP_tanh),
    FunctionMeasurement(name: "sigmoid", operation: TK_OP_sigmoid),
    FunctionMeasurement(name: "exp", operation: TK_OP_exp),
    FunctionMeasurement(name: "log", operation: TK_OP_log),
    FunctionMeasurement(name: "softplus", operation: TK_OP_softplus),
  ]

  /// The number of elements.
  static let count = 8192
  private static let repetitions = 20

  /// The median cost of an element.
  func nanosecondsPerElement(_ instructionSet: InstructionSet, budget: Double) -> Double {
    guard let kernels = Ceilings.kernels(instructionSet) else { return .nan }
    let count = Self.count
    let source = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let result = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer {
      source.deallocate()
      result.deallocate()
    }
    // Positive numbers, which all of the functions take.
    for index in 0..<count { source[index] = Float(index + 1) * (8 / Float(count)) }
    result.initialize(repeating: 0, count: count)
    // Register 0 is the input and register 1 the output.
    let instruction = tk_instruction(operation: UInt16(operation.rawValue), target: 1, a: 0, b: 0, c: 0, d: 0)
    let operands = [
      tk_operand(data: source, row_stride: count, column_stride: 1, mode: TK_STORE),
      tk_operand(data: result, row_stride: count, column_stride: 1, mode: TK_STORE),
    ]
    let timing = withUnsafePointer(to: instruction) { instruction in
      var program = tk_program()
      program.instructions = instruction
      program.instruction_count = 1
      program.input_count = 1
      program.output_count = 1
      return Timing(budget: budget) {
        for _ in 0..<Self.repetitions {
          tk_run_pointwise(kernels, 1, TK_FLOAT32, &program, 1, count, operands, nil)
        }
      }
    }
    return timing.median / Double(Self.repetitions * count) * 1e9
  }
}

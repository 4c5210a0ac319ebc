import Autodiff
import CKernels
import Testing

/// Instruction sets that this machine runs and that differ in pointwise programs: those of AMX are those of AVX-512.
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

extension PointwiseDerivative {
  /// Runs the derivative program; the arrays are those that a source's index counts in. Targets as arrays.
  func run(
    inputs: [[Double]], outputs: [[Double]], seeds: [[Double]], constants: [Double]
  ) -> [[Double]] {
    let count = inputs[0].count
    let results = program.apply(
      operands.map { $0.pick(inputs, outputs, seeds) }, constants: constants, count: count)
    return targets.map { target in
      switch target {
      case .output(let index): results[index]
      case .zero: [Double](repeating: 0, count: count)
      case .seed(let index): seeds[index]
      }
    }
  }

  /// The tangents of the targets when inputs and outputs have tangents and the seeds have none.
  func tangentOfTargets(
    inputs: [[Double]], outputs: [[Double]], seeds: [[Double]], inputTangents: [[Double]], outputTangents: [[Double]],
    constants: [Double]
  ) -> [[Double]] {
    let none = [[Double]](repeating: [Double](repeating: .nan, count: inputs[0].count), count: seeds.count)
    let moving = operands.indices.filter { if case .seed = operands[$0] { false } else { true } }
    let mask = moving.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
    let own = operands.map { $0.pick(inputs, outputs, seeds) }
    let results = program.apply(own, constants: constants, count: inputs[0].count)
    let derived = program.tangent(inputs: mask).run(
      inputs: own.isEmpty ? [inputs[0]] : own, outputs: results,
      seeds: operands.map { $0.pick(inputTangents, outputTangents, none) }, constants: constants)
    return targets.map { target in
      if case .output(let index) = target { derived[index] } else { [Double](repeating: 0, count: inputs[0].count) }
    }
  }

  /// The gradient of the weighted sum of the targets with respect to the original program's inputs, through `forward`,
  /// which this is the adjoint of.
  func adjointOfTargets(
    of forward: PointwiseProgram, inputs: [[Double]], outputs: [[Double]], seeds: [[Double]], weights: [[Double]],
    constants: [Double]
  ) -> [[Double]] {
    let count = inputs[0].count
    var total = [[Double]](repeating: [Double](repeating: 0, count: count), count: inputs.count)
    var outputCotangents = [[Double]?](repeating: nil, count: outputs.count)
    // Each result of the derivative program may be the target of several operands.
    var weightOfResult = [[Double]](
      repeating: [Double](repeating: 0, count: count), count: program.outputCount)
    for (target, weight) in zip(targets, weights) {
      if case .output(let index) = target { weightOfResult[index] = sum(weightOfResult[index], weight) }
    }
    if program.outputCount == 0 { return total }
    let own = operands.map { $0.pick(inputs, outputs, seeds) }
    let results = program.apply(own, constants: constants, count: count)
    let pulled = program.adjoint(withRespectTo: ~0, seeds: (1 << UInt64(program.outputCount)) - 1).run(
      inputs: own, outputs: results, seeds: weightOfResult, constants: constants)
    for (operand, gradient) in zip(operands, pulled) {
      switch operand {
      case .input(let index): total[index] = sum(total[index], gradient)
      case .output(let index): outputCotangents[index] = outputCotangents[index].map { sum($0, gradient) } ?? gradient
      case .seed: break
      }
    }
    let present = outputs.indices.filter { outputCotangents[$0] != nil }.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
    let zero = [Double](repeating: 0, count: count)
    let rest = forward.adjoint(withRespectTo: ~0, seeds: present).run(
      inputs: inputs, outputs: outputs, seeds: outputCotangents.map { $0 ?? zero }, constants: constants)
    return zip(total, rest).map(sum)
  }

  private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }
}

extension PointwiseDerivative.Source {
  fileprivate func pick(_ inputs: [[Double]], _ outputs: [[Double]], _ seeds: [[Double]]) -> [Double] {
    switch self {
    case .input(let index): inputs[index]
    case .output(let index): outputs[index]
    case .seed(let index): seeds[index]
    }
  }
}

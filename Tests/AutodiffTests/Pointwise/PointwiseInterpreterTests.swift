import Autodiff
import CKernels
import Testing

/// The interpreter against plain Swift, over layouts, block sizes, threads and instruction sets.
struct PointwiseInterpreterTests {
  /// How an operand lies in memory.
  enum Layout: CaseIterable {
    case dense, strided, oneRow, onePerRow, scalar
  }

  struct Placed<Element> {
    let memory: UnsafeMutableBufferPointer<Element>
    let rowStride: Int
    let columnStride: Int

    func operand(_ mode: tk_output_mode = TK_STORE) -> tk_operand {
      tk_operand(data: memory.baseAddress, row_stride: rowStride, column_stride: columnStride, mode: mode)
    }

    subscript(row: Int, column: Int) -> Element { memory[row * rowStride + column * columnStride] }
  }

  static func place<Element: BinaryFloatingPoint>(
    _ layout: Layout, rows: Int, columns: Int, as _: Element.Type, _ random: inout TestRandom
  ) -> Placed<Element> {
    let strides: (row: Int, column: Int) =
      switch layout {
      case .dense: (columns, 1)
      case .strided: (columns + 3, 1)
      case .oneRow: (0, 1)
      case .onePerRow: (2, 0)
      case .scalar: (0, 0)
      }
    let count = (rows - 1) * strides.row + (columns - 1) * strides.column + 1
    let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
    for index in 0..<count { memory.initializeElement(at: index, to: Element(random.uniform(-2, 2))) }
    return Placed(memory: memory, rowStride: strides.row, columnStride: columns == 1 ? 1 : strides.column)
  }

  static let shapes = [
    (1, 1), (1, 3), (1, 16), (1, 17), (1, 511), (1, 1300), (2, 1), (5, 3), (7, 16), (33, 5), (3, 600), (40, 64),
    (129, 12),
  ]

  @Test(arguments: shapes, availableInstructionSets)
  func `every element has the value of the program at it`(shape: (Int, Int), instructionSet: tk_instruction_set) throws
  {
    let (rows, columns) = shape
    let tolerance = 1e-12  // of some ten roundings; ill-conditioned elements do not count
    for seed in 0..<12 {
      var random = TestRandom(seed: seed &+ 1000 &* rows &+ columns)
      let drawn = RandomPointwiseProgram(
        inputCount: 1 + random.index(4), stepCount: 2 + random.index(12), outputCount: 1 + random.index(3),
        random: &random)
      let (program, constants) = drawn.traced()
      let inputs = (0..<drawn.inputCount).map { _ in
        Self.place(
          Layout.allCases[random.index(Layout.allCases.count)], rows: rows, columns: columns, as: Double.self, &random)
      }
      let outputs = (0..<program.outputCount).map { _ in
        Self.place(random.index(2) == 0 ? .dense : .strided, rows: rows, columns: columns, as: Double.self, &random)
      }
      defer { for placed in inputs + outputs { placed.memory.deallocate() } }
      let before = outputs.map { Array($0.memory) }
      let modes = outputs.map { _ in random.index(2) == 0 ? TK_STORE : TK_ADD }
      program.run(
        kernels: try #require(tk_kernels_for(instructionSet)), threads: 1 + random.index(3), scalar: TK_FLOAT64,
        rows: rows, columns: columns,
        operands: inputs.map { $0.operand() } + zip(outputs, modes).map { $0.operand($1) },
        constants: constants)
      for row in 0..<rows {
        for column in 0..<columns {
          let x = inputs.map { $0[row, column] }
          guard
            let expected = RandomPointwiseProgram.wellConditioned(at: x, tolerance: tolerance, { drawn($0) })
          else { continue }
          for (index, output) in outputs.enumerated() {
            let start = modes[index] == TK_ADD ? before[index][row * output.rowStride + column] : 0
            let result = output[row, column]
            #expect(
              (result - start - expected[index]).magnitude <= tolerance * (1 + expected[index].magnitude),
              "[\(row), \(column)] of result \(index): \(result) for \(start) + \(expected[index]) in \(drawn)")
          }
        }
      }
      // What lies between the rows of a strided result stays.
      for (index, output) in outputs.enumerated() where output.rowStride > columns && rows > 1 {
        for row in 0..<rows - 1 {
          for gap in columns..<output.rowStride {
            #expect(output.memory[row * output.rowStride + gap] == before[index][row * output.rowStride + gap])
          }
        }
      }
    }
  }

  @Test(arguments: availableInstructionSets, [TK_FLOAT32, TK_FLOAT64])
  func `bits depend on neither position, strides nor threads`(
    instructionSet: tk_instruction_set, scalar: tk_scalar
  ) throws {
    if scalar == TK_FLOAT32 {
      try Self.checkBits(instructionSet, scalar, as: Float.self)
    } else {
      try Self.checkBits(instructionSet, scalar, as: Double.self)
    }
  }

  static func checkBits<Element: BinaryFloatingPoint>(
    _ instructionSet: tk_instruction_set, _ scalar: tk_scalar, as _: Element.Type
  ) throws {
    let kernels = try #require(tk_kernels_for(instructionSet))
    for seed in 0..<20 {
      var random = TestRandom(seed: 77 + seed)
      let drawn = RandomPointwiseProgram(inputCount: 2, stepCount: 12, outputCount: 1, random: &random)
      let (program, constants) = drawn.traced()
      let count = 40_000
      let x = (0..<count).map { _ in Element(random.uniform(-3, 3)) }
      let y = (0..<count).map { _ in Element(random.uniform(-3, 3)) }
      let whole = program.apply([x, y], constants: constants, instructionSet: instructionSet)[0]
      let threaded = program.apply([x, y], constants: constants, threads: 2, instructionSet: instructionSet)[0]
      #expect(zip(whole, threaded).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
      // The same elements one by one at odd places, and as strided rows.
      for _ in 0..<50 {
        let index = random.index(count)
        let single = program.apply(
          [[x[index]], [y[index]]], constants: constants, instructionSet: instructionSet)[0][0]
        #expect(single == whole[index] || single.isNaN && whole[index].isNaN)
      }
      let columns = 7
      let rowStride = 13
      let rows = 100
      var result = [Element](repeating: 0, count: rows * columns)
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          result.withUnsafeMutableBufferPointer { result in
            let operands = [(x, rowStride), (y, rowStride)].map {
              tk_operand(
                data: UnsafeMutablePointer(mutating: $0.0.baseAddress), row_stride: $0.1, column_stride: 1,
                mode: TK_STORE)
            }
            let output = tk_operand(data: result.baseAddress, row_stride: columns, column_stride: 1, mode: TK_STORE)
            program.run(
              kernels: kernels, threads: 2, scalar: scalar, rows: rows, columns: columns, operands: operands + [output],
              constants: constants)
          }
        }
      }
      for row in 0..<rows {
        for column in 0..<columns {
          let a = result[row * columns + column]
          let b = whole[row * rowStride + column]
          #expect(a == b || a.isNaN && b.isNaN)
        }
      }
    }
  }

  @Test(arguments: availableInstructionSets, [1, 2, 4, 7, 8, 15, 16, 17, 32, 512, 513, 1300, 40_000])
  func `operands without gaps give the bits of the general call`(instructionSet: tk_instruction_set, count: Int) throws
  {
    try Self.checkElementwise(instructionSet, TK_FLOAT32, count, as: Float.self)
    try Self.checkElementwise(instructionSet, TK_FLOAT64, count, as: Double.self)
  }

  static func checkElementwise<Element: BinaryFloatingPoint>(
    _ instructionSet: tk_instruction_set, _ scalar: tk_scalar, _ count: Int, as _: Element.Type
  ) throws {
    for seed in 0..<6 {
      var random = TestRandom(seed: 5 &* count &+ seed)
      let drawn = RandomPointwiseProgram(
        inputCount: 1 + random.index(3), stepCount: 1 + random.index(12), outputCount: 1 + random.index(3),
        random: &random)
      let (program, constants) = drawn.traced()
      let inputs = (0..<drawn.inputCount).map { _ in (0..<count).map { _ in Element(random.uniform(-3, 3)) } }
      // As two rows where that is possible, so that the call looks at the strides.
      let rows = count % 2 == 0 ? 2 : 1
      let expected = Self.results(program, inputs) { operands in
        let columns = count / rows
        let placed = operands.map { tk_operand(data: $0, row_stride: columns, column_stride: 1, mode: TK_STORE) }
        program.run(
          kernels: tk_kernels_for(instructionSet), threads: 1, scalar: scalar, rows: rows, columns: columns,
          operands: placed, constants: constants)
      }
      for threads in 1...2 {
        let results = Self.results(program, inputs) { operands in
          let placed = operands.map { tk_operand(data: $0, row_stride: 3, column_stride: 0, mode: TK_SUM_ROWS) }
          program.runElementwise(
            kernels: tk_kernels_for(instructionSet), threads: threads, scalar: scalar, count: count, operands: placed,
            constants: constants)
        }
        for (result, wanted) in zip(results, expected) {
          #expect(zip(result, wanted).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(drawn)")
        }
      }
    }
  }

  /// What a call writes to the outputs, each with one more element behind it that has to stay.
  private static func results<Element: BinaryFloatingPoint>(
    _ program: PointwiseProgram, _ inputs: [[Element]], _ call: ([UnsafeMutableRawPointer]) -> Void
  ) -> [[Element]] {
    let count = inputs[0].count
    let memory = inputs + Array(repeating: Array(repeating: Element(7), count: count), count: program.outputCount)
    let buffers = memory.map { elements in
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count + 1)
      _ = buffer.initialize(from: elements + [Element(-11)])
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    call(buffers.compactMap { $0.baseAddress.map { UnsafeMutableRawPointer($0) } })
    #expect(buffers.allSatisfy { $0[count] == -11 })
    return buffers.dropFirst(inputs.count).map { Array($0.dropLast()) }
  }

  @Test(arguments: [(1, 5), (3, 1), (64, 7), (129, 40), (700, 16), (200, 1300)], availableInstructionSets)
  func `results can be summed over the rows, with the same bits for any number of threads`(
    shape: (Int, Int), instructionSet: tk_instruction_set
  ) throws {
    let (rows, columns) = shape
    let kernels = try #require(tk_kernels_for(instructionSet))
    var random = TestRandom(seed: rows + columns)
    let x = Self.place(.strided, rows: rows, columns: columns, as: Double.self, &random)
    let scale = Self.place(.onePerRow, rows: rows, columns: columns, as: Double.self, &random)
    let tracer = PointwiseTracer()
    tracer.begin(inputCount: 2)
    let product = sigmoid(tracer.input(0)) * tracer.input(1)
    let (program, _) = tracer.finish(outputs: [product, product + 1, sigmoid(tracer.input(0))])
    let each = Self.place(.dense, rows: rows, columns: columns, as: Double.self, &random)
    let sums = Self.place(.oneRow, rows: rows, columns: columns, as: Double.self, &random)
    let added = Self.place(.oneRow, rows: rows, columns: columns, as: Double.self, &random)
    defer { for placed in [x, scale, each, sums, added] { placed.memory.deallocate() } }
    let before = Array(added.memory)
    var results: [[Double]] = []
    for threads in 1...3 {
      for column in 0..<columns { added.memory[column] = before[column] }
      program.run(
        kernels: kernels, threads: threads, scalar: TK_FLOAT64, rows: rows, columns: columns,
        operands: [
          x.operand(), scale.operand(), each.operand(), sums.operand(TK_SUM_ROWS), added.operand(TK_ADD_SUM_ROWS),
        ], constants: nil)
      results.append(Array(sums.memory) + Array(added.memory))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    for column in 0..<columns {
      let gates = (0..<rows).map { x[$0, column].apply(.sigmoid) }
      let expected = (0..<rows).reduce(0) { $0 + gates[$1] * scale[$1, column] + 1 }
      // At most 700 terms, each below 4, in another order.
      #expect((results[0][column] - expected).magnitude <= 1e-12 * Double(rows))
      let total = before[column] + gates.reduce(0, +)
      #expect((results[0][columns + column] - total).magnitude <= 1e-12 * Double(rows))
      #expect((each[0, column] - gates[0] * scale[0, column]).magnitude <= 1e-15 * 4)
    }
  }

  @Test(arguments: availableInstructionSets)
  func `a result may lie over an operand that is not read after it is written`(instructionSet: tk_instruction_set)
    throws
  {
    let kernels = try #require(tk_kernels_for(instructionSet))
    var checked = 0
    for seed in 0..<200 {
      var random = TestRandom(seed: 5000 + seed)
      let drawn = RandomPointwiseProgram(inputCount: 3, stepCount: 8, outputCount: 2, random: &random)
      let (program, constants) = drawn.traced()
      let count = 1037
      let inputs = (0..<3).map { _ in (0..<count).map { _ in random.uniform(-2, 2) } }
      let expected = program.apply(inputs, constants: constants, instructionSet: instructionSet)
      for input in 0..<3 where program.canOverwrite(input: input, output: 0) {
        checked += 1
        let pointers = inputs.map { input in
          let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
          _ = buffer.initialize(from: input)
          return buffer
        }
        defer { for pointer in pointers { pointer.deallocate() } }
        var other = [Double](repeating: 0, count: count)
        other.withUnsafeMutableBufferPointer { other in
          let operands = (pointers.map(\.baseAddress) + [pointers[input].baseAddress, other.baseAddress]).map {
            tk_operand(data: $0, row_stride: 0, column_stride: 1, mode: TK_STORE)
          }
          program.run(
            kernels: kernels, threads: 1, scalar: TK_FLOAT64, rows: 1, columns: count, operands: operands,
            constants: constants)
        }
        #expect(zip(pointers[input], expected[0]).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(program)")
        #expect(zip(other, expected[1]).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(program)")
      }
    }
    #expect(checked > 100)
  }
}

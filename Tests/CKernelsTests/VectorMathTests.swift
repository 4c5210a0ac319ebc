import CKernels
import Foundation
import Testing

/// The interpreter's functions against the C library in a wider type. `Scripts/check-ulp.sh` runs all float32 numbers; this
/// is a sample of them, with the numbers where functions change their formula.
struct VectorMathTests {
  struct Function: CustomTestStringConvertible, Sendable {
    let name: String
    let operation: tk_operation
    let reference: @Sendable (Double) -> Double
    let wideReference: @Sendable (Wide80) -> Wide80
    /// The bounds stated in pointwise.h, in units of the last place.
    let bound32: Double
    let bound64: Double
    var testDescription: String { name }
  }

  #if arch(x86_64)
    typealias Wide80 = Float80
  #else
    typealias Wide80 = Double
  #endif

  static let functions: [Function] = [
    Function(
      name: "exp", operation: TK_OP_exp, reference: { exp($0) }, wideReference: { exp($0) }, bound32: 1, bound64: 1),
    Function(
      name: "expm1", operation: TK_OP_expm1, reference: { expm1($0) }, wideReference: { expm1($0) }, bound32: 2,
      bound64: 2),
    Function(
      name: "log", operation: TK_OP_log, reference: { log($0) }, wideReference: { log($0) }, bound32: 1, bound64: 1),
    Function(
      name: "log1p", operation: TK_OP_log1p, reference: { log1p($0) }, wideReference: { log1p($0) }, bound32: 1.75,
      bound64: 1.5),
    Function(
      name: "tanh", operation: TK_OP_tanh, reference: { tanh($0) }, wideReference: { tanh($0) }, bound32: 1.6,
      bound64: 1.6),
    Function(
      name: "sigmoid", operation: TK_OP_sigmoid, reference: { $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0)) },
      wideReference: { $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0)) }, bound32: 2.5, bound64: 2.5),
    Function(
      name: "softplus", operation: TK_OP_softplus,
      reference: { $0.isNaN ? $0 : max($0, 0) + log1p(exp(-$0.magnitude)) },
      wideReference: { $0.isNaN ? $0 : max($0, 0) + log1p(exp(-$0.magnitude)) }, bound32: 2.4, bound64: 2.4),
    Function(
      name: "sin", operation: TK_OP_sin, reference: { sin($0) }, wideReference: { sin($0) }, bound32: 1.75, bound64: 1),
    Function(
      name: "cos", operation: TK_OP_cos, reference: { cos($0) }, wideReference: { cos($0) }, bound32: 1.75, bound64: 1),
    Function(
      name: "sqrt", operation: TK_OP_square_root, reference: { $0.squareRoot() }, wideReference: { $0.squareRoot() },
      bound32: 0.5, bound64: 0.5),
    Function(
      name: "erf", operation: TK_OP_erf, reference: { erf($0) }, wideReference: { erf($0) }, bound32: 1.5, bound64: 1.5),
  ]

  static let instructionSets: [tk_instruction_set] = [TK_PORTABLE, TK_AVX2, TK_AVX512].filter {
    tk_kernels_for($0) != nil
  }

  #if DEBUG
    static let sampleCount = 5_000
  #else
    static let sampleCount = 150_000
  #endif

  /// Applies one operation to dense operands.
  static func apply<Element: BinaryFloatingPoint>(
    _ operation: tk_operation, _ operands: [[Element]], instructionSet: tk_instruction_set
  ) throws -> [Element] {
    let kernels = try #require(tk_kernels_for(instructionSet))
    let count = operands[0].count
    var result = [Element](repeating: 0, count: count)
    let instruction = tk_instruction(
      operation: UInt16(operation.rawValue), target: UInt16(operands.count), a: 0, b: 1, c: 2, d: 0)
    withUnsafePointer(to: instruction) { instruction in
      var program = tk_program()
      program.instructions = instruction
      program.instruction_count = 1
      program.input_count = Int32(operands.count)
      program.output_count = 1
      let inputs = operands.map { operand in
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
        _ = buffer.initialize(from: operand)
        return buffer
      }
      defer { for input in inputs { input.deallocate() } }
      result.withUnsafeMutableBufferPointer { result in
        let all = (inputs.map(\.baseAddress) + [result.baseAddress]).map {
          tk_operand(data: $0, row_stride: 0, column_stride: 1, mode: TK_STORE)
        }
        tk_run_pointwise(
          kernels, 1, Element.self == Float.self ? TK_FLOAT32 : TK_FLOAT64, &program, 1, count, all, nil)
      }
    }
    return result
  }

  /// The distance in units of the last place of the expected number, where rounding to infinity counts as near.
  static func error<Element: BinaryFloatingPoint, Reference: BinaryFloatingPoint>(
    _ actual: Element, _ expected: Reference
  ) -> Double {
    if actual.isNaN || expected.isNaN { return actual.isNaN && expected.isNaN ? 0 : .infinity }
    if actual.isInfinite {
      let limit = Reference(Element.greatestFiniteMagnitude)
      let half = Reference(Element.greatestFiniteMagnitude.ulp) / 2
      return (actual > 0) == (expected > 0) && expected.magnitude >= limit - half ? 0 : .infinity
    }
    if expected == 0 { return actual == 0 && actual.sign == expected.sign ? 0 : .infinity }
    let clamped = min(expected.magnitude, Reference(Element.greatestFiniteMagnitude))
    let exponent = max(clamped.exponent, Reference.Exponent(Element.leastNormalMagnitude.exponent))
    let unit = Reference(
      sign: .plus, exponent: exponent - Reference.Exponent(Element.significandBitCount), significand: 1)
    return Double((Reference(actual) - expected).magnitude / unit)
  }

  @Test(arguments: functions, instructionSets)
  func `float32 errors stay within the stated bound`(function: Function, instructionSet: tk_instruction_set) throws {
    // Every 997th bit pattern (fewer without optimization), and the surroundings of the numbers where the formulas change.
    #if DEBUG
      let step: UInt32 = 19_997
    #else
      let step: UInt32 = 997
    #endif
    var arguments = (0..<UInt32.max / step).map { Float(bitPattern: $0 * step) }
    for special: Float in [
      0, 1, 0.5, 2, 0.35, 89, 88.72284, 104, 87.33655, 3.92, 18, 22, 0.41421357, 0.70710677, 1_048_576, .pi, .pi / 2,
      .leastNormalMagnitude, .greatestFiniteMagnitude, .infinity,
    ] {
      for step in -40...40 {
        let bits = Int64(special.bitPattern) + Int64(step)
        if bits >= 0 { arguments += [Float(bitPattern: UInt32(bits)), -Float(bitPattern: UInt32(bits))] }
      }
    }
    let results = try Self.apply(function.operation, [arguments], instructionSet: instructionSet)
    var worst = (error: 0.0, argument: Float(0))
    for (x, y) in zip(arguments, results) {
      let error = Self.error(y, function.reference(Double(x)))
      if error > worst.error { worst = (error, x) }
    }
    #expect(worst.error <= function.bound32, "\(worst.error) at \(worst.argument)")
  }

  @Test(arguments: functions, instructionSets)
  func `float64 errors stay within the stated bound`(function: Function, instructionSet: tk_instruction_set) throws {
    var arguments: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      1e308,
    ]
    var state: UInt64 = 42
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
    for _ in 0..<Self.sampleCount {
      let unit = Double(next() >> 11) * 0x1p-53
      arguments.append(Double(bitPattern: next()))  // any number
      arguments.append((unit - 0.5) * 80)
      arguments.append((unit - 0.5) * 1500)
      arguments.append(1 + (unit - 0.5) * 0.01)
      arguments.append(Double(sign: unit < 0.5 ? .minus : .plus, exponent: -Int(next() % 40), significand: 1 + unit))
    }
    #if !arch(x86_64)
      // Without a wider type the reference's own error of up to a unit counts too.
      let slack = 1.0
    #else
      let slack = 0.001
    #endif
    let results = try Self.apply(function.operation, [arguments], instructionSet: instructionSet)
    var worst = (error: 0.0, argument: 0.0)
    for (x, y) in zip(arguments, results) {
      let error = Self.error(y, function.wideReference(Wide80(x)))
      if error > worst.error { worst = (error, x) }
    }
    #expect(worst.error <= function.bound64 + slack, "\(worst.error) at \(worst.argument)")
  }

  @Test(arguments: instructionSets)
  func `powers stay within the stated bound, with all special cases`(instructionSet: tk_instruction_set) throws {
    let specials: [Double] = [
      0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, .infinity, -.infinity, .nan, 0x1p-1030, -1e300, 1e300, 16_777_217,
      4_503_599_627_370_497, 9_007_199_254_740_992,
    ]
    var x: [Double] = []
    var y: [Double] = []
    for a in specials {
      for b in specials {
        x.append(a)
        y.append(b)
      }
    }
    var state: UInt64 = 7
    func unit() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double((state ^ state >> 31) >> 11) * 0x1p-53
    }
    for _ in 0..<Self.sampleCount {
      let base = Double(sign: .plus, exponent: Int(unit() * 40) - 20, significand: 1 + unit())
      x.append(base)
      y.append((unit() - 0.5) * 1400 / (log(base).magnitude + 1e-3))
    }
    let results = try Self.apply(TK_OP_power, [x, y], instructionSet: instructionSet)
    for index in x.indices {
      let error = Self.error(results[index], pow(Wide80(x[index]), Wide80(y[index])))
      #expect(error <= 1.5, "\(x[index]) to the power \(y[index]): \(results[index])")
    }
    let small = try Self.apply(TK_OP_power, [x.map(Float.init), y.map(Float.init)], instructionSet: instructionSet)
    for index in x.indices {
      let error = Self.error(small[index], pow(Double(Float(x[index])), Double(Float(y[index]))))
      #expect(error <= 0.6, "\(x[index]) to the power \(y[index]) in float32: \(small[index])")
    }
  }

  @Test(arguments: instructionSets)
  func `roundings, signs, extrema and remainders are exact`(instructionSet: tk_instruction_set) throws {
    let numbers: [Double] = [
      0, -0.0, 0.5, -0.5, 1, 1.5, 2.5, -1.5, -2.5, 0.49999999999999994, 3.7, -3.7, 1e15, 1e16, -1e300, .infinity,
      -.infinity, .nan, .leastNonzeroMagnitude, 4503599627370495.5, 7, -7, 0.1,
    ]
    let check = { (operation: tk_operation, reference: (Double) -> Double) throws in
      let results = try Self.apply(operation, [numbers], instructionSet: instructionSet)
      for (x, y) in zip(numbers, results) {
        let expected = reference(x)
        let same = y == expected && y.sign == expected.sign || y.isNaN && expected.isNaN
        #expect(same, "\(operation) of \(x): \(y) for \(expected)")
      }
    }
    try check(TK_OP_floor) { $0.rounded(.down) }
    try check(TK_OP_ceil) { $0.rounded(.up) }
    try check(TK_OP_round) { $0.rounded(.toNearestOrEven) }
    try check(TK_OP_absolute) { $0.magnitude }
    try check(TK_OP_negate) { -$0 }
    try check(TK_OP_sign) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    let pairs = numbers.flatMap { a in numbers.map { (a, $0) } }
    let (a, b) = (pairs.map(\.0), pairs.map(\.1))
    let smaller = try Self.apply(TK_OP_minimum, [a, b], instructionSet: instructionSet)
    let larger = try Self.apply(TK_OP_maximum, [a, b], instructionSet: instructionSet)
    let remainder = try Self.apply(TK_OP_modulo, [a, b], instructionSet: instructionSet)
    for index in a.indices {
      let isNaN = a[index].isNaN || b[index].isNaN
      #expect(isNaN ? smaller[index].isNaN : smaller[index] == Swift.min(a[index], b[index]))
      #expect(isNaN ? larger[index].isNaN : larger[index] == Swift.max(a[index], b[index]))
      // Exact while the quotient fits a float64's digits.
      guard (a[index] / b[index]).magnitude < 0x1p52, a[index].isFinite, b[index].isFinite else { continue }
      var expected = fmod(a[index], b[index])
      if expected != 0, (expected < 0) != (b[index] < 0) { expected += b[index] }
      #expect(remainder[index] == expected, "\(a[index]) modulo \(b[index])")
    }
  }

  @Test(arguments: [1, 2, 7, 16, 65, 300], instructionSets)
  func `log-sum-exp of any range`(columns: Int, instructionSet: tk_instruction_set) throws {
    let kernels = try #require(tk_kernels_for(instructionSet))
    let rows = 300
    for scale in [1.0, 100, 1000] {
      let x = (0..<rows * columns).map { sin(Double($0) * 12.9898) * scale }
      for threads in [1, 2] {
        var result = [Double](repeating: 0, count: rows)
        tk_log_sum_exp(kernels, Int32(threads), TK_FLOAT64, rows, columns, x, &result)
        var small = [Float](repeating: 0, count: rows)
        let x32 = x.map { Float($0) }
        tk_log_sum_exp(kernels, Int32(threads), TK_FLOAT32, rows, columns, x32, &small)
        for row in 0..<rows {
          let own = x[row * columns..<(row + 1) * columns]
          let largest = own.max() ?? 0
          let expected = largest + log(own.reduce(0) { $0 + exp($1 - largest) })
          // A sum of at most 300 terms, each within an ulp.
          #expect((result[row] - expected).magnitude <= 1e-14 * (1 + expected.magnitude))
          #expect((Double(small[row]) - expected).magnitude <= 1e-5 * (1 + expected.magnitude))
        }
      }
    }
    var special = [Float](repeating: -.infinity, count: 4 * columns)
    special[columns] = .infinity
    special[2 * columns + columns - 1] = .nan
    special[3 * columns + columns / 2] = 3
    var result = [Float](repeating: 0, count: 4)
    tk_log_sum_exp(kernels, 1, TK_FLOAT32, 4, columns, special, &result)
    #expect(result[0] == -.infinity)
    #expect(result[1] == .infinity)
    #expect(result[2].isNaN)
    #expect(result[3] == 3)
  }
}

internal import CKernels

/// The pointwise programs that a tape has met and what was derived from them, reached without counting references.
///
/// Programs are found by identity through a small hash table, and everything that running or differentiating one needs
/// stands in flat arrays. The table lives as long as the tape.
struct PointwiseTable {
  struct Entry: BitwiseCopyable {
    var program: Unmanaged<PointwiseProgram>
    var kernel: UnsafePointer<tk_program>
    var outputCount: Int32
    /// The entry of the program that keeps intermediates as results; -1 before it was asked for.
    var augmented: Int32 = -1
    var firstDerivative: Int32 = -1
  }

  enum Kind: UInt8, BitwiseCopyable {
    case adjoint
    case tangent
  }

  /// A derived program, its operands and where its results go.
  struct Derivative: BitwiseCopyable {
    var kind: Kind
    var inputs: UInt64
    var seeds: UInt64
    /// The derived program's entry, or -1 when nothing need be computed.
    var entry: Int32
    var firstSource: Int32
    var sourceCount: Int32
    var firstTarget: Int32
    var next: Int32
  }

  /// An operand of a derived program, or where a derivative is found.
  struct Reference: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
      case input
      case output
      case seed
      case zero
    }
    var kind: Kind
    var index: Int32
  }

  private(set) var entries = GrowableBuffer<Entry>()
  private(set) var derivatives = GrowableBuffer<Derivative>()
  private(set) var references = GrowableBuffer<Reference>()
  /// Open addressing by the program's address; -1 is empty. A power of two.
  private var positions = GrowableBuffer<Int32>()
  private let retained: Unmanaged<Retained>

  private final class Retained { var programs: [PointwiseProgram] = [] }

  init() {
    retained = .passRetained(Retained())
    positions.resize(to: 256, filling: -1)
  }

  mutating func deallocate() {
    entries.deallocate()
    derivatives.deallocate()
    references.deallocate()
    positions.deallocate()
    retained.release()
  }

  @inline(__always)
  private static func hash(_ address: UInt) -> Int {
    Int(truncatingIfNeeded: ((address >> 4) &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }

  /// The entry of a program.
  @inline(__always)
  mutating func entry(for program: Unmanaged<PointwiseProgram>) -> Int32 {
    let address = UInt(bitPattern: program.toOpaque())
    let mask = positions.count &- 1
    var position = Self.hash(address) & mask
    while true {
      let found = positions[position]
      if found < 0 { return insert(program) }
      if UInt(bitPattern: entries[found].program.toOpaque()) == address { return found }
      position = (position &+ 1) & mask
    }
  }

  @inline(never)
  private mutating func insert(_ program: Unmanaged<PointwiseProgram>) -> Int32 {
    let object = program.takeUnretainedValue()
    retained.takeUnretainedValue().programs.append(object)
    let index = Int32(entries.count)
    entries.append(
      Entry(program: program, kernel: object.compiledProgram.program, outputCount: Int32(object.outputCount)))
    if entries.count * 2 > positions.count {
      let size = positions.count * 2
      positions.resize(to: 0, filling: -1)
      positions.resize(to: size, filling: -1)
      for existing in 0..<entries.count { place(Int32(existing)) }
    } else {
      place(index)
    }
    return index
  }

  private mutating func place(_ index: Int32) {
    let mask = positions.count - 1
    var position = Self.hash(UInt(bitPattern: entries[index].program.toOpaque())) & mask
    while positions[position] >= 0 { position = (position + 1) & mask }
    positions[position] = index
  }

  /// The entry of the program that keeps intermediates as results.
  @inline(__always)
  mutating func augmented(_ index: Int32) -> Int32 {
    let known = entries[index].augmented
    return known >= 0 ? known : makeAugmented(index)
  }

  @inline(never)
  private mutating func makeAugmented(_ index: Int32) -> Int32 {
    let program = entries[index].program.takeUnretainedValue().savingIntermediates()
    let augmented = entry(for: .passUnretained(program))
    entries.base[Int(index)].augmented = augmented
    return augmented
  }

  /// A derivative of a program.
  @inline(__always)
  mutating func derivative(_ kind: Kind, of index: Int32, inputs: UInt64, seeds: UInt64) -> Derivative {
    var position = entries[index].firstDerivative
    while position >= 0 {
      let derivative = derivatives[position]
      if derivative.kind == kind, derivative.inputs == inputs, derivative.seeds == seeds { return derivative }
      position = derivative.next
    }
    return derive(kind, index, inputs, seeds)
  }

  @inline(never)
  private mutating func derive(_ kind: Kind, _ index: Int32, _ inputs: UInt64, _ seeds: UInt64) -> Derivative {
    let program = entries[index].program.takeUnretainedValue()
    let made =
      kind == .adjoint ? program.adjoint(withRespectTo: inputs, seeds: seeds) : program.tangent(inputs: inputs)
    let entry = made.program.outputCount > 0 ? entry(for: .passUnretained(made.program)) : -1
    let firstSource = Int32(references.count)
    for source in made.operands {
      switch source {
      case .input(let input): references.append(Reference(kind: .input, index: Int32(input)))
      case .output(let output): references.append(Reference(kind: .output, index: Int32(output)))
      case .seed(let seed): references.append(Reference(kind: .seed, index: Int32(seed)))
      }
    }
    let firstTarget = Int32(references.count)
    for target in made.targets {
      switch target {
      case .output(let output): references.append(Reference(kind: .output, index: Int32(output)))
      case .seed(let seed): references.append(Reference(kind: .seed, index: Int32(seed)))
      case .zero: references.append(Reference(kind: .zero, index: 0))
      }
    }
    let derivative = Derivative(
      kind: kind, inputs: inputs, seeds: seeds, entry: entry, firstSource: firstSource,
      sourceCount: Int32(made.operands.count), firstTarget: firstTarget, next: entries[index].firstDerivative)
    derivatives.append(derivative)
    entries.base[Int(index)].firstDerivative = Int32(derivatives.count - 1)
    return derivative
  }
}

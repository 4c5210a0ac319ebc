internal import CKernels
internal import DenseArrays

/// What emitted values take over the memory of sequences, so that a loop turns, say, what it reads at a step into what it
/// keeps of it.
extension LoweredScan {
  /// Pairs of a result and a sequence operand of the scan operation.
  ///
  /// - Parameter consumed: positions among the inputs of `outer` of sequences that nothing reads afterwards.
  func shares(_ consumed: Set<Int>) -> [Int] {
    var sequences = ownSequences
    for (sequence, input) in givenSequences where consumed.contains(input) { sequences.insert(sequence) }
    return sequences.isEmpty ? [] : body.shares(sequences)
  }
}

extension ScanPlan {
  /// Pairs of a result and one of the given sequences of the same size; first those whose rows can be written right away.
  func shares(_ sequences: [Int]) -> [Int] {
    var pairs: [Int] = []
    var taken: Set<Int> = []
    for sequence in sequences {
      let type = body.inputType(sequence)
      let fitting = (body.stateCount..<body.stateCount + body.emittedCount).filter { result in
        let other = body.outputType(result)
        return !taken.contains(result) && other.shape == type.shape && other.scalarType == type.scalarType
      }
      guard let result = fitting.first(where: { canShare($0, sequence) }) ?? fitting.first else { continue }
      taken.insert(result)
      pairs += [result, sequence]
    }
    return pairs
  }

  /// Whether each row of the sequence is read for the last time before or when the result's is written.
  func canShare(_ result: Int, _ sequence: Int) -> Bool {
    for (writer, instruction) in instructions.enumerated() {
      for target in places(instruction, writes: true) where isAt(target, .resultStep, result) {
        for (reader, other) in instructions.enumerated() where reader >= writer {
          for source in places(other, writes: false) where isAt(source, .operandStep, sequence) {
            guard overlaps(target, instruction, source, other) else { continue }
            if reader > writer || !readsFirst(instruction, source, target) { return false }
          }
        }
      }
    }
    return true
  }

  private func isAt(_ place: Int, _ base: Location.Base, _ index: Int) -> Bool {
    locations[place].base == base && Int(locations[place].index) == index
  }

  private func places(_ instruction: Instruction, writes: Bool) -> Range<Int> {
    let first = Int(instruction.firstLocation)
    let end = first + Int(instruction.locationCount)
    switch instruction.kind {
    case .product: return writes ? first + 1..<first + 2 : first..<end
    case .copy: return writes ? first + 1..<end : first..<first + 1
    case .pointwise:
      let inputs = first + Int(instruction.kernel?.pointee.input_count ?? 0)
      return writes ? inputs..<end : first..<inputs
    }
  }

  /// The columns of a location's rows that an instruction touches.
  func columns(_ place: Int, _ instruction: Instruction) -> Range<Int> {
    let start = Int(locations[place].column)
    // What a product reads as its left operand has other columns than what it gives.
    let isLeft = instruction.kind == .product && place == Int(instruction.firstLocation)
    let count = isLeft ? Int(instruction.depth) : columnStrides[place] == 0 ? 1 : Int(instruction.columns)
    return start..<start + count
  }

  private func overlaps(_ target: Int, _ writer: Instruction, _ source: Int, _ reader: Instruction) -> Bool {
    columns(target, writer).overlaps(columns(source, reader))
  }

  /// Whether one instruction reads an element for the last time no later than it writes what takes its place.
  private func readsFirst(_ instruction: Instruction, _ source: Int, _ target: Int) -> Bool {
    guard columns(source, instruction) == columns(target, instruction), columnStrides[source] == columnStrides[target]
    else { return false }
    let first = Int(instruction.firstLocation)
    switch instruction.kind {
    // A tile begins from the values whose places it takes; its left operand is read all along.
    case .product: return source == first + 2
    case .copy: return true
    case .pointwise:
      guard let kernel = instruction.kernel?.pointee else { return false }
      let input = UInt16(source - first)
      let output = UInt16(target - first)
      var isWritten = false
      for index in 0..<Int(kernel.instruction_count) {
        let step = kernel.instructions[index]
        let count = Int(tk_operation_sources(tk_operation(rawValue: UInt32(step.operation))))
        let sources = [step.a, step.b, step.c, step.d].prefix(count)
        if isWritten, sources.contains(input) { return false }
        if step.target == output { isWritten = true }
      }
      return true
    }
  }
}

import CKernels
import Testing

/// The kernels of every instruction set that this machine has.
let availableKernels: [Kernels] = (0..<UInt32(TK_INSTRUCTION_SET_COUNT)).compactMap {
  Kernels(tk_instruction_set($0))
}

/// A table of kernels and its name, for test arguments.
struct Kernels: @unchecked Sendable, CustomTestStringConvertible {
  let table: OpaquePointer
  let testDescription: String

  init?(_ set: tk_instruction_set) {
    guard let table = tk_kernels_for(set) else { return nil }
    self.table = table
    testDescription = String(cString: tk_instruction_set_name(set))
  }
}

@Suite struct InstructionSetTests {
  @Test func portableKernelsAreAlwaysThere() {
    #expect(tk_kernels_for(TK_PORTABLE) != nil)
  }

  @Test func bestInstructionSetIsTheLastAvailable() {
    let available = (0..<UInt32(TK_INSTRUCTION_SET_COUNT)).filter { tk_kernels_for(tk_instruction_set($0)) != nil }
    #expect(tk_best_instruction_set().rawValue == available.last)
  }

  @Test func namesAreThoseOfTheEnvironmentVariable() {
    let names = [TK_PORTABLE, TK_AVX2, TK_AVX512, TK_AMX].map { String(cString: tk_instruction_set_name($0)) }
    #expect(names == ["portable", "avx2", "avx512", "amx"])
  }

  @Test func storageNumbersAreNeverRepeated() async {
    let numbers = await withTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<4 { group.addTask { (0..<1000).map { _ in tk_next_storage_number() } } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(numbers).count == 4000)
  }
}

import DenseArrays
import Testing

@testable import CellComparison

@Suite("Problems of formal languages")
struct LanguageProblemTests {
  @Test("parity and even pairs are answered as counting answers them", arguments: [1...1, 2...2, 3...12, 41...41])
  func bits(lengths: ClosedRange<Int>) throws {
    var random = RandomSource(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<60 {
      let batch = RegularLanguage(.parity, lengths: lengths).batch(count: 8, using: &random)
      seen.insert(batch.steps)
      for row in 0..<8 {
        let symbols = try #require(batch.symbols(row))
        #expect(batch.labels(row) == [symbols.count { $0 == 1 } % 2])
      }
      guard lengths.lowerBound > 1 else { continue }
      let pairs = RegularLanguage(.evenPairs, lengths: lengths).batch(count: 8, using: &random)
      for row in 0..<8 {
        let symbols = try #require(pairs.symbols(row))
        let changes = zip(symbols, symbols.dropFirst()).count { $0 != $1 }
        #expect(pairs.labels(row) == [changes % 2])
      }
    }
    // 60 draws of at most ten lengths: all are there.
    #expect(seen == Set(lengths))
  }

  /// The value modulo 5 by splitting at sums first.
  private func value(_ symbols: [Int]) -> Int {
    var total = 0
    var sign = 1
    for (index, term) in symbols.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 5 || $0 == 6 })
      .enumerated()
    {
      if index > 0 {
        let separators = symbols.filter { $0 == 5 || $0 == 6 }
        sign = separators[index - 1] == 5 ? 1 : -1
      }
      total += sign * term.filter { $0 < 5 }.reduce(1, *)
    }
    return ((total % 5) + 5) % 5
  }

  @Test("arithmetic has the value that its terms add up to", arguments: [1...1, 2...13, 15...15])
  func arithmetic(lengths: ClosedRange<Int>) throws {
    var random = RandomSource(seed: 2)
    for _ in 0..<40 {
      let batch = RegularLanguage(.modularArithmetic, lengths: lengths).batch(count: 8, using: &random)
      #expect(batch.steps % 2 == 1 && (lengths.lowerBound - 1...lengths.upperBound).contains(batch.steps))
      for row in 0..<8 {
        let symbols = try #require(batch.symbols(row))
        #expect(symbols.enumerated().allSatisfy { ($1 < 5) == ($0 % 2 == 0) })
        #expect(batch.labels(row) == [value(symbols)])
      }
    }
  }

  @Test("the chance level of arithmetic is that of all strings")
  func arithmeticChance() {
    // All 5 x 3 x 5 strings of three symbols, and all 5 x 15 x 15 of five.
    for length in [3, 5] {
      var counts = [Int](repeating: 0, count: 5)
      func extend(_ symbols: [Int]) {
        guard symbols.count < length else {
          counts[value(symbols)] += 1
          return
        }
        for symbol in symbols.count % 2 == 0 ? 0..<5 : 5..<8 { extend(symbols + [symbol]) }
      }
      extend([])
      let share = Double(counts.max() ?? 0) / Double(counts.reduce(0, +))
      #expect(abs(RegularLanguage(.modularArithmetic, lengths: 1...9).chance(length: length) - share) < 1e-12)
    }
    #expect(RegularLanguage(.parity, lengths: 1...9).chance(length: 7) == 0.5)
  }

  /// What may follow a prefix of nested brackets, by a stack of its own; nil when the prefix is not one.
  private func continuations(_ prefix: [Int], kinds: Int) -> [Int]? {
    var stack: [Int] = []
    for symbol in prefix {
      if symbol < kinds {
        stack.append(symbol)
      } else if stack.popLast() != symbol - kinds {
        return nil
      }
    }
    return Array(0..<kinds) + [stack.isEmpty ? 2 * kinds : kinds + stack[stack.count - 1]]
  }

  @Test("brackets are well nested, and the sets are what may follow", arguments: [1, 2, 5])
  func dyck(kinds: Int) throws {
    var random = RandomSource(seed: 3)
    var lengths: Set<Int> = []
    for _ in 0..<40 {
      let batch = Dyck(kinds: kinds, pairs: 1...6).batch(count: 8, using: &random)
      lengths.insert(batch.steps)
      for row in 0..<8 {
        let symbols = try #require(batch.symbols(row))
        #expect(symbols.count == batch.steps)
        #expect(continuations(symbols, kinds: kinds)?.last == 2 * kinds, "ends with none open")
        for (step, set) in batch.sets(row).enumerated() {
          #expect(set == continuations(Array(symbols[...step]), kinds: kinds))
        }
      }
    }
    #expect(lengths == [2, 4, 6, 8, 10, 12])
  }

  @Test("all words of nested brackets are equally likely")
  func dyckDistribution() throws {
    var random = RandomSource(seed: 4)
    let count = 7000
    let batch = Dyck(kinds: 1, pairs: 4...4).batch(count: count, using: &random)
    var counts: [[Int]: Int] = [:]
    for row in 0..<count { counts[try #require(batch.symbols(row)), default: 0] += 1 }
    // Catalan's number of four pairs is 14: five deviations of a binomial count with 1/14 of 7000 = 500.
    #expect(counts.count == 14)
    #expect(counts.values.allSatisfy { abs($0 - 500) < 110 })
  }

  @Test("a^n b^n and what may follow, also behind shorter words")
  func countingLanguage() throws {
    var random = RandomSource(seed: 5)
    let problem = CountingLanguage(counts: 1...6)
    let all = problem.testBatches(using: &random)
    #expect(all.count == 1 && all[0].count == 6 && all[0].steps == 13)
    var seen: Set<Int> = []
    for batch in all + [problem.batch(count: 100, using: &random)] {
      for row in 0..<batch.count {
        let symbols = try #require(batch.symbols(row))
        let n = symbols.count / 2
        seen.insert(n)
        #expect(symbols == [0] + Array(repeating: 1, count: n) + Array(repeating: 2, count: n))
        let sets: [[Int]?] =
          [[0]] + Array(repeating: [0, 1], count: n) + Array(repeating: [1], count: n - 1) + [[2]]
          + Array(repeating: nil, count: batch.steps - symbols.count)
        #expect(batch.sets(row) == sets)
      }
    }
    #expect(seen == Set(1...6))
  }

  /// Whether a string is one of Reber's grammar, as the regular expression B(T S* X | P T* V) ... written as a machine.
  private func isReber(_ string: Substring) -> Bool {
    // Of each state, what each letter leads to.
    let machine: [[Character: Int]] = [
      ["B": 1], ["T": 2, "P": 3], ["S": 2, "X": 4], ["T": 3, "V": 5], ["X": 3, "S": 6], ["P": 4, "V": 6], ["E": 7], [:],
    ]
    var state = 0
    for letter in string {
      guard let next = machine[state][letter] else { return false }
      state = next
    }
    return state == 7
  }

  @Test("strings of the embedded Reber grammar, and both symbols where there is a choice")
  func embeddedReber() throws {
    #expect(["BTXSE", "BPVVE", "BTSSXXTVVE", "BPTVPXVPXVPXVVE"].allSatisfy { isReber(Substring($0)) })
    #expect(["BTXSEE", "BTVE", "BPTVPXVE", ""].allSatisfy { !isReber(Substring($0)) })
    var random = RandomSource(seed: 6)
    let count = 400
    let batch = EmbeddedReber().batch(count: count, using: &random)
    let sets = try #require(batch.acceptable)
    var branches = 0
    var strings: Set<String> = []
    for row in 0..<count {
      let symbols = try #require(batch.symbols(row))
      let labels = batch.labels(row).compactMap { $0 }
      #expect(labels.count == symbols.count && Array(labels.dropLast()) == Array(symbols.dropFirst()))
      let string = String((symbols + [labels[labels.count - 1]]).map { EmbeddedReber.symbols[$0] })
      strings.insert(string)
      let letters = Array(string)
      #expect(letters.first == "B" && letters.last == "E")
      #expect("TP".contains(letters[1]) && letters[letters.count - 2] == letters[1])
      #expect(isReber(string.dropFirst(2).dropLast(2)))
      if letters[1] == "T" { branches += 1 }
      for (step, label) in labels.enumerated() {
        let set = sets[step * count + row]
        #expect((set >> UInt64(label)) & 1 == 1)
        let isFree = step == 0 || (step >= 2 && step < labels.count - 3)
        #expect(set.nonzeroBitCount == (isFree ? 2 : 1))
      }
    }
    #expect((150...250).contains(branches))
    #expect(strings.count > 100)
  }

  @Test("documents of tags are balanced and have names of 2 to 10 letters; half are empty")
  func nestedTags() throws {
    var random = RandomSource(seed: 7)
    var empty = 0
    var deepest = 0
    for _ in 0..<2000 {
      let text = String(NestedTags.document(using: &random).map { NestedTags.alphabet[$0] })
      if text.isEmpty { empty += 1 }
      var open: [Substring] = []
      for piece in text.split(separator: ">") {
        if piece.hasPrefix("</") {
          #expect(open.popLast() == piece.dropFirst(2))
        } else {
          #expect(piece.hasPrefix("<") && (2...10).contains(piece.count - 1))
          #expect(piece.dropFirst().allSatisfy { ("a"..."z").contains($0) })
          open.append(piece.dropFirst())
        }
        deepest = max(deepest, open.count)
      }
      #expect(open.isEmpty)
    }
    // 1000 of 2000, five deviations.
    #expect(abs(empty - 1000) < 112)
    #expect(deepest > 3)
    let batch = NestedTags(length: 50).batch(count: 20, using: &random)
    #expect(batch.inputs.shape == [50, 20, 29])
    for row in 0..<20 {
      let symbols = try #require(batch.symbols(row))
      #expect(symbols[0] == 0 && Array(symbols.dropFirst()) == batch.labels(row).dropLast().map { $0 ?? -1 })
    }
  }

  @Test("sums and differences with letters strewn in", arguments: [1, 3, 8])
  func distractedArithmetic(digits: Int) throws {
    var random = RandomSource(seed: 8)
    let count = 200
    let batch = DistractedArithmetic(digits: digits).batch(count: count, using: &random)
    var lengths: Set<Int> = []
    var negative = 0
    for row in 0..<count {
      let symbols = try #require(batch.symbols(row))
      let text = String(symbols.map { DistractedArithmetic.alphabet[$0] })
      let halves = text.split(separator: "=", omittingEmptySubsequences: false)
      #expect(halves.count == 2)
      let question = halves[0].filter { !$0.isLetter }
      let operation = try #require(question.firstIndex { $0 == "+" || $0 == "-" })
      let (first, second) = (question[..<operation], question[question.index(after: operation)...])
      lengths.formUnion([first.count, second.count])
      let (a, b) = (try #require(Int(first)), try #require(Int(second)))
      let result = question[operation] == "+" ? a + b : a - b
      if result < 0 { negative += 1 }
      #expect(halves[1] == "\(result)")
      // The answers are the result and the full stop, due from the = on.
      let due = batch.labels(row)[..<symbols.count].compactMap { $0.map { DistractedArithmetic.alphabet[$0] } }
      #expect(String(due) == "\(result).")
      #expect(batch.labels(row).prefix(halves[0].count).allSatisfy { $0 == nil })
      let letters = halves[0].split(omittingEmptySubsequences: false) { !$0.isLetter }
      #expect(letters.allSatisfy { $0.count <= 3 })
    }
    #expect(lengths == Set(1...digits))
    #expect(negative > 20)
  }
}

public import DenseArrays

/// Strings of the embedded Reber grammar; after each symbol the next one is asked for.
///
/// A string is B, then T or P, then a string of Reber's grammar, then the same of T and P again, then E: the last but one
/// symbol has to be remembered from the second. Where the grammar has a choice, both are equally likely. An answer is right
/// when the symbols that may come are the likeliest ones. Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997,
/// experiment 1, figures 3 and 4.
public struct EmbeddedReber: SequenceProblem {
  public init() {}

  /// B, T, P, S, X, V and E.
  static let symbols: [Character] = Array("BTPSXVE")

  public var inputSize: Int { Self.symbols.count }
  public var outputSize: Int { Self.symbols.count }

  /// Of each state of Reber's grammar after B, the symbols that may come and the states that they lead to; the last state
  /// has none.
  private static let transitions: [[(symbol: Int, state: Int)]] = [
    [(1, 1), (2, 2)], [(3, 1), (4, 3)], [(1, 2), (5, 4)], [(4, 2), (3, 5)], [(2, 3), (5, 5)], [(6, 6)], [],
  ]

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let rows = (0..<count).map { _ in string(using: &random) }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes(ranksAcceptable: true)
  }

  /// A string without its E, which nothing comes after.
  private func string(using random: inout RandomSource) -> [SymbolBatch.Step] {
    let branch = 1 + random.number(below: 2)
    var row: [SymbolBatch.Step] = []
    var symbol = 0
    func append(_ next: Int, among choices: [Int]) {
      row.append(.init(symbol: symbol, answer: next, acceptable: choices.reduce(0) { $0 | 1 << UInt64($1) }))
      symbol = next
    }
    append(branch, among: [1, 2])
    append(0, among: [0])
    var state = 0
    while !Self.transitions[state].isEmpty {
      let choices = Self.transitions[state]
      let choice = choices.count == 1 ? choices[0] : choices[random.number(below: choices.count)]
      append(choice.symbol, among: choices.map(\.symbol))
      state = choice.state
    }
    append(branch, among: [branch])
    append(6, among: [6])
    return row
  }
}

public import DenseArrays

/// Random documents of nested tags, one behind the other; after each character the next one is asked for.
///
/// A document begins with nothing open. With a chance of one half, and always after 50 turns, the innermost tag is closed, or
/// the document ends when none is open; else a tag of 2 to 10 random lower-case letters is opened. A sequence begins with a
/// document and is cut after its last step. Source: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent
/// network architectures", 2015, section 3.3 ("XML modeling").
public struct NestedTags: SequenceProblem {
  /// The steps of a sequence.
  public let length: Int

  /// The problem; a length below 1 stops.
  public init(length: Int) {
    guard length >= 1 else { stop("NestedTags: \(length) steps; expected at least 1") }
    self.length = length
  }

  /// The characters: "<", "/", ">" and the letters.
  static let alphabet: [Character] = Array("</>abcdefghijklmnopqrstuvwxyz")
  private static let letters = 3
  private static let mostTurns = 50

  public var inputSize: Int { Self.alphabet.count }
  public var outputSize: Int { Self.alphabet.count }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let rows = (0..<count).map { _ in
      var characters: [Int] = []
      while characters.count <= length { characters += Self.document(using: &random) }
      return (0..<length).map { SymbolBatch.Step(symbol: characters[$0], answer: characters[$0 + 1]) }
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes()
  }

  /// The characters of a document; half of all documents are empty.
  static func document(using random: inout RandomSource) -> [Int] {
    var characters: [Int] = []
    var open: [[Int]] = []
    var turns = 0
    while true {
      turns += 1
      if turns > mostTurns || random.number(below: 2) == 0 {
        guard let name = open.popLast() else { return characters }
        characters += [0, 1] + name + [2]
      } else {
        let name = (0..<random.number(in: 2...10)).map { _ in letters + random.number(below: 26) }
        open.append(name)
        characters += [0] + name + [2]
      }
    }
  }
}

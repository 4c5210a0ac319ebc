import DenseArrays
import Testing

@testable import CellComparison

@Suite("Texts")
struct TextCorpusTests {
  private func characters(_ corpus: TextCorpus) -> String {
    String(String.UnicodeScalarView((corpus.training + corpus.test).map { corpus.vocabulary[Int($0)] }))
  }

  @Test("the characters are those of the text, whatever marks and line ends its file has")
  func decoding() throws {
    let cases: [(String, String, Int, Bool)] = [
      ("ab\nab", "ab\nab", 0, false), ("ab\r\nab\r\n", "ab\nab\n", 2, false), ("\u{FEFF}abba", "abba", 0, true),
      ("a\rb\r\r\nc", "a\rb\r\nc", 1, false), ("Ä€😀e\u{301}", "Ä€😀e\u{301}", 0, false),
      ("a\u{FEFF}b", "a\u{FEFF}b", 0, false),
    ]
    for (file, text, lineEnds, hasMark) in cases {
      let corpus = try TextCorpus(bytes: Array(file.utf8), path: "text")
      #expect(characters(corpus).unicodeScalars.elementsEqual(text.unicodeScalars))
      #expect(corpus.convertedLineEnds == lineEnds)
      #expect(corpus.hadByteOrderMark == hasMark)
      #expect(corpus.vocabulary == Set(text.unicodeScalars).sorted())
    }
  }

  @Test(
    "nine tenths for training, rounded down",
    arguments: [(10, 9), (11, 9), (19, 17), (20, 18), (1_115_394, 1_003_854)])
  func split(count: Int, training: Int) throws {
    let bytes = (0..<count).map { UInt8($0 % 2 + 97) }
    let corpus = try TextCorpus(bytes: bytes, path: "text")
    #expect(corpus.training.count == training)
    #expect(corpus.test.count == count - training)
  }

  @Test("what cannot be a text is refused")
  func refusals() {
    func error(_ bytes: [UInt8]) -> TextError? {
      do {
        _ = try CharacterText(TextCorpus(bytes: bytes, path: "p"))
        return nil
      } catch {
        return error
      }
    }
    #expect(error([]) == .tooShort(path: "p", characters: 0, needed: 2, because: "one is predicted from another"))
    #expect(error([97]) == .tooShort(path: "p", characters: 1, needed: 2, because: "one is predicted from another"))
    #expect(error([97, 97, 97]) == .oneCharacterOnly(path: "p", character: "U+61"))
    // A stray continuation, a cut sequence, an overlong form and a surrogate.
    #expect(error([97, 98, 0x80]) == .notUTF8(path: "p", offset: 2))
    #expect(error([97, 0xC3]) == .notUTF8(path: "p", offset: 1))
    #expect(error([0xC0, 0x80, 97]) == .notUTF8(path: "p", offset: 0))
    #expect(error([97, 98, 99, 0xED, 0xA0, 0x80]) == .notUTF8(path: "p", offset: 3))
    #expect(error([0xEF, 0xBB, 0xBF, 97, 0xFF]) == .notUTF8(path: "p", offset: 4))
    func repeated(_ count: Int) -> [UInt8] { Array(repeating: [97, 98], count: count).flatMap { $0 } }
    // Nine tenths of 2396 are 2156, less the twentieth of 107 is 2049: a chunk of 64 steps of 32 streams, and one more.
    #expect(error(repeated(100))?.description.hasPrefix("p: expected at least 2396 characters") == true)
    #expect(error(repeated(1197))?.description.contains("found 2394") == true)
    #expect(error(repeated(1198)) == nil)
    #expect(throws: TextError.self) { try TextCorpus(path: "/nonesuch/text") }
  }

  @Test("what is no regular file is read up to its end")
  func device() {
    let path = "/dev/null"
    let empty = TextError.tooShort(path: path, characters: 0, needed: 2, because: "one is predicted from another")
    #expect(throws: empty) { try TextCorpus(path: path) }
  }

  @Test("streams read the text in parallel and go on from chunk to chunk")
  func streams() {
    // Three streams of (20 - 1) / 3 = 6 characters in chunks of 2.
    let text = (100..<120).map { Int32($0) }
    var streams = TextStreams(text: text[...], streams: 3, steps: 2)
    #expect(streams.chunksPerPass == 3)
    let expected: [(inputs: [Int32], isFirst: Bool)] = [
      ([100, 106, 112, 101, 107, 113], true), ([102, 108, 114, 103, 109, 115], false),
      ([104, 110, 116, 105, 111, 117], false), ([100, 106, 112, 101, 107, 113], true),
    ]
    for (inputs, isFirst) in expected {
      let chunk = streams.next()
      #expect(chunk.inputs.shape == [2, 3])
      #expect(chunk.inputs.scalars(of: Int32.self) == inputs)
      #expect(chunk.targets.scalars(of: Int32.self) == inputs.map { $0 + 1 })
      #expect(chunk.isFirst == isFirst)
    }
  }

  @Test("a text of just enough characters is read whole, also as part of a longer one")
  func shortestStreams() {
    let text: [Int32] = [9, 9, 0, 1, 2, 3, 4]
    #expect(TextStreams.needed(streams: 2, steps: 2) == 5)
    var streams = TextStreams(text: text[2...], streams: 2, steps: 2)
    let chunk = streams.next()
    #expect(chunk.inputs.scalars(of: Int32.self) == [0, 2, 1, 3])
    #expect(chunk.targets.scalars(of: Int32.self) == [1, 3, 2, 4])
    #expect(streams.next().isFirst)
  }
}

/// A text that a character model cannot be made of.
public enum TextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be read, for the reason given.
  case unreadable(path: String, reason: String)
  /// The bytes are not UTF-8; the offset of the first one that does not fit, counted from 0.
  case notUTF8(path: String, offset: Int)
  /// There are fewer characters than are needed.
  case tooShort(path: String, characters: Int, needed: Int, because: String)
  /// All characters are the same, so that there is nothing to predict.
  case oneCharacterOnly(path: String, character: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): expected a text file, but \(reason)"
    case .notUTF8(let path, let offset):
      "\(path): expected UTF-8, but the byte at offset \(offset) does not fit"
    case .tooShort(let path, let characters, let needed, let reason):
      "\(path): expected at least \(needed) characters (\(reason)), found \(characters)"
    case .oneCharacterOnly(let path, let character):
      "\(path): expected at least two different characters, found \(character) only"
    }
  }
}

/// A reason to end, with the exit code that goes with it.
struct Failure: Error {
  /// One line: what was expected and what was found.
  let message: String
  /// 1 for bad data, 2 for wrong arguments.
  let code: Int32

  static func badData(_ error: some Error) -> Failure { Failure(message: "\(error)", code: 1) }
  static func wrongArguments(_ error: some Error) -> Failure { Failure(message: "\(error)", code: 2) }
}

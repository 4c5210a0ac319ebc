/// Stops the program because of a programmer's mistake, with one line that says what was expected and what was found.
///
/// A `preconditionFailure`'s message is not printed in release builds; `fatalError`'s is.
@inline(never)
package func stop(_ message: @autoclosure () -> String) -> Never {
  fatalError(message())
}

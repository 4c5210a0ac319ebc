import ArgumentParser
import CellComparison
import Dispatch
import Foundation
import Synchronization

/// Lets Ctrl-C and a polite request to terminate end a command after the step it is at; a second one ends it at once.
final class Interruption: Sendable {
  /// What the command asks whether it has to end.
  let cancellation: Cancellation
  private let received = Mutex<Int32?>(nil)
  // Held so that they stay active, and never touched after `init`.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  /// The exit code of the signal that was received, if any.
  var exitCode: ExitCode? { received.withLock { $0 }.map { ExitCode(128 + $0) } }

  init() {
    cancellation = Cancellation()
    let numbers = [SIGINT, SIGTERM]
    sources = numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
    for (number, source) in zip(numbers, sources) {
      // The source sees the signal even though its default action is switched off.
      Foundation.signal(number, SIG_IGN)
      source.setEventHandler { [self] in
        let isSecond = received.withLock { received in
          defer { received = received ?? number }
          return received != nil
        }
        if isSecond { _exit(128 + number) }
        cancellation.cancel()
      }
      source.resume()
    }
  }
}

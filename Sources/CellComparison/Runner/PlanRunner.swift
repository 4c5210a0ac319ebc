internal import Dispatch
internal import Synchronization

/// Makes runs: those on one thread side by side, the others one after the other.
struct PlanRunner {
  /// Results that stand for runs of the same setting.
  let known: [RunSetting: RunResult]
  /// The threads to compute on.
  let threads: Int
  let progress: ProgressReporter?
  let cancellation: Cancellation

  /// The results in the order of the plans; nil for a run that was cancelled.
  func run(_ plans: [RunPlan], onResult: @Sendable (RunResult) -> Void) -> [RunResult?] {
    let results = Mutex<[RunResult?]>(plans.map { known[$0.setting] })
    let missing = results.withLock { results in plans.indices.filter { results[$0] == nil } }
    let single = missing.filter { plans[$0].threads == 1 }
    let shared = missing.filter { plans[$0].threads > 1 }
    progress?.begin(plans, workers: single.isEmpty ? 1 : threads)
    for (index, plan) in plans.enumerated() {
      if let result = known[plan.setting] { progress?.skip(run: index, result) }
    }
    for (members, workers) in [(single, threads), (shared, 1)] where !members.isEmpty {
      let next = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: min(workers, members.count)) { _ in
        while true {
          let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard position < members.count, !cancellation.isCancelled else { return }
          let index = members[position]
          let result = plans[index].run(cancellation: cancellation) { steps, seconds in
            progress?.update(run: index, steps: steps, seconds: seconds)
          }
          guard let result else { return }
          results.withLock {
            $0[index] = result
            progress?.finish(run: index, result)
            onResult(result)
          }
        }
      }
    }
    progress?.end()
    return results.withLock { $0 }
  }
}

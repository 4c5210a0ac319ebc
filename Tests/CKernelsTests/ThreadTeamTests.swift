import CKernels
import Foundation
import Testing

@Suite struct ThreadTeamTests {
  /// What a job writes to: a counter an item, and a nested job's counters.
  final class Tally {
    let counts: UnsafeMutablePointer<Int>
    let nested: UnsafeMutablePointer<Int>
    let items: Int

    init(items: Int) {
      self.items = items
      counts = .allocate(capacity: items)
      nested = .allocate(capacity: items)
      counts.initialize(repeating: 0, count: items)
      nested.initialize(repeating: 0, count: items)
    }

    deinit {
      counts.deallocate()
      nested.deallocate()
    }

    func run(threads: Int32) {
      tk_team_run(
        threads, items,
        { context, index in
          let tally = Unmanaged<Tally>.fromOpaque(context!).takeUnretainedValue()
          tally.counts[index] += 1
          if index == 3 {
            tk_team_run(
              2, tally.items, { $0!.assumingMemoryBound(to: Int.self)[$1] += 1 }, UnsafeMutableRawPointer(tally.nested))
          }
        }, Unmanaged.passUnretained(self).toOpaque())
    }

    func expectEach(_ rounds: Int) {
      for index in 0..<items {
        #expect(counts[index] == rounds)
        #expect(nested[index] == (items > 3 ? rounds : 0))
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 100], [1, 2, 3, 100] as [Int32])
  func eachItemRunsOnce(_ items: Int, _ threads: Int32) {
    let tally = Tally(items: items)
    for _ in 0..<20 { tally.run(threads: threads) }
    tally.expectEach(20)
  }

  @Test func callersAtOnceEachGetTheirWorkDone() {
    let threads = (0..<3).map { _ in
      let done = DispatchSemaphore(value: 0)
      Thread {
        let tally = Tally(items: 50)
        for round in 0..<500 { tally.run(threads: Int32(1 + round % 4)) }
        tally.expectEach(500)
        done.signal()
      }.start()
      return done
    }
    for done in threads { done.wait() }
  }

  /// A worker that went to sleep is woken.
  @Test func theTeamWakesUpAfterARest() {
    for pause in [0.0, 0.001, 0.05, 0.3] {
      Thread.sleep(forTimeInterval: pause)
      let tally = Tally(items: 8)
      tally.run(threads: 2)
      tally.expectEach(1)
    }
  }

  @Test func scratchBuffersAreDistinctAlignedAndKept() {
    let pointers = (0..<8).map { tk_scratch(Int32($0), 1000 + 500 * $0)! }
    #expect(Set(pointers).count == 8)
    for which in 0..<8 {
      #expect(Int(bitPattern: pointers[which]) % 64 == 0)
      #expect(tk_scratch(Int32(which), 10) == pointers[which])
      memset(pointers[which], Int32(which), 1000 + 500 * which)
    }
    #expect(tk_scratch(0, 1_000_000) != nil)
  }

  @Test func thereIsACore() {
    #expect(tk_core_count() >= 1)
  }
}

@Suite struct MeasurementTests {
  @Test(arguments: availableKernels)
  func measurementsArePositiveAndFinite(_ kernels: Kernels) {
    for scalar in [TK_FLOAT32, TK_FLOAT64] {
      let peak = tk_measure_fma_peak(kernels.table, scalar, 0.01)
      #expect(peak > 0 && peak.isFinite)
    }
    let bandwidth = tk_measure_read_bandwidth(kernels.table, 1 << 16, 0.01)
    #expect(bandwidth > 0 && bandwidth.isFinite)
  }
}

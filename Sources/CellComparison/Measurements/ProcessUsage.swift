internal import CKernels

/// What the process has used up so far.
enum ProcessUsage {
  /// Seconds since the process began, to a hundredth; nil where the system does not tell.
  static var seconds: Double? {
    let seconds = tk_process_seconds()
    return seconds < 0 ? nil : seconds
  }

  /// The most bytes that were in memory at one time; nil where the system does not tell.
  static var peakResidentBytes: Int? {
    let bytes = tk_peak_resident_bytes()
    return bytes == 0 ? nil : Int(bytes)
  }
}

internal import DenseArrays

/// A text cut into parallel streams that are read chunk by chunk, each stream going on where it stopped.
struct TextStreams {
  /// A chunk of all streams.
  struct Chunk {
    /// The characters read, int32 [steps, streams].
    let inputs: DenseArray
    /// The characters that come next, int32 [steps, streams].
    let targets: DenseArray
    /// Whether the streams start anew, so that no state carries over.
    let isFirst: Bool
  }

  private let text: ArraySlice<Int32>
  private let streams: Int
  private let steps: Int
  /// The characters of one stream that are read, each with a next one.
  private let length: Int
  private var position = 0

  /// The fewest characters that `streams` streams with one chunk of `steps` steps each take.
  static func needed(streams: Int, steps: Int) -> Int { streams * steps + 1 }

  /// Streams through a text of at least `needed(streams:steps:)` characters; what is left over of the last chunk and at
  /// the text's end is not read.
  init(text: ArraySlice<Int32>, streams: Int, steps: Int) {
    guard streams > 0, steps > 0, text.count >= TextStreams.needed(streams: streams, steps: steps) else {
      stop("TextStreams: \(text.count) characters for \(streams) streams of \(steps) steps")
    }
    self.text = text
    self.streams = streams
    self.steps = steps
    length = (text.count - 1) / streams
  }

  /// The number of chunks until the streams start anew.
  var chunksPerPass: Int { length / steps }

  /// The next chunk; after the last one comes the first.
  mutating func next() -> Chunk {
    if position + steps > length { position = 0 }
    var inputs: [Int32] = []
    var targets: [Int32] = []
    inputs.reserveCapacity(steps * streams)
    targets.reserveCapacity(steps * streams)
    for step in 0..<steps {
      for stream in 0..<streams {
        let index = text.startIndex + stream * length + position + step
        inputs.append(text[index])
        targets.append(text[index + 1])
      }
    }
    let chunk = Chunk(
      inputs: DenseArray(inputs, shape: [steps, streams]), targets: DenseArray(targets, shape: [steps, streams]),
      isFirst: position == 0)
    position += steps
    return chunk
  }
}

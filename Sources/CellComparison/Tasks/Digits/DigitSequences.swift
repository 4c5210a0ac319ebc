public import DenseArrays

/// Images of digits read row by row or pixel by pixel; the digit is asked for after the last step.
///
/// Source: Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015, section 4.2
/// (pixel by pixel).
public struct DigitSequences: SequenceProblem {
  /// The images.
  public let images: DigitImages
  /// Which of them.
  public let part: Range<Int>
  /// Whether a step is a pixel; else it is a row.
  public let isPixelwise: Bool

  /// The problem; an empty part, and one of images that do not exist, stop.
  public init(_ images: DigitImages, part: Range<Int>, isPixelwise: Bool) {
    guard !part.isEmpty, part.lowerBound >= 0, part.upperBound <= images.labels.count else {
      stop("DigitSequences: images \(part) of \(images.labels.count)")
    }
    self.images = images
    self.part = part
    self.isPixelwise = isPixelwise
  }

  public var inputSize: Int { isPixelwise ? 1 : images.side }
  public var outputSize: Int { 10 }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    batch((0..<count).map { _ in part.lowerBound + random.number(below: part.count) })
  }

  /// Each image once, up to 250 at a time.
  public func testBatches(using random: inout RandomSource) -> [SequenceBatch] {
    stride(from: part.lowerBound, to: part.upperBound, by: 250).map { start in
      batch(Array(start..<min(start + 250, part.upperBound)))
    }
  }

  private func batch(_ members: [Int]) -> SequenceBatch {
    let size = images.side * images.side
    let (features, count) = (inputSize, members.count)
    var inputs = [Float](repeating: 0, count: size * count)
    for (row, member) in members.enumerated() {
      for pixel in 0..<size {
        let (step, feature) = (pixel / features, pixel % features)
        inputs[(step * count + row) * features + feature] = images.pixels[member * size + pixel]
      }
    }
    return SequenceBatch(
      inputs: DenseArray(inputs, shape: [size / features, count, features]),
      answers: .classes(DenseArray(members.map { Int32(images.labels[$0]) }, shape: [1, count])))
  }
}

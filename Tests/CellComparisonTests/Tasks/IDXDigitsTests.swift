import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Images of digits in the format of MNIST")
struct IDXDigitsTests {
  /// The bytes of a file, made by hand: the magic number, big-endian sizes, the numbers.
  private static func idx(_ sizes: [UInt32], _ values: [UInt8], magic: [UInt8]? = nil) -> [UInt8] {
    let header = sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } }
    return (magic ?? [0, 0, 8, UInt8(sizes.count)]) + header + values
  }

  private static let count = 300
  /// 300 images of 2 x 2, so that a size has two bytes: image i has the pixels i / 256, i modulo 256, 7 and 255.
  private static let images = idx(
    [300, 2, 2], (0..<count).flatMap { [UInt8($0 / 256), UInt8($0 % 256), 7, 255] })
  /// Image i has the label i modulo 10.
  private static let labels = idx([300], (0..<count).map { UInt8($0 % 10) })

  /// Reads files that are written to a new folder; a file that is nil is left out.
  private static func read(
    images: [UInt8] = images, labels: [UInt8]? = labels, imagesName: String = "train-images-idx3-ubyte",
    labelsName: String = "train-labels-idx1-ubyte", _ body: (Result<DigitImages, DigitsError>, URL) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent(imagesName)
      try Data(images).write(to: path)
      if let labels { try Data(labels).write(to: folder.appendingPathComponent(labelsName)) }
      try body(Result { () throws(DigitsError) in try DigitImages(path: path.path) }, folder)
    }
  }

  @Test(
    "images and the labels beside them are read, each once, in an order of their own",
    arguments: [
      ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
      ("images", "labels"),
    ])
  func reading(imagesName: String, labelsName: String) throws {
    try Self.read(imagesName: imagesName, labelsName: labelsName) { result, _ in
      let digits = try result.get()
      #expect(digits.side == 2 && digits.training == 0..<240 && digits.heldOut == 240..<270)
      #expect(digits.test == 270..<300)
      let pixels: [Int] = digits.pixels.map { Int(($0 * 255).rounded()) }
      let numbers = (0..<Self.count).map { image -> Int in 256 * pixels[4 * image] + pixels[4 * image + 1] }
      #expect(numbers.sorted() == Array(0..<Self.count) && numbers != Array(0..<Self.count))
      #expect(digits.labels == numbers.map { $0 % 10 })
      #expect((0..<Self.count).allSatisfy { pixels[4 * $0 + 2] == 7 && digits.pixels[4 * $0 + 3] == 1 })
    }
  }

  @Test("the same images are the same task as lines of text")
  func sameAsText() throws {
    let lines = (0..<Self.count).map { "\($0 % 10),\($0 / 256),\($0 % 256),7,255" }
    try Self.read { result, folder in
      let (bytes, text) = (try result.get(), try DigitImages(text: lines.joined(separator: "\n"), path: "p"))
      #expect(bytes.labels == text.labels && bytes.pixels == text.pixels)
      var options = TaskOptions()
      options.digitsPath = folder.appendingPathComponent("train-images-idx3-ubyte").path
      for (name, steps, features) in [("digits-rows", 2, 2), ("digits-pixels", 4, 1)] {
        let task = try #require(try TaskCatalog.task(named: name, options: options) as? SequenceTask)
        #expect(task.settings == SequenceTask.digits(text, isPixelwise: features == 1).settings)
        var random = RandomSource(seed: 1)
        let batch = task.training.batch(count: 3, using: &random)
        #expect(batch.steps == steps && batch.inputs.shape[2] == features)
      }
    }
  }

  @Test("damaged files are refused, with what was expected and found")
  func damaged() throws {
    func expect(
      _ expected: (_ images: String, _ labels: String) -> DigitsError, images: [UInt8] = Self.images,
      labels: [UInt8]? = Self.labels, _ location: SourceLocation = #_sourceLocation
    ) throws {
      try Self.read(images: images, labels: labels) { result, folder in
        let paths = ["images-idx3", "labels-idx1"].map { folder.appendingPathComponent("train-\($0)-ubyte").path }
        #expect(throws: expected(paths[0], paths[1]), sourceLocation: location) { try result.get() }
      }
    }
    // The files mistaken for each other, floats, and a header that is cut.
    try expect(
      { images, _ in .wrongMagic(path: images, expected: [0, 0, 8, 3], found: [0, 0, 8, 1]) }, images: Self.labels)
    try expect(
      { _, labels in .wrongMagic(path: labels, expected: [0, 0, 8, 1], found: [0, 0, 8, 3]) }, labels: Self.images)
    try expect(
      { images, _ in .wrongMagic(path: images, expected: [0, 0, 8, 3], found: [0, 0, 13, 3]) },
      images: Self.idx([300, 2, 2], [], magic: [0, 0, 13, 3]))
    try expect({ _, labels in .wrongMagic(path: labels, expected: [0, 0, 8, 1], found: [0]) }, labels: [0])
    try expect(
      { images, _ in .wrongLength(path: images, expected: 16, found: 9) }, images: Array(Self.images.prefix(9)))
    try expect(
      { images, _ in .wrongLength(path: images, expected: 1216, found: 1215) }, images: Array(Self.images.dropLast()))
    try expect({ images, _ in .wrongLength(path: images, expected: 1216, found: 1217) }, images: Self.images + [0])
    try expect({ _, labels in .wrongLength(path: labels, expected: 308, found: 307) }, labels: Self.labels.dropLast())
    let huge = Self.idx([.max, .max, .max], [1])
    try expect({ images, _ in .wrongLength(path: images, expected: .max, found: 17) }, images: huge)
    try expect({ images, _ in .compressed(path: images) }, images: [0x1F, 0x8B, 8, 0])
    try expect({ _, labels in .compressed(path: labels) }, labels: [0x1F, 0x8B, 8, 0])
    try expect({ _, labels in .unreadableLabels(path: labels, reason: "there is no such file") }, labels: nil)
    try expect(
      { .countsDiffer(images: $0, imageCount: 300, labels: $1, labelCount: 299) },
      labels: Self.idx([299], [UInt8](repeating: 1, count: 299)))
    try expect(
      { images, _ in .notSquareImages(path: images, height: 2, width: 3) },
      images: Self.idx([300, 2, 3], [UInt8](repeating: 1, count: 1800)))
    var label = Self.labels
    label[8 + 17] = 10
    try expect({ _, labels in .notADigitByte(path: labels, offset: 25, found: 10) }, labels: label)
    try expect(
      { images, _ in .blank(path: images) }, images: Self.idx([300, 2, 2], [UInt8](repeating: 0, count: 1200)))
    try expect(
      { images, _ in .tooFew(path: images, count: 19, needed: 20) },
      images: Self.idx([19, 2, 2], [UInt8](repeating: 1, count: 76)),
      labels: Self.idx([19], [UInt8](repeating: 1, count: 19)))
    try expect(
      { images, _ in .tooFew(path: images, count: 0, needed: 20) }, images: Self.idx([0, 28, 28], []),
      labels: Self.idx([0], []))
  }

  @Test("a name that does not tell the labels' name is refused")
  func unknownName() throws {
    try Self.read(imagesName: "digits") { result, folder in
      let path = folder.appendingPathComponent("digits").path
      #expect(throws: DigitsError.noLabels(path: path, reason: "its name has no \"images\" in it")) { try result.get() }
    }
  }

  @Test("messages name both sides")
  func messages() {
    #expect(
      DigitsError.wrongMagic(path: "p", expected: [0, 0, 8, 3], found: [0, 0, 13, 255]).description
        == "p: expected a file of bytes that begins with 00 00 08 03 (images), found 00 00 0d ff")
    #expect(
      DigitsError.countsDiffer(images: "i", imageCount: 3, labels: "l", labelCount: 4).description
        == "l: expected a label for each of the 3 images of i, found 4")
    #expect(DigitsError.compressed(path: "p").description.contains("gzip"))
  }
}

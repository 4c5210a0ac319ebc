extension DigitImages {
  /// Reads images from the bytes of an IDX file, such as MNIST's `train-images-idx3-ubyte`, and their labels from the file
  /// beside it that has "labels" for "images" and "idx1" for "idx3" in its name.
  ///
  /// - Throws: `DigitsError` when one of the files is damaged or no such file, when the labels are missing, are not as many
  ///   as the images or no digits, and when the images are not square or too few.
  init(idx bytes: [UInt8], path: String) throws(DigitsError) {
    let images = try IDXFile(bytes, dimensions: 3, path: path)
    let labelsPath = try Self.labelsPath(besideImages: path)
    let labelBytes = try Self.bytes(path: labelsPath) { .unreadableLabels(path: labelsPath, reason: $0) }
    let labels = try IDXFile(labelBytes, dimensions: 1, path: labelsPath)
    let (count, height, width) = (images.sizes[0], images.sizes[1], images.sizes[2])
    guard labels.sizes[0] == count else {
      throw .countsDiffer(images: path, imageCount: count, labels: labelsPath, labelCount: labels.sizes[0])
    }
    guard height == width, height >= 2 else { throw .notSquareImages(path: path, height: height, width: width) }
    if let index = labels.values.firstIndex(where: { $0 > 9 }) {
      throw .notADigitByte(path: labelsPath, offset: index, found: Int(labels.values[index]))
    }
    try self.init(
      labels: labels.values.map { Int($0) }, pixels: images.values.map { Float($0) }, side: height, source: path)
  }

  /// The path of the labels that belong to images.
  private static func labelsPath(besideImages path: String) throws(DigitsError) -> String {
    let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let name = path[nameStart...]
    guard name.contains("images") else { throw .noLabels(path: path, reason: "its name has no \"images\" in it") }
    let labelsName = String(name).replacing("images", with: "labels").replacing("idx3", with: "idx1")
    return String(path[..<nameStart]) + labelsName
  }
}

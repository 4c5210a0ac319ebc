internal import DenseArrays

extension SafetensorsHeader {
  /// The bytes before the data, and the order of the tensors in the data.
  ///
  /// Spaces behind the JSON text let the data begin at a multiple of eight bytes, and eight-byte elements come first in
  /// it, so that all elements are aligned to their size.
  static func layout(
    _ tensors: [(name: String, array: DenseArray)], metadata: [String: String]
  ) -> (header: [UInt8], order: [Int]) {
    let isWide = tensors.map { $0.array.scalarType.byteCount == 8 }
    let order = tensors.indices.filter { isWide[$0] } + tensors.indices.filter { !isWide[$0] }
    var begins = [Int](repeating: 0, count: tensors.count)
    var end = 0
    for index in order {
      begins[index] = end
      end += tensors[index].array.byteCount
    }
    var parts: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value) }
      parts.append(JSONValue.quoted(metadataKey) + ":{" + texts.joined(separator: ",") + "}")
    }
    for (begin, (name, array)) in zip(begins, tensors) {
      let type = SafetensorsType(array.scalarType).rawValue
      let sizes = array.shape.map { String($0) }.joined(separator: ",")
      parts.append(
        JSONValue.quoted(name)
          + ":{\"dtype\":\"\(type)\",\"shape\":[\(sizes)],\"data_offsets\":[\(begin),\(begin + array.byteCount)]}")
    }
    var text = Array("{\(parts.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return (length + text, order)
  }
}

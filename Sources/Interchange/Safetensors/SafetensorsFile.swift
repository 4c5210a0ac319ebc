public import DenseArrays

/// The contents of a safetensors file: named arrays in the order of its header, and metadata.
public struct SafetensorsFile: Sendable {
  /// The file, as it was named by the caller.
  public let path: String
  /// The names of the tensors, in the order of the header.
  public let names: [String]
  /// The arrays by name.
  public let arrays: [String: DenseArray]
  /// Texts by key; empty when the file has none.
  public let metadata: [String: String]

  /// The names and arrays, in the order of the header.
  public var entries: [(name: String, array: DenseArray)] {
    names.compactMap { name in arrays[name].map { (name, $0) } }
  }

  /// The array with a name, or nil.
  public subscript(name: String) -> DenseArray? { arrays[name] }

  /// The array with a name; throws an error that lists the names that exist.
  public func array(named name: String) throws(SafetensorsError) -> DenseArray {
    guard let array = arrays[name] else {
      throw SafetensorsError(path: path, problem: .missingTensor(name, available: names))
    }
    return array
  }
}

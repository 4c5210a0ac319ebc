public import Layers

extension Module {
  /// Writes all parameters by name to a safetensors file, which is replaced at once or not at all.
  ///
  /// Metadata are texts of one's own by key, for instance the sizes that the model was made with.
  public func save(to path: String, metadata: [String: String] = [:]) throws(SafetensorsError) {
    try Safetensors.write(state, metadata: metadata, to: path)
  }

  /// Sets all parameters to those of a safetensors file.
  ///
  /// Every parameter has to be in the file, with its shape and type, and nothing else. The whole file is checked first: an
  /// error leaves the module as it was. An open tape that uses one of the parameters stops.
  public func load(from path: String) throws(ModuleFileError) {
    let file: SafetensorsFile
    do { file = try Safetensors.read(from: path) } catch { throw .file(error) }
    do { try load(file.entries) } catch { throw .state(path: path, error) }
  }
}

/// Why a module could not be loaded from a file; it is as it was.
public enum ModuleFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read, or is no safetensors file.
  case file(SafetensorsError)
  /// What the file holds does not fit the module.
  case state(path: String, StateError)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .state(let path, let error): "\(path): \(error)"
    }
  }
}

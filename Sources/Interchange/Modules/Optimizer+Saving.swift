internal import DenseArrays
public import Layers
public import Optimizers

/// A model and its optimizer in one file, to go on with a training.
extension SavableState {
  /// Writes a module's parameters ("model.NAME") and the optimizer's state ("optimizer.NAME") to a safetensors file, which
  /// is replaced at once or not at all.
  public func save(
    with model: some Module, to path: String, metadata: [String: String] = [:]
  ) throws(SafetensorsError) {
    let arrays = model.state.map { ("model." + $0.name, $0.array) } + state.map { ("optimizer." + $0.name, $0.array) }
    try Safetensors.write(arrays, metadata: metadata, to: path)
  }

  /// Sets a module's parameters and the optimizer's state to those of a file that `save(with:to:)` wrote.
  ///
  /// Everything has to be in the file, and nothing else: an error leaves both as they were. An open tape that uses one of
  /// the parameters stops.
  public mutating func load(with model: some Module, from path: String) throws(ModuleFileError) {
    let file: SafetensorsFile
    do { file = try Safetensors.read(from: path) } catch { throw .file(error) }
    var (values, own): (Entries, Entries) = ([], [])
    for (name, array) in file.entries {
      if name.hasPrefix("optimizer.") {
        own.append((String(name.dropFirst("optimizer.".count)), array))
      } else {
        values.append((name.hasPrefix("model.") ? String(name.dropFirst("model.".count)) : name, array))
      }
    }
    let before = model.state
    do {
      try model.load(values)
    } catch {
      throw .state(path: path, error)
    }
    do {
      try load(own)
    } catch {
      // What the module held a moment ago fits it.
      try? model.load(before)
      throw .state(path: path, error)
    }
  }

  private typealias Entries = [(name: String, array: DenseArray)]
}

import Foundation

@testable import CellComparison

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a strict reader finds in XML text.
final class DrawingParser: NSObject, XMLParserDelegate {
  /// The elements' names with their attributes, in order.
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  /// The text of all elements of a name, in order.
  private(set) var texts: [String: [String]] = [:]
  /// What is wrong, or nil when the text is well-formed.
  private(set) var problem: String?
  private var open: [(name: String, text: String)] = []

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    let isParsed = parser.parse()
    // Not all systems say no to a text that ends too early.
    if problem == nil, !isParsed || !open.isEmpty || elements.isEmpty { problem = "open at the end: \(open)" }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    problem = problem ?? "line \(parser.lineNumber): \(error)"
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements.append((name, attributes))
    open.append((name, ""))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if !open.isEmpty { open[open.count - 1].text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    guard let last = open.popLast(), last.name == name else {
      problem = problem ?? "line \(parser.lineNumber): </\(name)> ends nothing"
      return
    }
    texts[name, default: []].append(last.text)
  }

  /// The values of an attribute of all elements of a name that have it.
  func values(_ attribute: String, of name: String) -> [String] {
    elements.filter { $0.name == name }.compactMap { $0.attributes[attribute] }
  }
}

import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What the tests look for in an SVG file.
package final class Picture: NSObject, XMLParserDelegate {
    private var lines: [(style: String, points: String)] = []
    package private(set) var texts: [String] = []
    private var isInText = false

    /// Reads a document.
    ///
    /// - Throws: if it is not well-formed.
    package init(_ text: String) throws {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw NotWellFormed(line: parser.lineNumber, column: parser.columnNumber)
        }
    }

    package struct NotWellFormed: Error {
        package let line: Int
        package let column: Int
    }

    /// The number of points of the line with that style.
    package func points(of style: String) -> Int {
        lines.first { $0.style == style }?.points.split(separator: " ").count ?? 0
    }

    package func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        if name == "polyline" {
            lines.append((attributes["class"] ?? "", attributes["points"] ?? ""))
        }
        isInText = name == "text"
        if isInText { texts.append("") }
    }

    package func parser(_ parser: XMLParser, foundCharacters string: String) {
        if isInText { texts[texts.count - 1] += string }
    }

    package func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        isInText = false
    }
}

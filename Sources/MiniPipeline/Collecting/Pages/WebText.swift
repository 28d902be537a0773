import Foundation

/// The text of an answer, as far as it is one.
struct WebText {
    /// The text, with its tags if it is HTML.
    let text: String
    /// Whether it has tags.
    let isHTML: Bool

    /// Why an answer is no text, as the end of a sentence.
    enum Problem: Error, Equatable {
        case type(String)
        case charset(String)
        case binary
    }

    /// `nil` if it is none.
    init?(_ response: HTTPResponse) {
        guard case .success(let text) = Self.read(response) else { return nil }
        self = text
    }

    private init(text: String, isHTML: Bool) {
        self.text = text
        self.isHTML = isHTML
    }

    /// The text, or why there is none.
    static func read(_ response: HTTPResponse) -> Result<WebText, Problem> {
        let header = response.headers["content-type"] ?? ""
        let type = header.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let isHTML: Bool
        switch type {
        case "text/html", "application/xhtml+xml": isHTML = true
        case "text/plain", "text/markdown", "text/x-markdown", "text/x-rst": isHTML = false
        case "", "application/octet-stream":
            // Nobody says what it is: a page shows itself by its first tag.
            isHTML = looksLikeHTML(response.body)
        default: return .failure(.type(type))
        }
        let named = charset(header) ?? (isHTML ? declared(response.body) : nil)
        let text: String?
        if let named {
            guard let encoding = encodings[named.lowercased()] else {
                return .failure(.charset(named))
            }
            text = decode(response.body, encoding)
        } else {
            // What browsers do with pages that do not say: UTF-8 if it is, Western otherwise.
            text =
                String(validating: response.body, as: UTF8.self)
                ?? String(data: response.body, encoding: .windowsCP1252)
        }
        guard let text, !text.utf8.prefix(8192).contains(0) else { return .failure(.binary) }
        return .success(WebText(text: text, isHTML: isHTML))
    }

    private static func looksLikeHTML(_ body: Data) -> Bool {
        let start = String(decoding: body.prefix(512), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    private static func decode(_ body: Data, _ encoding: String.Encoding) -> String? {
        guard encoding == .utf8 else { return String(data: body, encoding: encoding) }
        return String(validating: body, as: UTF8.self)
    }

    /// `charset=` in a header or in a tag.
    private static func charset(_ header: String) -> String? {
        guard let range = header.range(of: "charset=", options: .caseInsensitive) else {
            return nil
        }
        let name = header[range.upperBound...].drop { " \"'".contains($0) }
            .prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_:.".contains($0)) }
        return name.isEmpty ? nil : String(name)
    }

    /// What a page says of itself in its first kilobyte (HTML standard, 4.2.5.4).
    private static func declared(_ body: Data) -> String? {
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return "utf-8" }
        let start = String(decoding: body.prefix(1024), as: UTF8.self)
        guard start.range(of: "<meta", options: .caseInsensitive) != nil else { return nil }
        return charset(start)
    }

    /// The names in use. Pages that say ISO 8859-1 or ASCII mean Windows' superset of it, as the
    /// Encoding standard has it.
    private static let encodings: [String: String.Encoding] = [
        "utf-8": .utf8, "utf8": .utf8, "us-ascii": .windowsCP1252, "ascii": .windowsCP1252,
        "iso-8859-1": .windowsCP1252, "iso8859-1": .windowsCP1252, "latin1": .windowsCP1252,
        "windows-1252": .windowsCP1252, "cp1252": .windowsCP1252, "iso-8859-2": .isoLatin2,
        "windows-1250": .windowsCP1250, "windows-1251": .windowsCP1251,
        "windows-1253": .windowsCP1253, "windows-1254": .windowsCP1254, "utf-16": .utf16,
        "utf-16le": .utf16LittleEndian, "utf-16be": .utf16BigEndian, "shift_jis": .shiftJIS,
        "euc-jp": .japaneseEUC,
    ]
}

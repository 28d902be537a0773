import Foundation

/// A text from a file, fit to be shown in a message: control characters escaped, and at most 120
/// characters of it.
package func quoted(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(120)
    var result = shown.reduce(into: "") { $0 += $1.escaped(asASCII: false) }
    if shown.count < text.unicodeScalars.count { result += "…" }
    return "'\(result)'"
}

/// The system's words for an error code, such as "No space left on device" for `ENOSPC`.
package func systemMessage(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}

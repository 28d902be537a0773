import Foundation
import MiniSupport

extension ChatTemplate {
    /// The name of the file that a template is kept in, beside a model.
    public static let fileName = "chat.json"

    /// Reads a template from its file.
    ///
    /// - Throws: `ChatError` if the file cannot be read, or holds no template.
    public init(contentsOf url: URL) throws(ChatError) {
        self = try ChatError.reading(
            ChatTemplate.self, from: url, advice: "delete it, or fine-tune the model again")
    }

    /// Writes a template, whole or not at all.
    ///
    /// - Throws: `ChatError` if the file cannot be written.
    public func write(to url: URL) throws(ChatError) { try ChatError.writing(self, to: url) }

    /// The contents of the file that `write(to:)` makes.
    package var fileContents: Data {
        get throws(ChatError) {
            do { return try CodableFile.bytes(of: self) } catch { throw ChatError(error) }
        }
    }
}

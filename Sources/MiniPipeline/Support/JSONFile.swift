import Foundation
import MiniSupport

/// Small files of JSON in a project, whose errors say what helps.
package enum JSONFile {
    /// Reads a value from a file of JSON.
    ///
    /// - Parameter remedy: what helps if the file is damaged.
    package static func read<Value: Decodable>(
        _ type: Value.Type, from url: URL, remedy: Remedy
    ) throws(PipelineError) -> Value {
        do {
            return try CodableFile.read(type, from: url)
        } catch {
            throw PipelineError("\(error.path) \(error.problem)", remedy)
        }
    }

    /// Writes a value so that the file is the old one or all of the new one at any moment.
    package static func write(_ value: some Encodable, to url: URL) throws(PipelineError) {
        try describing(url.path) { () throws(FileFailure) in try CodableFile.write(value, to: url) }
    }
}

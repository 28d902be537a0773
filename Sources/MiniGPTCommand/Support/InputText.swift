import Foundation
import MiniPipeline

/// Text that the user names: a file, or `-` for standard input.
enum InputText {
    static func read(_ path: String) throws -> String {
        let name = path == "-" ? "Standard input" : path
        let data: Data?
        if path == "-" {
            data = try FileHandle.standardInput.readToEnd() ?? Data()
        } else {
            data = FileManager.default.contents(atPath: path)
        }
        guard let data else { throw PipelineError("\(path) cannot be read.") }
        // Unlike Foundation, the standard library keeps a byte order mark: it is part of the text.
        guard let text = String(validating: data, as: UTF8.self) else {
            // Where the bytes stop being UTF-8: the decoder's first repair.
            var decoder = UTF8()
            var iterator = data.makeIterator()
            var place = 0
            while case .scalarValue(let scalar) = decoder.decode(&iterator) {
                place += UTF8.width(scalar)
            }
            throw PipelineError("\(name) is not UTF-8 from byte \(place) on.")
        }
        return text
    }
}

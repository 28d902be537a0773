import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of the page, read once: a request can name one of these and nothing else.
struct PageFiles: Sendable {
    private let files: [String: (type: String, contents: ByteBuffer)]

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
        "ico": "image/x-icon", "woff2": "font/woff2", "json": "application/json",
        "txt": "text/plain; charset=utf-8",
    ]

    /// Reads what is in a folder, not what is in folders in it.
    init(folder: URL?) {
        var files: [String: (type: String, contents: ByteBuffer)] = [:]
        if let folder {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() {
                let url = folder.appendingPathComponent(name)
                guard let type = Self.types[url.pathExtension],
                    let contents = try? Data(contentsOf: url)
                else { continue }
                let path = name == "index.html" ? "/" : "/page/\(name)"
                files[path] = (type, ByteBuffer(bytes: contents))
            }
        }
        self.files = files
    }

    /// The page that comes with the program.
    static let embedded = PageFiles(
        folder: Bundle.module.url(forResource: "Page", withExtension: nil))

    /// The paths there are.
    var paths: [String] { files.keys.sorted() }

    func contains(_ path: String) -> Bool { files[path] != nil }

    /// A file as a response; `nil` if there is none of that name.
    func response(_ path: String) -> Response? {
        guard let file = files[path] else { return nil }
        return Response(
            status: .ok, headers: [.contentType: file.type, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: file.contents))
    }
}

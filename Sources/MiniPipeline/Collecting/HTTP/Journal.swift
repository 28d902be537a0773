import Foundation
import MiniGPT
import Synchronization

/// The answers that came so far, one JSON object on each line of a file.
///
/// A collection that was cut off runs again from its beginning and asks here first, so that it goes
/// the same way and ends with the same documents. Lines are only appended and put on the disk one by
/// one: all that a crash can spoil is the last, which is dropped. What is in memory is where each
/// line lies, not what it says.
final class Journal: Sendable {
    private struct Head: Codable {
        var version = 1
        var request: [String: String]
    }

    private struct Line: Codable {
        var question: String
        var status: Int
        var type: String?
        var address: String
        var text: String?
        var bytes: Data?
    }

    private struct State {
        var handle: FileHandle
        var places: [String: Range<UInt64>] = [:]
        var end: UInt64 = 0
    }

    private let url: URL
    private let state: Mutex<State>

    /// How many answers there were when it was opened.
    let found: Int

    /// Opens the journal of a request in a folder, or begins it.
    init(of request: [String: String], in folder: URL) throws(PipelineError) {
        let head = Head(request: request)
        let name = Checksum(CRC64([UInt8](try JSONLine.bytes(head)))).description
        url = folder.appendingPathComponent("journal-\(name).jsonl")
        if !FileManager.default.fileExists(atPath: url.path) {
            let (bytes, url) = (try JSONLine.bytes(head), url)
            try describing { () throws(FileFailure) in try AtomicFile.write(bytes, to: url) }
        }
        let problem = PipelineError("\(url.path) cannot be opened; may this user write there?")
        guard let handle = try? FileHandle(forUpdating: url) else { throw problem }
        var state = State(handle: handle)
        do {
            try Self.read(handle, into: &state, url)
        } catch {
            throw error as? PipelineError ?? problem
        }
        found = state.places.count
        self.state = Mutex(state)
    }

    /// Whether no answer is in it.
    var isEmpty: Bool { state.withLock { $0.places.isEmpty } }

    /// Whether there is one for another request, of a collection that was begun and not ended.
    static func others(in folder: URL, than journal: Journal) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().filter {
            $0.hasPrefix("journal-") && $0 != journal.url.lastPathComponent
        }
    }

    /// Finds the lines and cuts off one that is not whole.
    private static func read(_ handle: FileHandle, into state: inout State, _ url: URL) throws {
        let data = try Data(contentsOf: url, options: .alwaysMapped)
        var start = 0
        while start < data.count {
            let end = data.lineEnd(from: start)
            guard end < data.count else { break }
            if start > 0 {
                guard let line = try? JSONDecoder().decode(Line.self, from: data[start..<end])
                else {
                    // Power can fail between a file's growing and its bytes' arriving.
                    guard data[(end + 1)...].isEmpty else {
                        throw PipelineError(
                            "\(url.path) is damaged; delete it and collect again.")
                    }
                    break
                }
                state.places[line.question] = UInt64(start)..<UInt64(end)
            }
            start = end + 1
        }
        state.end = UInt64(start)
        try handle.truncate(atOffset: state.end)
    }

    /// What came to a question.
    func answer(to question: URL) throws(PipelineError) -> HTTPResponse? {
        let key = question.absoluteString
        do {
            let data = try state.withLock { state -> Data? in
                guard let place = state.places[key] else { return nil }
                try state.handle.seek(toOffset: place.lowerBound)
                return try state.handle.read(upToCount: place.count)
            }
            guard let data else { return nil }
            let line = try JSONDecoder().decode(Line.self, from: data)
            return HTTPResponse(
                status: line.status, headers: line.type.map { ["content-type": $0] } ?? [:],
                body: line.bytes ?? Data((line.text ?? "").utf8),
                url: URL(string: line.address) ?? question)
        } catch {
            throw PipelineError("\(url.path) is damaged; delete it and collect again.")
        }
    }

    /// Notes down an answer.
    func note(_ response: HTTPResponse, to question: URL) throws(PipelineError) {
        var line = Line(
            question: question.absoluteString, status: response.status,
            type: response.headers["content-type"], address: response.url.absoluteString)
        line.text = String(validating: response.body, as: UTF8.self)
        if line.text == nil { line.bytes = response.body }
        let bytes = try JSONLine.bytes(line)
        do {
            try state.withLock { state in
                try state.handle.seek(toOffset: state.end)
                try state.handle.write(contentsOf: bytes)
                try state.handle.synchronize()
                state.places[line.question] = state.end..<state.end + UInt64(bytes.count - 1)
                state.end += UInt64(bytes.count)
            }
        } catch {
            throw PipelineError(
                "\(url.path) cannot be written (\(error.localizedDescription)); is the disk full?")
        }
    }

    /// Takes it away when the collection is done.
    func remove() {
        state.withLock { try? $0.handle.close() }
        try? FileManager.default.removeItem(at: url)
    }
}

import Foundation
import Testing

@testable import MiniGPT
@testable import MiniSupport

/// The real operations, of which the `number`-th fails, or is done by halves.
private final class FaultyOperations: FileOperations, @unchecked Sendable {
    private let real = SystemFileOperations()
    private let number: Int
    private let isShortWrite: Bool
    private(set) var calls: [String] = []

    init(failing number: Int, isShortWrite: Bool = false) {
        self.number = number
        self.isShortWrite = isShortWrite
    }

    private func count(_ call: String) throws(FileOperationFailure) {
        calls.append(call)
        if calls.count - 1 == number, !isShortWrite { throw FileOperationFailure("tested", ENOSPC) }
    }

    func create(_ path: String) throws(FileOperationFailure) -> Int32 {
        try count("create")
        return try real.create(path)
    }
    func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) throws(FileOperationFailure) -> Int {
        try count("write")
        let isShort = isShortWrite && calls.count - 1 == number
        let part = UnsafeRawBufferPointer(rebasing: bytes[0..<(isShort ? 1 : bytes.count)])
        return try real.write(part, to: descriptor)
    }
    func synchronize(_ descriptor: Int32) throws(FileOperationFailure) {
        try count("synchronize")
        try real.synchronize(descriptor)
    }
    func close(_ descriptor: Int32) throws(FileOperationFailure) {
        // A failed close closes all the same.
        try real.close(descriptor)
        try count("close")
    }
    func rename(_ path: String, to target: String) throws(FileOperationFailure) {
        try count("rename")
        try real.rename(path, to: target)
    }
    func synchronizeDirectory(_ path: String) throws(FileOperationFailure) {
        try count("synchronizeDirectory")
        try real.synchronizeDirectory(path)
    }
    func remove(_ path: String) throws(FileOperationFailure) { try real.remove(path) }
    func createDirectory(_ path: String) throws(FileOperationFailure) {
        try count("createDirectory")
        try real.createDirectory(path)
    }
    func removeDirectory(_ path: String) throws(FileOperationFailure) {
        try count("removeDirectory")
        try real.removeDirectory(path)
    }
}

@Suite("AtomicFile")
struct AtomicFileTests {
    private let old: [(name: String, value: Tensor)] = [("a", [1, 2, 3])]
    private let new: [(name: String, value: Tensor)] = [("a", [4, 5, 6]), ("b", [[7], [8]])]

    @Test
    func `Writes, puts on the disk, renames and puts the directory on the disk, in that order`()
        throws
    {
        let directory = try TemporaryDirectory()
        let operations = FaultyOperations(failing: .max)
        try SafetensorsFile.write(new, to: directory.file("w"), files: operations)
        #expect(
            operations.calls == [
                "create", "write", "write", "write", "synchronize", "close", "rename",
                "synchronizeDirectory",
            ])
        #expect(directory.names == ["w"])
    }

    @Test(arguments: 0..<8)
    func `Whatever fails, the old file or all of the new one is there, and nothing else`(
        _ call: Int
    ) throws {
        let directory = try TemporaryDirectory()
        let url = directory.file("w")
        try SafetensorsFile.write(old, to: url)
        let error = interchangeError {
            try SafetensorsFile.write(new, to: url, files: FaultyOperations(failing: call))
        }
        guard case .file(let path, let problem)? = error else {
            Issue.record("Call \(call) failed, but writing did not.")
            return
        }
        #expect(path == url.path && problem.contains(systemMessage(ENOSPC)))
        let found = try SafetensorsFile(url).tensor("a").scalars
        // Only the last call, after the rename, finds the new file in place.
        #expect(found == (call < 7 ? [1, 2, 3] : [4, 5, 6]))
        #expect(directory.names == ["w"])
    }

    @Test(arguments: 1..<4)
    func `A short write is continued`(_ call: Int) throws {
        let directory = try TemporaryDirectory()
        let url = directory.file("w")
        try SafetensorsFile.write(
            new, to: url, files: FaultyOperations(failing: call, isShortWrite: true))
        #expect(try SafetensorsFile(url).tensor("b").scalars == [7, 8])
    }

    @Test func `A file given up leaves nothing behind`() throws {
        let directory = try TemporaryDirectory()
        do {
            let file = try AtomicFile(directory.file("w"))
            try file.write([1, 2, 3])
            #expect(directory.names.count == 1 && directory.names[0].hasPrefix(".w.tmp-"))
        }
        #expect(directory.names == [])
    }

    @Test func `Says which file and why when there is no directory`() throws {
        let directory = try TemporaryDirectory()
        let url = directory.file("missing/w")
        let error = interchangeError { try SafetensorsFile.write(old, to: url) }
        #expect(
            error == .file(path: url.path, problem: "could not be made: \(systemMessage(ENOENT))."))
    }
}

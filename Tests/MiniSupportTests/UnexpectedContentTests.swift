import MiniSupport
import Testing

@Suite struct UnexpectedContentTests {
    private func kind(_ text: String) -> UnexpectedContent? {
        UnexpectedContent(head: Array(text.utf8))
    }

    @Test
    func `A Git LFS pointer is named with the size of its file and the command that fetches it`() {
        let pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 548105171

            """
        #expect(kind(pointer) == .gitLFSPointer(size: 548_105_171))
        #expect(kind(pointer)?.sentence.contains("548,105,171 bytes") == true)
        #expect(kind(pointer)?.sentence.contains("git lfs pull") == true)
        #expect(kind("version https://git-lfs.github.com/spec/v1\n") == .gitLFSPointer(size: nil))
    }

    @Test(arguments: [
        "<!DOCTYPE html>\n<html>", "\u{FEFF}  <html lang=\"en\">", "<?xml version=\"1.0\"?><Error>",
    ])
    func `Pages are named`(page: String) {
        #expect(kind(page) == .page)
    }

    @Test func `A server's answer is shown without its control characters`() {
        #expect(kind("Entry not found") == .refusal("Entry not found"))
        let sentence = kind("Access to model x\u{1B}[31m is restricted.\nMore")?.sentence ?? ""
        #expect(sentence.contains("is restricted."))
        #expect(!sentence.contains("\u{1B}") && !sentence.contains("More"))
    }

    @Test(
        arguments: [
            ([], .empty), ([UInt8](repeating: 0, count: 64), .zeros),
            (Array("PK\u{3}\u{4}".utf8) + [0, 0, 8, 8], .zip), ([0x80, 2, 0x7D, 0x71], .pickle),
            ([0x1F, 0x8B, 8, 0], .gzip), (Array("GGUF".utf8) + [3, 0, 0, 0], .gguf),
            ([0x40, 0x10, 0, 0, 0, 0, 0, 0] + Array("{\"__".utf8), .safetensors),
            // The length of a header with the first bytes of a pickle.
            ([0x80, 2, 0x7D, 0, 0, 0, 0, 0] + Array("\n{\"__".utf8), .safetensors),
            (Array("tjgg".utf8) + [3, 0, 0, 0], .ggml(name: "GGJT")),
            ([0xC6, 0xD7, 0x34, 1, 3, 0, 0, 0], .llmC),
            ([0x89] + Array("HDF\r\n".utf8), .hdf5),
        ] as [([UInt8], UnexpectedContent)])
    func `Binary formats are named`(bytes: [UInt8], kind: UnexpectedContent) {
        #expect(UnexpectedContent(head: bytes) == kind)
        #expect(kind.sentence.hasPrefix("It "))
    }

    @Test(arguments: ["{\"version\": \"1.0\"}", "#version: 0.2\nh e", "IQ== 0\n", "Note: x", "ab"])
    func `What tokenizers' readers expect is nothing else`(text: String) {
        #expect(kind(text) == nil)
    }
}

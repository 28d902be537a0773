import MiniTokenizer
import Testing

@Suite struct StreamingDecoderTests {
    /// A decoder whose token `n` is the byte `n`.
    private var byteDecoder: StreamingDecoder {
        StreamingDecoder { $0 < 256 ? [UInt8($0)] : nil }
    }

    @Test func `no piece ends inside a character`() {
        let text = "é漢🙂a\u{301}"
        var decoder = byteDecoder
        var pieces: [String] = []
        for byte in text.utf8 {
            let piece = decoder.append(Int32(byte))
            #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
            pieces.append(piece)
        }
        #expect(pieces.joined() == text)
        #expect(decoder.finish() == "")
    }

    @Test func `all pieces together equal decoding at once, whatever the bytes`() {
        var state: UInt64 = 42
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Mostly lead and continuation bytes, where the decisions are.
                let byte = UInt8(truncatingIfNeeded: state >> 40)
                bytes.append(state >> 60 < 13 ? byte | 0x80 : byte)
            }
            var decoder = byteDecoder
            var text = bytes.map { decoder.append(Int32($0)) }.joined()
            text += decoder.finish()
            #expect(Array(text.utf8) == Array(String(decoding: bytes, as: UTF8.self).utf8))
        }
    }

    @Test func `bytes that can never become a character are not held back`() {
        var decoder = byteDecoder
        #expect(decoder.append(bytes: [0xE0, 0x80]) == "\u{FFFD}\u{FFFD}")
        #expect(decoder.append(bytes: [0xFF]) == "\u{FFFD}")
        #expect(decoder.pendingBytes.isEmpty)
        #expect(decoder.append(bytes: [0xF0, 0x9F]) == "")
        #expect(decoder.finish() == "\u{FFFD}")
    }

    @Test func `a leading space is dropped once when asked`() {
        var decoder = StreamingDecoder(droppingLeadingSpace: true) { [UInt8($0)] }
        #expect([32, 32, 97].map { decoder.append($0) }.joined() == " a")
    }
}
